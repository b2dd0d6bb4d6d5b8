//! Why a query is not answered.

use thiserror::Error;

/// A query is not answered. The names are those of EPCIS 2.0 (§8.2.5, §12.6).
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum QueryError {
    /// A parameter is unknown, repeated, malformed, or does not go with another.
    #[error("parameter {name}: {message}")]
    Parameter {
        /// The parameter.
        name: String,
        /// What is wrong and what to do.
        message: String,
    },
    /// The result would be larger than the query or the index allows.
    #[error("the result has more than {limit} events; {remedy}")]
    TooLarge {
        /// The limit.
        limit: u64,
        /// What to do.
        remedy: &'static str,
    },
    /// The answer would take more work than the index allows.
    #[error("{message}")]
    TooComplex {
        /// What was too much and what to do.
        message: &'static str,
    },
    /// A page token is malformed, of another query, or too old.
    #[error("the page token {reason}; repeat the query without it")]
    Token {
        /// What is wrong.
        reason: &'static str,
    },
    /// There is no such thing.
    #[error("{what} is not known here")]
    NotFound {
        /// The thing.
        what: String,
    },
}

impl QueryError {
    pub(crate) fn parameter(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Parameter {
            name: name.into(),
            message: message.into(),
        }
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Parameter { .. } => "query-parameter",
            Self::TooLarge { .. } => "query-too-large",
            Self::TooComplex { .. } => "query-too-complex",
            Self::Token { .. } => "page-token",
            Self::NotFound { .. } => "not-found",
        }
    }

    /// The exception of the standard's REST interface.
    pub fn exception(&self) -> &'static str {
        match self {
            Self::Parameter { .. } | Self::Token { .. } => "epcisException:QueryParameterException",
            Self::TooLarge { .. } => "epcisException:QueryTooLargeException",
            Self::TooComplex { .. } => "epcisException:QueryTooComplexException",
            Self::NotFound { .. } => "epcisException:NoSuchResourceException",
        }
    }
}
