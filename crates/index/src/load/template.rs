//! Events of a load: read and reduced once for each kind, then given their objects and time.

use std::{collections::BTreeMap, sync::Arc};

use jiff::Timestamp;
use pangolin_epcis::{
    Event as Full,
    model::{Time, Uri, What},
    read,
};
use pangolin_ledger::{
    hash::sha256,
    id::{EventId, ObjectId, TimeMs},
    tx::{Event, Payload},
};
use pangolin_profiles::{
    capture::{self, Placement, Reducer},
    disclosure::SaltSecret,
    payload,
    pharma::LEXICON,
};

use super::{LoadError, names::wrong};

/// An object that stands in the texts for the objects of the event.
pub(super) const SOME: &str = "https://id.gs1.org/01/00300010000008/21/0";
/// A container that stands in the texts for the parent.
pub(super) const PARENT: &str = "https://id.gs1.org/00/003000100000000008";

/// Templates of events by their texts.
pub(super) struct Templates {
    reducer: Reducer,
    known: BTreeMap<String, Arc<(Full, Event)>>,
    /// Events made.
    made: u64,
}

impl Templates {
    pub(super) fn new() -> Self {
        Self {
            reducer: Reducer::new(&LEXICON),
            known: BTreeMap::new(),
            made: 0,
        }
    }

    /// The events made so far.
    pub(super) const fn made(&self) -> u64 {
        self.made
    }

    /// An event like the text says, with these objects in the place of the one in the text.
    pub(super) fn event(
        &mut self,
        text: &str,
        time: TimeMs,
        parent: Option<&ObjectId>,
        objects: &[ObjectId],
    ) -> Result<Event, LoadError> {
        let template = self.template(text)?;
        let (mut full, mut event) = (template.0.clone(), template.1.clone());
        let instant = Timestamp::from_millisecond(time.0).map_err(|error| wrong(&error))?;
        let stamp = instant.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
        full.event_time = Time::parse(&stamp).map_err(|error| wrong(&error))?;
        fill(&mut full, parent, objects)?;
        self.made += 1;
        event.id = EventId(sha256(&[b"load", &self.made.to_be_bytes()]));
        event.time = time;
        event.objects = objects.iter().cloned().collect();
        event.parent = parent.cloned();
        let bytes = payload::encode(&full).map_err(|error| wrong(&error))?;
        event.payload = Payload::Full(bytes.into());
        Ok(event)
    }

    fn template(&mut self, text: &str) -> Result<Arc<(Full, Event)>, LoadError> {
        if let Some(template) = self.known.get(text) {
            return Ok(Arc::clone(template));
        }
        let document = format!(
            r#"{{"@context":"https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld","eventTime":"2026-03-01T08:00:00.000Z","eventTimeZoneOffset":"-05:00",{text}}}"#
        );
        let mut reader = read::json(document.as_bytes(), read::Mode::Strict);
        let Some(Ok((_, full))) = reader.next() else {
            return Err(LoadError::Event(format!("{:?}", reader.defects())));
        };
        let reduced = self
            .reducer
            .reduce(&full, &SaltSecret::new([1; 32]), Placement::Committed)
            .map_err(|defects| LoadError::Event(format!("{defects:?}")))?;
        let template = Arc::new((full, reduced));
        self.known.insert(text.to_owned(), Arc::clone(&template));
        Ok(template)
    }
}

fn fill(full: &mut Full, parent: Option<&ObjectId>, objects: &[ObjectId]) -> Result<(), LoadError> {
    let uri =
        |object: &ObjectId| Uri::parse(&capture::object_uri(object)).map_err(|error| wrong(&error));
    let uris: Vec<Uri> = objects.iter().map(uri).collect::<Result<_, _>>()?;
    match &mut full.what {
        What::Object(what) => what.epcs = uris,
        What::Aggregation(what) => {
            what.child_epcs = uris;
            what.parent_id = parent.map(uri).transpose()?;
        }
        _ => return Err(LoadError::Event("of another type".to_owned())),
    }
    Ok(())
}
