//! What becomes of the processes of a network while it runs: who ended, how, and what that means for its chain.

use anyhow::Result;
use std::{collections::BTreeMap, time::Duration};

use super::make::Made;
use crate::{
    failure::Failure,
    network::{Processes, ended},
    output,
};

/// Time between two looks at the processes.
const STEP: Duration = Duration::from_millis(500);
/// Time in which processes that end together are told of together; Ctrl-C, which ends them too, ends this one meanwhile.
const TOGETHER: Duration = Duration::from_millis(300);

/// Tells of every end; ends when nobody is left.
pub(crate) async fn run(processes: &mut Processes, chains: &[Made]) -> anyhow::Error {
    let mut running: BTreeMap<String, usize> = chains
        .iter()
        .map(|chain| (chain.name.clone(), chain.validators))
        .collect();
    loop {
        tokio::time::sleep(STEP).await;
        if let Err(error) = look(processes, chains, &mut running).await {
            return error;
        }
    }
}

async fn look(
    processes: &mut Processes,
    chains: &[Made],
    running: &mut BTreeMap<String, usize>,
) -> Result<()> {
    let mut gone = processes.ended()?;
    if gone.is_empty() {
        return Ok(());
    }
    tokio::time::sleep(TOGETHER).await;
    gone.extend(processes.ended()?);
    let mut lines: Vec<String> = gone.iter().flat_map(ended::last_words).collect();
    for chain in chains {
        let lost = gone.iter().filter(|ended| chain.votes(&ended.name)).count();
        let left = running.entry(chain.name.clone()).or_default();
        *left = left.saturating_sub(lost);
        if lost > 0 {
            let standing = ended::standing(*left, chain.validators);
            lines.push(format!("   chain {}: {standing}", chain.name));
        }
    }
    output::line("");
    lines.iter().for_each(output::line);
    if processes.count() > 0 {
        return Ok(());
    }
    Err(Failure::local("network-ended", "every process of this network has ended")
        .advising("read the logs, node.log in the directory of each node and in relays, and start it again: nothing final is lost")
        .into())
}

impl Made {
    /// The name of a node among all processes.
    pub(crate) fn process(&self, node: &str) -> String {
        format!("{}/{node}", self.name)
    }

    /// Whether the process of that name is a validator of this chain.
    fn votes(&self, process: &str) -> bool {
        let voters = self.created.nodes.iter().take(self.validators);
        voters
            .into_iter()
            .any(|(name, ..)| self.process(name) == process)
    }
}
