//! A validator: its own copy of the state, its votes, and what it knows of everybody's.
//!
//! The rules of voting are those of the engine's protocol (simplex): in each view one leader proposes a block on one that a
//! quorum notarized, where every view between was nullified; a validator notarizes one block of a view at most, after it has
//! executed it, and finalizes it only if it did not give the view up. A crash takes everything but its votes and its final state.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use pangolin_ledger::{Effect, EventId, EventOutcome, SignedTransaction, TxId};

pub(crate) use crate::talk::{Around, Message, Out, Tick, Told};
use crate::{
    block::{Block, Executed, Layers, Running},
    kept::Kept,
    seal::{Ballot, Certificate, Header, Id, QUORUM, Records, Subject, VALIDATORS, Writes},
    vice::{self, Vice},
};

/// Longest time between two blocks of an idle chain, in milliseconds.
pub(crate) const HEARTBEAT: i64 = 1_000;
/// After this a view is given up.
const PATIENCE: i64 = 2_500;
/// A leader waits so long for more transactions.
const GATHER: i64 = 30;
/// Blocks further ahead of the clock are not waited for.
pub(crate) const AHEAD: i64 = 5_000;
/// Longest step from one block's time to the next.
pub(crate) const STEP: i64 = 60_000;
/// Blocks sent at once to who is behind.
const CATCH: usize = 12;
/// Least time between two questions to the others.
const QUIET: i64 = 250;

/// Votes that were given: they outlive a crash.
#[derive(Debug, Default)]
struct Given {
    view: u64,
    notarized: BTreeMap<u64, Id>,
    nullified: BTreeSet<u64>,
    finalized: BTreeMap<u64, Id>,
}

/// A validator.
pub(crate) struct Validator {
    pub(crate) index: usize,
    secret: Id,
    pub(crate) vice: Option<Vice>,
    pub(crate) up: bool,
    /// How far its clock is ahead.
    pub(crate) ahead: i64,
    // what it keeps
    given: Given,
    pub(crate) records: Records,
    pub(crate) tip: Header,
    /// The certificate of its last final block.
    pub(crate) sealed: Option<Arc<Certificate>>,
    finals: Vec<Arc<Block>>,
    seals: BTreeMap<u64, Arc<Certificate>>,
    pub(crate) waiting: Vec<EventId>,
    /// What it keeps of histories.
    pub(crate) kept: Kept,
    // what a crash takes
    blocks: BTreeMap<Id, Arc<Block>>,
    executed: BTreeMap<Id, Arc<Executed>>,
    votes: BTreeMap<Subject, BTreeMap<u8, Id>>,
    notarized: BTreeMap<u64, Arc<Certificate>>,
    nullified: BTreeMap<u64, Arc<Certificate>>,
    /// What a quorum is known to have decided.
    known: BTreeSet<Subject>,
    /// When it last told how far it is.
    told: i64,
    pub(crate) pool: Vec<Arc<SignedTransaction>>,
}

impl Validator {
    pub(crate) fn new(
        index: usize,
        secret: Id,
        genesis: Header,
        records: Records,
        ahead: i64,
    ) -> Self {
        Self {
            index,
            secret,
            vice: None,
            up: true,
            ahead,
            given: Given::default(),
            records,
            tip: genesis,
            sealed: None,
            finals: Vec::new(),
            seals: BTreeMap::new(),
            waiting: Vec::new(),
            kept: Kept::default(),
            blocks: BTreeMap::new(),
            executed: BTreeMap::new(),
            votes: BTreeMap::new(),
            notarized: BTreeMap::new(),
            nullified: BTreeMap::new(),
            known: BTreeSet::new(),
            told: 0,
            pool: Vec::new(),
        }
    }

    /// Everything is lost but what its journal has (its votes, certificates, the blocks that they are of) and its final state.
    pub(crate) fn crash(&mut self) {
        self.up = false;
        let kept: BTreeSet<Id> = self
            .notarized
            .values()
            .map(|known| known.subject.block)
            .collect();
        self.blocks.retain(|id, _| kept.contains(id));
        self.executed.clear();
        self.votes.clear();
        self.known.clear();
        self.pool.clear();
    }

    /// Begins, at first or again.
    pub(crate) fn start(&mut self, a: &mut Around<'_>) {
        self.up = true;
        let blocks: Vec<_> = self
            .notarized
            .values()
            .filter_map(|known| self.blocks.get(&known.subject.block).cloned())
            .collect();
        for block in blocks {
            let _ = self.execute(&block, a);
        }
        let view = self.given.view.max(self.tip.view + 1);
        self.enter(view, a);
        self.tell_status(a);
    }

