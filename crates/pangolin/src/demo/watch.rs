//! What becomes of the nodes while the demonstration runs: who ended, how, what that means for the chain, and how to start it
//! again. The demonstration goes on with the rest, and ends with an error when nobody is left.
//!
//! A node that somebody starts again is no child of this process: it is known by its answers, and is not ended with the others.

use anyhow::Result;
use pangolin_client::Client;
use std::time::Duration;

use super::commands::Commands;
use crate::{
    connect,
    failure::Failure,
    network::{
        Processes,
        ended::{last_words, standing},
    },
    output,
    shell::quoted,
};

/// Time between two looks at the nodes.
const STEP: Duration = Duration::from_millis(500);
/// Time in which nodes that end together are told of together; Ctrl-C, which ends them too, ends this process meanwhile.
const TOGETHER: Duration = Duration::from_millis(300);
/// Longest wait for the answer of a node that was started again.
const ANSWER: Duration = Duration::from_secs(2);

/// Who runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runs {
    /// A child of this process.
    Here,
    /// Somebody started it again.
    Elsewhere,
    /// Nobody has.
    Not,
}

/// A node and what is known of it.
struct Node {
    name: String,
    directory: String,
    http: String,
    validator: bool,
    client: Client,
    runs: Runs,
}

/// The nodes that are watched.
pub(super) struct Watch<'n> {
    commands: &'n Commands<'n>,
    processes: Processes,
    bar: indicatif::ProgressBar,
    nodes: Vec<Node>,
}

impl<'n> Watch<'n> {
    /// Watches the nodes of a network that runs; `bar` is what must not be drawn over.
    pub(super) fn new(
        commands: &'n Commands<'n>,
        processes: Processes,
        bar: &indicatif::ProgressBar,
    ) -> Result<Self> {
        let voters = commands.spec.validators.len();
        let mut nodes = Vec::new();
        for (place, (name, directory, http)) in commands.network.nodes.iter().enumerate() {
            let Some(http) = http else { continue };
            let http = format!("http://{http}");
            nodes.push(Node {
                name: name.clone(),
                directory: directory.display().to_string(),
                client: connect::quick(&http, ANSWER)?,
                http,
                validator: place < voters,
                runs: Runs::Here,
            });
        }
        Ok(Self {
            commands,
            processes,
            bar: bar.clone(),
            nodes,
        })
    }

    /// The nodes that are children of this process.
    pub(super) const fn processes(&self) -> &Processes {
        &self.processes
    }

    /// Tells of every end and every return; ends when no node is left.
    pub(super) async fn run(&mut self) -> anyhow::Error {
        loop {
            if let Err(error) = self.look().await {
                return error;
            }
            tokio::time::sleep(STEP).await;
        }
    }

    async fn look(&mut self) -> Result<()> {
        let mut ended = self.processes.ended()?;
        if !ended.is_empty() {
            tokio::time::sleep(TOGETHER).await;
            ended.extend(self.processes.ended()?);
        }
        for gone in &ended {
            self.mark(&gone.name, Runs::Not);
        }
        let mut lines: Vec<String> = ended.iter().flat_map(last_words).collect();
        let mut away: Vec<String> = ended.into_iter().map(|gone| gone.name).collect();
        for node in &mut self.nodes {
            if node.runs == Runs::Here {
                continue;
            }
            let status = node.client.status().await;
            let answers = status.is_ok_and(|status| status.node.name == node.name);
            match (node.runs, answers) {
                (Runs::Not, true) => {
                    node.runs = Runs::Elsewhere;
                    lines.push(format!(
                        "   {} runs again; this demonstration did not start it and will not end it",
                        node.name
                    ));
                }
                (Runs::Elsewhere, false) => {
                    node.runs = Runs::Not;
                    lines.push(format!("   {} does not answer any more", node.name));
                    away.push(node.name.clone());
                }
                _ => {}
            }
        }
        if lines.is_empty() {
            return Ok(());
        }
        let left = self.nodes.iter().any(|node| node.runs != Runs::Not);
        lines.push(format!("   {}", self.meaning()));
        if left {
            lines.extend(away.iter().flat_map(|name| self.again(name)));
        }
        self.bar.suspend(|| {
            output::line("");
            lines.iter().for_each(output::line);
        });
        if left {
            return Ok(());
        }
        Err(
            Failure::local("network-ended", "every node of this network has ended")
                .at(self.commands.dir.display().to_string())
                .advising("read the logs, node.log in the directory of each node, before you start `pangolin demo` again: it clears them")
                .into(),
        )
    }

    fn mark(&mut self, name: &str, runs: Runs) {
        for node in self.nodes.iter_mut().filter(|node| node.name == name) {
            node.runs = runs;
        }
    }

    /// What the chain does with those that are left.
    fn meaning(&self) -> String {
        let voters = self.nodes.iter().filter(|node| node.validator);
        let running = voters.clone().filter(|node| node.runs != Runs::Not);
        standing(running.count(), voters.count())
    }

    /// How to start a node again, and what does not work until then.
    fn again(&self, name: &str) -> Vec<String> {
        let Some(node) = self.nodes.iter().find(|node| node.name == name) else {
            return Vec::new();
        };
        let words = format!("node run {}", quoted(&node.directory));
        let role = if node.validator {
            ""
        } else {
            " (an observer: it does not vote)"
        };
        vec![
            format!(
                "   commands to {} get no answer until {name}{role} runs again; start it in another terminal:",
                node.http
            ),
            format!("   $ {}", self.commands.local(&words)),
        ]
    }
}
