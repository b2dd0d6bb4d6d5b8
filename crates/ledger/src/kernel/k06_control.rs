//! K6, exclusive control: custody changes hands in two phases.
//!
//! * *Offer*: the custodian names who may accept. Until then it stays custodian, and nothing else may happen to the object.
//! * *Accept*: only the party that was named becomes custodian, of the object and of everything inside.
//! * What was offered to arrive at a stage is at it once it is accepted; withdrawn, it is as it was.
//! * *Withdraw* and *decline* end an offer without a change of custody, from either side.
//! * Hence an object has exactly one custodian at any moment, and no party becomes one without its own statement.
//! * Objects inside a container that is in the same list are covered by it. An object inside another container may be
//!   accepted alone (by inference); the rest of the container stays offered.

use crate::{
    id::{Code, PartyId},
    kernel::{k02_authority, k04_state, k05_conservation, k06_orders, k09_containment},
    machine::{
        act::{Act, Loaded},
        halt::Halt,
    },
    profile::{Step, Waits},
    report::{Subject, reasons},
    say,
    state::{Holder, Pending, Received},
};

/// Objects and quantities are offered to `to`.
pub(crate) fn offer(
    act: &mut Act<'_>,
    step: &Step,
    to: &PartyId,
    arrives: Code,
) -> Result<(), Halt> {
    let place = format!("{}/destination", act.place);
    if to == act.issuer {
        let message = "a party does not offer to itself";
        return Err(Halt::refuse(
            &reasons::OFFER_TO_SELF,
            Subject::Party(to.clone()),
            &place,
            message,
        ));
    }
    k02_authority::party(act.o, to, act.moment.now, &place)?;
    act.each(step.on, |act, named| {
        let loaded = act.live(named)?;
        if act.covered(step, &loaded) {
            return Ok(());
        }
        let mut loaded = k04_state::freed(act, step, loaded)?;
        k04_state::not_offered(act, &loaded)?;
        loaded.object.pending = Some(Pending {
            to: to.clone(),
            offer: act.mark,
            stage: arrives,
        });
        act.offered = act.offered.saturating_add(1);
        act.save(loaded);
        Ok(())
    })?;
    let from = Holder::Party(act.issuer.clone());
    let transit = Holder::Transit {
        from: act.issuer.clone(),
        to: to.clone(),
    };
    k05_conservation::each_line(act, step.on, |act, stock, amount| {
        k06_orders::stock(act, step.blocked_by, stock)?;
        k05_conservation::shift(act, &from, &transit, stock, amount)
    })
}

/// The issuer accepts what was offered to it.
pub(crate) fn accept(act: &mut Act<'_>, step: &Step, from: Option<&PartyId>) -> Result<(), Halt> {
    act.each(step.on, |act, named| {
        let mut loaded = act.live(named)?;
        if act.covered(step, &loaded) {
            return Ok(());
        }
        let (giver, pending) = offered(act, &loaded)?;
        if from.is_some_and(|from| *from != giver) {
            let message = say!["the custodian is ", &giver];
            return Err(act.waits_for(&loaded, Waits::CUSTODY, &reasons::NOT_CUSTODIAN, message));
        }
        k06_orders::check(act, step.blocked_by, &loaded)?;
        if loaded.is_inside() {
            if !step.infer {
                let message = "the container around it was offered, not the object";
                return Err(act.waits_for(
                    &loaded,
                    Waits::PLACE,
                    &reasons::INSIDE_CONTAINER,
                    message,
                ));
            }
            k06_orders::leaves(act, &loaded)?;
            loaded = k09_containment::take_out(act, loaded)?;
        } else {
            act.handovers.entry(pending.offer).or_default().0 += 1;
        }
        loaded.object.holder = Some(Holder::Party(act.issuer.clone()));
        loaded.object.pending = None;
        loaded.object.inherit(false, [pending.stage]);
        loaded.object.received = Some(Received {
            from: giver,
            offer: pending.offer,
        });
        act.save(loaded);
        Ok(())
    })?;
    let to = Holder::Party(act.issuer.clone());
    k05_conservation::each_line(act, step.on, |act, stock, amount| {
        let giver = from.ok_or_else(|| missing(act, "source"))?;
        let transit = Holder::Transit {
            from: giver.clone(),
            to: act.issuer.clone(),
        };
        k06_orders::stock(act, step.blocked_by, stock)?;
        k05_conservation::shift(act, &transit, &to, stock, amount)
    })
}

