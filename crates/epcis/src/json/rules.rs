//! Rules of JSON itself.

use crate::defect::Rule;

pub(crate) const SYNTAX: Rule = Rule::fatal("json-syntax", "send well-formed JSON (RFC 8259)");
pub(crate) const END: Rule = Rule::fatal(
    "json-incomplete",
    "send the whole document; it ends in the middle",
);
pub(crate) const UTF8: Rule = Rule::fatal("json-not-utf8", "encode the document in UTF-8");
pub(crate) const DEPTH: Rule = Rule::fatal("json-too-deep", "nest objects and lists less deeply");
pub(crate) const SIZE: Rule = Rule::fatal(
    "json-too-large",
    "split the event or the header into smaller ones",
);
pub(crate) const VALUES: Rule =
    Rule::fatal("json-too-many-values", "split the event into smaller ones");
pub(crate) const READ: Rule = Rule::fatal("read-failed", "send the document again");
pub(crate) const ROOT: Rule = Rule::fatal(
    "json-root",
    "send an EPCISDocument, an EPCISQueryDocument or an event as one JSON object",
);
pub(crate) const TRAILING: Rule = Rule::error("json-trailing", "remove what follows the document");
pub(crate) const BYTE_ORDER_MARK: Rule =
    Rule::warning("json-byte-order-mark", "remove the byte order mark");
pub(crate) const CONTEXT_LATE: Rule =
    Rule::fatal("context-too-late", "write @context in front of epcisBody");
