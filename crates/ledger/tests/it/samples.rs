//! Values of every wire type with every field in use, and their encodings.

pub(crate) mod registry;
pub(crate) mod sources;
mod wants;

pub(crate) use wants::{together, wants};

use std::collections::{BTreeMap, BTreeSet};

use pangolin_ledger::{
    Action, Amount, Auth, BatchTree, Body, ChainId, ClassId, Code, Correction, DataClass, Delivery,
    Digest32, Effect, Event, EventId, EventKind, EventOutcome, EventReceipt, Genesis, GenesisParty,
    GovernanceAction, GovernanceBody, GroupId, Height, Item, Missing, ObjectId, ObjectSet,
    OrderBody, OrderId, OrderKind, OrderScope, OrderTerms, Outputs, PartyId, Payload, ProfileRef,
    PublicKey, Receipt, Reference, Role, Scope, Signature, SignedTransaction, Stock, TimeMs,
    Transaction, TxId, ValidatorBody, Value, Witness, state,
    walk::{Hint, Step, Walk},
};

pub(crate) fn d(n: u8) -> [u8; 32] {
    [n; 32]
}

pub(crate) fn object(name: &str) -> ObjectId {
    ObjectId::new(name).unwrap()
}

pub(crate) fn party(name: &str) -> PartyId {
    PartyId::new(name).unwrap()
}

pub(crate) fn group() -> GroupId {
    GroupId::new("lot-7").unwrap()
}

pub(crate) fn class() -> ClassId {
    ClassId::new("item-1").unwrap()
}

pub(crate) fn value(text: &str) -> Value {
    Value::new(text).unwrap()
}

/// An event with every field in use.
pub(crate) fn event() -> Event {
    let mut event = Event::new(
        EventId(d(1)),
        EventKind::Transformation,
        Action::Add,
        TimeMs(1_700_000_000_123),
        Code(300),
        Digest32(d(2)),
    );
    event.disposition = Some(Code(5));
    event.objects = ObjectSet::unique(vec![object("a"), object("ab"), object("b")]).unwrap();
    event.parent = Some(object("case"));
    event.quantities = BTreeMap::from([
        (Stock::Class(class()), Amount(1_000)),
        (Stock::Group(group()), Amount(1)),
    ]);
    event.outputs = Outputs {
        objects: [object("z")].into_iter().collect(),
        quantities: [(Stock::Class(class()), Amount(9))].into(),
    };
    event.source = Some(party("from"));
    event.destination = Some(party("to"));
    event.place = Some(value("here"));
    event.references = BTreeSet::from([Reference {
        kind: Code(1),
        value: value("po-1"),
    }]);
    event.attributes = BTreeMap::from([(Code(1), value("lot-7")), (Code(2), value(""))]);
    event.corrects = Some(EventId(d(3)));
    event.expected = BTreeMap::from([(object("a"), EventId(d(4)))]);
    event.payload = Payload::Full((*b"{}").into());
    event
}

pub(crate) fn terms() -> OrderTerms {
    OrderTerms {
        kind: OrderKind::Recall,
        scope: OrderScope::Group(group()),
        reason: Code(4),
        legal_basis: "§ 7".into(),
        expires: Some(TimeMs(-1)),
        officers: 2,
        document: Some(Digest32(d(5))),
    }
}

pub(crate) fn quota() -> state::Quota {
    state::Quota {
        txs: 1,
        bytes: 2,
        parked: 3,
    }
}

