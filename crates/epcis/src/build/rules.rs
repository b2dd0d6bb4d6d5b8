//! The rules of reading, in the order of a document. Codes are stable.

use crate::defect::Rule;

pub(crate) const MEMBER_UNKNOWN: Rule = Rule::error(
    "member-unknown",
    "remove the member, or give it a namespace prefix that the document declares",
);
pub(crate) const MEMBER_DUPLICATE: Rule = Rule::error("member-duplicate", "write each member once");
pub(crate) const MEMBER_MISSING: Rule = Rule::error("member-missing", "add the member");
pub(crate) const VALUE_TYPE: Rule = Rule::error(
    "value-type",
    "write the value with the type the standard gives it",
);
pub(crate) const VALUE_NULL: Rule =
    Rule::error("value-null", "leave the member out instead of writing null");
pub(crate) const VALUE_WHITESPACE: Rule = Rule::error(
    "value-whitespace",
    "remove the white space around the value",
);
pub(crate) const LIST_EMPTY: Rule = Rule::error(
    "list-empty",
    "leave the list out, or name at least one entry",
);
pub(crate) const LIST_EMPTY_TOLERATED: Rule = Rule::warning(
    "list-empty",
    "leave the list out, or name at least one entry",
);
pub(crate) const LIST_DUPLICATE: Rule =
    Rule::error("list-duplicate", "write each entry of the list once");
pub(crate) const LIST_DUPLICATE_TOLERATED: Rule =
    Rule::warning("list-duplicate", "write each entry of the list once");
pub(crate) const URI_INVALID: Rule = Rule::error(
    "uri-invalid",
    "write an absolute URI, such as urn:epc:id:sgtin:… or https://id.gs1.org/01/…",
);
pub(crate) const URI_NOT_ASCII: Rule = Rule::error(
    "uri-not-ascii",
    "percent-encode the characters beyond ASCII in the URI",
);
pub(crate) const TIME_INVALID: Rule = Rule::error(
    "time-invalid",
    "write the time as 2005-04-03T20:33:31.116-06:00, always with its offset",
);
pub(crate) const OFFSET_INVALID: Rule = Rule::error(
    "time-zone-offset-invalid",
    "write the offset as +hh:mm or -hh:mm, at most 14:00",
);
pub(crate) const NUMBER_INVALID: Rule = Rule::error(
    "number-invalid",
    "write a plain decimal number without quotes",
);
pub(crate) const BOOLEAN_INVALID: Rule =
    Rule::error("boolean-invalid", "write true or false without quotes");
pub(crate) const HEX_INVALID: Rule =
    Rule::error("hex-binary-invalid", "write hexadecimal digits only");
pub(crate) const ACTION_INVALID: Rule =
    Rule::error("action-invalid", "write ADD, OBSERVE or DELETE");
pub(crate) const TERM_UNKNOWN: Rule = Rule::error(
    "term-unknown",
    "use a word of the vocabulary, or the full URI of your own term",
);
pub(crate) const TERM_UNKNOWN_TOLERATED: Rule = Rule::warning(
    "term-unknown",
    "check the term against the GS1 Web Vocabulary",
);
pub(crate) const TERM_FORM: Rule = Rule::error(
    "term-form",
    "write standard terms as bare words in JSON, and as URIs in XML",
);
pub(crate) const UOM_INVALID: Rule = Rule::error(
    "uom-invalid",
    "write a UN/CEFACT Recommendation 20 code: two or three capital letters or digits",
);
pub(crate) const UOM_UNKNOWN: Rule = Rule::warning(
    "uom-unknown",
    "check the code against UN/CEFACT Recommendation 20",
);
pub(crate) const PREFIX_UNDECLARED: Rule = Rule::warning(
    "prefix-undeclared",
    "declare the prefix in @context, or write the full URI",
);
pub(crate) const PREFIX_INLINE: Rule =
    Rule::error("prefix-declared-inline", "declare the prefix in @context");
pub(crate) const PREFIX_INLINE_TOLERATED: Rule =
    Rule::warning("prefix-declared-inline", "declare the prefix in @context");
pub(crate) const EVENT_TYPE_UNKNOWN: Rule = Rule::error(
    "event-type-unknown",
    "name one of the five event types, or a URI for a type of your own",
);
pub(crate) const EVENT_TYPE_EXTENDED: Rule = Rule::warning(
    "event-type-extended",
    "event types outside the standard are kept but not interpreted",
);
pub(crate) const DOCUMENT_TYPE: Rule = Rule::error(
    "document-type-invalid",
    "name EPCISDocument or EPCISQueryDocument as the type of the document",
);
pub(crate) const SCHEMA_VERSION: Rule = Rule::error(
    "schema-version-invalid",
    "write schemaVersion 2.0 for JSON; 2.0 or 1.2 for XML",
);
pub(crate) const SCHEMA_VERSION_OLD: Rule =
    Rule::error("schema-version-old", "send EPCIS 1.2 or 2.0");
pub(crate) const CONTEXT_INVALID: Rule = Rule::error(
    "context-invalid",
    "write @context as the URL of the EPCIS context and objects that map prefixes to namespaces",
);
pub(crate) const CONTEXT_MISSING: Rule = Rule::error(
    "context-missing",
    "add @context with https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
);
pub(crate) const CONTEXT_FOREIGN: Rule = Rule::error(
    "context-not-epcis",
    "name the EPCIS context https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld in @context",
);
pub(crate) const CONTEXT_TOO_LARGE: Rule = Rule::error(
    "context-too-large",
    "define only the prefixes that the document uses",
);
pub(crate) const EVENTS_TOO_MANY: Rule = Rule::fatal("events-too-many", "split the document");
