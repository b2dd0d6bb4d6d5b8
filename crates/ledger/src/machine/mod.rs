//! The machine: pure and synchronous. Transactions in, receipts or refusals out, writes in an overlay.
//!
//! The state lives elsewhere. The caller supplies records to an [`Overlay`] and calls; when a record is missing, the call
//! returns [`NeedKeys`] and has changed nothing, and the caller reads the records and calls again. [`Machine::hints`] names
//! most keys beforehand.
//!
//! Within a block: [`Machine::begin_block`], [`Machine::execute`] for each transaction in order, [`Machine::end_block`]; then
//! the overlay's writes are the block's change of state. A block is valid only if every transaction in it is
//! [`Outcome::Applied`].
//!
//! **Invariants**
//! * Atomic: a refused transaction and a call that returns `NeedKeys` leave no writes.
//! * Deterministic: ordered maps, integers, time only from the block. The result does not depend on how, in which portions
//!   or in which order records are supplied, nor on how often a call has to be repeated.
//! * Bounded: the work of a transaction is bounded by its size and by [`MAX_CASCADE_PER_TX`], that of a block's end by
//!   [`MAX_DUE_PER_BLOCK`] and [`MAX_CASCADE_PER_BLOCK`]. What is left over continues in the next block.
//!
//! [`MAX_CASCADE_PER_TX`]: crate::limits::MAX_CASCADE_PER_TX
//! [`MAX_DUE_PER_BLOCK`]: crate::limits::MAX_DUE_PER_BLOCK
//! [`MAX_CASCADE_PER_BLOCK`]: crate::limits::MAX_CASCADE_PER_BLOCK

pub(crate) mod act;
mod admit;
mod cascade;
mod context;
mod correction;
mod delivery;
mod due;
mod events;
mod genesis;
mod governance;
pub(crate) mod halt;
mod hints;
mod orders;
mod overlay;
mod prepared;
mod reports;
mod validators;

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    evidence::{Seats, Sources, Verifier},
    id::ProfileRef,
    profile::Profile,
    report::{BlockEffects, Refusal, Subject, reasons},
    state::{Key, keys},
    tx::{Body, SignedTransaction},
};

pub use context::{BlockContext, Outcome};
pub use genesis::{Genesis, GenesisError, GenesisParty};
pub use overlay::{Link, NeedKeys, Overlay};
pub(crate) use overlay::{Shared, Spot};
pub use prepared::Prepared;
pub use validators::seats as genesis_seats;

use halt::Halt;

/// The state machine with the profiles it knows.
#[derive(Clone)]
pub struct Machine {
    profiles: BTreeMap<ProfileRef, Arc<dyn Profile>>,
    verifier: Option<Arc<dyn Verifier>>,
    seats: Option<Arc<dyn Seats>>,
    sources: Option<Arc<dyn Sources>>,
}

impl std::fmt::Debug for Machine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .field("profiles", &self.profiles.keys())
            .field("believes", &self.verifier.is_some())
            .field("seats", &self.seats.is_some())
            .field("hears", &self.sources.is_some())
            .finish()
    }
}

impl Machine {
    /// A machine that knows these profiles. Of two with the same number and version the last counts.
    pub fn new(profiles: Vec<Arc<dyn Profile>>) -> Self {
        Self {
            profiles: profiles
                .into_iter()
                .map(|profile| (profile.reference(), profile))
                .collect(),
            verifier: None,
            seats: None,
            sources: None,
        }
    }

    /// The same machine, checking proofs of other chains with `verifier`. Without one it believes no other chain.
    #[must_use]
    pub fn believing(mut self, verifier: Arc<dyn Verifier>) -> Self {
        self.verifier = Some(verifier);
        self
    }

    /// The same machine, judging what validators state with `seats`. Without one it records nothing of it.
    #[must_use]
    pub fn seating(mut self, seats: Arc<dyn Seats>) -> Self {
        self.seats = Some(seats);
        self
    }

    /// The same machine, judging what sources of other kinds say with `sources`. Without one it hears none.
    #[must_use]
    pub fn hearing(mut self, sources: Arc<dyn Sources>) -> Self {
        self.sources = Some(sources);
        self
    }

    pub(crate) fn sources(&self) -> Option<&dyn Sources> {
        self.sources.as_deref()
    }

    pub(crate) fn seats(&self) -> Option<&dyn Seats> {
        self.seats.as_deref()
    }

    pub(crate) fn verifier(&self) -> Option<&dyn Verifier> {
        self.verifier.as_deref()
    }

    /// The profiles, ascending by number and version.
    pub fn profiles(&self) -> impl Iterator<Item = &dyn Profile> {
        self.profiles.values().map(AsRef::as_ref)
    }

    /// The profile with this number and version.
    pub fn profile(&self, reference: ProfileRef) -> Option<&dyn Profile> {
        self.profiles.get(&reference).map(AsRef::as_ref)
    }

    /// The state that a genesis document describes.
    pub fn genesis(&self, genesis: &Genesis) -> Result<BTreeMap<Key, Vec<u8>>, GenesisError> {
        genesis::state(self, genesis)
    }

