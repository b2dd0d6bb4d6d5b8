//! A node that lies about its chain: what it says is shown with a code, nothing that it says is believed anywhere, the other chains do not
//! wait for it, and when it tells the truth again, everything goes on.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt as _};
use pangolin_interchain::{
    Board, Fate, LaneStatus, Port, PortError, Ports, Proof, Relay, Settings, Signer, Told, View,
};
use pangolin_ledger::{
    ChainId, EventId, Height, Key, ProfileRef, SignedTransaction, TimeMs, Wire as _,
    state::{Object, keys},
    walk::local::Want,
};

use crate::{
    paper::{Paper, machine},
    trade::{CHAINS, MAKER, PHARMACY, Trade, WHOLESALER, applied, pack},
};

const DAY: i64 = 86_400_000;

/// What a node says instead of the truth.
#[derive(Clone)]
enum Lie {
    /// Nothing: it tells the truth.
    None,
    /// Proofs that are none.
    Garbage,
    /// Proofs of another chain, of the same records.
    Elsewhere(Arc<Paper>),
    /// Records that are none.
    Records,
    /// Another record of this object than the one that was locked, without proof.
    Object(Key),
    /// The state of a time that is over, with good proofs of it.
    Old(Height, TimeMs, BTreeMap<Key, Vec<u8>>),
}

/// A node of a chain that lies when it is told to.
struct Liar {
    chain: Arc<Paper>,
    lie: Mutex<Lie>,
    submitted: AtomicU64,
}

impl Liar {
    fn lies(&self, lie: Lie) {
        *self.lie.lock().unwrap() = lie;
    }

    /// It goes on saying what is so now.
    fn stands_still(&self) {
        let lie = Lie::Old(self.chain.height(), self.chain.time(), self.chain.records());
        self.lies(lie);
    }

    fn view(&self, keys: Vec<Key>) -> View {
        match self.lie.lock().unwrap().clone() {
            Lie::Old(height, time, records) => View {
                height,
                time,
                values: keys
                    .into_iter()
                    .map(|key| (key, records.get(&key).cloned()))
                    .collect(),
            },
            Lie::Records => {
                let mut view = self.chain.view(keys);
                for value in view.values.values_mut() {
                    *value = Some(vec![0xff; 3]);
                }
                view
            }
            Lie::Object(of) => {
                let mut view = self.chain.view(keys);
                if let Some(Some(value)) = view.values.get_mut(&of) {
                    let mut object = Object::from_bytes(value).unwrap();
                    object.provenance.0[0] ^= 1;
                    *value = object.to_bytes();
                }
                view
            }
            _ => self.chain.view(keys),
        }
    }
}

impl Port for Liar {
    fn name(&self) -> &str {
        self.chain.name()
    }

    fn chain(&self) -> ChainId {
        self.chain.id()
    }

    fn profile(&self) -> ProfileRef {
        self.chain.profile()
    }

    fn signer(&self) -> &Signer {
        self.chain.signer()
    }

    fn read(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<View, PortError>> {
        async move { Ok(self.view(keys)) }.boxed()
    }

    fn prove(&self, keys: Vec<Key>) -> BoxFuture<'_, Result<Proof, PortError>> {
        async move {
            let view = self.view(keys);
            let evidence = match &*self.lie.lock().unwrap() {
                Lie::Garbage => vec![7; 900],
                Lie::Elsewhere(other) => other.evidence(&view),
                _ => self.chain.evidence(&view),
            };
            Ok(Proof { evidence, view })
        }
        .boxed()
    }

    fn submit(&self, tx: &SignedTransaction) -> BoxFuture<'_, Result<Fate, PortError>> {
        self.submitted.fetch_add(1, Ordering::Relaxed);
        self.chain.submit(tx)
    }

    fn piece(&self, wants: BTreeSet<Want>) -> BoxFuture<'_, Result<Option<Told>, PortError>> {
        self.chain.piece(wants)
    }

    fn waiting(&self) -> BoxFuture<'_, Result<Vec<EventId>, PortError>> {
        self.chain.waiting()
    }
}

