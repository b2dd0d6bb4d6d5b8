//! `pangolin capture`: hand files to a node and follow them until they are final.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pangolin_client::{Capture, CaptureJob, Client, ClientError, Document, Progress};
use serde_json::json;
use std::{
    fs,
    io::{IsTerminal as _, Read as _},
    path::Path,
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use super::finality::{SOON, Subject, Waiting};
use crate::{
    cli::CaptureArgs,
    connect,
    failure::{self, Failure},
    interrupt::interrupted,
    output, shell, views,
};

/// Time between two looks at whether the node has taken a document.
const LOOK: Duration = Duration::from_millis(100);

/// Largest document on standard input, which is held in memory: larger ones are given as files.
const MAX_INPUT_BYTES: u64 = 256 * 1024 * 1024;

/// Captures each file in turn. A file that is refused does not keep the others back; one that cannot be handed in ends the
/// command, because the next would fail alike.
pub(super) async fn run(args: &CaptureArgs, as_json: bool) -> Result<ExitCode> {
    let client = connect::client(&args.node)?;
    if let Some(job) = &args.follow {
        let name = format!("job {job}");
        let captured = follow(&client, job, args, as_json).await;
        return Ok(ended(report(&name, captured, as_json)?));
    }
    if let Some(party) = &args.node.party {
        connect::party(party)?;
    }
    let how = Capture {
        strict: args.strict.then_some(true),
        party: args.node.party.clone(),
        placement: args.placement.clone(),
        ..Capture::default()
    };
    for path in args.files.iter().filter(|path| !is_input(path)) {
        // a name that was mistyped is found before anything is sent
        let found = fs::metadata(path).map_err(|error| failure::unreadable(path, &error))?;
        if !found.is_file() {
            return Err(failure::no_file(path).into());
        }
    }
    let mut refused = 0;
    for (place, path) in args.files.iter().enumerate() {
        let name = if is_input(path) {
            "standard input".to_owned()
        } else {
            path.display().to_string()
        };
        let shown = format!("{}/{} {name}", place + 1, args.files.len());
        let waiter = Waiter::new(&client, args, as_json);
        let captured = one(&waiter, path, &shown, &how).await;
        let captured = captured.with_context(|| name.clone());
        refused += usize::from(!report(&name, captured, as_json)?);
    }
    if args.files.len() > 1 && !as_json {
        output::line(format!(
            "{} of {} files captured",
            args.files.len() - refused,
            args.files.len()
        ));
    }
    Ok(ended(refused == 0))
}

fn ended(all: bool) -> ExitCode {
    if all {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(failure::REFUSED)
    }
}

fn is_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// Hands a file in and follows its job to the end.
async fn one(waiter: &Waiter<'_>, path: &Path, shown: &str, how: &Capture) -> Result<CaptureJob> {
    let (document, size) = if is_input(path) {
        let bytes = input()?;
        let size = bytes.len() as u64;
        (Document::Bytes(bytes), size)
    } else {
        let found = fs::metadata(path).map_err(|error| failure::unreadable(path, &error))?;
        (Document::File(path), found.len())
    };
    let bar = bar(size)?;
    bar.set_message(shown.to_owned());
    let draws = (bar.clone(), waiter.seen.clone());
    let captured = waiter
        .client
        .capture_to_end(document, how, move |progress| {
            let (bar, seen) = &draws;
            if let Progress::Working(job) = progress {
                keep(seen, job);
            }
            draw(bar, size, progress);
        });
    waiter.wait(&bar, captured).await
}

/// Follows a job that was begun before.
async fn follow(
    client: &Client,
    job: &str,
    args: &CaptureArgs,
    as_json: bool,
) -> Result<CaptureJob> {
    let waiter = Waiter::new(client, args, as_json);
    let bar = bar(0)?;
    bar.set_message(job.to_owned());
    let captured = client.finished(job, Duration::MAX, |job| {
        keep(&waiter.seen, job);
        draw(&bar, 0, Progress::Working(job));
    });
    waiter.wait(&bar, captured).await
}

/// How a job stood when the node said so last.
type Seen = Arc<Mutex<Option<CaptureJob>>>;

fn keep(seen: &Seen, job: &CaptureJob) {
    *seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(job.clone());
}

/// Who waits for the end of a job, and says so when that takes long.
struct Waiter<'a> {
    client: &'a Client,
    args: &'a CaptureArgs,
    as_json: bool,
    seen: Seen,
    begun: Instant,
}

