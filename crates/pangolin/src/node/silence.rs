//! A node that hears of no final block says so: it may be cut off, or its clock so wrong that no peer talks to it.

use std::time::Duration;

use pangolin_chain::handle::Handle;
use tokio::time::Instant;
use tracing::{info, warn};

/// Time between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Shortest silence that is spoken of: a restart of several validators takes less.
const SHORTEST: Duration = Duration::from_secs(15);
/// Heartbeats of an idle chain without a block after which something is wrong.
const HEARTBEATS: u32 = 10;
/// Time between two warnings.
const AGAIN: Duration = Duration::from_mins(1);

/// What is said first: of a node that would follow, or of a validator that abstains until it may vote.
const SILENT: &str = "no block becomes final here: more than two thirds of the validators must run and reach this node, and this \
    machine's clock must be right, because peers whose clocks are seconds apart do not talk to each other; their logs say whether \
    they blocked it";
const SILENT_ABSTAINING: &str = "no block becomes final here, and this validator abstains until one does: more than two thirds of \
    the validators must vote, run and reach this node. Where a third or more of them abstain, they wait for each other: the operators \
    decide together and start those that lost their votes with --never-voted";

/// Watches the height as long as the node runs; `abstains`: a validator that waits for a block before it votes.
pub(super) async fn watch(chain: Handle, heartbeat: Duration, abstains: bool) {
    let patience = SHORTEST.max(heartbeat * HEARTBEATS);
    let mut height = chain.status().height;
    let mut moved = Instant::now();
    let mut warned: Option<Instant> = None;
    loop {
        tokio::time::sleep(LOOK).await;
        let now = chain.status().height;
        if now != height {
            if warned.take().is_some() {
                info!(height = now, "blocks become final here again");
            }
            (height, moved) = (now, Instant::now());
            continue;
        }
        let silent = moved.elapsed() >= patience;
        if silent && warned.is_none_or(|at| at.elapsed() >= AGAIN) {
            warned = Some(Instant::now());
            warn!(
                height,
                silent_s = moved.elapsed().as_secs(),
                "{}",
                if abstains { SILENT_ABSTAINING } else { SILENT }
            );
        }
    }
}
