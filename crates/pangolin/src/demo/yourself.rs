//! What to ask the network that the demonstration leaves running.

use anyhow::Result;
use pangolin_sandbox::industry::{Plan, Subject, VrsQuery, vrs_queries};

use super::commands::Commands;
use crate::{network::REGULATOR, output, shell::quoted};

/// Questions among which one of each kind is looked for.
const QUESTIONS: u64 = 500;

/// Prints commands about packs that the story left in different states.
pub(super) fn show(plan: &Plan, commands: &Commands<'_>) -> Result<()> {
    let mut genuine: Option<VrsQuery> = None;
    let mut recalled: Option<VrsQuery> = None;
    for query in vrs_queries(plan, QUESTIONS)? {
        match query.subject {
            Subject::Genuine if genuine.is_none() => genuine = Some(query),
            Subject::Recalled if recalled.is_none() => recalled = Some(query),
            _ => {}
        }
    }
    let print = |what: &str, command: String| output::line(format!("   {what}\n   $ {command}"));
    let genesis = quoted(commands.network.genesis.display().to_string());
    if let Some(query) = &genuine {
        let pack = quoted(format!("(01){}(21){}", query.gtin, query.serial));
        let proof = quoted(commands.dir.join("custody.json").display().to_string());
        print("is this pack genuine?", verify_product(query, commands));
        print(
            "where was it?",
            commands.signed(&format!("trace {pack}"), REGULATOR),
        );
        print(
            "its history as a file with proof, checked without any node",
            commands.signed(&format!("proof custody {pack} --out {proof}"), REGULATOR),
        );
        output::line(format!(
            "   $ {}",
            commands.local(&format!("verify {proof} --genesis {genesis}"))
        ));
    }
    if let Some(query) = &recalled {
        print(
            "and this one? (its lot is recalled, and it was set apart; the answer names the graver of the two)",
            verify_product(query, commands),
        );
    }
    if let Some(token) = commands.network.tokens.get(REGULATOR) {
        output::line(format!(
            "   (other programs sign in with a development token, the regulator with {token})"
        ));
    }
    Ok(())
}

fn verify_product(query: &VrsQuery, commands: &Commands<'_>) -> String {
    let words = [
        "verify-product",
        &query.gtin,
        &query.serial,
        "--lot",
        &query.lot,
    ]
    .map(quoted);
    let words = format!(
        "{} --exp {} --req-gln {}",
        words.join(" "),
        query.expiry,
        query.requester
    );
    commands.open(&words, REGULATOR)
}
