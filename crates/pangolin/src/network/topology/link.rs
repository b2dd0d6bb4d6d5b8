//! Chains are told of each other: each registration is a signed act of the governance of the chain that is to know.
//!
//! It cannot be in the genesis, because a chain's identity is the hash of its genesis file. What is made on a chain whose industry makes
//! things may be traded on those that know it; this is a governed act of its own.

use anyhow::{Context as _, Result};
use futures::future::try_join_all;
use pangolin_client::Client;
use pangolin_ledger::{Body, ChainId, GovernanceAction, GovernanceBody};
use std::time::Duration;

use super::{
    file::Link,
    make::{Home, Made},
};
use crate::{commands::Officer, connect, failure::Failure, network::REGULATOR, node::read_key};

/// Longest wait of one question for a registration.
const WAIT: Duration = Duration::from_secs(5);
/// Questions before it is given up: a chain whose validators run answers much sooner.
const QUESTIONS: usize = 12;

/// How the ledger refuses what is there already.
const THERE_ALREADY: [&str; 3] = ["governance-subject", "chain-recorded", "chain-unchanged"];

/// What became of a registration.
#[derive(Debug)]
pub(crate) enum Registered {
    /// It is final.
    At(u64),
    /// It was there before.
    Before,
}

/// The officer who governs a chain, and a client of its first node.
pub(crate) struct Governor {
    officer: Officer,
    client: Client,
    chain: String,
}

impl Governor {
    /// Of this chain.
    pub(crate) fn of(chain: &Made) -> Result<Self> {
        let key = chain.created.keys.get(REGULATOR);
        let key = key.with_context(|| format!("the regulator of {} has no key", chain.name))?;
        let http = chain.created.nodes.iter().find_map(|(_, _, http)| *http);
        let http = http.with_context(|| format!("no node of {} serves HTTP", chain.name))?;
        Ok(Self {
            officer: Officer {
                party: connect::party(&chain.regulator)?,
                key: read_key(key)?,
            },
            client: connect::local(&format!("http://{http}"), Some(key))?,
            chain: chain.name.clone(),
        })
    }

    /// Signs and sends a change, and waits until it is final.
    pub(crate) async fn enact(&self, action: GovernanceAction, why: &str) -> Result<Registered> {
        let body = Body::Governance(Box::new(GovernanceBody {
            action,
            reason: why.to_owned(),
        }));
        let signed = self.officer.sign(&self.client.status().await?, body)?;
        for _ in 0..QUESTIONS {
            let sent = match signed.submit(&self.client, WAIT).await {
                // a node that sees it refused at once does not take it
                Err(error) if THERE_ALREADY.contains(&error.code()) => {
                    return Ok(Registered::Before);
                }
                sent => sent.with_context(|| format!("chain {}", self.chain))?,
            };
            let refusal = sent.refusal.as_ref();
            let code = refusal.map(|refusal| refusal.code.clone()).or(sent.code);
            match (sent.state.as_str(), code.as_deref()) {
                ("sent", _) => {}
                ("final", _) => return Ok(Registered::At(sent.height.unwrap_or_default())),
                // somebody did it before; what was done stays as it is
                (_, Some(code)) if THERE_ALREADY.contains(&code) => return Ok(Registered::Before),
                (_, code) => {
                    let code = code.unwrap_or("refused");
                    let why = refusal
                        .map(|refusal| refusal.message.clone())
                        .or(sent.detail);
                    let why = why.unwrap_or_default();
                    let message = format!("chain {} does not take the change: {why}", self.chain);
                    let remedy = refusal.map(|refusal| refusal.remedy.clone());
                    let remedy = remedy.filter(|remedy| !remedy.is_empty());
                    return Err(Failure::local(code, message)
                        .advising(remedy.unwrap_or_else(|| "read the logs of its nodes".to_owned()))
                        .into());
                }
            }
        }
        let message = format!("chain {} has not made the change final", self.chain);
        Err(Failure::local("not-final", message)
            .advising("read node.log of its validators; more than two thirds of them must run")
            .into())
    }
}

/// Makes every link that is not there, those of different chains side by side. Returns a line for each link.
pub(crate) async fn all(home: &mut Home, chains: &[Made], links: &[Link]) -> Result<Vec<String>> {
    let work = chains.iter().enumerate().map(|(on, chain)| {
        let own = links.iter().filter(|link| link.on == on);
        let own = own.filter(|link| {
            let of = chains.get(link.of);
            of.is_some_and(|of| !home.is_linked(&chain.name, &of.name))
        });
        one(chain, chains, own.collect())
    });
    let done = try_join_all(work).await?;
    let mut lines = Vec::new();
    for (on, of, done) in done.into_iter().flatten() {
        lines.push(match done {
            Registered::At(height) => format!("{on} knows {of} from its block {height} on"),
            Registered::Before => format!("{on} knew {of} before"),
        });
        home.linked(&on, &of)?;
    }
    let found = links.len().saturating_sub(lines.len());
    if found > 0 {
        lines.push(format!("{found} registrations were made before"));
    }
    Ok(lines)
}

/// Makes the links of one chain, one after the other.
async fn one(
    chain: &Made,
    chains: &[Made],
    links: Vec<&Link>,
) -> Result<Vec<(String, String, Registered)>> {
    let mut done = Vec::new();
    if links.is_empty() {
        return Ok(done);
    }
    let governor = Governor::of(chain)?;
    for link in links {
        let Some(of) = chains.get(link.of) else {
            continue;
        };
        let action = GovernanceAction::RegisterChain {
            chain: ChainId(of.genesis.chain.0),
            name: of.title.clone(),
            key: of.genesis.trusted().key_bytes(),
            freshness_ms: link.freshness_ms,
        };
        let registered = governor.enact(action, "as the network file says").await?;
        if of.makes {
            allow(&governor, of).await?;
        }
        done.push((chain.name.clone(), of.name.clone(), registered));
    }
    Ok(done)
}

/// Lets what is made on a chain be traded on the one that is governed.
pub(super) async fn allow(governor: &Governor, of: &Made) -> Result<Registered> {
    let action = GovernanceAction::AllowMaker {
        chain: ChainId(of.genesis.chain.0),
        allowed: true,
    };
    governor.enact(action, "things are made there").await
}
