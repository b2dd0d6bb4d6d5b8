//! What the governance wants.

use core::net::SocketAddr;

use crate::{
    limits::{MAX_VALIDATORS, MIN_VALIDATORS},
    machine::{BlockContext, Overlay, halt::Halt},
    report::{Message, Subject, reasons},
    state::{Member, Members, Roster, Wanted, keys, tolerated},
};

use super::{keys_of, present};

/// Takes note of who is wanted. Where the present validators are, what is said of them is replaced at once, and other ones that were
/// wanted are not any more. Where nothing at all would change, the present ones get new shares: what an earlier set kept against
/// the rules is worth less then, and who lost its share has one again.
///
/// So many may come, or go, at once as the chain bears faults: if none of those that come ever starts, the others are still
/// enough. A chain with fewer than [`MIN_VALIDATORS`] may grow by one at a time.
pub(in crate::machine) fn want(
    block: &BlockContext,
    list: &[Member],
    place: &str,
    o: &mut Overlay,
) -> Result<(), Halt> {
    let subject = Subject::Chain(block.chain);
    let (mut roster, members) = present(o, subject, place)?;
    let unknown: Vec<_> = list
        .iter()
        .map(|member| keys::misconduct(&member.key))
        .collect();
    let unknown = o.unknown(&unknown);
    if !unknown.is_empty() {
        return Err(Halt::Need(unknown));
    }
    form(list, &roster, &members, block, place)?;
    for member in list {
        if o.has(&keys::misconduct(&member.key))? {
            let message = "this validator contradicted itself, and its key never validates again";
            let subject = Subject::Key(member.key);
            return Err(Halt::refuse(
                &reasons::VALIDATOR_SET,
                subject,
                place,
                message,
            ));
        }
    }

    let anew = list == members.list && !roster.wanted;
    let same = !anew && keys_of(list) == keys_of(&members.list);
    if same {
        let members = Members {
            list: list.to_vec(),
            ..members
        };
        o.put(keys::members(), &members);
        o.remove_if_present(keys::wanted())?;
    } else {
        let wanted = Wanted {
            list: list.to_vec(),
        };
        o.put(keys::wanted(), &wanted);
    }
    roster.wanted = !same;
    roster.changed = block.height;
    o.put(keys::roster(), &roster);
    Ok(())
}

/// Refuses a list that is not one of validators, or that changes too much at once.
fn form(
    list: &[Member],
    roster: &Roster,
    members: &Members,
    block: &BlockContext,
    place: &str,
) -> Result<(), Halt> {
    let refuse =
        |subject, message: Message| Halt::refuse(&reasons::VALIDATOR_SET, subject, place, message);
    let whole = |message: String| refuse(Subject::Chain(block.chain), message.into());
    if !list.array_windows().all(|[a, b]| a.key < b.key) {
        return Err(whole(
            "the validators must be in the order of their keys, each once".into(),
        ));
    }
    for member in list {
        let good = member.address.is_empty() || member.address.parse::<SocketAddr>().is_ok();
        if member.name.is_empty() || !good {
            let message = "a validator needs a name, and an address is a number and a port, like 192.0.2.7:7000";
            return Err(refuse(Subject::Key(member.key), message.into()));
        }
    }
    let (now, then) = (keys_of(&members.list), keys_of(list));
    let least = MIN_VALIDATORS.min(now.len());
    if then.len() < least || then.len() > MAX_VALIDATORS {
        let message = format!(
            "{} validators, and there must be {least} to {MAX_VALIDATORS}",
            then.len()
        );
        return Err(whole(message));
    }
    let (come, go) = (then.difference(&now).count(), now.difference(&then).count());
    let (may_come, may_go) = (tolerated(then.len()).max(1), tolerated(now.len()).max(1));
    if come > may_come || go > may_go {
        return Err(whole(format!(
            "{come} would come and {go} go, and at most {may_come} may come and {may_go} go at once; the present set is of epoch {}",
            roster.since
        )));
    }
    Ok(())
}
