//! `pangolin find`: what chains know of an identifier; `pangolin directory`: which chains there are.
//!
//! The node that is named first makes the search. Where it does not do so for whoever asks, and where contents are wanted, which nobody
//! can ask for in somebody else's name, the search is made here, by the same rules, from that node's directory.

use anyhow::Result;
use pangolin_client::{Client, ClientError, Finding, Findings, Given, Identity, Knows, Trouble};
use pangolin_interchain::find::{Atlas, Outside, Search, Subject};
use pangolin_ledger::TimeMs;
use pangolin_proof::{
    file::{Kind, ProofFile},
    foreign::LightClient,
    trust::TrustedChain,
};
use serde_json::{Value, json};
use std::{process::ExitCode, sync::Arc};

use crate::{
    cli::{DirectoryArgs, FindArgs},
    connect,
    failure::{self, Failure},
    output, views,
};

/// Refusals after which the search is made here: the node does not know whoever asks.
const NOT_FOR_STRANGERS: [&str; 4] = [
    "not-signed-in",
    "unknown-key",
    "party-not-admitted",
    "not-a-member",
];

/// Shows the directory of a node.
pub(super) async fn directory(args: &DirectoryArgs, as_json: bool) -> Result<ExitCode> {
    let client = connect::client(&args.node)?;
    let found = client.directory(args.epc.as_deref()).await;
    let found = found.map_err(|error| Failure::asking(&error.into(), Some(&args.node)))?;
    if as_json {
        output::json(&found);
    } else {
        output::line(views::directory(&found));
    }
    Ok(ExitCode::SUCCESS)
}

/// Finds something.
pub(super) async fn run(args: &FindArgs, as_json: bool) -> Result<ExitCode> {
    let subject = Subject::parse(&args.epc).ok_or_else(|| {
        let why = pangolin_api::words::why_no_object(&args.epc).map(|why| format!(": {why}"));
        Failure::usage(format!(
            "{:?} is no identifier of a single object or of a lot{}",
            args.epc,
            why.unwrap_or_default()
        ))
        .at("epc")
        .advising("give an EPC URN, a Digital Link, (01)…(21)…, (00)… or (01)…(10)…")
    })?;
    let failed = |error: ClientError| Failure::asking(&error.into(), Some(&args.node));
    let client = connect::client(&args.node)?;
    let (mut found, atlas) = if args.contents {
        if args.node.key.is_none() {
            return Err(
                Failure::usage("contents are given to whoever signs for them")
                    .at("--key")
                    .advising("give the key file of your party with --key")
                    .into(),
            );
        }
        let (found, atlas) = search(args, &client, &subject).await?;
        (found, Some(atlas))
    } else {
        match client.find(&args.epc, args.everywhere).await {
            Ok(found) => (found, None),
            Err(error) if NOT_FOR_STRANGERS.contains(&error.code()) => {
                output::note(
                    "the node searches for members of its chain only: this program does it by the node's directory",
                );
                let client = connect::unsigned_at(&args.node, &args.node.node)?;
                (search(args, &client, &subject).await?.0, None)
            }
            Err(error) => return Err(failed(error).into()),
        }
    };
    if let Some(atlas) = &atlas {
        gather(args, &client, atlas, &mut found).await;
    }
    if as_json {
        let mut value = serde_json::to_value(&found)?;
        if args.contents
            && let Value::Object(members) = &mut value
        {
            members.insert("trace".to_owned(), trace(&found));
        }
        output::json(&value);
    } else {
        output::line(views::found(&found, args.contents));
    }
    let known = |found: &Finding| matches!(found.knows, Knows::Yes | Knows::Inside);
    Ok(if found.chains.iter().any(known) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(failure::REFUSED)
    })
}

/// Makes the search here.
async fn search(args: &FindArgs, client: &Client, subject: &Subject) -> Result<(Findings, Atlas)> {
    let directory = client.directory(None).await;
    let directory = directory.map_err(|error| Failure::asking(&error.into(), Some(&args.node)))?;
    let atlas = Atlas::read(&directory).ok_or_else(|| {
        Failure::local(
            "answer-syntax",
            "the directory of the node does not name its own chain",
        )
        .advising("ask another node")
    })?;
    for silent in &directory.not_heard {
        output::note(format!(
            "the node has no present records of registry {}: {} ({})",
            silent.registry.get(..8).unwrap_or_default(),
            silent.message,
            silent.code
        ));
    }
    let outside = Outside::new(args.node.ca.clone());
    let light = LightClient::new();
    let search = Search {
        atlas: &atlas,
        own: Arc::new(client.clone()),
        outside: &outside,
        light: &light,
        everywhere: args.everywhere,
        now: TimeMs(jiff::Timestamp::now().as_millisecond()),
    };
    let found = search.run(subject).await;
    Ok((found, atlas))
}

