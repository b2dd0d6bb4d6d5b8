//! The end of a block: deadlines that have come, and work that earlier transactions left over.
//!
//! 1. The deadlines that this block registered are written, as pages, to their buckets. What is due at once goes to the
//!    bucket of the cursor.
//! 2. Buckets are worked off in order, entry by entry, at most [`MAX_DUE_PER_BLOCK`] entries and
//!    [`MAX_BUCKETS_PER_BLOCK`] buckets per block; the cursor remembers where. A bucket that is done leaves nothing behind.
//! 3. What that work registered is written.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    id::TimeMs,
    kernel::k08_parking,
    limits::{MAX_BUCKETS_PER_BLOCK, MAX_DUE_PER_BLOCK, MAX_DUE_PER_PAGE},
    machine::{
        BlockContext, Machine, Overlay,
        cascade::{self, Budget},
        halt::{Halt, Needs},
        orders,
    },
    report::Effect,
    state::{
        Due, DueCursor, DueHead, DuePage, EventState, Handover, Key, Missing, Order, Params,
        Parked, keys,
    },
    tx::OrderScope,
};

/// Keys that every block's end reads.
pub(super) fn hints(block: &BlockContext) -> Vec<Key> {
    let mut keys = vec![
        keys::params(),
        keys::due_cursor(),
        keys::due_head(Due::bucket_now(block.time)),
    ];
    keys.push(keys::due_head(Due::bucket_now(block.parent_time)));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Works off what is due and registers what the block deferred.
pub(super) fn end_block(
    machine: &Machine,
    block: &BlockContext,
    o: &mut Overlay,
    registered: &[(TimeMs, Due)],
) -> Result<Vec<Effect>, Halt> {
    let params: Params = o.get(&keys::params())?.unwrap_or_default();
    let now = Due::bucket_now(block.time);
    let key = keys::due_cursor();
    let start = o.get::<DueCursor>(&key)?.unwrap_or(DueCursor {
        bucket: now,
        page: 0,
        entry: 0,
    });
    let mut effects = Vec::new();
    register(o, start, registered)?;
    let cursor = work_off(machine, block, &params, o, start, &mut effects)?;
    if cursor != start {
        o.put(key, &cursor);
    }
    let fresh = o.take_due();
    register(o, cursor, &fresh)?;
    Ok(effects)
}

fn work_off(
    machine: &Machine,
    block: &BlockContext,
    params: &Params,
    o: &mut Overlay,
    start: DueCursor,
    effects: &mut Vec<Effect>,
) -> Result<DueCursor, Halt> {
    let (entries, cursor) = select(o, start, Due::bucket_now(block.time))?;
    prefetch(o, &entries)?;
    let mut ready = BTreeSet::new();
    let mut needs = Needs::default();
    for due in entries {
        let result = handle(block, o, due, &mut ready, effects);
        needs.note(result)?;
    }
    needs.done()?;
    cascade::run(
        machine,
        block,
        params,
        o,
        ready,
        Budget::of_block(),
        effects,
    )?;
    Ok(cursor)
}

/// Takes the entries that this block handles out of their buckets; returns them and where the next block goes on.
fn select(o: &mut Overlay, start: DueCursor, now: i64) -> Result<(Vec<Due>, DueCursor), Halt> {
    let last = now.min(start.bucket.saturating_add_unsigned(MAX_BUCKETS_PER_BLOCK));
    let heads: Vec<Key> = (start.bucket..=last).map(keys::due_head).collect();
    cascade::require(o, &heads)?;
    let mut pages = Vec::new();
    let mut first = start.page;
    for (bucket, head) in (start.bucket..=last).zip(&heads) {
        let head = o.get::<DueHead>(head)?.unwrap_or_default();
        pages.extend(
            (first..head.pages)
                .take(MAX_DUE_PER_BLOCK - pages.len())
                .map(|page| (bucket, page)),
        );
        first = 0;
    }
    let page_keys: Vec<Key> = pages
        .iter()
        .map(|(bucket, page)| keys::due_page(*bucket, *page))
        .collect();
    cascade::require(o, &page_keys)?;
    let mut cursor = start;
    let mut entries = Vec::new();
    for ((bucket, page), key) in pages.into_iter().zip(page_keys) {
        if bucket != cursor.bucket {
            pass(o, cursor.bucket, bucket)?;
            cursor = DueCursor {
                bucket,
                page,
                entry: 0,
            };
        }
        let record: DuePage = o.get(&key)?.ok_or(Halt::Corrupt(key))?;
        let rest = record
            .entries
            .get(cursor.entry as usize..)
            .unwrap_or_default();
        let room = MAX_DUE_PER_BLOCK - entries.len();
        entries.extend(rest.iter().take(room).cloned());
        if rest.len() > room {
            cursor.entry += u32::try_from(room).unwrap_or(u32::MAX);
            return Ok((entries, cursor));
        }
        o.remove(key);
        cursor = DueCursor {
            bucket,
            page: page + 1,
            entry: 0,
        };
        if entries.len() >= MAX_DUE_PER_BLOCK {
            return Ok((entries, cursor));
        }
    }
    if cursor.bucket < last {
        pass(o, cursor.bucket, last)?;
        cursor = DueCursor {
            bucket: last,
            page: 0,
            entry: 0,
        };
    }
    Ok((entries, cursor))
}

/// Nothing is left of the buckets from `from` up to, but not including, `to`.
fn pass(o: &mut Overlay, from: i64, to: i64) -> Result<(), Halt> {
    for bucket in from..to {
        o.remove_if_present(keys::due_head(bucket))?;
    }
    Ok(())
}

/// Asks at once for what the entries will read, as far as it can be named.
fn prefetch(o: &Overlay, entries: &[Due]) -> Result<(), Halt> {
    let causes: Vec<Key> = entries
        .iter()
        .map(|due| match due {
            Due::Parked(event) => keys::parked(event),
            Due::Handover(offer) => keys::handover(offer),
            Due::Order(order) => keys::order(order),
            Due::Retry(missing) => keys::waiting(missing),
        })
        .collect();
    cascade::require(o, &causes)?;
    let mut follow = Vec::new();
    for (due, key) in entries.iter().zip(&causes) {
        match due {
            Due::Parked(event) => {
                if let Some(parked) = o.get::<Parked>(key)? {
                    follow.extend([keys::event(event), keys::usage(&parked.issuer)]);
                    for missing in &parked.missing {
                        follow.push(keys::waiting(missing));
                        follow.extend(match missing {
                            Missing::Object(object) => Some(keys::object(object)),
                            Missing::Stock { holder, stock } => Some(keys::balance(holder, stock)),
                            Missing::Feed { chain, .. } => Some(keys::feed(chain)),
                            Missing::Ancestry(_) | Missing::Fact { .. } => None,
                        });
                    }
                }
            }
            Due::Order(_) => {
                if let Some(order) = o.get::<Order>(key)? {
                    follow.push(keys::orders_on(&order.terms.scope));
                    if let OrderScope::Object(object) = &order.terms.scope {
                        follow.push(keys::object(object));
                    }
                }
            }
            Due::Handover(_) | Due::Retry(_) => {}
        }
    }
    cascade::require(o, &follow)
}

fn handle(
    block: &BlockContext,
    o: &mut Overlay,
    due: Due,
    ready: &mut BTreeSet<Missing>,
    effects: &mut Vec<Effect>,
) -> Result<(), Halt> {
    match due {
        Due::Parked(event) => {
            let Some(parked) = o.get::<Parked>(&keys::parked(&event))? else {
                return Ok(());
            };
            // An event that lapsed and was sent again waits under a later deadline.
            if parked.deadline <= block.time {
                k08_parking::unpark(o, &parked)?;
                cascade::settle(o, &parked, EventState::Expired)?;
                effects.push(Effect::Lapsed(event));
            }
        }
        Due::Handover(offer) => {
            let key = keys::handover(&offer);
            let Some(mut handover) = o.get::<Handover>(&key)? else {
                return Ok(());
            };
            if !handover.is_complete() && !handover.overdue {
                handover.overdue = true;
                let open = handover
                    .offered
                    .saturating_sub(handover.accepted)
                    .saturating_sub(handover.returned);
                effects.push(Effect::Overdue { offer, open });
                o.put(key, &handover);
            }
        }
        Due::Order(order) => effects.extend(orders::lapse(o, block, order)?),
        Due::Retry(subject) => {
            ready.insert(subject);
        }
    }
    Ok(())
}

/// Appends deadlines to their buckets, in the order in which they were registered.
fn register(o: &mut Overlay, cursor: DueCursor, registered: &[(TimeMs, Due)]) -> Result<(), Halt> {
    let mut buckets: BTreeMap<i64, Vec<Due>> = BTreeMap::new();
    for (deadline, due) in registered {
        let bucket = match due {
            Due::Retry(_) => cursor.bucket,
            _ => Due::bucket(*deadline).max(cursor.bucket),
        };
        buckets.entry(bucket).or_default().push(due.clone());
    }
    let heads: Vec<Key> = buckets
        .keys()
        .map(|bucket| keys::due_head(*bucket))
        .collect();
    let unknown = o.unknown(&heads);
    if !unknown.is_empty() {
        return Err(Halt::Need(unknown));
    }
    for (bucket, entries) in buckets {
        let head_key = keys::due_head(bucket);
        let mut head = o.get::<DueHead>(&head_key)?.unwrap_or_default();
        for page in entries.chunks(MAX_DUE_PER_PAGE) {
            o.put(
                keys::due_page(bucket, head.pages),
                &DuePage {
                    entries: page.to_vec(),
                },
            );
            head.pages = head.pages.saturating_add(1);
        }
        o.put(head_key, &head);
    }
    Ok(())
}
