//! One request and its answer.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use bytes::{Bytes, BytesMut};
use futures::stream::{self, Stream};
use reqwest::{Certificate, Identity, Method, redirect::Policy};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use crate::{
    error::{ClientError, ProblemReport},
    sign::{self, Credentials},
};

/// Largest answer, in bytes, unless the options say otherwise.
const MAX_ANSWER_BYTES: usize = 256 * 1024 * 1024;
/// Longest time that a connection without a request is kept for another one: less than nodes keep it (75 s), so that none is used just when
/// it is closed.
const IDLE: Duration = Duration::from_mins(1);
/// Wait where a busy node does not say how long.
const BUSY_WAIT: Duration = Duration::from_secs(1);
/// Longest single wait for a busy node: it may be free sooner than it thinks.
const BUSY_WAIT_MAX: Duration = Duration::from_secs(10);
/// Code of a node that has just started and cannot tell whether it saw a signature before.
const SIGN_AGAIN: &str = "signature-before-start";
/// Longest wait for such a node, where the caller has no patience.
const SIGN_AGAIN_WAIT_MAX: Duration = Duration::from_secs(5);
/// Pieces in which a file is read.
const PIECE_BYTES: usize = 256 * 1024;

/// Options of a client.
#[derive(Debug, Clone)]
pub struct Options {
    /// Longest time for one request.
    pub timeout: Duration,
    /// PEM files with certificates to trust besides those of the system.
    pub trust: Vec<PathBuf>,
    /// PEM file with a client certificate and its key.
    pub identity: Option<PathBuf>,
    /// How long a request is repeated while the node says that it is busy (429, or 503 with `Retry-After`). Zero: not at all.
    pub patience: Duration,
    /// Largest answer that is read, in bytes.
    pub max_answer: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(15),
            trust: Vec::new(),
            identity: None,
            patience: Duration::ZERO,
            max_answer: MAX_ANSWER_BYTES,
        }
    }
}

/// An answer, of any status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// Body.
    pub body: Bytes,
}

impl Sent {
    /// A header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }

    /// The answer if its status is one of success.
    pub fn success(self) -> Result<Self, ClientError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        match serde_json::from_slice::<ProblemReport>(&self.body) {
            Ok(mut problem) if !problem.code.is_empty() => {
                // the status of the answer counts, whatever its body says
                problem.status = self.status;
                Err(ClientError::Problem(Box::new(problem)))
            }
            _ => Err(self.bare()),
        }
    }

    /// What an answer without a body says: its headers, where they say what to do (product verification).
    fn bare(&self) -> ClientError {
        let text = |name| self.header(name).map(str::to_owned);
        let (status, code) = (self.status, text("pangolin-code"));
        match (code, text("pangolin-remedy")) {
            (Some(code), Some(remedy)) => ClientError::Problem(Box::new(ProblemReport {
                status,
                detail: format!("the node answered with status {status}"),
                code,
                place: text("pangolin-place"),
                remedy: Some(remedy),
                ..ProblemReport::default()
            })),
            (code, _) => ClientError::Status { status, code },
        }
    }

    /// How long to wait before the request is sent again, if the node asks for that.
    pub fn busy(&self) -> Option<Duration> {
        let stated = self
            .header("retry-after")
            .and_then(|text| text.trim().parse().ok())
            .map(Duration::from_secs);
        match self.status {
            429 => Some(stated.unwrap_or(BUSY_WAIT)),
            503 => stated,
            _ => None,
        }
    }

    /// How long to wait before the request is signed again, where the node asks for nothing but another signature. It has done
    /// nothing yet, so that sending again is always safe.
    fn sign_again(&self) -> Option<Duration> {
        let wait = self.busy()?;
        let problem = serde_json::from_slice::<ProblemReport>(&self.body).ok();
        let code = problem.map(|problem| problem.code);
        let code = code.as_deref().or_else(|| self.header("pangolin-code"));
        (code == Some(SIGN_AGAIN)).then_some(wait)
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body).map_err(ClientError::Answer)
    }
}

/// What a caller is told while a request is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Note {
    /// So many bytes of the body were handed to the connection; the count begins again with each attempt.
    Sent(u64),
    /// The node is busy; the request is sent again after this time.
    Busy(Duration),
}

/// A request's body.
#[derive(Debug, Clone)]
pub(crate) enum Content<'a> {
    Bytes(Bytes),
    File(&'a Path),
}

/// Who is told; shared with the stream that reads the body.
pub(crate) type Listener = std::sync::Arc<dyn Fn(Note) + Send + Sync>;

fn read_pem(path: &Path) -> Result<Vec<u8>, ClientError> {
    std::fs::read(path).map_err(|error| setup(format!("cannot read {}: {error}", path.display())))
}

#[derive(Debug, Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    base: String,
    credentials: Credentials,
    patience: Duration,
    max_answer: usize,
}

fn setup(error: impl std::fmt::Display) -> ClientError {
    ClientError::Setup(error.to_string())
}

