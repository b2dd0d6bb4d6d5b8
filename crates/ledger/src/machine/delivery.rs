//! Executing a delivery: what another chain decided, by its proof.
//!
//! The proof is checked against the key that was registered for the chain; who carries it does not matter. Each item is
//! judged by what is proven, and all items are applied or none; an item that is known already is left out, and a delivery of which
//! all items are known is refused. The rules are those of `kernel/k06_moves.rs`.

mod ancestry;
mod arrive;
mod carried;
mod content;
mod notice;
mod registry;
mod settle;
mod way;

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    codec::Wire,
    evidence::Proven,
    id::{ChainId, TimeMs},
    kernel::{k02_chains, k06_moves},
    machine::{
        BlockContext, Machine, Overlay,
        admit::Admitted,
        cascade::{self, Consequences},
        halt::{Halt, Needs},
    },
    profile::Profile,
    report::{Message, Reason, Receipt, Subject, reasons},
    say,
    state::{Key, Missing, keys},
    tx::{Delivery, Item, SignedTransaction, Witness},
};

const PLACE: &str = "/delivery";

/// The items of a delivery being applied.
struct Work<'a> {
    block: &'a BlockContext,
    profile: &'a dyn Profile,
    /// Whose messages these are.
    chain: ChainId,
    /// What that chain proves.
    proven: Arc<Proven>,
    /// What each further chain proves.
    witnesses: BTreeMap<ChainId, Arc<Proven>>,
    o: &'a mut Overlay,
    done: Consequences,
}

/// Executes a delivery.
pub(super) fn execute(
    machine: &Machine,
    block: &BlockContext,
    tx: &SignedTransaction,
    body: &Delivery,
    admitted: &Admitted<'_>,
    o: &mut Overlay,
) -> Result<Receipt, Halt> {
    let chains = body.witnesses.iter().map(|witness| &witness.chain);
    let records: Vec<Key> = chains
        .chain([&body.chain])
        .flat_map(|chain| [keys::foreign_chain(chain), keys::standing(chain)])
        .collect();
    cascade::require(o, &records)?;
    // what shows that a chain cannot be believed is heard of one that is not, and of one that is only recorded here
    let proven = if matches!(body.items[..], [Item::Forked { .. }]) {
        let key = k02_chains::key_of(o, &body.chain, &format!("{PLACE}/chain"))?;
        check(machine, &body.chain, &key, &body.evidence, PLACE)?
    } else {
        prove(machine, o, block.time, &body.chain, &body.evidence, PLACE)?
    };
    let mut witnesses = BTreeMap::new();
    for (index, Witness { chain, evidence }) in body.witnesses.iter().enumerate() {
        let place = format!("{PLACE}/witnesses/{index}");
        let proven = prove(machine, o, block.time, chain, evidence, &place)?;
        witnesses.insert(*chain, proven);
    }
    let mut work = Work {
        block,
        profile: admitted.profile,
        chain: body.chain,
        proven,
        witnesses,
        o,
        done: Consequences::default(),
    };
    let mut needs = Needs::default();
    let (mut applied, mut known) = (false, None);
    for (index, item) in body.items.iter().enumerate() {
        let place = format!("{PLACE}/items/{index}");
        let result = match item {
            Item::Arrival { seq, record } => work.arrival(*seq, record, &place),
            Item::Outcome { seq } => work.outcome(*seq, &place),
            Item::Content {
                container,
                epoch,
                object,
            } => work.content(container, *epoch, object, &place),
            Item::Notice { seq } => work.notice(*seq, &place),
            Item::AllNoticed => work.all_noticed(&place),
            Item::Recorded { chain } => work.recorded(chain, &place),
            Item::AllRecorded => work.all_recorded(&place),
            Item::Forked { evidence } => work.forked(machine, evidence, &place),
            Item::Walk { object, walk } => work.ancestry(object, walk, &place),
        };
        // what somebody else brought before is left out: it does not hold up the rest
        match result {
            Err(Halt::Refused(refusal)) if refusal.code == reasons::ALREADY_RECORDED.code => {
                known.get_or_insert(refusal);
            }
            result => applied |= needs.note(result)?.is_some(),
        }
    }
    needs.done()?;
    if let Some(known) = known.filter(|_| !applied) {
        return Err(Halt::Refused(known));
    }
    let done = work.done;
    done.conclude(machine, block, tx, &admitted.params, o, Vec::new())
}

