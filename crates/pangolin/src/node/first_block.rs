//! Whether a chain's planned first block fits the clock.
//!
//! Nobody agrees to a block before its time, and a block's time lies at most [`MAX_TIME_STEP_MS`] after its parent's. A chain
//! whose genesis lies far ahead stands still until then; one that begins long after its genesis dates its blocks back until it
//! has caught up.

use jiff::{SignedDuration, Timestamp};
use pangolin_chain::limits::MAX_TIME_STEP_MS;

/// Distance that nobody needs to hear of: people start their nodes minutes apart.
const NEAR: SignedDuration = SignedDuration::from_mins(10);

/// What to say about a chain that is to begin at `start` and has no block at `now`.
pub(crate) fn remark(start: Timestamp, now: Timestamp) -> Option<String> {
    let late = now.duration_since(start);
    if late > NEAR {
        let blocks = late.as_millis().unsigned_abs() / u128::from(MAX_TIME_STEP_MS);
        return Some(format!(
            "the planned start {start} is {} minutes ago: a chain that begins now dates its first {blocks} blocks back, a minute apart, \
             until its time reaches the present",
            late.as_mins()
        ));
    }
    if -late > NEAR {
        return Some(format!(
            "the planned start {start} is {} minutes ahead: no block becomes final before it",
            (-late).as_mins()
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(minutes_late: i64) -> Option<String> {
        let start = Timestamp::from_second(1_800_000_000).unwrap();
        remark(start, start + SignedDuration::from_mins(minutes_late))
    }

    #[test]
    fn a_start_that_is_near_needs_no_remark() {
        for minutes in [-10, 0, 10] {
            assert_eq!(said(minutes), None);
        }
    }

    #[test]
    fn a_start_long_past_says_how_many_blocks_are_dated_back() {
        let text = said(120).unwrap();
        assert!(text.contains("120 minutes ago"), "{text}");
        assert!(text.contains("first 120 blocks"), "{text}");
    }

    #[test]
    fn a_start_far_ahead_says_that_nothing_becomes_final_before() {
        let text = said(-11).unwrap();
        assert!(text.contains("11 minutes ahead"), "{text}");
    }
}
