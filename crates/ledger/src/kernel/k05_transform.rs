//! K5 on transformations: inputs are used up, outputs come into being, and not more comes out than the profile allows.
//!
//! * Every input object ends, every input quantity leaves its holder; the outputs' provenance joins all of theirs.
//! * A transformation may be spread over several events of one issuer under one identity: its record keeps the sums, and
//!   the sum of what came out is judged against the sum of what went in by then.
//! * The group of the outputs remembers the groups of the inputs: an order on one of those concerns the outputs (K9).
//! * The outputs came over every chain that an input of the same transformation came over. Inputs from other chains wait until
//!   their own history was walked back to its origins (`k06_ancestry`): afterwards nobody could show which they were.

use std::collections::BTreeSet;

use crate::{
    id::{ChainId, Code, Digest32, GroupId, Scope},
    kernel::{
        k03_once, k04_state, k05_conservation,
        k06_ancestry::{self, Parts},
        k06_orders, k09_containment,
    },
    limits::{MAX_LINEAGE, MAX_PASSED},
    machine::{act::Act, halt::Halt},
    profile::{Conserve, NewGroup, Step, Target, Waits},
    report::{Refusal, Subject, reasons},
    say,
    state::{Flags, Group, Holder, Process, Status, keys},
    tx::{DataClass, Quantities, Stock},
};

/// Uses up the event's objects and quantities and makes its outputs.
pub(crate) fn transform(
    act: &mut Act<'_>,
    step: &Step,
    reason: Code,
    group: Option<&NewGroup>,
    process: Option<&Scope>,
    conserve: Conserve,
) -> Result<(), Halt> {
    let mut used = use_up(act, step, reason)?;
    let totals = Process {
        inputs: sum(act, &act.event.quantities)?,
        outputs: sum(act, &act.event.outputs.quantities)?,
        provenance: Digest32([0; 32]),
        passed: BTreeSet::new(),
        ancestry: None,
        attested: act.attested,
    };
    let totals = match process {
        None => totals,
        Some(id) => {
            let key = keys::process(act.issuer, id);
            let before = act.o.get::<Process>(&key)?;
            act.attested |= before.as_ref().is_some_and(|before| before.attested);
            let earlier = before.as_ref().map(|before| before.provenance);
            let over = before.iter().flat_map(|before| &before.passed);
            used.passed.extend(over.copied());
            few_chains(act, &used.passed)?;
            if let Some(known) = before.as_ref().and_then(|before| before.ancestry.as_ref()) {
                used.parts.add_known(known);
            }
            let provenance = act.descend(
                earlier
                    .into_iter()
                    .chain(used.parents.iter().copied())
                    .collect(),
            );
            let add = |a: u64, b: u64| a.checked_add(b).ok_or_else(|| overflow(act));
            let both = Process {
                inputs: add(
                    totals.inputs,
                    before.as_ref().map_or(0, |before| before.inputs),
                )?,
                outputs: add(
                    totals.outputs,
                    before.as_ref().map_or(0, |before| before.outputs),
                )?,
                provenance,
                passed: used.passed.clone(),
                ancestry: used.parts.ancestry(act, provenance)?,
                attested: act.attested,
            };
            used.parents.extend(earlier);
            act.o.put(key, &both);
            both
        }
    };
    if let Conserve::AtMost { outputs, inputs } = conserve
        && u128::from(totals.outputs) * u128::from(inputs)
            > u128::from(totals.inputs) * u128::from(outputs)
    {
        let message = format!("{} came out of {}", totals.outputs, totals.inputs);
        // In a process, inputs reported later may make up for it.
        let halt = act.refuse(&reasons::TOO_MUCH_OUT, message);
        return Err(halt);
    }
    make(act, step, group, &used)
}

fn overflow(act: &Act<'_>) -> Halt {
    act.refuse(&reasons::OVERFLOW, "the sum of the quantities is too large")
}

fn sum(act: &Act<'_>, lines: &Quantities) -> Result<u64, Halt> {
    let sum = lines
        .values()
        .try_fold(0u64, |sum, amount| sum.checked_add(amount.0));
    sum.ok_or_else(|| overflow(act))
}

/// The inputs that were used up.
struct Used {
    /// Their digests.
    parents: Vec<Digest32>,
    /// The groups they were of.
    origins: BTreeSet<GroupId>,
    /// The chains they came over.
    passed: BTreeSet<ChainId>,
    /// What was walked of their histories over those.
    parts: Parts,
}

