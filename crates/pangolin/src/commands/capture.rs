//! `pangolin capture`: hand files to a node and follow them until they are final.

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pangolin_client::{Capture, CaptureJob, Client, ClientError, Document, Progress};
use serde_json::json;
use std::{
    io::{IsTerminal as _, Read as _},
    path::Path,
    process::ExitCode,
};

use crate::{
    cli::CaptureArgs,
    connect,
    failure::{self, Failure},
    output, views,
};

/// Largest document on standard input, which is held in memory: larger ones are given as files.
const MAX_INPUT_BYTES: u64 = 256 * 1024 * 1024;

/// Captures each file in turn. A file that is refused does not keep the others back; one that cannot be handed in ends the
/// command, because the next would fail alike.
pub(super) async fn run(args: &CaptureArgs, as_json: bool) -> Result<ExitCode> {
    let client = connect::client(&args.node)?;
    if let Some(party) = &args.node.party {
        connect::party(party)?;
    }
    let how = Capture {
        strict: args.strict.then_some(true),
        party: args.node.party.clone(),
        ..Capture::default()
    };
    for path in args.files.iter().filter(|path| !is_input(path)) {
        // a name that was mistyped is found before anything is sent
        let found = path.metadata();
        let found = found.with_context(|| format!("cannot read {}", path.display()))?;
        if !found.is_file() {
            bail!("{} is not a file", path.display());
        }
    }
    let mut refused = 0;
    for (place, path) in args.files.iter().enumerate() {
        let name = if is_input(path) {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let of = (place + 1, args.files.len());
        let captured = one(&client, path, &name, &how, of).await;
        refused += usize::from(!report(&name, captured, as_json)?);
    }
    if args.files.len() > 1 && !as_json {
        output::line(format!(
            "{} of {} files captured",
            args.files.len() - refused,
            args.files.len()
        ));
    }
    Ok(if refused == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(failure::REFUSED)
    })
}

fn is_input(path: &Path) -> bool {
    path == Path::new("-")
}

async fn one(
    client: &Client,
    path: &Path,
    name: &str,
    how: &Capture,
    (place, files): (usize, usize),
) -> Result<CaptureJob> {
    let (document, size) = if is_input(path) {
        let bytes = input()?;
        let size = bytes.len() as u64;
        (Document::Bytes(bytes), size)
    } else {
        let found = path.metadata();
        let found = found.with_context(|| format!("cannot read {}", path.display()))?;
        (Document::File(path), found.len())
    };
    let bar = bar(size)?;
    bar.set_message(format!("{place}/{files} {name}"));
    let shown = bar.clone();
    let captured = client
        .capture_to_end(document, how, move |progress| draw(&shown, size, progress))
        .await;
    bar.finish_and_clear();
    captured.with_context(|| name.to_owned())
}

fn input() -> Result<Bytes> {
    let mut document = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_INPUT_BYTES + 1)
        .read_to_end(&mut document)
        .context("cannot read standard input")?;
    if document.len() as u64 > MAX_INPUT_BYTES {
        bail!("standard input has more than {MAX_INPUT_BYTES} bytes; give a file instead of -");
    }
    Ok(Bytes::from(document))
}

/// A bar on a terminal, nothing elsewhere.
fn bar(size: u64) -> Result<ProgressBar> {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let bar = ProgressBar::with_draw_target(Some(size), target);
    bar.set_style(ProgressStyle::with_template(SENDING)?);
    Ok(bar)
}

const SENDING: &str = "{bar:24} {bytes:>10}/{total_bytes:10} sent   {msg}";
const WORKING: &str = "{bar:24} {pos:>6}/{len:6} events final   {msg}";

/// First bytes that were sent, then events that are final.
fn draw(bar: &ProgressBar, size: u64, progress: Progress<'_>) {
    let style = |template| ProgressStyle::with_template(template).ok();
    match progress {
        Progress::Sent { bytes } => {
            bar.set_length(size);
            bar.set_position(bytes);
            if let Some(style) = style(SENDING) {
                bar.set_style(style);
            }
        }
        Progress::Busy { wait } => {
            bar.suspend(|| {
                output::note(format!(
                    "the node is busy; trying again in {} s",
                    wait.as_secs_f64().ceil()
                ));
            });
        }
        Progress::Working(job) => {
            let counts = &job.counts;
            // how many events there are is known when the node has read the document
            let Some(events) = counts.events else { return };
            bar.set_length(events);
            bar.set_position(counts.captured + counts.known + counts.parked + counts.rejected);
            if let Some(style) = style(WORKING) {
                bar.set_style(style);
            }
        }
    }
}

/// Prints what became of a file; whether all of it is recorded. `Err`: it could not be handed in.
fn report(file: &str, captured: Result<CaptureJob>, as_json: bool) -> Result<bool> {
    let error = match captured {
        Ok(job) => {
            if as_json {
                output::json(&json!({ "file": file, "captured": job.success, "job": job }));
            } else {
                let problems = views::problems(&job.errors, &job.defects);
                for line in views::summary(file, &job).into_iter().chain(problems) {
                    output::line(line);
                }
            }
            return Ok(job.success);
        }
        Err(error) => error,
    };
    let failure = Failure::of(&error);
    let document = match error.downcast_ref::<ClientError>() {
        // a document that is wrong says nothing about the next one; a sender who is not let in is not let in again
        Some(ClientError::Problem(problem))
            if matches!(problem.status, 400 | 409 | 413 | 415 | 422) =>
        {
            problem
        }
        _ => return Err(error),
    };
    if as_json {
        output::json(&json!({
            "file": file, "captured": false, "error": failure.json(), "defects": document.defects,
        }));
    } else {
        for line in views::refused(file, document) {
            output::line(line);
        }
    }
    Ok(false)
}
