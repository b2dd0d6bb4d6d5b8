//! A profile for tests: every step of the ledger under a word of the CBV, nobody needs a role.

use pangolin_gs1::{Key, id::Gtin};
use pangolin_ledger::{
    ChainId, ClassId, Code, Digest32, Event, EventKind, ObjectId, Profile, ProfileRef, Refusal,
    TimeMs,
    profile::{
        Actor, Blocks, Claim, Conserve, Contents, MissingParent, NewGroup, Op, Plan, Step, Target,
    },
    tx::Action,
};
use pangolin_profiles::{
    capture::{self, Field, FieldPlace, Form, Lexicon},
    cbv::step,
};

pub(crate) const PROFILE: ProfileRef = ProfileRef { id: 99, version: 1 };

/// The chain that objects depart to.
pub(crate) const FAR: ChainId = ChainId([8; 32]);

/// Until when it lets them in.
pub(crate) const FAR_UNTIL: TimeMs = TimeMs(2_000_000_000_000);

/// The attribute of the lot.
pub(crate) const LOT: Code = Code(0x0400);

pub(crate) const LEXICON: Lexicon = Lexicon {
    profile: PROFILE,
    steps: &[],
    dispositions: &[],
    documents: &[],
    fields: &[Field {
        code: LOT,
        places: &[FieldPlace::Ilmd],
        namespaces: &["urn:epcglobal:cbv:mda", "urn:epcglobal:cbv:mda:"],
        path: &["lotNumber"],
        form: Form::Lot,
    }],
};

pub(crate) struct TestProfile;

impl TestProfile {
    fn group(event: &Event, first: Option<&ObjectId>) -> Option<NewGroup> {
        let lot = event.attributes.get(&LOT)?;
        let lot = pangolin_gs1::id::Lot::new(std::str::from_utf8(lot.as_bytes()).ok()?).ok()?;
        let gtin: Gtin = capture::id::key(first?.as_bytes())?.gtin()?;
        let group = capture::id::group(&Key::Lgtin { gtin, lot }).ok()?;
        Some(NewGroup {
            group,
            attributes: [].into(),
            limit: None,
        })
    }
}

impl Profile for TestProfile {
    fn reference(&self) -> ProfileRef {
        PROFILE
    }

    fn name(&self) -> &'static str {
        "test"
    }

    fn digest(&self) -> Digest32 {
        Digest32([1; 32])
    }

    fn classify(&self, event: &Event, _claim: &Claim<'_>) -> Result<Plan, Refusal> {
        let objects = |op| Plan::new().step(Step::new(op, Target::Objects).inferring());
        let first = event.objects.iter().next();
        let reason = Code(event.step.0);
        Ok(match (event.kind, event.step) {
            (EventKind::Object, step::COMMISSIONING) => objects(Op::Create {
                group: Self::group(event, first),
            }),
            (EventKind::Aggregation, step::PACKING) => objects(Op::Enclose {
                missing: MissingParent::Create,
            }),
            (EventKind::Aggregation, step::UNPACKING)
                if event.objects.is_empty() && event.quantities.is_empty() =>
            {
                // What is held back comes out all the same, and stays held back.
                Plan::new().step(Step::new(Op::Empty, Target::Parent).blocked_by(Blocks::NONE))
            }
            (EventKind::Aggregation, step::UNPACKING) => {
                Plan::new().step(Step::new(Op::Disclose, Target::Objects).blocked_by(Blocks::NONE))
            }
            (EventKind::Association, _) if event.action == Action::Delete => {
                objects(Op::Dissociate)
            }
            (EventKind::Association, _) => objects(Op::Associate),
            (EventKind::Transformation, _) => {
                let group = Self::group(event, event.outputs.objects.iter().next());
                let transform = Op::Transform {
                    reason,
                    group,
                    process: None,
                    conserve: Conserve::Nothing,
                };
                objects(transform)
            }
            (EventKind::Object, step::SHIPPING) => match event.destination.clone() {
                Some(to) => objects(Op::Offer {
                    to,
                    within_ms: Some(60_000),
                    arrives: Code(0),
                }),
                None => Plan::new(),
            },
            (EventKind::Object, step::DEPARTING) => match event.destination.clone() {
                Some(to) => objects(Op::Depart {
                    chain: FAR,
                    to,
                    until: FAR_UNTIL,
                }),
                None => Plan::new(),
            },
            (EventKind::Object, step::RECEIVING) => objects(Op::Accept {
                from: event.source.clone(),
            }),
            (EventKind::Object, step::VOID_SHIPPING) => objects(Op::Withdraw),
            (EventKind::Object, step::DESTROYING) => objects(Op::Terminate {
                reason,
                contents: Contents::Take,
            }),
            (EventKind::Object, step::DECOMMISSIONING) => objects(Op::Terminate {
                reason,
                contents: Contents::Release,
            }),
            (EventKind::Object, step::DISPENSING) => objects(Op::Terminate {
                reason,
                contents: Contents::Refuse,
            }),
            (EventKind::Object, step::REPAIRING) => objects(Op::Reinstate {
                reasons: vec![Code(step::DISPENSING.0)],
            }),
            (EventKind::Object, step::HOLDING) => objects(Op::Hold),
            (EventKind::Object, step::STOCKING) => objects(Op::Unhold),
            (EventKind::Object, step::STORING) => objects(Op::Observe),
            _ => {
                let seen = Step {
                    actor: Actor::Anyone,
                    ..Step::new(Op::Observe, Target::Objects)
                };
                Plan::new().step(seen.by_anyone())
            }
        })
    }

    fn class_of(&self, object: &ObjectId) -> Option<ClassId> {
        let class = capture::id::key(object.as_bytes())?.class()?;
        capture::id::class(&class).ok()
    }
}
