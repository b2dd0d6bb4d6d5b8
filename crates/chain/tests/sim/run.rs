//! Running a network under a plan of faults, and judging it.

use commonware_glue::simulate::plan::{PlanBuilder, PlanResult};
use commonware_p2p::simulated::Link;
use commonware_utils::probability;
use std::time::Duration;

use crate::{
    judge::{Settled, Sound},
    load::{Load, VALID_BLOCKS},
    network::Network,
};

/// A link that loses nothing.
pub(crate) fn good() -> Link {
    Link {
        latency: Duration::from_millis(10),
        jitter: Duration::from_millis(5),
        success_rate: probability!(1.0),
    }
}

/// A link that loses everything.
pub(crate) fn cut() -> Link {
    Link {
        success_rate: probability!(0.0),
        ..good()
    }
}

/// A usual amount of trade for `seed`, through all honest nodes.
pub(crate) fn trading(network: Network, seed: u64) -> Network {
    let nodes = network.honest();
    network.load(Load {
        seed,
        packs: 4,
        span_ms: 1_500,
        nodes,
        valid_blocks: VALID_BLOCKS,
        also: Vec::new(),
    })
}

/// Runs a network under one seed until it has settled at `height` or more; panics when a property does not hold.
#[expect(
    clippy::needless_pass_by_value,
    reason = "a network is made for its run"
)]
pub(crate) fn run(
    network: Network,
    seed: u64,
    height: u64,
    faults: impl FnOnce(PlanBuilder<Network>) -> PlanBuilder<Network>,
) -> PlanResult<Network> {
    let plan = PlanBuilder::new(network.clone())
        .seed(seed)
        .link(good())
        .exit_condition(Settled {
            network: network.clone(),
            height,
        })
        .property(Sound(network.clone()))
        .timeout(Duration::from_mins(4));
    // what a node panicked of is printed where it happened; here it only gets its seed
    let mut results = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| faults(plan).run()))
        .unwrap_or_else(|_| panic!("seed {seed}: {}", network.world.describe()))
        .unwrap_or_else(|error| panic!("seed {seed}: {error}"));
    results.pop().unwrap()
}
