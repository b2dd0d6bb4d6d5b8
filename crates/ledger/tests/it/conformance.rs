//! The format is pinned: a hash over generated encodings of each wire type. A change here is a change of the format and
//! needs a new version byte.

use std::collections::BTreeSet;

use pangolin_ledger::{
    ChainId, Code, Digest32, Event, EventId, Key, Missing, OrderId, OrderScope, Payload,
    ProfileRef, PublicKey, Role, Scope, Stock, TxId, hash,
    state::{self, keys},
};

use crate::{
    encodings::samples,
    samples::{
        class, d, event, group, object, party, receipt,
        sources::{fact_key, source_id},
        transactions,
    },
};

#[test]
fn the_encodings_are_pinned() {
    let mut all = Vec::new();
    for (name, bytes) in samples() {
        all.extend(name.as_bytes());
        all.extend((bytes.len() as u64).to_be_bytes());
        all.extend(bytes);
    }
    assert_eq!(
        Digest32(hash::sha256(&[&all])).to_string(),
        "cdfdd4fafba504cbe3fd214ebb98cac8330d29571b01151ab7f883d70f7a936c"
    );
}

#[test]
fn the_keys_and_identities_are_pinned() {
    let holder = state::Holder::Party(party("p"));
    let stock = Stock::Class(class());
    let keys: Vec<Key> = vec![
        keys::params(),
        keys::profile(ProfileRef { id: 1, version: 2 }),
        keys::proposal(&Digest32(d(1))),
        keys::party(&party("p")),
        keys::party_key(&PublicKey(d(1))),
        keys::licence(&party("p"), Role(1), &Scope::all()),
        keys::delegation(&party("p"), &party("q")),
        keys::usage(&party("p")),
        keys::object(&object("a")),
        keys::group(&group()),
        keys::balance(&holder, &stock),
        keys::released(&object("a"), 1),
        keys::filling(&object("a"), 1),
        keys::balance(
            &state::Holder::Container(state::Placement {
                container: object("a"),
                epoch: 1,
            }),
            &stock,
        ),
        keys::brought(&object("a"), 1, &object("b")),
        keys::association(&object("a"), &object("b")),
        keys::process(&party("p"), &Scope::all()),
        keys::event(&EventId(d(1))),
        keys::tx(&TxId(d(1))),
        keys::nullifier(Code(1), &Scope::all()),
        keys::handover(&EventId(d(1))),
        keys::correctives(&EventId(d(1))),
        keys::document(&pangolin_ledger::DocumentId::new("x").unwrap()),
        keys::order(&OrderId(d(1))),
        keys::orders_on(&OrderScope::Class(class())),
        keys::exemption(&OrderId(d(1)), &object("a")),
        keys::release(&OrderId(d(1)), None),
        keys::parked(&EventId(d(1))),
        keys::waiting(&Missing::Object(object("a"))),
        keys::due_cursor(),
        keys::due_head(-1),
        keys::due_page(1, 2),
        keys::foreign_chain(&ChainId(d(1))),
        keys::channel(&ChainId(d(1))),
        keys::outbox(&ChainId(d(1)), 1),
        keys::inbox(&ChainId(d(1)), 1),
        keys::settlement(&ChainId(d(1)), 1),
        keys::notices(),
        keys::notice(1),
        keys::feed(&ChainId(d(1))),
        keys::foreign_orders(&ChainId(d(1)), &OrderScope::Class(class())),
        keys::foreign_exemption(&ChainId(d(1)), &OrderId(d(1)), &object("a")),
        keys::chain_record(&ChainId(d(1))),
        keys::directory(),
        keys::listed(1),
        keys::following(&ChainId(d(1))),
        keys::noted(&ChainId(d(1)), &ChainId(d(2))),
        keys::standing(&ChainId(d(1))),
        keys::fork(&ChainId(d(1))),
        keys::maker(&ChainId(d(1))),
        keys::ancestry(&object("a")),
        keys::roster(),
        keys::members(),
        keys::wanted(),
        keys::round(1),
        keys::round_log(1, &PublicKey(d(1))),
        keys::misconduct(&PublicKey(d(1))),
        keys::source(&source_id()),
        keys::sources(),
        keys::fact(&source_id(), &fact_key()),
    ];
    let spaces: BTreeSet<u8> = keys.iter().map(|key| key.0[0]).collect();
    assert_eq!(
        spaces.len(),
        state::Namespace::ALL.len(),
        "one key of each namespace"
    );
    let mut all: Vec<u8> = keys.iter().flat_map(|key| key.0).collect();
    for tx in transactions() {
        all.extend(tx.id().0);
        all.extend(tx.statement());
        all.extend(tx.digests().iter().flat_map(|digest| digest.0));
    }
    all.extend(receipt().digest().0);
    assert_eq!(
        Digest32(hash::sha256(&[&all])).to_string(),
        "970b81e631002f0070d6249bd6d9d29c3d9305efb2a2fd5e303d6a8ef1880498"
    );
}

#[test]
fn the_digest_of_an_event_does_not_depend_on_where_its_payload_is() {
    let full = event();
    let committed = Event {
        payload: Payload::Committed(full.payload.digest()),
        ..full.clone()
    };
    assert_eq!(full.digest(), committed.digest());
    let other = Event {
        payload: Payload::Committed(Digest32(d(1))),
        ..full.clone()
    };
    assert_ne!(full.digest(), other.digest());
}
