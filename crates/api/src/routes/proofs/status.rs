//! `GET /proofs/status/{epc}`: proof of the status of an object at a height, with the absence of orders on it.

use axum::{extract::State, http::HeaderMap, response::Response};

use super::{form, respond};
use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    http::InPath,
    problem::Problem,
    words,
};

/// Proves the status of an object at a height, with the absence of orders on it.
#[utoipa::path(
    get, path = "/proofs/status/{epc}", tag = "proofs",
    params(("epc" = String, Path, description = "the object, in any notation")),
    responses(
        (status = 200, description = "The proof.", content((serde_json::Value = "application/json"), (Vec<u8> = "application/octet-stream"))),
        (status = 404, description = "The chain knows no such object.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    InPath(epc): InPath<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Proofs))?;
    let form = form(&headers)?;
    let object = words::object(&epc)
        .ok_or_else(|| Problem::parameter("epc", "is no identifier of a single object"))?;
    Ok(respond(app.deps().proofs.status(object, form).await?))
}
