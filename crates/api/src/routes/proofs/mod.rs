//! Proofs.

pub mod block;
pub mod custody;
pub mod histories;
pub mod identity;
pub mod provenance;
pub mod receipt;
pub mod status;

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use pangolin_ledger::id::ObjectId;

use crate::{
    app::App,
    auth::Caller,
    authorise::{Act, Area},
    deps::{ProofError, ProofFile, ProofForm},
    http::{Form, name, negotiate},
    own,
    problem::Problem,
    verify::asker::Asker,
    words,
};

/// The form that a caller who may have proofs prefers: JSON where it does not say. Whoever guesses gets none: that a proof
/// is there tells as much as product verification does, and counts together with it.
fn form(
    app: &App,
    caller: Option<&Caller>,
    asker: &Asker,
    headers: &HeaderMap,
) -> Result<ProofForm, Problem> {
    app.rules().decide(caller, Act::Read(Area::Proofs))?;
    asker.ask(app)?;
    Ok(match negotiate(headers, &[Form::Json, Form::Binary])? {
        Form::Binary => ProofForm::Binary,
        _ => ProofForm::Json,
    })
}

/// The proof, after a guess at what it is of was counted.
async fn proven(
    app: &App,
    caller: Option<&Caller>,
    asker: &Asker,
    proof: Result<ProofFile, ProofError>,
) -> Result<Response, Problem> {
    asker.tell(app, !matches!(proof, Err(ProofError::Unknown(_))))?;
    given(app, caller, proof?).await
}

/// The proof, after it was written down what it tells of events of others.
async fn given(
    app: &App,
    caller: Option<&Caller>,
    mut proof: ProofFile,
) -> Result<Response, Problem> {
    let disclosed = std::mem::take(&mut proof.disclosed).into_disclosed();
    if let Some(caller) = caller {
        own::write_down(app, caller, disclosed).await?;
    } else if !disclosed.is_empty() {
        return Err(Problem::internal("words of events for nobody"));
    }
    Ok(respond(proof))
}

/// The object that a path names.
fn object(epc: &str) -> Result<ObjectId, Problem> {
    words::object(epc).ok_or_else(|| Problem::no_object("epc", epc))
}

pub(in crate::routes) fn respond(proof: ProofFile) -> Response {
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