pub(crate) fn actions() -> Vec<GovernanceAction> {
    use GovernanceAction as A;
    let (p, from, until) = (party("p"), TimeMs(1), Some(TimeMs(2)));
    let profile = ProfileRef { id: 1, version: 2 };
    vec![
        A::AddParty {
            party: p.clone(),
            name: "P".into(),
        },
        A::SuspendParty {
            party: p.clone(),
            from,
        },
        A::ResumeParty { party: p.clone() },
        A::AddKey {
            party: p.clone(),
            key: PublicKey(d(6)),
            usage: state::KeyUse::Agent([Role(1), Role(2)].into()),
            from,
            until,
        },
        A::RevokeKey {
            party: p.clone(),
            key: PublicKey(d(6)),
            from,
        },
        A::Grant {
            party: p.clone(),
            role: Role(3),
            scope: Scope::all(),
            from,
            until,
        },
        A::Revoke {
            party: p.clone(),
            role: Role(3),
            scope: Scope::new("x").unwrap(),
            from,
        },
        A::Delegate {
            principal: p.clone(),
            agent: party("q"),
            roles: [Role(9)].into(),
            from,
            until: None,
        },
        A::RevokeDelegation {
            principal: p.clone(),
            agent: party("q"),
            from,
        },
        A::ActivateProfile {
            profile,
            digest: Digest32(d(7)),
            from: Height(9),
        },
        A::RetireProfile {
            profile,
            from: Height(10),
        },
        A::SetParams(state::Params::default()),
        A::SetQuota {
            party: p,
            quota: Some(quota()),
        },
        A::RegisterChain {
            chain: ChainId(d(8)),
            name: "c".into(),
            key: vec![1, 2, 3],
            freshness_ms: 5,
        },
        A::SuspendChain {
            chain: ChainId(d(8)),
        },
        A::ResumeChain {
            chain: ChainId(d(8)),
        },
        A::AllowMaker {
            chain: ChainId(d(1)),
            allowed: true,
        },
        A::SetValidators {
            validators: vec![validator(1), validator(2)],
        },
    ]
}

pub(crate) fn validator(n: u8) -> state::Member {
    state::Member {
        key: PublicKey(d(n)),
        name: format!("node {n}"),
        organisation: "Org".into(),
        address: "192.0.2.7:7000".into(),
    }
}

/// The changes of validators.
fn validator_changes() -> impl Iterator<Item = Effect> {
    use pangolin_ledger::report::ValidatorChange as C;
    let changes = [
        C::Wanted,
        C::Opened { round: 1 },
        C::Dealt {
            round: 1,
            dealer: PublicKey(d(1)),
        },
        C::Reshared { round: 1 },
        C::NotReshared { round: 2 },
        C::Contradicted {
            validator: PublicKey(d(2)),
        },
    ];
    changes.into_iter().map(Effect::Validators)
}

pub(crate) fn bodies() -> Vec<Body> {
    let mut bodies = vec![Body::Events(vec![event()])];
    let payloads = [
        Payload::Committed(Digest32(d(9))),
        Payload::Pointer {
            uri: "https://x".into(),
            digest: Digest32(d(9)),
        },
    ];
    bodies.extend(payloads.map(|payload| Body::Events(vec![Event { payload, ..event() }])));
    bodies.push(Body::Order(OrderBody::Issue(terms())));
    bodies.push(Body::Order(OrderBody::Approve {
        order: OrderId(d(1)),
    }));
    let legal_basis = "§ 8".to_owned();
    bodies.push(Body::Order(OrderBody::Release {
        order: OrderId(d(1)),
        only: Some(object("a")),
        legal_basis,
    }));
    let govern = |action| {
        Body::Governance(Box::new(GovernanceBody {
            action,
            reason: "r".into(),
        }))
    };
    bodies.extend(actions().into_iter().map(govern));
    bodies.extend(registry::actions().into_iter().map(govern));
    bodies.extend(sources::actions().into_iter().map(govern));
    bodies.push(Body::Correction(Box::new(Correction {
        event: event(),
        declared: TimeMs(7),
        reason: Code(8),
        note: "n".into(),
        correctives: vec![EventId(d(1))],
    })));
    let forked = Item::Forked { evidence: vec![5] };
    for items in [registry::items(), vec![forked]] {
        bodies.push(Body::Delivery(Box::new(Delivery {
            chain: ChainId(d(1)),
            evidence: vec![1, 2],
            witnesses: Vec::new(),
            items,
        })));
    }
    bodies.push(Body::Delivery(Box::new(Delivery {
        chain: ChainId(d(1)),
        evidence: vec![1, 2],
        witnesses: vec![Witness {
            chain: ChainId(d(2)),
            evidence: vec![4],
        }],
        items: vec![
            Item::Arrival {
                seq: 1,
                record: vec![3],
            },
            Item::Outcome { seq: 2 },
            Item::Notice { seq: 3 },
            Item::AllNoticed,
            Item::Walk {
                object: object("a"),
                walk: vec![9],
            },
            Item::Content {
                container: object("b"),
                epoch: 1,
                object: object("a"),
            },
        ],
    })));
    let statements = [
        ValidatorBody::Dealt {
            round: 3,
            log: vec![1, 2],
        },
        ValidatorBody::Contradicted { evidence: vec![3] },
    ];
    bodies.extend(statements.map(|statement| Body::Validator(Box::new(statement))));
    bodies.push(Body::Report(Box::new(sources::report())));
    bodies
}

