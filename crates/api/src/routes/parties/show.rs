//! `GET /parties/{id}`: a party with its roles.

use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    http::{self, InPath},
    problem::Problem,
    wire::party::Party,
    words,
};

/// Shows a party with its roles in force.
#[utoipa::path(
    get, path = "/parties/{id}", tag = "parties",
    params(("id" = String, Path, description = "GLN, or URI")),
    responses((status = 200, description = "The party.", body = Party), (status = 404, description = "No such party.", body = crate::problem::Body))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    InPath(id): InPath<String>,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Parties))?;
    let party =
        words::party(&id).ok_or_else(|| Problem::parameter("id", "is neither a GLN nor a URI"))?;
    let standing = app.registry().standing(&party).await?;
    let found = http::index(&app, move |index| index.party(&party)).await?;
    let view = found
        .ok_or_else(|| Problem::not_found("unknown-party", "the chain knows no such party"))?;
    Ok(http::json(
        StatusCode::OK,
        &Party::new(&view, standing.as_deref(), app.deps().trade.as_ref()),
    ))
}
