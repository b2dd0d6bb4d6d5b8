//! The companies of the story at their nodes, some of which may end while it is told.
//!
//! Each company sends to its own node, and to the regulator's while its own does not answer: that one holds every company's agent
//! key in the demonstration. Sending a file again is safe. Where neither answers, it waits: the network says how to start a node
//! again, and ends the story when nobody is left.

use anyhow::{Context as _, Result};
use pangolin_client::{Client, ClientError};
use std::{collections::BTreeMap, time::Duration};

use super::commands::Commands;
use crate::network::REGULATOR;

/// Time after which nodes that did not answer are asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// For each company a client of its own node and one of the regulator's, both with its own key.
pub(super) struct Clients(BTreeMap<String, [Client; 2]>);

impl Clients {
    pub(super) fn new(commands: &Commands<'_>) -> Result<Self> {
        let companies = commands.spec.companies.iter();
        companies
            .map(|company| {
                let slug = &company.slug;
                let nodes = [
                    commands.client(slug, slug)?,
                    commands.client(REGULATOR, slug)?,
                ];
                Ok((slug.clone(), nodes))
            })
            .collect::<Result<_>>()
            .map(Self)
    }

    /// Asks for a company until a node answers, with whatever it says. What is asked must be safe to ask twice.
    pub(super) async fn ask<T>(
        &self,
        slug: &str,
        question: impl AsyncFn(&Client) -> Result<T, ClientError>,
    ) -> Result<Result<T, ClientError>> {
        let nodes = self.0.get(slug);
        let nodes = nodes.with_context(|| format!("{slug} is not a company of this network"))?;
        loop {
            for client in nodes {
                match question(client).await {
                    Err(ClientError::Connection(_)) => {}
                    answer => return Ok(answer),
                }
            }
            tokio::time::sleep(AGAIN).await;
        }
    }
}
