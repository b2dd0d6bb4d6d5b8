//! Sensor elements.

use super::{Builder, parts::plain, rules};
use crate::{
    model::{SensorElement, SensorMetadata, SensorReport},
    raw::Node,
    vocab::Vocabulary,
};

impl Builder<'_> {
    /// `sensorElementList`.
    pub(super) fn sensor_elements(&mut self, node: Node) -> Vec<SensorElement> {
        self.each(node, Self::sensor_element)
    }

    fn sensor_element(&mut self, node: Node) -> Option<SensorElement> {
        let at = node.at;
        let what = "a sensor element";
        let mut built = SensorElement::default();
        let mut seen = false;
        for member in self.members(node)? {
            match plain(&member) {
                "sensorMetadata" => {
                    built.metadata =
                        self.inside("sensorMetadata", |b| b.sensor_metadata(member.node));
                }
                "sensorReport" => {
                    seen = true;
                    built.reports = self.inside("sensorReport", |b| b.sensor_reports(member.node));
                }
                _ => built.extensions.extend(self.extension(member, what)),
            }
        }
        if !seen {
            self.missing(at, "sensorReport", what);
        }
        Some(built)
    }

    fn sensor_reports(&mut self, node: Node) -> Vec<SensorReport> {
        let at = node.at;
        let lost = self.broken;
        let reports = self.each(node, Self::sensor_report);
        if reports.is_empty() && self.broken == lost {
            self.lose(rules::LIST_EMPTY, at, "sensorReport is empty".to_owned());
        }
        reports
    }

    fn sensor_metadata(&mut self, node: Node) -> Option<SensorMetadata> {
        let mut built = SensorMetadata::default();
        for member in self.members(node)? {
            let key = plain(&member).to_owned();
            let step = key.as_str();
            match step {
                "time" => built.time = self.inside(step, |b| b.time(member.node)),
                "startTime" => built.start_time = self.inside(step, |b| b.time(member.node)),
                "endTime" => built.end_time = self.inside(step, |b| b.time(member.node)),
                "deviceID" => built.device_id = self.inside(step, |b| b.uri(member.node)),
                "deviceMetadata" => {
                    built.device_metadata = self.inside(step, |b| b.uri(member.node));
                }
                "rawData" => built.raw_data = self.inside(step, |b| b.uri(member.node)),
                "dataProcessingMethod" => {
                    built.data_processing_method = self.inside(step, |b| b.uri(member.node));
                }
                "bizRules" => built.biz_rules = self.inside(step, |b| b.uri(member.node)),
                _ => built
                    .extensions
                    .extend(self.extension(member, "sensorMetadata")),
            }
        }
        Some(built)
    }

    fn sensor_report(&mut self, node: Node) -> Option<SensorReport> {
        let at = node.at;
        let mut built = SensorReport::default();
        let mut seen = false;
        for member in self.members(node)? {
            let key = plain(&member).to_owned();
            let step = key.as_str();
            if step == "type" {
                seen = true;
            }
            if let Some(member) = self.report_member(&mut built, step, member) {
                built
                    .extensions
                    .extend(self.extension(member, "a sensor report"));
            }
        }
        if !seen {
            self.missing(at, "type", "a sensor report");
        }
        Some(built)
    }

    /// Sets a standard member of a report; gives other members back.
    fn report_member(
        &mut self,
        to: &mut SensorReport,
        step: &str,
        member: crate::raw::Member,
    ) -> Option<crate::raw::Member> {
        macro_rules! set {
            ($field:ident, $build:expr) => {
                to.$field = self.inside(step, |b| $build(b, member.node))
            };
        }
        match step {
            "type" => set!(kind, |b: &mut Self, n| b.term(Vocabulary::Measurement, n)),
            "exception" => set!(exception, |b: &mut Self, n| b.term(Vocabulary::Alert, n)),
            "component" => set!(component, |b: &mut Self, n| b
                .term(Vocabulary::Component, n)),
            "deviceID" => set!(device_id, Self::uri),
            "deviceMetadata" => set!(device_metadata, Self::uri),
            "rawData" => set!(raw_data, Self::uri),
            "dataProcessingMethod" => set!(data_processing_method, Self::uri),
            "bizRules" => set!(biz_rules, Self::uri),
            "time" => set!(time, Self::time),
            "microorganism" => set!(microorganism, Self::uri),
            "chemicalSubstance" => set!(chemical_substance, Self::uri),
            "coordinateReferenceSystem" => set!(coordinate_reference_system, Self::uri),
            "value" => set!(value, Self::decimal),
            "stringValue" => set!(string_value, Self::text),
            "booleanValue" => set!(boolean_value, Self::boolean),
            "hexBinaryValue" => set!(hex_binary_value, Self::hex),
            "uriValue" => set!(uri_value, Self::uri),
            "minValue" => set!(min_value, Self::decimal),
            "maxValue" => set!(max_value, Self::decimal),
            "meanValue" => set!(mean_value, Self::decimal),
            "sDev" => set!(s_dev, Self::decimal),
            "percRank" => set!(perc_rank, Self::decimal),
            "percValue" => set!(perc_value, Self::decimal),
            "uom" => set!(uom, Self::text),
            _ => return Some(member),
        }
        None
    }
}
