//! From an event to a plan: authority and steps. Nothing here reads state.

use std::ops::Deref;

use pangolin_ledger::{
    id::{Code, PartyId, Role},
    profile::{
        Actor, Blocks, Claim, Contents, Guard, Need, Op, Patience, Plan, Step, Target, Waits, When,
    },
    report::Refusal,
    tx::Event,
};

use super::{
    act::{self, Act, NoAct},
    declaration::Declaration,
    reason, role,
    words::{self, ended, field},
};
use crate::{
    capture::attribute,
    departure::Departure,
    stated::{Stated, step},
};

const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// By when a hand-over should be received, and goods that go on be let in.
const HANDOVER_MS: u64 = 30 * DAY_MS;

/// What an event asks of the ledger.
pub(super) fn plan(event: &Event, claim: &Claim<'_>) -> Result<Plan, Refusal> {
    let reading = Reading(Stated { event, claim });
    let act = reading.act()?;
    reading.identified()?;
    let plan = match act {
        Act::Receive => reading.receive()?,
        Act::Send => reading.send()?,
        Act::Return => reading.back()?,
        Act::Void => reading.void()?,
        Act::Declare => reading.declare()?,
        Act::Examine => reading.examine()?,
        Act::Clear => reading.clear()?,
        Act::Refuse => reading.refuse_declaration()?,
        Act::Unpack => reading.unpack()?,
        Act::Seal | Act::Unseal => reading.seal(act)?,
        Act::Destroy => reading.destroy()?,
        Act::Observe => operator().step(step(Op::Observe, reading.target()?, Blocks::NONE)),
    };
    let plan = reading.as_listed(plan, act);
    Ok(plan.patience(reading.patience(act)))
}

/// The event as it is read at the border.
struct Reading<'a>(Stated<'a>);

impl<'a> Deref for Reading<'a> {
    type Target = Stated<'a>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

/// A plan for something that any operator does with the goods it keeps.
fn operator() -> Plan {
    Plan::new().need(Need::role(role::OPERATOR))
}

/// A plan for something that the customs authority does.
fn authority() -> Plan {
    Plan::new().need(Need::role(Role::AUTHORITY))
}

/// The event is recorded, and what it is about exists.
fn there(on: Target) -> Step {
    Step::new(Op::Require(Guard::Live), on)
        .blocked_by(Blocks::NONE)
        .by_anyone()
}

impl Reading<'_> {
    fn act(&self) -> Result<Act, Refusal> {
        let step = || words::step_word(self.event.step);
        act::find(self.event).map_err(|none| match none {
            NoAct::NoStep => {
                let message = "the event deletes objects and states no business step";
                self.refuse(&reason::STEP_MISSING, "/step", message)
            }
            NoAct::StepMismatch => {
                let message = format!("{} does not go with this type and action", step());
                self.refuse(&reason::STEP_MISMATCH, "/step", message)
            }
            NoAct::Made => self.refuse(&reason::NOT_MADE_HERE, "/step", "the event makes objects"),
            NoAct::Packed => {
                let message = "the event puts things into a container";
                self.refuse(&reason::NOT_PACKED_HERE, "/step", message)
            }
            NoAct::Processed => {
                let message = "the event makes things of others";
                self.refuse(&reason::NOT_PROCESSED_HERE, "/step", message)
            }
        })
    }

    fn identified(&self) -> Result<(), Refusal> {
        let event = self.event;
        if event.quantities.is_empty() && event.outputs.quantities.is_empty() {
            return Ok(());
        }
        let message = format!("{} quantities without identities", event.quantities.len());
        Err(self.refuse(&reason::NOT_IDENTIFIED, "/quantities", message))
    }

    /// What is moved or looked at: the container if one is named, otherwise the objects.
    fn target(&self) -> Result<Target, Refusal> {
        self.0.target().ok_or_else(|| {
            let message = "the event names no goods";
            self.refuse(&reason::GOODS_MISSING, "/objects", message)
        })
    }

    fn parent(&self) -> Result<(), Refusal> {
        if self.event.parent.is_some() {
            return Ok(());
        }
        let message = "the event names no container";
        Err(self.refuse(&reason::PARENT_MISSING, "/parent", message))
    }

    /// What is listed with a container is inside it.
    fn as_listed(&self, mut plan: Plan, act: Act) -> Plan {
        let opens = matches!(act, Act::Unpack | Act::Seal | Act::Unseal);
        let on_parent = plan.steps.iter().any(|step| step.on == Target::Parent);
        if on_parent && !opens && !self.event.objects.is_empty() {
            let mut inside = step(Op::Require(Guard::Inside), Target::Objects, Blocks::NONE);
            inside.actor = Actor::Anyone;
            plan.steps.insert(0, inside);
        }
        plan
    }

    /// Goods may be reported before they arrive; what the authority decides, and whoever sends goods on, is answered at once.
    fn patience(&self, act: Act) -> Patience {
        let waits = match act {
            Act::Clear | Act::Refuse | Act::Send | Act::Return => Waits::NONE,
            _ if self.waits() => Waits::ALL,
            Act::Receive => Waits::ABSENT.and(Waits::CUSTODY).and(Waits::PREVIOUS),
            _ => Waits::ABSENT.and(Waits::PREVIOUS),
        };
        Patience { waits, ms: None }
    }

    fn departure(&self) -> Result<Option<Departure>, Refusal> {
        self.0.departure(HANDOVER_MS, &reason::DESTINATION_CHAIN)
    }

