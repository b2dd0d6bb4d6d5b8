//! This node's own answer in a search: what it would answer to anybody.

use futures::future::{BoxFuture, FutureExt as _};
use pangolin_interchain::find::{Reply, Source};
use pangolin_ledger::{codec::Wire as _, walk::local::Want};

use crate::{
    app::App,
    authorise::Entitled,
    deps::{ProofError, ProofFile},
};

/// This node, as a source of its own chain.
pub struct Own(pub App);

impl Source for Own {
    fn ends(&self, wants: Vec<Vec<u8>>) -> BoxFuture<'_, Result<Reply, (String, String)>> {
        let unread = |message: String| ("own-answer".to_owned(), message);
        async move {
            let wants = wants.iter().map(|bytes| Want::from_bytes(bytes));
            let wants = wants.collect::<Result<_, _>>();
            let wants = wants.map_err(|error| unread(error.to_string()))?;
            let proofs = &self.0.deps().proofs;
            match proofs.provenance(wants, false, Entitled::default()).await {
                Ok(ProofFile { bytes, .. }) => serde_json::from_slice(&bytes)
                    .map(|piece| Reply::Told(Box::new(piece)))
                    .map_err(|error| unread(error.to_string())),
                Err(ProofError::Unknown(_)) => Ok(Reply::Unknown),
                Err(error) => Err(unread(error.to_string())),
            }
        }
        .boxed()
    }
}
