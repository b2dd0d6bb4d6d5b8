//! K3, at most once: creation and nullifiers.
//!
//! * An identifier is created once. Only if its creation was declared in error may it be created again; its history goes on.
//! * A group's attributes are fixed by whoever names it first; who names it again must say the same. A group with a limit
//!   takes no more objects than that (K5).
//! * A nullifier is a kind and a byte string; the second time is refused, and the first is named.

use crate::{
    id::{Code, PartyId, Scope, Value},
    kernel::{k05_conservation, k06_orders},
    machine::{
        Shared,
        act::{Act, Named},
        halt::Halt,
    },
    profile::{NewGroup, Step, Target},
    report::{Message, Part, Subject, reasons},
    say,
    state::{Flags, Group, Holder, Nullifier, Object, Status, keys},
    tx::DataClass,
};

/// Objects and quantities of the target come into being with the issuer.
pub(crate) fn create(act: &mut Act<'_>, step: &Step, group: Option<&NewGroup>) -> Result<(), Halt> {
    let count = act.objects(step.on)?.len();
    let derived = match group {
        Some(new) => name_group(act, step.on, new, count)?,
        None => false,
    };
    act.each(step.on, |act, named| {
        let mut object = record(act, named)?;
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
        object.holder = Some(Holder::Party(act.issuer.clone()));
        object.group = group.map(|new| new.group.clone());
        object.class = act.profile.class_of(named.id);
        object
            .flags
            .set(Flags::UNTRACKED, act.class == DataClass::Record);
        object.flags.set(Flags::DERIVED, derived);
        k06_orders::created(act, step.blocked_by, named, &object)?;
        act.enter(&mut object, &[]);
        act.store(named.id, named.spot, object);
        Ok(())
    })?;
    let holder = Holder::Party(act.issuer.clone());
    k05_conservation::each_line(act, step.on, |act, stock, amount| {
        k06_orders::stock(act, step.blocked_by, stock)?;
        k05_conservation::produce(act, &holder, stock, amount, &[])
    })
}

/// The record of an object that is to be created: what is known of it, if anything.
pub(crate) fn record(act: &Act<'_>, named: Named<'_>) -> Result<Shared, Halt> {
    let known = act.o.object_at(named.spot)?;
    Ok(known.unwrap_or_else(|| Object::unknown().into()))
}

/// Names a group, for the first time or again, and counts `count` objects into it. Returns whether its members were made
/// of other groups.
pub(crate) fn name_group(
    act: &mut Act<'_>,
    target: Target,
    new: &NewGroup,
    count: usize,
) -> Result<bool, Halt> {
    let key = keys::group(&new.group);
    let class = act
        .objects(target)?
        .first()
        .and_then(|first| act.profile.class_of(first));
    let known: Option<Group> = act.o.get(&key)?;
    let mut group = known.unwrap_or_else(|| Group {
        class: class.clone(),
        attributes: new.attributes.clone(),
        limit: new.limit,
        ..Group::bare(act.issuer.clone(), act.mark)
    });
    let subject = || Subject::Group(new.group.clone());
    if group.attributes != new.attributes
        || class.is_some() && group.class.is_some() && group.class != class
    {
        let message = differs(&group, new);
        return Err(Halt::refuse(
            &reasons::GROUP_DIFFERS,
            subject(),
            act.place,
            message,
        ));
    }
    group.class = group.class.or(class);
    group.made = group.made.saturating_add(count as u64);
    if let Some(limit) = group.limit.filter(|limit| group.made > *limit) {
        let message = format!(
            "{} objects would have been made of at most {limit}",
            group.made
        );
        return Err(Halt::refuse(
            &reasons::GROUP_EXHAUSTED,
            subject(),
            act.place,
            message,
        ));
    }
    act.o.put(key, &group);
    Ok(!group.made_of.is_empty())
}

/// What was stated of a group before and is stated otherwise.
fn differs(group: &Group, new: &NewGroup) -> Message {
    let codes = group.attributes.keys().chain(new.attributes.keys());
    for code in codes {
        let (known, stated) = (group.attributes.get(code), new.attributes.get(code));
        if known == stated {
            continue;
        }
        let show = |value: Option<&Value>| {
            value.map_or(Part::from("absent"), |value| {
                Part::Value(*code, value.clone())
            })
        };
        return say![
            Part::Attribute(*code),
            " is ",
            show(known),
            " by ",
            group.event,
            ", not ",
            show(stated),
        ];
    }
    say![group.event, " stated another class for it"]
}

/// Something happens that may happen once.
pub(crate) fn once(act: &mut Act<'_>, kind: Code, what: &Scope) -> Result<(), Halt> {
    let key = keys::nullifier(kind, what);
    if let Some(first) = act.o.get::<Nullifier>(&key)? {
        let message = say![
            what,
            " happened before, by ",
            first.event,
            " of ",
            &first.party,
            format!(" in block {}", first.height),
        ];
        return Err(act.refuse(&reasons::ALREADY_DONE, message));
    }
    let party: PartyId = act.issuer.clone();
    act.o.put(
        key,
        &Nullifier {
            event: act.mark,
            height: act.moment.height,
            party,
        },
    );
    Ok(())
}
