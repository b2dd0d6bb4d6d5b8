//! `GET /healthz`: the process answers.

use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    http,
    problem::Problem,
};

/// Says that the process answers.
#[utoipa::path(get, path = "/healthz", tag = "node", responses((status = 200, description = "It does.", body = serde_json::Value)))]
pub async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Health))?;
    Ok(http::json(
        StatusCode::OK,
        &serde_json::json!({ "alive": true }),
    ))
}
