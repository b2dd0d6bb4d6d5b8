//! A small profile: one business step per operation, roles for makers, traders and users.
//!
//! An object `A.17` is of class `A`. Attributes carry what the steps need.

use pangolin_ledger::{
    Action, ChainId, ClassId, Code, Digest32, DocumentId, Event, FactKey, GroupId, ObjectId,
    ProfileRef, Refusal, Role, Scope, SourceId, Subject, TimeMs, Value, hash,
    profile::{
        Blocks, Claim, Conserve, Contents, Guard, MissingParent, Need, NewGroup, Op, Patience,
        Plan, Profile, Step, Target, Test, Waits,
    },
    report::{Kernel, Reason, RuleId},
    state::{Expected, Rest},
};

/// Business steps.
pub(crate) mod step {
    pub(crate) const CREATE: u16 = 1;
    pub(crate) const PACK: u16 = 2;
    pub(crate) const UNPACK: u16 = 3;
    pub(crate) const EMPTY: u16 = 4;
    pub(crate) const SHIP: u16 = 5;
    pub(crate) const RECEIVE: u16 = 6;
    pub(crate) const WITHDRAW: u16 = 7;
    pub(crate) const DECLINE: u16 = 8;
    pub(crate) const END: u16 = 9;
    pub(crate) const OBSERVE: u16 = 10;
    pub(crate) const HOLD: u16 = 11;
    pub(crate) const UNHOLD: u16 = 12;
    pub(crate) const TRANSFORM: u16 = 13;
    pub(crate) const ATTACH: u16 = 14;
    pub(crate) const DETACH: u16 = 15;
    pub(crate) const ONCE: u16 = 16;
    pub(crate) const DOCUMENT: u16 = 17;
    pub(crate) const ADVANCE: u16 = 18;
    pub(crate) const REINSTATE: u16 = 19;
    pub(crate) const SEIZE: u16 = 20;
    pub(crate) const END_WITH_CONTENTS: u16 = 21;
    pub(crate) const END_RELEASING: u16 = 22;
    pub(crate) const SHIP_INFERRING: u16 = 23;
    pub(crate) const RECEIVE_INFERRING: u16 = 24;
    pub(crate) const NOT_AFTER: u16 = 25;
    pub(crate) const EXACT: u16 = 26;
    pub(crate) const PACK_NEW: u16 = 27;
    pub(crate) const SHIP_BACK: u16 = 28;
    pub(crate) const SHIP_IMPATIENT: u16 = 29;
    pub(crate) const SCOPED: u16 = 30;
    pub(crate) const BROKEN: u16 = 31;
    pub(crate) const REPACK: u16 = 32;
    pub(crate) const IN_GROUP: u16 = 33;
    pub(crate) const END_INFERRING: u16 = 34;
    pub(crate) const NOTHING: u16 = 35;
    pub(crate) const USE: u16 = 36;
    pub(crate) const WHOLE: u16 = 37;
    pub(crate) const AT_STAGE: u16 = 38;
    pub(crate) const ADVANCE_INFERRING: u16 = 39;
    pub(crate) const PACK_HELD: u16 = 40;
    pub(crate) const UNPACK_FREELY: u16 = 41;
    pub(crate) const EMPTY_FREELY: u16 = 42;
    pub(crate) const HOLD_INFERRING: u16 = 43;
    pub(crate) const INSIDE: u16 = 44;
    pub(crate) const DEPART: u16 = 45;
    pub(crate) const CLEAR: u16 = 46;
    pub(crate) const DEPART_CLEARED: u16 = 47;
    pub(crate) const DEPART_BACK: u16 = 48;
    pub(crate) const END_WALKED: u16 = 49;
}

/// Attributes.
pub(crate) mod attribute {
    pub(crate) const GROUP: u16 = 1;
    pub(crate) const EXPIRY: u16 = 2;
    pub(crate) const ONCE: u16 = 3;
    pub(crate) const DOCUMENT: u16 = 4;
    pub(crate) const DIGEST: u16 = 5;
    pub(crate) const PREVIOUS: u16 = 6;
    pub(crate) const LIMIT: u16 = 7;
    pub(crate) const STAGE_FROM: u16 = 8;
    pub(crate) const STAGE_TO: u16 = 9;
    pub(crate) const PROCESS: u16 = 10;
    pub(crate) const DEADLINE_MS: u16 = 11;
    pub(crate) const CHAIN: u16 = 12;
    pub(crate) const UNTIL_MS: u16 = 13;
    pub(crate) const RESTS_ON: u16 = 14;
}

