//! Deadlines, in buckets of [`DUE_BUCKET_MS`](crate::limits::DUE_BUCKET_MS): K8.
//!
//! A bucket is a head with a number of pages; a page is written once, by the block that registered its entries. The
//! cursor says how far the buckets have been worked off. Entries are not removed when their cause ends: whoever handles
//! one looks whether it still means anything.

use crate::{
    id::{EventId, OrderId, TimeMs},
    limits::{DUE_BUCKET_MS, MAX_DUE_PER_PAGE},
    state::Missing,
};

/// Something to look at when its time has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Due {
    /// A parked event stops waiting.
    Parked(EventId),
    /// A hand-over should be complete; named by the event that offered.
    Handover(EventId),
    /// An order ends, or stops collecting signatures.
    Order(OrderId),
    /// Parked events are to be tried again, because one block could not do all of it.
    Retry(Missing),
}
wire_enum!(Due { 0 => Parked(event), 1 => Handover(event), 2 => Order(order), 3 => Retry(missing) });

impl Due {
    /// The first bucket whose time is not before `deadline`.
    pub const fn bucket(deadline: TimeMs) -> i64 {
        let floor = deadline.0.div_euclid(DUE_BUCKET_MS);
        if deadline.0.rem_euclid(DUE_BUCKET_MS) == 0 {
            floor
        } else {
            floor + 1
        }
    }

    /// The last bucket whose time has come at `now`.
    pub const fn bucket_now(now: TimeMs) -> i64 {
        now.0.div_euclid(DUE_BUCKET_MS)
    }
}

/// How far the buckets have been worked off: everything before this entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueCursor {
    /// Bucket.
    pub bucket: i64,
    /// Page within it.
    pub page: u32,
    /// Entry within the page.
    pub entry: u32,
}
wire_struct!(DueCursor v 1 { bucket, page, entry });

/// A bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DueHead {
    /// Its pages.
    pub pages: u32,
}
wire_struct!(DueHead v 1 { pages });

/// A page of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DuePage {
    /// Its entries, in the order in which they were registered.
    pub entries: Vec<Due>,
}
wire_struct!(DuePage v 1 { entries[list MAX_DUE_PER_PAGE] });

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_never_comes_before_its_deadlines() {
        for (ms, bucket) in [
            (0, 0),
            (1, 1),
            (60_000, 1),
            (60_001, 2),
            (-1, 0),
            (-60_000, -1),
        ] {
            assert_eq!(Due::bucket(TimeMs(ms)), bucket, "{ms}");
            assert!(Due::bucket_now(TimeMs(ms)) <= bucket);
        }
    }
}
