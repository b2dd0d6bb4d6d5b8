//! `pangolin ceremony`: the key of a chain, made by all validators together.

use anyhow::{Context as _, Result};
use pangolin_chain::ceremony::Record;
use serde_json::json;
use std::{fs, path::Path, process::ExitCode, time::Duration};

use crate::{ceremony, cli::CeremonyCommand, output};

/// Takes part in a ceremony, or checks the record of one.
pub(super) fn run(command: &CeremonyCommand, as_json: bool) -> Result<ExitCode> {
    let (chain, unfinished) = match command {
        CeremonyCommand::Run {
            dir,
            draft,
            patience,
        } => {
            let done = ceremony::run(dir, draft, patience.map(Duration::from_secs))?;
            let chain = done.chain.map(|chain| chain.to_string());
            (chain.unwrap_or_default(), done.unfinished)
        }
        CeremonyCommand::Check { genesis, record } => {
            let read = |path: &Path| {
                fs::read(path).with_context(|| format!("cannot read {}", path.display()))
            };
            let record =
                Record::parse(&read(record)?).map_err(|error| ceremony::said(error.into()))?;
            let checked = record.verify(&read(genesis)?, &mut rand::rng());
            let checked = checked.map_err(|error| ceremony::said(error.into()))?;
            (checked.chain.to_string(), Vec::new())
        }
    };
    if as_json {
        output::json(&json!({ "chain": chain, "unfinished": unfinished }));
        return Ok(ExitCode::SUCCESS);
    }
    output::line(format!("identity    {chain}"));
    output::line(
        "key origin  ceremony: every validator dealt, and every validator confirmed this chain",
    );
    if !unfinished.is_empty() {
        output::note(format!(
            "not heard to have finished: {}; run this again when they do",
            unfinished.join(", ")
        ));
    }
    Ok(ExitCode::SUCCESS)
}
