//! The encodings of the sample values, each held against its own decoding.

use std::collections::{BTreeMap, BTreeSet};

use pangolin_ledger::{
    Amount, BlockEffects, ChainId, Code, DataClass, Digest32, EventId, Genesis, Height, Missing,
    OrderId, OrderKind, ProfileRef, PublicKey, Receipt, Role, SignedTransaction, TimeMs, TxId,
    Wire,
    kernel::k10_statistics::{Cusum, CusumParameters},
    state as s,
    state::keys,
    walk::{Walk, local::Want, together::Pieces},
};

use crate::samples::*;

/// The encoding of one or more values of every wire type, by the name of the type. Each is held against its own decoding.
pub(crate) fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let mut out = Vec::new();
    macro_rules! add {
        ($name:literal, $t:ty, $values:expr) => {
            for value in $values {
                let bytes = value.to_bytes();
                assert_eq!(<$t>::from_bytes(&bytes).as_ref(), Ok(&value), $name);
                out.push(($name, bytes));
            }
        };
    }
    add!("transaction", SignedTransaction, transactions());
    add!("receipt", Receipt, [receipt()]);
    add!(
        "block effects",
        BlockEffects,
        [BlockEffects {
            effects: effects(),
            corrupt: Some(keys::params())
        }]
    );
    add!("genesis", Genesis, [genesis()]);
    let unknown = s::Object::unknown();
    let live = s::Object {
        status: s::Status::Live,
        holder: Some(s::Holder::Party(party("p"))),
        ..s::Object::unknown()
    };
    let voided = s::Object {
        status: s::Status::Voided,
        ..live.clone()
    };
    let away = s::Object {
        status: s::Status::Away(ChainId(d(1))),
        ..live.clone()
    };
    add!(
        "object",
        s::Object,
        [unknown, live, voided, away, full_object()]
    );
    let released = s::Released {
        custodian: party("p"),
        event: EventId(d(1)),
        provenance: Digest32(d(2)),
        held: true,
        stage: Code(3),
    };
    add!("released", s::Released, [released]);
    let mut lot = s::Group::bare(party("p"), EventId(d(1)));
    add!("group", s::Group, [lot.clone()]);
    lot.class = Some(class());
    lot.attributes.insert(Code(1), value("2027-01-31"));
    (lot.made, lot.limit, lot.made_of) = (4, Some(9), [group()].into());
    add!("group", s::Group, [lot]);
    add!(
        "balance",
        s::Balance,
        [s::Balance {
            amount: Amount(5),
            awaited: true,
            ..s::Balance::empty()
        }]
    );
    add!(
        "process",
        s::Process,
        [s::Process {
            inputs: 1,
            outputs: 2,
            provenance: Digest32(d(3)),
            passed: [ChainId(d(4))].into(),
            ancestry: Some(s::Ancestry {
                provenance: Digest32(d(4)),
                verdict: s::Verdict::Whole {
                    made_on: BTreeSet::new(),
                    roots: Vec::new(),
                },
                as_of: BTreeMap::new(),
                height: Height(6),
            }),
            attested: true,
        }]
    );
    add!(
        "association",
        s::Association,
        [s::Association {
            event: EventId(d(1)),
            since: TimeMs(2)
        }]
    );
    let document = s::Document {
        controller: party("p"),
        digest: Digest32(d(1)),
        version: 2,
        event: EventId(d(3)),
        provenance: Digest32(d(4)),
    };
    add!("document", s::Document, [document]);
    let states = [
        s::EventState::Applied,
        s::EventState::Parked,
        s::EventState::Expired,
        s::EventState::Rejected("on-hold".into()),
    ];
    add!("event record", s::EventRecord, states.map(event_record));
    let declared = s::Declaration {
        tx: TxId(d(1)),
        height: Height(2),
        time: TimeMs(3),
        reason: Code(4),
    };
    add!(
        "correctives",
        s::Correctives,
        [s::Correctives {
            declared: Some(declared),
            events: vec![EventId(d(5))]
        }]
    );
    add!(
        "tx record",
        s::TxRecord,
        [s::TxRecord { height: Height(1) }]
    );
    add!(
        "nullifier",
        s::Nullifier,
        [s::Nullifier {
            event: EventId(d(1)),
            height: Height(2),
            party: party("p")
        }]
    );
    let handover = s::Handover {
        from: party("p"),
        to: party("q"),
        offered: 5,
        accepted: 2,
        returned: 1,
        deadline: Some(TimeMs(9)),
        overdue: true,
    };
    add!("handover", s::Handover, [handover]);
    let orders = [
        s::OrderState::Pending { until: TimeMs(1) },
        s::OrderState::Active { since: Height(2) },
        s::OrderState::Released { at: Height(3) },
        s::OrderState::Expired { at: Height(4) },
    ];
    add!("order", s::Order, orders.map(order));
    let active = s::ActiveOrder {
        order: OrderId(d(1)),
        kind: OrderKind::Hold,
        expires: None,
    };
    add!(
        "orders on",
        s::OrdersOn,
        [s::OrdersOn {
            orders: vec![active]
        }]
    );
    add!(
        "release",
        s::ReleaseProposal,
        [s::ReleaseProposal {
            signed: [PublicKey(d(1))].into(),
            until: TimeMs(2)
        }]
    );
    let whole = s::Verdict::Whole {
        made_on: [ChainId(d(1))].into(),
        roots: vec![s::Root {
            chain: ChainId(d(1)),
            event: EventId(d(2)),
            issuer: party("p"),
        }],
    };
    let not_sent = s::Verdict::NotSent {
        from: ChainId(d(1)),
        to: ChainId(d(2)),
        seq: 3,
    };
    let ancestries = [whole, not_sent].map(|verdict| s::Ancestry {
        provenance: Digest32(d(4)),
        verdict,
        as_of: [(ChainId(d(1)), Height(5))].into(),
        height: Height(6),
    });
    add!("ancestry", s::Ancestry, ancestries);
    let parked = s::Parked {
        event: event(),
        issuer: party("p"),
        key: PublicKey(d(1)),
        tx: TxId(d(2)),
        profile: ProfileRef { id: 1, version: 2 },
        class: DataClass::Transaction,
        height: Height(3),
        arrived: TimeMs(4),
        deadline: TimeMs(5),
        missing: vec![
            Missing::Object(object("a")),
            Missing::Ancestry(object("b")),
            Missing::Fact {
                source: sources::source_id(),
                key: sources::fact_key(),
            },
        ],
    };
    add!("parked", s::Parked, [parked]);
    add!("source", s::Source, sources::sources());
    let listed = s::SourceList {
        sources: vec![sources::source_id()],
    };
    add!("sources", s::SourceList, [listed]);
    add!("fact", s::Fact, sources::facts());
    add!("rest", s::Rest, sources::rests());
    let entry = s::WaitingEntry {
        time: TimeMs(1),
        event: EventId(d(2)),
    };
    add!(
        "waiting",
        s::WaitingList,
        [s::WaitingList {
            entries: [entry].into()
        }]
    );
    add!(
        "due cursor",
        s::DueCursor,
        [s::DueCursor {
            bucket: -1,
            page: 2,
            entry: 3
        }]
    );
    add!("due head", s::DueHead, [s::DueHead { pages: 2 }]);
    let due = vec![
        s::Due::Parked(EventId(d(1))),
        s::Due::Handover(EventId(d(2))),
        s::Due::Order(OrderId(d(3))),
        s::Due::Retry(Missing::Object(object("a"))),
    ];
    add!("due page", s::DuePage, [s::DuePage { entries: due }]);
    let member = s::Party {
        name: "P".into(),
        admitted: Height(1),
        suspended: Some(TimeMs(2)),
        quota: Some(quota()),
    };
    add!("party", s::Party, [member]);
    let usage = s::KeyUse::Agent([Role(1)].into());
    add!(
        "key",
        s::KeyRecord,
        [s::KeyRecord {
            party: party("p"),
            usage,
            period: period()
        }]
    );
    add!(
        "licence",
        s::Licence,
        [s::Licence {
            periods: vec![period()]
        }]
    );
    add!(
        "delegation",
        s::Delegation,
        [s::Delegation {
            roles: [Role(1)].into(),
            periods: vec![period()]
        }]
    );
    add!(
        "usage",
        s::Usage,
        [s::Usage {
            window: 1,
            txs: 2,
            bytes: 3,
            parked: 4
        }]
    );
    add!("params", s::Params, [s::Params::default()]);
    let profile = s::ProfileRecord {
        digest: Digest32(d(1)),
        from: Height(2),
        until: Some(Height(3)),
    };
    add!("profile", s::ProfileRecord, [profile]);
    add!(
        "proposal",
        s::Proposal,
        [s::Proposal {
            parties: [party("p")].into(),
            expires: TimeMs(1)
        }]
    );
    add!("foreign chain", s::ForeignChain, [foreign()]);
    add!(
        "channel",
        s::Channel,
        [s::Channel {
            next_out: 1,
            next_in: 2
        }]
    );
    let kinds = [
        s::OutboxKind::Lock {
            to: party("q"),
            until: TimeMs(5),
        },
        s::OutboxKind::Release { lock: 1 },
        s::OutboxKind::Unlock { lock: 2 },
    ];
    add!("outbox", s::OutboxEntry, kinds.map(outbox));
    let results = [
        s::InboxResult::Accepted,
        s::InboxResult::Refused(s::Unwelcome::Present),
    ];
    add!("inbox", s::InboxEntry, results.map(inbox));
    let results = [None, Some(s::InboxResult::Refused(s::Unwelcome::Late))];
    add!("notice", s::Notice, notices());
    add!("notices", s::Notices, [s::Notices { next: 2 }]);
    add!("feed", s::Feed, [feed()]);
    add!("filling", s::Filling, fillings());
    add!("settlement", s::Settlement, results.map(settlement));
    add!("walk", Walk, [walk()]);
    add!("want", Want, wants());
    add!("pieces", Pieces, together());
    add!("chain record", s::ChainRecord, registry::records());
    add!("directory", s::Directory, [registry::DIRECTORY]);
    add!("listed", s::Listed, [registry::LISTED]);
    add!("following", s::Following, registry::following());
    add!("noted", s::Noted, [registry::NOTED]);
    add!("standing", s::Standing, [registry::STANDING]);
    add!("fork", s::Fork, [registry::FORK]);
    add!("roster", s::Roster, [roster()]);
    let members = s::Members {
        list: vec![validator(1), validator(2)],
        round: 3,
        sharing: vec![4, 5],
    };
    add!("members", s::Members, [members]);
    let wanted = s::Wanted {
        list: vec![validator(1)],
    };
    add!("wanted", s::Wanted, [wanted]);
    let outcomes = [s::Outcome::Open, s::Outcome::Done, s::Outcome::Failed];
    add!("round", s::Round, outcomes.map(round));
    let kinds = [
        s::Contradiction::Notarized,
        s::Contradiction::Finalized,
        s::Contradiction::Skipped,
    ];
    add!("misconduct", s::Misconduct, kinds.map(misconduct));
    add!(
        "cusum",
        Cusum,
        [Cusum::new(CusumParameters {
            target: 1,
            slack: 2,
            threshold: 3
        })]
    );
    out
}

const fn roster() -> s::Roster {
    s::Roster {
        epoch_blocks: 100,
        since: 2,
        round: 3,
        open: true,
        wanted: true,
        changed: Height(7),
    }
}

fn round(outcome: s::Outcome) -> s::Round {
    s::Round {
        number: 3,
        epoch: 2,
        opened: Height(201),
        dealers: vec![PublicKey(d(1)), PublicKey(d(2))],
        before: 1,
        sharing: vec![4, 5],
        players: vec![validator(1)],
        logs: [PublicKey(d(2))].into(),
        outcome,
    }
}

const fn misconduct(kind: s::Contradiction) -> s::Misconduct {
    s::Misconduct {
        kind,
        epoch: 2,
        view: 9,
        height: Height(210),
    }
}
