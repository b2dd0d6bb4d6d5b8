//! `pangolin certificate`: asks a node of each chain for what it has of an object's history, puts a certificate together, checks it, and
//! writes it.
//!
//! No node is believed: what they answer is checked like a file of a stranger, before it is written. A chain whose node does not
//! answer leaves a gap, which the certificate says.

use anyhow::{Context as _, Result, bail};
use pangolin_chain::genesis::Genesis;
use pangolin_client::{Client, NodeStatus};
use pangolin_ledger::{
    ChainId, EventId, TimeMs, Wire as _,
    evidence::Proven,
    walk::{
        gather::Gatherer,
        local::{Piece, Want},
    },
};
use pangolin_proof::{
    file::{Kind, ProofFile, ProvenanceProof},
    foreign,
    provenance::{Certificate, MAX_CODE_BYTES, Part, code, seen, to_text},
    state::StateProof,
};
use serde::Deserialize;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::ExitCode,
    sync::Arc,
};

use super::no_such_answer;
use crate::{
    cli::CertificateArgs,
    connect,
    failure::Failure,
    output,
    shell::{program, quoted},
    views,
};

/// Rounds of questions to all nodes together.
const MAX_ROUNDS: usize = 256;

/// What a node answers.
#[derive(Deserialize)]
struct Answer {
    chain: String,
    piece: String,
    state: String,
    #[serde(default)]
    texts: BTreeMap<String, String>,
}

/// A node of one chain.
struct Node {
    url: String,
    client: Client,
}

/// What was gathered.
struct Gathered {
    certificate: Certificate,
    texts: BTreeMap<EventId, String>,
    silent: Vec<(ChainId, String)>,
}

