//! `pangolin sources` and `pangolin attest`: what is heard of systems and chains of other kinds.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use pangolin_client::Client;
use pangolin_epcis::model::Time;
use pangolin_ledger::{
    Body, FactKey, GovernanceAction, GovernanceBody, Key, PublicKey, Report, Signature, SourceId,
    Stated, TimeMs, Wire,
    codec::Reader,
    limits::MAX_RECORD_BYTES,
    state::{Assurance, Attesters, CometBft, Fact, Mark, Source, SourceList, Tree, keys},
};
use pangolin_sources::{
    attested::{Evidence, Statement},
    comet, rpc,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, fs, process::ExitCode, time::Duration};

use super::{
    finality::{Subject, follow},
    officer::Officer,
};
use crate::{
    cli::{
        Anchor, AttestArgs, Deciding, FactsArgs, NodeArgs, RegisterSourceArgs, SourcesCommand,
        TellArgs,
    },
    connect,
    failure::{self, Failure},
    node::read_key,
    output, shell, views,
};

/// Longest wait for a node of another chain.
const ASKED: Duration = Duration::from_secs(20);

/// Lists sources, shows facts, decides, or hands statements in.
pub(super) async fn run(command: &SourcesCommand, as_json: bool) -> Result<ExitCode> {
    use GovernanceAction as A;
    let (action, deciding) = match command {
        SourcesCommand::List(node) => return list(node, as_json).await,
        SourcesCommand::Facts(args) => return facts(args, as_json).await,
        SourcesCommand::Tell(args) => return tell(args, as_json).await,
        SourcesCommand::Register(args) => (register(args).await?, &args.deciding),
        SourcesCommand::Suspend(args) => {
            let source = source(&args.source)?;
            (A::SuspendSource { source }, &args.deciding)
        }
        SourcesCommand::Resume(args) => {
            let source = source(&args.source)?;
            let mark = anchor(&args.anchor).await?.map(|(_, mark)| mark);
            (A::ResumeSource { source, mark }, &args.deciding)
        }
    };
    let body = Body::Governance(Box::new(GovernanceBody {
        action,
        reason: deciding.reason.clone(),
    }));
    decide(body, deciding, as_json).await
}

fn source(text: &str) -> Result<SourceId> {
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    SourceId::new(text).ok().filter(|_| visible).ok_or_else(|| {
        Failure::usage(format!("{text:?} is no name of a source"))
            .at("SOURCE")
            .advising("give 1 to 64 visible characters of ASCII")
            .into()
    })
}

/// A key as text, or as `0x` and hexadecimal digits.
fn fact_key(text: &str) -> Result<FactKey> {
    let bytes = text
        .strip_prefix("0x")
        .and_then(|digits| hex::decode(digits).ok());
    FactKey::new(bytes.unwrap_or_else(|| text.as_bytes().to_vec())).map_err(|error| {
        Failure::usage(format!("{text:?} is no key: {error}"))
            .at("KEY")
            .into()
    })
}

fn public(text: &str) -> Result<PublicKey> {
    let bytes = hex::decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    bytes.map(PublicKey).ok_or_else(|| {
        Failure::usage(format!("{text:?} is no public key"))
            .at("--attester")
            .advising("give 64 hexadecimal digits, as `pangolin keys show` prints them")
            .into()
    })
}

/// The header that somebody checked, as a node of its chain shows it, and the chain's id.
async fn anchor(args: &Anchor) -> Result<Option<(String, Mark)>> {
    let (Some(url), Some(height), Some(hash)) = (&args.rpc, args.height, &args.hash) else {
        return Ok(None);
    };
    let client = connect::quick(url, ASKED)?;
    let answer = client
        .read(&format!("/commit?height={height}"))
        .await
        .with_context(|| format!("{url} does not show the header of height {height}"))?;
    let signed = rpc::commit(&answer.to_string())
        .with_context(|| format!("{url} is no node of a CometBFT chain"))?;
    let mark = comet::mark_of(&signed).map_err(|error| anyhow::anyhow!(error.message))?;
    let shown = hex::encode(mark.digest.0);
    if !shown.eq_ignore_ascii_case(hash) || mark.height != height {
        return Err(Failure::usage(format!(
            "{url} shows the header {shown} of height {}, not the one that you checked",
            mark.height
        ))
        .at("--hash")
        .into());
    }
    Ok(Some((signed.header.chain_id.to_string(), mark)))
}

