//! Values of every type of sources.

use pangolin_ledger::{
    Digest32, Effect, FactKey, GovernanceAction, Height, PublicKey, SourceId, TimeMs,
    report::SourceChange,
    state::{Assurance, Attesters, CometBft, Expected, Fact, Grade, Mark, Rest, Source, Tree},
    tx::{Report, Stated},
};

use super::d;

pub(crate) fn source_id() -> SourceId {
    SourceId::new("there-1").unwrap()
}

pub(crate) fn fact_key() -> FactKey {
    FactKey::new("lots/17").unwrap()
}

pub(crate) fn mark(height: u64) -> Mark {
    Mark {
        height,
        time: TimeMs(5),
        digest: Digest32(d(1)),
        next: Digest32(d(2)),
        root: Some(Digest32(d(3))),
    }
}

pub(crate) fn comet() -> Assurance {
    Assurance::CometBft(CometBft {
        chain: "there-1".into(),
        trusting_ms: 1_000,
        drift_ms: 10,
        trees: vec![Tree::Iavl, Tree::Simple],
        stores: vec![FactKey::new("goods").unwrap()],
    })
}

pub(crate) fn attested() -> Assurance {
    Assurance::Attested(Attesters {
        keys: [PublicKey(d(1)), PublicKey(d(2))].into(),
        threshold: 2,
    })
}

pub(crate) fn sources() -> Vec<Source> {
    let source = Source {
        name: "There".into(),
        assurance: comet(),
        freshness_ms: 60_000,
        registered: Height(3),
        suspended: None,
        marks: vec![mark(7), mark(9)],
    };
    let other = Source {
        assurance: attested(),
        suspended: Some(Height(4)),
        marks: vec![],
        ..source.clone()
    };
    vec![source, other]
}

pub(crate) fn facts() -> Vec<Fact> {
    let fact = Fact {
        value: Some(Digest32(d(4))),
        shown: b"released".to_vec(),
        height: 9,
        time: TimeMs(5),
        recorded: Height(6),
    };
    let none = Fact {
        value: None,
        shown: vec![],
        ..fact.clone()
    };
    vec![fact, none]
}

pub(crate) fn rests() -> Vec<Rest> {
    [
        Expected::Present,
        Expected::Value(Digest32(d(4))),
        Expected::Absent,
    ]
    .map(|expected| Rest {
        source: source_id(),
        key: fact_key(),
        expected,
    })
    .into()
}

pub(crate) fn report() -> Report {
    Report {
        source: source_id(),
        evidence: vec![1, 2],
        facts: vec![
            Stated {
                key: fact_key(),
                value: Some(b"released".to_vec()),
                proof: vec![3],
            },
            Stated {
                key: FactKey::new("lots/18").unwrap(),
                value: None,
                proof: vec![],
            },
        ],
    }
}

pub(crate) fn actions() -> Vec<GovernanceAction> {
    use GovernanceAction as A;
    let register = |assurance, mark| A::RegisterSource {
        source: source_id(),
        name: "There".into(),
        assurance,
        freshness_ms: 60_000,
        mark,
    };
    vec![
        register(comet(), Some(mark(7))),
        register(attested(), None),
        A::SuspendSource {
            source: source_id(),
        },
        A::ResumeSource {
            source: source_id(),
            mark: Some(mark(8)),
        },
    ]
}

pub(crate) fn effects() -> Vec<Effect> {
    use SourceChange as C;
    let told = |present| C::Told {
        key: fact_key(),
        present,
    };
    let changes = [
        C::Registered,
        C::Suspended,
        C::Resumed,
        C::Followed { height: 9 },
        told(true),
        told(false),
        C::Contradicted { at: 9 },
    ];
    let mut effects: Vec<_> = changes
        .map(|change| Effect::Source {
            source: source_id(),
            change,
        })
        .into();
    effects.push(Effect::Rested {
        source: source_id(),
        key: fact_key(),
        grade: Grade::Attested,
        value: Some(Digest32(d(4))),
        height: 9,
        time: TimeMs(5),
    });
    effects
}
