//! Events: the fields in the order of the schema, in the wrappers of the version.

use super::loss::LossKind;
use super::out::Out;
use super::{Carry, Version};
use crate::model::{
    Action, BizTransaction, Decimal, Element, ErrorDeclaration, Event, EventType, Location, Party,
    PersistentDisposition, QuantityElement, Uri, What,
};
use crate::xml::grammar::shape;

/// The fields of an event that the two versions put into different wrappers.
struct Late<'e> {
    quantity_tag: &'static str,
    quantities: &'e [QuantityElement],
    ilmd: Option<&'e [Element]>,
}

impl Out<'_> {
    /// Writes an event with the `extension` elements that its type needs in `EventList`.
    pub(super) fn event(&mut self, event: &Event) {
        let wrappers = match (&event.what, self.version) {
            (What::Transformation(_), Version::V1_2) | (What::Extended(_), Version::V2_0) => 1,
            (What::Association(_), Version::V1_2) => 2,
            _ => 0,
        };
        if matches!(event.what, What::Association(_)) && self.version == Version::V1_2 {
            if self.carry == Carry::Nothing {
                let message = "AssociationEvent came with EPCIS 2.0".to_owned();
                self.lose("type", LossKind::Dropped, message);
                return;
            }
            let message = "AssociationEvent is carried in extension/extension".to_owned();
            self.lose("type", LossKind::Carried, message);
        }
        for _ in 0..wrappers {
            self.markup.open("extension");
        }
        self.event_element(event);
        for _ in 0..wrappers {
            self.markup.close();
        }
    }

    fn event_element(&mut self, event: &Event) {
        if let What::Extended(extended) = &event.what {
            if extended.name.namespace.is_empty() && self.version == Version::V2_0 {
                let message = format!("{} has no namespace", extended.name.local);
                self.lose("type", LossKind::OutsideSchema, message);
            }
            if self.markup.open_name(&extended.name, false).is_err() {
                let message = format!("{:?} is not a name in XML", extended.name.local);
                self.lose("type", LossKind::Dropped, message);
                return;
            }
        } else {
            let name = event.event_type().map_or("", EventType::as_str);
            self.markup.open(name);
        }
        let own = event.context.as_ref();
        if own.is_some_and(|context| !context.other.is_empty()) {
            let message = "term definitions of the JSON-LD context have no form in XML".to_owned();
            self.lose("@context", LossKind::Dropped, message);
        }
        self.base(event);
        self.body(event);
        self.markup.close();
    }

    /// What every event begins with (`EPCISEventType` of the schema).
    fn base(&mut self, event: &Event) {
        self.plain("eventTime", event.event_time.as_str());
        if let Some(time) = &event.record_time {
            self.plain("recordTime", time.as_str());
        }
        self.plain("eventTimeZoneOffset", event.event_time_zone_offset.as_str());
        if self.version == Version::V2_0 {
            self.base_fields(event);
            self.certifications(event);
            return;
        }
        let carried = self.carries(!event.certification_info.is_empty(), "certificationInfo");
        if event.event_id.is_none() && event.error_declaration.is_none() && !carried {
            return;
        }
        self.markup.open("baseExtension");
        self.base_fields(event);
        if carried {
            self.markup.open("extension");
            self.certifications(event);
            self.markup.close();
        }
        self.markup.close();
    }

    fn base_fields(&mut self, event: &Event) {
        if let Some(id) = &event.event_id {
            self.uri("eventID", id);
        }
        if let Some(declaration) = &event.error_declaration {
            self.error_declaration(declaration);
        }
    }

    fn certifications(&mut self, event: &Event) {
        if event.certification_info.len() > 1 {
            let message = "the schema allows one certificationInfo".to_owned();
            self.lose("certificationInfo", LossKind::OutsideSchema, message);
        }
        for certificate in &event.certification_info {
            self.uri("certificationInfo", certificate);
        }
    }

    /// Whether content of 2.0 that is there is written; lists what 1.2 does to it.
    fn carries(&mut self, is_there: bool, member: &str) -> bool {
        if !is_there {
            return false;
        }
        let (kind, message) = match (self.version, self.carry) {
            (Version::V2_0, _) => return true,
            (Version::V1_2, Carry::Extensions) => (
                LossKind::Carried,
                format!("{member} came with EPCIS 2.0 and is carried in an extension"),
            ),
            (Version::V1_2, Carry::Nothing) => {
                (LossKind::Dropped, format!("{member} came with EPCIS 2.0"))
            }
        };
        self.lose(member, kind, message);
        kind == LossKind::Carried
    }

    fn error_declaration(&mut self, declaration: &ErrorDeclaration) {
        self.markup.open("errorDeclaration");
        self.plain("declarationTime", declaration.declaration_time.as_str());
        if let Some(reason) = &declaration.reason {
            self.term("reason", reason);
        }
        if let Some(ids) = &declaration.corrective_event_ids {
            self.uris("correctiveEventIDs", "correctiveEventID", ids);
        }
        self.extended_elements(&declaration.extensions, "errorDeclaration");
        self.markup.close();
    }

    /// What the types differ in, and where it happened.
    fn body(&mut self, event: &Event) {
        let mut late = Late {
            quantity_tag: "quantityList",
            quantities: &[],
            ilmd: None,
        };
        match &event.what {
            What::Object(what) => {
                self.epcs("epcList", &what.epcs, true);
                self.action(what.action);
                late.quantities = &what.quantities;
                late.ilmd = what.ilmd.as_deref();
            }
            What::Aggregation(what) => {
                self.parent(what.parent_id.as_ref());
                self.epcs("childEPCs", &what.child_epcs, true);
                self.action(what.action);
                late.quantity_tag = "childQuantityList";
                late.quantities = &what.child_quantities;
            }
            What::Association(what) => {
                self.parent(what.parent_id.as_ref());
                self.epcs("childEPCs", &what.child_epcs, false);
                self.quantities("childQuantityList", &what.child_quantities);
                self.action(what.action);
            }
            What::Transaction(what) => {
                self.biz_transactions(&event.biz_transactions);
                self.parent(what.parent_id.as_ref());
                self.epcs("epcList", &what.epcs, true);
                self.action(what.action);
                late.quantities = &what.quantities;
            }
            What::Transformation(what) => {
                self.epcs("inputEPCList", &what.input_epcs, false);
                self.quantities("inputQuantityList", &what.input_quantities);
                self.epcs("outputEPCList", &what.output_epcs, false);
                self.quantities("outputQuantityList", &what.output_quantities);
                if let Some(id) = &what.transformation_id {
                    self.uri("transformationID", id);
                }
                late.ilmd = what.ilmd.as_deref();
            }
            What::Extended(_) => {
                let own = event.extensions.iter().filter(|e| is_quantity_field(e));
                for element in own {
                    self.elements(std::slice::from_ref(element), "type");
                }
            }
        }
        self.where_and_why(event);
        self.late(event, &late);
    }

    fn where_and_why(&mut self, event: &Event) {
        if let Some(step) = &event.biz_step {
            self.term("bizStep", step);
        }
        if let Some(disposition) = &event.disposition {
            self.term("disposition", disposition);
        }
        if let Some(location) = &event.read_point {
            self.location("readPoint", location);
        }
        if let Some(location) = &event.biz_location {
            self.location("bizLocation", location);
        }
        if !matches!(event.what, What::Transaction(_)) {
            self.biz_transactions(&event.biz_transactions);
        }
    }

    /// The fields that came after 1.0: in `extension` in 1.2, at the event in 2.0.
    fn late(&mut self, event: &Event, late: &Late<'_>) {
        let sensors = self.carries(!event.sensor_elements.is_empty(), "sensorElementList");
        let dispositions = event.persistent_disposition.as_ref();
        let dispositions = dispositions.filter(|_| self.carries(true, "persistentDisposition"));
        let is_bare =
            |element: &&Element| element.name.namespace.is_empty() && !is_quantity_field(element);
        let mut bare: Vec<&Element> = event.extensions.iter().filter(is_bare).collect();
        bare.retain(|element| self.is_told_apart(element));
        let foreign = event
            .extensions
            .iter()
            .filter(|e| !e.name.namespace.is_empty());
        // 2.0, and types that 1.2 does not define, have no wrapper inside.
        let is_flat = self.version == Version::V2_0
            || matches!(event.what, What::Association(_) | What::Extended(_));
        let is_transformation = matches!(event.what, What::Transformation(_));
        let has_early = !late.quantities.is_empty()
            || !event.sources.is_empty()
            || !event.destinations.is_empty()
            || late.ilmd.is_some();
        let has_open = sensors || dispositions.is_some() || !bare.is_empty();
        if is_flat {
            self.early(event, late, false);
            self.sensors_and_dispositions(event, sensors, dispositions);
            self.ilmd(late.ilmd);
            for element in bare {
                if self.version == Version::V2_0 {
                    let message = format!("{} has no namespace", element.name.local);
                    self.lose("extension", LossKind::OutsideSchema, message);
                }
                self.elements(std::slice::from_ref(element), "extension");
            }
        } else {
            if is_transformation {
                self.early(event, late, true);
            }
            if has_open || (has_early && !is_transformation) {
                self.markup.open("extension");
                if !is_transformation {
                    self.early(event, late, true);
                }
                if has_open {
                    if !is_transformation {
                        self.markup.open("extension");
                    }
                    self.sensors_and_dispositions(event, sensors, dispositions);
                    for element in bare {
                        self.elements(std::slice::from_ref(element), "extension");
                    }
                    if !is_transformation {
                        self.markup.close();
                    }
                }
                self.markup.close();
            }
        }
        for element in foreign {
            self.elements(std::slice::from_ref(element), "extension");
        }
    }

    /// Whether an extension without a namespace is not taken for a field of EPCIS when it is read.
    fn is_told_apart(&mut self, element: &Element) -> bool {
        let name = element.name.local.as_str();
        if shape(name).is_none() {
            return true;
        }
        let message = format!("the extension {name} has no namespace and the name of a field");
        self.lose(name, LossKind::Dropped, message);
        false
    }

    /// What came with 1.1.
    fn early(&mut self, event: &Event, late: &Late<'_>, with_ilmd: bool) {
        self.quantities(late.quantity_tag, late.quantities);
        self.parties("sourceList", "source", &event.sources);
        self.parties("destinationList", "destination", &event.destinations);
        if with_ilmd {
            self.ilmd(late.ilmd);
        }
    }

    /// What came with 2.0.
    fn sensors_and_dispositions(
        &mut self,
        event: &Event,
        sensors: bool,
        dispositions: Option<&PersistentDisposition>,
    ) {
        if sensors {
            self.sensors(&event.sensor_elements);
        }
        if let Some(dispositions) = dispositions {
            self.markup.open("persistentDisposition");
            for term in &dispositions.unset {
                self.term("unset", term);
            }
            for term in &dispositions.set {
                self.term("set", term);
            }
            self.markup.close();
        }
    }

    fn ilmd(&mut self, ilmd: Option<&[Element]>) {
        if let Some(elements) = ilmd {
            self.markup.open("ilmd");
            self.extended_elements(elements, "ilmd");
            self.markup.close();
        }
    }

    /// Extension elements of a part: those without a namespace go into `extension`, as the schema has it.
    pub(super) fn extended_elements(&mut self, elements: &[Element], member: &str) {
        let (bare, foreign): (Vec<_>, Vec<_>) = elements
            .iter()
            .partition(|element| element.name.namespace.is_empty());
        if !bare.is_empty() {
            self.markup.open("extension");
            for element in bare {
                self.elements(std::slice::from_ref(element), member);
            }
            self.markup.close();
        }
        for element in foreign {
            self.elements(std::slice::from_ref(element), member);
        }
    }

    fn uris(&mut self, list: &str, tag: &str, uris: &[Uri]) {
        self.markup.open(list);
        for uri in uris {
            self.uri(tag, uri);
        }
        self.markup.close();
    }

    /// A list of EPCs; 1.2 wants some of them even when they are empty.
    fn epcs(&mut self, list: &str, uris: &[Uri], required_before_2: bool) {
        if !uris.is_empty() || (required_before_2 && self.version == Version::V1_2) {
            self.uris(list, "epc", uris);
        }
    }

    fn action(&mut self, action: Action) {
        self.plain("action", action.as_str());
    }

    fn parent(&mut self, parent: Option<&Uri>) {
        if let Some(parent) = parent {
            self.uri("parentID", parent);
        }
    }

    fn location(&mut self, tag: &str, location: &Location) {
        self.markup.open(tag);
        self.uri("id", &location.id);
        self.extended_elements(&location.extensions, tag);
        self.markup.close();
    }

    fn quantities(&mut self, list: &str, quantities: &[QuantityElement]) {
        if quantities.is_empty() {
            return;
        }
        self.markup.open(list);
        for element in quantities {
            self.markup.open("quantityElement");
            self.uri("epcClass", &element.epc_class);
            if let Some(quantity) = &element.quantity {
                self.plain("quantity", decimal_text(quantity));
            }
            if let Some(uom) = &element.uom {
                self.plain("uom", uom);
            }
            self.markup.close();
        }
        self.markup.close();
    }

    fn biz_transactions(&mut self, transactions: &[BizTransaction]) {
        if transactions.is_empty() {
            return;
        }
        self.markup.open("bizTransactionList");
        for transaction in transactions {
            self.markup.open("bizTransaction");
            if let Some(kind) = &transaction.kind {
                let kind = self.term_text(kind);
                self.markup.attribute("type", &kind);
            }
            let id = self.value_text(transaction.id.as_str());
            self.markup.text(&id);
            self.markup.close();
        }
        self.markup.close();
    }

    fn parties(&mut self, list: &str, tag: &str, parties: &[Party]) {
        if parties.is_empty() {
            return;
        }
        self.markup.open(list);
        for party in parties {
            self.markup.open(tag);
            let kind = self.term_text(&party.kind);
            self.markup.attribute("type", &kind);
            let id = self.value_text(party.id.as_str());
            self.markup.text(&id);
            self.markup.close();
        }
        self.markup.close();
    }
}

/// The two fields of QuantityEvent, which come before its business step.
fn is_quantity_field(element: &Element) -> bool {
    element.name.namespace.is_empty()
        && matches!(element.name.local.as_str(), "epcClass" | "quantity")
}

/// `xsd:decimal` has no exponent.
fn decimal_text(number: &Decimal) -> &str {
    if number.as_str().contains(['e', 'E']) {
        number.canonical()
    } else {
        number.as_str()
    }
}
