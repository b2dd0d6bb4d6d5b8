//! Rules over a whole event, the same for every syntax (EPCIS 2.0 §7.4, and what the JSON schema adds to it).
//!
//! Pure functions of the model: they also serve events that were not read from a document.

mod identifier;
pub mod rules;
mod sensor;

pub use identifier::{Expect, identifier};

use crate::{
    defect::Rule,
    model::{
        Action, Aggregation, Event, ObjectWhat, QuantityElement, Transaction, Transformation, What,
    },
};

/// One violation of a rule over an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub rule: Rule,
    /// The member it is found at, in its JSON name.
    pub member: &'static str,
    /// What was found.
    pub message: String,
}

fn violation(rule: Rule, member: &'static str, message: impl Into<String>) -> Violation {
    Violation {
        rule,
        member,
        message: message.into(),
    }
}

/// Every violation of an event, in a fixed order.
pub fn event(event: &Event) -> Vec<Violation> {
    let mut found = Vec::new();
    match &event.what {
        What::Object(what) => object(event, what, &mut found),
        What::Aggregation(what) => aggregation(what, &mut found),
        What::Association(what) => children(what, &mut found),
        What::Transaction(what) => transaction(what, &mut found),
        What::Transformation(what) => transformation(what, &mut found),
        What::Extended(_) => {}
    }
    for (member, list) in quantity_lists(event) {
        quantities(member, list, &mut found);
    }
    sensor::check(event, &mut found);
    found
}

/// §7.4.2; `anyOf` of the JSON schema.
fn object(event: &Event, what: &ObjectWhat, found: &mut Vec<Violation>) {
    if what.epcs.is_empty() && what.quantities.is_empty() {
        if event.sensor_elements.is_empty() {
            found.push(violation(
                rules::WHAT_EMPTY,
                "epcList",
                "the event names no object, no quantity and no sensor data",
            ));
        } else if event.read_point.is_none() {
            found.push(violation(
                rules::SENSOR_PLACE,
                "sensorElementList",
                "the event has sensor data without an object and without a read point",
            ));
        }
    }
    if what.ilmd.is_some() && what.action != Action::Add {
        found.push(violation(
            rules::ILMD_ACTION,
            "ilmd",
            format!("ilmd is given with action {}", what.action.as_str()),
        ));
    }
}

/// §7.4.3: the parent may be absent only in observations.
fn aggregation(what: &Aggregation, found: &mut Vec<Violation>) {
    if what.parent_id.is_none() && what.action != Action::Observe {
        found.push(violation(
            rules::PARENT_MISSING,
            "parentID",
            format!("action {} names no parent", what.action.as_str()),
        ));
    }
    children(what, found);
}

/// The children may be absent only when everything is taken out.
fn children(what: &Aggregation, found: &mut Vec<Violation>) {
    let none = what.child_epcs.is_empty() && what.child_quantities.is_empty();
    if none && what.action != Action::Delete {
        found.push(violation(
            rules::CHILDREN_MISSING,
            "childEPCs",
            format!("action {} names no children", what.action.as_str()),
        ));
    }
    if let Some(parent) = &what.parent_id
        && what.child_epcs.contains(parent)
    {
        found.push(violation(
            rules::PARENT_IS_CHILD,
            "childEPCs",
            format!("{parent} is parent and child at once"),
        ));
    }
}

/// §7.4.4.
fn transaction(what: &Transaction, found: &mut Vec<Violation>) {
    let none = what.epcs.is_empty() && what.quantities.is_empty() && what.parent_id.is_none();
    if none && what.action != Action::Delete {
        found.push(violation(
            rules::WHAT_EMPTY,
            "epcList",
            format!("action {} names no object", what.action.as_str()),
        ));
    }
}

/// §7.4.5: inputs and outputs, or one of them and a transformationID that joins several events.
fn transformation(what: &Transformation, found: &mut Vec<Violation>) {
    let inputs = !what.input_epcs.is_empty() || !what.input_quantities.is_empty();
    let outputs = !what.output_epcs.is_empty() || !what.output_quantities.is_empty();
    let message = match (inputs, outputs, &what.transformation_id) {
        (true, true, _) | (true, _, Some(_)) | (_, true, Some(_)) => return,
        (false, false, _) => "the event names neither inputs nor outputs",
        (false, true, None) => "the event has no inputs and no transformationID",
        (true, false, None) => "the event has no outputs and no transformationID",
    };
    let member = if inputs {
        "outputEPCList"
    } else {
        "inputEPCList"
    };
    found.push(violation(rules::TRANSFORMATION_INCOMPLETE, member, message));
}

fn quantity_lists(event: &Event) -> Vec<(&'static str, &[QuantityElement])> {
    match &event.what {
        What::Object(what) => vec![("quantityList", what.quantities.as_slice())],
        What::Transaction(what) => vec![("quantityList", what.quantities.as_slice())],
        What::Aggregation(what) | What::Association(what) => {
            vec![("childQuantityList", what.child_quantities.as_slice())]
        }
        What::Transformation(what) => vec![
            ("inputQuantityList", what.input_quantities.as_slice()),
            ("outputQuantityList", what.output_quantities.as_slice()),
        ],
        What::Extended(_) => Vec::new(),
    }
}

/// §7.3.3.3.
fn quantities(member: &'static str, list: &[QuantityElement], found: &mut Vec<Violation>) {
    for element in list {
        let class = &element.epc_class;
        match &element.quantity {
            Some(quantity) if quantity.is_negative() => found.push(violation(
                rules::QUANTITY_NEGATIVE,
                member,
                format!("the quantity of {class} is {quantity}"),
            )),
            Some(quantity) if element.uom.is_none() && quantity.canonical().contains('.') => {
                found.push(violation(
                    rules::QUANTITY_FRACTION,
                    member,
                    format!("the quantity of {class} is {quantity} without a unit"),
                ));
            }
            None if element.uom.is_some() => found.push(violation(
                rules::UOM_ALONE,
                member,
                format!("{class} has a unit and no quantity"),
            )),
            _ => {}
        }
    }
}
