//! All chains with all their validators, what is under way between them, and what happens when.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::channel::oneshot;
use pangolin_interchain::Fate;
use pangolin_ledger::{ChainId, Machine, SignedTransaction, TxId};

use crate::{
    block::{Signatures, first_state},
    cast::{self, Keys, NAMES, START, Trade},
    dice::Dice,
    judge::Judge,
    market::Market,
    seal::{Header, Notary, VALIDATORS, Writes},
    validator::{Around, Message, Out, Tick, Told, Validator},
    vice::Vice,
};

/// A chain.
pub(crate) struct Chain {
    pub(crate) id: ChainId,
    pub(crate) trade: Trade,
    pub(crate) validators: Vec<Validator>,
    /// All its validators lie; what they write into the next block without a rule.
    pub(crate) corrupt: Option<Writes>,
    /// Between whom nothing passes.
    cuts: BTreeSet<(usize, usize)>,
}

/// Something that happens.
#[derive(Debug)]
enum Happening {
    Hear {
        chain: usize,
        to: usize,
        from: usize,
        message: Message,
    },
    Tick {
        chain: usize,
        validator: usize,
        tick: Tick,
    },
    /// Whoever waits for the fate of a transaction waits no longer.
    GiveUp(Waiter),
    Deed(Deed),
}

/// Something that comes from outside.
#[derive(Debug, Clone)]
pub(crate) enum Deed {
    /// Somebody in the trade does something.
    Trade,
    Crash {
        chain: usize,
        validator: usize,
    },
    Restart {
        chain: usize,
        validator: usize,
    },
    /// The validators of a chain are divided.
    Divide {
        chain: usize,
        among: Vec<usize>,
    },
    Heal {
        chain: usize,
    },
    /// A carrier loses sight of a chain, or gets it back.
    Blind {
        carrier: usize,
        chain: usize,
    },
    See {
        carrier: usize,
        chain: usize,
    },
    /// A carrier stops wherever it is, or begins anew.
    Stop {
        carrier: usize,
    },
    Begin {
        carrier: usize,
    },
    /// A malicious carrier does something.
    Evil {
        carrier: usize,
    },
    /// A chain that is corrupt as a whole does something.
    Corrupt {
        chain: usize,
    },
    /// Everything is as it should be again.
    Peace,
    /// Whether everything is settled.
    Look,
}

/// Who waits for what: the chain, the validator that was asked, the transaction.
type Waiter = (usize, usize, TxId);

/// Everything.
pub(crate) struct World {
    pub(crate) now: i64,
    queue: BTreeMap<(i64, u64), Happening>,
    number: u64,
    pub(crate) dice: Dice,
    pub(crate) machine: Machine,
    pub(crate) chains: Vec<Chain>,
    pub(crate) notary: Arc<Notary>,
    signatures: Signatures,
    pub(crate) keys: Keys,
    pub(crate) judge: Judge,
    pub(crate) market: Market,
    watchers: BTreeMap<Waiter, Vec<oneshot::Sender<Fate>>>,
    blind: BTreeSet<(usize, usize)>,
    /// Of 100 messages so many are lost.
    pub(crate) loss: usize,
    /// Of what happened, and when.
    pub(crate) log: Vec<String>,
}

/// Entries of the log that are kept.
const LOG: usize = 400;
/// How long the fate of a transaction is waited for.
const FINALITY: i64 = 20_000;

