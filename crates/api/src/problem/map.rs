//! Errors of every part of the node as problems. The only place that knows which error has which status.

use axum::http::{StatusCode, header};
use pangolin_chain::handle::{ProveError, SubmitError};
use pangolin_index::{IndexError, QueryError};
use pangolin_ledger::report::{Kernel, Refusal};

use super::{Exception, Problem};
use crate::{
    auth::{
        AuthError,
        body::{BodyError, DigestMismatch},
        replay::Refused,
    },
    capture::{
        engine::JobError, job::Rejection, recorded::RecordedError, send::SendError,
        spool::SpoolError, store::StoreError,
    },
    deps::{ProofError, Trade},
    own::OwnError,
    registry::RegistryError,
    room::Full,
    state::StateError,
    wire::defect::RefusalReport,
};

/// Logs an error that the client cannot help, and hides its details.
fn internal(code: &'static str, error: &dyn std::error::Error) -> Problem {
    let mut causes = String::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        causes.push_str(": ");
        causes.push_str(&error.to_string());
        cause = error.source();
    }
    tracing::error!(code, "{error}{causes}");
    Problem::internal(code)
}

impl From<AuthError> for Problem {
    fn from(error: AuthError) -> Self {
        match error {
            AuthError::Registry(error) => error.into(),
            AuthError::Refused(refused) => refused.into(),
            AuthError::NoHost => Self::invalid(error.code(), error.to_string())
                .at("Host")
                .remedy("name the node in the Host header"),
            AuthError::Digest => Self::invalid(error.code(), error.to_string())
                .at("Content-Digest")
                .remedy("write sha-256=:…: with the digest of the body in Base64 (RFC 9530)"),
            AuthError::Signature(_)
            | AuthError::UnknownKey
            | AuthError::UnknownCertificate
            | AuthError::UnknownToken => unbelieved(error.code(), error.to_string())
                .remedy("sign the request as RFC 9421 says, with an ed25519 key that is registered on the chain"),
        }
    }
}

/// Credentials that do not hold.
fn unbelieved(code: &'static str, detail: String) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, Exception::Security, code, detail)
        .header(header::WWW_AUTHENTICATE, "Signature realm=\"pangolin\"")
        .at("credentials")
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        let (code, detail) = (refused.code(), refused.to_string());
        match refused {
            Refused::Used => unbelieved(code, detail).remedy(
                "sign each request anew: with the present time as created, and a nonce that keeps equal requests apart",
            ),
            // the sender did nothing wrong, and the same request is welcome: not 401, which many clients take as final
            Refused::Forgotten { after_s } => Self::busy(code, detail, after_s)
                .at("Signature-Input")
                .remedy("after the seconds that Retry-After names, sign the request again and send it"),
            Refused::Full => Self::busy(code, detail, 30).at("Signature"),
            Refused::Unsafe(error) => internal(code, error.as_ref()),
        }
    }
}

impl From<RegistryError> for Problem {
    fn from(error: RegistryError) -> Self {
        match error {
            RegistryError::Chain(error) => error.into(),
            RegistryError::Corrupt(_) => internal("state-corrupt", &error),
        }
    }
}

impl From<StateError> for Problem {
    fn from(error: StateError) -> Self {
        match error {
            StateError::Chain(error) => error.into(),
            StateError::Corrupt(_) => internal("state-corrupt", &error),
            StateError::TooMany => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                Exception::QueryTooComplex,
                "too-many-records",
                error.to_string(),
            ),
        }
    }
}

impl From<ProveError> for Problem {
    fn from(error: ProveError) -> Self {
        match error {
            ProveError::Moving | ProveError::Uncertified { .. } | ProveError::OtherBlock { .. } => {
                Self::busy(error.code(), error.to_string(), 1)
            }
            ProveError::Pruned { .. } => Self::new(
                StatusCode::GONE,
                Exception::NoSuchResource,
                error.code(),
                error.to_string(),
            )
            .remedy("ask a node that keeps the whole archive"),
            ProveError::Unprovable => Self::new(
                StatusCode::NOT_FOUND,
                Exception::NoSuchResource,
                error.code(),
                error.to_string(),
            ),
            ProveError::Storage(_) => internal("storage", &error),
        }
    }
}

