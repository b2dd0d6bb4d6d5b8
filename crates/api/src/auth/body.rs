//! Bodies whose digest is checked while they are read (RFC 9530).
//!
//! **Invariant**: whoever reads a checked body to its end has read exactly what was signed; otherwise the last read fails.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use axum::body::Body;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The body is not the one that was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the body is not the one whose digest was sent")]
pub struct DigestMismatch;

/// The SHA-256 of a `Content-Digest` header; `None` when it has none or cannot be read.
pub fn parse_digest(header: &str) -> Option<[u8; 32]> {
    header.split(',').find_map(|member| {
        let value = member.trim().strip_prefix("sha-256=:")?.strip_suffix(':')?;
        STANDARD.decode(value).ok()?.try_into().ok()
    })
}

/// The value of a `Content-Digest` header.
pub fn write_digest(digest: &[u8; 32]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest))
}

/// Makes `body` fail at its end unless its SHA-256 is `expected`.
pub fn checked(body: Body, expected: [u8; 32]) -> Body {
    Body::new(Checked {
        body,
        hash: Some(Sha256::new()),
        expected,
    })
}

struct Checked {
    body: Body,
    hash: Option<Sha256>,
    expected: [u8; 32],
}

impl Checked {
    fn end(&mut self) -> Option<Result<Frame<Bytes>, axum::Error>> {
        let hash = self.hash.take()?;
        let found: [u8; 32] = hash.finalize().into();
        (found != self.expected).then(|| Err(axum::Error::new(DigestMismatch)))
    }
}

impl http_body::Body for Checked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(data), Some(hash)) = (frame.data_ref(), self.hash.as_mut()) {
                    hash.update(data);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(None) => Poll::Ready(self.end()),
            other => other,
        }
    }

    /// Never true before the end was seen: a reader that trusted it would miss the check.
    fn is_end_stream(&self) -> bool {
        self.hash.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    async fn read(body: &'static str, signed: &str) -> Result<Bytes, String> {
        let expected = Sha256::digest(signed).into();
        let body = checked(Body::from(body), expected);
        body.collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .map_err(|e| e.to_string())
    }

    #[tokio::test]
    async fn only_the_signed_body_is_read_to_its_end() {
        assert_eq!(read("abc", "abc").await, Ok(Bytes::from_static(b"abc")));
        assert_eq!(read("", "").await, Ok(Bytes::new()));
        assert!(read("abc", "abd").await.is_err());
        assert!(read("", "abc").await.is_err());
    }

    #[test]
    fn digests_are_read_and_written() {
        let digest = [9; 32];
        assert_eq!(parse_digest(&write_digest(&digest)), Some(digest));
        assert_eq!(
            parse_digest(&format!("sha-512=:AA==:, {}", write_digest(&digest))),
            Some(digest)
        );
        for bad in [
            "",
            "sha-256=",
            "sha-256=::",
            "sha-256=:AAAA:",
            "sha-256=:%:",
            "md5=:AAAA:",
        ] {
            assert_eq!(parse_digest(bad), None, "{bad}");
        }
    }
}
