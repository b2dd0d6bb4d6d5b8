//! Every decoder against random and damaged bytes: never a panic, and whatever is accepted encodes to the same bytes.

use std::sync::LazyLock;

use pangolin_ledger::{
    BlockEffects, Body, Genesis, Receipt, SignedTransaction, Transaction, Wire,
    limits::MAX_TX_BYTES,
    state::{
        Balance, ChainRecord, Channel, Correctives, Delegation, Directory, Document, DueCursor,
        DueHead, DuePage, EventRecord, Feed, Filling, Following, ForeignChain, Fork, Group,
        Handover, InboxEntry, KeyRecord, Licence, Listed, Noted, Notice, Notices, Nullifier,
        Object, Order, OrdersOn, OutboxEntry, Params, Parked, Party, Process, ProfileRecord,
        Proposal, ReleaseProposal, Released, Settlement, Standing, TxRecord, Usage, WaitingList,
    },
};
use proptest::prelude::*;

use crate::{
    encodings::samples,
    support::{World, event, step},
};

fn canonical<T: Wire>(bytes: &[u8]) {
    if let Ok(value) = T::from_bytes(bytes) {
        assert_eq!(value.to_bytes(), bytes, "{}", std::any::type_name::<T>());
    }
}

fn all(bytes: &[u8]) {
    macro_rules! each { ($($t:ty),* $(,)?) => { $( canonical::<$t>(bytes); )* } }
    each!(
        SignedTransaction,
        Transaction,
        Receipt,
        BlockEffects,
        Genesis,
        Object,
        Group,
        Balance,
        Process,
        Released,
        EventRecord,
        TxRecord,
        Nullifier,
        Handover,
        Correctives,
        Document,
        Order,
        OrdersOn,
        ReleaseProposal,
        Parked,
        WaitingList,
        DueCursor,
        DueHead,
        DuePage,
        Party,
        KeyRecord,
        Licence,
        Delegation,
        Usage,
        Params,
        ProfileRecord,
        Proposal,
        ForeignChain,
        Channel,
        OutboxEntry,
        InboxEntry,
        Filling,
        Notice,
        Notices,
        Feed,
        Settlement,
        ChainRecord,
        Directory,
        Listed,
        Following,
        Noted,
        Standing,
        Fork,
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        all(&bytes);
    }

    #[test]
    fn small_numbers_reach_deeper(bytes in proptest::collection::vec(0u8..4, 0..300)) {
        all(&bytes);
    }

    #[test]
    fn damaged_encodings_never_panic(
        which in any::<prop::sample::Index>(),
        at in any::<prop::sample::Index>(),
        with in any::<u8>(),
        cut in any::<prop::sample::Index>(),
    ) {
        static SAMPLES: LazyLock<Vec<(&str, Vec<u8>)>> = LazyLock::new(samples);
        let samples = &*SAMPLES;
        let (_, good) = &samples[which.index(samples.len())];
        let mut bytes = good.clone();
        let at = at.index(bytes.len());
        bytes[at] = with;
        all(&bytes);
        all(&bytes[..cut.index(bytes.len())]);
        let mut longer = good.clone();
        longer.push(with);
        all(&longer);
    }
}

#[test]
fn an_oversized_transaction_is_refused_by_its_size() {
    let refused =
        SignedTransaction::from_bytes(&vec![0; MAX_TX_BYTES + 10_000]).map_err(|e| e.code());
    assert_eq!(refused.err(), Some("too-long"));
}

#[test]
fn a_length_that_lies_allocates_nothing() {
    // The list claims 100,000 objects; the input ends.
    let w = World::new();
    let tx = w.tx("maker", Body::Events(vec![event(step::CREATE, &["A.1"])]));
    let bytes = tx.tx().to_bytes();
    let needle = [1u8, 0, 3, b'A'];
    let at = bytes
        .windows(4)
        .position(|window| window == needle)
        .unwrap();
    let mut lying = bytes[..at].to_vec();
    lying.extend([0xa0, 0x8d, 0x06]);
    assert_eq!(
        Transaction::from_bytes(&lying).map_err(|e| e.code()),
        Err("truncated")
    );
    lying.truncate(at);
    lying.extend([0xa1, 0x8d, 0x06]);
    assert_eq!(
        Transaction::from_bytes(&lying).map_err(|e| e.code()),
        Err("too-long")
    );
}

#[test]
fn forty_thousand_serials_cost_little() {
    let names: Vec<String> = (0..40_000u64)
        .map(|n| {
            format!(
                "0100312345678906{:012}",
                n.wrapping_mul(2_654_435_761) % 1_000_000_000_000
            )
        })
        .collect();
    let all: Vec<&str> = names.iter().map(String::as_str).collect();
    let bytes = event(step::CREATE, &all).to_bytes().len();
    assert!(
        bytes / names.len() <= 12,
        "{} bytes per serial",
        bytes / names.len()
    );
}