impl From<ProofError> for Problem {
    fn from(error: ProofError) -> Self {
        match error {
            ProofError::Unknown(_) => Self::not_found("not-on-this-chain", error.to_string())
                .remedy("check the identifier; what waits is proven when its block is final"),
            ProofError::Missing(_) => Self::not_found("proof-incomplete", error.to_string())
                .remedy("ask a node that keeps the whole archive"),
            ProofError::Chain(error) => error.into(),
            ProofError::TogetherTooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                Exception::QueryTooLarge,
                "too-much-together",
                error.to_string(),
            )
            .remedy("ask for it by itself"),
            ProofError::TooLarge(_) => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                Exception::QueryTooLarge,
                "proof-too-large",
                error.to_string(),
            ),
        }
    }
}

impl From<SubmitError> for Problem {
    fn from(error: SubmitError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match error {
            SubmitError::TooLarge { .. } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                Exception::CaptureLimitExceeded,
                code,
                detail,
            ),
            SubmitError::Syntax(_) | SubmitError::OtherChain => Self::invalid(code, detail),
            SubmitError::Inconsistent { place, .. } => Self::invalid(code, detail).at(place),
            SubmitError::BadSignature => {
                Self::new(StatusCode::UNAUTHORIZED, Exception::Security, code, detail)
            }
            SubmitError::Busy(_) => Self::busy(code, detail, 1),
            SubmitError::Stopping => Self::busy(code, detail, 30),
        }
    }
}

impl From<IndexError> for Problem {
    fn from(error: IndexError) -> Self {
        match error {
            IndexError::Query(error) => error.into(),
            IndexError::Busy => Self::busy(error.code(), error.to_string(), 1),
            other => internal("index", &other),
        }
    }
}

impl From<QueryError> for Problem {
    fn from(error: QueryError) -> Self {
        let (code, detail) = (error.code(), error.to_string());
        match &error {
            QueryError::Parameter { name, .. } => Self::new(
                StatusCode::BAD_REQUEST,
                Exception::QueryParameter,
                code,
                detail,
            )
            .at(name.clone())
            .remedy("correct the parameter or leave it out; the message says what it takes"),
            QueryError::Token { .. } => Self::new(
                StatusCode::BAD_REQUEST,
                Exception::QueryParameter,
                code,
                detail,
            )
            .at("nextPageToken")
            .remedy("repeat the query without the token"),
            QueryError::TooLarge { .. } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                Exception::QueryTooLarge,
                code,
                detail,
            ),
            QueryError::TooComplex { .. } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                Exception::QueryTooComplex,
                code,
                detail,
            ),
            QueryError::NotFound { .. } => Self::not_found(code, detail)
                .remedy("check the identifier; what is recorded is here once its block is final"),
            _ => Self::new(
                StatusCode::BAD_REQUEST,
                Exception::QueryValidation,
                code,
                detail,
            ),
        }
    }
}

impl From<SpoolError> for Problem {
    fn from(error: SpoolError) -> Self {
        let detail = error.to_string();
        match error {
            SpoolError::TooLarge { max } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                Exception::CaptureLimitExceeded,
                "document-too-large",
                detail,
            )
            .header(
                crate::http::name("gs1-epcis-capture-file-size-limit"),
                &max.to_string(),
            )
            .at("body")
            .remedy("divide the document"),
            SpoolError::Full => Self::busy("spool-full", detail, 10),
            SpoolError::Empty => Self::invalid("document-empty", detail)
                .at("body")
                .remedy("send the document as the body of the request"),
            SpoolError::Body(error) => error.into(),
            SpoolError::Broken => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                Exception::Validation,
                "document-incomplete",
                detail,
            )
            .at("body")
            .remedy("send as many bytes as Content-Length says, without long pauses and at least 1 KiB in a second"),
            SpoolError::Disk { .. } => internal("spool", &error),
        }
    }
}

impl From<DigestMismatch> for Problem {
    fn from(error: DigestMismatch) -> Self {
        Self::invalid("content-digest-mismatch", error.to_string())
            .at("Content-Digest")
            .remedy("send the body whose SHA-256 the header states")
    }
}

impl From<BodyError> for Problem {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::Digest(mismatch) => mismatch.into(),
            BodyError::Signature(refused) => refused.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        internal("job-store", &error)
    }
}

impl From<OwnError> for Problem {
    fn from(error: OwnError) -> Self {
        let problem = internal("own-store", &error);
        if !error.is_full() {
            return problem;
        }
        Self::new(
            StatusCode::INSUFFICIENT_STORAGE,
            Exception::Implementation,
            "disk-full",
            "the node's disk takes no more, and what has to be written down first could not be: nothing was done",
        )
        .remedy("tell the operator of the node to make room, and ask again")
    }
}

