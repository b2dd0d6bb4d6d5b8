//! Product verification. Answers without success have no body, as the standard asks; `Pangolin-Code` says why.

pub mod connectivity;
pub mod product;

use axum::{
    extract::ConnectInfo,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{auth::Peer, http::name, verify::Declined};

/// The address that guesses are counted by.
fn address(peer: Option<ConnectInfo<Peer>>) -> String {
    peer.map(|info| info.0.ip.to_string()).unwrap_or_default()
}

/// The answer, or the status alone.
fn respond<T: Serialize>(answer: Result<T, Declined>) -> Response {
    let mut response = match answer {
        Ok(answer) => crate::http::json(axum::http::StatusCode::OK, &answer),
        Err(declined) => {
            let mut response = declined.status.into_response();
            response.headers_mut().insert(
                name("pangolin-code"),
                HeaderValue::from_static(declined.code),
            );
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    headers.insert(name("gs1us-version"), HeaderValue::from_static("1.3.0"));
    response
}
