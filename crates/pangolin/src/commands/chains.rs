//! `pangolin chains`: which other chains are known, and a governor's decisions about them.

use anyhow::{Context as _, Result};
use pangolin_chain::genesis::Genesis;
use pangolin_ledger::{
    Body, ChainId, Digest32, Genesis as Ledger, GovernanceAction, GovernanceBody, Scope, Wire as _,
    hash::sha256,
    state::{ChainAbout, ChainIdentity, ChainState, Endpoint, FollowTerms, Grade, Supervisor},
};
use std::{fs, path::Path, process::ExitCode};

use super::{
    finality::{Subject, follow},
    officer::Officer,
};
use crate::{
    cli::{ChainsCommand, Deciding, Mark, NodeArgs, RecordArgs},
    connect,
    failure::{self, Failure},
    output, shell, views,
};

/// Lists chains, or decides something about one.
pub(super) async fn run(command: &ChainsCommand, as_json: bool) -> Result<ExitCode> {
    use GovernanceAction as A;
    let (action, deciding) = match command {
        ChainsCommand::List(node) => return list(node, as_json).await,
        ChainsCommand::Fork(args) => return super::fork::run(args, as_json).await,
        ChainsCommand::Record(args) => {
            let (chain, identity, about) = record(args)?;
            let action = A::RecordChain {
                chain,
                identity,
                about,
            };
            (action, &args.deciding)
        }
        ChainsCommand::Amend(args) => {
            let (chain, _, about) = record(args)?;
            (A::AmendChain { chain, about }, &args.deciding)
        }
        ChainsCommand::Mark(args) => {
            let chain = named(&args.deciding.node, &args.chain, "CHAIN").await?;
            let state = match args.state {
                Mark::Active => ChainState::Active,
                Mark::Suspended => ChainState::Suspended,
                Mark::Retired => ChainState::Retired,
            };
            (A::MarkChain { chain, state }, &args.deciding)
        }
        ChainsCommand::Register(args) => {
            let (genesis, _) = genesis(&args.genesis)?;
            let action = A::RegisterChain {
                chain: ChainId(genesis.chain.0),
                name: args
                    .name
                    .clone()
                    .unwrap_or_else(|| genesis.file.name.clone()),
                key: genesis.trusted().key_bytes(),
                freshness_ms: args.freshness_ms,
            };
            (action, &args.deciding)
        }
        ChainsCommand::Suspend(args) => {
            let chain = named(&args.deciding.node, &args.chain, "CHAIN").await?;
            (A::SuspendChain { chain }, &args.deciding)
        }
        ChainsCommand::Resume(args) => {
            let chain = named(&args.deciding.node, &args.chain, "CHAIN").await?;
            (A::ResumeChain { chain }, &args.deciding)
        }
        ChainsCommand::Allow(args) | ChainsCommand::Disallow(args) => {
            let chain = named(&args.deciding.node, &args.chain, "CHAIN").await?;
            let allowed = matches!(command, ChainsCommand::Allow(_));
            (A::AllowMaker { chain, allowed }, &args.deciding)
        }
        ChainsCommand::Follow(args) => {
            let registry = named(&args.deciding.node, &args.chain, "CHAIN").await?;
            let terms = FollowTerms {
                grade: Grade::named(&args.grade).context("a grade")?,
                freshness_ms: args.freshness_ms,
                word_ms: args.word_ms,
            };
            (A::FollowRegistry { registry, terms }, &args.deciding)
        }
        ChainsCommand::Leave(args) => {
            let registry = named(&args.deciding.node, &args.chain, "CHAIN").await?;
            (A::LeaveRegistry { registry }, &args.deciding)
        }
        ChainsCommand::Entrust(args) => {
            let node = &args.deciding.node;
            let chain = named(node, &args.chain, "CHAIN").await?;
            let registry = match &args.to {
                Some(registry) => Some(named(node, registry, "--to").await?),
                None => None,
            };
            (A::EntrustChain { chain, registry }, &args.deciding)
        }
    };
    decide(action, deciding, as_json).await
}

