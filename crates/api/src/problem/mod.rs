//! Errors as `application/problem+json` (RFC 7807) with the exception types of EPCIS 2.0.
//!
//! A problem carries a stable `code`, the `place` in what was sent, and a `remedy`. [`map`] turns the errors of every
//! part of the node into problems; nothing else does.

pub mod map;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use pangolin_ledger::id::TxId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::wire::defect::Defect;

/// Media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// The exceptions of EPCIS 2.0 (ISO/IEC 19987 §12), as in its REST description.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exception {
    /// What was sent is against the rules.
    Validation,
    /// A query parameter is not understood.
    QueryParameter,
    /// A query as a whole is not understood.
    QueryValidation,
    /// A query would take too much work.
    QueryTooComplex,
    /// A query would give too much.
    QueryTooLarge,
    /// Not signed in, or not allowed.
    Security,
    /// There is no such thing.
    NoSuchResource,
    /// More than the capture limits.
    CaptureLimitExceeded,
    /// The request line is too long.
    UriTooLong,
    /// No acceptable form of the answer.
    NotAcceptable,
    /// It exists already.
    AlreadyExists,
    /// The media type is not understood.
    UnsupportedMediaType,
    /// The node failed.
    Implementation,
}

impl Exception {
    /// The problem type.
    pub const fn uri(self) -> &'static str {
        match self {
            Self::Validation => "epcisException:ValidationException",
            Self::QueryParameter => "epcisException:QueryParameterException",
            Self::QueryValidation => "epcisException:QueryValidationException",
            Self::QueryTooComplex => "epcisException:QueryTooComplexException",
            Self::QueryTooLarge => "epcisException:QueryTooLargeException",
            Self::Security => "epcisException:SecurityException",
            Self::NoSuchResource => "epcisException:NoSuchResourceException",
            Self::CaptureLimitExceeded => "epcisException:CaptureLimitExceededException",
            Self::UriTooLong => "epcisException:URITooLongException",
            Self::NotAcceptable => "epcisException:NotAcceptableException",
            Self::AlreadyExists => "epcisException:ResourceAlreadyExistsException",
            Self::UnsupportedMediaType => "epcisException:UnsupportedMediaTypeException",
            Self::Implementation => "epcisException:ImplementationException",
        }
    }

    /// A short title for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Validation => "what was sent breaks a rule",
            Self::QueryParameter => "a query parameter is not understood",
            Self::QueryValidation => "the query is not understood",
            Self::QueryTooComplex => "the query takes too much work",
            Self::QueryTooLarge => "the answer would be too large",
            Self::Security => "not allowed",
            Self::NoSuchResource => "no such resource",
            Self::CaptureLimitExceeded => "more than the capture limits allow",
            Self::UriTooLong => "the address is too long",
            Self::NotAcceptable => "no acceptable form of the answer",
            Self::AlreadyExists => "exists already",
            Self::UnsupportedMediaType => "the media type is not understood",
            Self::Implementation => "the node could not do it",
        }
    }
}

/// The body of a problem, as it is sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Body {
    /// `epcisException:…`.
    #[serde(rename = "type")]
    #[schema(example = "epcisException:ValidationException")]
    kind: &'static str,
    /// For people; the same for every problem of a type.
    title: &'static str,
    /// HTTP status.
    status: u16,
    /// Stable code, kebab-case: what programs decide by.
    code: String,
    /// What happened, for people.
    detail: String,
    /// Place in what was sent: JSON pointer, line:column, name of a parameter or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
    /// The rule that refused, for refusals of the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<String>,
    /// The thing a rule refused, for refusals of the chain.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// The refused transaction, hexadecimal, while another validator may take it.
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction: Option<String>,
    /// The last block that may take it in spite of the refusal.
    #[serde(rename = "openUntil", skip_serializing_if = "Option::is_none")]
    open_until: Option<u64>,
    /// Everything that is wrong with a document.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    defects: Vec<Defect>,
}

