//! A node that hears of no final block says so: it may be cut off, or its clock so wrong that no peer talks to it.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use pangolin_api::deps::Pace;
use pangolin_chain::handle::Handle;
use tokio::time::Instant;
use tracing::{info, warn};

/// Time between two looks.
const LOOK: Duration = Duration::from_secs(1);
/// Time between two warnings.
const AGAIN: Duration = Duration::from_mins(1);

/// What is said first: of a node that would follow, or of a validator that abstains until it may vote.
const SILENT: &str = "no block becomes final here: more than two thirds of the validators must run and reach this node, and this \
    machine's clock must be right, because peers whose clocks are seconds apart do not talk to each other; their logs say whether \
    they blocked it";
const SILENT_ABSTAINING: &str = "no block becomes final here, and this validator abstains until one does: more than two thirds of \
    the validators must vote, run and reach this node. Where a third or more of them abstain, they wait for each other: the operators \
    decide together and start those that lost their votes with --never-voted";

/// The last change of the height, as far as somebody has looked. Clones share it.
#[derive(Clone)]
pub(super) struct Pulse {
    chain: Handle,
    last: Arc<Mutex<(u64, Instant)>>,
}

impl Pulse {
    /// Begins to count.
    pub(super) fn new(chain: Handle) -> Self {
        let last = (chain.status().height, Instant::now());
        Self {
            chain,
            last: Arc::new(Mutex::new(last)),
        }
    }

    /// The height, and for how long it has not changed.
    fn look(&self) -> (u64, Duration) {
        let height = self.chain.status().height;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.0 != height {
            *last = (height, Instant::now());
        }
        (height, last.1.elapsed())
    }

    /// For how long no further block has become final here.
    pub(super) fn silent(&self) -> Duration {
        self.look().1
    }
}

/// Watches the height as long as the node runs; `abstains`: a validator that waits for a block before it votes.
pub(super) async fn watch(pulse: Pulse, heartbeat: Duration, abstains: bool) {
    let patience = Pace::patience(heartbeat);
    let mut warned: Option<Instant> = None;
    loop {
        tokio::time::sleep(LOOK).await;
        let (height, silent) = pulse.look();
        if silent < patience {
            if warned.take().is_some() {
                info!(height, "blocks become final here again");
            }
            continue;
        }
        if warned.is_none_or(|at| at.elapsed() >= AGAIN) {
            warned = Some(Instant::now());
            warn!(
                height,
                silent_s = silent.as_secs(),
                "{}",
                if abstains { SILENT_ABSTAINING } else { SILENT }
            );
        }
    }
}