pub(crate) fn transactions() -> Vec<SignedTransaction> {
    let make = |body| Transaction {
        chain: ChainId(d(1)),
        profile: ProfileRef { id: 7, version: 1 },
        class: DataClass::Record,
        issuer: party("0614141000005"),
        key: PublicKey(d(2)),
        valid_until: Height(1_000),
        body,
    };
    let mut all: Vec<_> = bodies()
        .into_iter()
        .map(|body| SignedTransaction::new(make(body), Auth::Single(Signature([3; 64]))))
        .collect();
    let ids: Vec<TxId> = all.iter().map(SignedTransaction::id).collect();
    let auth = BatchTree::new(&ids)
        .unwrap()
        .auth(3, Signature([4; 64]))
        .unwrap();
    all.push(SignedTransaction::new(all[3].tx().clone(), auth));
    all
}

pub(crate) fn full_object() -> state::Object {
    let mut flags = state::Flags::default();
    flags.set(state::Flags::HELD, true);
    flags.set(state::Flags::ORDERS, true);
    state::Object {
        status: state::Status::Terminated(Code(3)),
        stage: Code(2),
        stage_before: Code(1),
        flags,
        holder: Some(state::Holder::Container(placement())),
        pending: Some(state::Pending {
            to: party("q"),
            offer: EventId(d(1)),
            stage: Code(0x401),
        }),
        class: Some(class()),
        group: Some(group()),
        last_event: EventId(d(2)),
        last_time: TimeMs(3),
        provenance: Digest32(d(4)),
        seq: 5,
        epoch: 6,
        children: 7,
        height: 2,
        contents: Digest32(d(8)),
        inside: [
            (state::Content::Object(object("b")), 1),
            (state::Content::Group(group()), 4),
            (state::Content::Class(class()), 4),
            (state::Content::Derived(group()), 2),
            (state::Content::Stage(Code(9)), 1),
            (state::Content::Held, 1),
            (state::Content::Used, 1),
            (state::Content::Passed(ChainId(d(1))), 2),
        ]
        .into(),
        received: Some(state::Received {
            from: party("p"),
            offer: EventId(d(9)),
        }),
        passed: BTreeSet::from([ChainId(d(1)), ChainId(d(2))]),
    }
}

pub(crate) fn placement() -> state::Placement {
    state::Placement {
        container: object("case"),
        epoch: 1,
    }
}

pub(crate) fn period() -> state::Period {
    state::Period {
        from: TimeMs(1),
        until: Some(TimeMs(9)),
        revoked: Some(TimeMs(5)),
        granted: Height(2),
    }
}