async fn register(args: &RegisterSourceArgs) -> Result<GovernanceAction> {
    let id = source(&args.source)?;
    let anchored = anchor(&args.anchor).await?;
    let (assurance, mark) = if let Some((chain, mark)) = anchored {
        let (trees, stores) = match &args.store {
            Some(store) => (vec![Tree::Iavl, Tree::Simple], vec![fact_key(store)?]),
            None => (vec![Tree::Iavl], Vec::new()),
        };
        let terms = CometBft {
            chain,
            trusting_ms: args.trusting_hours.saturating_mul(3_600_000),
            drift_ms: args.drift_ms,
            trees,
            stores,
        };
        (Assurance::CometBft(terms), Some(mark))
    } else {
        let keys: std::collections::BTreeSet<PublicKey> = args
            .attester
            .iter()
            .map(|key| public(key))
            .collect::<Result<_>>()?;
        let all = u8::try_from(keys.len()).unwrap_or(u8::MAX);
        let threshold = args.threshold.unwrap_or(all);
        (Assurance::Attested(Attesters { keys, threshold }), None)
    };
    Ok(GovernanceAction::RegisterSource {
        name: args.name.clone().unwrap_or_else(|| args.source.clone()),
        source: id,
        assurance,
        freshness_ms: args.freshness_ms,
        mark,
    })
}

/// Records of the chain's state.
async fn records(client: &Client, keys: &[Key]) -> Result<Vec<Option<Vec<u8>>>> {
    let body: Vec<u8> = keys.iter().flat_map(|key| key.0).collect();
    let answer = client.state(Bytes::from(body), false).await?;
    let mut r = Reader::new(&answer.bytes);
    let mut out = Vec::with_capacity(keys.len());
    for _ in keys {
        out.push(if r.flag()? {
            Some(r.bytes(MAX_RECORD_BYTES)?.to_vec())
        } else {
            None
        });
    }
    Ok(out)
}

async fn read<T: Wire>(node: &NodeArgs, keys: &[Key]) -> Result<Vec<Option<T>>> {
    let found = records(&connect::client(node)?, keys)
        .await
        .map_err(|error| Failure::asking(&error, Some(node)))?;
    let read = found
        .into_iter()
        .map(|bytes| bytes.map(|bytes| T::from_bytes(&bytes)).transpose());
    Ok(read.collect::<Result<_, _>>()?)
}

async fn list(node: &NodeArgs, as_json: bool) -> Result<ExitCode> {
    let list = read::<SourceList>(node, &[keys::sources()]).await?;
    let ids = list.into_iter().flatten().flat_map(|list| list.sources);
    let ids: Vec<SourceId> = ids.collect();
    let wanted: Vec<Key> = ids.iter().map(keys::source).collect();
    let found = if wanted.is_empty() {
        Vec::new()
    } else {
        read::<Source>(node, &wanted).await?
    };
    let known = ids
        .iter()
        .zip(found)
        .filter_map(|(id, record)| Some((id, record?)));
    let all: Vec<Value> = known.map(|(id, record)| told(id, &record)).collect();
    if as_json {
        output::json(&json!({ "sources": all }));
    } else {
        output::line(views::sources(&all));
    }
    Ok(ExitCode::SUCCESS)
}

