//! `GET /openapi.json`: the description of this interface.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    openapi,
    problem::Problem,
};

/// Describes this interface.
#[utoipa::path(get, path = "/openapi.json", tag = "node", responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value)))]
pub async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Discovery))?;
    Ok((
        [(header::CONTENT_TYPE, "application/json")],
        openapi::text(),
    )
        .into_response())
}
