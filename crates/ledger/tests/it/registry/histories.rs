//! Random histories of a registry and of a chain that follows it, held against a few lines that say what should be.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::support::{Feeding, histories, walk::Choices};

const CHAINS: [u8; 4] = [0x71, 0x72, 0x73, 0x74];

/// What is to be believed of one chain.
#[derive(Debug, Clone, Copy, Default)]
struct Expected {
    /// The last version that was delivered, and how the chain stood in it.
    told: Option<(u64, bool)>,
    registered: bool,
    entrusted: bool,
    suspended: bool,
}

impl Expected {
    fn believed(&self) -> bool {
        let vouched = !self.entrusted || self.told.is_some_and(|(_, active)| active);
        self.registered && !self.suspended && vouched
    }
}

struct History {
    p: Pair,
    c: Choices,
    expected: BTreeMap<ChainId, Expected>,
    /// Deliveries that were made and may come at any time: with the chain, the version and whether it is active in it.
    words: Vec<(ChainId, (u64, bool), Delivery)>,
    /// Proofs that this is all, with the versions of all records then.
    alls: Vec<(BTreeMap<ChainId, u64>, Delivery)>,
}

impl History {
    fn new(seed: u64) -> Self {
        let mut c = Choices(seed);
        let mut p = Pair::strangers();
        p.registers(HERE, LIST);
        p.follows(HERE, LIST, TERMS);
        p.chains[HERE].feeding = [
            Feeding::Hints,
            Feeding::OnDemand,
            Feeding::Piecemeal,
            Feeding::Everything,
        ][c.below(4)];
        Self {
            p,
            c,
            expected: CHAINS
                .map(|n| (ChainId([n; 32]), Expected::default()))
                .into(),
            words: Vec::new(),
            alls: Vec::new(),
        }
    }

    fn record(&self, chain: ChainId) -> Option<ChainRecord> {
        self.p.chains[LIST].get(keys::chain_record(&chain))
    }

    fn versions(&self) -> BTreeMap<ChainId, u64> {
        let versions = self.expected.keys().map(|chain| {
            let version = self.record(*chain).map_or(0, |record| record.revision);
            (*chain, version)
        });
        versions.collect()
    }

    /// Whatever governance says is tried; it may be refused.
    fn tries(&mut self, at: usize, action: Action) -> bool {
        let tx = self.p.chains[at].tx("gov", act(action));
        matches!(self.p.chains[at].run(&tx), Outcome::Applied(_))
    }

    /// The registry does something.
    fn changes(&mut self, chain: ChainId) {
        let (recorded, draw) = (self.record(chain), self.c.below(10));
        let action = match (recorded, draw) {
            (None, _) => {
                let key = Pair::key_of(chain);
                let identity = ChainIdentity { key, ..identity() };
                let about = about();
                Action::RecordChain {
                    chain,
                    identity,
                    about,
                }
            }
            (Some(record), 0..3) => {
                let name = format!("{}.", record.about.name);
                let about = ChainAbout {
                    name,
                    ..record.about
                };
                Action::AmendChain { chain, about }
            }
            (Some(_), draw) => {
                let state = match draw {
                    3..6 => ChainState::Active,
                    6..9 => ChainState::Suspended,
                    _ => ChainState::Retired,
                };
                Action::MarkChain { chain, state }
            }
        };
        self.tries(LIST, action);
    }

    /// The own governance does something.
    fn decides(&mut self, chain: ChainId) {
        let registry = self.p.chain(LIST);
        let draw = self.c.below(5);
        let action = match draw {
            0 => Action::RegisterChain {
                chain,
                name: "own".into(),
                key: Pair::key_of(chain),
                freshness_ms: 9,
            },
            1 => Action::SuspendChain { chain },
            2 => Action::ResumeChain { chain },
            3 => Action::EntrustChain {
                chain,
                registry: Some(registry),
            },
            _ => Action::EntrustChain {
                chain,
                registry: None,
            },
        };
        let applied = self.tries(HERE, action);
        let expected = self.expected.get_mut(&chain).unwrap();
        let possible = match draw {
            0 => !expected.registered,
            1 => expected.registered && !expected.suspended,
            2 => expected.suspended,
            3 => expected.registered && !expected.entrusted && expected.told.is_some(),
            _ => expected.entrusted,
        };
        assert_eq!(applied, possible, "{draw} {expected:?}");
        if applied {
            match draw {
                0 => expected.registered = true,
                1 => expected.suspended = true,
                2 => expected.suspended = false,
                3 => expected.entrusted = true,
                _ => expected.entrusted = false,
            }
        }
    }

