//! HTTP message signatures (RFC 9421), the part that Pangolin uses: Ed25519, one key per signature.
//!
//! A request is believed when
//! 1. it covers `@method` and `@target-uri`, and `content-digest` where it has a body;
//! 2. its parameters name `created` (at most five minutes old) and `keyid` (the public key in hexadecimal), and `alg`, if
//!    named, is `ed25519`;
//! 3. the signature verifies under that key.
//!
//! Whose key it is, and whether it is in force, is asked of the chain by the caller.

use axum::http::{HeaderMap, Method, Uri, header};
use ed25519_zebra::{Signature, VerificationKey};
use pangolin_ledger::id::PublicKey;
use thiserror::Error;

use super::fields::{self, Bare, FieldError, InnerList};
use crate::limits::{MAX_SIGNATURE_HEADER_BYTES, SIGNATURE_AGE_S, SIGNATURE_AHEAD_S};

/// Name of the header that says what is signed.
pub const SIGNATURE_INPUT: &str = "signature-input";
/// Name of the header with the signature.
pub const SIGNATURE: &str = "signature";
/// Name of the header with the digest of the body (RFC 9530).
pub const CONTENT_DIGEST: &str = "content-digest";

/// A signed request is not believed.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SignatureError {
    /// One of the two headers is missing.
    #[error("the header {0} is missing")]
    Missing(&'static str),
    /// A header cannot be read.
    #[error("the header {header} cannot be read: {source}")]
    Field {
        /// The header.
        header: &'static str,
        /// Why.
        source: FieldError,
    },
    /// The two headers do not name the same signatures, or more than one.
    #[error("exactly one signature is expected, with the same name in both headers")]
    Names,
    /// Something that must be signed is not.
    #[error("the signature does not cover {0}")]
    NotCovered(&'static str),
    /// A component is not supported, or is not in the request.
    #[error("the signature covers {0:?}, which is not supported here or not in the request")]
    Component(String),
    /// A parameter is missing or of the wrong kind.
    #[error("the signature's parameter {0} is missing or of the wrong kind")]
    Parameter(&'static str),
    /// Another algorithm.
    #[error("the signature's algorithm is not ed25519")]
    Algorithm,
    /// Made too long ago, or expired.
    #[error("the signature was made {age_s} s ago; at most {SIGNATURE_AGE_S} s are allowed")]
    TooOld {
        /// Its age.
        age_s: i64,
    },
    /// Made in the future.
    #[error("the signature was made {ahead_s} s in the future; set the clock of the sender")]
    Future {
        /// How far ahead.
        ahead_s: i64,
    },
    /// The signature does not verify.
    #[error("the signature is not one of this request under this key")]
    Wrong,
}

impl SignatureError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "signature-header-missing",
            Self::Field { .. } => "signature-syntax",
            Self::Names => "signature-names",
            Self::NotCovered(_) => "signature-not-covering",
            Self::Component(_) => "signature-component",
            Self::Parameter(_) => "signature-parameter",
            Self::Algorithm => "signature-algorithm",
            Self::TooOld { .. } => "signature-too-old",
            Self::Future { .. } => "signature-in-future",
            Self::Wrong => "signature-wrong",
        }
    }
}

/// The request as its signature sees it.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// Method.
    pub method: &'a Method,
    /// Address as received: path and query.
    pub uri: &'a Uri,
    /// `http` or `https`, as the sender used it.
    pub scheme: &'a str,
    /// Host and port, as the sender used them.
    pub authority: &'a str,
    /// Headers.
    pub headers: &'a HeaderMap,
}

/// A signature that verifies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// The key that made it.
    pub key: PublicKey,
    /// The signature itself, for the memory of replays.
    pub signature: [u8; 64],
    /// When it was made, as its maker says, in seconds since 1970.
    pub created_s: i64,
}

/// Whether the request carries a signature.
pub fn is_signed(headers: &HeaderMap) -> bool {
    headers.contains_key(SIGNATURE) || headers.contains_key(SIGNATURE_INPUT)
}

/// Verifies the signature of a request. `now_s` is the time in seconds since 1970.
pub fn verify(
    message: &Message<'_>,
    has_body: bool,
    now_s: i64,
) -> Result<Verified, SignatureError> {
    let (name, list) = input(message.headers)?;
    let signature = signature(message.headers, &name)?;
    must_cover(&list, has_body)?;
    let created_s = check_time(&list, now_s)?;
    let key = key(&list)?;
    let base = base(message, &list)?;
    let verifier =
        VerificationKey::try_from(key.0).map_err(|_| SignatureError::Parameter("keyid"))?;
    verifier
        .verify(&Signature::from(signature), base.as_bytes())
        .map_err(|_| SignatureError::Wrong)?;
    Ok(Verified {
        key,
        signature,
        created_s,
    })
}

fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, SignatureError> {
    let mut values = headers.get_all(name).iter();
    let value = values.next().ok_or(SignatureError::Missing(name))?;
    let syntax = |what| SignatureError::Field {
        header: name,
        source: FieldError { what, at: 0 },
    };
    if values.next().is_some() {
        return Err(SignatureError::Names);
    }
    value
        .to_str()
        .map_err(|_| syntax("a character is not allowed"))
}