impl<'a> Waiter<'a> {
    fn new(client: &'a Client, args: &'a CaptureArgs, as_json: bool) -> Self {
        Self {
            client,
            args,
            as_json,
            seen: Seen::default(),
            begun: Instant::now(),
        }
    }

    /// The job's end; or that it is given up to wait for it, while the job goes on at the node.
    async fn wait(
        &self,
        bar: &ProgressBar,
        captured: impl Future<Output = Result<CaptureJob, ClientError>>,
    ) -> Result<CaptureJob> {
        let interrupt = interrupted()?;
        let captured = tokio::select! {
            captured = captured => match captured {
                Err(error) if self.job().is_some() && !error.is_refusal() => {
                    Err(self.given_up(&error.to_string()).await.into())
                }
                Err(error) if self.args.follow.is_none() && error.may_have_been_taken() => {
                    Err(not_taken(&error.to_string()).because(&error).into())
                }
                captured => captured.map_err(Into::into),
            },
            () = self.tell(bar) => Err(self.given_up("--wait was over").await.into()),
            () = interrupt => Err(self.given_up("interrupted").await.into()),
        };
        bar.finish_and_clear();
        captured
    }

    fn job(&self) -> Option<CaptureJob> {
        let seen = self.seen.lock();
        seen.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Says that the job is waited for, and from time to time why it does not move; ends when nobody wants to wait longer.
    async fn tell(&self, bar: &ProgressBar) {
        let job = loop {
            tokio::time::sleep(LOOK).await;
            if let Some(job) = self.job() {
                break job;
            }
        };
        let limit = self.args.wait.limit();
        tokio::time::sleep(limit.map_or(SOON, |limit| SOON.min(limit))).await;
        let say = |text: String| {
            if !self.as_json {
                bar.suspend(|| output::note(text));
            }
        };
        let waiting = self.waiting(&job.capture_id).await;
        say(waiting.first());
        let mut counts = self.job().map(|job| job.counts);
        loop {
            tokio::time::sleep(waiting.next()).await;
            if waiting.is_over() {
                return;
            }
            let moved = self.job().map(|job| job.counts);
            // a job that goes on needs no words
            if moved == counts {
                say(waiting.remark().await);
            }
            counts = moved;
        }
    }

    async fn waiting(&self, job: &str) -> Waiting<'a> {
        let subject = Subject {
            what: format!("job {job}"),
            place: format!("/capture/{job}"),
            later: shell::command(&format!("capture --follow {job}"), &self.args.node),
            valid: None,
        };
        Waiting::new(self.client, subject, self.begun, self.args.wait.limit()).await
    }

    async fn given_up(&self, end: &str) -> Failure {
        if let Some(job) = self.job() {
            return self.waiting(&job.capture_id).await.given_up(end).await;
        }
        not_taken(end)
    }
}

/// The node did not say that it has the document, and may have it.
fn not_taken(end: &str) -> Failure {
    let message = format!("the node may have taken the document, and has not said so: {end}");
    let remedy = "hand it in again: nothing of it is recorded, or what is recorded is known";
    Failure::with_remedy("not-handed-in", message, remedy).at("/capture")
}

fn input() -> Result<Bytes> {
    let mut document = Vec::new();
    std::io::stdin()
        .lock()
        .take(MAX_INPUT_BYTES + 1)
        .read_to_end(&mut document)
        .context("cannot read standard input")?;
    if document.len() as u64 > MAX_INPUT_BYTES {
        let message = format!("standard input has more than {MAX_INPUT_BYTES} bytes");
        return Err(Failure::local("input-too-large", message)
            .at("-")
            .advising("write it to a file and give that instead of -")
            .into());
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
