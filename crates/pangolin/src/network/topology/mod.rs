//! `pangolin network`: several chains on this machine from one file: their keys and genesis files, their processes, and the acts by
//! which they get to know each other.

mod describe;
mod file;
mod link;
mod make;
mod neighbours;
mod problem;
mod registry;
mod relays;
mod started;
mod watch;

use anyhow::{Result, bail};
use serde_json::json;
use std::{
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use super::Processes;
use crate::{
    cli::NetworkUpArgs,
    connect,
    interrupt::interrupted,
    network::REGULATOR,
    output,
    shell::{program, quoted},
};
use file::Topology;
use make::{Home, Made};
pub(crate) use started::Started;

/// How long the nodes may take until they answer.
const START_LIMIT: Duration = Duration::from_mins(2);

/// Checks a file and says what it describes.
pub(crate) fn check(file: &Path, as_json: bool) -> Result<ExitCode> {
    let topology = Topology::read(file)?;
    if as_json {
        let chains = topology.chains.iter().map(|chain| {
            json!({
                "name": chain.name, "title": chain.title, "profile": chain.rules.name,
                "validators": chain.validators.len(), "observers": chain.observers.len(),
                "members": chain.companies.len() + 1,
            })
        });
        output::json(&json!({
            "chains": chains.collect::<Vec<_>>(),
            "links": topology.links.len(),
            "registries": topology.registries.iter().map(|registry| {
                json!({ "records": registry.records.len(), "followers": registry.followers.len() })
            }).collect::<Vec<_>>(),
            "relays": topology.relays.iter().map(|relay| &relay.name).collect::<Vec<_>>(),
            "processes": topology.nodes() + topology.relays.len(),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    described(&topology).iter().for_each(output::line);
    Ok(ExitCode::SUCCESS)
}

/// So many of something whose plural has an s.
fn count(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn described(topology: &Topology) -> Vec<String> {
    let name = |at: usize| {
        let chain = topology.chains.get(at);
        chain.map_or("?", |chain| chain.name.as_str())
    };
    let mut lines = Vec::new();
    for (i, chain) in topology.chains.iter().enumerate() {
        lines.push(format!(
            "chain {} ({}): rules {}, {}, {}, {}",
            chain.name,
            chain.title,
            chain.rules.name,
            count(chain.validators.len(), "validator"),
            count(chain.observers.len(), "observer"),
            count(chain.companies.len() + 1, "member")
        ));
        let known = topology.links.iter().filter(|link| link.on == i);
        lines.extend(known.map(|link| {
            let old = link.freshness_ms;
            format!("  knows {}, whose word may be {old} ms old", name(link.of))
        }));
    }
    for registry in &topology.registries {
        let all = |of: &[usize]| {
            let names: Vec<&str> = of.iter().map(|at| name(*at)).collect();
            names.join(", ")
        };
        lines.push(format!(
            "registry {} records {}; it is followed by {}",
            name(registry.chain),
            all(&registry.records),
            all(&registry.followers)
        ));
    }
    for relay in &topology.relays {
        let chains: Vec<&str> = relay.chains.iter().map(|at| name(*at)).collect();
        let (party, chains) = (&relay.party, chains.join(", "));
        lines.push(format!("relay {} of {party} between {chains}", relay.name));
    }
    let processes = topology.nodes() + topology.relays.len();
    lines.push(format!("{processes} processes in all"));
    lines
}

/// Starts the network of a file and runs it until it is interrupted.
pub(crate) async fn up(args: &NetworkUpArgs) -> Result<ExitCode> {
    let interrupted = interrupted()?;
    tokio::select! {
        ended = play(args) => ended,
        () = interrupted => {
            // the processes ended when the network was dropped
            output::line("\nall processes have ended; the same command goes on from here");
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn play(args: &NetworkUpArgs) -> Result<ExitCode> {
    let topology = Topology::read(&args.file)?;
    let mut home = Home::open(&args.dir)?;
    let begun = Instant::now();
    let chains = home.chains(&topology, &mut rand::rng())?;
    neighbours::write(&chains, &topology)?;
    let mut processes = Processes::none();
    for chain in &chains {
        let how = if chain.found { "found" } else { "made" };
        let dir = home.dir().join(&chain.name);
        output::line(format!(
            "chain {} {how} in {}, identity {}",
            chain.name,
            dir.display(),
            chain.genesis.chain
        ));
        for (name, dir, _) in &chain.created.nodes {
            processes.start_node(&chain.process(name), dir)?;
        }
    }
    if chains.iter().any(|chain| !chain.found) {
        output::line("(the chain keys were dealt by this program: development only)");
    }
    ready(&chains, &mut processes).await?;
    let seconds = begun.elapsed().as_secs_f64();
    output::line(format!(
        "{} processes answer, {seconds:.1} s after the start",
        processes.count()
    ));
    let linked = tokio::select! {
        linked = acquaint(&mut home, &chains, &topology) => linked?,
        ended = watch::run(&mut processes, &chains) => return Err(ended),
    };
    linked.iter().for_each(output::line);
    for relay in relays::prepare(home.dir(), &chains, &topology.relays)? {
        processes.start_relay(&relay.name, &relay.file)?;
        let (name, file) = (&relay.name, relay.file.display());
        output::line(format!(
            "{name} carries, as {file} says: http://{}/",
            relay.listen
        ));
    }
    let known = tokio::select! {
        known = registry::known(&mut home, &chains, &topology) => known?,
        ended = watch::run(&mut processes, &chains) => return Err(ended),
    };
    known.iter().for_each(output::line);
    addresses(&chains).iter().for_each(output::line);
    if args.exit {
        return Ok(ExitCode::SUCCESS);
    }
    output::line("\nthe network runs until you press Ctrl-C");
    Err(watch::run(&mut processes, &chains).await)
}

/// The chains get to know each other by acts of their governance.
async fn acquaint(home: &mut Home, chains: &[Made], topology: &Topology) -> Result<Vec<String>> {
    let mut lines = link::all(home, chains, &topology.links).await?;
    lines.extend(registry::all(home, chains, topology).await?);
    Ok(lines)
}

/// Where each node answers, and a command to begin with.
fn addresses(chains: &[Made]) -> Vec<String> {
    let mut lines = Vec::new();
    for chain in chains {
        lines.push(format!("\nchain {} ({})", chain.name, chain.title));
        let genesis = quoted(chain.created.genesis.display().to_string());
        lines.push(format!("  genesis file  {genesis}"));
        for (name, dir, http) in &chain.created.nodes {
            if let Some(http) = http {
                lines.push(format!("  {name:12}  http://{http}/   {}", dir.display()));
            }
        }
        let key = chain.created.keys.get(REGULATOR);
        let http = chain.created.nodes.iter().find_map(|(_, _, http)| *http);
        if let (Some(key), Some(http)) = (key, http) {
            lines.push(format!(
                "  $ {} status --node http://{http} --key {}",
                program(),
                quoted(key.display().to_string())
            ));
        }
    }
    lines
}

async fn ready(chains: &[Made], processes: &mut Processes) -> Result<()> {
    let begun = Instant::now();
    for chain in chains {
        for (name, _, http) in &chain.created.nodes {
            let Some(http) = http else { continue };
            let client = connect::local(&format!("http://{http}"), None)?;
            loop {
                processes.check()?;
                if matches!(client.ready().await, Ok(true)) {
                    break;
                }
                if begun.elapsed() > START_LIMIT {
                    bail!(
                        "node {} did not get ready within {} s",
                        chain.process(name),
                        START_LIMIT.as_secs()
                    );
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
