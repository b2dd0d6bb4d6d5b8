//! `GET /style.css`: the style of the pages.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    problem::Problem,
};

/// The style of the pages.
#[utoipa::path(get, path = "/style.css", tag = "pages", responses((status = 200, description = "CSS.", body = String, content_type = "text/css")))]
pub async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Pages))?;
    let headers = [
        (header::CONTENT_TYPE, "text/css; charset=utf-8"),
        (header::CACHE_CONTROL, "public, max-age=3600"),
    ];
    Ok((headers, include_str!("style.css")).into_response())
}
