//! Requests of the command line to a node.

use anyhow::{Context as _, Result, bail};
use serde_json::Value;
use std::time::Duration;

/// Longest wait for one answer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// A node and the token to show it.
#[derive(Clone)]
pub(crate) struct Remote {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

/// An answer that is not a success.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

impl Answer {
    /// The answer, if it is a success; otherwise what the node says is wrong.
    pub(crate) fn success(self) -> Result<Self> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let text = |name: &str| {
            self.body
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let (title, detail) = (text("title"), text("detail"));
        if title.is_empty() {
            bail!("the node answered {} without saying why", self.status);
        }
        bail!("the node answered {}: {title}. {detail}", self.status)
    }
}

impl Remote {
    /// A node at `base`, for example `http://127.0.0.1:4105`.
    pub(crate) fn new(base: &str, token: Option<String>) -> Result<Self> {
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .no_proxy()
            .build()
            .context("cannot make an HTTP client")?;
        Ok(Self {
            http,
            base: base.trim_end_matches('/').to_owned(),
            token,
        })
    }

    /// `GET path`.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer> {
        self.send(self.http.get(format!("{}{path}", self.base)))
            .await
    }

    /// `POST path` with a body.
    pub(crate) async fn post(&self, path: &str, media_type: &str, body: Vec<u8>) -> Result<Answer> {
        let request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("content-type", media_type)
            .body(body);
        self.send(request).await
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Answer> {
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let response = request
            .send()
            .await
            .with_context(|| format!("cannot reach the node at {}", self.base))?;
        let status = response.status().as_u16();
        let bytes = response
            .bytes()
            .await
            .context("the node's answer broke off")?;
        let body = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Ok(Answer { status, body })
    }

    /// Hands in a document and waits until its job has finished.
    pub(crate) async fn capture(
        &self,
        media_type: &str,
        document: Vec<u8>,
        strict: bool,
    ) -> Result<Answer> {
        let mode = if strict { "strict" } else { "lenient" };
        let taken = self
            .post(&format!("/capture?mode={mode}"), media_type, document)
            .await?;
        if taken.status != 202 {
            return Ok(taken);
        }
        let Some(id) = taken.body.get("captureID").and_then(Value::as_str) else {
            bail!("the node took the document but named no job")
        };
        loop {
            let job = self
                .get(&format!("/capture/{id}?wait=30"))
                .await?
                .success()?;
            if job.body.get("running").and_then(Value::as_bool) != Some(true) {
                return Ok(job);
            }
        }
    }
}

/// The media type of a document, by its first character.
pub(crate) fn media_type(document: &[u8]) -> &'static str {
    let first = document
        .iter()
        .find(|byte| !byte.is_ascii_whitespace() && **byte < 0x80);
    if first == Some(&b'{') {
        "application/ld+json"
    } else {
        "application/xml"
    }
}
