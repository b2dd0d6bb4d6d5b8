//! Two certified headers of one height suspend the chain that certified them.

use pangolin_ledger::{
    evidence::Proven,
    state::{Fork, SeenHeader},
};

use super::*;

impl Pair {
    /// A proof of [`THERE`] of a header of this height.
    fn header(&self, height: u64, block: u8) -> Vec<u8> {
        let proven = Proven {
            header: SeenHeader {
                height: pangolin_ledger::Height(height),
                time: pangolin_ledger::TimeMs(self.chains[THERE].time),
                block: Digest32([block; 32]),
            },
            entries: std::collections::BTreeMap::new(),
        };
        self.deposit(THERE, proven)
    }

    /// Two headers of one height.
    fn fork(&self, height: u64) -> Delivery {
        Delivery {
            chain: self.chain(THERE),
            evidence: self.header(height, 1),
            witnesses: Vec::new(),
            items: vec![Item::Forked {
                evidence: self.header(height, 2),
            }],
        }
    }
}

#[test]
fn a_chain_that_forked_is_suspended_where_it_is_shown() {
    let (mut p, there) = following(TERMS);
    let fork = p.fork(40);
    let effects = p.delivered(HERE, fork.clone());
    let at = pangolin_ledger::Height(40);
    assert_eq!(effects, [Effect::Forked { chain: there, at }]);
    assert!(!p.chains[HERE].believes(&there));
    let kept: Fork = p.chains[HERE].get(keys::fork(&there)).unwrap();
    assert_eq!(
        (kept.one, kept.other),
        (Digest32([1; 32]), Digest32([2; 32]))
    );
    assert_eq!(p.undelivered(HERE, fork), "already-recorded");
    assert_eq!(p.undelivered(HERE, p.fork(39)), "already-recorded");
    // the registry, which does not know of it, does not lift that
    p.marks(there, ChainState::Suspended);
    p.marks(there, ChainState::Active);
    p.delivered(HERE, p.word(there));
    assert!(!p.chains[HERE].believes(&there));
    // governance does, until it is shown again
    p.chains[HERE].decides(Action::ResumeChain { chain: there });
    assert!(p.chains[HERE].believes(&there));
    assert_eq!(p.undelivered(HERE, p.fork(40)), "already-recorded");
    p.delivered(HERE, p.fork(41));
    assert!(!p.chains[HERE].believes(&there));
}

#[test]
fn the_registry_is_shown_and_everybody_hears_it_from_there() {
    let (mut p, there) = following(TERMS);
    let effects = p.delivered(LIST, p.fork(40));
    assert!(effects.contains(&Effect::Recorded {
        chain: there,
        revision: 2
    }));
    let record: ChainRecord = p.chains[LIST].get(keys::chain_record(&there)).unwrap();
    assert_eq!(record.state, ChainState::Suspended);
    assert_eq!(p.chains[LIST].directory().changes, 2);
    p.delivered(HERE, p.word(there));
    assert!(!p.chains[HERE].believes(&there));
    // what is suspended, or retired, stays so and the evidence is kept
    p.marks(there, ChainState::Retired);
    let effects = p.delivered(LIST, p.fork(50));
    assert!(matches!(effects[..], [Effect::Forked { .. }]));
    let record: ChainRecord = p.chains[LIST].get(keys::chain_record(&there)).unwrap();
    assert_eq!(record.state, ChainState::Retired);
}

#[test]
fn what_shows_no_fork_is_refused() {
    let (mut p, there) = following(TERMS);
    let with = |p: &Pair, one: Vec<u8>, other: Vec<u8>| Delivery {
        evidence: one,
        items: vec![Item::Forked { evidence: other }],
        ..p.fork(40)
    };
    let same = with(&p, p.header(40, 1), p.header(40, 1));
    assert_eq!(p.undelivered(HERE, same), "no-fork");
    let heights = with(&p, p.header(40, 1), p.header(41, 2));
    assert_eq!(p.undelivered(HERE, heights), "no-fork");
    // of another chain
    let other = p.prove(LIST, &[]);
    for delivery in [
        with(&p, p.header(40, 1), other.clone()),
        with(&p, other, p.header(40, 1)),
    ] {
        assert_eq!(p.undelivered(HERE, delivery), "bad-evidence");
    }
    let mut more = p.fork(40);
    more.items.push(Item::AllNoticed);
    assert_eq!(p.undelivered(HERE, more), "malformed");
    assert_eq!(p.undelivered(THERE, p.fork(40)), "unknown-chain");
    assert!(p.chains[HERE].believes(&there));
}
