//! Handing documents in, and following their jobs.

use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::{
    CaptureJob, Client, ClientError, WAIT_STEP,
    call::{Content, Listener, Note},
    segment,
};

/// Time between two looks at a job that is followed; the node answers sooner when the job ends.
const FOLLOW_STEP: Duration = Duration::from_secs(1);

/// How a document is to be captured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Capture {
    /// Media type; the node finds out by itself where it is not stated.
    pub media_type: Option<String>,
    /// `true`: all or nothing; `false`: as much as possible; `None`: as the node does by itself.
    pub all_or_nothing: Option<bool>,
    /// `true`: refuse what is against the standard; `false`: accept what is unambiguous; `None`: as the node is configured.
    pub strict: Option<bool>,
    /// Party in whose name events are stated, if it is not the sender.
    pub party: Option<String>,
    /// Where full events are kept: `full` or `committed`; `None`: as the node is configured.
    pub placement: Option<String>,
}

impl Capture {
    fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![(
            "content-type",
            self.media_type
                .clone()
                .unwrap_or_else(|| "application/octet-stream".to_owned()),
        )];
        if let Some(whole) = self.all_or_nothing {
            let word = if whole { "rollback" } else { "proceed" };
            headers.push(("gs1-capture-error-behaviour", word.to_owned()));
        }
        if let Some(party) = &self.party {
            headers.push(("pangolin-party", party.clone()));
        }
        if let Some(placement) = &self.placement {
            headers.push(("pangolin-placement", placement.clone()));
        }
        headers
    }

    const fn query(&self) -> &'static str {
        match self.strict {
            None => "",
            Some(true) => "?mode=strict",
            Some(false) => "?mode=lenient",
        }
    }
}

/// A document to be captured.
#[derive(Debug, Clone)]
pub enum Document<'a> {
    /// In memory.
    Bytes(Bytes),
    /// A file of any size.
    File(&'a std::path::Path),
}

/// What happens while a document is captured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// So many bytes of the document are on their way. Where the node was busy, the count begins again.
    Sent {
        /// Bytes.
        bytes: u64,
    },
    /// The node is busy; the document is sent again after this time.
    Busy {
        /// How long.
        wait: Duration,
    },
    /// How the job stands.
    Working(&'a CaptureJob),
}

impl Client {
    /// Hands in a document. When this returns, the document is safe and its job has begun or waits.
    pub async fn capture(&self, document: Bytes, how: &Capture) -> Result<CaptureJob, ClientError> {
        self.hand_in(&Content::Bytes(document), how, None).await
    }

    /// Hands in a file of any size, which is read twice: for its digest, and to be sent.
    pub async fn capture_file(
        &self,
        file: &std::path::Path,
        how: &Capture,
    ) -> Result<CaptureJob, ClientError> {
        self.hand_in(&Content::File(file), how, None).await
    }

    async fn hand_in(
        &self,
        content: &Content<'_>,
        how: &Capture,
        listener: Option<&Listener>,
    ) -> Result<CaptureJob, ClientError> {
        let path = format!("/capture{}", how.query());
        let sent = self
            .caller
            .send_content("POST", &path, &how.headers(), content, listener)
            .await?;
        sent.success()?.json()
    }

    /// Hands in a document and follows its job to the end, however long that takes; `progress` learns what happens meanwhile.
    pub async fn capture_to_end(
        &self,
        document: Document<'_>,
        how: &Capture,
        progress: impl Fn(Progress<'_>) + Send + Sync + 'static,
    ) -> Result<CaptureJob, ClientError> {
        let progress = std::sync::Arc::new(progress);
        let told = progress.clone();
        let listener: Listener = std::sync::Arc::new(move |note| {
            told(match note {
                Note::Sent(bytes) => Progress::Sent { bytes },
                Note::Busy(wait) => Progress::Busy { wait },
            });
        });
        let content = match document {
            Document::Bytes(bytes) => Content::Bytes(bytes),
            Document::File(path) => Content::File(path),
        };
        let mut job = self.hand_in(&content, how, Some(&listener)).await?;
        progress(Progress::Working(&job));
        while job.running {
            job = self.job(&job.capture_id, FOLLOW_STEP).await?;
            progress(Progress::Working(&job));
        }
        Ok(job)
    }

    /// How a job stands; waits for its end, at most so long.
    pub async fn job(&self, id: &str, wait: Duration) -> Result<CaptureJob, ClientError> {
        self.json(&format!(
            "/capture/{}?wait={}",
            segment(id),
            wait.min(WAIT_STEP).as_secs()
        ))
        .await
    }

    /// Waits for the end of a job, and tells `progress` how it stands from time to time. After `limit` the job is given as it
    /// is.
    pub async fn finished(
        &self,
        id: &str,
        limit: Duration,
        mut progress: impl FnMut(&CaptureJob),
    ) -> Result<CaptureJob, ClientError> {
        let began = Instant::now();
        loop {
            let left = limit.saturating_sub(began.elapsed());
            let job = self.job(id, left.min(Duration::from_secs(2))).await?;
            progress(&job);
            if !job.running || began.elapsed() >= limit {
                return Ok(job);
            }
        }
    }

    /// What became of up to 1,000 events of a job, from one on.
    pub async fn job_events(&self, id: &str, from: u64) -> Result<CaptureJob, ClientError> {
        self.json(&format!("/capture/{}?events={from}", segment(id)))
            .await
    }
}
