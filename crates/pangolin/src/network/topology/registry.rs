//! Registries: chains are recorded by the governance of the registry, and those that follow it decide so by theirs.
//!
//! Each step is a signed act. Then the relays bring what is recorded; no chain that follows is told of another by anybody else.

use anyhow::{Context as _, Result};
use ed25519_zebra::VerificationKeyBytes;
use futures::future::try_join_all;
use pangolin_client::Chains;
use pangolin_ledger::{
    ChainId, Digest32, GovernanceAction, PublicKey, Scope,
    hash::sha256,
    state::{ChainAbout, ChainIdentity, Endpoint, FollowTerms, Grade, Supervisor},
};
use std::{
    fs,
    time::{Duration, Instant},
};

use super::{
    file::{Chain, Registry, Topology},
    link::{Governor, Registered, allow},
    make::{Home, Made},
};
use crate::{connect, failure::Failure, network::REGULATOR, node::read_key};

/// Why, as it is recorded.
const WHY: &str = "as the network file says";
/// Longest time until followers know what is recorded.
const LIMIT: Duration = Duration::from_mins(2);

/// Records chains and follows registries, as far as that is not done. Returns a line for each that is.
pub(super) async fn all(
    home: &mut Home,
    chains: &[Made],
    topology: &Topology,
) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for registry in &topology.registries {
        let list = chains.get(registry.chain).context("the registry")?;
        record(home, list, chains, topology, registry, &mut lines).await?;
        let followers = registry.followers.iter().filter_map(|at| chains.get(*at));
        let done = format!("follow:{}", list.name);
        let missing: Vec<&Made> = followers
            .filter(|follower| !home.is_linked(&follower.name, &done))
            .collect();
        let work = missing
            .iter()
            .map(|follower| follow(follower, list, registry));
        let results = try_join_all(work).await?;
        for (follower, registered) in missing.iter().zip(results) {
            lines.push(said(&registered, &follower.name, "follows", &list.name));
            home.linked(&follower.name, &done)?;
        }
    }
    Ok(lines)
}

fn said(registered: &Registered, who: &str, does: &str, whom: &str) -> String {
    match registered {
        Registered::At(height) => format!("{who} {does} {whom} from its block {height} on"),
        Registered::Before => format!("{who} {does} {whom}, as before"),
    }
}

/// The registry records its chains.
async fn record(
    home: &mut Home,
    list: &Made,
    chains: &[Made],
    topology: &Topology,
    registry: &Registry,
    lines: &mut Vec<String>,
) -> Result<()> {
    let done = |made: &Made| format!("record:{}", made.name);
    let recorded = registry.records.iter().filter_map(|at| {
        let (made, chain) = (chains.get(*at)?, topology.chains.get(*at)?);
        Some((made, chain))
    });
    let missing: Vec<(&Made, &Chain)> = recorded
        .filter(|(made, _)| !home.is_linked(&list.name, &done(made)))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let governor = Governor::of(list)?;
    let acts = missing
        .iter()
        .map(|(made, chain)| action(made, chain, registry));
    let acts = acts.collect::<Result<Vec<_>>>()?;
    let work = acts.into_iter().map(|act| governor.enact(act, WHY));
    let results = try_join_all(work).await?;
    for ((made, _), registered) in missing.iter().zip(results) {
        lines.push(said(&registered, &list.name, "records", &made.name));
        home.linked(&list.name, &done(made))?;
    }
    Ok(())
}

/// What the registry records of a chain.
fn action(made: &Made, chain: &Chain, registry: &Registry) -> Result<GovernanceAction> {
    let path = &made.created.genesis;
    let file = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let key = made.created.keys.get(REGULATOR);
    let key = key.map(|file| read_key(file)).transpose()?;
    let key = key.map(|key| PublicKey(VerificationKeyBytes::from(&key).into()));
    let nodes = made.created.nodes.iter();
    let prefixes = chain
        .companies
        .iter()
        .flat_map(|company| &company.member.prefixes);
    let about = ChainAbout {
        name: chain.title.clone(),
        jurisdiction: chain.jurisdiction.clone(),
        profiles: [chain.rules.reference].into(),
        endpoints: nodes
            .filter_map(|(_, _, http)| *http)
            .map(|http| Endpoint {
                url: format!("http://{http}"),
            })
            .take(pangolin_ledger::limits::MAX_ENDPOINTS)
            .collect(),
        supervisors: vec![Supervisor {
            name: chain.regulator.name.clone(),
            key,
        }],
        prefixes: prefixes
            .filter_map(|prefix| Scope::new(prefix).ok())
            .take(pangolin_ledger::limits::MAX_CHAIN_PREFIXES)
            .collect(),
        freshness_ms: registry.freshness_ms,
    };
    Ok(GovernanceAction::RecordChain {
        chain: ChainId(made.genesis.chain.0),
        identity: ChainIdentity {
            grade: Grade::Native,
            key: made.genesis.trusted().key_bytes(),
            genesis: Digest32(sha256(&[&file])),
        },
        about,
    })
}