impl Caller {
    pub(crate) fn new(
        base: &str,
        credentials: Credentials,
        options: &Options,
    ) -> Result<Self, ClientError> {
        let base = base.trim_end_matches('/').to_owned();
        let authority = base
            .strip_prefix("https://")
            .or_else(|| base.strip_prefix("http://"));
        if authority.is_none_or(|authority| {
            authority.is_empty() || authority.contains(['/', '?', '#', '@'])
        }) {
            return Err(setup(format!(
                "{base:?} is no address of the form https://host[:port]"
            )));
        }
        // another part of the program may have chosen one already
        let _already = rustls::crypto::aws_lc_rs::default_provider().install_default();
        // a signature covers one address: a redirect would need another
        let mut builder = reqwest::Client::builder()
            .timeout(options.timeout)
            .redirect(Policy::none())
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true);
        if authority.is_some_and(is_local) {
            // a proxy would look for the node on its own machine
            builder = builder.no_proxy();
        }
        for path in &options.trust {
            let pem = read_pem(path)?;
            let found = Certificate::from_pem_bundle(&pem);
            let found = found.map_err(|error| setup(format!("{}: {error}", path.display())))?;
            if found.is_empty() {
                let text = format!("{} holds no certificate in PEM", path.display());
                return Err(setup(text));
            }
            builder = found
                .into_iter()
                .fold(builder, reqwest::ClientBuilder::add_root_certificate);
        }
        if let Some(path) = &options.identity {
            let pem = read_pem(path)?;
            let found = Identity::from_pem(&pem).map_err(|_| {
                setup(format!(
                    "{} does not hold a client certificate and its private key, both in PEM",
                    path.display()
                ))
            })?;
            builder = builder.identity(found);
        }
        Ok(Self {
            http: builder.build().map_err(setup)?,
            base,
            credentials,
            patience: options.patience,
            max_answer: options.max_answer,
        })
    }

    /// The public key with which requests are signed.
    pub(crate) fn public_key(&self) -> Option<[u8; 32]> {
        sign::public(&self.credentials)
    }

    /// Whether nobody else reads what is sent and answered: it is encrypted, or does not leave this machine.
    pub(crate) fn is_private(&self) -> bool {
        match self.base.split_once("://") {
            Some(("https", _)) => true,
            Some((_, authority)) => is_local(authority),
            None => false,
        }
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: Bytes,
    ) -> Result<Sent, ClientError> {
        self.send_content(method, path, headers, &Content::Bytes(body), None)
            .await
    }

    /// Sends until the node is not busy or the patience is at its end. Each attempt is signed anew: a signature is accepted once.
    /// A node that has just started may ask for another signature; that is tried once without any patience.
    pub(crate) async fn send_content(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        content: &Content<'_>,
        listener: Option<&Listener>,
    ) -> Result<Sent, ClientError> {
        let begun = Instant::now();
        let mut signed_again = false;
        loop {
            let sent = self
                .send_once(method, path, headers, content, listener)
                .await?;
            let left = self.patience.saturating_sub(begun.elapsed());
            let patient = sent.busy().filter(|_| !left.is_zero());
            let soon = sent
                .sign_again()
                .filter(|wait| !signed_again && *wait <= SIGN_AGAIN_WAIT_MAX);
            let wait = match (patient, soon) {
                (_, Some(wait)) => {
                    signed_again = true;
                    wait
                }
                (Some(wait), None) => wait.min(BUSY_WAIT_MAX).min(left),
                (None, None) => return Ok(sent),
            };
            if let Some(listener) = listener {
                listener(Note::Busy(wait));
            }
            tokio::time::sleep(wait).await;
        }
    }

    /// One attempt.
    pub(crate) async fn send_once(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        content: &Content<'_>,
        listener: Option<&Listener>,
    ) -> Result<Sent, ClientError> {
        match content {
            Content::Bytes(body) => {
                let digest = has_body(method).then(|| Sha256::digest(body).into());
                let request = self.request(method, path, headers, digest)?;
                let answer = self.answer(request.body(body.clone())).await;
                if let (Ok(_), Some(listener)) = (&answer, listener) {
                    listener(Note::Sent(body.len() as u64));
                }
                answer
            }
            Content::File(file) => {
                let (digest, size) = digest_of(file).await?;
                let request = self.request(method, path, headers, Some(digest))?;
                let again = open(file).await?;
                let body = reqwest::Body::wrap_stream(pieces(again, listener.cloned()));
                self.answer(request.header("content-length", size).body(body))
                    .await
            }
        }
    }

    fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        digest: Option<[u8; 32]>,
    ) -> Result<reqwest::RequestBuilder, ClientError> {
        let target = format!("{}{path}", self.base);
        let verb = Method::from_bytes(method.as_bytes()).map_err(setup)?;
        let mut request = self.http.request(verb, &target);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        for (name, value) in sign::headers(&self.credentials, method, &target, digest) {
            request = request.header(name, value);
        }
        Ok(request)
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Sent, ClientError> {
        let mut response = request.send().await.map_err(ClientError::Connection)?;
        let headers = response.headers().iter();
        let headers = headers
            .filter_map(|(name, value)| {
                Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
            })
            .collect();
        let status = response.status().as_u16();
        let mut body = BytesMut::new();
        while let Some(piece) = response.chunk().await.map_err(ClientError::Connection)? {
            if body.len() + piece.len() > self.max_answer {
                return Err(ClientError::TooLarge(self.max_answer));
            }
            body.extend_from_slice(&piece);
        }
        Ok(Sent {
            status,
            headers,
            body: body.freeze(),
        })
    }
}