impl World {
    /// `makers`: chains of which others believe what is made there.
    pub(crate) fn new(
        mut dice: Dice,
        trades: &[Trade],
        freshness_ms: u64,
        makers: &[usize],
    ) -> Self {
        let believed: Vec<ChainId> = makers.iter().map(|at| cast::chain_id(*at)).collect();
        let notary = Arc::new(Notary::default());
        let machine = cast::machine(notary.clone());
        let keys = Keys::new();
        let mut judge = Judge::new(freshness_ms);
        judge.makers = makers.to_vec();
        let mut chains = Vec::new();
        let skew = if dice.percent(50) { 0 } else { 2_000 };
        for (at, trade) in trades.iter().enumerate() {
            let genesis = cast::genesis(at, trades, freshness_ms, &keys);
            let (records, root, id) = first_state(&machine, &genesis, &believed);
            let secrets: Vec<_> = (0..VALIDATORS).map(|_| dice.bytes()).collect();
            notary.begin(id, secrets.clone(), &records, root);
            judge.begin(id, *trade, records.clone());
            let header = Header {
                chain: id,
                view: 0,
                height: 0,
                parent: [0; 32],
                time: START,
                body: [0; 32],
                root,
            };
            let validators = secrets.into_iter().enumerate().map(|(index, secret)| {
                let ahead = dice.between(-skew, skew);
                Validator::new(index, secret, header.clone(), records.clone(), ahead)
            });
            chains.push(Chain {
                id,
                trade: *trade,
                validators: validators.collect(),
                corrupt: None,
                cuts: BTreeSet::new(),
            });
        }
        let market = Market::new(trades, &mut dice);
        Self {
            now: START,
            queue: BTreeMap::new(),
            number: 0,
            dice,
            machine,
            chains,
            notary,
            signatures: Signatures::default(),
            keys,
            judge,
            market,
            watchers: BTreeMap::new(),
            blind: BTreeSet::new(),
            loss: 0,
            log: Vec::new(),
        }
    }

    pub(crate) fn note(&mut self, text: &str) {
        let at = self.now - START;
        self.log.push(format!("{at:>7} {text}"));
        if self.log.len() > LOG {
            self.log.remove(0);
        }
    }

    fn plan(&mut self, at: i64, happening: Happening) {
        self.number += 1;
        self.queue
            .insert((at.max(self.now), self.number), happening);
    }

    /// Something is to happen so many milliseconds from now.
    pub(crate) fn later(&mut self, ms: i64, deed: Deed) {
        self.plan(self.now + ms, Happening::Deed(deed));
    }

    /// When something happens next.
    pub(crate) fn next(&self) -> Option<i64> {
        self.queue.keys().next().map(|key| key.0)
    }

    /// What happens next happens. Deeds are for whoever runs the world.
    pub(crate) fn step(&mut self) -> Option<Deed> {
        let ((at, _), happening) = self.queue.pop_first()?;
        self.now = self.now.max(at);
        match happening {
            Happening::Hear {
                chain,
                to,
                from,
                message,
            } => {
                if let Message::Refused(tx, told) = &message {
                    self.refused((chain, to, *tx), told);
                }
                self.with(chain, to, |validator, a| validator.hear(from, message, a));
            }
            Happening::Tick {
                chain,
                validator,
                tick,
            } => self.with(chain, validator, |validator, a| validator.tick(tick, a)),
            Happening::GiveUp(waiter) => self.tell(&waiter, &Fate::Unknown),
            Happening::Deed(deed) => return Some(deed),
        }
        None
    }

