//! What a node needs to find what other chains know: the directory, clients of their nodes, and the check of their proofs.

pub mod atlas;
pub(crate) mod list;
pub mod own;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use pangolin_client::Trouble;
use pangolin_interchain::find::{Outside, Recorded};
use pangolin_ledger::id::ChainId;
use pangolin_proof::foreign::LightClient;
use tokio::sync::{Mutex, Semaphore};

use crate::limits::MAX_SEARCHES;

/// Nodes of another chain, as the configuration names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// The chain.
    pub chain: ChainId,
    /// Where its nodes answer.
    pub endpoints: Vec<String>,
    /// Prefixes of issuers that are at home there.
    pub prefixes: Vec<String>,
}

/// The last answer of a registry.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard {
    /// When it was last asked, milliseconds since 1970.
    tried_ms: i64,
    records: Recorded,
    trouble: Option<Trouble>,
}

/// What is shared by all searches.
pub struct Finder {
    pub(crate) neighbours: Vec<Neighbour>,
    /// Clients of nodes of other chains.
    pub outside: Outside,
    /// Checks proofs of other chains.
    pub light: Arc<LightClient>,
    pub(crate) heard: Mutex<BTreeMap<ChainId, Heard>>,
    pub(crate) searches: Semaphore,
}

impl Finder {
    /// Goes by these neighbours, and trusts the authorities in these files besides those of the system.
    pub fn new(neighbours: Vec<Neighbour>, trust: Vec<PathBuf>) -> Self {
        Self {
            neighbours,
            outside: Outside::new(trust),
            light: Arc::new(LightClient::new()),
            heard: Mutex::default(),
            searches: Semaphore::new(MAX_SEARCHES),
        }
    }
}
