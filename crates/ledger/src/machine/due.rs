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
    limits::{MAX_BUCKETS_PER_BLOCK, MAX_CASCADE_PER_BLOCK, MAX_DUE_PER_BLOCK, MAX_DUE_PER_PAGE},
    machine::{BlockContext, Machine, Overlay, cascade, halt::Halt, orders},
    report::Effect,
    state::{Due, DueCursor, DueHead, DuePage, EventState, Handover, Key, Params, Parked, keys},
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
    let now = Due::bucket_now(block.time);
    let mut cursor = start;
    let mut left = MAX_DUE_PER_BLOCK;
    let mut budget = MAX_CASCADE_PER_BLOCK;
    let last = now.min(start.bucket.saturating_add_unsigned(MAX_BUCKETS_PER_BLOCK));
    let heads: Vec<Key> = (start.bucket..=last).map(keys::due_head).collect();
    let unknown = o.unknown(&heads);
    if !unknown.is_empty() {
        return Err(Halt::Need(unknown));
    }
    while cursor.bucket <= last && left > 0 {
        let head = o
            .get::<DueHead>(&keys::due_head(cursor.bucket))?
            .unwrap_or_default();
        if cursor.page >= head.pages {
            if cursor.bucket == last {
                break;
            }
            o.remove_if_present(keys::due_head(cursor.bucket))?;
            cursor = DueCursor {
                bucket: cursor.bucket + 1,
                page: 0,
                entry: 0,
            };
            continue;
        }
        let page_key = keys::due_page(cursor.bucket, cursor.page);
        let page: DuePage = o.get(&page_key)?.ok_or(Halt::Corrupt(page_key))?;
        let rest = page
            .entries
            .get(cursor.entry as usize..)
            .unwrap_or_default();
        for due in rest.iter().take(left) {
            handle(machine, block, params, o, due, &mut budget, effects)?;
        }
        let done = rest.len().min(left);
        left -= done;
        if done == rest.len() {
            o.remove(page_key);
            cursor = DueCursor {
                page: cursor.page + 1,
                entry: 0,
                ..cursor
            };
        } else {
            cursor.entry += u32::try_from(done).unwrap_or(u32::MAX);
        }
    }
    Ok(cursor)
}

fn handle(
    machine: &Machine,
    block: &BlockContext,
    params: &Params,
    o: &mut Overlay,
    due: &Due,
    budget: &mut usize,
    effects: &mut Vec<Effect>,
) -> Result<(), Halt> {
    match due {
        Due::Parked(event) => {
            let Some(parked) = o.get::<Parked>(&keys::parked(event))? else {
                return Ok(());
            };
            // An event that lapsed and was sent again waits under a later deadline.
            if parked.deadline <= block.time {
                k08_parking::unpark(o, &parked)?;
                cascade::settle(o, &parked, EventState::Expired)?;
                effects.push(Effect::Lapsed(*event));
            }
        }
        Due::Handover(offer) => {
            let key = keys::handover(offer);
            let Some(mut handover) = o.get::<Handover>(&key)? else {
                return Ok(());
            };
            if !handover.is_complete() && !handover.overdue {
                handover.overdue = true;
                let open = handover
                    .offered
                    .saturating_sub(handover.accepted)
                    .saturating_sub(handover.returned);
                effects.push(Effect::Overdue {
                    offer: *offer,
                    open,
                });
                o.put(key, &handover);
            }
        }
        Due::Order(order) => effects.extend(orders::lapse(o, block, *order)?),
        Due::Retry(subject) => {
            let ready = BTreeSet::from([subject.clone()]);
            cascade::run(machine, block, params, o, ready, budget, effects)?;
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
