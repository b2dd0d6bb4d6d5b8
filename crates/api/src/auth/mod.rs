//! Who sends a request: a signed request, a client certificate, or (in development only) a token.
//!
//! A request without credentials comes from nobody. One whose credentials do not hold is refused, even where nobody may
//! read: somebody who signs wants to know that it does not work.

pub mod abroad;
pub mod body;
pub mod fields;
pub mod marks;
pub mod replay;
pub mod signature;
pub mod token;

use std::{collections::BTreeSet, net::IpAddr, sync::Arc};

use axum::{
    body::Body,
    extract::{FromRequestParts, Request},
    http::{Method, header, request::Parts},
};
use pangolin_ledger::id::PartyId;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use self::{
    abroad::{Abroad, Stranger},
    replay::{Entered, Refused},
    signature::{CONTENT_DIGEST, Message, SignatureError, Verified},
};
use crate::{
    app::App,
    problem::Problem,
    registry::{RegistryError, Standing},
};

/// How somebody proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Means {
    /// A signed request.
    Signature,
    /// A client certificate.
    Certificate,
    /// A token, in development only.
    Token,
}

/// Who sends a request.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The party.
    pub party: PartyId,
    /// How it proved that.
    pub means: Means,
    /// What another chain proves of it, where this chain does not know it. It has no standing here then.
    pub abroad: Option<Arc<Abroad>>,
    /// How the chain knows it.
    pub standing: Option<Arc<Standing>>,
    /// Further parties it may capture for, by configuration.
    pub acts_for: BTreeSet<PartyId>,
}

impl Caller {
    /// Whether it may capture for `party`. The chain checks delegations again.
    pub fn may_act_for(&self, party: &PartyId) -> bool {
        self.party == *party || self.acts_for.contains(party)
    }
}

/// The other end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its address.
    pub ip: IpAddr,
    /// SHA-256 of its certificate, if it has shown one.
    pub certificate: Option<[u8; 32]>,
}

/// Credentials do not hold.
#[derive(Debug, Error)]
pub enum AuthError {
    /// A signature does not hold.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// The key belongs to nobody, or is not in force.
    #[error("the key is not registered on the chain, or not in force")]
    UnknownKey,
    /// The certificate belongs to nobody.
    #[error("the client certificate is not assigned to a party")]
    UnknownCertificate,
    /// The token is nobody's.
    #[error("the token is not known")]
    UnknownToken,
    /// The digest header cannot be read.
    #[error("the Content-Digest header holds no SHA-256")]
    Digest,
    /// The request names no host.
    #[error("the request names no host")]
    NoHost,
    /// The signature was used before, or whether it was is not known.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The registry could not be read.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl AuthError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Signature(error) => error.code(),
            Self::UnknownKey => "unknown-key",
            Self::UnknownCertificate => "unknown-certificate",
            Self::UnknownToken => "unknown-token",
            Self::Digest => "content-digest-syntax",
            Self::NoHost => "no-host",
            Self::Refused(refused) => refused.code(),
            Self::Registry(_) => "registry",
        }
    }
}

/// The extractor of whoever sends the request; `None` is nobody.
#[derive(Debug, Clone)]
pub struct Who(pub Option<Caller>);

impl<S: Sync> FromRequestParts<S> for Who {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        // a route without the layer would otherwise let strangers in
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or_else(|| Problem::internal("identification-missing"))
    }
}

