//! Questions to a node: status, trace, product verification, proof files.

use anyhow::{Context as _, Result};
use pangolin_client::{NodeStatus, Proof, ProofForm, Question, Trace};
use serde_json::Value;
use std::{path::Path, process::ExitCode};

use crate::{
    cli::{DisclosuresArgs, NodeArgs, ProofArgs, ProofCommand, TraceArgs, VerifyProductArgs},
    connect,
    failure::{self, Failure},
    output,
    shell::{program, quoted},
    views,
};

/// `pangolin status`.
pub(super) async fn status(node: &NodeArgs, as_json: bool) -> Result<ExitCode> {
    let found = connect::client(node)?.read("/status").await?;
    show(&found, as_json, |status: NodeStatus| views::status(&status)).map_err(|error| {
        no_such_answer(
            &error,
            &node.node,
            "a node",
            "a relay answers to `pangolin relay status URL`",
        )
    })
}

/// `pangolin trace`.
pub(super) async fn trace(args: &TraceArgs, as_json: bool) -> Result<ExitCode> {
    let client = connect::client(&args.node)?;
    let found = client.trace(&args.epc, &args.direction, None).await;
    let found = found.with_context(|| args.epc.clone())?;
    let contents = args.direction == "contents";
    show(&found, as_json, |graph: Trace| {
        views::trace(&graph, contents)
    })
}

/// `pangolin disclosures`: all that were made since a number.
pub(super) async fn disclosures(args: &DisclosuresArgs, as_json: bool) -> Result<ExitCode> {
    let client = connect::client(&args.node)?;
    let found = client.all_disclosures(args.after).await?;
    if as_json {
        output::json(&found);
    } else {
        output::line(views::disclosures(&found));
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints an answer as it came, or as text. What is no answer of this kind is printed in neither way.
pub(crate) fn show<T: serde::de::DeserializeOwned>(
    found: &Value,
    as_json: bool,
    text: impl FnOnce(T) -> String,
) -> Result<ExitCode> {
    let known = T::deserialize(found).context("the node's answer is not understood")?;
    if as_json {
        output::json(found);
    } else {
        output::line(text(known));
    }
    Ok(ExitCode::SUCCESS)
}

/// Something answers at an address and is not what was asked for: a relay instead of a node, or the other way round.
pub(crate) fn no_such_answer(
    error: &anyhow::Error,
    url: &str,
    expected: &str,
    hint: &str,
) -> anyhow::Error {
    let why = error.root_cause();
    Failure::local(
        "answer-syntax",
        format!("this is not the answer of {expected}: {why}"),
    )
    .at(url)
    .advising(format!("give the address of {expected}; {hint}"))
    .into()
}

/// `pangolin verify-product`: code 0 when the pack is verified, 1 when it is not, 2 when there is no answer about it, whoever
/// declined to give one.
pub(super) async fn verify_product(args: &VerifyProductArgs, as_json: bool) -> Result<ExitCode> {
    let question = Question {
        gtin: args.gtin.clone(),
        lot: args.lot.clone(),
        serial: args.serial.clone(),
        expiry: args.exp.clone(),
        requester: args.req_gln.clone(),
    };
    let answer = connect::client(&args.node)?.verify(&question).await;
    let answer =
        answer.map_err(|error| Failure::asking(&error.into(), Some(&args.node)).not_asked())?;
    if as_json {
        output::json(&answer);
    } else {
        let subject = format!("(01){}(21){}", args.gtin, args.serial);
        output::line(views::product(&subject, &answer));
    }
    Ok(if answer.data.verified {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(failure::REFUSED)
    })
}

/// A height; none for the last one.
fn height(text: &str) -> Result<Option<u64>> {
    if text == "latest" {
        return Ok(None);
    }
    let height = text.parse().map_err(|_| {
        Failure::usage(format!("{text:?} is no height"))
            .at("OF")
            .advising("give a number, or latest")
    })?;
    Ok(Some(height))
}

/// `pangolin proof`: writes a proof file.
pub(super) async fn proof(command: &ProofCommand, as_json: bool) -> Result<ExitCode> {
    let (args, proof): (&ProofArgs, Proof) = match command {
        ProofCommand::Receipt(args) => (args, Proof::Receipt(args.of.clone())),
        ProofCommand::Status(args) => (args, Proof::Status(args.of.clone())),
        ProofCommand::Custody(args) => (args, Proof::Custody(args.of.clone())),
        ProofCommand::Header(args) => (args, Proof::Header(height(&args.of)?)),
        ProofCommand::Fields(args) => {
            let (event, paths) = (args.proof.of.clone(), args.path.clone());
            (&args.proof, Proof::Fields { event, paths })
        }
    };
    let client = connect::client(&args.node)?;
    let found = client
        .proof(&proof, ProofForm::Json)
        .await
        .with_context(|| args.of.clone())?;
    if args.out == Path::new("-") {
        output::raw(String::from_utf8_lossy(&found.bytes));
        return Ok(ExitCode::SUCCESS);
    }
    std::fs::write(&args.out, &found.bytes)
        .with_context(|| format!("cannot write {}", args.out.display()))?;
    if as_json {
        output::json(&serde_json::json!({
            "file": args.out, "bytes": found.bytes.len(), "height": found.height,
        }));
    } else {
        let height = found.height.map(|height| format!(", as of block {height}"));
        output::line(format!(
            "{}: {} bytes{}",
            args.out.display(),
            found.bytes.len(),
            height.unwrap_or_default()
        ));
        output::note(format!(
            "check it, with the chain's genesis file: {} verify {} --genesis genesis.json",
            program(),
            quoted(args.out.display().to_string())
        ));
    }
    Ok(ExitCode::SUCCESS)
}
