//! Product verification. Answers without success have no body, as the standard asks; `Pangolin-Code` says why.

pub mod connectivity;
pub mod product;

use axum::{
    body::Body,
    extract::ConnectInfo,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{auth::Peer, http::name, problem::Code, verify::Declined};

/// The address that guesses are counted by.
fn address(peer: Option<ConnectInfo<Peer>>) -> String {
    peer.map(|info| info.0.ip.to_string()).unwrap_or_default()
}

/// The answer, or the status alone.
fn respond<T: Serialize>(answer: Result<T, Declined>) -> Response {
    match answer {
        Ok(answer) => crate::http::json(axum::http::StatusCode::OK, &answer),
        Err(declined) => {
            let mut response = declined.status.into_response();
            put_code(&mut response, declined.code);
            response
        }
    }
}

fn put_code(response: &mut Response, code: &str) {
    if let Ok(code) = HeaderValue::from_str(code) {
        response.headers_mut().insert(name("pangolin-code"), code);
    }
}

/// Whether a path belongs to product verification.
pub fn is_verification(path: &str) -> bool {
    path == "/checkConnectivity" || path == "/verify" || path.starts_with("/verify/")
}

/// Gives any answer below the paths of verification the form that the standard asks for, whoever made it: a body with status
/// 200 only, never cached. A problem's code stays as a header.
pub fn bare(mut response: Response) -> Response {
    if response.status() != axum::http::StatusCode::OK {
        let code = response.extensions().get::<Code>().cloned();
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        if let Some(Code(code)) = code {
            put_code(&mut response, &code);
        }
    }
    let headers = response.headers_mut();
    headers.insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-cache"),
    );
    headers.insert(name("gs1us-version"), HeaderValue::from_static("1.3.0"));
    response
}
