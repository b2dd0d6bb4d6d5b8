//! Named limits of the XML reader. Every size, depth and count an outsider controls meets one of these.

/// Bytes read from the input at a time, and thus the reader's constant buffer.
pub const READ_BUFFER_BYTES: usize = 64 * 1024;

/// Bytes looked at for a byte order mark and the encoding of the XML declaration.
pub const PROLOG_SNIFF_BYTES: usize = 256;

/// Bytes (UTF-8) of one token: a tag with its attributes, a run of text, a comment, a CDATA section.
pub const MAX_TOKEN_BYTES: u64 = 1024 * 1024;

/// Bytes (UTF-8) of one event element; 40,000 serials of 100 bytes each with their tags are about 5 MB.
pub const MAX_EVENT_BYTES: u64 = 64 * 1024 * 1024;

/// Bytes (UTF-8) of the header with its master data, and of any other element that is kept whole.
pub const MAX_HEADER_BYTES: u64 = 16 * 1024 * 1024;

/// Elements inside each other, counted from the root.
pub const MAX_DEPTH: usize = 64;

/// Attributes of one element, namespace declarations included.
pub const MAX_ATTRIBUTES: usize = 256;

/// Namespace bindings in scope at once.
pub const MAX_NAMESPACE_BINDINGS: usize = 512;

/// Characters of an element's or attribute's qualified name.
pub const MAX_NAME_CHARS: usize = 256;

/// Elements of one event; bounds the tree that is built of it.
pub const MAX_EVENT_ELEMENTS: usize = 1_000_000;

/// Distinct names kept in the table of shared names; further names are stored where they occur.
pub const MAX_SHARED_NAMES: usize = 1024;

/// Events in one document.
pub const MAX_EVENTS: u64 = 10_000_000;
