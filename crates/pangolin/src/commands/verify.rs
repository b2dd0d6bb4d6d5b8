//! `pangolin verify`: a proof file against a chain's one public key, offline.

use anyhow::{Context as _, Result};
use pangolin_chain::genesis::Genesis;
use pangolin_proof::file::{ProofFile, Report};
use serde_json::json;
use std::{fs, process::ExitCode};

use crate::{cli::VerifyArgs, output};

/// Checks the file; any doubt ends with code 1.
pub(super) fn run(args: &VerifyArgs, as_json: bool) -> Result<ExitCode> {
    let genesis = fs::read(&args.genesis)
        .with_context(|| format!("cannot read {}", args.genesis.display()))?;
    let trusted = Genesis::parse(&genesis)
        .with_context(|| format!("{} is not a genesis file", args.genesis.display()))?
        .trusted();
    let bytes =
        fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let checked = ProofFile::parse(&bytes).and_then(|file| file.verify(&trusted));
    match checked {
        Ok(report) => {
            if as_json {
                output::json(&to_json(&report));
            } else {
                print(&report);
            }
            Ok(if report.is_clean() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            })
        }
        Err(error) => {
            if as_json {
                output::json(
                    &json!({ "verified": false, "code": error.code(), "reason": error.to_string() }),
                );
            } else {
                output::line(format!("NOT VERIFIED [{}]: {error}", error.code()));
                output::line(
                    "Do not rely on this file. Ask its sender for another, or ask the chain yourself.",
                );
            }
            Ok(ExitCode::from(1))
        }
    }
}

fn time(ms: u64) -> String {
    let parsed = i64::try_from(ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    parsed.map_or_else(|| format!("{ms} ms"), |time| time.to_string())
}

fn print(report: &Report) {
    output::line(format!("{}: {}", report.chain, report.about));
    output::line(format!(
        "as of block {} ({})",
        report.height,
        time(report.time_ms)
    ));
    output::line("\nchecked here, offline:");
    for check in &report.checks {
        output::line(format!("  [ok] {}", check.text));
    }
    output::line("\nwhat that shows:");
    for (name, value) in &report.facts {
        output::line(format!("  {name}: {value}"));
    }
    if report.is_clean() {
        output::line("\nVERIFIED");
    } else {
        output::line("\nNOT SHOWN:");
        for doubt in &report.doubts {
            output::line(format!("  {doubt}"));
        }
        output::line("\nNOT FULLY VERIFIED");
    }
}

fn to_json(report: &Report) -> serde_json::Value {
    json!({
        "verified": report.is_clean(),
        "chain": report.chain,
        "about": report.about,
        "height": report.height,
        "time": time(report.time_ms),
        "checks": report.checks.iter().map(|c| json!({ "code": c.code, "text": c.text })).collect::<Vec<_>>(),
        "facts": report.facts.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>(),
        "doubts": report.doubts,
    })
}
