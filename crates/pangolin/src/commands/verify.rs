//! `pangolin verify`: a proof file against a chain's one public key, offline.

use anyhow::{Context as _, Result};
use pangolin_chain::genesis::Genesis;
use pangolin_ledger::{GroupId, ObjectId};
use pangolin_profiles::capture::{group_uri, object_uri};
use pangolin_proof::file::{MAX_FILE_BYTES, ProofFile, ProofFileError, Report};
use serde_json::json;
use std::{
    fs,
    io::{self, Read as _},
    path::Path,
    process::ExitCode,
};

use crate::{cli::VerifyArgs, output};

/// Checks the file; any doubt ends with code 1.
pub(super) fn run(args: &VerifyArgs, as_json: bool) -> Result<ExitCode> {
    let genesis = fs::read(&args.genesis)
        .with_context(|| format!("cannot read {}", args.genesis.display()))?;
    let trusted = Genesis::parse(&genesis)
        .with_context(|| format!("{} is not a genesis file", args.genesis.display()))?
        .trusted();
    let bytes =
        bounded(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
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
                let place = place(&error);
                output::json(
                    &json!({ "verified": false, "code": error.code(), "place": place, "reason": error.to_string() }),
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

/// Where the file is not what it should be.
fn place(error: &ProofFileError) -> Option<String> {
    match error {
        ProofFileError::Syntax(error) => {
            Some(format!("line {}, column {}", error.line(), error.column()))
        }
        ProofFileError::Field { field, .. } => Some(field.clone()),
        _ => None,
    }
}

/// The file, or one byte more of it than a proof file may have.
fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = MAX_FILE_BYTES as u64 + 1;
    fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Text of a stranger, without what would move the cursor or begin a line.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// A proven value as the trade writes it; identifiers are proven as bytes.
fn in_words(name: &str, value: &str) -> String {
    let bytes = value
        .strip_prefix("0x")
        .and_then(|hex| hex::decode(hex).ok());
    let words = bytes.and_then(|bytes| match name {
        "object" | "inside" => ObjectId::new(&bytes).ok().map(|id| object_uri(&id)),
        "lot" => GroupId::new(&bytes).ok().map(|id| group_uri(&id)),
        _ => None,
    });
    words.unwrap_or_else(|| plain(value))
}

fn time(ms: u64) -> String {
    let parsed = i64::try_from(ms)
        .ok()
        .and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
    parsed.map_or_else(|| format!("{ms} ms"), |time| time.to_string())
}

fn print(report: &Report) {
    output::line(format!(
        "{}, as of block {} ({})",
        report.chain,
        report.height,
        time(report.time_ms)
    ));
    output::line("\nchecked here, offline:");
    for check in &report.checks {
        output::line(format!("  [ok] {}", check.text));
    }
    output::line("\nwhat that shows:");
    for (name, value) in &report.facts {
        output::line(format!("  {}: {}", plain(name), in_words(name, value)));
    }
    output::line("\nwhat its sender says, which nothing proves:");
    for claim in std::iter::once(&report.about).chain(&report.claims) {
        output::line(format!("  {}", plain(claim)));
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
        "claimed": { "about": report.about, "texts": report.claims },
        "height": report.height,
        "time": time(report.time_ms),
        "checks": report.checks.iter().map(|c| json!({ "code": c.code, "text": c.text })).collect::<Vec<_>>(),
        "facts": report.facts.iter().map(|(name, value)| json!({ "name": name, "value": in_words(name, value) })).collect::<Vec<_>>(),
        "doubts": report.doubts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_proven_is_said_as_the_trade_writes_it() {
        let hex = "0x0100094f9720f5463153515858364153364552";
        let uri = "https://id.gs1.org/01/00399900101017/21/F1SQXX6AS6ER";
        assert_eq!(in_words("object", hex), uri);
        assert_eq!(in_words("transaction", hex), hex);
        assert_eq!(in_words("object", "pack"), "pack");
    }

    #[test]
    fn words_of_a_stranger_stay_on_their_line() {
        let said = "x\n\u{1b}[2J[ok] fake";
        assert_eq!(plain(said), "x\\n\\u{1b}[2J[ok] fake");
        assert_eq!(plain("Größe 5 µm"), "Größe 5 µm");
    }
}
