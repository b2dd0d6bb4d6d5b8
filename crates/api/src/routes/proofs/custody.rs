//! `GET /proofs/custody/{epc}`: proof of who had an object, back to its origin.

use axum::{extract::State, http::HeaderMap, response::Response};

use super::{form, object, proven};
use crate::{app::App, auth::Who, http::InPath, problem::Problem, verify::asker::Asker};

/// Proves who had an object, back to its origin.
#[utoipa::path(
    get, path = "/proofs/custody/{epc}", tag = "proofs",
    params(("epc" = String, Path, description = "the object, in any notation")),
    responses(
        (status = 200, description = "The proof, that of the status included. What happened at a step is told in words to whoever may read its event: its parties and authorities, who sign the request; to others each such step says so.", content((serde_json::Value = "application/json"), (Vec<u8> = "application/octet-stream"))),
        (status = 403, description = "Whoever asks asked for too many objects that the chain does not know.", body = crate::problem::Body),
        (status = 404, description = "The chain knows no such object; it counts as a guess, together with those of product verification.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    asker: Asker,
    InPath(epc): InPath<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let form = form(&app, caller.as_ref(), &asker, &headers)?;
    let entitled = app.rules().entitled(caller.as_ref());
    let proof = app
        .deps()
        .proofs
        .custody(object(&epc)?, form, entitled)
        .await;
    proven(&app, caller.as_ref(), &asker, proof).await
}
