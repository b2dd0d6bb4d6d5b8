//! K6 on ancestry: what came over other chains is believed back to its origins, and not only the chain that sent it.
//!
//! * Whoever lets an object in believes the sending chain's record of it (`k06_moves`): one proof for each move. A chain that is
//!   corrupt as a whole can so send what it invented. Acts for which that is not enough ask for the object's *ancestry*: its whole
//!   history, over every chain, was delivered ([`Item::Walk`](crate::tx::Item::Walk)), followed by every validator and found whole.
//! * Until then the act waits; an object of which nobody can show where it was made, or that was made where nothing may be made that is
//!   traded here, never passes. The act is refused if a chain on the way denies that it sent what another says it let in, if one of
//!   the chains is suspended by now, or if what was made on it may not be traded here any more.
//! * What was walked stays walked whatever happens to the object on this chain, which its own validators see to. What comes from
//!   another chain, again or inside a container, was not walked.
//! * What is made of several things has a name of its own, and nobody can show later which names its parts had: so what came over
//!   other chains is made into something else only after it was walked (`k05_transform`), and passes that on.
//! * Objects that were never elsewhere need nothing.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    id::{ChainId, Digest32, Height},
    limits::{MAX_PASSED, MAX_ROOTS},
    machine::{
        act::{Act, Loaded},
        halt::{Halt, Needs},
    },
    profile::Waits,
    report::{Refusal, Subject, reasons},
    say,
    state::{Ancestry, Flags, ForeignChain, Key, Missing, Root, Verdict, keys},
};

/// The object was never elsewhere, or its history was walked and is whole.
pub(crate) fn shown(act: &Act<'_>, loaded: &Loaded) -> Result<(), Halt> {
    let passed = &loaded.object.passed;
    if passed.is_empty() {
        return Ok(());
    }
    if loaded.object.flags.has(Flags::REFUTED) {
        let message = "a chain that it came over invented it, or its history";
        return Err(act.refuses(loaded, &reasons::ANCESTRY_REFUTED, message));
    }
    if !loaded.object.flags.has(Flags::WALKED) {
        let refusal = Refusal::new(
            &reasons::ANCESTRY_OPEN,
            Subject::Object(loaded.id.clone()),
            act.path(loaded.at),
            "its history over other chains is not proven yet",
        );
        let missing = vec![Missing::Ancestry(loaded.id.clone())];
        return Err(act.waits(Waits::ANCESTRY, missing, refusal));
    }
    let registered: Vec<Key> = passed.iter().map(keys::foreign_chain).collect();
    let own = keys::ancestry(&loaded.id);
    act.require(registered.iter().chain([&own]))?;
    for (chain, key) in passed.iter().zip(&registered) {
        let record = act.o.look::<ForeignChain>(key)?;
        if record.is_none_or(|record| record.suspended.is_some()) {
            let message = say!["it came over ", chain, ", which is suspended here"];
            return Err(act.refuses(loaded, &reasons::CHAIN_SUSPENDED, message));
        }
    }
    let ancestry = act.o.look::<Ancestry>(&own)?;
    let mut needs = Needs::default();
    if let Some(Verdict::Whole { made_on, .. }) = ancestry.as_ref().map(|known| &known.verdict) {
        for chain in made_on {
            needs.note(allowed(act, loaded, chain))?;
        }
    }
    needs.done()
}

fn allowed(act: &Act<'_>, loaded: &Loaded, chain: &ChainId) -> Result<(), Halt> {
    if act.o.has(&keys::maker(chain))? {
        return Ok(());
    }
    let message = say!["it was made on ", chain];
    Err(act.refuses(loaded, &reasons::MAKER_UNKNOWN, message))
}

/// What was walked of the parts of something that is made of them, of which some came over other chains.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    made_on: BTreeSet<ChainId>,
    roots: BTreeSet<Root>,
    as_of: BTreeMap<ChainId, Height>,
}

impl Parts {
    /// Adds a part that was found to be [`shown`].
    pub(crate) fn add(&mut self, act: &Act<'_>, loaded: &Loaded) -> Result<(), Halt> {
        if !loaded.object.passed.is_empty()
            && let Some(known) = act.o.look::<Ancestry>(&keys::ancestry(&loaded.id))?
        {
            self.add_known(&known);
        }
        Ok(())
    }

    /// Adds what was walked of parts before.
    pub(crate) fn add_known(&mut self, known: &Ancestry) {
        let Verdict::Whole { made_on, roots } = &known.verdict else {
            return;
        };
        self.made_on.extend(made_on);
        self.roots.extend(roots.iter().cloned());
        for (chain, height) in &known.as_of {
            let oldest = self.as_of.entry(*chain).or_insert(*height);
            *oldest = (*oldest).min(*height);
        }
    }

    /// The ancestry of what is made of them; `None`: none of them was elsewhere.
    pub(crate) fn ancestry(
        &self,
        act: &Act<'_>,
        provenance: Digest32,
    ) -> Result<Option<Ancestry>, Halt> {
        if self.as_of.is_empty() {
            return Ok(None);
        }
        if self.as_of.len().max(self.made_on.len()) > MAX_PASSED {
            let message = format!("its parts came over more than {MAX_PASSED} chains");
            return Err(act.refuse(&reasons::TOO_MIXED, message));
        }
        Ok(Some(Ancestry {
            provenance,
            verdict: Verdict::Whole {
                made_on: self.made_on.clone(),
                roots: self.roots.iter().take(MAX_ROOTS).cloned().collect(),
            },
            as_of: self.as_of.clone(),
            height: act.moment.height,
        }))
    }
}
