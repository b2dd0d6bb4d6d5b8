//! `GET /proofs/status/{epc}`: proof of the status of an object at a height, with the absence of orders on it.

use axum::{extract::State, http::HeaderMap, response::Response};

use super::{form, object, proven};
use crate::{app::App, auth::Who, http::InPath, problem::Problem, verify::asker::Asker};

/// Proves the status of an object at a height, with the absence of orders on it.
#[utoipa::path(
    get, path = "/proofs/status/{epc}", tag = "proofs",
    params(("epc" = String, Path, description = "the object, in any notation")),
    responses(
        (status = 200, description = "The proof; of recalls in force, and of holds for whoever may read orders, with who issued them, why and since when.", content((serde_json::Value = "application/json"), (Vec<u8> = "application/octet-stream"))),
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
        .status(object(&epc)?, form, entitled)
        .await;
    proven(&app, caller.as_ref(), &asker, proof).await
}
