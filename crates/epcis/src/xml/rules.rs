//! The rules of the XML bindings that the common rules of [`crate::read`] do not cover.

use crate::defect::Rule;

/// A root element that is no EPCIS document.
pub(super) const ROOT: Rule = Rule::fatal(
    "xml-root",
    "send an EPCISDocument or EPCISQueryDocument without a SOAP envelope around it",
);
/// A root element without the namespace of an EPCIS version.
pub(super) const ROOT_NAMESPACE: Rule = Rule::error(
    "xml-root-namespace",
    "write the root as epcis:EPCISDocument with xmlns:epcis=\"urn:epcglobal:epcis:xsd:1\" (1.x) or …:2 (2.0)",
);
/// A `schemaVersion` that does not belong to the namespace of the root.
pub(super) const VERSION: Rule = Rule::error(
    "xml-version",
    "let schemaVersion and namespace agree: 1.2 with urn:epcglobal:epcis:xsd:1, 2.0 with urn:epcglobal:epcis:xsd:2",
);
/// An event as the root.
pub(super) const BARE_EVENT: Rule = Rule::warning(
    "xml-bare-event",
    "put the event into EPCISDocument/EPCISBody/EventList",
);
/// `EPCISBody` or `EventList` left out.
pub(super) const WRAPPER: Rule = Rule::error(
    "xml-wrapper-missing",
    "put events into EPCISDocument/EPCISBody/EventList",
);
/// An element after one that it must come before.
pub(super) const ORDER: Rule = Rule::error(
    "xml-order",
    "write the elements in the order of the EPCIS schema, extension elements last",
);
/// A second element where one is allowed.
pub(super) const DUPLICATE: Rule = Rule::error("xml-duplicate-element", "write the element once");
/// An element that EPCIS has, in a place where its version does not.
pub(super) const MISPLACED: Rule = Rule::error(
    "xml-misplaced-element",
    "move the element to where the schema of this EPCIS version has it (1.2: extension, 2.0: the event itself)",
);
/// An element without a namespace that EPCIS does not have there.
pub(super) const UNKNOWN: Rule = Rule::error(
    "xml-unknown-element",
    "remove the element, correct its name, or give it a namespace of your own",
);
/// An extension element without a namespace.
pub(super) const NO_NAMESPACE: Rule = Rule::error(
    "xml-extension-namespace",
    "give extension elements a namespace of your own",
);
/// An element of EPCIS in the EPCIS namespace; the schema leaves local elements unqualified.
pub(super) const QUALIFIED: Rule = Rule::error(
    "xml-qualified-element",
    "write EPCIS elements other than the root without a prefix and without a default namespace",
);
/// An element where only text may stand, or the other way round.
pub(super) const CONTENT: Rule = Rule::error(
    "xml-content",
    "follow the schema: text where it has text, elements where it has elements",
);
/// An attribute where the schema has none.
pub(super) const ATTRIBUTE_UNKNOWN: Rule = Rule::error(
    "xml-attribute-unknown",
    "remove the attribute; the schema allows none of this name here",
);
/// An attribute that the schema lets pass and that has no meaning where it stands.
pub(super) const ATTRIBUTE: Rule = Rule::warning(
    "xml-attribute-ignored",
    "remove the attribute; it has no meaning here and was not kept",
);
/// A document without a body.
pub(super) const NO_BODY: Rule = Rule::error(
    "xml-body-missing",
    "put the events into EPCISBody/EventList",
);