/// Finds out who sends a request, and makes its body fail unless it is the one that was signed, under a signature that nobody
/// used before.
pub async fn identify(app: &App, request: Request) -> Result<Request, AuthError> {
    let (mut parts, mut body) = request.into_parts();
    let peer = parts
        .extensions
        .get::<axum::extract::ConnectInfo<Peer>>()
        .map(|info| info.0);
    let found = if signature::is_signed(&parts.headers) {
        match signed(app, &parts).await? {
            Signed::Known(party, entered) => {
                body = bind(app, &parts, body, Some(entered)).await?;
                Some((party, Means::Signature, BTreeSet::new()))
            }
            Signed::Unknown(stranger) => {
                body = bind(app, &parts, body, None).await?;
                parts.extensions.insert(stranger);
                None
            }
        }
    } else if let Some(fingerprint) = peer.and_then(|peer| peer.certificate) {
        let (party, acts_for) = app
            .certificate(&fingerprint)
            .ok_or(AuthError::UnknownCertificate)?;
        Some((party, Means::Certificate, acts_for))
    } else {
        bearer(app, &parts)?
    };
    let caller = match found {
        None => None,
        Some((party, means, acts_for)) => {
            let standing = app.registry().standing(&party).await?;
            Some(Caller {
                party,
                means,
                abroad: None,
                standing,
                acts_for,
            })
        }
    };
    parts.extensions.insert(Who(caller));
    Ok(Request::from_parts(parts, body))
}

/// Whether requests of this method have a body that must be signed.
fn has_body(method: &Method) -> bool {
    !matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::DELETE
    )
}

/// Where somebody may come with a key that only another chain knows.
const ABROAD: &str = "/contents";

/// Whose signature it is.
enum Signed {
    Known(PartyId, Entered),
    Unknown(Stranger),
}

async fn signed(app: &App, parts: &Parts) -> Result<Signed, AuthError> {
    let now_s = app.now_ms().div_euclid(1_000);
    let host = signature::authority(&parts.uri, &parts.headers).ok_or(AuthError::NoHost)?;
    let verified = verified(app, parts, host, now_s)?;
    // strangers take no room in the memory of signatures
    match app.registry().owner(&verified.key).await? {
        Some(owner) => Ok(Signed::Known(owner, app.replays().enter(&verified, now_s)?)),
        None if parts.uri.path() == ABROAD => Ok(Signed::Unknown(Stranger { verified })),
        None => Err(AuthError::UnknownKey),
    }
}

/// Behind a proxy the sender used another scheme and host than arrive here: the configured ones are tried in turn.
fn verified(app: &App, parts: &Parts, host: &str, now_s: i64) -> Result<Verified, SignatureError> {
    let mut last = SignatureError::Wrong;
    for (scheme, authority) in app.origins(host) {
        let message = Message {
            method: &parts.method,
            uri: &parts.uri,
            scheme,
            authority,
            headers: &parts.headers,
        };
        match signature::verify(&message, has_body(&parts.method), now_s) {
            Ok(verified) => return Ok(verified),
            Err(SignatureError::Wrong) => {}
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Binds the body to the digest that the signature covers. A request that has none has no body. The signature is used up when
/// the body has been read; where a method has none, that nobody will read, at once.
async fn bind(
    app: &App,
    parts: &Parts,
    body: Body,
    entered: Option<Entered>,
) -> Result<Body, AuthError> {
    let expected = match parts.headers.get(CONTENT_DIGEST) {
        Some(value) => value
            .to_str()
            .ok()
            .and_then(body::parse_digest)
            .ok_or(AuthError::Digest)?,
        None => Sha256::digest([]).into(),
    };
    let Some(entered) = entered else {
        return Ok(body::checked(body, expected, None));
    };
    let clock = Arc::clone(&app.deps().clock);
    let claim = async move { entered.claim(clock.as_ref()).await };
    if has_body(&parts.method) {
        return Ok(body::checked(body, expected, Some(Box::pin(claim))));
    }
    claim.await?;
    Ok(body::checked(body, expected, None))
}

type Found = Option<(PartyId, Means, BTreeSet<PartyId>)>;

fn bearer(app: &App, parts: &Parts) -> Result<Found, AuthError> {
    // outside development the header is not ours to judge: verification requesters carry credentials of their trade in it
    let Some(tokens) = app.tokens() else {
        return Ok(None);
    };
    let value = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let Some(token) = value.and_then(|value| value.strip_prefix("Bearer ")) else {
        return Ok(None);
    };
    let (party, acts_for) = tokens.find(token).ok_or(AuthError::UnknownToken)?;
    Ok(Some((party, Means::Token, acts_for)))
}
