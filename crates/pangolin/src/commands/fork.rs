//! `pangolin chains fork`: whether two files, or two nodes, show two certified blocks of one height, and handing that in.
//!
//! Nobody is believed: what they show is checked here under the key of the chain, before anything is signed or sent.

use anyhow::{Context as _, Result};
use pangolin_chain::genesis::Genesis;
use pangolin_client::{ClientError, Proof, ProofForm, Transaction as Sent};
use pangolin_ledger::{Body, ChainId, Delivery, Item};
use pangolin_proof::{
    file::ProofFile,
    fork::{Fork, NoFork, Which},
    provenance,
    trust::{FinalHeader, TrustedChain},
};
use serde_json::{Value, json};
use std::{fs, path::Path, process::ExitCode};

use super::{
    finality::{Subject, follow},
    officer::Officer,
    verify::bounded,
};
use crate::{
    cli::{ForkArgs, NodeArgs},
    connect,
    failure::{self, Failure},
    output, shell, views,
};

/// Something that shows blocks.
struct Shown {
    /// The file or the address.
    from: String,
    headers: Vec<FinalHeader>,
}

/// Two blocks that the chain certified.
struct Found {
    chain: TrustedChain,
    fork: Fork,
}

/// Looks, says what is shown, and hands it in.
pub(super) async fn run(args: &ForkArgs, as_json: bool) -> Result<ExitCode> {
    let officer = officer(args).await?;
    let (one, other) = both(args).await?;
    let found = match find(&keys(args).await?, &one, &other) {
        Ok(found) => found,
        Err(refused) => return Ok(refuse(&refused, as_json)),
    };
    let said = views::Forked {
        name: found.chain.name.clone(),
        chain: found.chain.chain.to_string(),
        height: found.fork.height,
        blocks: found.fork.blocks().map(|block| block.to_string()),
        from: [one.from, other.from],
    };
    if !as_json {
        output::line(said.text());
    }
    let Some(officer) = officer else {
        if as_json {
            output::json(&said.json(None));
        }
        return Ok(ExitCode::SUCCESS);
    };
    let sent = hand_in(args, &officer, &found, as_json).await?;
    if as_json {
        output::json(&said.json(Some(&sent)));
    } else {
        let list = shell::command("chains list", &args.node);
        output::line(views::handed_in(&sent, &list));
    }
    Ok(if sent.state == "final" {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(failure::REFUSED)
    })
}

/// Who hands it in; nobody, where it is only looked at.
async fn officer(args: &ForkArgs) -> Result<Option<Officer>> {
    if args.check {
        return Ok(None);
    }
    let whom = "a party that the chain admitted (--check only says what is shown)";
    let officer = Officer::acting(&args.node, "what is handed in", whom).await?;
    Ok(Some(officer))
}

fn is_address(what: &str) -> bool {
    what.starts_with("http://") || what.starts_with("https://")
}

/// What both show. Nodes are asked for one height: the one that is given, that of the file, or the last that both have.
async fn both(args: &ForkArgs) -> Result<(Shown, Shown)> {
    let read = |what: &str| (!is_address(what)).then(|| file(what)).transpose();
    let (one, other) = (read(&args.one)?, read(&args.other)?);
    let of_file = one.as_ref().or(other.as_ref()).and_then(|shown| {
        let first = shown.headers.first()?.headers.first()?;
        Some(first.height.get())
    });
    let height = match args.height.or(of_file) {
        Some(height) => height,
        None => last(args, &args.one)
            .await?
            .min(last(args, &args.other).await?),
    };
    let one = match one {
        Some(shown) => shown,
        None => node(args, &args.one, height).await?,
    };
    let other = match other {
        Some(shown) => shown,
        None => node(args, &args.other, height).await?,
    };
    Ok((one, other))
}

/// The last height that a node has.
async fn last(args: &ForkArgs, url: &str) -> Result<u64> {
    let status = connect::unsigned_at(&args.node, url)?.status().await;
    let status = status.map_err(|error| silent(error, args, url))?;
    Ok(status.height)
}

/// The blocks that a file rests on: a proof file of any kind, or a certificate as a code holds it.
fn file(path: &str) -> Result<Shown> {
    let bytes = bounded(Path::new(path)).with_context(|| format!("cannot read {path}"))?;
    let scanned = std::str::from_utf8(&bytes).ok();
    let scanned = scanned.and_then(provenance::from_text);
    let scanned = scanned.as_deref().unwrap_or(&bytes);
    let headers = if provenance::is_encoded(scanned) {
        let certificate = provenance::decode(scanned).map_err(|error| {
            Failure::local("proof-syntax", format!("no certificate: {error}")).at(path)
        })?;
        let parts = certificate.parts.into_iter();
        parts.map(|part| part.state.header).collect()
    } else {
        headers_of(&bytes, path)?
    };
    Ok(Shown {
        from: path.to_owned(),
        headers,
    })
}

fn headers_of(bytes: &[u8], from: &str) -> Result<Vec<FinalHeader>> {
    let read = ProofFile::parse(bytes).and_then(|file| file.headers());
    read.map_err(|error| {
        let place = error.place().map(|place| format!(": {place}"));
        Failure::local(error.code(), error.to_string())
            .at(format!("{from}{}", place.unwrap_or_default()))
            .advising(error.remedy())
            .into()
    })
}