async fn list(node: &NodeArgs, as_json: bool) -> Result<ExitCode> {
    let found = connect::client(node)?.all_chains().await;
    let found = found.map_err(|error| Failure::asking(&error.into(), Some(node)))?;
    if as_json {
        output::json(&found);
    } else {
        output::line(views::chains(&found));
    }
    Ok(ExitCode::SUCCESS)
}

/// A genesis file, and the SHA-256 of its bytes.
fn genesis(path: &Path) -> Result<(Genesis, Digest32)> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let genesis = Genesis::parse(&bytes)
        .with_context(|| format!("{} is not a genesis file", path.display()))?;
    Ok((genesis, Digest32(sha256(&[&bytes]))))
}

/// What is to be recorded of a chain.
fn record(args: &RecordArgs) -> Result<(ChainId, ChainIdentity, ChainAbout)> {
    let (genesis, digest) = genesis(&args.genesis)?;
    let ledger = Ledger::from_bytes(&genesis.ledger)
        .context("the ledger in the genesis file cannot be read")?;
    let prefixes = args.prefix.iter().map(|prefix| {
        let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
        let scope = Scope::new(prefix)
            .ok()
            .filter(|_| digits && !prefix.is_empty());
        scope.ok_or_else(|| {
            Failure::usage(format!("{prefix:?} is no company prefix"))
                .at("--prefix")
                .advising("give its digits")
                .into()
        })
    });
    let about = ChainAbout {
        name: args
            .name
            .clone()
            .unwrap_or_else(|| genesis.file.name.clone()),
        jurisdiction: args.jurisdiction.clone(),
        profiles: ledger.profiles.into_iter().collect(),
        endpoints: args
            .endpoint
            .iter()
            .map(|url| Endpoint { url: url.clone() })
            .collect(),
        supervisors: args
            .supervisor
            .iter()
            .map(|name| Supervisor {
                name: name.clone(),
                key: None,
            })
            .collect(),
        prefixes: prefixes.collect::<Result<_>>()?,
        freshness_ms: args.freshness_ms,
    };
    let identity = ChainIdentity {
        grade: Grade::Native,
        key: genesis.trusted().key_bytes(),
        genesis: digest,
    };
    Ok((ChainId(genesis.chain.0), identity, about))
}

/// The chain of this identity, or of this name at the node.
async fn named(node: &NodeArgs, which: &str, place: &str) -> Result<ChainId> {
    if let Some(chain) = hex::decode(which)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
    {
        return Ok(ChainId(chain));
    }
    let found = connect::client(node)?.all_chains().await;
    let found = found.map_err(|error| Failure::asking(&error.into(), Some(node)))?;
    let mut called = found.chains.iter().filter(|known| known.name == which);
    let (first, more) = (called.next(), called.next());
    let chain = first.filter(|_| more.is_none());
    let chain = chain.and_then(|known| hex::decode(&known.chain).ok()?.try_into().ok());
    chain.map(ChainId).ok_or_else(|| {
        let how = if more.is_some() {
            "several chains are"
        } else {
            "no chain is"
        };
        Failure::usage(format!("{how} called {which:?} there"))
            .at(place)
            .advising("give its identity, as `pangolin chains list --output json` prints it")
            .into()
    })
}

/// Signs a decision, waits until it is final, and says what became of it.
async fn decide(action: GovernanceAction, how: &Deciding, as_json: bool) -> Result<ExitCode> {
    let node = &how.node;
    let what = "what is decided about chains";
    let governor = Officer::acting(node, what, "a governor").await?;
    let client = connect::client(node)?;
    let body = Body::Governance(Box::new(GovernanceBody {
        action,
        reason: how.reason.clone(),
    }));
    let signed = governor.sign(&client.status().await?, body)?;
    let subject = Subject {
        what: format!("decision {}", signed.id),
        place: format!("/transactions/{}", signed.id),
        later: shell::command("chains list", node),
        valid: Some((signed.id.clone(), signed.valid_until)),
    };
    let sent = follow(&client, &signed, subject, how.wait.limit(), as_json).await?;
    let done = sent.state == "final";
    if as_json {
        output::json(&sent);
    } else {
        output::line(views::decided(&sent, &shell::command("chains list", node)));
    }
    Ok(if done {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(failure::REFUSED)
    })
}