/// Ends the inputs.
fn use_up(act: &mut Act<'_>, step: &Step, reason: Code) -> Result<Used, Halt> {
    let mut parents = BTreeSet::new();
    let mut origins = BTreeSet::new();
    let mut passed = BTreeSet::new();
    let mut parts = Parts::default();
    let mut attested = false;
    act.each(Target::Objects, |act, named| {
        let mut loaded = k04_state::free(act, step, named)?;
        k04_state::not_offered(act, &loaded)?;
        k06_ancestry::shown(act, &loaded)?;
        parts.add(act, &loaded)?;
        if loaded.object.has_contents() {
            let message = format!("{} objects are inside", loaded.object.children);
            return Err(act.waits_for(&loaded, Waits::PLACE, &reasons::NOT_EMPTY, message));
        }
        origins.extend(k09_containment::lineage(act, &loaded.object)?);
        origins.extend(loaded.object.group.clone());
        passed.extend(loaded.object.passed.iter().copied());
        parents.insert(loaded.object.provenance);
        parents.extend(loaded.joins.iter().copied());
        attested |= loaded.object.flags.has(Flags::ATTESTED);
        loaded.object.status = Status::Terminated(reason);
        act.save(loaded);
        Ok(())
    })?;
    let holder = Holder::Party(act.issuer.clone());
    k05_conservation::each_line(act, Target::Objects, |act, stock, amount| {
        k06_orders::stock(act, step.blocked_by, stock)?;
        if let Stock::Group(group) = stock {
            let record: Option<Group> = act.o.get(&keys::group(group))?;
            origins.extend(record.into_iter().flat_map(|record| record.made_of));
            origins.insert(group.clone());
        }
        parents.insert(k05_conservation::consume(act, &holder, stock, amount)?);
        Ok(())
    })?;
    few_chains(act, &passed)?;
    // what is made is marked, what was used up stays as it was
    act.attested |= attested;
    Ok(Used {
        parents: parents.into_iter().collect(),
        origins,
        passed,
        parts,
    })
}

fn few_chains(act: &Act<'_>, passed: &BTreeSet<ChainId>) -> Result<(), Halt> {
    if passed.len() <= MAX_PASSED {
        return Ok(());
    }
    let message = format!("its inputs came over more than {MAX_PASSED} chains");
    Err(act.refuse(&reasons::TOO_MIXED, message))
}

/// Creates the outputs.
fn make(act: &mut Act<'_>, step: &Step, group: Option<&NewGroup>, used: &Used) -> Result<(), Halt> {
    let (parents, origins) = (&used.parents, &used.origins);
    let mut derived = false;
    if let Some(new) = group {
        let count = act.event.outputs.objects.len();
        k03_once::name_group(act, Target::Outputs, new, count)?;
        derived = descend(act, &new.group, origins)?;
    }
    let holder = Holder::Party(act.issuer.clone());
    act.each(Target::Outputs, |act, named| {
        let mut object = k03_once::record(act, named)?;
        if !matches!(object.status, Status::Unknown | Status::Voided) {
            let message = say![
                "it was created before; its last event is ",
                object.last_event
            ];
            return Err(Halt::refuse(
                &reasons::ALREADY_CREATED,
                Subject::Object(named.id.clone()),
                &act.path(named.at),
                message,
            ));
        }
        object.status = Status::Live;
        object.holder = Some(holder.clone());
        object.group = group.map(|new| new.group.clone());
        object.class = act.profile.class_of(named.id);
        object
            .flags
            .set(Flags::UNTRACKED, act.class == DataClass::Record);
        object.flags.set(Flags::DERIVED, derived);
        object.passed.clone_from(&used.passed);
        // every input that came over another chain was
        object.flags.set(Flags::WALKED, !used.passed.is_empty());
        k06_orders::created(act, step.blocked_by, named, &object)?;
        act.enter(&mut object, parents);
        if let Some(ancestry) = used.parts.ancestry(act, object.provenance)? {
            act.o.put(keys::ancestry(named.id), &ancestry);
        }
        act.store(named.id, named.spot, object);
        Ok(())
    })?;
    k05_conservation::each_line(act, Target::Outputs, |act, stock, amount| {
        if let Stock::Group(group) = stock {
            descend(act, group, origins)?;
        }
        k05_conservation::produce(act, &holder, stock, amount, parents)
    })
}

/// The group's members descend from `origins`. Returns whether it has any origins.
fn descend(act: &mut Act<'_>, group: &GroupId, origins: &BTreeSet<GroupId>) -> Result<bool, Halt> {
    let key = keys::group(group);
    let known: Option<Group> = act.o.get(&key)?;
    let mut record = known.unwrap_or_else(|| Group::bare(act.issuer.clone(), act.mark));
    let before = record.made_of.len();
    record
        .made_of
        .extend(origins.iter().filter(|origin| *origin != group).cloned());
    if record.made_of.len() > MAX_LINEAGE {
        let message = format!("its members would descend from more than {MAX_LINEAGE} groups");
        let refusal = Refusal::new(
            &reasons::TOO_MIXED,
            Subject::Group(group.clone()),
            act.place,
            message,
        );
        return Err(refusal.into());
    }
    let derived = !record.made_of.is_empty();
    if record.made_of.len() != before || record.event == act.mark {
        act.o.put(key, &record);
    }
    Ok(derived)
}
