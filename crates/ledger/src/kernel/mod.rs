//! The rule kernels (SCENARIOS §1), one file each; a file's header is the specification of its rules.
//!
//! `apply` runs a plan: first what the event says must be the last event of its objects, then each step in order.
//! Every step judges all of its objects before anything else is done with them; the caller undoes everything when one is
//! refused.

pub(crate) mod k01_schema;
pub(crate) mod k02_authority;
pub(crate) mod k02_chains;
pub(crate) mod k03_once;
pub(crate) mod k04_document;
pub(crate) mod k04_state;
pub(crate) mod k05_conservation;
pub(crate) mod k05_transform;
pub(crate) mod k06_ancestry;
pub(crate) mod k06_clearance;
pub(crate) mod k06_control;
pub(crate) mod k06_foreign;
pub(crate) mod k06_moves;
pub(crate) mod k06_orders;
pub(crate) mod k06_sources;
pub(crate) mod k07_matching;
pub(crate) mod k08_parking;
pub(crate) mod k08_quota;
pub(crate) mod k09_association;
pub(crate) mod k09_containment;
pub mod k10_statistics;
pub mod k11_disclosure;
pub(crate) mod k12_correction;

use crate::{
    machine::{
        act::Act,
        halt::{Halt, Needs},
    },
    profile::{Guard, Op, Plan, Step},
};

/// Runs a plan. On `Err` the caller undoes what was written.
pub(crate) fn apply(act: &mut Act<'_>, plan: &Plan) -> Result<(), Halt> {
    k04_state::expected(act)?;
    let mut needs = Needs::default();
    for step in &plan.steps {
        let result = run(act, step);
        needs.note(result)?;
    }
    needs.done()?;
    k07_matching::record_offer(act, plan);
    k07_matching::record_arrivals(act)
}

fn run(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    match &step.op {
        Op::Create { group } => k03_once::create(act, step, group.as_ref()),
        Op::Once { kind, what } => k03_once::once(act, *kind, what),
        Op::Rest(rest) => k06_sources::rest(act, rest),
        Op::Observe => k04_state::observe(act, step),
        Op::Use => k04_state::use_part(act, step),
        Op::Clear => k06_clearance::clear(act, step),
        Op::Hold => k04_state::hold(act, step),
        Op::Unhold => k04_state::unhold(act, step),
        Op::Advance { from, to } => k04_state::advance(act, step, from, *to),
        Op::Terminate { reason, contents } => k04_state::terminate(act, step, *reason, *contents),
        Op::Reinstate { reasons } => k04_state::reinstate(act, step, reasons),
        Op::PutDocument {
            document,
            digest,
            previous,
            controller,
        } => k04_document::put(act, document, *digest, *previous, controller.as_ref()),
        Op::Transform {
            reason,
            group,
            process,
            conserve,
        } => k05_transform::transform(
            act,
            step,
            *reason,
            group.as_ref(),
            process.as_ref(),
            *conserve,
        ),
        Op::Offer { to, arrives, .. } => k06_control::offer(act, step, to, *arrives),
        Op::Accept { from } => k06_control::accept(act, step, from.as_ref()),
        Op::Depart { chain, to, until } => k06_moves::depart(act, step, chain, to, *until),
        Op::Withdraw => k06_control::withdraw(act, step),
        Op::Decline => k06_control::decline(act, step),
        Op::Enclose { missing } => k09_containment::enclose(act, step, *missing),
        Op::Disclose => k09_containment::disclose(act, step),
        Op::Empty => k09_containment::empty(act, step),
        Op::Associate => k09_association::associate(act, step),
        Op::Dissociate => k09_association::dissociate(act, step),
        Op::Require(Guard::Inside) => k09_containment::listed_contents(act, step).map(|_| ()),
        Op::Require(Guard::ExactContents) => k09_containment::exact_contents(act, step),
        Op::Require(guard) => k04_state::guard(act, step, guard),
    }
}