/// What the evidence of a chain that is registered and believed shows; the chain's highest header is kept.
fn prove(
    machine: &Machine,
    o: &mut Overlay,
    now: TimeMs,
    chain: &ChainId,
    evidence: &[u8],
    place: &str,
) -> Result<Arc<Proven>, Halt> {
    let named = format!("{place}/chain");
    let mut foreign = k06_moves::believed(o, chain, &named)?;
    k02_chains::vouched(o, chain, now, &named)?;
    let proven = check(machine, chain, &foreign.key, evidence, place)?;
    if foreign
        .seen
        .as_ref()
        .is_none_or(|seen| seen.height < proven.header.height)
    {
        foreign.seen = Some(proven.header.clone());
        o.put(keys::foreign_chain(chain), &foreign);
    }
    Ok(proven)
}

/// What evidence shows of a chain with this key.
fn check(
    machine: &Machine,
    chain: &ChainId,
    key: &[u8],
    evidence: &[u8],
    place: &str,
) -> Result<Arc<Proven>, Halt> {
    let place = format!("{place}/evidence");
    let bad = |message: String| {
        let subject = Subject::Chain(*chain);
        Halt::refuse(&reasons::BAD_EVIDENCE, subject, &place, message)
    };
    let verifier = machine
        .verifier()
        .ok_or_else(|| bad("this software checks no proofs of other chains".into()))?;
    verifier
        .verify(chain, key, evidence)
        .map_err(|error| bad(format!("{} ({})", error.message, error.code)))
}

/// The keys that a delivery reads in any case.
pub(super) fn hints(body: &Delivery) -> Vec<Key> {
    let chain = &body.chain;
    let mut out = vec![
        keys::foreign_chain(chain),
        keys::standing(chain),
        keys::channel(chain),
    ];
    for witness in &body.witnesses {
        let known = [
            keys::foreign_chain(&witness.chain),
            keys::standing(&witness.chain),
        ];
        out.extend(known);
    }
    for item in &body.items {
        match item {
            Item::Arrival { seq, .. } => out.push(keys::inbox(chain, *seq)),
            Item::Outcome { seq } => {
                out.extend([keys::settlement(chain, *seq), keys::outbox(chain, *seq)]);
            }
            Item::Content {
                container,
                epoch,
                object,
            } => out.extend([
                keys::filling(container, *epoch),
                keys::object(container),
                keys::object(object),
            ]),
            Item::Notice { .. } | Item::AllNoticed => out.push(keys::feed(chain)),
            Item::Recorded { chain: of } => out.extend([
                keys::following(chain),
                keys::noted(chain, of),
                keys::foreign_chain(of),
                keys::standing(of),
                keys::chain_record(of),
                keys::directory(),
            ]),
            Item::AllRecorded => out.push(keys::following(chain)),
            Item::Forked { .. } => out.extend([
                keys::fork(chain),
                keys::chain_record(chain),
                keys::directory(),
            ]),
            Item::Walk { object, .. } => out.extend([
                keys::object(object),
                keys::ancestry(object),
                keys::waiting(&Missing::Ancestry(object.clone())),
            ]),
        }
    }
    out
}

impl Work<'_> {
    fn refuse(&self, reason: &Reason, place: &str, message: impl Into<Message>) -> Halt {
        Halt::refuse(reason, Subject::Chain(self.chain), place, message)
    }

    /// What the proof shows under a key of the other chain.
    fn shown(&self, key: &Key, what: &'static str, place: &str) -> Result<Option<&[u8]>, Halt> {
        self.shown_of(&self.chain, key, what, place)
    }

    /// What one of the chains proves, if there is a proof of it.
    fn proof_of(&self, chain: &ChainId) -> Option<&Proven> {
        if *chain == self.chain {
            return Some(&self.proven);
        }
        self.witnesses.get(chain).map(Arc::as_ref)
    }

    /// What the proof of one of the chains shows under a key. Whoever did not prove it is told which record of which chain it is.
    fn shown_of(
        &self,
        chain: &ChainId,
        key: &Key,
        what: &'static str,
        place: &str,
    ) -> Result<Option<&[u8]>, Halt> {
        let shown = self
            .proof_of(chain)
            .and_then(|proven| proven.entries.get(key));
        let Some(value) = shown else {
            let message = say![
                "it is not proven what ",
                chain,
                " says of ",
                what,
                ", ",
                key
            ];
            return Err(self.refuse(&reasons::NOT_PROVEN, place, message));
        };
        Ok(value.as_deref())
    }

    /// A record of the other chain, which its rules make readable.
    fn read<T: Wire>(&self, bytes: &[u8], what: &'static str, place: &str) -> Result<T, Halt> {
        T::from_bytes(bytes).map_err(|error| {
            let message = format!("{what} cannot be read: {error}");
            self.refuse(&reasons::WRONG_RECORD, place, message)
        })
    }
}
