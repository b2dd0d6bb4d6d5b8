//! `GET /directory`: which chains there are, where they answer, and which are likely to know an identifier.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use pangolin_client::NodeDirectory;
use pangolin_interchain::find::Subject;

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    clock::utc_text,
    finding::atlas,
    http::{self, no_more, parameters, take},
    problem::Problem,
};

/// Lists the chains that this node knows of: by decisions of its chain, by the records of registries that it follows, and by its
/// configuration.
#[utoipa::path(
    get, path = "/directory", tag = "between chains",
    params(("for" = Option<String>, Query, description = "an object or lot, in any notation: chains where its issuer is at home come first, those with the longest prefix before others")),
    responses((status = 200, description = "The chains.", body = NodeDirectory))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Health))?;
    let mut given = parameters(query.as_deref())?;
    let subject = take(&mut given, "for")?.map(|text| subject(&text, "for"));
    let subject = subject.transpose()?;
    no_more(&given)?;
    let drawn = atlas::draw(&app).await?;
    let directory = NodeDirectory {
        chain: drawn.atlas.here.to_string(),
        height: drawn.height,
        time: utc_text(drawn.time.0),
        chains: drawn.atlas.entries(subject.as_ref()),
        not_heard: drawn.not_heard,
        truncated: drawn.truncated,
    };
    Ok(http::json(StatusCode::OK, &directory))
}

/// The object or lot that a text names.
pub(super) fn subject(text: &str, place: &str) -> Result<Subject, Problem> {
    Subject::parse(text).ok_or_else(|| {
        let why = crate::words::why_no_object(text).map(|why| format!(": {why}"));
        let why = why.unwrap_or_default();
        Problem::parameter(
            place,
            format!("it is no identifier of a single object or of a lot{why}"),
        )
        .remedy("give an EPC URN, a Digital Link, (01)…(21)…, (00)… or (01)…(10)…")
    })
}
