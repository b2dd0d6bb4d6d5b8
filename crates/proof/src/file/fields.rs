//! Fields: single fields of an event, shown by whoever keeps it, and what the chain recorded of that event.
//!
//! The event's record in the state has the digest of what was stated: the hash of three hashes, of which one is the commitment to the
//! event's fields. The file gives the three, so whoever gets it learns nothing of the event but the fields that it shows, and nobody
//! can show a field that the event does not have.

use pangolin_ledger::{
    Digest32, EventId, EventParts, Wire as _,
    kernel::k11_disclosure::{Disclosed, Disclosure},
    limits::MAX_FIELDS,
    say,
    state::{EventRecord, EventState, keys},
};
use serde::{Deserialize, Serialize};

use super::{
    ProofFileError, Report,
    wire::{WireState, hash},
};
use crate::{
    state::StateProof,
    trust::{FinalHeader, TrustedChain},
};

/// Place of the fields in the file.
pub(super) const FIELDS: &str = "/proof/fields";

/// Proof of fields of an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldsProof {
    /// The event's record.
    state: WireState,
    /// The event, hexadecimal.
    event: String,
    /// Hash of what the rules saw of it.
    inputs: String,
    /// The commitment to its fields.
    commitment: String,
    /// Hash of the full event, or what stands for it.
    payload: String,
    /// How many fields it has.
    count: u32,
    /// The fields shown, ascending by place.
    fields: Vec<WireField>,
}

/// A field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireField {
    index: u32,
    path: String,
    value: String,
    salt: String,
    siblings: Vec<String>,
}

impl FieldsProof {
    /// The proof that `state` has a record of the event with these parts, and that `shown` are fields of it.
    pub fn new(state: &StateProof, parts: &EventParts, shown: &Disclosure) -> Self {
        let field = |field: &Disclosed| WireField {
            index: field.index,
            path: field.path.clone(),
            value: field.value.clone(),
            salt: hex::encode(field.salt),
            siblings: field.siblings.iter().map(hex::encode).collect(),
        };
        Self {
            state: state.into(),
            event: shown.event.to_string(),
            inputs: parts.inputs.to_string(),
            commitment: parts.commitment.to_string(),
            payload: parts.payload.to_string(),
            count: shown.count,
            fields: shown.fields.iter().map(field).collect(),
        }
    }

    pub(super) fn header(&self) -> Result<FinalHeader, ProofFileError> {
        Ok(self.state.read()?.header)
    }

    pub(super) fn verify(
        &self,
        trusted: &TrustedChain,
        report: &mut Report,
    ) -> Result<(), ProofFileError> {
        let state = self.state.read()?;
        let header = state.verify(trusted)?;
        report.height = header.height.get();
        report.time_ms = header.time_ms;
        report.check(
            "final",
            format!(
                "block {} is final: its certificate is signed by the key of {}",
                report.height, trusted.name
            ),
        );
        let event = EventId(hash("/proof/event", &self.event)?);
        let record = record(&state, &event)?;
        let parts = EventParts {
            inputs: Digest32(hash("/proof/inputs", &self.inputs)?),
            commitment: Digest32(hash("/proof/commitment", &self.commitment)?),
            payload: Digest32(hash("/proof/payload", &self.payload)?),
        };
        if parts.digest() != record.digest {
            return Err(ProofFileError::OtherEvent);
        }
        report.check(
            "event",
            format!(
                "the state of that block has this event, recorded in block {}, with this commitment to its fields",
                record.height
            ),
        );
        let shown = self.shown(event)?;
        shown.verify(&parts.commitment)?;
        report.check("fields", text(&shown));
        tell(&record, &shown, report);
        Ok(())
    }

    fn shown(&self, event: EventId) -> Result<Disclosure, ProofFileError> {
        let read = |(at, field): (usize, &WireField)| {
            let at = |part: &str| format!("{FIELDS}/{at}/{part}");
            let siblings = field.siblings.iter().enumerate();
            let siblings = siblings.map(|(i, text)| hash(&at(&format!("siblings/{i}")), text));
            Ok(Disclosed {
                index: field.index,
                path: field.path.clone(),
                value: field.value.clone(),
                salt: hash(&at("salt"), &field.salt)?,
                siblings: siblings.collect::<Result<_, ProofFileError>>()?,
            })
        };
        if self.fields.len() > MAX_FIELDS {
            return Err(ProofFileError::Field {
                field: FIELDS.into(),
                expected: "as many fields as an event may have",
            });
        }
        let fields = self.fields.iter().enumerate().map(read);
        Ok(Disclosure {
            event,
            count: self.count,
            fields: fields.collect::<Result<_, ProofFileError>>()?,
        })
    }
}

fn record(state: &StateProof, event: &EventId) -> Result<EventRecord, ProofFileError> {
    let key = keys::event(event);
    let entry = state.entries.iter().find(|entry| entry.key == key);
    let value = entry.and_then(|entry| entry.value.as_deref());
    let value = value.ok_or(ProofFileError::Incomplete(1))?;
    EventRecord::from_bytes(value).map_err(|error| ProofFileError::Record(error.to_string()))
}

fn text(shown: &Disclosure) -> String {
    if shown.is_whole() {
        return format!(
            "all {} fields of the event are here, each with its salt: together they are the whole event",
            shown.count
        );
    }
    format!(
        "{} of {} fields of the event are here, each with its salt and its path to the commitment",
        shown.fields.len(),
        shown.count
    )
}

fn tell(record: &EventRecord, shown: &Disclosure, report: &mut Report) {
    report.profile = Some(record.profile);
    report.fact("event", say![&shown.event]);
    report.fact("stated by", &record.issuer);
    report.fact("by the rules of", record.profile);
    for field in &shown.fields {
        report.fact(&field.path, field.value.clone());
    }
    match &record.state {
        EventState::Applied => {}
        EventState::Parked => {
            report.warn(
                "the event had no effect by that block: it waits for what must come before it",
            );
        }
        EventState::Expired => {
            report.warn(
                "the event never had an effect: what must come before it did not come in time",
            );
        }
        EventState::Rejected(code) => {
            report.warn(format!(
                "the event never had an effect: a rule refused it ({code})"
            ));
        }
    }
    if record.corrected {
        report.warn("the event was declared to be in error, or was corrected by others");
    }
}
