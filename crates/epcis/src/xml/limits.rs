//! Named limits of the XML reader beyond those of [`crate::read::Limits`].

/// Bytes read from the input at a time, and thus the reader's constant buffer.
pub const READ_BUFFER_BYTES: usize = 64 * 1024;

/// Bytes looked at for a byte order mark and the encoding of the XML declaration.
pub const PROLOG_SNIFF_BYTES: usize = 256;

/// Bytes (UTF-8) of one token: a tag with its attributes, a run of text, a comment, a CDATA section.
pub const TOKEN_BYTES_MAX: u64 = 1024 * 1024;

/// Attributes of one element, namespace declarations included.
pub const ATTRIBUTES_MAX: usize = 256;

/// Namespace bindings in scope at once.
pub const BINDINGS_MAX: usize = 512;

/// Characters of an element's or attribute's qualified name.
pub const NAME_CHARS_MAX: usize = 256;

/// Distinct names kept in the table of shared names; further names are stored where they occur.
pub const SHARED_NAMES_MAX: usize = 1024;

/// Pardoned faults of one event or header that are kept; an event with more is listed with these.
pub const PARDONED_MAX: usize = 1_000;

/// Depth of an extension that is written; the reader's default depth leaves room for the wrappers around it.
pub const WRITE_DEPTH_MAX: usize = 48;
