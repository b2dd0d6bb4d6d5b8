//! A world for tests: a machine with the test profile, parties with keys and roles, and a committed state.

mod pair;
mod profile;
pub(crate) mod walk;
mod world;

pub(crate) use pair::Pair;
pub(crate) use profile::{TestProfile, attribute, role, step};
pub(crate) use world::{EventExt, Feeding, START_MS, World, event, event_at, id, party, with};