pub(crate) fn effects() -> Vec<Effect> {
    let mut effects = vec![
        Effect::Unparked(EventId(d(1))),
        Effect::Lapsed(EventId(d(1))),
        Effect::Rejected {
            event: EventId(d(1)),
            code: "on-hold".into(),
        },
        Effect::Inferred {
            object: object("a"),
            container: object("case"),
        },
        Effect::Completed(EventId(d(1))),
        Effect::Overdue {
            offer: EventId(d(1)),
            open: 3,
        },
        Effect::OrderActive(OrderId(d(1))),
        Effect::OrderReleased(OrderId(d(1))),
        Effect::OrderExpired(OrderId(d(1))),
        Effect::Exempted {
            order: OrderId(d(1)),
            object: object("a"),
        },
        Effect::Enacted(Digest32(d(1))),
        Effect::Proposed {
            action: Digest32(d(1)),
            signed: 1,
            needed: 2,
        },
        Effect::DeclaredInError(EventId(d(1))),
        Effect::RolledForward(object("a")),
        Effect::Superseded(object("a")),
        Effect::Unreversed(EventId(d(1))),
        Effect::Membership {
            party: party("p"),
            key: Some(PublicKey(d(1))),
        },
        Effect::Foreign(ChainId(d(1))),
        Effect::Departed {
            chain: ChainId(d(1)),
            seq: 1,
            object: object("a"),
        },
        Effect::Arrived {
            chain: ChainId(d(1)),
            seq: 2,
            object: object("a"),
            group: Some(group()),
            from: party("p"),
            to: party("q"),
            result: state::InboxResult::Accepted,
            epoch: 1,
            inside: BTreeMap::from([(Stock::Group(group()), Amount(3))]),
        },
        Effect::Relied {
            chain: ChainId(d(1)),
            as_of: TimeMs(5),
        },
        Effect::Noticed {
            chain: ChainId(d(1)),
            seq: 1,
            order: OrderId(d(2)),
        },
        Effect::BroughtIn {
            object: object("a"),
            container: object("b"),
            filling: 1,
            chain: ChainId(d(1)),
            provenance: Digest32(d(3)),
            group: Some(group()),
            epoch: 2,
            inside: BTreeMap::from([(Stock::Group(group()), Amount(3))]),
        },
        Effect::Walked {
            object: object("a"),
            provenance: Digest32(d(3)),
            whole: true,
        },
        Effect::Settled {
            chain: ChainId(d(1)),
            seq: 3,
            object: object("a"),
            gone: true,
        },
    ];
    effects.extend(validator_changes());
    effects.extend(registry::effects());
    effects.extend(sources::effects());
    effects
}

pub(crate) fn receipt() -> Receipt {
    let missing = Missing::Stock {
        holder: state::Holder::Transit {
            from: party("p"),
            to: party("q"),
        },
        stock: Stock::Group(group()),
    };
    let outcomes = [
        EventOutcome::Applied,
        EventOutcome::Parked {
            missing,
            deadline: TimeMs(5),
            code: "object-absent".into(),
        },
        EventOutcome::Duplicate { height: Height(4) },
    ];
    let events = outcomes
        .into_iter()
        .map(|outcome| EventReceipt {
            id: EventId(d(1)),
            outcome,
            objects: 2,
            digest: Digest32(d(3)),
        })
        .collect();
    Receipt {
        tx: TxId(d(1)),
        events,
        effects: effects(),
    }
}

pub(crate) fn order(state: state::OrderState) -> state::Order {
    let signed = [PublicKey(d(1)), PublicKey(d(2))].into();
    state::Order {
        issuer: party("p"),
        terms: terms(),
        signed,
        state,
        issued: Height(3),
    }
}

pub(crate) fn foreign() -> state::ForeignChain {
    state::ForeignChain {
        name: "c".into(),
        key: vec![1; 48],
        freshness_ms: 5,
        registered: Height(1),
        suspended: Some(Height(2)),
        seen: Some(state::SeenHeader {
            height: Height(3),
            time: TimeMs(4),
            block: Digest32(d(5)),
        }),
    }
}