/// Roles.
pub(crate) mod role {
    use pangolin_ledger::Role;
    pub(crate) const MAKER: Role = Role(1);
    pub(crate) const TRADER: Role = Role(2);
    pub(crate) const USER: Role = Role(3);
    pub(crate) const SCOPED: Role = Role(4);
}

const UNKNOWN_STEP: Reason = Reason {
    code: "unknown-step",
    rule: RuleId("test.step"),
    kernel: Kernel::K1,
    remedy: "use a step of the list",
};

/// The test profile.
#[derive(Debug)]
pub(crate) struct TestProfile;

impl TestProfile {
    pub(crate) const REFERENCE: ProfileRef = ProfileRef { id: 7, version: 1 };
}

fn attr(event: &Event, code: u16) -> Option<&Value> {
    event.attributes.get(&Code(code))
}

fn number(event: &Event, code: u16) -> Option<u64> {
    String::from_utf8_lossy(attr(event, code)?.as_bytes())
        .parse()
        .ok()
}

fn digest(event: &Event, code: u16) -> Option<Digest32> {
    attr(event, code).map(|value| Digest32(hash::sha256(&[value.as_bytes()])))
}

fn group(event: &Event) -> Option<NewGroup> {
    let group = GroupId::new(attr(event, attribute::GROUP)?.as_bytes()).ok()?;
    let expiry = attr(event, attribute::EXPIRY).cloned();
    let attributes = expiry
        .map(|value| (Code(attribute::EXPIRY), value))
        .into_iter()
        .collect();
    Some(NewGroup {
        group,
        attributes,
        limit: number(event, attribute::LIMIT),
    })
}

/// `source key present`, `… absent`, or `… SHA-256`.
fn rest(line: &str) -> Option<Rest> {
    let mut parts = line.split(' ');
    let (source, key, expected) = (parts.next()?, parts.next()?, parts.next()?);
    let expected = match expected {
        "present" => Expected::Present,
        "absent" => Expected::Absent,
        digits => {
            let bytes = digits.as_bytes().chunks(2).map(|pair| {
                let pair = std::str::from_utf8(pair).ok()?;
                u8::from_str_radix(pair, 16).ok()
            });
            let bytes: Vec<u8> = bytes.collect::<Option<_>>()?;
            Expected::Value(Digest32(bytes.try_into().ok()?))
        }
    };
    Some(Rest {
        source: SourceId::new(source).ok()?,
        key: FactKey::new(key).ok()?,
        expected,
    })
}

impl Profile for TestProfile {
    fn reference(&self) -> ProfileRef {
        Self::REFERENCE
    }