    /// A proof is made, and kept by somebody who carries it.
    fn proves(&mut self, chain: ChainId) {
        if let Some(record) = self.record(chain) {
            let said = (record.revision, record.state == ChainState::Active);
            self.words.push((chain, said, self.p.word(chain)));
        }
        self.alls.push((self.versions(), self.p.all()));
    }

    fn hears(&mut self) {
        if self.words.is_empty() {
            return;
        }
        let at = self.c.below(self.words.len());
        let (chain, said, word) = self.words[at].clone();
        let applied = matches!(self.p.deliver(HERE, word), Outcome::Applied(_));
        let expected = self.expected.get_mut(&chain).unwrap();
        let news = expected.told.is_none_or(|known| known.0 < said.0);
        assert_eq!(applied, news);
        if news {
            expected.told = Some(said);
            if !expected.registered {
                (expected.registered, expected.entrusted) = (true, true);
            }
        }
    }

    /// That this is all: accepted only where it is.
    fn hears_all(&mut self) {
        let Some((versions, all)) = self.alls.get(self.c.below(self.alls.len().max(1))).cloned()
        else {
            return;
        };
        if let Outcome::Applied(_) = self.p.deliver(HERE, all) {
            for (chain, version) in versions {
                let known = self.expected[&chain].told.map_or(0, |(known, _)| known);
                assert_eq!(known, version, "what was all was not known");
            }
        }
    }

    fn holds(&self) {
        for (chain, expected) in &self.expected {
            let w = &self.p.chains[HERE];
            assert_eq!(
                w.believes(chain),
                expected.believed(),
                "{chain} {expected:?}"
            );
            let known = w.foreign(chain);
            assert_eq!(known.is_some(), expected.registered);
            assert!(known.is_none_or(|known| known.key == Pair::key_of(*chain)));
            let noted: Option<Noted> = w.get(keys::noted(&self.p.chain(LIST), chain));
            assert_eq!(
                noted.map(|noted| noted.revision),
                expected.told.map(|(version, _)| version)
            );
        }
        let directory = self.p.chains[LIST].directory();
        let versions = self.versions();
        assert_eq!(directory.changes, versions.values().sum::<u64>());
        let recorded = versions.values().filter(|version| **version > 0).count();
        assert_eq!(directory.records, recorded as u64);
    }
}

proptest! {
    #![proptest_config(histories(8))]

    #[test]
    fn the_latest_word_and_the_own_decisions_count_whatever_comes_when(seed in any::<u64>()) {
        let mut h = History::new(seed);
        for _ in 0..120 {
            let chain = ChainId([CHAINS[h.c.below(4)]; 32]);
            match h.c.below(12) {
                0..3 => h.changes(chain),
                3..6 => h.proves(chain),
                6..9 => h.hears(),
                9 => h.hears_all(),
                _ => h.decides(chain),
            }
            h.holds();
        }
        // in the end everything is brought, in whatever order
        let mut chains: Vec<ChainId> = h.expected.keys().copied().collect();
        h.c.shuffle(&mut chains);
        for chain in chains {
            h.proves(chain);
        }
        let mut words = std::mem::take(&mut h.words);
        h.c.shuffle(&mut words);
        for word in words {
            h.words = vec![word];
            h.hears();
            h.holds();
        }
        let all: Key = keys::directory();
        let all = h.p.message(LIST, &[all], Item::AllRecorded);
        let known = matches!(h.p.deliver(HERE, all), Outcome::Applied(_));
        prop_assert!(known, "in the end all is known");
    }
}