    fn destination(&self) -> Result<PartyId, Refusal> {
        self.event.destination.clone().ok_or_else(|| {
            let message = "the event names no receiver";
            self.refuse(&reason::DESTINATION_MISSING, "/destination", message)
        })
    }

    /// What arrived is recorded whatever is known against it.
    fn receive(&self) -> Result<Plan, Refusal> {
        let on = self.target()?;
        self.by_receiver(&reason::DESTINATION_DIFFERS)?;
        let from = self.party(attribute::HOLDER_FROM);
        Ok(operator().step(step(Op::Accept { from }, on, Blocks::NONE)))
    }

    /// On this chain goods are handed over cleared or not; only cleared ones leave it.
    fn send(&self) -> Result<Plan, Refusal> {
        let on = self.target()?;
        let to = self.destination()?;
        self.by_sender(&reason::SOURCE_DIFFERS)?;
        if let Some(departure) = self.departure()? {
            let stops = Blocks::HOLD.and(Blocks::RECALL);
            let cleared = Op::Require(Guard::Cleared);
            return Ok(operator().step(step(cleared, on, stops)).step(step(
                departure.op(to),
                on,
                stops,
            )));
        }
        if to == *self.claim.issuer {
            return Ok(operator().step(step(Op::Observe, on, Blocks::HOLD)));
        }
        let receiver = Need::role(role::OPERATOR).of(to.clone()).at(When::Event);
        let offer = Op::Offer {
            to,
            within_ms: Some(HANDOVER_MS),
            arrives: Code(0),
        };
        Ok(operator()
            .need(receiver)
            .step(step(offer, on, Blocks::HOLD)))
    }

    /// What was sent is called off.
    fn void(&self) -> Result<Plan, Refusal> {
        self.by_sender(&reason::SOURCE_DIFFERS)?;
        Ok(operator().step(step(Op::Withdraw, self.target()?, Blocks::NONE)))
    }

    /// Goods that are not imported go back; what a recall stops is on its right way.
    fn back(&self) -> Result<Plan, Refusal> {
        let on = self.target()?;
        let to = self.destination()?;
        self.by_sender(&reason::SOURCE_DIFFERS)?;
        let departure = self.departure()?.ok_or_else(|| {
            let message = "the return names no chain to go back to";
            self.refuse(&reason::RETURN_NOWHERE, "/attributes", message)
        })?;
        let came = Op::Require(Guard::CameOver(departure.chain()));
        Ok(operator().step(step(came, on, Blocks::HOLD)).step(step(
            departure.op(to),
            on,
            Blocks::HOLD,
        )))
    }

    fn declaration(&self) -> Result<Declaration, Refusal> {
        Declaration::of(self.event).map_err(|unnamed| {
            let message = unnamed.message();
            self.refuse(&reason::DECLARATION_MISSING, "/references", message)
        })
    }

    /// By a declarant, who need not keep the goods; what it says does not enter their history before the office decides.
    fn declare(&self) -> Result<Plan, Refusal> {
        let on = self.target()?;
        let declaration = self.declaration()?;
        let office = self.party(field::OFFICE).ok_or_else(|| {
            let message = "the declaration names no customs office";
            self.refuse(&reason::OFFICE_MISSING, "/attributes", message)
        })?;
        let decides = Need::role(Role::AUTHORITY)
            .of(office.clone())
            .at(When::Event);
        Ok(Plan::new()
            .need(Need::role(role::DECLARANT))
            .need(decides)
            .step(there(on))
            .step(step(declaration.lodge(office), on, Blocks::NONE)))
    }

    fn examine(&self) -> Result<Plan, Refusal> {
        let seen = step(Op::Observe, self.target()?, Blocks::NONE).by_anyone();
        Ok(authority().step(seen))
    }

    fn clear(&self) -> Result<Plan, Refusal> {
        let on = self.target()?;
        let declaration = self.declaration()?;
        let stops = Blocks::HOLD.and(Blocks::RECALL);
        Ok(authority()
            .step(step(declaration.clear(), on, Blocks::NONE))
            .step(step(Op::Require(Guard::Ancestry), on, stops).by_anyone())
            .step(step(Op::Clear, on, stops).by_anyone()))
    }

    fn refuse_declaration(&self) -> Result<Plan, Refusal> {
        let on = self.target()?;
        let declaration = self.declaration()?;
        Ok(authority()
            .step(step(declaration.refuse(), on, Blocks::NONE))
            .step(there(on)))
    }

    fn unpack(&self) -> Result<Plan, Refusal> {
        self.parent()?;
        Ok(if self.event.objects.is_empty() {
            operator().step(step(Op::Empty, Target::Parent, Blocks::HOLD))
        } else {
            operator().step(step(Op::Disclose, Target::Objects, Blocks::HOLD))
        })
    }

    fn seal(&self, act: Act) -> Result<Plan, Refusal> {
        self.parent()?;
        if self.event.objects.is_empty() {
            let message = "the event names no seal";
            return Err(self.refuse(&reason::GOODS_MISSING, "/objects", message));
        }
        let op = if act == Act::Seal {
            Op::Associate
        } else {
            Op::Dissociate
        };
        Ok(operator().step(step(op, Target::Objects, Blocks::NONE)))
    }

    /// What an order holds is evidence and does not end.
    fn destroy(&self) -> Result<Plan, Refusal> {
        let end = Op::Terminate {
            reason: ended::DESTROYED,
            contents: Contents::Take,
        };
        Ok(operator().step(step(end, self.target()?, Blocks::HOLD)))
    }
}