    /// Works out what the events of a transaction mean.
    pub fn prepare<'t>(&self, tx: &'t SignedTransaction) -> Prepared<'t> {
        Prepared::new(self, tx)
    }

    /// Every key that can be named without reading state. An object that several events name is named as often. Supplying
    /// them beforehand makes [`NeedKeys`] rare.
    pub fn hints(&self, tx: &Prepared<'_>) -> Vec<Key> {
        hints::of(self, tx)
    }

    /// Further keys that follow from hinted records which have been supplied: the containers, orders and hand-overs of the
    /// objects. A caller that reads them for a whole block at once saves a repetition per transaction; who does not,
    /// is asked for them by [`NeedKeys`].
    pub fn follow(&self, tx: &Prepared<'_>, o: &Overlay) -> Vec<Key> {
        hints::follow(tx, o)
    }

    /// The keys that [`Self::begin_block`] and [`Self::end_block`] read in any case.
    pub fn block_hints(&self, block: &BlockContext) -> Vec<Key> {
        let mut keys = due::hints(block);
        keys.push(keys::roster());
        keys
    }

    /// Begins a block.
    pub fn begin_block(
        &self,
        block: &BlockContext,
        o: &mut Overlay,
    ) -> Result<BlockEffects, NeedKeys> {
        let _ = block;
        let read = o
            .get::<crate::state::Params>(&keys::params())
            .map(|_| ())
            .map_err(Halt::from);
        o.commit();
        finish_block(read.map(|()| Vec::new()), o)
    }

    /// Executes a transaction whose signature the caller has verified.
    pub fn execute(
        &self,
        block: &BlockContext,
        tx: &Prepared<'_>,
        o: &mut Overlay,
    ) -> Result<Outcome, NeedKeys> {
        let mark = o.mark();
        let result = self.run(block, tx, o);
        if result.is_ok() {
            o.commit();
        } else {
            o.rollback(mark);
        }
        let refused = |mut refusal: Refusal| {
            let reference = tx.tx().tx().profile;
            refusal.said.profile = Some(reference);
            if let Some(profile) = self.profile(reference) {
                profile.tell(&mut refusal);
            }
            Ok(Outcome::Refused(refusal))
        };
        match result {
            Ok(receipt) => Ok(Outcome::Applied(receipt)),
            Err(Halt::Need(keys)) => Err(NeedKeys(keys)),
            Err(Halt::Refused(refusal)) => refused(*refusal),
            Err(Halt::Waits(waiting)) => refused(waiting.refusal),
            Err(Halt::Corrupt(key)) => {
                o.poison(key);
                let message = format!("the record under {key:?} cannot be read");
                let subject = Subject::Transaction(tx.tx().id());
                Ok(Outcome::Refused(Refusal::new(
                    &reasons::STATE_CORRUPT,
                    subject,
                    "",
                    message,
                )))
            }
        }
    }

    /// Ends a block: deadlines, and what earlier transactions left over.
    pub fn end_block(
        &self,
        block: &BlockContext,
        o: &mut Overlay,
    ) -> Result<BlockEffects, NeedKeys> {
        let mark = o.mark();
        let registered = o.take_due();
        let result = validators::turn(self, block, o).and_then(|mut effects| {
            effects.extend(due::end_block(self, block, o, &registered)?);
            Ok(effects)
        });
        if result.is_ok() {
            o.commit();
        } else {
            o.rollback(mark);
            o.restore_due(registered);
        }
        finish_block(result, o)
    }

    fn run(
        &self,
        block: &BlockContext,
        prepared: &Prepared<'_>,
        o: &mut Overlay,
    ) -> Result<crate::report::Receipt, Halt> {
        let tx = prepared.tx();
        if let Body::Validator(body) = &tx.tx().body {
            return validators::execute(self, block, tx, body, o);
        }
        let admitted = admit::admit(self, block, tx, o)?;
        match &tx.tx().body {
            Body::Events(list) => events::execute(self, block, prepared, list, &admitted, o),
            Body::Order(body) => orders::execute(block, tx, body, &admitted, o),
            Body::Governance(body) => governance::execute(self, block, tx, body, &admitted, o),
            Body::Correction(body) => correction::execute(self, block, tx, body, &admitted, o),
            Body::Delivery(body) => delivery::execute(self, block, tx, body, &admitted, o),
            Body::Validator(body) => validators::execute(self, block, tx, body, o),
            Body::Report(body) => reports::execute(self, block, tx, body, &admitted, o),
        }
    }
}

fn finish_block(
    result: Result<Vec<crate::report::Effect>, Halt>,
    o: &mut Overlay,
) -> Result<BlockEffects, NeedKeys> {
    match result {
        Ok(effects) => Ok(BlockEffects {
            effects,
            corrupt: o.corrupt(),
        }),
        Err(Halt::Need(keys)) => Err(NeedKeys(keys)),
        Err(Halt::Corrupt(key)) => {
            o.poison(key);
            Ok(BlockEffects {
                effects: Vec::new(),
                corrupt: Some(key),
            })
        }
        // Work at the end of a block turns refusals into records; none comes this far.
        Err(Halt::Refused(_) | Halt::Waits(_)) => Ok(BlockEffects {
            effects: Vec::new(),
            corrupt: o.corrupt(),
        }),
    }
}
