//! Executing a delivery: what another chain decided, by its proof.
//!
//! The proof is checked against the key that was registered for the chain; who carries it does not matter. Each item is
//! judged by what is proven, and all items are applied or none. The rules are those of `kernel/k06_moves.rs`.

mod arrive;
mod settle;

use std::{collections::BTreeSet, sync::Arc};

use crate::{
    codec::Wire,
    evidence::Proven,
    hash::sha256,
    id::{ChainId, EventId},
    kernel::k06_moves,
    machine::{
        BlockContext, Machine, Overlay,
        admit::Admitted,
        cascade::{self, Budget},
        halt::{Halt, Needs},
    },
    report::{Effect, Message, Reason, Receipt, Subject, reasons},
    say,
    state::{Key, Missing, keys},
    tx::{Delivery, Item, SignedTransaction},
};

const PLACE: &str = "/delivery";

/// The items of a delivery being applied.
struct Work<'a> {
    block: &'a BlockContext,
    chain: ChainId,
    proven: Arc<Proven>,
    o: &'a mut Overlay,
    effects: Vec<Effect>,
    /// What parked events may be waiting for and has changed.
    woken: BTreeSet<Missing>,
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
    let subject = Subject::Chain(body.chain);
    let mut foreign = k06_moves::believed(o, &body.chain, "/delivery/chain")?;
    let Some(verifier) = machine.verifier() else {
        let message = "this software checks no proofs of other chains";
        return Err(Halt::refuse(
            &reasons::BAD_EVIDENCE,
            subject,
            "/delivery/evidence",
            message,
        ));
    };
    let proven = verifier
        .verify(&body.chain, &foreign.key, &body.evidence)
        .map_err(|bad| {
            let message = format!("{} ({})", bad.message, bad.code);
            Halt::refuse(
                &reasons::BAD_EVIDENCE,
                subject,
                "/delivery/evidence",
                message,
            )
        })?;
    if foreign
        .seen
        .as_ref()
        .is_none_or(|seen| seen.height < proven.header.height)
    {
        foreign.seen = Some(proven.header.clone());
        o.put(keys::foreign_chain(&body.chain), &foreign);
    }
    let mut work = Work {
        block,
        chain: body.chain,
        proven,
        o,
        effects: Vec::new(),
        woken: BTreeSet::new(),
    };
    let mut needs = Needs::default();
    for (index, item) in body.items.iter().enumerate() {
        let place = format!("{PLACE}/items/{index}");
        let result = match item {
            Item::Arrival { seq, record } => work.arrival(*seq, record, &place),
            Item::Outcome { seq } => work.outcome(*seq, &place),
        };
        needs.note(result)?;
    }
    needs.done()?;
    let (mut effects, woken) = (work.effects, work.woken);
    cascade::run(
        machine,
        block,
        &admitted.params,
        o,
        woken,
        Budget::of_transaction(),
        &mut effects,
    )?;
    Ok(Receipt {
        tx: tx.id(),
        events: Vec::new(),
        effects,
    })
}

/// The keys that a delivery reads in any case.
pub(super) fn hints(body: &Delivery) -> Vec<Key> {
    let chain = &body.chain;
    let mut out = vec![keys::foreign_chain(chain), keys::channel(chain)];
    for item in &body.items {
        match item {
            Item::Arrival { seq, .. } => out.push(keys::inbox(chain, *seq)),
            Item::Outcome { seq } => {
                out.extend([keys::settlement(chain, *seq), keys::outbox(chain, *seq)]);
            }
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
        let Some(value) = self.proven.entries.get(key) else {
            let message = say!["the proof does not show ", what];
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

    /// The identity with which a move enters an object's history.
    fn mark(&self, domain: &[u8], seq: u64) -> EventId {
        EventId(sha256(&[domain, &self.chain.0, &seq.to_be_bytes()]))
    }
}