    fn leader(&self, view: u64) -> usize {
        let turn = view.wrapping_add(u64::from(self.tip.chain.0[0]));
        usize::try_from(turn % VALIDATORS as u64).unwrap()
    }

    fn enter(&mut self, view: u64, a: &mut Around<'_>) {
        self.given.view = view;
        a.out
            .push(Out::Again(a.now + PATIENCE, Tick::Timeout(view)));
        if self.leader(view) == self.index {
            a.out.push(Out::Again(a.now + GATHER, Tick::Propose(view)));
        }
    }

    /// Others answer with what it lacks; not too often.
    fn tell_status(&mut self, a: &mut Around<'_>) {
        if a.now < self.told + QUIET {
            return;
        }
        self.told = a.now;
        a.out.push(Out::All(Message::Status {
            height: self.tip.height,
        }));
    }

    pub(crate) fn clock(&self, a: &Around<'_>) -> i64 {
        a.now + self.ahead
    }

    /// A state above the final one.
    fn layers(&self, at: &Id) -> Option<Layers<'_>> {
        let (mut above, mut at) = (Vec::new(), *at);
        while at != self.tip.id() {
            let executed = self.executed.get(&at)?;
            above.push(executed.clone());
            at = executed.block.header.parent;
        }
        let records = &self.records;
        Some(Layers { records, above })
    }

    fn header_of(&self, id: &Id) -> Option<&Header> {
        if *id == self.tip.id() {
            return Some(&self.tip);
        }
        self.executed.get(id).map(|executed| &executed.block.header)
    }

    pub(crate) fn tick(&mut self, tick: Tick, a: &mut Around<'_>) {
        match tick {
            Tick::Propose(view) if view == self.given.view => self.propose(view, a),
            Tick::Timeout(view) if view == self.given.view => {
                if !self.given.finalized.contains_key(&view) {
                    self.given.nullified.insert(view);
                    self.vote(Ballot::Nullify, view, [0; 32], a);
                }
                self.tell_status(a);
                let later = a.now + PATIENCE;
                a.out.push(Out::Again(later, Tick::Timeout(view)));
            }
            Tick::Early(block) => self.proposed(&block, a),
            _ => {}
        }
    }

    pub(crate) fn hear(&mut self, from: usize, message: Message, a: &mut Around<'_>) {
        match message {
            Message::Proposal(block) => {
                let leads = from == self.leader(block.header.view);
                if leads && block.header.chain == self.tip.chain {
                    self.blocks.insert(block.id, block.clone());
                    self.proposed(&block, a);
                }
            }
            Message::Vote {
                subject,
                signer,
                signature,
            } => self.voted(subject, signer, signature, a),
            Message::Decided(certificate, block) => {
                if let Some(block) = block {
                    self.blocks.insert(block.id, block);
                }
                if a.notary.is_signed(&self.tip.chain, &certificate, QUORUM) {
                    self.decided(&certificate, a);
                }
            }
            Message::Status { height } => self.help(from, height, a),
            Message::Final(blocks, certificate) => self.catch_up(&blocks, &certificate, a),
            Message::Tx(tx) => {
                self.take(tx, a);
            }
            Message::Refused(tx, _) => self.pool.retain(|known| known.id() != tx),
        }
    }

    /// A transaction comes in; whether it was not known.
    pub(crate) fn take(&mut self, tx: Arc<SignedTransaction>, a: &mut Around<'_>) -> bool {
        let id = tx.id();
        if self.pool.iter().any(|known| known.id() == id) || !a.signatures.is_good(&tx) {
            return false;
        }
        self.pool.push(tx);
        let view = self.given.view;
        if self.leader(view) == self.index {
            a.out.push(Out::Again(a.now + GATHER, Tick::Propose(view)));
        }
        true
    }

    /// The block that the leader of a view builds upon.
    fn best(&self, view: u64) -> Option<Id> {
        for before in (0..view).rev() {
            if let Some(certificate) = self.notarized.get(&before) {
                return Some(certificate.subject.block);
            }
            if before == self.tip.view {
                return Some(self.tip.id());
            }
            if !self.nullified.contains_key(&before) {
                return None;
            }
        }
        None
    }

    /// Whether a block of a view may build upon this one.
    fn fits(&self, view: u64, parent: &Id) -> bool {
        let notarized = self.notarized.iter();
        let mut found = notarized.filter(|(_, known)| known.subject.block == *parent);
        let at = match found.next() {
            Some((at, _)) => *at,
            None if *parent == self.tip.id() => self.tip.view,
            None => return false,
        };
        (at + 1..view).all(|between| self.nullified.contains_key(&between))
    }

    fn propose(&mut self, view: u64, a: &mut Around<'_>) {
        if self.given.notarized.contains_key(&view) || self.given.nullified.contains(&view) {
            return;
        }
        let Some(parent) = self.best(view) else {
            return;
        };
        let Some(head) = self.header_of(&parent).cloned() else {
            return;
        };
        let busy = !self.pool.is_empty();
        let due = head.time + HEARTBEAT;
        if !busy && self.clock(a) < due {
            let again = a.now + (due - self.clock(a)).min(HEARTBEAT);
            a.out.push(Out::Again(again, Tick::Propose(view)));
            return;
        }
        if let Some(mut vice) = self.vice.take() {
            vice::propose(self, &mut vice, view, &head, a);
            self.vice = Some(vice);
            return;
        }
        let time = self.clock(a).clamp(head.time + 1, head.time + STEP);
        if let Some(block) = self.make(view, &head, time, None, a) {
            self.offer(&block, a);
        }
    }

    /// Proposes a block and votes for it.
    pub(crate) fn offer(&mut self, block: &Arc<Block>, a: &mut Around<'_>) {
        self.blocks.insert(block.id, block.clone());
        a.out.push(Out::All(Message::Proposal(block.clone())));
        self.notarize(block, a);
    }

    pub(crate) fn notarize(&mut self, block: &Block, a: &mut Around<'_>) {
        self.given.notarized.insert(block.header.view, block.id);
        self.vote(Ballot::Notarize, block.header.view, block.id, a);
    }

    /// A block of what the pool, or a list, has and rules do not refuse.
    pub(crate) fn make(
        &mut self,
        view: u64,
        head: &Header,
        time: i64,
        list: Option<Vec<Arc<SignedTransaction>>>,
        a: &mut Around<'_>,
    ) -> Option<Arc<Block>> {
        let layers = self.layers(&head.id())?;
        let known: BTreeSet<TxId> = layers
            .above
            .iter()
            .flat_map(|executed| executed.block.txs.iter().map(|tx| tx.id()))
            .collect();
        let header = Header {
            chain: head.chain,
            view,
            height: head.height + 1,
            parent: head.id(),
            time,
            body: [0; 32],
            root: [0; 32],
        };
        let draft = Block::new(header.clone(), Vec::new(), Writes::new());
        let mut running = Running::begin(a.machine, draft.context(head.time), &layers);
        let (mut txs, mut refused) = (Vec::new(), Vec::new());
        for tx in list.unwrap_or_else(|| self.pool.clone()) {
            if known.contains(&tx.id()) {
                continue;
            }
            match running.apply(&tx) {
                Ok(()) => txs.push(tx),
                Err(refusal) => refused.push((tx.id(), refusal)),
            }
        }
        let forced = a.corrupt.cloned().unwrap_or_default();
        let (ended, root) = running.end(head.root, &forced);
        let block = Arc::new(Block::new(Header { root, ..header }, txs, forced));
        let executed = Arc::new(ended.of(block.clone()));
        self.executed.insert(block.id, executed);
        for (tx, refusal) in refused {
            self.pool.retain(|known| known.id() != tx);
            let told = Told {
                code: refusal.code.into(),
                place: refusal.place,
                message: refusal.message,
            };
            a.out.push(Out::All(Message::Refused(tx, told.clone())));
            a.out
                .push(Out::Send(self.index, Message::Refused(tx, told)));
        }
        Some(block)
    }

    pub(crate) fn vote(&mut self, ballot: Ballot, view: u64, block: Id, a: &mut Around<'_>) {
        let subject = Subject {
            ballot,
            view,
            block,
        };
        let signature = subject.sign(&self.tip.chain, &self.secret);
        let signer = u8::try_from(self.index).unwrap();
        a.out.push(Out::All(Message::Vote {
            subject,
            signer,
            signature,
        }));
        self.voted(subject, signer, signature, a);
    }

    /// A block was proposed: it is executed, and voted for if everything is right.
    fn proposed(&mut self, block: &Arc<Block>, a: &mut Around<'_>) {
        let view = block.header.view;
        if let Some(mut vice) = self.vice.take() {
            let _ = self.execute(block, a);
            vice::vote(self, &mut vice, block, a);
            self.vice = Some(vice);
            return;
        }
        let decided = self.given.notarized.contains_key(&view)
            || self.given.nullified.contains(&view)
            || view != self.given.view;
        if decided {
            return;
        }
        if !self.fits(view, &block.header.parent) {
            self.tell_status(a);
            return;
        }
        if let Err(why) = self.execute(block, a) {
            tracing::trace!("refused: {why}");
            return;
        }
        let early = block.header.time - self.clock(a);
        if early > AHEAD {
            return;
        }
        if early > 0 {
            let tick = Tick::Early(block.clone());
            a.out.push(Out::Again(a.now + early, tick));
            return;
        }
        self.notarize(block, a);
    }

    /// Executes a block on what it says it builds upon.
    fn execute(&mut self, block: &Arc<Block>, a: &Around<'_>) -> Result<(), String> {
        if self.executed.contains_key(&block.id) {
            return Ok(());
        }
        let header = &block.header;
        let parent = self.header_of(&header.parent).cloned();
        let parent = parent.ok_or("the block before is not known")?;
        let follows = header.height == parent.height + 1
            && header.time > parent.time
            && header.time <= parent.time + STEP;
        if !follows {
            return Err("it does not follow the block before".into());
        }
        if !block.forced.is_empty() && a.corrupt.is_none() {
            return Err("something is written without a rule".into());
        }
        if !block.txs.iter().all(|tx| a.signatures.is_good(tx)) {
            return Err("a signature is wrong".into());
        }
        let layers = self.layers(&header.parent);
        let layers = layers.ok_or("the block before is not known")?;
        let context = block.context(parent.time);
        let mut running = Running::begin(a.machine, context, &layers);
        for tx in &block.txs {
            let applied = running.apply(tx);
            applied.map_err(|refusal| format!("{}: {}", refusal.code, refusal.message))?;
        }
        let (ended, root) = running.end(parent.root, &block.forced);
        if root != header.root {
            return Err("the state is another one".into());
        }
        let executed = Arc::new(ended.of(block.clone()));
        self.executed.insert(block.id, executed);
        Ok(())
    }

    fn voted(&mut self, subject: Subject, signer: u8, signature: Id, a: &mut Around<'_>) {
        if subject.view <= self.tip.view {
            return;
        }
        let alone = Certificate {
            subject,
            votes: BTreeMap::from([(signer, signature)]),
        };
        let own = usize::from(signer) == self.index;
        if !own && !a.notary.is_signed(&self.tip.chain, &alone, 1) {
            return;
        }
        let votes = self.votes.entry(subject).or_default();
        let before = votes.len();
        votes.insert(signer, signature);
        if before < QUORUM && votes.len() >= QUORUM {
            let certificate = Arc::new(Certificate {
                subject,
                votes: votes.clone(),
            });
            let block = self.blocks.get(&subject.block).cloned();
            let told = Message::Decided(certificate.clone(), block);
            a.out.push(Out::All(told));
            self.decided(&certificate, a);
        }
    }

    /// A quorum decided something.
    fn decided(&mut self, certificate: &Arc<Certificate>, a: &mut Around<'_>) {
        let Subject {
            ballot,
            view,
            block,
        } = certificate.subject;
        if view <= self.tip.view || !self.known.insert(certificate.subject) {
            return;
        }
        match ballot {
            Ballot::Notarize => {
                let known = self
                    .notarized
                    .entry(view)
                    .or_insert_with(|| certificate.clone());
                if known.subject.block != block {
                    let text = format!("two blocks of view {view} are notarized");
                    a.out.push(Out::Wrong(text));
                }
                if let Some(block) = self.blocks.get(&block).cloned() {
                    let _ = self.execute(&block, a);
                }
                let free = !self.given.nullified.contains(&view)
                    && !self.given.finalized.contains_key(&view);
                if free {
                    self.given.finalized.insert(view, block);
                    self.vote(Ballot::Finalize, view, block, a);
                }
            }
            Ballot::Nullify => {
                self.nullified.insert(view, certificate.clone());
            }
            Ballot::Finalize => self.finalize(certificate, a),
        }
        if view >= self.given.view {
            self.enter(view + 1, a);
        }
        // what could not be done before may be possible with what is known
        let view = self.given.view;
        if self.leader(view) == self.index {
            a.out.push(Out::Again(a.now + GATHER, Tick::Propose(view)));
        }
        let open = self.blocks.values();
        let open: Vec<_> = open
            .filter(|block| block.header.view == view)
            .cloned()
            .collect();
        for block in open {
            self.proposed(&block, a);
        }
    }

    /// A block is final, with those before it.
    fn finalize(&mut self, certificate: &Arc<Certificate>, a: &mut Around<'_>) {
        let (mut path, mut at) = (Vec::new(), certificate.subject.block);
        while at != self.tip.id() {
            if let Some(block) = self.blocks.get(&at).cloned() {
                path.push(block.clone());
                at = block.header.parent;
                let height = block.header.height;
                if height > self.tip.height + 1 || at == self.tip.id() {
                    continue;
                }
                let text =
                    format!("a block of height {height} is final that builds on another one");
                a.out.push(Out::Wrong(text));
            }
            // somebody else has what is missing
            self.tell_status(a);
            return;
        }
        path.reverse();
        self.commit(&path, certificate, a);
    }

    fn catch_up(
        &mut self,
        blocks: &[Arc<Block>],
        certificate: &Arc<Certificate>,
        a: &mut Around<'_>,
    ) {
        let fresh: Vec<_> = blocks
            .iter()
            .filter(|block| block.header.height > self.tip.height)
            .cloned()
            .collect();
        let last = fresh.last().map(|block| block.id);
        let linked = fresh.iter().try_fold(self.tip.id(), |at, block| {
            (block.header.parent == at).then_some(block.id)
        });
        let good = last == Some(certificate.subject.block)
            && linked == last
            && certificate.subject.ballot == Ballot::Finalize
            && a.notary.is_signed(&self.tip.chain, certificate, QUORUM);
        if good {
            self.commit(&fresh, certificate, a);
            let view = certificate.subject.view;
            if view >= self.given.view {
                self.enter(view + 1, a);
            }
        }
    }

    fn commit(&mut self, path: &[Arc<Block>], certificate: &Arc<Certificate>, a: &mut Around<'_>) {
        for (at, block) in path.iter().enumerate() {
            if let Err(why) = self.execute(block, a) {
                let text = format!("a final block is not valid: {why}");
                a.out.push(Out::Wrong(text));
                return;
            }
            let seal = (at + 1 == path.len()).then(|| certificate.clone());
            self.apply(block, seal, a);
        }
        let view = self.tip.view;
        self.votes.retain(|subject, _| subject.view > view);
        self.known.retain(|subject| subject.view > view);
        self.notarized.retain(|of, _| *of > view);
        self.nullified.retain(|of, _| *of > view);
        let height = self.tip.height;
        self.blocks.retain(|_, block| block.header.height > height);
        self.executed
            .retain(|_, executed| executed.block.header.height > height);
    }

    fn apply(&mut self, block: &Arc<Block>, seal: Option<Arc<Certificate>>, a: &mut Around<'_>) {
        let executed = self.executed[&block.id].clone();
        for (key, value) in &executed.writes {
            match value {
                Some(value) => self.records.insert(*key, value.clone()),
                None => self.records.remove(key),
            };
        }
        for receipt in &executed.receipts {
            for event in &receipt.events {
                if matches!(event.outcome, EventOutcome::Parked { .. }) {
                    self.waiting.push(event.id);
                }
            }
        }
        let effects = executed
            .receipts
            .iter()
            .flat_map(|receipt| &receipt.effects)
            .chain(&executed.effects);
        for effect in effects {
            if let Effect::Unparked(id) | Effect::Lapsed(id) | Effect::Rejected { event: id, .. } =
                effect
            {
                self.waiting.retain(|waiting| waiting != id);
            }
        }
        let effects = executed.receipts.iter().flat_map(|r| &r.effects);
        let effects: Vec<Effect> = effects.chain(&executed.effects).cloned().collect();
        self.kept.keep(executed.links.clone(), &effects);
        let done: BTreeSet<TxId> = block.txs.iter().map(|tx| tx.id()).collect();
        let height = block.header.height;
        self.pool
            .retain(|tx| !done.contains(&tx.id()) && tx.tx().valid_until.0 > height);
        self.tip = block.header.clone();
        self.finals.push(block.clone());
        if let Some(seal) = &seal {
            self.sealed = Some(seal.clone());
            self.seals.insert(height, seal.clone());
        }
        a.out.push(Out::Committed(executed, seal));
    }

    /// Tells one that is behind what it lacks.
    fn help(&self, to: usize, height: u64, a: &mut Around<'_>) {
        if height < self.tip.height {
            let from = usize::try_from(height).unwrap();
            let most = height + CATCH as u64;
            let known = self.seals.range(height + 1..);
            let within = known.clone().take_while(|(at, _)| **at <= most).last();
            if let Some((at, seal)) = within.or_else(|| known.clone().next()) {
                let until = usize::try_from(*at).unwrap();
                let blocks = self.finals[from..until].to_vec();
                a.out
                    .push(Out::Send(to, Message::Final(blocks, seal.clone())));
            }
        }
        for certificate in self.notarized.values().chain(self.nullified.values()) {
            let block = self.blocks.get(&certificate.subject.block).cloned();
            a.out
                .push(Out::Send(to, Message::Decided(certificate.clone(), block)));
        }
    }
}
