//! `GET /verify/gtin/{gtin}/lot/{lot}/ser/{ser}`: is this pack real, and may it be sold again?

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::respond;
use crate::{
    app::App,
    auth::{Caller, Who},
    authorise::{Act, Area},
    http::{InPath, parameters},
    verify::{
        self, Declined,
        answer::Answer,
        asker::Asker,
        request::{self, Version},
    },
};

/// Verifies a product identifier (GS1 Lightweight Messaging Standard 1.1, GS1 US 1.3). Only an answer of status 200 has a body;
/// otherwise the headers `Pangolin-Code`, `Pangolin-Place` and `Pangolin-Remedy` say what is wrong, where, and what to do.
#[utoipa::path(
    get, path = "/verify/gtin/{gtin}/lot/{lot}/ser/{ser}", tag = "verification",
    params(
        ("gtin" = String, Path, description = "8, 12, 13 or 14 digits"),
        ("lot" = String, Path, description = "lot number"),
        ("ser" = String, Path, description = "serial number"),
        ("exp" = String, Query, description = "expiry date, YYMMDD"),
        ("linkType" = String, Query, description = "`verificationService`"),
        ("context" = String, Query, description = "`dscsaSaleableReturn`"),
        ("reqGLN" = String, Query, description = "who asks: 13 digits"),
        ("corrUUID" = String, Query, description = "UUID of version 4, given back"),
        ("GS1US-Version" = Option<String>, Header, description = "`1.3.0` for the additions of GS1 US")
    ),
    responses(
        (status = 200, description = "Verified or not.", body = Answer),
        (status = 400, description = "The question is malformed."),
        (status = 401, description = "The requester must sign in."),
        (status = 403, description = "The requester is no authorised trading partner, its credential is not in force, or it guesses."),
        (status = 404, description = "Nobody answers for this item here."),
        (status = 503, description = "Later.")
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    asker: Asker,
    InPath(path): InPath<(String, String, String)>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    respond(
        answer(
            &app,
            caller.as_ref(),
            &asker,
            &path,
            query.as_deref(),
            &headers,
        )
        .await,
    )
}

async fn answer(
    app: &App,
    caller: Option<&Caller>,
    asker: &Asker,
    (gtin, lot, serial): &(String, String, String),
    query: Option<&str>,
    headers: &HeaderMap,
) -> Result<Answer, Declined> {
    allowed(app, caller)?;
    let given = parameters(query)
        .map_err(|_| Declined::new(StatusCode::BAD_REQUEST, "bad-parameter").at("query"))?;
    let today = jiff::Timestamp::from_millisecond(app.now_ms()).unwrap_or_default();
    let today = today.to_zoned(jiff::tz::TimeZone::UTC).date();
    let question = request::question((gtin, lot, serial), &given, Version::of(headers), today)?;
    verify::verify(app, caller, asker, &question).await
}

/// Whether the area is open to the caller at all.
pub(super) fn allowed(app: &App, caller: Option<&Caller>) -> Result<(), Declined> {
    match app.rules().decide(caller, Act::Read(Area::Verify)) {
        Ok(_) => Ok(()),
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => {
            Err(Declined::new(StatusCode::UNAUTHORIZED, "not-signed-in").at("credentials"))
        }
        Err(_) => Err(Declined::new(StatusCode::FORBIDDEN, "not-allowed")),
    }
}