/// A problem on its way to the client.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    body: Box<Body>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem with the essentials.
    pub fn new(
        status: StatusCode,
        exception: Exception,
        code: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        let body = Body {
            kind: exception.uri(),
            title: exception.title(),
            status: status.as_u16(),
            code: code.into(),
            detail: detail.into(),
            place: None,
            remedy: None,
            rule: None,
            subject: None,
            transaction: None,
            open_until: None,
            defects: Vec::new(),
        };
        Self {
            status,
            body: Box::new(body),
            headers: Vec::new(),
        }
    }

    /// Bad request.
    pub fn invalid(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Exception::Validation, code, detail)
    }

    /// A parameter that is not understood.
    pub fn parameter(name: &str, detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            Exception::QueryParameter,
            "bad-parameter",
            detail,
        )
        .at(name)
        .remedy("correct it or leave it out; /openapi.json says what is understood")
    }

    /// A text that names no single object, at a place: why, and how one is written.
    pub fn no_object(place: &str, text: &str) -> Self {
        let why = crate::words::why_no_object(text).map(|why| format!(": {why}"));
        let detail = format!(
            "it is no identifier of a single object{}",
            why.unwrap_or_default()
        );
        Self::parameter(place, detail).remedy(
            "give a pack as (01)…(21)…, a case or pallet as (00)…, or either as EPC URN or Digital Link",
        )
    }

    /// There is no such thing.
    pub fn not_found(code: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            Exception::NoSuchResource,
            code,
            detail,
        )
    }

    /// The node failed; the cause is logged, not shown.
    pub fn internal(code: impl Into<String>) -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            Exception::Implementation,
            code,
            "the node could not answer; its log says why",
        )
        .remedy("try again; if it stays, tell the operator of the node this code and the time")
    }

    /// Try again later.
    pub fn busy(code: impl Into<String>, detail: impl Into<String>, after_s: u32) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            Exception::Implementation,
            code,
            detail,
        )
        .header(header::RETRY_AFTER, &after_s.to_string())
        .remedy("send it again after the seconds that Retry-After names")
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.body.place = Some(place.into());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.body.remedy = Some(remedy.into());
        self
    }

    /// Names the rule and the thing it refused.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<String>, subject: impl Into<String>) -> Self {
        self.body.rule = Some(rule.into());
        self.body.subject = Some(subject.into());
        self
    }

    /// Names the transaction that was refused, and the last block that may take it in spite of that.
    #[must_use]
    pub fn open(mut self, transaction: TxId, until: u64) -> Self {
        self.body.transaction = Some(transaction.to_string());
        self.body.open_until = Some(until);
        self
    }

    /// Lists defects.
    #[must_use]
    pub fn defects(mut self, defects: Vec<Defect>) -> Self {
        self.body.defects = defects;
        self
    }

    /// Adds a header; one whose value cannot be sent is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((name, value));
        }
        self
    }

    /// The status.
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.body.code
    }

    /// The place in what was sent.
    pub fn place(&self) -> Option<&str> {
        self.body.place.as_deref()
    }

    /// What to do.
    pub fn what_to_do(&self) -> Option<&str> {
        self.body.remedy.as_deref()
    }

    /// What happened.
    pub fn detail(&self) -> &str {
        &self.body.detail
    }
}

/// What a problem says, carried beside its response for those who may not send a body.
#[derive(Debug, Clone)]
pub struct Said {
    /// Stable code.
    pub code: String,
    /// Place in what was sent.
    pub place: Option<String>,
    /// What to do.
    pub remedy: Option<String>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let bytes = serde_json::to_vec(&self.body).unwrap_or_else(|_| b"{}".to_vec());
        let mut response = (self.status, bytes).into_response();
        response.extensions_mut().insert(Said {
            code: self.body.code,
            place: self.body.place,
            remedy: self.body.remedy,
        });
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}
