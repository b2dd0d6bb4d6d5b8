//! What goes together, and who gets which answer.

use std::sync::Mutex;

use ed25519_zebra::SigningKey;
use futures::{
    executor::block_on,
    future::{BoxFuture, FutureExt as _, join},
};
use pangolin_ledger::{
    EventId, Height, Key, PartyId, ProfileRef, SignedTransaction, TimeMs, walk::local::Piece,
};

use super::*;
use crate::port::{Fate, Proof, Signer, Told, View};

/// A chain that answers each question by the number in it: with that height, with nothing for odd ones, and with an error for those of a
/// request in which somebody asks for 666.
struct Scripted {
    name: String,
    chain: ChainId,
    signer: Signer,
    /// The numbers of each request.
    requests: Mutex<Vec<Vec<u64>>>,
}

fn number(wants: &BTreeSet<Want>) -> u64 {
    let Some(Want::Left { seq, .. }) = wants.first() else {
        panic!("{wants:?}")
    };
    *seq
}

fn wants(number: u64) -> BTreeSet<Want> {
    let left = Want::Left {
        to: ChainId([9; 32]),
        seq: number,
        digest: pangolin_ledger::Digest32([0; 32]),
        only: true,
    };
    [left].into()
}

impl Port for Scripted {
    fn name(&self) -> &str {
        &self.name
    }
    fn chain(&self) -> ChainId {
        self.chain
    }
    fn profile(&self) -> ProfileRef {
        ProfileRef { id: 1, version: 1 }
    }
    fn signer(&self) -> &Signer {
        &self.signer
    }
    fn read(&self, _: Vec<Key>) -> BoxFuture<'_, Result<View, PortError>> {
        unreachable!("nothing is read")
    }
    fn prove(&self, _: Vec<Key>) -> BoxFuture<'_, Result<Proof, PortError>> {
        unreachable!("nothing is proven")
    }
    fn submit(&self, _: &SignedTransaction) -> BoxFuture<'_, Result<Fate, PortError>> {
        unreachable!("nothing is submitted")
    }
    fn piece(&self, _: BTreeSet<Want>) -> BoxFuture<'_, Piecewise> {
        unreachable!("questions are asked together")
    }
    fn pieces(&self, questions: Vec<BTreeSet<Want>>) -> BoxFuture<'_, Vec<Piecewise>> {
        let numbers: Vec<u64> = questions.iter().map(number).collect();
        self.requests.lock().unwrap().push(numbers.clone());
        let lost = numbers.contains(&666);
        let each = numbers.into_iter().map(|number| {
            if lost {
                return Err(PortError::new("connection", "it was lost"));
            }
            let view = View {
                height: Height(number),
                time: TimeMs(0),
                values: BTreeMap::new(),
            };
            let piece = Piece::default();
            Ok((number % 2 == 0).then_some(Told { piece, view }))
        });
        let answers: Vec<Piecewise> = each.collect();
        async move { answers }.boxed()
    }
    fn waiting(&self) -> BoxFuture<'_, Result<Vec<EventId>, PortError>> {
        unreachable!("nothing waits")
    }
}

const CHAIN: ChainId = ChainId([1; 32]);

fn scripted(chain: ChainId) -> Arc<Scripted> {
    Arc::new(Scripted {
        name: "scripted".into(),
        chain,
        signer: Signer {
            party: PartyId::new("carrier").unwrap(),
            key: SigningKey::from([1; 32]),
        },
        requests: Mutex::default(),
    })
}

/// What is answered to each of these, asked at the same time.
fn ask(
    port: &Arc<Scripted>,
    numbers: impl IntoIterator<Item = u64>,
) -> Vec<Result<Option<u64>, String>> {
    let ports: Ports = [(port.chain, port.clone() as Arc<dyn Port>)].into();
    let (asking, driven) = together(&ports);
    let each = numbers.into_iter().map(|number| {
        let asking = asking.clone();
        async move { asking.piece(&CHAIN, wants(number)).await }
    });
    let each = join_all(each.collect::<Vec<_>>());
    drop(asking);
    let (answers, ()) = block_on(join(each, driven));
    let height = |told: Told| told.view.height.0;
    let said = answers.into_iter().map(|answer| {
        let answer = answer.map(|told| told.map(height));
        answer.map_err(|error| error.code)
    });
    said.collect()
}

#[test]
fn what_is_there_goes_together_and_each_gets_its_own() {
    let port = scripted(CHAIN);
    let said = ask(&port, [4, 7, 2, 4]);
    assert_eq!(said, [Ok(Some(4)), Ok(None), Ok(Some(2)), Ok(Some(4))]);
    assert_eq!(*port.requests.lock().unwrap(), [[4, 7, 2, 4]]);
}

#[test]
fn a_request_takes_so_many_and_no_more() {
    let port = scripted(CHAIN);
    let most = MAX_TOGETHER as u64;
    let said = ask(&port, (0..2 * most + 2).map(|n| 2 * n));
    let expect: Vec<_> = (0..2 * most + 2).map(|n| Ok(Some(2 * n))).collect();
    assert_eq!(said, expect);
    let requests = port.requests.lock().unwrap();
    let sizes: Vec<usize> = requests.iter().map(Vec::len).collect();
    assert_eq!(sizes, [MAX_TOGETHER, MAX_TOGETHER, 2]);
}

#[test]
fn a_request_that_is_lost_is_no_matter_of_others() {
    let port = scripted(CHAIN);
    let most = MAX_TOGETHER as u64;
    let numbers = std::iter::once(666).chain((1..=most).map(|n| 2 * n));
    let said = ask(&port, numbers);
    let lost = said
        .iter()
        .filter(|said| **said == Err("connection".into()));
    assert_eq!(lost.count(), MAX_TOGETHER);
    assert_eq!(said.last(), Some(&Ok(Some(2 * most))));
}

#[test]
fn of_a_chain_that_cannot_be_reached_nothing_is_known() {
    let other = scripted(ChainId([2; 32]));
    assert_eq!(ask(&other, [2, 4]), [Ok(None), Ok(None)]);
    assert!(other.requests.lock().unwrap().is_empty());
}

#[test]
fn whoever_does_not_wait_for_the_answer_holds_up_nobody() {
    let port = scripted(CHAIN);
    let ports: Ports = [(CHAIN, port.clone() as Arc<dyn Port>)].into();
    let (asking, driven) = together(&ports);
    let mut gone = Box::pin(asking.piece(&CHAIN, wants(2)));
    assert!(gone.as_mut().now_or_never().is_none(), "it waits");
    drop(gone);
    let ask = async move { asking.piece(&CHAIN, wants(4)).await };
    let (answer, ()) = block_on(join(ask, driven));
    assert_eq!(answer.unwrap().unwrap().view.height, Height(4));
    assert_eq!(*port.requests.lock().unwrap(), [[2, 4]]);
}