fn told(id: &SourceId, source: &Source) -> Value {
    let how = match &source.assurance {
        Assurance::CometBft(terms) => json!({
            "kind": "cometbft", "chain": terms.chain,
            "trusting_ms": terms.trusting_ms, "drift_ms": terms.drift_ms,
            "trees": terms.trees.iter().map(|tree| tree.name()).collect::<Vec<_>>(),
            "stores": terms.stores.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
        Assurance::Attested(terms) => json!({
            "kind": "attested", "threshold": terms.threshold,
            "keys": terms.keys.iter().map(ToString::to_string).collect::<Vec<_>>(),
        }),
    };
    let newest = source.marks.last();
    json!({
        "source": id.to_string(), "name": source.name,
        "grade": source.assurance.grade().name(), "assurance": how,
        "freshness_ms": source.freshness_ms,
        "suspended": source.suspended.map(|height| height.0),
        "height": newest.map(|mark| mark.height),
        "as_of": newest.map(|mark| mark.time.to_string()),
    })
}

async fn facts(args: &FactsArgs, as_json: bool) -> Result<ExitCode> {
    let id = source(&args.source)?;
    let named: Vec<FactKey> = args
        .keys
        .iter()
        .map(|key| fact_key(key))
        .collect::<Result<_>>()?;
    let Some(record) = read::<Source>(&args.node, &[keys::source(&id)])
        .await?
        .remove(0)
    else {
        let why = format!("no source {id} is registered");
        return Err(Failure::usage(why).at("SOURCE").into());
    };
    let wanted: Vec<Key> = named.iter().map(|key| keys::fact(&id, key)).collect();
    let found = read::<Fact>(&args.node, &wanted).await?;
    let all = named.iter().zip(found).map(|(key, fact)| {
        let known = fact.as_ref();
        json!({
            "key": key.to_string(), "known": fact.is_some(),
            "present": known.map(|fact| fact.value.is_some()),
            "value_hash": known.and_then(|fact| fact.value.map(|value| value.to_string())),
            "value": known.and_then(|fact| String::from_utf8(fact.shown.clone()).ok()).filter(|text| !text.is_empty()),
            "height": known.map(|fact| fact.height),
            "as_of": known.map(|fact| fact.time.to_string()),
        })
    });
    let all: Vec<Value> = all.collect();
    let grade = record.assurance.grade().name();
    if as_json {
        output::json(&json!({ "source": id.to_string(), "grade": grade, "facts": all }));
    } else {
        output::line(views::facts(grade, &all));
    }
    Ok(ExitCode::SUCCESS)
}

/// A statement with one signature, as `pangolin attest` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Attestation {
    format: String,
    source: String,
    number: u64,
    time_ms: i64,
    /// Keys and values, both hexadecimal.
    facts: Vec<(String, Option<String>)>,
    key: String,
    signature: String,
}

const FORMAT: &str = "pangolin-attestation/1";

/// Signs a statement of a source and prints it.
pub(super) fn attest(args: &AttestArgs) -> Result<ExitCode> {
    let id = source(&args.source)?;
    let time = match &args.time {
        Some(text) => Time::parse(text)
            .map(|time| time.instant().as_millisecond())
            .map_err(|_| {
                Failure::usage(format!("{text:?} is no time"))
                    .at("--time")
                    .advising("give a time with its offset, such as 2027-03-31T12:00:00Z")
            })?,
        None => jiff::Timestamp::now().as_millisecond(),
    };
    let mut facts: BTreeMap<FactKey, Option<Vec<u8>>> = BTreeMap::new();
    let present = args.fact.iter().map(|text| {
        let (key, value) = text.split_once('=').ok_or_else(|| {
            Failure::usage(format!("{text:?} is no fact"))
                .at("--fact")
                .advising("give a key and a value: lots/17=released")
        })?;
        Ok((fact_key(key)?, Some(value.as_bytes().to_vec())))
    });
    let absent = args.absent.iter().map(|key| Ok((fact_key(key)?, None)));
    for fact in present.chain(absent) {
        let (key, value) = fact.map_err(|error: anyhow::Error| error)?;
        if facts.insert(key.clone(), value).is_some() {
            return Err(Failure::usage(format!("{key} is stated twice"))
                .at("--fact")
                .into());
        }
    }
    let facts: Vec<Stated> = facts
        .into_iter()
        .map(|(key, value)| Stated {
            key,
            value,
            proof: Vec::new(),
        })
        .collect();
    let statement = Statement {
        source: &id,
        number: args.number,
        time: TimeMs(time),
        facts: &facts,
    };
    let (key, signature) = statement.sign(&read_key(&args.key)?);
    output::json(&Attestation {
        format: FORMAT.into(),
        source: args.source.clone(),
        number: args.number,
        time_ms: time,
        facts: facts
            .iter()
            .map(|fact| {
                (
                    hex::encode(fact.key.as_bytes()),
                    fact.value.as_ref().map(hex::encode),
                )
            })
            .collect(),
        key: hex::encode(key.0),
        signature: hex::encode(signature.0),
    });
    Ok(ExitCode::SUCCESS)
}

/// Joins files of one statement.
fn joined(args: &TellArgs) -> Result<Report> {
    let mut first: Option<Attestation> = None;
    let mut signatures = BTreeMap::new();
    for path in &args.files {
        let broken = |why: String| Failure::usage(why).at(path.display().to_string());
        let text =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file: Attestation = serde_json::from_str(&text)
            .map_err(|error| broken(format!("it is no statement: {error}")))?;
        if file.format != FORMAT {
            return Err(broken(format!("its format is {:?}, not {FORMAT}", file.format)).into());
        }
        let signature = hex::decode(&file.signature)
            .ok()
            .and_then(|bytes| bytes.try_into().ok());
        let signature = signature.ok_or_else(|| broken("its signature is none".into()))?;
        signatures.insert(public(&file.key)?, Signature(signature));
        let same = |known: &Attestation| {
            (&known.source, known.number, known.time_ms, &known.facts)
                == (&file.source, file.number, file.time_ms, &file.facts)
        };
        if first.as_ref().is_some_and(|known| !same(known)) {
            return Err(broken("it is another statement than the file before".into()).into());
        }
        first.get_or_insert(file);
    }
    let first = first.context("a file")?;
    let facts = first.facts.iter().map(|(key, value)| {
        Ok(Stated {
            key: FactKey::new(hex::decode(key)?)?,
            value: value.as_ref().map(hex::decode).transpose()?,
            proof: Vec::new(),
        })
    });
    let evidence = Evidence {
        number: first.number,
        time: TimeMs(first.time_ms),
        signatures,
    };
    Ok(Report {
        source: source(&first.source)?,
        evidence: evidence.encode(),
        facts: facts.collect::<Result<_>>()?,
    })
}

async fn tell(args: &TellArgs, as_json: bool) -> Result<ExitCode> {
    let body = Body::Report(Box::new(joined(args)?));
    send(body, &args.node, args.wait.limit(), as_json).await
}

async fn decide(body: Body, how: &Deciding, as_json: bool) -> Result<ExitCode> {
    send(body, &how.node, how.wait.limit(), as_json).await
}

/// Signs, waits until it is final, and says what became of it.
async fn send(
    body: Body,
    node: &NodeArgs,
    limit: Option<Duration>,
    as_json: bool,
) -> Result<ExitCode> {
    let decided = matches!(body, Body::Governance(_));
    let (what, whom) = if decided {
        ("what is decided about sources", "a governor")
    } else {
        (
            "what is handed in of sources",
            "a party that the chain admitted",
        )
    };
    let officer = Officer::acting(node, what, whom).await?;
    let client = connect::client(node)?;
    let signed = officer.sign(&client.status().await?, body)?;
    let what = if decided { "decision" } else { "report" };
    let later = shell::command("sources list", node);
    let subject = Subject {
        what: format!("{what} {}", signed.id),
        place: format!("/transactions/{}", signed.id),
        later: later.clone(),
        valid: Some((signed.id.clone(), signed.valid_until)),
    };
    let sent = follow(&client, &signed, subject, limit, as_json).await?;
    let done = sent.state == "final";
    if as_json {
        output::json(&sent);
    } else if decided {
        output::line(views::decided(&sent, &later));
    } else {
        output::line(views::told(&sent, &later));
    }
    Ok(if done {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(failure::REFUSED)
    })
}