async fn open(file: &Path) -> Result<tokio::fs::File, ClientError> {
    tokio::fs::File::open(file).await.map_err(ClientError::File)
}

/// SHA-256 and size of a file of any size.
async fn digest_of(file: &Path) -> Result<([u8; 32], u64), ClientError> {
    let mut reading = open(file).await?;
    let mut hash = Sha256::new();
    let mut piece = vec![0; PIECE_BYTES];
    let mut size = 0;
    loop {
        let read = reading.read(&mut piece).await.map_err(ClientError::File)?;
        if read == 0 {
            return Ok((hash.finalize().into(), size));
        }
        hash.update(piece.get(..read).unwrap_or_default());
        size += read as u64;
    }
}

/// A file piece by piece; the listener learns how much has been taken.
fn pieces(
    file: tokio::fs::File,
    listener: Option<Listener>,
) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::try_unfold((file, 0), move |(mut file, sent)| {
        let listener = listener.clone();
        async move {
            let mut piece = BytesMut::with_capacity(PIECE_BYTES);
            let read = file.read_buf(&mut piece).await?;
            if read == 0 {
                return Ok(None);
            }
            let sent = sent + read as u64;
            if let Some(listener) = &listener {
                listener(Note::Sent(sent));
            }
            Ok(Some((piece.freeze(), (file, sent))))
        }
    })
}

/// Whether an authority is this machine itself.
fn is_local(authority: &str) -> bool {
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, port)| {
            // the colons of an address in brackets are not before a port
            if port.ends_with(']') { authority } else { host }
        });
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn has_body(method: &str) -> bool {
    !matches!(method, "GET" | "HEAD" | "OPTIONS" | "DELETE")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_nodes_are_checked() {
        for (base, good) in [
            ("http://127.0.0.1:8080", true),
            ("https://node.example/", true),
            ("node.example", false),
            ("https://node.example/path", false),
            ("https://user@node", false),
            ("https://", false),
        ] {
            assert_eq!(
                Caller::new(base, Credentials::None, &Options::default()).is_ok(),
                good,
                "{base}"
            );
        }
    }

    #[test]
    fn files_of_certificates_are_named_when_they_are_none() {
        // this source is no certificate
        let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src/call.rs"));
        let gone = PathBuf::from("/no/such.pem");
        for (trust, identity, expect) in [
            (Some(&file), None, "call.rs holds no certificate"),
            (Some(&gone), None, "cannot read /no/such.pem: "),
            (
                None,
                Some(&file),
                "call.rs does not hold a client certificate",
            ),
        ] {
            let options = Options {
                trust: trust.cloned().into_iter().collect(),
                identity: identity.cloned(),
                ..Options::default()
            };
            let error = Caller::new("https://node.example", Credentials::None, &options);
            let error = error.unwrap_err();
            assert_eq!(error.code(), "client-setup");
            assert!(error.to_string().contains(expect), "{expect}: {error}");
        }
    }

    #[test]
    fn this_machine_is_known_in_every_notation() {
        for (authority, local) in [
            ("127.0.0.1:4105", true),
            ("localhost", true),
            ("[::1]:80", true),
            ("[::1]", true),
            ("192.0.2.1:80", false),
            ("localhost.example", false),
        ] {
            assert_eq!(is_local(authority), local, "{authority}");
        }
    }

    #[test]
    fn a_busy_node_says_for_how_long() {
        let sent = |status, after: Option<&str>| Sent {
            status,
            headers: after
                .map(|text| ("retry-after".to_owned(), text.to_owned()))
                .into_iter()
                .collect(),
            body: Bytes::new(),
        };
        let seconds = |status, after| sent(status, after).busy().map(|wait| wait.as_secs());
        assert_eq!(seconds(503, Some("7")), Some(7));
        assert_eq!(seconds(503, None), None);
        assert_eq!(seconds(429, None), Some(1));
        assert_eq!(seconds(409, Some("7")), None);
    }

    #[test]
    fn problems_are_told_from_bare_statuses() {
        let sent = |status, body: &'static str| Sent {
            status,
            headers: vec![("pangolin-code".into(), "no-responder".into())],
            body: Bytes::from_static(body.as_bytes()),
        };
        assert_eq!(
            sent(404, r#"{"code": "unknown-job", "status": 404}"#)
                .success()
                .unwrap_err()
                .code(),
            "unknown-job"
        );
        assert_eq!(sent(404, "").success().unwrap_err().code(), "no-responder");
        assert!(sent(503, "").success().unwrap_err().may_succeed_later());
        assert!(sent(202, "").success().is_ok());
    }
}
