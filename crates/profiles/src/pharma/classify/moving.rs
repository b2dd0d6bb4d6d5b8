//! Goods on their way: ship, return, void, receive.
//!
//! A shipment names up to three parties at each end. Custody goes from who has the goods to who is to have them: the possessing
//! party, else the owner, else the party the place belongs to; in a drop shipment the place comes before the buyer. Ownership
//! changes if the owner at the destination is another than at the source; that needs the transaction statement. Who
//! ships goods of another owner is a logistics provider.
//!
//! What was shipped as a return arrives as one, whatever the receipt calls it: it is verified before it is sold.

use pangolin_ledger::{
    id::{Code, PartyId},
    profile::{Blocks, Need, Op, Plan, Step, Target},
    report::Refusal,
    say,
};

use super::{Reading, other_party, saleable, step, trade, whole};
use crate::{
    capture::attribute,
    pharma::{
        act::Act,
        reason, role,
        settings::Statement,
        words::{field, stage},
    },
};

/// Who goods may go back to.
const UPSTREAM: [pangolin_ledger::id::Role; 6] = [
    role::MANUFACTURER,
    role::REPACKAGER,
    role::WHOLESALER,
    role::LOGISTICS,
    role::RETURNS,
    role::GOVERNMENT,
];

pub(super) fn ship(reading: &Reading<'_>, act: Act) -> Result<Plan, Refusal> {
    let on = reading.target()?;
    let issuer = reading.claim.issuer;
    let to = destination(reading).ok_or_else(|| {
        reading.refuse(
            &reason::DESTINATION_MISSING,
            "/destination",
            "the shipment names no receiver",
        )
    })?;
    let mut plan = from_holder(reading, trade())?;
    let departure = reading.departure()?;
    if to == *issuer && departure.is_none() {
        // Between places of one party nothing changes hands; an order on hold stops it all the same.
        return Ok(plan.step(step(Op::Observe, on, Blocks::HOLD)));
    }
    if let Some(departure) = departure {
        // who may receive there is that chain's affair
        return depart(reading, act, plan, departure.op(to));
    }
    let buyer = reading.party(attribute::OWNER_TO);
    plan = plan.need(other_party(&to, [role::TRADING_PARTNER]));
    if let Some(buyer) = buyer
        .as_ref()
        .filter(|buyer| **buyer != to && *buyer != issuer)
    {
        plan = plan.need(other_party(buyer, [role::TRADING_PARTNER]));
    }
    let offer = Op::Offer {
        to: to.clone(),
        within_ms: Some(reading.settings.handover_ms),
        arrives: match act {
            Act::Return => stage::RETURNED,
            _ => stage::NORMAL,
        },
    };
    if act == Act::Return {
        return Ok(plan
            .need(other_party(&to, UPSTREAM))
            .step(step(offer, on, Blocks::HOLD)));
    }
    statement(reading, &to)?;
    plan = whole(saleable(plan, on), on);
    plan = reading.not_expired(plan, on, Blocks::ALL);
    Ok(plan.step(Step::new(offer, on)))
}

/// Goods leave for a party on another chain, under the same rules as for one on this.
fn depart(reading: &Reading<'_>, act: Act, plan: Plan, lock: Op) -> Result<Plan, Refusal> {
    let on = reading.target()?;
    if act == Act::Return {
        // what arrives there as it left here has to be verified before it is sold
        return Ok(plan.step(back(on)).step(step(lock, on, Blocks::HOLD)));
    }
    if let Op::Depart { to, .. } = &lock {
        statement(reading, to)?;
    }
    let plan = whole(saleable(plan, on), on);
    let plan = reading.not_expired(plan, on, Blocks::ALL);
    Ok(plan.step(Step::new(lock, on)))
}

/// Who is to have the goods.
fn destination(reading: &Reading<'_>) -> Option<PartyId> {
    let site = || place_party(reading, attribute::PLACE_TO);
    if reading.flag(field::DROP_SHIPMENT) == Some(true)
        && reading.field(attribute::HOLDER_TO).is_none()
    {
        return site().or_else(|| reading.event.destination.clone());
    }
    reading.event.destination.clone()
}

