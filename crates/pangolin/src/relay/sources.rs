//! Nodes of chains of another kind, asked over their JSON-RPC.

use anyhow::Result;
use futures::future::{BoxFuture, FutureExt as _};
use pangolin_client::Client;
use pangolin_interchain::{Board, Herald, Outlook, Port, PortError, Wall};
use pangolin_ledger::SourceId;
use std::{sync::Arc, time::Duration};

use super::config::SourceEntry;
use crate::connect;

/// Longest time for one question.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A node that is asked by GET.
struct Node(Client);

impl Outlook for Node {
    fn ask(&self, path: String) -> BoxFuture<'_, Result<String, PortError>> {
        async move {
            let answer = self.0.read(&path).await;
            answer
                .map(|answer| answer.to_string())
                .map_err(|error| PortError::new(error.code(), error.to_string()))
        }
        .boxed()
    }
}

/// Whoever brings what a source says, wherever it is wanted.
pub(super) struct Source {
    id: SourceId,
    node: Arc<dyn Outlook>,
    poll: Duration,
}

impl Source {
    /// The one who brings it to this chain.
    pub(super) fn at(&self, at: Arc<dyn Port>, board: Arc<Board>) -> Herald {
        Herald {
            source: self.id.clone(),
            at,
            node: self.node.clone(),
            poll: self.poll,
            clock: Arc::new(Wall::default()),
            board: Some(board),
        }
    }
}

/// The sources of a relay's file.
pub(super) fn heralds(entries: &[SourceEntry]) -> Result<Vec<Source>> {
    let sources = entries.iter().map(|entry| {
        Ok(Source {
            id: SourceId::new(&entry.name)?,
            node: Arc::new(Node(connect::quick(&entry.rpc, TIMEOUT)?)),
            poll: Duration::from_millis(entry.poll_ms),
        })
    });
    sources.collect()
}
