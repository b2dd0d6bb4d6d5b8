//! What can be wrong with a document as XML, before anything of EPCIS is looked at.

use super::limits::{ATTRIBUTES_MAX, BINDINGS_MAX, NAME_CHARS_MAX};
use super::source::SourceFault;
use crate::defect::{Pos, Rule, Severity};

/// A defect of the XML and its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// What is wrong.
    pub(super) kind: FaultKind,
    /// Where.
    pub(super) pos: Pos,
}

/// What is wrong with the XML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FaultKind {
    /// The bytes could not become text.
    #[error(transparent)]
    Source(#[from] SourceFault),
    /// The declaration names another encoding than the bytes have.
    #[error("the XML declaration says {0}, which the bytes are not")]
    EncodingDeclaration(String),
    /// Something stands before the XML declaration.
    #[error("the XML declaration is not at the very start")]
    DeclarationPlace,
    /// The XML declaration is not as production `XMLDecl` wants it.
    #[error("the XML declaration is malformed: {0}")]
    Declaration(String),
    /// Markup that does not end, or is none.
    #[error("{0}")]
    Syntax(String),
    /// An end tag that closes another element.
    #[error("the end tag </{found}> does not match the open element <{open}>")]
    EndTag {
        /// Name of the end tag.
        found: String,
        /// Name of the open element; empty when none is open.
        open: String,
    },
    /// The document ends inside an element.
    #[error("the document ends inside <{open}>, which began at line {line}")]
    Unclosed {
        /// Name of the innermost open element.
        open: String,
        /// Line of its start tag.
        line: u32,
    },
    /// A comment with `--` inside.
    #[error("a comment must not hold --")]
    Comment,
    /// An element or attribute name that XML does not allow.
    #[error("{0:?} is not an XML name")]
    Name(String),
    /// A name longer than the limit.
    #[error("a name is longer than {NAME_CHARS_MAX} characters")]
    NameTooLong,
    /// A malformed attribute.
    #[error("malformed attribute: {0}")]
    Attribute(String),
    /// An attribute that an element has twice.
    #[error("the attribute {0} is there twice")]
    DuplicateAttribute(String),
    /// More attributes than allowed.
    #[error("an element has more than {ATTRIBUTES_MAX} attributes")]
    TooManyAttributes,
    /// A character that XML does not allow.
    #[error("the character U+{0:04X} is not allowed in XML")]
    Character(u32),
    /// `]]>` in text.
    #[error("]]> is not allowed in text")]
    CdataEnd,
    /// An entity beyond the five predefined ones, or a character reference to nothing.
    #[error("the reference &{0}; is not one of the five predefined entities or a character of XML")]
    Entity(String),
    /// A document type declaration.
    #[error("a document type declaration is refused")]
    Doctype,
    /// Elements too deep inside each other.
    #[error("elements are more than {0} deep")]
    Depth(usize),
    /// A namespace declaration that is not allowed.
    #[error("namespace declaration: {0} (at most {BINDINGS_MAX} are in scope)")]
    Namespace(String),
    /// A prefix without a namespace.
    #[error("the prefix {0} is not declared")]
    Prefix(String),
    /// Text before or after the root element.
    #[error("text outside the root element")]
    TextOutside,
    /// A second root element.
    #[error("a second root element")]
    SecondRoot,
    /// No element at all.
    #[error("the document has no element")]
    NoRoot,
    /// An event that is larger than allowed.
    #[error("an event is larger than {0} bytes or {1} elements and attributes")]
    EventTooLarge(usize, usize),
    /// A header that is larger than allowed.
    #[error("the header is larger than {0} bytes or {1} elements and attributes")]
    HeaderTooLarge(usize, usize),
}

impl FaultKind {
    /// The rule that was broken, as an error that ended the reading or as one that did not.
    pub(super) fn rule(&self, severity: Severity) -> Rule {
        Rule {
            code: self.code(),
            severity,
            remedy: self.remedy(),
        }
    }

    /// Stable code.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Source(SourceFault::BadBytes { .. }) => "xml-bytes",
            Self::Source(SourceFault::Unsupported { .. }) => "xml-encoding",
            Self::Source(SourceFault::TokenTooLong) => "xml-token-too-long",
            Self::Source(SourceFault::Io(_)) => "xml-input",
            Self::EncodingDeclaration(_) => "xml-encoding-declaration",
            Self::DeclarationPlace => "xml-declaration-place",
            Self::Declaration(_) => "xml-declaration",
            Self::Syntax(_) => "xml-syntax",
            Self::EndTag { .. } => "xml-end-tag",
            Self::Unclosed { .. } => "xml-unclosed",
            Self::Comment => "xml-comment",
            Self::Name(_) => "xml-name",
            Self::NameTooLong => "xml-name-too-long",
            Self::Attribute(_) => "xml-attribute",
            Self::DuplicateAttribute(_) => "xml-duplicate-attribute",
            Self::TooManyAttributes => "xml-too-many-attributes",
            Self::Character(_) => "xml-character",
            Self::CdataEnd => "xml-cdata-end",
            Self::Entity(_) => "xml-entity",
            Self::Doctype => "xml-doctype",
            Self::Depth(_) => "xml-too-deep",
            Self::Namespace(_) => "xml-namespace",
            Self::Prefix(_) => "xml-prefix",
            Self::TextOutside => "xml-text-outside",
            Self::SecondRoot => "xml-second-root",
            Self::NoRoot => "xml-no-root",
            Self::EventTooLarge(..) => "xml-event-too-large",
            Self::HeaderTooLarge(..) => "xml-header-too-large",
        }
    }

    /// What a sender can do about it.
    pub(super) fn remedy(&self) -> &'static str {
        match self {
            Self::Source(SourceFault::BadBytes { .. } | SourceFault::Unsupported { .. })
            | Self::EncodingDeclaration(_) => {
                "write the document as UTF-8 and declare encoding=\"UTF-8\" or nothing"
            }
            Self::Source(SourceFault::TokenTooLong)
            | Self::NameTooLong
            | Self::TooManyAttributes
            | Self::Depth(_)
            | Self::HeaderTooLarge(..) => "make it smaller; no EPCIS document needs this size",
            Self::EventTooLarge(..) => "split the event into several with fewer identifiers",
            Self::Source(SourceFault::Io(_)) => "send the document again",
            Self::DeclarationPlace | Self::Declaration(_) => {
                "begin the document with <?xml version=\"1.0\" encoding=\"UTF-8\"?> or leave the declaration out"
            }
            Self::Syntax(_)
            | Self::EndTag { .. }
            | Self::Unclosed { .. }
            | Self::Comment
            | Self::Name(_) => "write the document with an XML library; check that it is complete",
            Self::Attribute(_) | Self::DuplicateAttribute(_) => {
                "write each attribute once, as name=\"value\""
            }
            Self::Character(_) => "remove the character",
            Self::CdataEnd => "write ]]&gt;",
            Self::Entity(_) => "write the character itself, or &amp; &lt; &gt; &apos; &quot;",
            Self::Doctype => "remove the <!DOCTYPE …> declaration",
            Self::Namespace(_) | Self::Prefix(_) => "declare the prefix with xmlns:prefix=\"…\"",
            Self::TextOutside | Self::SecondRoot | Self::NoRoot => {
                "put everything into one EPCISDocument or EPCISQueryDocument"
            }
        }
    }
}
