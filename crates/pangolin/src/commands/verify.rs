//! `pangolin verify`: a proof file against a chain's one public key, offline.

use anyhow::{Context as _, Result};
use pangolin_chain::genesis::Genesis;
use pangolin_ledger::Wire as _;
use pangolin_proof::{
    file::{MAX_FILE_BYTES, ProofFile, ProofFileError, Report, provenance_report},
    provenance,
    trust::TrustedChain,
};
use serde_json::json;
use std::{
    fs,
    io::{self, Read as _},
    path::Path,
    process::ExitCode,
};

use crate::{cli::VerifyArgs, output, views};

/// Checks the file; any doubt ends with code 1.
pub(super) fn run(args: &VerifyArgs, as_json: bool) -> Result<ExitCode> {
    let genesis = fs::read(&args.genesis)
        .with_context(|| format!("cannot read {}", args.genesis.display()))?;
    let genesis = Genesis::parse(&genesis)
        .with_context(|| format!("{} is not a genesis file", args.genesis.display()))?;
    let bytes =
        bounded(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    match check(&bytes, &genesis.trusted()) {
        Ok(report) => {
            let ledger = pangolin_ledger::Genesis::from_bytes(&genesis.ledger)
                .context("the genesis ledger cannot be read")?;
            let words = views::ProofWords::new(&ledger, report.profile);
            if as_json {
                output::json(&views::proof_json(&report, &words));
            } else {
                output::line(views::proof(&report, &words));
            }
            Ok(if report.is_clean() {
                ExitCode::SUCCESS
            } else {
                ExitCode::from(1)
            })
        }
        Err((error, place)) => {
            if as_json {
                output::json(&json!({
                    "verified": false, "code": error.code(), "place": place, "reason": error.to_string(),
                    "remedy": error.remedy(),
                }));
            } else {
                let at = place
                    .map(|place| format!(" at {place}"))
                    .unwrap_or_default();
                output::line(format!("NOT VERIFIED [{}]{at}: {error}", error.code()));
                output::line(format!("  do: {}", error.remedy()));
            }
            Ok(ExitCode::from(1))
        }
    }
}

/// What the check found, or why the file is not accepted and where.
fn check(bytes: &[u8], trusted: &TrustedChain) -> Result<Report, (ProofFileError, Option<String>)> {
    let scanned = std::str::from_utf8(bytes).ok();
    let scanned = scanned.and_then(provenance::from_text);
    let scanned = scanned.as_deref().unwrap_or(bytes);
    if provenance::is_encoded(scanned) {
        return code(scanned, trusted).map_err(|error| (error, None));
    }
    let file = ProofFile::parse(bytes).map_err(|error| {
        let place = error.place();
        (error, place)
    })?;
    file.verify(trusted).map_err(|error| {
        let place = file.place(&error);
        (error, place)
    })
}

/// What a certificate in its binary form shows, as a scanner reads it from a code.
fn code(bytes: &[u8], trusted: &TrustedChain) -> Result<Report, ProofFileError> {
    let certificate =
        provenance::decode(bytes).map_err(|error| ProofFileError::Code(error.to_string()))?;
    Ok(provenance_report(&certificate, trusted)?)
}

/// The file, or one byte more of it than a proof file may have.
pub(super) fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = MAX_FILE_BYTES as u64 + 1;
    fs::File::open(path)?.take(most).read_to_end(&mut bytes)?;
    Ok(bytes)
}