/// Three chains, of which the node of the first may lie, and a carrier.
struct Stage {
    trade: Trade,
    liar: Arc<Liar>,
    board: Arc<Board>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Stage {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A carrier between the chains, by the node that may lie.
fn carrier(trade: &Trade, liar: &Arc<Liar>) -> (Arc<Board>, tokio::task::JoinHandle<()>) {
    let papers = trade.chains.iter();
    let mut ports: Ports = papers
        .map(|paper| (paper.id(), paper.clone() as Arc<dyn Port>))
        .collect();
    ports.insert(CHAINS[0], liar.clone());
    let settings = Settings {
        poll: Duration::from_millis(2),
    };
    let relay = Arc::new(Relay::new(machine(), ports, settings));
    (relay.board(), tokio::spawn(relay.run()))
}

impl Stage {
    /// A pack is under way from the first chain to the second.
    fn new(lie: impl FnOnce(&Trade, &Liar)) -> Self {
        let trade = Trade::new(3_650 * 86_400_000);
        trade.makes(0, &[pack(1), pack(2)]);
        trade.makes(1, &[pack(9), pack(10)]);
        let liar = Arc::new(Liar {
            chain: trade.chains[0].clone(),
            lie: Mutex::new(Lie::None),
            submitted: AtomicU64::new(0),
        });
        applied(&trade.ships(0, MAKER, &[pack(1)], (1, WHOLESALER), DAY));
        lie(&trade, &liar);
        let (board, task) = carrier(&trade, &liar);
        Self {
            trade,
            liar,
            board,
            task,
        }
    }

    /// The carrier starts anew.
    fn restart(&mut self) {
        self.task.abort();
        (self.board, self.task) = carrier(&self.trade, &self.liar);
    }

    fn lane(&self, from: &str, to: &str) -> LaneStatus {
        let mut lanes = self.board.lanes().into_iter();
        lanes
            .find(|lane| lane.from == from && lane.to == to)
            .unwrap()
    }

    /// Something goes from the second chain to the third, as if the first were not there.
    async fn others_go_on(&self, serial: u64) {
        let shipped = self
            .trade
            .ships(1, MAKER, &[pack(serial)], (2, PHARMACY), DAY);
        applied(&shipped);
        let (sent, _) = self.trade.sent(1, 2);
        self.trade
            .until("the others go on", || {
                self.trade.lives(2, &pack(serial)) && self.trade.is_settled(1, 2, sent - 1)
            })
            .await;
    }

    /// When the node tells the truth, what was under way arrives.
    async fn goes_on(&self) {
        self.liar.lies(Lie::None);
        self.trade
            .until("it goes on", || {
                self.trade.lives(1, &pack(1)) && self.trade.is_settled(0, 1, 0)
            })
            .await;
    }
}

#[tokio::test]
async fn proofs_that_do_not_hold_are_stuck_with_the_code_of_the_refusal() {
    let lies: [fn(&Trade, &Liar); 2] = [
        |_, liar| liar.lies(Lie::Garbage),
        |trade, liar| liar.lies(Lie::Elsewhere(trade.chains[2].clone())),
    ];
    for lie in lies {
        let stage = Stage::new(lie);
        stage
            .trade
            .until("it is shown", || {
                let lane = stage.lane("east", "west");
                lane.stuck.iter().any(|stuck| stuck.code == "bad-evidence")
            })
            .await;
        let lane = stage.lane("east", "west");
        assert_eq!((lane.stuck_count, lane.arrived), (1, 0));
        stage.others_go_on(9).await;
        assert!(!stage.trade.lives(1, &pack(1)), "nothing of it is believed");
        assert!(
            stage
                .board
                .chains()
                .iter()
                .all(|chain| chain.trouble.is_none())
        );
        assert!(
            stage
                .board
                .metrics()
                .contains("pangolin_relay_stuck{from=\"east\",to=\"west\"} 1")
        );
        stage.goes_on().await;
    }
}

#[tokio::test]
async fn another_record_than_the_locked_one_is_not_even_delivered() {
    let stage = Stage::new(|_, liar| liar.lies(Lie::Object(keys::object(&pack(1)))));
    stage
        .trade
        .until("it is shown", || {
            let lane = stage.lane("east", "west");
            let mut codes = lane.stuck.iter().map(|stuck| stuck.code.as_str());
            codes.any(|code| code == "record-changed")
        })
        .await;
    stage.others_go_on(9).await;
    stage.goes_on().await;
}

#[tokio::test]
async fn records_that_cannot_be_read_put_the_chain_out_of_reach() {
    let stage = Stage::new(|_, liar| liar.lies(Lie::Records));
    let trouble = || {
        let mut chains = stage.board.chains().into_iter();
        chains.find(|chain| chain.name == "east").unwrap().trouble
    };
    stage
        .trade
        .until("it is shown", || {
            trouble().is_some_and(|why| why.contains("(record)"))
        })
        .await;
    stage
        .trade
        .until("what goes there waits", || {
            stage.lane("west", "east").state == "a chain is out of reach"
        })
        .await;
    stage.others_go_on(9).await;
    assert!(trouble().is_some());
    stage.goes_on().await;
    assert_eq!(trouble(), None);
}

/// A node that stands still hides what happened since, which nobody can notice by it alone; it makes the relay repeat itself no faster than
/// anything else that fails.
#[tokio::test]
async fn a_node_that_stands_still_hides_things_and_holds_up_nobody() {
    let mut stage = Stage::new(|_, liar| liar.stands_still());
    let (sent, _) = stage.trade.sent(0, 1);
    assert_eq!(sent, 1);
    // the lock is proven as of then: it arrives, and that it is settled is not seen
    stage
        .trade
        .until("it is there and settled", || {
            stage.trade.lives(1, &pack(1)) && stage.trade.is_settled(0, 1, 0)
        })
        .await;
    // what is shipped since is not seen either
    applied(
        &stage
            .trade
            .ships(0, MAKER, &[pack(2)], (1, WHOLESALER), DAY),
    );
    let (hidden, _) = stage.trade.sent(0, 1);
    stage.others_go_on(9).await;
    // a carrier that knows nothing else sees what is settled as open, and tells it again
    stage.restart();
    let before = stage.liar.submitted.load(Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let again = stage.liar.submitted.load(Ordering::Relaxed) - before;
    assert!(again <= 8, "handed in {again} times in two seconds");
    assert_eq!(stage.lane("east", "west").open, 1);
    assert!(again > 0);
    stage.others_go_on(10).await;
    assert!(!stage.trade.lives(1, &pack(2)));
    stage.goes_on().await;
    stage
        .trade
        .until("what was hidden arrives", || {
            stage.trade.lives(1, &pack(2)) && stage.trade.is_settled(0, 1, hidden - 1)
        })
        .await;
    stage
        .trade
        .until("nothing is open", || stage.lane("east", "west").open == 0)
        .await;
}
