//! From an event to a plan: authority and steps.
//!
//! `mod.rs` finds the act and does what all acts share; each group of acts has a file. Nothing here reads state.

mod commission;
mod container;
mod end;
mod keep;
mod moving;
mod repackage;
mod see;

pub(super) use moving::changes_owner;

use std::ops::Deref;

use pangolin_gs1::Key;
use pangolin_ledger::{
    id::{Code, ObjectId, ObjectSet, PartyId, Role},
    profile::{Blocks, Claim, Guard, Need, Op, Patience, Plan, Step, Target, Test, Waits, When},
    report::{Refusal, Subject},
    say,
    tx::Event,
};

use super::{
    Settings,
    act::{self, Act, NoAct},
    date, reason, role, rules,
    settings::Late,
    words::{self, field, stage},
};
use crate::{
    capture::id,
    departure::Departure,
    stated::{Stated, step},
};

/// What an event asks of the ledger.
pub(super) fn plan(settings: &Settings, event: &Event, claim: &Claim<'_>) -> Result<Plan, Refusal> {
    let reading = Reading {
        settings,
        stated: Stated { event, claim },
    };
    let act = reading.act()?;
    reading.identifiers()?;
    let plan = match act {
        Act::Commission => commission::plan(&reading)?,
        Act::Pack | Act::PackReturn => container::pack(&reading, act)?,
        Act::Unpack => container::unpack(&reading)?,
        Act::VerifyContents => container::verify(&reading)?,
        Act::Ship | Act::Return => moving::ship(&reading, act)?,
        Act::VoidShip => moving::void(&reading)?,
        Act::Receive | Act::ReceiveReturn => moving::receive(&reading, act)?,
        Act::Dispense => end::dispense(&reading)?,
        Act::DispensePart => end::dispense_part(&reading)?,
        Act::Decommission | Act::Destroy | Act::Sample => end::terminate(&reading, act)?,
        Act::Stolen | Act::Lost => end::missing(&reading, act)?,
        Act::Recover => end::recover(&reading)?,
        Act::Quarantine | Act::QuarantineSuspect => keep::quarantine(&reading, act)?,
        Act::Release => keep::release(&reading)?,
        Act::Suspect | Act::Illegitimate => keep::declare(&reading, act)?,
        Act::Restock => keep::restock(&reading)?,
        Act::Repackage => repackage::plan(&reading)?,
        Act::Attach | Act::Detach => see::associate(&reading, act)?,
        Act::Observe => see::observe(&reading)?,
        Act::Witness => see::witness(&reading)?,
    };
    let plan = reading.as_listed(plan, act);
    Ok(plan.patience(reading.patience(act)))
}

/// The event with everything that its reading needs.
struct Reading<'a> {
    settings: &'a Settings,
    stated: Stated<'a>,
}

impl<'a> Deref for Reading<'a> {
    type Target = Stated<'a>;

    fn deref(&self) -> &Self::Target {
        &self.stated
    }
}

