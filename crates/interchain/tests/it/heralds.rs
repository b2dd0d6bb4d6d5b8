//! What a chain of another kind says, carried to where an event waits for it, with the real rules and real proofs of a made-up chain.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt as _};
use pangolin_interchain::{Brought, Herald, Outlook, PortError, Wall};
use pangolin_ledger::{
    GovernanceAction, SourceId, TimeMs,
    state::{Assurance, EventState, Source, keys},
};
use pangolin_sources::made_up::{self, Chain, State, Validator, sign};

use crate::trade::{MAKER, Trade, pack};

/// A node of the made-up chain, which may be silent.
struct Node {
    chain: Mutex<Chain>,
    silent: Mutex<bool>,
}

impl Outlook for Node {
    fn ask(&self, path: String) -> BoxFuture<'_, Result<String, PortError>> {
        async move {
            if *self.silent.lock().unwrap() {
                return Err(PortError::new("unreachable", "it does not answer"));
            }
            Ok(self.chain.lock().unwrap().answer(&path).to_string())
        }
        .boxed()
    }
}

fn source() -> SourceId {
    SourceId::new("hub").unwrap()
}

fn team(first: u8) -> Vec<Validator> {
    (first..first + 4)
        .map(|number| Validator::new(number, 10))
        .collect()
}

struct Stage {
    trade: Trade,
    node: Arc<Node>,
    herald: Herald,
}

impl Stage {
    /// A trade, a chain with three blocks of which the first is believed, and who carries between them.
    fn new() -> Self {
        let trade = Trade::new(60_000);
        let node = Arc::new(Node {
            chain: Mutex::new(Chain::new("hub-1")),
            silent: Mutex::new(false),
        });
        let herald = Herald {
            source: source(),
            at: trade.chains[0].clone(),
            node: node.clone(),
            poll: Duration::from_millis(5),
            clock: Arc::new(Wall::default()),
            board: None,
        };
        let stage = Self {
            trade,
            node,
            herald,
        };
        for _ in 0..3 {
            stage.grows(1, &[]);
        }
        let chain = stage.node.chain.lock().unwrap().clone();
        stage.trade.decides(
            0,
            GovernanceAction::RegisterSource {
                source: source(),
                name: "the hub".into(),
                assurance: Assurance::CometBft(made_up::terms(&chain, "goods")),
                freshness_ms: 3_600_000,
                mark: Some(chain.mark(1)),
            },
        );
        stage
    }

    /// A block of the other chain, whose next validators begin with `next`, with this in its store.
    fn grows(&self, next: u8, goods: &[(&str, &str)]) {
        let mut chain = self.node.chain.lock().unwrap();
        let mut inside: BTreeMap<_, _> = [(b"always".to_vec(), b"1".to_vec())].into();
        if let Some(before) = chain.states.last() {
            inside.extend(before[&b"goods"[..]].clone());
        }
        let goods = goods
            .iter()
            .map(|(key, value)| (key.as_bytes().to_vec(), value.as_bytes().to_vec()));
        inside.extend(goods);
        let state: State = [
            (b"bank".to_vec(), inside.clone()),
            (b"goods".to_vec(), inside),
        ]
        .into();
        let by = chain
            .validators
            .last()
            .map_or_else(|| team(1), Clone::clone);
        let by = if chain.height() == 0 {
            by
        } else {
            self.upcoming(&chain)
        };
        let TimeMs(now) = self.trade.chains[0].time();
        let time = TimeMs(now + i64::try_from(chain.height()).unwrap());
        chain.block(time, &by, &team(next), state);
    }

    /// The validators that the last block names.
    fn upcoming(&self, chain: &Chain) -> Vec<Validator> {
        let _ = self;
        let wanted = chain.signed(chain.height()).header.next_validators_hash;
        let known = (1..60)
            .map(team)
            .find(|team| made_up::set(team).hash() == wanted);
        known.unwrap()
    }

    fn known(&self) -> Source {
        self.trade.chains[0].get(&keys::source(&source())).unwrap()
    }

    async fn round(&self) -> Result<Brought, String> {
        self.herald.round().await.map_err(|error| error.code)
    }
}

#[tokio::test]
async fn an_event_that_waits_is_applied_when_what_it_rests_on_is_brought() {
    let stage = Stage::new();
    let waits = stage
        .trade
        .makes_resting(0, &[pack(1)], "hub 6c6f742d31 present");
    assert_eq!(stage.trade.fate(0, &waits), EventState::Parked);
    stage.grows(1, &[("lot-1", "released")]);
    stage.grows(1, &[]);
    let brought = stage.round().await.unwrap();
    assert_eq!(
        brought,
        Brought {
            facts: 1,
            headers: 1
        }
    );
    assert_eq!(stage.trade.fate(0, &waits), EventState::Applied);
    assert_eq!(stage.known().marks.len(), 2);
    // nothing else is wanted
    assert_eq!(stage.round().await.unwrap(), Brought::default());
    assert!(stage.trade.lives(0, &pack(1)));
}

