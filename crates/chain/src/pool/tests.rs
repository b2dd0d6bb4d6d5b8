//! The pool loses nothing in silence and keeps its bounds.

use super::*;
use crate::limits::{MAX_POOL_TXS, POOL_PARTY_DIVISOR};
use futures::FutureExt as _;
use pangolin_ledger::{
    Auth, Body, ChainId, DataClass, Height, OrderBody, OrderId, ProfileRef, PublicKey, Signature,
    Subject, Transaction, Wire as _, report::reasons,
};

/// A transaction of `party`, valid until a height; `number` tells it from others.
fn pending(party: &str, number: u32, valid_until: u64) -> Pending {
    let mut order = [0; 32];
    order[..4].copy_from_slice(&number.to_be_bytes());
    let tx = Transaction {
        chain: ChainId([1; 32]),
        profile: ProfileRef { id: 1, version: 1 },
        class: DataClass::Transaction,
        issuer: PartyId::new(party).unwrap(),
        key: PublicKey([2; 32]),
        valid_until: Height(valid_until),
        body: Body::Order(OrderBody::Approve {
            order: OrderId(order),
        }),
    };
    let signed = SignedTransaction::new(tx, Auth::Single(Signature([3; 64])));
    let bytes = Bytes::from(signed.to_bytes());
    Pending::new(Arc::new(signed), bytes)
}

fn receipt(of: &Pending) -> (TxId, Arc<Receipt>) {
    let id = of.tx.id();
    let receipt = Receipt {
        tx: id,
        events: Vec::new(),
        effects: Vec::new(),
    };
    (id, Arc::new(receipt))
}

fn block(number: u8) -> Digest {
    Digest::from([number; 32])
}

fn refusal(of: &Pending) -> (TxId, Refusal) {
    let subject = Subject::Transaction(of.tx.id());
    let refusal = Refusal::new(&reasons::MALFORMED, subject, "", "wrong");
    (of.tx.id(), refusal)
}

fn ids(taken: &[Pending]) -> Vec<TxId> {
    taken.iter().map(|pending| pending.tx.id()).collect()
}

#[test]
fn what_came_first_is_taken_first_and_only_once() {
    let pool = Pool::default();
    let all: Vec<_> = (0..5).map(|i| pending("maker", i, 10)).collect();
    assert_eq!(
        pool.insert_all(all.iter().cloned().chain([all[2].clone()])),
        [Ok(true), Ok(true), Ok(true), Ok(true), Ok(true), Ok(false)]
    );
    assert_eq!(
        ids(&pool.take(3, usize::MAX, &HashSet::new())),
        ids(&all[..3])
    );
    let in_flight = HashSet::from([all[0].tx.id().0, all[1].tx.id().0]);
    assert_eq!(ids(&pool.take(2, usize::MAX, &in_flight)), ids(&all[2..4]));
    let two = all[0].bytes.len() + all[1].bytes.len();
    assert_eq!(
        pool.take(9, two, &HashSet::new()).len(),
        2,
        "within the bytes of a block"
    );
}

#[test]
fn a_block_finds_only_what_waits_with_exactly_its_bytes() {
    let pool = Pool::default();
    let here = pending("maker", 1, 10);
    pool.insert(here.clone()).unwrap();
    let mut forged = here.bytes.to_vec();
    let last = forged.len() - 1;
    forged[last] ^= 1;
    let found = pool.known(&[merkle::leaf_hash(&forged), here.leaf]);
    assert!(
        found[0].is_none(),
        "another signature is another transaction here"
    );
    assert_eq!(found[1].as_ref().map(|tx| tx.id()), Some(here.tx.id()));
    pool.finalize(1, &block(1), &[receipt(&here)]);
    assert!(pool.known(&[here.leaf])[0].is_none());
}

#[test]
fn everybody_who_waits_is_told() {
    let pool = Pool::default();
    let [applied, refused, late, stays] =
        [(1, 9), (2, 9), (3, 4), (4, 5)].map(|(n, end)| pending("maker", n, end));
    let mut waiting: Vec<_> = [&applied, &refused, &late, &stays]
        .into_iter()
        .map(|pending| {
            pool.insert(pending.clone()).unwrap();
            pool.watch(pending.tx.id())
        })
        .collect();
    pool.doubt(4, block(4), vec![refusal(&refused)]);
    pool.finalize(4, &block(4), &[receipt(&applied)]);
    let told: Vec<_> = waiting
        .iter_mut()
        .map(futures::FutureExt::now_or_never)
        .collect();
    assert!(matches!(told[0], Some(Ok(Fate::Final { height: 4, .. }))));
    assert!(matches!(told[1], Some(Ok(Fate::Refused(_)))));
    assert!(matches!(
        told[2],
        Some(Ok(Fate::Expired { valid_until: 4 }))
    ));
    assert!(told[3].is_none(), "valid for one more block");
    assert_eq!(pool.size(), (1, stays.bytes.len()));
}

