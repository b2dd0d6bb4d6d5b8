//! A validator that no longer knows what it voted for, and when it may vote again.
//!
//! The journal of the consensus engine holds a validator's votes. Without it, the validator might vote in a view in which it
//! voted before, for something else: a fault that its peers answer by blocking it, and that breaks agreement when more than f
//! validators commit it. So it follows the chain without voting until no such view is left.
//!
//! **Why a block that was made after its start is enough.** Let `B`, made in view `w`, be final, with a time after the start. Had the
//! validator voted in a view after `w` before it stopped, view `w` would have been over by then: skipped, and `B` could not have become final,
//! or certified, and honest validators certify a block only when their clocks have reached its time, which was later. So all its
//! votes were in views up to `w`, and an engine whose floor is the certificate of `B` ([`crate::engine::start`] begins there) never
//! votes in those again.

use commonware_runtime::Clock;
use std::time::{Duration, UNIX_EPOCH};

use crate::handle::Chain;

/// How far the clocks of two validators may be apart: those further apart refuse each other's connections.
pub const CLOCK_BOUND: Duration = Duration::from_secs(5);

/// Time between two looks at the chain.
const LOOK: Duration = Duration::from_millis(250);

/// Ends when a block is final here whose time is more than [`CLOCK_BOUND`] after the call, so that every vote this validator
/// may have given before is in a view that is over.
///
/// The moment of the call is counted back from the present one, so that a clock that is set right meanwhile does no harm.
pub async fn until_votes_are_over(context: &impl Clock, chain: &dyn Chain) {
    let mut waited = Duration::ZERO;
    loop {
        context.sleep(LOOK).await;
        waited += LOOK;
        let begun = context.current().checked_sub(waited);
        let begun = begun.and_then(|begun| begun.duration_since(UNIX_EPOCH).ok());
        let tip = Duration::from_millis(chain.status().time_ms);
        if begun.is_some_and(|begun| tip > begun + CLOCK_BOUND) {
            return;
        }
    }
}