#[tokio::test]
async fn an_event_is_refused_when_the_source_says_otherwise() {
    let stage = Stage::new();
    let hash = "ab".repeat(32);
    let other = format!("hub 616c77617973 {hash}");
    let waits = stage.trade.makes_resting(0, &[pack(1)], &other);
    let absent = stage
        .trade
        .makes_resting(0, &[pack(2)], "hub 6c6f742d31 present");
    let right = stage
        .trade
        .makes_resting(0, &[pack(3)], "hub 6c6f742d31 absent");
    stage.grows(1, &[]);
    stage.grows(1, &[]);
    assert_eq!(stage.round().await.unwrap().facts, 2);
    let refused = EventState::Rejected("fact-differs".into());
    assert_eq!(stage.trade.fate(0, &waits), refused);
    assert_eq!(stage.trade.fate(0, &absent), refused);
    assert_eq!(stage.trade.fate(0, &right), EventState::Applied);
}

#[tokio::test]
async fn an_event_waits_while_the_node_is_silent_or_of_another_chain() {
    let stage = Stage::new();
    let waits = stage
        .trade
        .makes_resting(0, &[pack(1)], "hub 616c77617973 present");
    *stage.node.silent.lock().unwrap() = true;
    assert_eq!(stage.round().await, Err("unreachable".into()));
    *stage.node.silent.lock().unwrap() = false;
    stage.node.chain.lock().unwrap().id = "other-1".into();
    assert_eq!(stage.round().await, Err("other-chain".into()));
    assert_eq!(stage.trade.fate(0, &waits), EventState::Parked);
    stage.node.chain.lock().unwrap().id = "hub-1".into();
    stage.round().await.unwrap();
    assert_eq!(stage.trade.fate(0, &waits), EventState::Applied);
}

#[tokio::test]
async fn a_node_that_lies_gains_nothing() {
    let stage = Stage::new();
    let waits = stage
        .trade
        .makes_resting(0, &[pack(1)], "hub 6c6f742d31 present");
    stage.grows(1, &[]);
    {
        // the state that it shows is not the one that the header commits to
        let mut chain = stage.node.chain.lock().unwrap();
        for state in &mut chain.states {
            let goods = state.get_mut(&b"goods"[..]).unwrap();
            goods.insert(b"lot-1".to_vec(), b"released".to_vec());
        }
    }
    assert_eq!(stage.round().await, Err("bad-report".into()));
    assert_eq!(stage.trade.fate(0, &waits), EventState::Parked);
    assert_eq!(stage.known().marks.len(), 1);
}

#[tokio::test]
async fn a_chain_that_forks_is_suspended() {
    let stage = Stage::new();
    stage.grows(1, &[]);
    let waits = stage
        .trade
        .makes_resting(0, &[pack(1)], "hub 616c77617973 present");
    stage.round().await.unwrap();
    assert_eq!(stage.trade.fate(0, &waits), EventState::Applied);
    // its validators sign another block of that height, and somebody asks the node that has it
    {
        let mut chain = stage.node.chain.lock().unwrap();
        let at = usize::try_from(chain.height()).unwrap() - 1;
        let mut header = chain.headers[at].header.clone();
        header.data_hash = None;
        chain.headers[at] = sign(header, &team(1), |_| true);
    }
    let report = {
        let chain = stage.node.chain.lock().unwrap();
        let evidence = pangolin_sources::comet::Evidence {
            steps: vec![chain.step(1, chain.height())],
            at: chain.height(),
        };
        pangolin_ledger::Report {
            source: source(),
            evidence: evidence.encode(),
            facts: vec![],
        }
    };
    let body = pangolin_ledger::Body::Report(Box::new(report));
    let outcome = stage.trade.states(0, MAKER, body);
    assert!(outcome.receipt().is_some(), "{outcome:?}");
    assert!(stage.known().suspended.is_some());
    assert_eq!(stage.round().await.unwrap(), Brought::default());
    let more = stage
        .trade
        .makes_resting(0, &[pack(2)], "hub 616c77617973 present");
    assert_eq!(more.refusal().unwrap().code, "source-suspended");
}

#[tokio::test]
async fn a_chain_whose_validators_change_is_followed_over_headers_between() {
    let stage = Stage::new();
    // each height one of four validators goes: three heights leave too few of those that are believed
    for next in 2..30 {
        stage.grows(next, &[]);
    }
    stage.grows(30, &[("lot-1", "x")]);
    stage.grows(30, &[]);
    let waits = stage
        .trade
        .makes_resting(0, &[pack(1)], "hub 6c6f742d31 present");
    let mut headers = 0;
    for _ in 0..8 {
        if stage.trade.fate(0, &waits) == EventState::Applied {
            break;
        }
        headers += stage.round().await.unwrap().headers;
    }
    assert_eq!(stage.trade.fate(0, &waits), EventState::Applied);
    assert!((10..30).contains(&headers), "{headers}");
}

#[tokio::test]
async fn what_is_believed_is_renewed_before_it_grows_too_old() {
    let stage = Stage::new();
    assert_eq!(stage.round().await.unwrap(), Brought::default());
    // a third of the trusting period
    let blocks = 86_400_000 / 3 / 1_000 + 10;
    for _ in 0..blocks {
        stage.trade.chains[0].block(None);
    }
    assert_eq!(
        stage.round().await.unwrap(),
        Brought {
            facts: 0,
            headers: 1
        }
    );
    assert_eq!(stage.known().marks.len(), 2);
}
