//! Proofs.

pub mod custody;
pub mod receipt;
pub mod status;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    deps::{ProofFile, ProofForm},
    http::{Form, name, negotiate},
    problem::Problem,
};

/// The form that the client prefers: JSON where it does not say.
fn form(headers: &HeaderMap) -> Result<ProofForm, Problem> {
    Ok(match negotiate(headers, &[Form::Json, Form::Binary])? {
        Form::Binary => ProofForm::Binary,
        _ => ProofForm::Json,
    })
}

fn respond(proof: ProofFile) -> Response {
    let mut response = (
        StatusCode::OK,
        [(header::CONTENT_TYPE, proof.media_type)],
        proof.bytes,
    )
        .into_response();
    let headers = response.headers_mut();
    let disposition = format!(
        "attachment; filename=\"{}\"",
        proof.name.replace(['"', '\\', '\r', '\n'], "_")
    );
    for (key, value) in [
        (header::CONTENT_DISPOSITION, disposition),
        (name("pangolin-height"), proof.height.to_string()),
    ] {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(key, value);
        }
    }
    response
}