/// The custodian takes back what it offered.
pub(crate) fn withdraw(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    act.each(step.on, |act, named| {
        let loaded = act.live(named)?;
        if act.covered(step, &loaded) {
            return Ok(());
        }
        act.by_custodian(step, &loaded)?;
        end_offer(act, step, loaded)
    })?;
    let to = Holder::Party(act.issuer.clone());
    k05_conservation::each_line(act, step.on, |act, stock, amount| {
        let receiver = act
            .event
            .destination
            .clone()
            .ok_or_else(|| missing(act, "destination"))?;
        let transit = Holder::Transit {
            from: act.issuer.clone(),
            to: receiver,
        };
        k05_conservation::shift(act, &transit, &to, stock, amount)
    })
}

/// The issuer declines what was offered to it.
pub(crate) fn decline(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    act.each(step.on, |act, named| {
        let loaded = act.live(named)?;
        if act.covered(step, &loaded) {
            return Ok(());
        }
        offered(act, &loaded)?;
        end_offer(act, step, loaded)
    })?;
    k05_conservation::each_line(act, step.on, |act, stock, amount| {
        let giver = act
            .event
            .source
            .clone()
            .ok_or_else(|| missing(act, "source"))?;
        let transit = Holder::Transit {
            from: giver.clone(),
            to: act.issuer.clone(),
        };
        k05_conservation::shift(act, &transit, &Holder::Party(giver), stock, amount)
    })
}

/// The custodian and the offer, if it was made to the issuer.
fn offered(act: &Act<'_>, loaded: &Loaded) -> Result<(PartyId, Pending), Halt> {
    match (loaded.custodian(), loaded.pending()) {
        (Some(custodian), Some(pending)) if pending.to == *act.issuer => {
            Ok((custodian.clone(), pending.clone()))
        }
        (_, Some(pending)) => {
            let message = say!["it was offered to ", &pending.to, ", not to ", act.issuer];
            Err(act.waits_for(loaded, Waits::CUSTODY, &reasons::NOT_OFFERED, message))
        }
        (_, None) => {
            let message = say!["it was not offered to ", act.issuer];
            Err(act.waits_for(loaded, Waits::CUSTODY, &reasons::NOT_OFFERED, message))
        }
    }
}

fn end_offer(act: &mut Act<'_>, step: &Step, mut loaded: Loaded) -> Result<(), Halt> {
    k06_orders::check(act, step.blocked_by, &loaded)?;
    if loaded.is_inside() {
        let message = "the offer was of the outermost container";
        return Err(act.waits_for(&loaded, Waits::PLACE, &reasons::NOT_OUTERMOST, message));
    }
    let Some(pending) = loaded.object.pending.take() else {
        return Err(act.waits_for(
            &loaded,
            Waits::CUSTODY,
            &reasons::NOT_OFFERED,
            "it was not offered",
        ));
    };
    act.handovers.entry(pending.offer).or_default().1 += 1;
    act.save(loaded);
    Ok(())
}

fn missing(act: &Act<'_>, field: &str) -> Halt {
    let place = format!("{}/{field}", act.place);
    let message = format!("quantities need the {field} of the hand-over");
    Halt::refuse(
        &reasons::MISSING_FIELD,
        Subject::Event(act.event.id),
        &place,
        message,
    )
}
