//! Product verification. Answers without success have no body, as the standard asks; the headers `Pangolin-Code`,
//! `Pangolin-Place` and `Pangolin-Remedy` say why, where, and what to do.

pub mod connectivity;
pub mod product;

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use crate::{http::name, problem::Said, verify::Declined};

/// The answer, or the status alone.
fn respond<T: Serialize>(answer: Result<T, Declined>) -> Response {
    match answer {
        Ok(answer) => crate::http::json(axum::http::StatusCode::OK, &answer),
        Err(declined) => {
            let mut response = declined.status.into_response();
            put(&mut response, "pangolin-code", declined.code);
            put(&mut response, "pangolin-remedy", declined.remedy());
            if let Some(place) = declined.place {
                put(&mut response, "pangolin-place", place);
            }
            response
        }
    }
}

/// Adds a header; a value that headers cannot carry is left out.
fn put(response: &mut Response, key: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name(key), value);
    }
}

/// Whether a path belongs to product verification.
pub fn is_verification(path: &str) -> bool {
    path == "/checkConnectivity" || path == "/verify" || path.starts_with("/verify/")
}

/// Gives any answer below the paths of verification the form that the standard asks for, whoever made it: a body with status
/// 200 only, never cached. What a problem says stays in headers.
pub fn bare(mut response: Response) -> Response {
    if response.status() != axum::http::StatusCode::OK {
        let said = response.extensions().get::<Said>().cloned();
        *response.body_mut() = Body::empty();
        response.headers_mut().remove(header::CONTENT_TYPE);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        if let Some(said) = said {
            put(&mut response, "pangolin-code", &said.code);
            for (key, value) in [
                ("pangolin-place", &said.place),
                ("pangolin-remedy", &said.remedy),
            ] {
                if let Some(value) = value {
                    put(&mut response, key, value);
                }
            }
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