impl From<JobError> for Problem {
    fn from(error: JobError) -> Self {
        match error {
            JobError::Send(error) => error.into(),
            JobError::Store(error) => error.into(),
            JobError::Spool(error) => error.into(),
            JobError::Recorded(error) => error.into(),
            JobError::Own(error) => error.into(),
            JobError::Interrupted => internal("interrupted", &error),
        }
    }
}

impl From<SendError> for Problem {
    fn from(error: SendError) -> Self {
        match error {
            SendError::Stopping => Self::busy("stopping", error.to_string(), 30),
            SendError::State(error) => error.into(),
        }
    }
}

impl From<RecordedError> for Problem {
    fn from(error: RecordedError) -> Self {
        match error {
            RecordedError::State(error) => error.into(),
            RecordedError::Block(error) => error.into(),
            RecordedError::Inconsistent { .. } => internal("block-inconsistent", &error),
        }
    }
}

/// A refusal of the chain.
pub fn refusal(refusal: &Refusal, trade: &dyn Trade) -> Problem {
    let (status, exception) = match refusal.kernel {
        Kernel::K2 => (StatusCode::FORBIDDEN, Exception::Security),
        Kernel::K3 => (StatusCode::CONFLICT, Exception::AlreadyExists),
        Kernel::K1 => (StatusCode::BAD_REQUEST, Exception::Validation),
        _ => (StatusCode::CONFLICT, Exception::Validation),
    };
    let report = RefusalReport::new(refusal, trade);
    Problem::new(status, exception, report.code, report.message)
        .at(report.place)
        .remedy(report.remedy)
        .rule(report.rule, report.subject)
}

/// A rejection of an event or document.
pub fn rejection(rejection: &Rejection) -> Problem {
    let kernel = rejection
        .refusal
        .as_ref()
        .map(|refusal| refusal.kernel.as_str());
    let (status, exception) = match kernel {
        Some("K2") => (StatusCode::FORBIDDEN, Exception::Security),
        Some("K3") => (StatusCode::CONFLICT, Exception::AlreadyExists),
        // the standard's 409 is for what exists already, and for nothing else
        _ => (StatusCode::BAD_REQUEST, Exception::Validation),
    };
    let mut problem = Problem::new(
        status,
        exception,
        rejection.code.clone(),
        rejection.message.clone(),
    )
    .remedy(rejection.remedy.clone())
    .defects(rejection.defects.clone());
    if let Some(refusal) = &rejection.refusal {
        problem = problem
            .at(refusal.place.clone())
            .rule(refusal.rule.clone(), refusal.subject.clone());
    } else if let Some(defect) = rejection.defects.iter().find(|defect| !defect.is_warning()) {
        problem = problem.at(defect.place.clone());
    }
    match rejection.open {
        Some(open) => problem.open(open.tx, open.until),
        None => problem,
    }
}

/// A body that could not be read whole.
pub fn body(error: &axum::Error) -> Problem {
    BodyError::of(error).map_or_else(body_incomplete, Problem::from)
}

/// A body that ended early, or came too slowly.
pub fn body_incomplete() -> Problem {
    Problem::new(
        StatusCode::REQUEST_TIMEOUT,
        Exception::Validation,
        "body-incomplete",
        "the body did not arrive completely",
    )
    .at("body")
    .remedy("send as many bytes as Content-Length says, without long pauses and at least 1 KiB in a second")
}

/// A body with more bytes than allowed.
pub fn body_too_large(max: usize) -> Problem {
    let detail = format!("the body has more than {max} bytes");
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        Exception::CaptureLimitExceeded,
        "body-too-large",
        detail,
    )
    .at("body")
    .remedy("divide what is sent")
}

impl From<Full> for Problem {
    fn from(error: Full) -> Self {
        Self::busy("too-much-at-once", error.to_string(), 5)
    }
}

/// More events than one document may have.
pub fn too_many_events(rejection: &Rejection, max_events: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        Exception::CaptureLimitExceeded,
        rejection.code.clone(),
        rejection.message.clone(),
    )
    .header(
        crate::http::name("gs1-epcis-capture-limit"),
        &max_events.to_string(),
    )
    .at("/epcisBody/eventList")
    .remedy(format!(
        "divide the document; at most {max_events} events are taken in one"
    ))
}
