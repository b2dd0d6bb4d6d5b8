//! One file of the history, as it is sent.

use std::{fmt, io::Write, sync::Arc};

use jiff::Timestamp;
use pangolin_epcis::{
    model::{Event, Header, What},
    write::JsonWriter,
    xml::{Carry, Version, XmlWriter},
};

use super::{
    Company, Defect, Expectation, Incident, IndustryError, Placement, Recall, Stage, item::Notation,
};

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// EPCIS 1.2 XML with the extensions of GS1 US for health care.
    Xml12,
    /// EPCIS 2.0 JSON-LD.
    Json20,
}

impl Format {
    /// The ending of file names.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Xml12 => "xml",
            Self::Json20 => "json",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Xml12 => "EPCIS 1.2 XML",
            Self::Json20 => "EPCIS 2.0 JSON-LD",
        })
    }
}

/// A file, who sends it, and what is to become of it.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its place in the order of sending, from 1.
    pub seq: u64,
    /// Who sends it.
    pub sender: Arc<Company>,
    /// The partner it is meant for; files about one's own goods have none.
    pub receiver: Option<Arc<Company>>,
    /// Its format.
    pub format: Format,
    /// When it was made; its events happened before, in order.
    pub made: Timestamp,
    /// What it is about.
    pub stage: Stage,
    /// The incident it belongs to.
    pub incident: Option<Incident>,
    /// What is to become of it.
    pub expected: Expectation,
    /// An order to be issued after this file was captured.
    pub recall: Option<Recall>,
    /// What happened, in words.
    pub story: String,
    /// Where its full events are to be kept.
    pub placement: Placement,
    pub(super) topic: &'static str,
    pub(super) label: String,
    pub(super) header: Header,
    pub(super) meant: Vec<Event>,
    pub(super) defect: Option<Defect>,
}

impl Document {
    /// `0007-acmegen-ship-samplewell.xml`
    pub fn file_name(&self) -> String {
        format!(
            "{:04}-{}-{}-{}.{}",
            self.seq,
            self.sender.slug,
            self.topic,
            self.label,
            self.format.extension()
        )
    }

    /// Its events; none if it is malformed.
    pub fn events(&self) -> &[Event] {
        if self.defect.is_some() {
            &[]
        } else {
            &self.meant
        }
    }

    /// Everything but its events.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// What is wrong with its form.
    pub fn defect(&self) -> Option<Defect> {
        self.defect
    }

    /// Serial numbers that its events name, each as often as it is named.
    pub fn references(&self) -> u64 {
        self.events().iter().map(references).sum()
    }

    /// The file.
    pub fn bytes(&self) -> Result<Vec<u8>, IndustryError> {
        match self.defect {
            None => self.write_to(Vec::new()),
            Some(defect) => defect.apply(&self.write_to(Vec::new())?),
        }
    }

    /// Writes the undamaged file event by event.
    fn write_to<W: Write>(&self, output: W) -> Result<W, IndustryError> {
        match self.format {
            Format::Xml12 => {
                let mut writer =
                    XmlWriter::new(output, &self.header, Version::V1_2, Carry::Extensions)?;
                for event in &self.meant {
                    writer.event(event)?;
                }
                Ok(writer.finish()?.0)
            }
            Format::Json20 => {
                let mut writer = JsonWriter::new(output, &self.header)?;
                for event in &self.meant {
                    writer.event(event)?;
                }
                Ok(writer.finish()?)
            }
        }
    }
}

/// Serial numbers that an event names.
pub(super) fn references(event: &Event) -> u64 {
    let count = match &event.what {
        What::Object(what) => what.epcs.len(),
        What::Aggregation(what) | What::Association(what) => {
            what.child_epcs.len() + usize::from(what.parent_id.is_some())
        }
        What::Transaction(what) => what.epcs.len() + usize::from(what.parent_id.is_some()),
        What::Transformation(what) => what.input_epcs.len() + what.output_epcs.len(),
        What::Extended(_) => 0,
    };
    u64::try_from(count).unwrap_or(u64::MAX)
}

impl Notation {
    pub(super) fn format(self) -> Format {
        match self {
            Self::Old => Format::Xml12,
            Self::Urn | Self::Link => Format::Json20,
        }
    }
}
