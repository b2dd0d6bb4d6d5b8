//! Sensor data (EPCIS 2.0 §7.3.7).

use super::{Decimal, Element, Term, Time, Uri};

/// One sensor element: metadata common to its reports, and at least one report.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SensorElement {
    /// What all reports share.
    pub metadata: Option<SensorMetadata>,
    /// The reports.
    pub reports: Vec<SensorReport>,
    /// Extension elements.
    pub extensions: Vec<Element>,
}

/// Metadata of a sensor element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SensorMetadata {
    /// When the data were taken.
    pub time: Option<Time>,
    /// Start of the interval the data were taken in.
    pub start_time: Option<Time>,
    /// End of that interval.
    pub end_time: Option<Time>,
    /// The device.
    pub device_id: Option<Uri>,
    /// About the device.
    pub device_metadata: Option<Uri>,
    /// Where the raw data are.
    pub raw_data: Option<Uri>,
    /// How the data were processed.
    pub data_processing_method: Option<Uri>,
    /// Business rules applied.
    pub biz_rules: Option<Uri>,
    /// Extensions: members in JSON, attributes in XML.
    pub extensions: Vec<Element>,
}

/// One measurement or observation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SensorReport {
    /// What is measured; every reader requires it in strict mode.
    pub kind: Option<Term>,
    /// Alarm or error condition.
    pub exception: Option<Term>,
    /// The device.
    pub device_id: Option<Uri>,
    /// About the device.
    pub device_metadata: Option<Uri>,
    /// Where the raw data are.
    pub raw_data: Option<Uri>,
    /// How the data were processed.
    pub data_processing_method: Option<Uri>,
    /// Business rules applied.
    pub biz_rules: Option<Uri>,
    /// When it was taken.
    pub time: Option<Time>,
    /// The organism measured.
    pub microorganism: Option<Uri>,
    /// The substance measured.
    pub chemical_substance: Option<Uri>,
    /// Coordinate reference system of positions.
    pub coordinate_reference_system: Option<Uri>,
    /// The value.
    pub value: Option<Decimal>,
    /// Component of a vector.
    pub component: Option<Term>,
    /// A value that is text.
    pub string_value: Option<String>,
    /// A value that is true or false.
    pub boolean_value: Option<bool>,
    /// A value that is hexadecimal digits.
    pub hex_binary_value: Option<String>,
    /// A value that is a URI.
    pub uri_value: Option<Uri>,
    /// Least value of the interval.
    pub min_value: Option<Decimal>,
    /// Greatest value of the interval.
    pub max_value: Option<Decimal>,
    /// Mean of the interval.
    pub mean_value: Option<Decimal>,
    /// Standard deviation.
    pub s_dev: Option<Decimal>,
    /// Percentile rank, 0 to 100.
    pub perc_rank: Option<Decimal>,
    /// Value at that rank.
    pub perc_value: Option<Decimal>,
    /// Unit: UN/CEFACT Recommendation 20 code.
    pub uom: Option<String>,
    /// Extensions: members in JSON, attributes in XML.
    pub extensions: Vec<Element>,
}
