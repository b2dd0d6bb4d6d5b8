//! What a chain holds of another's orders, against what that chain wrote: the notices taken note of so far, followed one by one.

use std::collections::{BTreeMap, BTreeSet};

use pangolin_ledger::{
    OrderId, OrderScope,
    state::{Change, Feed, Notice, Notices, OrdersOn, keys},
};

use crate::{cast::NAMES, judge::Judge};

/// The orders of chain `of` that chain `at` was told of as ended.
pub(crate) fn known_to_end(judge: &Judge, at: usize, of: usize) -> BTreeSet<OrderId> {
    let (here, there) = (&judge.chains[at], &judge.chains[of]);
    let feed: Feed = here.get(&keys::feed(&there.id)).unwrap_or_default();
    let told = (0..feed.next).filter_map(|seq| there.get::<Notice>(&keys::notice(seq)));
    told.filter(|notice| matches!(notice.change, Change::Ended))
        .map(|notice| notice.order)
        .collect()
}

/// Whether chain `at` holds exactly the orders of chain `of` that the notices known to it tell of.
pub(crate) fn compare(judge: &Judge, at: usize, of: usize) -> Result<(), String> {
    let (here, there) = (&judge.chains[at], &judge.chains[of]);
    if !there.honest {
        return Ok(());
    }
    let feed: Feed = here.get(&keys::feed(&there.id)).unwrap_or_default();
    let written: Notices = there.get(&keys::notices()).unwrap_or_default();
    if feed.next > written.next {
        return Err(format!(
            "{} knows more notices than {} wrote",
            NAMES[at], NAMES[of]
        ));
    }
    let mut expected: BTreeMap<OrderScope, Vec<OrderId>> = BTreeMap::new();
    for seq in 0..feed.next {
        let notice: Option<Notice> = there.get(&keys::notice(seq));
        let Some(notice) = notice else {
            return Err(format!("notice {seq} of {} is gone", NAMES[of]));
        };
        let orders = expected.entry(notice.scope).or_default();
        match notice.change {
            Change::Began { .. } => orders.push(notice.order),
            Change::Ended => orders.retain(|order| *order != notice.order),
            Change::Exempted(_) => {}
        }
    }
    for (scope, orders) in expected {
        let held: Option<OrdersOn> = here.get(&keys::foreign_orders(&there.id, &scope));
        let held = held.unwrap_or_default().orders.into_iter();
        let held: Vec<OrderId> = held.map(|order| order.order).collect();
        if held != orders {
            return Err(format!(
                "{} holds other orders of {} than it was told of",
                NAMES[at], NAMES[of]
            ));
        }
    }
    Ok(())
}
