//! A world for tests: a machine with the test profile, parties with keys and roles, and a committed state.

mod certify;
mod corrupt;
mod pair;
mod profile;
pub(crate) mod walk;
mod world;

use proptest::test_runner::{Config as ProptestConfig, RngSeed};

pub(crate) use certify::{Kept, elsewhere, touched};
pub(crate) use corrupt::link;
pub(crate) use pair::Pair;
pub(crate) use profile::{TestProfile, attribute, role, step};
pub(crate) use world::{EventExt, Feeding, START_MS, World, event, event_at, id, party, with};

/// One case in `share` of the usual number: each is a whole history. `PROPTEST_CASES` multiplies them.
///
/// The same histories in every run: a gate gives the same verdict on the same code, so that a failure is the fault of the
/// change it stops. To look for others: `PROPTEST_RNG_SEED=2 PROPTEST_CASES=50000 cargo test -p pangolin-ledger histories`
pub(crate) fn histories(share: u32) -> ProptestConfig {
    let usual = ProptestConfig::default();
    let rng_seed = match usual.rng_seed {
        RngSeed::Random => RngSeed::Fixed(1),
        chosen @ RngSeed::Fixed(_) => chosen,
    };
    ProptestConfig {
        cases: (usual.cases / share).max(1),
        failure_persistence: None,
        rng_seed,
        ..usual
    }
}
