//! An event as its issuer states it: what every trade reads of it in the same way.

use pangolin_ledger::{
    id::{Code, PartyId, Value},
    profile::{Actor, Blocks, Claim, Op, Step, Target},
    report::{Message, Reason, Refusal, Subject},
    say,
    tx::Event,
};

use crate::{capture::attribute, departure::Departure};

/// Where the ledger says that an event waits already and is tried again.
const WAITING: &str = "/parked/";

/// The event with the claim it makes.
#[derive(Clone, Copy)]
pub(crate) struct Stated<'a> {
    pub(crate) event: &'a Event,
    pub(crate) claim: &'a Claim<'a>,
}

impl Stated<'_> {
    /// A refusal because of a part of the event.
    pub(crate) fn refuse(
        &self,
        reason: &Reason,
        part: &str,
        message: impl Into<Message>,
    ) -> Refusal {
        let place = format!("{}{part}", self.claim.place);
        Refusal::new(reason, Subject::Event(self.event.id), place, message)
    }

    /// Whether it waits already for what it lacked.
    pub(crate) fn waits(&self) -> bool {
        self.claim.place.starts_with(WAITING)
    }

    pub(crate) fn field(&self, code: Code) -> Option<&Value> {
        self.event.attributes.get(&code)
    }

    /// A party that an attribute names.
    pub(crate) fn party(&self, code: Code) -> Option<PartyId> {
        self.field(code)
            .and_then(|value| PartyId::new(value.as_bytes()).ok())
    }

    /// What is moved or looked at: the container if one is named, otherwise the objects; nothing where there are none.
    pub(crate) fn target(&self) -> Option<Target> {
        if self.event.parent.is_some() {
            return Some(Target::Parent);
        }
        (!self.event.objects.is_empty()).then_some(Target::Objects)
    }

    /// Whoever is said to have had the goods states the event (EPCIS 2.0 §7.4.2: source).
    pub(crate) fn by_sender(&self, otherwise: &Reason) -> Result<(), Refusal> {
        let said = ("/source", "the goods are said to be with ");
        self.by(attribute::HOLDER_FROM, otherwise, said)
    }

    /// Whoever is said to get the goods states the event (EPCIS 2.0 §7.4.2: destination).
    pub(crate) fn by_receiver(&self, otherwise: &Reason) -> Result<(), Refusal> {
        let said = ("/destination", "the goods are said to go to ");
        self.by(attribute::HOLDER_TO, otherwise, said)
    }

    fn by(
        &self,
        holder: Code,
        otherwise: &Reason,
        (part, said): (&str, &'static str),
    ) -> Result<(), Refusal> {
        let issuer = self.claim.issuer;
        match self.party(holder) {
            Some(holder) if holder != *issuer => {
                let message = say![said, &holder, ", the event is stated by ", issuer];
                Err(self.refuse(otherwise, part, message))
            }
            _ => Ok(()),
        }
    }

    /// Where the goods go, if that is another chain; without a moment of its own they may arrive `within_ms` after the event.
    pub(crate) fn departure(
        &self,
        within_ms: u64,
        malformed: &Reason,
    ) -> Result<Option<Departure>, Refusal> {
        Departure::of(self.event, within_ms)
            .map_err(|fault| self.refuse(malformed, "/attributes", fault.message()))
    }
}

/// A step by the keeper that these block.
pub(crate) fn step(op: Op, on: Target, blocks: Blocks) -> Step {
    Step {
        op,
        on,
        actor: Actor::Custodian,
        blocked_by: blocks,
        infer: false,
    }
}
