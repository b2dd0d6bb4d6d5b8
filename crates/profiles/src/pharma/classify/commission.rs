//! Commissioning: packs, logistic units and containers come into being.
//!
//! Packs: manufacturers and repackagers, of products they label. Logistic units and containers: any trading partner. The packs
//! of one event are of one trade item and one lot, because ILMD belongs to all of them.

use pangolin_gs1::{
    Key,
    id::{Gtin, Lot},
};
use pangolin_ledger::{
    id::ObjectSet,
    profile::{Need, NewGroup, Op, Plan, Step, Target, When, Who},
    report::{Part, Refusal},
    say,
};

use super::{Reading, trade, trading_partner};
use crate::{
    capture::id,
    pharma::{date, reason, role, words::field},
};

pub(super) fn plan(reading: &Reading<'_>) -> Result<Plan, Refusal> {
    reading.objects()?;
    match item(reading, &reading.event.objects, "/objects")? {
        None => Ok(trade().step(Step::new(Op::Create { group: None }, Target::Objects))),
        Some(gtin) => {
            let group = Some(lot(reading, &gtin)?);
            let plan = labelled(&gtin, [role::MANUFACTURER, role::REPACKAGER]);
            Ok(plan.step(Step::new(Op::Create { group }, Target::Objects)))
        }
    }
}

/// Authority to make packs of a trade item.
pub(super) fn labelled(
    gtin: &Gtin,
    makers: impl IntoIterator<Item = pangolin_ledger::id::Role>,
) -> Plan {
    let labels = Need {
        who: Who::Issuer,
        any_of: role::covering_gtin(gtin),
        when: When::Both,
    };
    Plan::new()
        .need(trading_partner())
        .need(Need::any(makers))
        .need(labels)
}

/// The trade item that all objects are packs of; `None` if none of them is a pack.
pub(super) fn item(
    reading: &Reading<'_>,
    objects: &ObjectSet,
    part: &str,
) -> Result<Option<Gtin>, Refusal> {
    // The set is sorted by bytes and packs of one item begin alike: first and last decide for all.
    let (first, last) = (objects.as_slice().first(), objects.as_slice().last());
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(None);
    };
    if id::item(first) != id::item(last) {
        let message = say![first, " and ", last, " are different items"];
        return Err(reading.refuse(&reason::MIXED_ITEMS, part, message));
    }
    let key = id::item(first).and_then(|_| id::key(first.as_bytes()));
    Ok(key.and_then(|key| key.gtin()))
}

/// The lot that ILMD describes.
pub(super) fn lot(reading: &Reading<'_>, gtin: &Gtin) -> Result<NewGroup, Refusal> {
    let missing = |reason, what| {
        reading.refuse(
            reason,
            "/attributes",
            format!("no {what} is stated for GTIN {gtin}"),
        )
    };
    let number = reading
        .field(field::LOT)
        .ok_or_else(|| missing(&reason::LOT_MISSING, "lot number"))?;
    let expiry = reading
        .field(field::EXPIRY)
        .ok_or_else(|| missing(&reason::EXPIRY_MISSING, "expiry date"))?;
    if date::local(reading.event).is_some_and(|today| *expiry < today) {
        let expires = Part::Value(field::EXPIRY, expiry.clone());
        let message = say!["the lot expires on ", expires, ", before the event"];
        return Err(reading.refuse(&reason::EXPIRY_PASSED, "/attributes", message));
    }
    let lot = std::str::from_utf8(number.as_bytes())
        .ok()
        .and_then(|text| Lot::new(text).ok());
    let group = lot.and_then(|lot| id::group(&Key::Lgtin { gtin: *gtin, lot }).ok());
    let group = group.ok_or_else(|| missing(&reason::LOT_MISSING, "valid lot number"))?;
    let attributes = [(field::EXPIRY, expiry.clone())].into_iter().collect();
    if !date::is_date(expiry) {
        return Err(missing(&reason::EXPIRY_MISSING, "valid expiry date"));
    }
    Ok(NewGroup {
        group,
        attributes,
        limit: None,
    })
}