/// Asks each chain that knows the object for what may be read of it.
async fn gather(args: &FindArgs, client: &Client, atlas: &Atlas, found: &mut Findings) {
    if found.kind != "object" {
        output::note(
            "contents are given of single objects: of a lot, ask `pangolin find` for one of its packs",
        );
        return;
    }
    let identity = client.identity().await;
    let from = found.from.clone();
    let asked = found.chains.iter_mut().map(|finding| {
        let here = finding.chain == from;
        let identity = &identity;
        async move {
            if !matches!(finding.knows, Knows::Yes) {
                return;
            }
            let given = one(args, client, finding, here, identity).await;
            match given {
                Ok(mut contents) => {
                    for given in &mut contents.events {
                        judge(given, atlas, &finding.chain);
                    }
                    finding.contents = Some(contents);
                }
                Err(why) => finding.withheld = Some(why),
            }
        }
    });
    futures::future::join_all(asked).await;
}

async fn one(
    args: &FindArgs,
    first: &Client,
    finding: &Finding,
    here: bool,
    identity: &Result<Identity, ClientError>,
) -> Result<pangolin_client::Contents, Trouble> {
    let endpoint = finding.endpoint.as_deref();
    let trouble = |code: &str, message: String| Trouble {
        endpoint: endpoint.map(str::to_owned),
        code: code.to_owned(),
        message,
    };
    let refused = |error: ClientError| {
        let message = match std::error::Error::source(&error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        };
        trouble(error.code(), message)
    };
    if here {
        let given = first.contents(&args.epc, None, args.fields).await;
        return given.map_err(refused);
    }
    let Some(url) = endpoint else {
        return Err(trouble("no-endpoint", "no node of it answered".to_owned()));
    };
    let client = connect::client_at(&args.node, url);
    let client = client.map_err(|error| trouble("client-setup", format!("{error:#}")))?;
    if !client.is_private() {
        let message = "contents are not asked for over a connection that others read: its node has no https address";
        return Err(trouble("plaintext", message.to_owned()));
    }
    let home = match identity {
        Ok(identity) => Some(identity),
        Err(error) => {
            // a member of that chain needs none
            output::note(format!(
                "your own chain does not prove who you are: {error}"
            ));
            None
        }
    };
    client
        .contents(&args.epc, home, args.fields)
        .await
        .map_err(refused)
        .and_then(|given| {
            if given.chain == finding.chain {
                Ok(given)
            } else {
                let message = "it answers for another chain than it proved before";
                Err(trouble("other-chain", message.to_owned()))
            }
        })
}

/// Fields that do not hold under the chain's key, or belong to another event, are not shown.
fn judge(given: &mut Given, atlas: &Atlas, chain: &str) {
    let Some(file) = given.fields.take() else {
        return;
    };
    match verified(&file, given, atlas, chain) {
        Ok(()) => given.fields = Some(file),
        Err((code, message)) => {
            given.fields_missing = Some(Trouble {
                endpoint: None,
                code: code.to_owned(),
                message,
            });
        }
    }
}

fn verified(
    file: &Value,
    given: &Given,
    atlas: &Atlas,
    chain: &str,
) -> Result<(), (&'static str, String)> {
    let place = atlas.places.iter();
    let mut place = place.filter(|(known, _)| known.to_string() == chain);
    let trusted = place.next().and_then(|(known, place)| {
        let key = place.key.as_deref()?;
        TrustedChain::known(place.name.clone(), known.0, key)
    });
    let trusted = trusted.ok_or(("no-key", "the chain's key is not known".to_owned()))?;
    let read = ProofFile::parse(file.to_string().as_bytes());
    let read = read.map_err(|error| (error.code(), error.to_string()))?;
    let checked = read.verify(&trusted);
    let report = checked.map_err(|error| (error.code(), error.to_string()))?;
    let of_fields = matches!(read.proof, Kind::Fields(_)) && report.is_clean();
    let event = file.pointer("/proof/event").and_then(Value::as_str);
    let same = event.is_some_and(|event| event.len() == 64 && given.event_id.contains(event));
    if of_fields && same {
        Ok(())
    } else {
        let message = "what it sent are not fields of this event".to_owned();
        Err(("other-event", message))
    }
}

/// All events that were given, in the order in which they happened.
fn trace(found: &Findings) -> Value {
    let steps = views::steps(found).into_iter();
    let steps = steps.map(
        |(finding, given)| json!({ "chain": finding.chain, "name": finding.name, "given": given }),
    );
    Value::Array(steps.collect())
}
