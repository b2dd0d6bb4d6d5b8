//! Bodies whose digest is checked while they are read (RFC 9530), and whose signature is used up at their end.
//!
//! **Invariant**: whoever reads a checked body to its end has read exactly what was signed, under a signature that nobody used
//! before or can use after; otherwise the last read fails.

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

use super::replay::Refused;

/// The body is not the one that was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the body is not the one whose digest was sent")]
pub struct DigestMismatch;

/// Why the last read of a checked body failed.
#[derive(Debug, Clone, Error)]
pub enum BodyError {
    /// The body is another.
    #[error(transparent)]
    Digest(#[from] DigestMismatch),
    /// The signature cannot be used.
    #[error(transparent)]
    Signature(#[from] Refused),
}

impl BodyError {
    /// The cause of a failed read, if it is one of these; otherwise the body broke off.
    pub fn of(error: &axum::Error) -> Option<Self> {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
        while let Some(error) = cause {
            if let Some(found) = error.downcast_ref::<Self>() {
                return Some(found.clone());
            }
            cause = error.source();
        }
        None
    }
}

/// What remains to be done when a body has turned out to be the signed one.
pub type Claim = Pin<Box<dyn Future<Output = Result<(), Refused>> + Send>>;

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

/// Makes `body` fail at its end unless its SHA-256 is `expected` and `claim`, which is begun only then, succeeds.
pub fn checked(body: Body, expected: [u8; 32], claim: Option<Claim>) -> Body {
    Body::new(Checked {
        body,
        hash: Some(Sha256::new()),
        expected,
        claim,
    })
}

struct Checked {
    body: Body,
    /// What was read so far; none when the end was seen.
    hash: Option<Sha256>,
    expected: [u8; 32],
    claim: Option<Claim>,
}

type Polled = Poll<Option<Result<Frame<Bytes>, axum::Error>>>;

impl Checked {
    /// What is behind the last byte.
    fn poll_end(&mut self, context: &mut Context<'_>) -> Polled {
        if let Some(hash) = self.hash.take() {
            let found: [u8; 32] = hash.finalize().into();
            if found != self.expected {
                self.claim = None;
                let error = BodyError::from(DigestMismatch);
                return Poll::Ready(Some(Err(axum::Error::new(error))));
            }
        }
        let Some(claim) = &mut self.claim else {
            return Poll::Ready(None);
        };
        let Poll::Ready(claimed) = claim.as_mut().poll(context) else {
            return Poll::Pending;
        };
        self.claim = None;
        let failed = claimed.map_err(|refused| axum::Error::new(BodyError::from(refused)));
        Poll::Ready(failed.err().map(Err))
    }
}

impl http_body::Body for Checked {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Polled {
        if self.hash.is_none() {
            return self.poll_end(context);
        }
        let polled = Pin::new(&mut self.body).poll_frame(context);
        match polled {
            Poll::Ready(Some(Ok(frame))) => {
                if let (Some(data), Some(hash)) = (frame.data_ref(), self.hash.as_mut()) {
                    hash.update(data);
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Poll::Ready(None) => self.poll_end(context),
            other => other,
        }
    }

    /// Never true before the end was seen: a reader that trusted it would miss the check.
    fn is_end_stream(&self) -> bool {
        self.hash.is_none() && self.claim.is_none()
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
        let body = checked(Body::from(body), expected, None);
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

    #[tokio::test]
    async fn a_claim_is_made_for_the_signed_body_only_and_its_failure_is_the_last_read() {
        use std::sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        };
        let claims = Arc::new(AtomicUsize::new(0));
        let read = async |signed: &str, refused: Option<Refused>| {
            let claims = Arc::clone(&claims);
            let claim = async move {
                // a claim that waits, as one for the disk does
                tokio::task::yield_now().await;
                claims.fetch_add(1, Ordering::SeqCst);
                refused.map_or(Ok(()), Err)
            };
            let expected = Sha256::digest(signed).into();
            let body = checked(Body::from("abc"), expected, Some(Box::pin(claim)));
            let read = body.collect().await;
            read.map(http_body_util::Collected::to_bytes)
                .map_err(|error| BodyError::of(&error))
        };
        let claimed = || claims.load(Ordering::SeqCst);
        let other = read("abd", None).await;
        assert!(
            matches!(other, Err(Some(BodyError::Digest(_)))),
            "{other:?}"
        );
        assert_eq!(claimed(), 0, "another body claims nothing");
        assert_eq!(read("abc", None).await.unwrap(), "abc");
        assert_eq!(claimed(), 1);
        let used = read("abc", Some(Refused::Used)).await;
        let used = used.unwrap_err();
        assert!(
            matches!(used, Some(BodyError::Signature(Refused::Used))),
            "{used:?}"
        );
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