/// A chain registers the registry by its own governance, and follows it.
async fn follow(follower: &Made, list: &Made, registry: &Registry) -> Result<Registered> {
    let governor = Governor::of(follower)?;
    let identity = ChainId(list.genesis.chain.0);
    let register = GovernanceAction::RegisterChain {
        chain: identity,
        name: list.title.clone(),
        key: list.genesis.trusted().key_bytes(),
        freshness_ms: registry.freshness_ms,
    };
    governor.enact(register, WHY).await?;
    let follow = GovernanceAction::FollowRegistry {
        registry: identity,
        terms: FollowTerms {
            grade: Grade::Native,
            freshness_ms: registry.freshness_ms,
            word_ms: registry.word_ms,
        },
    };
    governor.enact(follow, WHY).await
}

/// Waits until each follower knows what its registries record, and lets it trade what is made there. Returns a line for each follower.
pub(super) async fn known(
    home: &mut Home,
    chains: &[Made],
    topology: &Topology,
) -> Result<Vec<String>> {
    let begun = Instant::now();
    let mut lines = Vec::new();
    for registry in &topology.registries {
        let list = chains.get(registry.chain).context("the registry")?;
        for at in &registry.followers {
            let follower = chains.get(*at).context("a follower")?;
            let wanted = registry.records.iter().filter(|of| *of != at);
            let wanted: Vec<&Made> = wanted.filter_map(|of| chains.get(*of)).collect();
            let client = client(follower)?;
            loop {
                let found = client.all_chains().await;
                let found = found.with_context(|| format!("chain {}", follower.name))?;
                if wanted.iter().all(|made| is_registered(&found, made)) {
                    break;
                }
                if begun.elapsed() > LIMIT {
                    let message = format!(
                        "chain {} does not know what {} records after {} s",
                        follower.name,
                        list.name,
                        LIMIT.as_secs()
                    );
                    return Err(Failure::local("not-carried", message)
                        .advising("look at the status of the relay between the two")
                        .into());
                }
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            let names: Vec<&str> = wanted.iter().map(|made| made.name.as_str()).collect();
            if !names.is_empty() {
                let (name, names) = (&follower.name, names.join(", "));
                lines.push(format!("{name} knows {names} by the word of {}", list.name));
            }
            makers(home, follower, &wanted, &mut lines).await?;
        }
    }
    Ok(lines)
}

/// A follower's governance lets what is made on some chains be traded there: no registry's word does that.
async fn makers(
    home: &mut Home,
    follower: &Made,
    known: &[&Made],
    lines: &mut Vec<String>,
) -> Result<()> {
    let done = |of: &Made| format!("makes:{}", of.name);
    let makers = known.iter().filter(|of| of.makes);
    let makers: Vec<_> = makers
        .filter(|of| !home.is_linked(&follower.name, &done(of)))
        .collect();
    if makers.is_empty() {
        return Ok(());
    }
    let governor = Governor::of(follower)?;
    for of in makers {
        let allowed = allow(&governor, of).await?;
        let does = "trades what is made on";
        lines.push(said(&allowed, &follower.name, does, &of.name));
        home.linked(&follower.name, &done(of))?;
    }
    Ok(())
}

fn client(chain: &Made) -> Result<pangolin_client::Client> {
    let key = chain.created.keys.get(REGULATOR);
    let http = chain.created.nodes.iter().find_map(|(_, _, http)| *http);
    let http = http.with_context(|| format!("no node of {} serves HTTP", chain.name))?;
    connect::local(&format!("http://{http}"), key)
}

/// Whether a chain is registered, in whatever state.
fn is_registered(found: &Chains, made: &Made) -> bool {
    let chain = ChainId(made.genesis.chain.0).to_string();
    let mut known = found.chains.iter().filter(|known| known.chain == chain);
    known.any(|known| known.registration.is_some())
}
