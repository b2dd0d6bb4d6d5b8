//! The rules over whole events.

use crate::defect::Rule;

/// An ObjectEvent or TransactionEvent must name something.
pub const WHAT_EMPTY: Rule = Rule::error(
    "what-empty",
    "name at least one object in epcList or quantityList",
);
/// Sensor data without an object describe a place.
pub const SENSOR_PLACE: Rule = Rule::error(
    "sensor-without-object-or-place",
    "name the objects, or the readPoint the sensor data belong to",
);
/// ILMD is allowed where objects come into being only.
pub const ILMD_ACTION: Rule = Rule::error("ilmd-action", "give ilmd with action ADD only");
/// Packing and unpacking name the container.
pub const PARENT_MISSING: Rule = Rule::error("parent-missing", "add parentID");
/// Packing and observing name contents.
pub const CHILDREN_MISSING: Rule = Rule::error(
    "children-missing",
    "name at least one child in childEPCs or childQuantityList",
);
/// Nothing contains itself.
pub const PARENT_IS_CHILD: Rule = Rule::error(
    "parent-is-child",
    "remove the parent from the list of children",
);
/// A transformation has both ends, or an identifier.
pub const TRANSFORMATION_INCOMPLETE: Rule = Rule::error(
    "transformation-incomplete",
    "name inputs and outputs, or one of them and a transformationID",
);
/// No negative amounts.
pub const QUANTITY_NEGATIVE: Rule =
    Rule::error("quantity-negative", "write the quantity without a sign");
/// A count is whole.
pub const QUANTITY_FRACTION: Rule = Rule::warning(
    "quantity-fraction-without-uom",
    "add the unit of measure, or write a whole number",
);
/// A unit needs an amount.
pub const UOM_ALONE: Rule = Rule::error(
    "uom-without-quantity",
    "add the quantity, or remove the unit",
);
/// An EPC URN follows the grammar of the Tag Data Standard.
pub const EPC_INVALID: Rule = Rule::error(
    "epc-invalid",
    "write the EPC as the GS1 EPC Tag Data Standard defines it for its scheme",
);
/// EPC schemes are those of the Tag Data Standard.
pub const EPC_SCHEME_UNKNOWN: Rule = Rule::warning(
    "epc-scheme-unknown",
    "check the scheme against the GS1 EPC Tag Data Standard",
);
/// Lists of objects hold instances.
pub const EPC_IS_CLASS: Rule = Rule::error(
    "epc-is-class",
    "name the single object, or move the class to the list of quantities",
);
/// The same for Digital Link URIs, which senders mix up more often.
pub const EPC_IS_CLASS_TOLERATED: Rule = Rule::warning(
    "epc-is-class",
    "name the single object, or move the class to the list of quantities",
);
/// Lists of quantities hold classes.
pub const CLASS_IS_EPC: Rule = Rule::warning(
    "class-is-epc",
    "name the class, or move the single object to the list of objects",
);
/// A GS1 Digital Link URI holds valid keys.
pub const DIGITAL_LINK_INVALID: Rule = Rule::warning(
    "digital-link-invalid",
    "check the GS1 key in the Digital Link URI, its length and check digit",
);
/// Intervals run forward.
pub const SENSOR_INTERVAL: Rule = Rule::warning(
    "sensor-interval",
    "write the start of the interval before its end",
);
/// Ranges run upward.
pub const SENSOR_RANGE: Rule = Rule::warning(
    "sensor-range",
    "write the least value into minValue and the greatest into maxValue",
);
/// A percentile rank is a percentage.
pub const SENSOR_RANK: Rule =
    Rule::warning("sensor-rank", "write percRank as a number from 0 to 100");
