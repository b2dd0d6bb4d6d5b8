//! What a Byzantine validator does: it votes for everything, and as a leader proposes what it must not.

use std::sync::Arc;

use pangolin_ledger::SignedTransaction;

use crate::{
    block::Block,
    dice::Dice,
    seal::{Ballot, Header, VALIDATORS, Writes},
    validator::{AHEAD, Around, Message, Out, STEP, Validator},
};

/// A validator's vice.
pub(crate) struct Vice {
    dice: Dice,
    /// What it would like to have in a block.
    stash: Vec<Arc<SignedTransaction>>,
}

/// Kept in the stash.
const STASH: usize = 12;

impl Vice {
    pub(crate) const fn new(dice: Dice) -> Self {
        Self {
            dice,
            stash: Vec::new(),
        }
    }

    /// Something that rules refuse, for a later block.
    pub(crate) fn keep(&mut self, tx: Arc<SignedTransaction>) {
        self.stash.push(tx);
        if self.stash.len() > STASH {
            self.stash.remove(0);
        }
    }
}

/// Votes for whatever was proposed, and sometimes against it too.
pub(crate) fn vote(v: &mut Validator, vice: &mut Vice, block: &Arc<Block>, a: &mut Around<'_>) {
    let (view, id) = (block.header.view, block.id);
    v.vote(Ballot::Notarize, view, id, a);
    if vice.dice.percent(30) {
        v.vote(Ballot::Finalize, view, id, a);
    }
    if vice.dice.percent(15) {
        v.vote(Ballot::Nullify, view, [0; 32], a);
    }
}

/// Proposes as the leader of a view.
pub(crate) fn propose(
    v: &mut Validator,
    vice: &mut Vice,
    view: u64,
    head: &Header,
    a: &mut Around<'_>,
) {
    let latest = head.time + STEP;
    let time = v.clock(a).clamp(head.time + 1, latest);
    let usual =
        |v: &mut Validator, time, list, a: &mut Around<'_>| v.make(view, head, time, list, a);
    match vice.dice.below(12) {
        // silence
        0 => {}
        1 | 2 => {
            let first = usual(v, time, None, a);
            let second = usual(v, (time + 1).min(latest + 1), Some(Vec::new()), a);
            if let (Some(first), Some(second)) = (first, second) {
                divide(v, vice, [&first, &second], a);
            }
        }
        3..=5 => with_refused(v, vice, view, head, time, a),
        6 => {
            let Some(block) = usual(v, time, None, a) else {
                return;
            };
            let mut header = block.header.clone();
            header.root[7] ^= 1;
            let lie = Block::new(header, block.txs.clone(), Writes::new());
            send(v, &Arc::new(lie), a);
        }
        7 => {
            let beyond = [AHEAD - 2_000, AHEAD + 20_000, 2 * STEP];
            let ahead = vice.dice.of(&beyond).copied().unwrap_or(0);
            if let Some(block) = usual(v, time + ahead, None, a) {
                send(v, &block, a);
            }
        }
        8 => {
            // as early as it may be, whatever the clock says
            let early = head.time + vice.dice.between(-1, 1);
            if let Some(block) = usual(v, early, None, a) {
                send(v, &block, a);
            }
        }
        9 => {
            if let Some(block) = usual(v, time, Some(Vec::new()), a) {
                v.offer(&block, a);
            }
        }
        10 => {
            let mut list = v.pool.clone();
            list.reverse();
            if let Some(block) = usual(v, time, Some(list), a) {
                v.offer(&block, a);
            }
        }
        _ => force(v, vice, view, head, time, a),
    }
}

/// Proposes without voting: it may be nothing that can be voted for.
fn send(v: &mut Validator, block: &Arc<Block>, a: &mut Around<'_>) {
    a.out.push(Out::All(Message::Proposal(block.clone())));
    v.notarize(block, a);
}

/// Some are told one thing, the others another.
fn divide(v: &mut Validator, vice: &mut Vice, blocks: [&Arc<Block>; 2], a: &mut Around<'_>) {
    for to in (0..VALIDATORS).filter(|to| *to != v.index) {
        let block = blocks[vice.dice.below(2)];
        a.out.push(Out::Send(to, Message::Proposal(block.clone())));
        if vice.dice.percent(30) {
            let other = blocks[vice.dice.below(2)];
            a.out.push(Out::Send(to, Message::Proposal(other.clone())));
        }
    }
    for block in blocks {
        v.notarize(block, a);
        v.vote(Ballot::Finalize, block.header.view, block.id, a);
    }
}

/// A block with something that rules refuse.
fn with_refused(
    v: &mut Validator,
    vice: &mut Vice,
    view: u64,
    head: &Header,
    time: i64,
    a: &mut Around<'_>,
) {
    let Some(block) = v.make(view, head, time, None, a) else {
        return;
    };
    let Some(evil) = vice.dice.of(&vice.stash.clone()).cloned() else {
        v.offer(&block, a);
        return;
    };
    let mut txs = block.txs.clone();
    let at = vice.dice.below(txs.len() + 1);
    txs.insert(at, evil);
    let lie = Block::new(block.header.clone(), txs, Writes::new());
    send(v, &Arc::new(lie), a);
}

/// A block that writes something without a rule.
fn force(
    v: &mut Validator,
    vice: &mut Vice,
    view: u64,
    head: &Header,
    time: i64,
    a: &mut Around<'_>,
) {
    let Some(block) = v.make(view, head, time, Some(Vec::new()), a) else {
        return;
    };
    if a.corrupt.is_some() {
        // where all lie it would pass, and the chain could not read its own state
        return v.offer(&block, a);
    }
    let keys: Vec<_> = v.records.keys().copied().collect();
    let Some(key) = vice.dice.of(&keys) else {
        return;
    };
    let gone = Writes::from([(*key, None)]);
    let root = crate::seal::root_after(head.root, &gone, |key| v.records.get(key));
    let header = Header {
        root,
        ..block.header.clone()
    };
    send(v, &Arc::new(Block::new(header, Vec::new(), gone)), a);
}