/// Gathers, checks and writes.
pub(super) async fn run(args: &CertificateArgs, as_json: bool) -> Result<ExitCode> {
    let bytes = fs::read(&args.genesis)
        .with_context(|| format!("cannot read {}", args.genesis.display()))?;
    let genesis = Genesis::parse(&bytes)
        .with_context(|| format!("{} is not a genesis file", args.genesis.display()))?;
    let trusted = genesis.trusted();
    let object = pangolin_api::words::object(&args.epc).ok_or_else(|| {
        let why = pangolin_api::words::why_no_object(&args.epc).map(|why| format!(": {why}"));
        Failure::usage(format!(
            "{:?} is no identifier of a single object{}",
            args.epc,
            why.unwrap_or_default()
        ))
        .at("epc")
        .advising("give an EPC URN, a Digital Link, (01)…(21)… or (00)…")
    })?;
    let (here, time, nodes) = nodes(args).await?;
    let root = ChainId(trusted.chain.0);
    if !nodes.contains_key(&root) {
        let message = format!(
            "no node of {}, the chain that is trusted, answers",
            trusted.name
        );
        let failure = Failure::local("no-anchor", message).at("--also");
        let remedy = "name a node of the chain of the genesis file, with --node or --also, that runs and can be reached from here";
        return Err(failure.advising(remedy).into());
    }
    let mut gatherer = Gatherer::new(object, here, root);
    gatherer.with_status(time);
    let gathered = gather(args, gatherer, &nodes).await?;
    let about = format!("provenance of {}", args.epc);
    let proof = ProvenanceProof::new(&gathered.certificate, &gathered.texts);
    let file = ProofFile::new(&trusted, about, Kind::Provenance(proof));
    let report = file.verify(&trusted).map_err(|error| {
        let place = file.place(&error).unwrap_or_default();
        let message = format!("what the nodes answered does not hold: {error}");
        Failure::local(error.code(), message)
            .at(place)
            .advising("a node lies or is behind another; ask other nodes of these chains")
    })?;
    write(&args.out, &file.to_bytes())?;
    let scanned = match &args.code {
        Some(path) => {
            let Some(bytes) = code(&gathered.certificate, MAX_CODE_BYTES) else {
                bail!("not even the object's record fits into one code");
            };
            write(path, to_text(&bytes).as_bytes())?;
            Some(bytes.len())
        }
        None => None,
    };
    let ledger = pangolin_ledger::Genesis::from_bytes(&genesis.ledger)
        .context("the genesis ledger cannot be read")?;
    let words = views::ProofWords::new(&ledger, report.profile);
    if as_json {
        output::json(&serde_json::json!({
            "file": args.out, "whole": report.is_clean(), "doubts": views::doubts(&report, &words), "codeBytes": scanned,
            "silent": gathered.silent.iter().map(|(chain, why)| serde_json::json!({ "chain": chain.to_string(), "why": why })).collect::<Vec<_>>(),
        }));
        return Ok(ExitCode::SUCCESS);
    }
    output::line(views::proof(&report, &words));
    for (chain, why) in &gathered.silent {
        output::note(format!("no answer for chain {chain}: {why}"));
    }
    output::note(format!(
        "written; check it anywhere: {} verify {} --genesis {}",
        program(),
        quoted(args.out.display().to_string()),
        quoted(args.genesis.display().to_string())
    ));
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// The chain of the first node, its time, and a node of each chain.
async fn nodes(args: &CertificateArgs) -> Result<(ChainId, TimeMs, BTreeMap<ChainId, Node>)> {
    let mut nodes = BTreeMap::new();
    let mut first = None;
    let urls = std::iter::once(&args.node.node).chain(&args.also);
    for url in urls {
        let mut client = connect::client_at(&args.node, url)?;
        let mut status = client.read("/status").await;
        if matches!(&status, Err(error) if first.is_some() && error.status() == Some(401)) {
            // a chain that does not know whoever asks answers what it answers to everybody
            client = connect::unsigned_at(&args.node, url)?;
            status = client.read("/status").await;
        }
        let status = match status {
            Ok(status) => status,
            // where the object is decides; another chain only leaves a gap
            Err(error) if first.is_some() => {
                output::note(format!("{url} does not answer: {error}"));
                continue;
            }
            Err(error) => return Err(Failure::asking(&error.into(), Some(&args.node)).into()),
        };
        let status: NodeStatus = match serde_json::from_value(status) {
            Ok(status) => status,
            Err(error) if first.is_some() => {
                output::note(format!("{url} does not answer as a node does: {error}"));
                continue;
            }
            Err(error) => {
                let hint = "--node is a node of the chain where the object is";
                return Err(no_such_answer(&error.into(), url, "a node", hint));
            }
        };
        let chain = chain_id(&status.chain).with_context(|| format!("{url} names no chain"))?;
        let time: jiff::Timestamp = status.time.parse().unwrap_or_default();
        let time = TimeMs(time.as_millisecond());
        first.get_or_insert((chain, time));
        let url = url.clone();
        nodes.entry(chain).or_insert(Node { url, client });
    }
    let (chain, time) = first.context("no node was named")?;
    Ok((chain, time, nodes))
}

fn chain_id(text: &str) -> Option<ChainId> {
    hex::decode(text).ok()?.try_into().ok().map(ChainId)
}

/// Asks until nothing more is wanted.
async fn gather(
    args: &CertificateArgs,
    mut gatherer: Gatherer,
    nodes: &BTreeMap<ChainId, Node>,
) -> Result<Gathered> {
    let mut parts: BTreeMap<ChainId, StateProof> = BTreeMap::new();
    let mut texts = BTreeMap::new();
    let mut silent = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let Some((chain, wants)) = gatherer.ask() else {
            break;
        };
        let answer = match nodes.get(&chain) {
            Some(node) => ask(args, node, chain, &wants).await,
            None => Err(anyhow::anyhow!("no node of it was named (--also)")),
        };
        match answer {
            Ok((piece, state, said)) => {
                let header = state.header.headers.first();
                let header = header.map(seen).context("a proof has no header")?;
                let entries = state.entries.iter();
                let entries = entries.map(|entry| (entry.key, entry.value.clone()));
                let proven = Proven {
                    header,
                    entries: entries.collect(),
                };
                parts.insert(chain, state);
                texts.extend(said);
                gatherer.answered(chain, piece, Arc::new(proven));
            }
            Err(error) => {
                silent.push((chain, format!("{error:#}")));
                gatherer.silent(chain);
            }
        }
    }
    let why = silent.first().map(|(_, why)| why.clone());
    let walk = gatherer.finish().ok_or_else(|| {
        let why = why.map(|why| format!(": {why}")).unwrap_or_default();
        let message = format!("the chain where the object is shows no record of it{why}");
        Failure::local("no-record", message)
            .advising("name a node of the chain where the object is first (--node)")
    })?;
    // in the order of the way, whoever vouches first
    let mut order: Vec<ChainId> = walk.chains.clone();
    order.extend(parts.keys().filter(|chain| !walk.chains.contains(chain)));
    let parts = order.into_iter().filter_map(|chain| {
        let state = parts.remove(&chain)?;
        Some(Part { chain, state })
    });
    Ok(Gathered {
        certificate: Certificate {
            parts: parts.collect(),
            walk,
        },
        texts,
        silent,
    })
}

type Said = (Piece, StateProof, BTreeMap<EventId, String>);

async fn ask(
    args: &CertificateArgs,
    node: &Node,
    chain: ChainId,
    wants: &BTreeSet<Want>,
) -> Result<Said> {
    let wants = wants
        .iter()
        .map(|want| format!("want={}", hex::encode(want.to_bytes())));
    let mut query: Vec<String> = wants.collect();
    if args.ends_only {
        query.push("events=none".into());
    }
    let path = format!("/proofs/provenance?{}", query.join("&"));
    let answer = node.client.read(&path).await;
    let answer = answer.with_context(|| node.url.clone())?;
    let answer: Answer = serde_json::from_value(answer)
        .with_context(|| format!("the answer of {} is not understood", node.url))?;
    if chain_id(&answer.chain) != Some(chain) {
        bail!("{} is a node of another chain", node.url);
    }
    let bytes = |text: &str| hex::decode(text).context("no hexadecimal");
    let piece = Piece::from_bytes(&bytes(&answer.piece)?)
        .with_context(|| format!("the piece of {} cannot be read", node.url))?;
    let state = foreign::decode(&bytes(&answer.state)?)
        .with_context(|| format!("the proof of {} cannot be read", node.url))?;
    let event = |text: &str| hex::decode(text).ok()?.try_into().ok().map(EventId);
    let texts = answer.texts.into_iter();
    let texts = texts.filter_map(|(id, text)| Some((event(&id)?, text)));
    Ok((piece, state, texts.collect()))
}
