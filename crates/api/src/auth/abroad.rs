//! Who comes from another chain, by what that chain's state proves of him.

use std::{collections::BTreeMap, sync::Arc};

use pangolin_ledger::{
    evidence::Proven,
    id::{ChainId, Role},
};

/// What was proven of somebody who is no party of this chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Abroad {
    /// The chain that knows him.
    pub chain: ChainId,
    /// The roles that he showed to have there.
    pub roles: Vec<Role>,
    /// What he showed of the states of chains, that one among them.
    pub shown: BTreeMap<ChainId, Arc<Proven>>,
}
