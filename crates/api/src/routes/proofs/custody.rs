//! `GET /proofs/custody/{epc}`: proof of who had an object, back to its origin.

use axum::{extract::State, http::HeaderMap, response::Response};

use super::{form, object, respond};
use crate::{app::App, auth::Who, http::InPath, problem::Problem};

/// Proves who had an object, back to its origin.
#[utoipa::path(
    get, path = "/proofs/custody/{epc}", tag = "proofs",
    params(("epc" = String, Path, description = "the object, in any notation")),
    responses(
        (status = 200, description = "The proof, that of the status included.", content((serde_json::Value = "application/json"), (Vec<u8> = "application/octet-stream"))),
        (status = 404, description = "The chain knows no such object.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    InPath(epc): InPath<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let form = form(&app, caller.as_ref(), &headers)?;
    let entitled = app.rules().entitled(caller.as_ref());
    let proof = app
        .deps()
        .proofs
        .custody(object(&epc)?, form, entitled)
        .await?;
    Ok(respond(proof))
}