/// The party that a place belongs to: the GLN without its extension.
fn place_party(reading: &Reading<'_>, code: Code) -> Option<PartyId> {
    let place = reading.field(code)?.as_bytes();
    let gln = place
        .get(..13)
        .filter(|_| place.get(13).is_none_or(|byte| *byte == b'.'));
    PartyId::new(gln.unwrap_or(place)).ok()
}

/// The issuer has the goods; if they are another's, it is a logistics provider.
fn from_holder(reading: &Reading<'_>, plan: Plan) -> Result<Plan, Refusal> {
    reading.by_sender(&reason::SOURCE_DIFFERS)?;
    let issuer = reading.claim.issuer;
    Ok(match reading.party(attribute::OWNER_FROM) {
        Some(owner) if owner != *issuer => plan.need(Need::role(role::LOGISTICS)),
        _ => plan,
    })
}

/// Ownership changes with an affirmed statement only (§581(27)).
fn statement(reading: &Reading<'_>, to: &PartyId) -> Result<(), Refusal> {
    if reading.settings.statement == Statement::Watch
        || !changes_owner(reading.event, reading.claim.issuer, to)
    {
        return Ok(());
    }
    match reading.flag(field::STATEMENT) {
        Some(true) => Ok(()),
        Some(false) => {
            let message = "the transaction statement is denied";
            Err(reading.refuse(&reason::STATEMENT_DENIED, "/attributes", message))
        }
        None => {
            let message = say!["goods are sold to ", to, " without a transaction statement"];
            Err(reading.refuse(&reason::STATEMENT_MISSING, "/attributes", message))
        }
    }
}

/// Whether a shipment to `to` changes the owner: the owners stated differ, or only one custodian gives to another and nobody
/// says that the owner stays.
pub(in crate::pharma) fn changes_owner(
    event: &pangolin_ledger::tx::Event,
    issuer: &PartyId,
    to: &PartyId,
) -> bool {
    let party = |code| {
        event
            .attributes
            .get(&code)
            .and_then(|value| PartyId::new(value.as_bytes()).ok())
    };
    let seller = party(attribute::OWNER_FROM).unwrap_or_else(|| issuer.clone());
    match (party(attribute::OWNER_TO), party(attribute::HOLDER_TO)) {
        (Some(buyer), _) => buyer != seller,
        // Only possession is stated to change.
        (None, Some(_)) => false,
        (None, None) => *to != seller,
    }
}

/// The shipment is called off; also if the goods are meanwhile recalled.
pub(super) fn void(reading: &Reading<'_>) -> Result<Plan, Refusal> {
    let on = reading.target()?;
    Ok(from_holder(reading, trade())?.step(step(Op::Withdraw, on, Blocks::NONE)))
}

/// What arrived is recorded even if it is recalled, held or expired: custody must be known, above all then. Only a receipt
/// that calls goods sellable is refused if they have expired: it is to say what they are.
pub(super) fn receive(reading: &Reading<'_>, act: Act) -> Result<Plan, Refusal> {
    let on = reading.target()?;
    let issuer = reading.claim.issuer;
    reading.by_receiver(&reason::DESTINATION_DIFFERS)?;
    let from = reading
        .party(attribute::HOLDER_FROM)
        .or_else(|| reading.party(attribute::OWNER_FROM));
    if from.as_ref() == Some(issuer) {
        let plan = trade().step(step(Op::Observe, on, Blocks::HOLD));
        return Ok(reading.sellable(plan, on));
    }
    let plan = trade().step(step(Op::Accept { from }, on, Blocks::NONE).inferring());
    // The receiver has the goods by now: what it says about them is judged by what they are.
    let plan = reading.sellable(plan, on);
    Ok(match act {
        Act::ReceiveReturn => plan.step(back(on)),
        _ => plan,
    })
}

/// Goods that came back are verified before they are sold (§582(c)(4)(D)).
pub(super) fn back(on: Target) -> Step {
    let back = Op::Advance {
        from: vec![stage::NORMAL, stage::RETURNED],
        to: stage::RETURNED,
    };
    step(back, on, Blocks::NONE)
}
