//! Documents in XML, of EPCIS 1.2 or 2.0.
//!
//! Invariants: what is written is well-formed and reads back as the same model, apart from what the list of losses
//! names; nothing is left out without being listed; one event is held at a time.
//!
//! EPCIS 1.2 has no sensor data, no persistent disposition, no certification and no AssociationEvent. Its schema
//! leaves the innermost `extension` elements open for whatever comes later, so this is where they go
//! ([`Carry::Extensions`]): the document is valid 1.2, nothing is lost, and the event hash stays.

mod event;
mod header;
mod kept;
mod loss;
mod markup;
mod out;
mod sensor;

pub use loss::{Loss, LossKind};

use std::io::Write;

use self::markup::Markup;
use self::out::Out;
use crate::model::{Context, Event, Header};
use crate::write::WriteError;

/// Version of the schema a document follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// EPCIS 1.2, what most partners in the pharmaceutical trade exchange.
    V1_2,
    /// EPCIS 2.0.
    V2_0,
}

/// What EPCIS 1.2 does with content that came with 2.0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carry {
    /// Writes it into the extension elements that the schema of 1.2 leaves open.
    Extensions,
    /// Leaves it out.
    Nothing,
}

/// Writes a document event by event.
pub struct XmlWriter<W: Write> {
    output: W,
    header: Header,
    version: Version,
    carry: Carry,
    markup: Markup,
    losses: Vec<Loss>,
    events: usize,
}

impl<W: Write> XmlWriter<W> {
    /// Begins a document with everything of `header` but what follows the events.
    ///
    /// A header without a creation date is refused: the schema requires one, and nobody may invent it.
    pub fn new(
        output: W,
        header: &Header,
        version: Version,
        carry: Carry,
    ) -> Result<Self, WriteError> {
        if header.creation_date.is_none() {
            return Err(WriteError::NoCreationDate);
        }
        let mut writer = Self {
            output,
            header: header.clone(),
            version,
            carry,
            markup: Markup::default(),
            losses: Vec::new(),
            events: 0,
        };
        writer.part(None, None, |out| out.begin(header))?;
        Ok(writer)
    }

    /// Writes one event.
    pub fn event(&mut self, event: &Event) -> Result<(), WriteError> {
        let index = self.events;
        self.events += 1;
        let own = event.context.as_ref();
        self.part(Some(index), own, |out| out.event(event))
    }

    /// Ends the document; gives the output back with everything that was lost.
    pub fn finish(mut self) -> Result<(W, Vec<Loss>), WriteError> {
        let header = self.header.clone();
        self.part(None, None, |out| out.end(&header))?;
        self.output.write_all(b"\n")?;
        self.output.flush()?;
        Ok((self.output, self.losses))
    }

    /// Lets `write` add markup, then hands the text to the output.
    fn part(
        &mut self,
        event: Option<usize>,
        own: Option<&Context>,
        write: impl FnOnce(&mut Out<'_>),
    ) -> Result<(), WriteError> {
        let mut out = Out {
            markup: std::mem::take(&mut self.markup),
            version: self.version,
            carry: self.carry,
            context: &self.header.context,
            own,
            event,
            losses: std::mem::take(&mut self.losses),
        };
        write(&mut out);
        let text = out.markup.take();
        self.markup = out.markup;
        self.losses = out.losses;
        self.output.write_all(text.as_bytes())?;
        Ok(())
    }
}

/// A whole document as text, with everything that was lost.
pub fn write_document<'e>(
    header: &Header,
    events: impl IntoIterator<Item = &'e Event>,
    version: Version,
    carry: Carry,
) -> Result<(Vec<u8>, Vec<Loss>), WriteError> {
    let mut writer = XmlWriter::new(Vec::new(), header, version, carry)?;
    for event in events {
        writer.event(event)?;
    }
    writer.finish()
}