#[test]
fn a_refusal_holds_only_with_the_block_that_was_being_made() {
    let nothing = HashSet::new();
    for (final_block, holds) in [(block(5), true), (block(6), false)] {
        let pool = Pool::default();
        let one = pending("maker", 1, 9);
        pool.insert(one.clone()).unwrap();
        let mut waiting = pool.watch(one.tx.id());
        pool.doubt(5, block(5), vec![refusal(&one)]);
        assert!(pool.take(9, usize::MAX, &nothing).is_empty());
        assert!(pool.wait_for_work(&nothing).now_or_never().is_none());
        pool.finalize(4, &block(4), &[]);
        assert!((&mut waiting).now_or_never().is_none(), "not known yet");
        assert!(
            pool.known(&[one.leaf])[0].is_some(),
            "another may propose it"
        );
        pool.finalize(5, &final_block, &[]);
        if holds {
            assert!(matches!(waiting.now_or_never(), Some(Ok(Fate::Refused(_)))));
            assert_eq!((pool.size(), pool.refusals().len()), ((0, 0), 1));
        } else {
            assert_eq!(ids(&pool.take(9, usize::MAX, &nothing)), [one.tx.id()]);
            pool.finalize(6, &block(7), &[receipt(&one)]);
            assert!(matches!(
                waiting.now_or_never(),
                Some(Ok(Fate::Final { height: 6, .. }))
            ));
        }
    }
}

#[test]
fn whoever_asks_again_after_a_refusal_is_told_when_another_takes_it() {
    let pool = Pool::default();
    let one = pending("maker", 1, 9);
    pool.insert(one.clone()).unwrap();
    let first = pool.watch(one.tx.id());
    pool.doubt(5, block(5), vec![refusal(&one)]);
    pool.finalize(5, &block(5), &[]);
    assert!(matches!(first.now_or_never(), Some(Ok(Fate::Refused(_)))));
    let mut again = pool.watch(one.tx.id());
    pool.finalize(6, &block(6), &[]);
    assert!((&mut again).now_or_never().is_none());
    pool.finalize(7, &block(7), &[receipt(&one)]);
    assert!(matches!(
        again.now_or_never(),
        Some(Ok(Fate::Final { height: 7, .. }))
    ));
}

#[test]
fn what_another_proposer_took_is_final_although_it_was_refused_here() {
    let pool = Pool::default();
    let one = pending("maker", 1, 9);
    pool.insert(one.clone()).unwrap();
    let waiting = pool.watch(one.tx.id());
    pool.doubt(5, block(5), vec![refusal(&one)]);
    pool.finalize(5, &block(6), &[receipt(&one)]);
    assert!(matches!(
        waiting.now_or_never(),
        Some(Ok(Fate::Final { height: 5, .. }))
    ));
    assert_eq!(pool.size(), (0, 0));
}

#[test]
fn one_party_cannot_fill_the_pool() {
    let pool = Pool::default();
    let share = MAX_POOL_TXS / POOL_PARTY_DIVISOR;
    let count = u32::try_from(share).unwrap();
    let taken = pool.insert_all((0..=count).map(|i| pending("greedy", i, 10)));
    assert_eq!(
        taken.iter().filter(|taken| **taken == Ok(true)).count(),
        share
    );
    assert_eq!(
        taken.last().unwrap().as_ref().unwrap_err().code(),
        "party-queue-full"
    );
    let asked = [("greedy", 0), ("greedy", count + 1), ("modest", 0)];
    let asked = asked.map(|(party, number)| pending(party, number, 10));
    let room = pool.room(asked.iter().map(|one| (&*one.tx, one.bytes.len())));
    let codes = room
        .iter()
        .map(|room| room.as_ref().err().map(PoolError::code));
    assert_eq!(
        codes.collect::<Vec<_>>(),
        [None, Some("party-queue-full"), None],
        "what is here already needs no room"
    );
    assert_eq!(pool.size().0, share, "asking takes nothing in");
    assert_eq!(pool.insert(pending("modest", 0, 10)), Ok(true));
}

#[test]
fn who_was_told_to_come_back_and_went_away_is_forgotten() {
    let pool = Pool::default();
    let kept = pending("maker", 0, 10);
    let waits = pool.watch(kept.tx.id());
    for number in 1..3_000 {
        let id = pending("maker", number, 10).tx.id();
        for _ in 0..2 {
            drop(pool.watch(id));
        }
        assert_eq!(pool.lock().watchers.get(&id.0).map(Vec::len), Some(1));
    }
    pool.finalize(1, &block(1), &[]);
    assert_eq!(pool.lock().watchers.len(), 1);
    pool.finalize(2, &block(2), &[receipt(&kept)]);
    assert!(waits.now_or_never().is_some(), "who stayed is told");
}

#[test]
fn work_is_what_is_not_in_flight() {
    let pool = Pool::default();
    let first = pending("maker", 1, 10);
    pool.insert(first.clone()).unwrap();
    let in_flight = HashSet::from([first.tx.id().0]);
    let mut waiting = Box::pin(pool.wait_for_work(&in_flight));
    assert!(waiting.as_mut().now_or_never().is_none());
    pool.insert(pending("maker", 2, 10)).unwrap();
    assert!(waiting.as_mut().now_or_never().is_some());
}