    /// Lets a validator that is up do something.
    pub(crate) fn with(
        &mut self,
        at: usize,
        index: usize,
        work: impl FnOnce(&mut Validator, &mut Around<'_>),
    ) {
        let chain = &mut self.chains[at];
        let validator = &mut chain.validators[index];
        if !validator.up {
            return;
        }
        let mut around = Around {
            now: self.now,
            machine: &self.machine,
            notary: &self.notary,
            signatures: &self.signatures,
            corrupt: chain.corrupt.as_ref(),
            out: Vec::new(),
        };
        work(validator, &mut around);
        let out = around.out;
        for out in out {
            self.out(at, index, out);
        }
    }

    fn out(&mut self, chain: usize, index: usize, out: Out) {
        match out {
            Out::Send(to, message) => self.send(chain, index, to, message),
            Out::All(message) => {
                for to in (0..VALIDATORS).filter(|to| *to != index) {
                    self.send(chain, index, to, message.clone());
                }
            }
            Out::Again(at, tick) => {
                let happening = Happening::Tick {
                    chain,
                    validator: index,
                    tick,
                };
                self.plan(at, happening);
            }
            Out::Committed(executed, seal) => {
                self.notary.record(&executed.block.header, &executed.writes);
                let news = self.judge.committed(chain, index, &executed);
                if !executed.block.forced.is_empty()
                    && let Some(forced) = &mut self.chains[chain].corrupt
                {
                    forced.retain(|key, _| !executed.block.forced.contains_key(key));
                }
                for text in news {
                    self.note(&text);
                }
                let _ = seal;
                for tx in &executed.block.txs {
                    self.tell(&(chain, index, tx.id()), &Fate::Final);
                }
            }
            Out::Wrong(what) => self.judge.wrong(format!("{}: {what}", NAMES[chain])),
        }
    }

    fn send(&mut self, chain: usize, from: usize, to: usize, message: Message) {
        let own = from == to;
        if !own && (self.chains[chain].cuts.contains(&(from, to)) || self.dice.percent(self.loss)) {
            return;
        }
        let delay = if own { 0 } else { self.dice.between(4, 40) };
        let happening = Happening::Hear {
            chain,
            to,
            from,
            message,
        };
        self.plan(self.now + delay, happening);
    }

    /// Hands a transaction to a validator, which passes it on.
    pub(crate) fn submit(&mut self, chain: usize, index: usize, tx: Arc<SignedTransaction>) {
        self.with(chain, index, |validator, a| {
            if validator.take(tx.clone(), a) {
                a.out.push(Out::All(Message::Tx(tx)));
            }
        });
    }

    /// Waits for the fate of a transaction, as a validator learns it.
    pub(crate) fn watch(&mut self, waiter: Waiter) -> oneshot::Receiver<Fate> {
        let (tell, told) = oneshot::channel();
        self.watchers.entry(waiter).or_default().push(tell);
        self.plan(self.now + FINALITY, Happening::GiveUp(waiter));
        told
    }

    fn tell(&mut self, waiter: &Waiter, fate: &Fate) {
        for tell in self.watchers.remove(waiter).unwrap_or_default() {
            // whoever asked may be gone
            let _ = tell.send(fate.clone());
        }
    }

    fn refused(&mut self, waiter: Waiter, told: &Told) {
        let fate = Fate::Refused {
            code: told.code.clone(),
            place: told.place.clone(),
            message: told.message.clone(),
        };
        self.judge.refused(waiter.0, &told.code);
        self.tell(&waiter, &fate);
    }

    /// Whether a carrier reaches a validator.
    pub(crate) fn reaches(&self, carrier: usize, chain: usize, index: usize) -> bool {
        !self.blind.contains(&(carrier, chain)) && self.chains[chain].validators[index].up
    }

    pub(crate) fn blind(&mut self, carrier: usize, chain: usize, on: bool) {
        if on {
            self.blind.insert((carrier, chain));
        } else {
            self.blind.remove(&(carrier, chain));
        }
    }

    pub(crate) fn crash(&mut self, chain: usize, index: usize) {
        self.chains[chain].validators[index].crash();
        // nobody hears of what was asked there
        self.watchers
            .retain(|(at, of, _), _| (*at, *of) != (chain, index));
    }

    pub(crate) fn restart(&mut self, chain: usize, index: usize) {
        let validator = &mut self.chains[chain].validators[index];
        if !validator.up {
            validator.up = true;
            self.with(chain, index, Validator::start);
        }
    }

    pub(crate) fn divide(&mut self, chain: usize, among: &[usize]) {
        for from in 0..VALIDATORS {
            for to in 0..VALIDATORS {
                if among.contains(&from) != among.contains(&to) {
                    self.chains[chain].cuts.insert((from, to));
                }
            }
        }
    }

    pub(crate) fn heal(&mut self, chain: usize) {
        self.chains[chain].cuts.clear();
    }

    /// Makes a validator Byzantine.
    pub(crate) fn spoil(&mut self, chain: usize, index: usize) {
        let dice = Dice::new(self.dice.next());
        self.chains[chain].validators[index].vice = Some(Vice::new(dice));
    }

    /// Gives Byzantine validators something to put into a block.
    pub(crate) fn stash(&mut self, chain: usize, tx: &Arc<SignedTransaction>) {
        for validator in &mut self.chains[chain].validators {
            if let Some(vice) = &mut validator.vice {
                vice.keep(tx.clone());
            }
        }
    }

    /// A validator of a chain that is up, if there is one: mostly an honest one.
    pub(crate) fn anybody(&mut self, chain: usize) -> Option<usize> {
        let up = |validator: &&Validator| validator.up;
        let validators = self.chains[chain].validators.iter().filter(up);
        let all: Vec<usize> = validators.map(|validator| validator.index).collect();
        self.dice.of(&all).copied()
    }
}
