//! One request and its answer.

use std::{path::Path, path::PathBuf, time::Duration};

use bytes::{Bytes, BytesMut};
use reqwest::{Certificate, Identity, Method, redirect::Policy};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;

use crate::{
    error::{ClientError, ProblemReport},
    sign::{self, Credentials},
};

/// Largest answer, in bytes.
const MAX_ANSWER_BYTES: usize = 256 * 1024 * 1024;
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
}

impl Default for Options {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(15 * 60),
            trust: Vec::new(),
            identity: None,
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
            Ok(problem) if !problem.code.is_empty() => Err(ClientError::Problem(Box::new(problem))),
            _ => Err(ClientError::Status {
                status: self.status,
                code: self.header("pangolin-code").map(str::to_owned),
            }),
        }
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        serde_json::from_slice(&self.body).map_err(ClientError::Answer)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Caller {
    http: reqwest::Client,
    base: String,
    credentials: Credentials,
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
            .tcp_nodelay(true);
        for path in &options.trust {
            let pem = std::fs::read(path).map_err(ClientError::File)?;
            for certificate in Certificate::from_pem_bundle(&pem).map_err(setup)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        if let Some(path) = &options.identity {
            let pem = std::fs::read(path).map_err(ClientError::File)?;
            builder = builder.identity(Identity::from_pem(&pem).map_err(setup)?);
        }
        Ok(Self {
            http: builder.build().map_err(setup)?,
            base,
            credentials,
        })
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        body: Bytes,
    ) -> Result<Sent, ClientError> {
        let digest = has_body(method).then(|| Sha256::digest(&body).into());
        let request = self.request(method, path, headers, digest)?;
        self.answer(request.body(body)).await
    }

    pub(crate) async fn send_file(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, String)],
        file: &Path,
    ) -> Result<Sent, ClientError> {
        let mut reading = tokio::fs::File::open(file)
            .await
            .map_err(ClientError::File)?;
        let mut hash = Sha256::new();
        let mut piece = vec![0; PIECE_BYTES];
        let mut size = 0;
        loop {
            let read = reading.read(&mut piece).await.map_err(ClientError::File)?;
            if read == 0 {
                break;
            }
            hash.update(piece.get(..read).unwrap_or_default());
            size += read as u64;
        }
        let request = self.request(method, path, headers, Some(hash.finalize().into()))?;
        let again = tokio::fs::File::open(file)
            .await
            .map_err(ClientError::File)?;
        self.answer(
            request
                .header("content-length", size)
                .body(reqwest::Body::from(again)),
        )
        .await
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
            if body.len() + piece.len() > MAX_ANSWER_BYTES {
                return Err(ClientError::TooLarge(MAX_ANSWER_BYTES));
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