    fn name(&self) -> &'static str {
        "test"
    }

    fn digest(&self) -> Digest32 {
        Digest32([7; 32])
    }

    fn class_of(&self, object: &ObjectId) -> Option<ClassId> {
        let bytes = object.as_bytes();
        let dot = bytes.iter().position(|b| *b == b'.')?;
        ClassId::new(&bytes[..dot]).ok()
    }

    fn classify(&self, event: &Event, claim: &Claim<'_>) -> Result<Plan, Refusal> {
        let refuse = |message: &'static str| {
            Refusal::new(
                &UNKNOWN_STEP,
                Subject::Event(event.id),
                claim.place,
                message,
            )
        };
        let on = |op| Step::new(op, Target::Objects);
        let trader = Need::any([role::MAKER, role::TRADER, role::USER]);
        let to = || {
            event
                .destination
                .clone()
                .ok_or_else(|| refuse("destination"))
        };
        let mut plan = Plan::new();
        for line in attr(event, attribute::RESTS_ON).iter().flat_map(|value| {
            let text = String::from_utf8_lossy(value.as_bytes()).into_owned();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        }) {
            let rest = rest(&line).ok_or_else(|| refuse("rest"))?;
            plan = plan.step(on(Op::Rest(rest)));
        }
        let code = |code| {
            number(event, code)
                .and_then(|n| u16::try_from(n).ok())
                .map(Code)
        };
        Ok(match event.step.0 {
            step::CREATE => plan.need(Need::role(role::MAKER)).step(on(Op::Create {
                group: group(event),
            })),
            step::PACK => plan.need(trader).step(on(Op::Enclose {
                missing: MissingParent::Wait,
            })),
            step::PACK_NEW => plan.need(trader).step(on(Op::Enclose {
                missing: MissingParent::Create,
            })),
            step::REPACK => plan.step(
                on(Op::Enclose {
                    missing: MissingParent::Wait,
                })
                .inferring(),
            ),
            step::PACK_HELD => {
                let missing = MissingParent::Wait;
                plan.step(on(Op::Enclose { missing }).blocked_by(Blocks::NONE))
            }
            step::UNPACK => plan.step(on(Op::Disclose)),
            step::UNPACK_FREELY => plan.step(on(Op::Disclose).blocked_by(Blocks::NONE)),
            step::EMPTY_FREELY => {
                plan.step(Step::new(Op::Empty, Target::Parent).blocked_by(Blocks::NONE))
            }
            step::HOLD_INFERRING => plan.step(on(Op::Hold).blocked_by(Blocks::NONE).inferring()),
            step::EMPTY => plan.step(Step::new(Op::Empty, Target::Parent)),
            step::SHIP => {
                let within_ms = number(event, attribute::DEADLINE_MS);
                plan.need(trader).step(on(Op::Offer {
                    to: to()?,
                    within_ms,
                    arrives: code(attribute::STAGE_TO).unwrap_or(Code(0)),
                }))
            }
            step::SHIP_IMPATIENT => {
                let patience = Patience {
                    waits: Waits::ALL.except(Waits::CUSTODY).except(Waits::FRESH),
                    ms: None,
                };
                plan.step(on(Op::Offer {
                    to: to()?,
                    within_ms: None,
                    arrives: Code(0),
                }))
                .patience(patience)
            }
            step::SHIP_INFERRING => plan.step(
                on(Op::Offer {
                    to: to()?,
                    within_ms: None,
                    arrives: Code(0),
                })
                .inferring(),
            ),
            step::SHIP_BACK => {
                let step = on(Op::Offer {
                    to: to()?,
                    within_ms: None,
                    arrives: Code(0),
                })
                .blocked_by(Blocks::HOLD);
                plan.step(step)
            }
            step::RECEIVE => plan.step(
                on(Op::Accept {
                    from: event.source.clone(),
                })
                .blocked_by(Blocks::NONE),
            ),
            step::RECEIVE_INFERRING => plan.step(
                on(Op::Accept {
                    from: event.source.clone(),
                })
                .blocked_by(Blocks::NONE)
                .inferring(),
            ),
            step::CLEAR => plan
                .need(Need::role(Role::AUTHORITY))
                .step(on(Op::Clear).by_anyone()),
            step::DEPART | step::DEPART_CLEARED | step::DEPART_BACK => {
                let chain = digest(event, attribute::CHAIN).ok_or_else(|| refuse("chain"))?;
                let plan = match event.step.0 {
                    step::DEPART_CLEARED => plan.step(on(Op::Require(Guard::Cleared))),
                    step::DEPART_BACK => {
                        plan.step(on(Op::Require(Guard::CameOver(ChainId(chain.0)))))
                    }
                    _ => plan,
                };
                let until = number(event, attribute::UNTIL_MS).ok_or_else(|| refuse("until"))?;
                plan.step(on(Op::Depart {
                    chain: ChainId(chain.0),
                    to: to()?,
                    until: TimeMs(i64::try_from(until).map_err(|_| refuse("until"))?),
                }))
            }
            step::WITHDRAW => plan.step(on(Op::Withdraw)),
            step::DECLINE => plan.step(on(Op::Decline)),
            step::END => plan.step(on(Op::Terminate {
                reason: Code(1),
                contents: Contents::Refuse,
            })),
            step::END_WALKED => {
                let end = Op::Terminate {
                    reason: Code(1),
                    contents: Contents::Take,
                };
                plan.step(on(Op::Require(Guard::Ancestry)))
                    .step(on(end).inferring())
                    .patience(Patience::NONE)
            }
            step::END_INFERRING => plan.step(
                on(Op::Terminate {
                    reason: Code(1),
                    contents: Contents::Refuse,
                })
                .inferring(),
            ),
            step::END_WITH_CONTENTS => plan.step(on(Op::Terminate {
                reason: Code(2),
                contents: Contents::Take,
            })),
            step::END_RELEASING => plan.step(on(Op::Terminate {
                reason: Code(3),
                contents: Contents::Release,
            })),
            step::OBSERVE => plan.step(on(Op::Observe).blocked_by(Blocks::NONE)),
            step::SEIZE => plan
                .need(Need::role(Role::AUTHORITY))
                .step(on(Op::Observe).blocked_by(Blocks::NONE).by_anyone()),
            step::HOLD => plan.step(on(Op::Hold).blocked_by(Blocks::NONE)),
            step::UNHOLD => plan.step(on(Op::Unhold).blocked_by(Blocks::NONE)),
            step::TRANSFORM => plan.need(Need::role(role::MAKER)).step(on(Op::Transform {
                reason: Code(4),
                group: group(event),
                process: attr(event, attribute::PROCESS)
                    .and_then(|value| Scope::new(value.as_bytes()).ok()),
                conserve: Conserve::AtMost {
                    outputs: 1,
                    inputs: 1,
                },
            })),
            step::ATTACH => plan.step(on(Op::Associate)),
            step::DETACH => plan.step(on(Op::Dissociate)),
            step::ONCE => {
                let what = attr(event, attribute::ONCE).ok_or_else(|| refuse("once"))?;
                let what = Scope::new(what.as_bytes()).map_err(|_| refuse("scope"))?;
                plan.step(on(Op::Once {
                    kind: Code(1),
                    what,
                }))
            }
            step::DOCUMENT => {
                let document =
                    attr(event, attribute::DOCUMENT).ok_or_else(|| refuse("document"))?;
                plan.step(on(Op::PutDocument {
                    document: DocumentId::new(document.as_bytes())
                        .map_err(|_| refuse("document"))?,
                    digest: digest(event, attribute::DIGEST).ok_or_else(|| refuse("digest"))?,
                    previous: digest(event, attribute::PREVIOUS),
                    controller: event.destination.clone(),
                }))
            }
            step::ADVANCE | step::ADVANCE_INFERRING => {
                let from = code(attribute::STAGE_FROM).into_iter().collect();
                let to = code(attribute::STAGE_TO).ok_or_else(|| refuse("stage"))?;
                let advance = on(Op::Advance { from, to });
                plan.step(match event.step.0 {
                    step::ADVANCE_INFERRING => advance.inferring(),
                    _ => advance,
                })
            }
            step::REINSTATE => plan.step(on(Op::Reinstate {
                reasons: vec![Code(1), Code(2)],
            })),
            step::NOT_AFTER => {
                let bound = attr(event, attribute::EXPIRY)
                    .cloned()
                    .ok_or_else(|| refuse("expiry"))?;
                plan.step(on(Op::Require(Guard::GroupAttribute {
                    code: Code(attribute::EXPIRY),
                    test: Test::AtLeast(bound),
                    required: true,
                    refusal: "goods-expired",
                })))
            }
            step::USE => plan.step(on(Op::Use)),
            step::WHOLE => plan.step(on(Op::Require(Guard::Whole))),
            step::AT_STAGE => {
                let from = number(event, attribute::STAGE_FROM).unwrap_or_default();
                let stage = u16::try_from(from).map_err(|_| refuse("stage"))?;
                plan.step(on(Op::Require(Guard::Stage(vec![Code(stage)]))))
            }
            step::IN_GROUP => {
                let group = group(event).ok_or_else(|| refuse("group"))?.group;
                plan.step(on(Op::Require(Guard::InGroup(group))))
            }
            step::INSIDE => plan.step(on(Op::Require(Guard::Inside))),
            step::EXACT => plan.step(on(Op::Require(Guard::ExactContents))),
            step::SCOPED => {
                let scope = Scope::new("A").map_err(|_| refuse("scope"))?;
                plan.need(Need::role(role::MAKER).or_scoped(role::SCOPED, scope))
                    .step(on(Op::Observe))
            }
            step::BROKEN => plan.step(Step::new(Op::Disclose, Target::Parent)),
            step::NOTHING if event.action == Action::Observe => plan,
            _ => return Err(refuse("the step is not in the list")),
        })
    }

    fn describe(&self, code: Code) -> Option<&'static str> {
        (code == Code(0)).then_some("initial")
    }
}