fn input(headers: &HeaderMap) -> Result<(String, InnerList), SignatureError> {
    let text = header(headers, SIGNATURE_INPUT)?;
    let lists = fields::inner_lists(text).map_err(|source| SignatureError::Field {
        header: SIGNATURE_INPUT,
        source,
    })?;
    let [one] = <[_; 1]>::try_from(lists).map_err(|_| SignatureError::Names)?;
    Ok(one)
}

fn signature(headers: &HeaderMap, name: &str) -> Result<[u8; 64], SignatureError> {
    let text = header(headers, SIGNATURE)?;
    let members = fields::byte_sequences(text).map_err(|source| SignatureError::Field {
        header: SIGNATURE,
        source,
    })?;
    match members.as_slice() {
        [(found, bytes)] if found == name => bytes
            .as_slice()
            .try_into()
            .map_err(|_| SignatureError::Wrong),
        _ => Err(SignatureError::Names),
    }
}

fn must_cover(list: &InnerList, has_body: bool) -> Result<(), SignatureError> {
    let covers = |name: &str| {
        list.items
            .iter()
            .any(|(item, parameters)| item == name && parameters.is_empty())
    };
    for name in ["@method", "@target-uri"] {
        if !covers(name) {
            return Err(SignatureError::NotCovered(name));
        }
    }
    if has_body && !covers(CONTENT_DIGEST) {
        return Err(SignatureError::NotCovered(CONTENT_DIGEST));
    }
    Ok(())
}

fn parameter<'a>(list: &'a InnerList, name: &str) -> Option<&'a Bare> {
    list.parameters
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value)
}

/// When the signature was made, if it is neither too old nor too far ahead.
fn check_time(list: &InnerList, now_s: i64) -> Result<i64, SignatureError> {
    let Some(Bare::Integer(created)) = parameter(list, "created") else {
        return Err(SignatureError::Parameter("created"));
    };
    let age_s = now_s.saturating_sub(*created);
    if age_s > SIGNATURE_AGE_S {
        return Err(SignatureError::TooOld { age_s });
    }
    if age_s < -SIGNATURE_AHEAD_S {
        return Err(SignatureError::Future { ahead_s: -age_s });
    }
    match parameter(list, "expires") {
        None => Ok(*created),
        Some(Bare::Integer(expires)) if now_s <= *expires => Ok(*created),
        Some(Bare::Integer(_)) => Err(SignatureError::TooOld { age_s }),
        Some(_) => Err(SignatureError::Parameter("expires")),
    }
}

fn key(list: &InnerList) -> Result<PublicKey, SignatureError> {
    match parameter(list, "alg") {
        None => {}
        Some(Bare::Text(alg)) if alg == "ed25519" => {}
        Some(_) => return Err(SignatureError::Algorithm),
    }
    let Some(Bare::Text(keyid)) = parameter(list, "keyid") else {
        return Err(SignatureError::Parameter("keyid"));
    };
    let mut key = [0; 32];
    hex::decode_to_slice(keyid, &mut key).map_err(|_| SignatureError::Parameter("keyid"))?;
    Ok(PublicKey(key))
}

/// The signature base (RFC 9421 §2.5).
fn base(message: &Message<'_>, list: &InnerList) -> Result<String, SignatureError> {
    let mut base = String::new();
    for (index, (name, parameters)) in list.items.iter().enumerate() {
        // a component with parameters of its own (`;sf`, `;key`, `;req` …) is derived in ways that are not used here
        let repeated = list
            .items
            .iter()
            .take(index)
            .any(|(earlier, _)| earlier == name);
        if !parameters.is_empty() || repeated {
            return Err(SignatureError::Component(name.clone()));
        }
        let value =
            component(message, name).ok_or_else(|| SignatureError::Component(name.clone()))?;
        fields::write_text(name, &mut base);
        base.push_str(": ");
        base.push_str(&value);
        base.push('\n');
    }
    base.push_str("\"@signature-params\": ");
    base.push_str(&fields::write_inner_list(list));
    Ok(base)
}

fn component(message: &Message<'_>, name: &str) -> Option<String> {
    let target = message
        .uri
        .path_and_query()
        .map_or("/", |text| text.as_str());
    match name {
        "@method" => Some(message.method.as_str().to_owned()),
        "@target-uri" => Some(format!(
            "{}://{}{target}",
            message.scheme, message.authority
        )),
        "@authority" => Some(message.authority.to_owned()),
        "@scheme" => Some(message.scheme.to_owned()),
        "@request-target" => Some(target.to_owned()),
        "@path" => Some(message.uri.path().to_owned()),
        "@query" => Some(format!("?{}", message.uri.query().unwrap_or_default())),
        _ if name.starts_with('@') || name.bytes().any(|b| b.is_ascii_uppercase()) => None,
        _ => field(message.headers, name),
    }
}

/// A header's values as RFC 9421 §2.1 joins them.
fn field(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut joined = String::new();
    let mut found = false;
    for value in headers.get_all(name) {
        if found {
            joined.push_str(", ");
        }
        joined.push_str(value.to_str().ok()?.trim());
        found = true;
        if joined.len() > MAX_SIGNATURE_HEADER_BYTES {
            return None;
        }
    }
    found.then_some(joined)
}

/// Host and port as the sender used them: the `Host` header, or the authority of an HTTP/2 request.
pub fn authority<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    uri.authority()
        .map(axum::http::uri::Authority::as_str)
        .or_else(|| headers.get(header::HOST)?.to_str().ok())
}

#[cfg(test)]
mod tests;