pub(crate) fn event_record(state: state::EventState) -> state::EventRecord {
    state::EventRecord {
        state,
        issuer: party("p"),
        profile: ProfileRef { id: 1, version: 2 },
        tx: TxId(d(1)),
        index: 3,
        height: Height(4),
        digest: Digest32(d(5)),
        corrected: true,
    }
}

pub(crate) fn outbox(kind: state::OutboxKind) -> state::OutboxEntry {
    state::OutboxEntry {
        kind,
        object: object("a"),
        record: Digest32(d(1)),
        provenance: Digest32(d(2)),
        height: Height(3),
    }
}

pub(crate) fn inbox(result: state::InboxResult) -> state::InboxEntry {
    state::InboxEntry {
        result,
        object: object("a"),
        provenance: Digest32(d(1)),
        entry: Digest32(d(2)),
        proven_at: Height(3),
        height: Height(4),
    }
}

pub(crate) fn genesis() -> Genesis {
    let member = GenesisParty {
        id: party("p"),
        name: "P".into(),
        keys: vec![(PublicKey(d(1)), state::KeyUse::Owner)],
        roles: vec![(Role::GOVERNOR, Scope::all())],
    };
    Genesis {
        chain: ChainId(d(1)),
        time: TimeMs(2),
        params: state::Params::default(),
        profiles: vec![ProfileRef { id: 1, version: 1 }],
        parties: vec![member],
        chains: vec![(ChainId(d(2)), foreign())],
    }
}

pub(crate) fn notices() -> [state::Notice; 3] {
    let changes = [
        state::Change::Began {
            kind: OrderKind::Recall,
            expires: Some(TimeMs(9)),
        },
        state::Change::Ended,
        state::Change::Exempted(object("a")),
    ];
    changes.map(|change| state::Notice {
        order: OrderId(d(1)),
        scope: OrderScope::Group(group()),
        change,
        height: Height(3),
    })
}

pub(crate) fn feed() -> state::Feed {
    state::Feed {
        next: 3,
        as_of: Some(TimeMs(4)),
        lanes: BTreeSet::from([1, 255]),
    }
}

pub(crate) fn fillings() -> [state::Filling; 2] {
    let came = state::Stay {
        chain: ChainId(d(1)),
        epoch: 1,
        locked: Height(2),
    };
    let came = state::Filling {
        came: Some(came),
        went: None,
    };
    let went = state::Filling {
        came: None,
        went: Some(ChainId(d(2))),
    };
    [came, went]
}

pub(crate) fn settlement(result: Option<state::InboxResult>) -> state::Settlement {
    state::Settlement {
        result,
        proven_at: Height(3),
        height: Height(4),
    }
}

/// Every kind of step and hint.
pub(crate) fn walk() -> Walk {
    let event = |parents| Step::Event {
        chain: 1,
        event: EventId(d(1)),
        parents,
    };
    Walk {
        object: object("a"),
        chains: vec![ChainId(d(1)), ChainId(d(2))],
        steps: vec![
            event(Vec::new()),
            event(vec![1, 0, 300]),
            Step::Arrival {
                parent: 1,
                chain: 0,
                seq: 200,
            },
            Step::Returned {
                parent: 1,
                other: 1,
                seq: 2,
            },
            Step::Carried {
                parent: 1,
                chain: 0,
                object: object("a"),
                container: object("b"),
                epoch: 3,
            },
            Step::Gap {
                chain: 1,
                digest: Digest32(d(3)),
            },
            Step::Hidden {
                parent: 4,
                digest: Digest32(d(4)),
            },
        ],
        hints: vec![
            Hint::Lock {
                chain: 0,
                from: 1,
                seq: 7,
            },
            Hint::Inside {
                chain: 0,
                object: object("b"),
                container: object("c"),
                epoch: 1,
            },
        ],
    }
}
