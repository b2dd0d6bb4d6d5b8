//! `pangolin bench`: what four validators of four organisations do on this machine.
//!
//! Real processes, sockets and disks; the pharmaceutical profile; every signature and every rule checked by every validator;
//! authenticated state. The load is made before it is timed, because its makers run on machines of their own in a real
//! network, and is handed in over the nodes' HTTP interface like anybody's. Sections, each on a fresh network:
//!
//! * `throughput`: transactions about one pack each, every one signed by its party; processor time and memory of all nodes
//! * `references`: serial references per second in events of realistic size (STANDARDS: the national load)
//! * `latency`: from sending a transaction to the answer that it is final, with 1 and with 256 on their way
//! * `overload`: four times the measured throughput is offered: who is told to come back, and whether anything is lost
//! * `verify`: verification requests to one node at a steady rate
//! * `trace`: traces of packs over an index with many objects; no network
//! * `moves`: packs that go from one chain of validators to another, carried by a relay
//! * `foreign`: what it costs to judge goods that came from another chain, beside goods made here
//! * `reach`: how long an order takes until the last of 2, 4 and 8 chains knows it
//!
//! Results are printed as a table and, on request, written as JSON. Numbers of different machines do not compare.

mod between;
mod drive;
mod figures;
mod inside;
mod load;
mod machine;
mod network;
mod report;
mod sections;
mod trace;

use anyhow::{Context as _, Result};
use std::{fs, process::ExitCode};

use crate::{cli::BenchArgs, output};

use report::Report;

pub(crate) use sections::NAMES;

/// Runs the chosen sections.
pub(crate) async fn run(args: &BenchArgs, as_json: bool) -> Result<ExitCode> {
    if cfg!(debug_assertions) {
        output::note("this is a debug build: build with --release for numbers that mean anything");
    }
    let mut report = Report::new(args.validators);
    for section in sections::chosen(&args.only) {
        output::note(format!("{}: {}", section.name, section.what));
        let figures = (section.run)(args).await;
        let figures = figures.with_context(|| format!("section {} failed", section.name))?;
        if !as_json {
            for figure in &figures {
                output::line(format!("  {figure}"));
            }
        }
        report.add(section.name, figures);
    }
    let text = serde_json::to_string_pretty(&report).context("cannot write the results")?;
    if let Some(path) = &args.write {
        fs::write(path, &text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if as_json {
        output::line(&text);
    } else {
        output::line(report.table());
    }
    Ok(ExitCode::SUCCESS)
}
