//! Sensor elements: metadata and reports are attributes.

use super::out::Out;
use crate::model::{Decimal, SensorElement, SensorMetadata, SensorReport, Term, Time, Uri};

impl Out<'_> {
    /// `sensorElementList`.
    pub(super) fn sensors(&mut self, elements: &[SensorElement]) {
        self.markup.open("sensorElementList");
        for element in elements {
            self.markup.open("sensorElement");
            if let Some(metadata) = &element.metadata {
                self.metadata(metadata);
            }
            for report in &element.reports {
                self.report(report);
            }
            self.extended_elements(&element.extensions, "sensorElement");
            self.markup.close();
        }
        self.markup.close();
    }

    fn time_attribute(&mut self, name: &str, time: Option<&Time>) {
        if let Some(time) = time {
            self.markup.attribute(name, time.as_str());
        }
    }

    fn uri_attribute(&mut self, name: &str, uri: Option<&Uri>) {
        if let Some(uri) = uri {
            let text = self.value_text(uri.as_str());
            self.markup.attribute(name, &text);
        }
    }

    fn term_attribute(&mut self, name: &str, term: Option<&Term>) {
        if let Some(term) = term {
            let text = self.term_text(term);
            self.markup.attribute(name, &text);
        }
    }

    fn number_attribute(&mut self, name: &str, number: Option<&Decimal>) {
        if let Some(number) = number {
            self.markup.attribute(name, number.as_str());
        }
    }

    fn text_attribute(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            let clean = self.clean(text, name);
            self.markup.attribute(name, &clean);
        }
    }

    fn metadata(&mut self, metadata: &SensorMetadata) {
        self.markup.open("sensorMetadata");
        self.time_attribute("time", metadata.time.as_ref());
        self.time_attribute("startTime", metadata.start_time.as_ref());
        self.time_attribute("endTime", metadata.end_time.as_ref());
        self.uri_attribute("deviceID", metadata.device_id.as_ref());
        self.uri_attribute("deviceMetadata", metadata.device_metadata.as_ref());
        self.uri_attribute("rawData", metadata.raw_data.as_ref());
        self.uri_attribute(
            "dataProcessingMethod",
            metadata.data_processing_method.as_ref(),
        );
        self.uri_attribute("bizRules", metadata.biz_rules.as_ref());
        self.extension_attributes(&metadata.extensions, "sensorMetadata");
        self.markup.close();
    }

    fn report(&mut self, report: &SensorReport) {
        self.markup.open("sensorReport");
        self.term_attribute("type", report.kind.as_ref());
        self.term_attribute("exception", report.exception.as_ref());
        self.uri_attribute("deviceID", report.device_id.as_ref());
        self.uri_attribute("deviceMetadata", report.device_metadata.as_ref());
        self.uri_attribute("rawData", report.raw_data.as_ref());
        self.uri_attribute(
            "dataProcessingMethod",
            report.data_processing_method.as_ref(),
        );
        self.uri_attribute("bizRules", report.biz_rules.as_ref());
        self.time_attribute("time", report.time.as_ref());
        self.uri_attribute("microorganism", report.microorganism.as_ref());
        self.uri_attribute("chemicalSubstance", report.chemical_substance.as_ref());
        self.uri_attribute(
            "coordinateReferenceSystem",
            report.coordinate_reference_system.as_ref(),
        );
        self.number_attribute("value", report.value.as_ref());
        self.term_attribute("component", report.component.as_ref());
        self.text_attribute("stringValue", report.string_value.as_deref());
        let boolean = report.boolean_value.map(|value| value.to_string());
        self.text_attribute("booleanValue", boolean.as_deref());
        self.text_attribute("hexBinaryValue", report.hex_binary_value.as_deref());
        self.uri_attribute("uriValue", report.uri_value.as_ref());
        self.number_attribute("minValue", report.min_value.as_ref());
        self.number_attribute("maxValue", report.max_value.as_ref());
        self.number_attribute("meanValue", report.mean_value.as_ref());
        self.number_attribute("sDev", report.s_dev.as_ref());
        self.number_attribute("percRank", report.perc_rank.as_ref());
        self.number_attribute("percValue", report.perc_value.as_ref());
        self.text_attribute("uom", report.uom.as_deref());
        self.extension_attributes(&report.extensions, "sensorReport");
        self.markup.close();
    }
}
