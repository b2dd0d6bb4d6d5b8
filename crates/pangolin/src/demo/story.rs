//! What happens in the demonstration, and whether the chain did what it should.
//!
//! Files of different senders about the same stage of the trade do not depend on each other and are sent side by side; each
//! sender's own files, and everything that goes wrong, one after the other.

use anyhow::{Context as _, Result};
use futures::{StreamExt as _, stream::FuturesUnordered};
use pangolin_client::{Capture, CaptureJob, ClientError, Document as Content};
use pangolin_sandbox::industry::{Document, Plan, Verdict};
use std::{collections::BTreeMap, fs, path::PathBuf, time::Instant};

use super::{clients::Clients, commands::Commands, recall};
use crate::{output, views};

/// What was told, in numbers.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) files: u64,
    pub(super) events: u64,
    pub(super) references: u64,
    /// Files that did not get the answer that was expected.
    pub(super) surprises: u64,
}

/// Sends every file of the plan to its sender's node and tells what became of it.
pub(super) async fn tell(
    plan: &Plan,
    commands: &Commands<'_>,
    bar: &indicatif::ProgressBar,
) -> Result<Told> {
    let folder = commands.dir.join("files");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let clients = Clients::new(commands)?;
    let begun = Instant::now();
    let mut told = Told::default();
    let mut waiting: Vec<Document> = Vec::new();
    for document in plan.history()? {
        let document = document?;
        let alone = document.incident.is_some() || document.recall.is_some();
        let other = waiting
            .last()
            .is_some_and(|last| last.stage != document.stage);
        if alone || other {
            together(&mut waiting, &clients, commands, bar, &mut told).await?;
        }
        if !alone {
            waiting.push(document);
            continue;
        }
        let sent = send(document, &clients, commands).await?;
        bar.suspend(|| sent.tell(commands));
        told.count(&sent);
        if let Some(order) = &sent.document.recall {
            let lines = recall::issue(order, &clients, commands).await?;
            bar.suspend(|| lines.iter().for_each(output::line));
        }
    }
    together(&mut waiting, &clients, commands, bar, &mut told).await?;
    bar.finish_and_clear();
    output::line(format!(
        "   {} files, {} events, {} serial references recorded or refused in {:.1} s",
        told.files,
        told.events,
        told.references,
        begun.elapsed().as_secs_f64(),
    ));
    Ok(told)
}

/// Sends what waits: each sender's files in their order, the senders side by side.
async fn together(
    waiting: &mut Vec<Document>,
    clients: &Clients,
    commands: &Commands<'_>,
    bar: &indicatif::ProgressBar,
    told: &mut Told,
) -> Result<()> {
    let mut senders: BTreeMap<usize, Vec<Document>> = BTreeMap::new();
    for document in waiting.drain(..) {
        senders
            .entry(document.sender.index)
            .or_default()
            .push(document);
    }
    let mut running: FuturesUnordered<_> = senders
        .into_values()
        .map(|documents| async move {
            let mut sent = Vec::new();
            for document in documents {
                sent.push(send(document, clients, commands).await?);
            }
            anyhow::Ok(sent)
        })
        .collect();
    while let Some(all) = running.next().await {
        for sent in all? {
            bar.set_message(sent.document.file_name());
            bar.tick();
            told.count(&sent);
            if !sent.as_expected() {
                bar.suspend(|| sent.tell(commands));
            }
        }
    }
    Ok(())
}

async fn send(document: Document, clients: &Clients, commands: &Commands<'_>) -> Result<Sent> {
    let path = commands.dir.join("files").join(document.file_name());
    let bytes = document.bytes()?;
    fs::write(&path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
    let how = Capture {
        strict: Some(true),
        ..Capture::default()
    };
    let sender = &document.sender.slug;
    let captured = clients
        .ask(sender, async |client| {
            let content = Content::Bytes(bytes.clone().into());
            client.capture_to_end(content, &how, |_| ()).await
        })
        .await?;
    Sent::new(document, path, captured)
}

/// A file that was sent, and what became of it.
struct Sent {
    document: Document,
    path: PathBuf,
    verdict: Verdict,
    codes: Vec<String>,
    problems: Vec<String>,
}

impl Sent {
    /// `Err`: it could not be sent at all, which is no part of any story.
    fn new(
        document: Document,
        path: PathBuf,
        captured: Result<CaptureJob, ClientError>,
    ) -> Result<Self> {
        let (verdict, codes, problems) = match captured {
            Ok(job) => {
                // what no rule was asked about is malformed
                let ruled = job.errors.iter().any(|error| error.refusal.is_some());
                let verdict = match (job.success, job.counts.parked, ruled) {
                    (true, 0, _) => Verdict::Accepted,
                    (true, _, _) => Verdict::Parked,
                    (false, _, false) => Verdict::Malformed,
                    (false, _, true) => Verdict::Refused,
                };
                (
                    verdict,
                    codes(&job),
                    views::problems(&job.errors, &job.defects),
                )
            }
            Err(ClientError::Problem(problem)) if problem.status < 500 => {
                let mut codes: Vec<String> = problem
                    .defects
                    .iter()
                    .map(|found| found.code.clone())
                    .collect();
                codes.push(problem.code.clone());
                let mut lines = views::refused("", &problem);
                lines.remove(0);
                (Verdict::Malformed, codes, lines)
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot send {}", path.display()));
            }
        };
        Ok(Self {
            document,
            path,
            verdict,
            codes,
            problems,
        })
    }

    fn as_expected(&self) -> bool {
        let expected = &self.document.expected;
        let reason = expected.verdict == Verdict::Parked
            || expected
                .reason
                .is_none_or(|reason| self.codes.iter().any(|code| code == reason));
        self.verdict == expected.verdict && reason
    }

    /// Tells what stands out: what was not simply accepted, and what should not have been.
    fn tell(&self, commands: &Commands<'_>) {
        if self.verdict == Verdict::Accepted && self.as_expected() {
            return;
        }
        let verdict = match self.verdict {
            Verdict::Accepted => "accepted",
            Verdict::Parked => "waits for its predecessor",
            Verdict::Refused => "REFUSED",
            Verdict::Malformed => "REFUSED as malformed",
        };
        let mark = if self.as_expected() {
            ""
        } else {
            "  (NOT what was expected)"
        };
        let document = &self.document;
        output::line(format!("\n   {}", plain(&document.story)));
        output::line(format!("   -> {verdict}{mark}"));
        if matches!(self.verdict, Verdict::Refused | Verdict::Malformed) {
            for line in self.problems.iter().take(3) {
                output::line(format!("   {line}"));
            }
        }
        output::line(format!(
            "   $ {}",
            commands.capture(&self.path, &document.sender.slug)
        ));
    }
}

/// Without the remark that a company is invented, which the story makes once.
pub(super) fn plain(text: &str) -> String {
    text.replace(" (fictitious)", "")
}

fn codes(job: &CaptureJob) -> Vec<String> {
    let mut codes: Vec<String> = job.defects.iter().map(|found| found.code.clone()).collect();
    for error in &job.errors {
        codes.push(error.code.clone());
        codes.extend(error.refusal.iter().map(|refusal| refusal.code.clone()));
        codes.extend(error.defects.iter().map(|found| found.code.clone()));
    }
    codes
}

impl Told {
    fn count(&mut self, sent: &Sent) {
        self.files += 1;
        self.events += sent.document.events().len() as u64;
        self.references += sent.document.references();
        self.surprises += u64::from(!sent.as_expected());
    }
}