impl Reading<'_> {
    fn act(&self) -> Result<Act, Refusal> {
        act::find(self.event).map_err(|none| match none {
            NoAct::NoStep => {
                let message = "the event adds or deletes objects and states no business step";
                self.refuse(&reason::STEP_MISSING, "/step", message)
            }
            NoAct::StepMismatch { expected } => {
                let step = words::step(self.event.step);
                let message = format!("{step} goes with action {expected}");
                self.refuse(&reason::STEP_MISMATCH, "/step", message)
            }
        })
    }

    /// What all acts share: serialised goods, named by keys of the trade.
    fn identifiers(&self) -> Result<(), Refusal> {
        let event = self.event;
        for (lines, part) in [
            (&event.quantities, "/quantities"),
            (&event.outputs.quantities, "/outputs/quantities"),
        ] {
            if !lines.is_empty() {
                let message = format!("{} quantities without serial numbers", lines.len());
                return Err(self.refuse(&reason::NOT_SERIALISED, part, message));
            }
        }
        self.kinds(&event.objects, "/objects")?;
        self.kinds(&event.outputs.objects, "/outputs/objects")?;
        match &event.parent {
            Some(parent) if !is_traded(parent) => Err(self.wrong_kind(parent, "/parent")),
            _ => Ok(()),
        }
    }

    fn kinds(&self, objects: &ObjectSet, part: &str) -> Result<(), Refusal> {
        let wrong = objects
            .iter()
            .enumerate()
            .find(|(_, object)| !is_traded(object));
        wrong.map_or(Ok(()), |(index, object)| {
            Err(self.wrong_kind(object, &format!("{part}/{index}")))
        })
    }

    fn wrong_kind(&self, object: &ObjectId, part: &str) -> Refusal {
        let message = say![object, " is no pack, logistic unit or container"];
        let place = format!("{}{part}", self.claim.place);
        Refusal::new(
            &reason::IDENTIFIER_KIND,
            Subject::Object(object.clone()),
            place,
            message,
        )
    }

    /// Refuses an event that names no objects.
    fn objects(&self) -> Result<(), Refusal> {
        if self.event.objects.is_empty() {
            return Err(self.no_objects());
        }
        Ok(())
    }

    fn no_objects(&self) -> Refusal {
        let message = "the event names no objects";
        self.refuse(&reason::OBJECTS_MISSING, "/objects", message)
    }

    /// Refuses an event without container.
    fn parent(&self) -> Result<&ObjectId, Refusal> {
        let missing = || {
            self.refuse(
                &reason::PARENT_MISSING,
                "/parent",
                "the event names no container",
            )
        };
        self.event.parent.as_ref().ok_or_else(missing)
    }

    /// Refuses anything but packs.
    fn packs(&self) -> Result<(), Refusal> {
        self.objects()?;
        let wrong = self
            .event
            .objects
            .iter()
            .enumerate()
            .find(|(_, object)| id::item(object).is_none());
        wrong.map_or(Ok(()), |(index, object)| {
            let message = say![object, " is no pack"];
            let place = format!("{}/objects/{index}", self.claim.place);
            Err(Refusal::new(
                &reason::NOT_A_PACK,
                Subject::Object(object.clone()),
                place,
                message,
            ))
        })
    }

    /// Where the goods go, if that is another chain.
    fn departure(&self) -> Result<Option<Departure>, Refusal> {
        let within_ms = self.settings.handover_ms;
        self.stated.departure(within_ms, &reason::DESTINATION_CHAIN)
    }

    /// What moves or is looked at: the container if one is named, otherwise the objects.
    fn target(&self) -> Result<Target, Refusal> {
        self.stated.target().ok_or_else(|| self.no_objects())
    }

    fn flag(&self, code: Code) -> Option<bool> {
        self.field(code).map(|value| value.as_bytes() == b"1")
    }

    /// Goods, and everything inside them, have not expired where the event happened.
    fn not_expired(&self, plan: Plan, on: Target, blocks: Blocks) -> Plan {
        let Some(today) = date::local(self.event) else {
            return plan;
        };
        let guard = Guard::GroupAttribute {
            code: field::EXPIRY,
            test: Test::AtLeast(today),
            required: false,
            refusal: rules::EXPIRED,
        };
        plan.step(step(Op::Require(guard), on, blocks))
    }

    /// What is listed with a container that is acted upon is inside it: a mismatch is an exception, never repaired in silence.
    fn as_listed(&self, mut plan: Plan, act: Act) -> Plan {
        let packing = matches!(
            act,
            Act::Pack
                | Act::PackReturn
                | Act::Unpack
                | Act::VerifyContents
                | Act::Attach
                | Act::Detach
        );
        let on_parent = plan.steps.iter().any(|step| step.on == Target::Parent);
        if on_parent && !packing && !self.event.objects.is_empty() {
            let inside = Op::Require(Guard::Inside);
            plan.steps
                .insert(0, step(inside, Target::Objects, Blocks::NONE));
        }
        plan
    }

    /// Whoever says that goods may be sold says that nothing among them has expired or was opened.
    fn sellable(&self, plan: Plan, on: Target) -> Plan {
        if !act::says_sellable(self.event) {
            return plan;
        }
        let plan = self.not_expired(plan, on, Blocks::NONE);
        plan.step(step(Op::Require(Guard::Whole), on, Blocks::NONE))
    }

    /// What the event may wait for.
    fn patience(&self, act: Act) -> Patience {
        // An event that waits already waits for whatever it still lacks: its predecessors arrive one by one.
        let waiting = self.waits();
        let waits = match act {
            // Whoever dispenses needs the answer at once.
            Act::Dispense | Act::DispensePart => Waits::NONE,
            _ if waiting || self.settings.late == Late::Wait => Waits::ALL,
            Act::Receive | Act::ReceiveReturn => {
                Waits::ABSENT.and(Waits::CUSTODY).and(Waits::PREVIOUS)
            }
            _ => Waits::ABSENT.and(Waits::PREVIOUS),
        };
        let receipt = matches!(act, Act::Receive | Act::ReceiveReturn);
        Patience {
            waits,
            ms: receipt.then_some(self.settings.receipt_ms),
        }
    }
}

/// Packs and cases, logistic units, returnable containers.
fn is_traded(object: &ObjectId) -> bool {
    if id::item(object).is_some() || id::is_logistic(object) {
        return true;
    }
    match id::key(object.as_bytes()) {
        Some(Key::Grai(grai)) => grai.serial().is_some(),
        Some(Key::Giai(_)) => true,
        _ => false,
    }
}

/// The issuer is an authorised trading partner.
fn trading_partner() -> Need {
    Need::role(role::TRADING_PARTNER)
}

/// A plan for something that any trading partner does with its own goods.
fn trade() -> Plan {
    Plan::new().need(trading_partner())
}

/// Goods may be sold: nothing is known against them.
fn saleable(plan: Plan, on: Target) -> Plan {
    plan.step(Step::new(
        Op::Require(Guard::Stage(vec![stage::NORMAL])),
        on,
    ))
}

/// What came from other chains was walked back to where it was made.
fn walked(plan: Plan, on: Target, blocks: Blocks) -> Plan {
    plan.step(step(Op::Require(Guard::Ancestry), on, blocks))
}

/// Nothing of the goods was dispensed: what is opened does not go to anybody else.
fn whole(plan: Plan, on: Target) -> Plan {
    plan.step(Step::new(Op::Require(Guard::Whole), on))
}

/// A party the event names has one of these roles when it happens.
fn other_party(party: &PartyId, roles: impl IntoIterator<Item = Role>) -> Need {
    Need::any(roles).of(party.clone()).at(When::Event)
}