/// A node that is compared does not answer: which one, and what to do about that one.
fn silent(error: ClientError, args: &ForkArgs, url: &str) -> Failure {
    let asked = NodeArgs {
        node: url.to_owned(),
        ..args.node.clone()
    };
    Failure::asking(
        &anyhow::Error::from(error).context(url.to_owned()),
        Some(&asked),
    )
}

/// The block that a node shows at a height.
async fn node(args: &ForkArgs, url: &str, height: u64) -> Result<Shown> {
    let client = connect::unsigned_at(&args.node, url)?;
    let found = client
        .proof(&Proof::Header(Some(height)), ProofForm::Json)
        .await;
    let found = found.map_err(|error| silent(error, args, url))?;
    Ok(Shown {
        from: url.to_owned(),
        headers: headers_of(&found.bytes, url)?,
    })
}

/// The keys under which blocks count: that of the genesis file, or of each chain that the node knows.
async fn keys(args: &ForkArgs) -> Result<Vec<TrustedChain>> {
    if let Some(path) = &args.genesis {
        let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let genesis = Genesis::parse(&bytes)
            .with_context(|| format!("{} is not a genesis file", path.display()))?;
        return Ok(vec![genesis.trusted()]);
    }
    let known = connect::client(&args.node)?.all_chains().await;
    let known = known.map_err(|error| Failure::asking(&error.into(), Some(&args.node)))?;
    let chains = known.chains.into_iter().filter_map(|known| {
        let chain = hex::decode(&known.chain).ok()?.try_into().ok()?;
        TrustedChain::known(known.name, chain, &hex::decode(&known.key).ok()?)
    });
    Ok(chains.collect())
}

/// Why there is nothing to hand in.
struct Refused {
    code: &'static str,
    message: String,
    place: Option<String>,
    remedy: &'static str,
}

/// The first fork that both show, on any chain that is known.
fn find(keys: &[TrustedChain], one: &Shown, other: &Shown) -> Result<Found, Refused> {
    let mut refused = None;
    let mut unknown = None;
    for first in &one.headers {
        for second in &other.headers {
            let chains = [first, second].map(|run| run.headers.first().map(|header| header.chain));
            let [Some(chain), Some(its)] = chains else {
                continue;
            };
            if chain != its {
                continue;
            }
            let Some(trusted) = keys.iter().find(|known| known.chain == chain) else {
                unknown.get_or_insert(chain);
                continue;
            };
            match Fork::find(trusted, first, second) {
                Ok(fork) => {
                    let chain = trusted.clone();
                    return Ok(Found { chain, fork });
                }
                Err(no) => {
                    refused.get_or_insert(no);
                }
            }
        }
    }
    Err(match (refused, unknown) {
        (Some(no), _) => said(&no, one, other),
        (None, Some(chain)) => Refused {
            code: "unknown-chain",
            message: format!("both are of chain {chain}, whose key is not known"),
            place: None,
            remedy: "give the genesis file of that chain with --genesis, or a node of a chain that believes it with --node",
        },
        (None, None) => Refused {
            code: "other-chain",
            message: "the two are of different chains".into(),
            place: None,
            remedy: "give two blocks of one chain",
        },
    })
}

fn said(no: &NoFork, one: &Shown, other: &Shown) -> Refused {
    let (place, remedy) = match no {
        NoFork::NotFinal { which, .. } => (
            Some(match which {
                Which::One => one.from.clone(),
                Which::Other => other.from.clone(),
            }),
            "whoever made it has no certificate of the chain's validators for it: it is no evidence against them",
        ),
        NoFork::SameBlock { .. } => (None, "nothing: both agree"),
        NoFork::OtherHeights { .. } => (
            None,
            "get both of one height: pangolin proof header HEIGHT --node URL",
        ),
    };
    Refused {
        code: no.code(),
        message: no.to_string(),
        place,
        remedy,
    }
}

fn refuse(refused: &Refused, as_json: bool) -> ExitCode {
    let Refused {
        code,
        message,
        place,
        remedy,
    } = refused;
    if as_json {
        let refused: Value = json!({
            "forked": false, "code": code, "place": place, "reason": message, "remedy": remedy,
        });
        output::json(&refused);
    } else {
        let at = place.as_ref().map(|place| format!(" at {place}"));
        output::line(format!(
            "NO FORK [{code}]{}: {message}",
            at.unwrap_or_default()
        ));
        output::line(format!("  do: {remedy}"));
    }
    ExitCode::from(failure::REFUSED)
}

/// Signs the evidence for the chain of the node, hands it in and waits.
async fn hand_in(args: &ForkArgs, officer: &Officer, found: &Found, as_json: bool) -> Result<Sent> {
    let [evidence, other] = found.fork.evidence();
    let body = Body::Delivery(Box::new(Delivery {
        chain: ChainId(found.chain.chain.0),
        evidence,
        witnesses: Vec::new(),
        items: vec![Item::Forked { evidence: other }],
    }));
    let client = connect::client(&args.node)?;
    let status = client.status().await;
    let status = status.map_err(|error| Failure::asking(&error.into(), Some(&args.node)))?;
    let signed = officer.sign(&status, body)?;
    let subject = Subject {
        what: format!("evidence {}", signed.id),
        place: format!("/transactions/{}", signed.id),
        later: shell::command("chains list", &args.node),
        valid: Some((signed.id.clone(), signed.valid_until)),
    };
    follow(&client, &signed, subject, args.wait.limit(), as_json).await
}
