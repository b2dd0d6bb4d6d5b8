//! A registry's word is carried to whoever follows it.

use std::sync::atomic::Ordering;

use pangolin_ledger::{
    ChainId, Digest32, GovernanceAction as Action,
    state::{
        ChainAbout, ChainIdentity, ChainState, FollowTerms, Following, ForeignChain, Grade, keys,
    },
};

use crate::{
    paper::key_of,
    trade::{CHAINS, MAKER, PHARMACY, Trade, applied, code, pack},
};

const DAY: i64 = 86_400_000;
/// The chain that records the others.
const LIST: usize = 2;

fn about(name: &str) -> ChainAbout {
    ChainAbout {
        name: name.into(),
        jurisdiction: "EX".into(),
        profiles: [].into(),
        endpoints: Vec::new(),
        supervisors: Vec::new(),
        prefixes: [].into(),
        freshness_ms: 86_400_000,
    }
}

/// Two chains that know the registry and not each other.
fn following(word_ms: Option<u64>) -> Trade {
    let trade = Trade::knowing(86_400_000, |at, of| at != LIST && of == LIST);
    for at in 0..2 {
        trade.decides(
            at,
            Action::FollowRegistry {
                registry: CHAINS[LIST],
                terms: FollowTerms {
                    grade: Grade::Native,
                    freshness_ms: 86_400_000,
                    word_ms,
                },
            },
        );
    }
    trade
}

fn records(trade: &Trade, chain: ChainId) {
    trade.decides(
        LIST,
        Action::RecordChain {
            chain,
            identity: ChainIdentity {
                grade: Grade::Native,
                key: key_of(chain),
                genesis: Digest32([7; 32]),
            },
            about: about("a chain"),
        },
    );
}

fn marks(trade: &Trade, of: usize, state: ChainState) {
    let chain = CHAINS[of];
    trade.decides(LIST, Action::MarkChain { chain, state });
}

fn believes(trade: &Trade, at: usize, of: usize) -> bool {
    let known: Option<ForeignChain> = trade.chains[at].get(&keys::foreign_chain(&CHAINS[of]));
    known.is_some_and(|known| known.suspended.is_none())
}

fn known(trade: &Trade, at: usize) -> Following {
    let key = keys::following(&CHAINS[LIST]);
    trade.chains[at].get(&key).unwrap()
}

#[tokio::test]
async fn two_chains_trade_that_know_the_registry_only() {
    let trade = following(None);
    records(&trade, CHAINS[0]);
    let carrier = trade.carrier();
    trade
        .until("one record is known", || known(&trade, 1).known == 1)
        .await;
    records(&trade, CHAINS[1]);
    trade
        .until("they know each other", || {
            believes(&trade, 0, 1) && believes(&trade, 1, 0)
        })
        .await;
    trade.makes(0, &[pack(1)]);
    applied(&trade.ships(0, MAKER, &[pack(1)], (1, PHARMACY), DAY));
    trade
        .until("it is there", || trade.lives(1, &pack(1)))
        .await;
    assert_eq!(code(&trade.receives(1, PHARMACY, &[pack(1)])), "applied");
    let lanes = carrier.relay.board().lanes();
    let lane = lanes
        .iter()
        .find(|lane| lane.from == "south" && lane.to == "west");
    let lane = lane.unwrap();
    assert_eq!(
        (lane.state.as_str(), lane.recorded),
        ("a registry and its follower", 2)
    );
    let back = lanes
        .iter()
        .find(|lane| lane.from == "west" && lane.to == "south");
    assert_eq!(back.unwrap().state, "a follower and its registry");
}

#[tokio::test]
async fn a_suspension_reaches_everybody_and_ends() {
    let trade = following(None);
    let _carrier = trade.carrier();
    for chain in &CHAINS[..2] {
        records(&trade, *chain);
    }
    trade
        .until("they know each other", || believes(&trade, 1, 0))
        .await;
    marks(&trade, 0, ChainState::Suspended);
    trade
        .until("it is suspended there", || !believes(&trade, 1, 0))
        .await;
    trade.makes(0, &[pack(1)]);
    applied(&trade.ships(0, MAKER, &[pack(1)], (1, PHARMACY), DAY));
    for _ in 0..20 {
        trade.chains[1].block(None);
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    assert!(!trade.lives(1, &pack(1)), "nothing of it is believed");
    marks(&trade, 0, ChainState::Active);
    trade
        .until("it is there", || trade.lives(1, &pack(1)))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_carriers_that_fail_bring_every_version_once() {
    let trade = following(Some(3_600_000));
    for chain in &trade.chains {
        chain.failing.store(100, Ordering::Relaxed);
    }
    let carriers = [trade.carrier(), trade.carrier()];
    // more than one delivery holds
    let many: Vec<ChainId> = (0..120).map(|n| ChainId([100 + n; 32])).collect();
    for chain in &many {
        records(&trade, *chain);
    }
    for chain in many.iter().take(30) {
        let (chain, state) = (*chain, ChainState::Retired);
        trade.decides(LIST, Action::MarkChain { chain, state });
    }
    for chain in &trade.chains {
        chain.failing.store(0, Ordering::Relaxed);
    }
    trade
        .until("everything is known, and known to be all", || {
            (0..2).all(|at| known(&trade, at).known == 150 && known(&trade, at).as_of.is_some())
        })
        .await;
    for at in 0..2 {
        for (n, chain) in many.iter().enumerate() {
            let known: ForeignChain = trade.chains[at].get(&keys::foreign_chain(chain)).unwrap();
            assert_eq!(known.suspended.is_some(), n < 30, "{n}");
        }
    }
    drop(carriers);
    for wrong in [
        "wrong-record",
        "identity-differs",
        "chain-retired",
        "not-proven",
    ] {
        assert_eq!(trade.chains[0].refused(wrong), 0, "{wrong}");
    }
}

#[tokio::test]
async fn where_word_is_wanted_it_is_renewed() {
    // as old as 30 blocks
    let trade = following(Some(30_000));
    records(&trade, CHAINS[0]);
    let _carrier = trade.carrier();
    trade
        .until("it is believed", || believes(&trade, 1, 0))
        .await;
    let first = known(&trade, 1).as_of;
    trade
        .until("later word came", || {
            known(&trade, 1).as_of > first && first.is_some()
        })
        .await;
}
