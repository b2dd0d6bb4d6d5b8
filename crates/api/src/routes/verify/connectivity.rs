//! `GET /checkConnectivity`: does somebody answer for this item?

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};

use pangolin_gs1::id::Gtin;
use pangolin_index::Query;
use pangolin_ledger::id::TimeMs;

use super::{product::allowed, respond};
use crate::{
    app::App,
    auth::{Caller, Who},
    http::{self, parameters},
    verify::{Declined, answer::Connectivity, asker::Asker, directory::Found, request, requester},
};

/// Checks whether somebody answers for an item here.
#[utoipa::path(
    get, path = "/checkConnectivity", tag = "verification",
    params(
        ("gtin" = String, Query, description = "8, 12, 13 or 14 digits"),
        ("reqGLN" = String, Query, description = "who asks: 13 digits"),
        ("linkType" = Option<String>, Query, description = "`verificationService`"),
        ("context" = Option<String>, Query, description = "`dscsaSaleableReturn`")
    ),
    responses(
        (status = 200, description = "Who answers.", body = Connectivity),
        (status = 400, description = "The question is malformed."),
        (status = 403, description = "The requester is no authorised trading partner."),
        (status = 404, description = "Nobody answers for this item here.")
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    asker: Asker,
    RawQuery(query): RawQuery,
) -> Response {
    respond(answer(&app, caller.as_ref(), &asker, query.as_deref()).await)
}

async fn answer(
    app: &App,
    caller: Option<&Caller>,
    asker: &Asker,
    query: Option<&str>,
) -> Result<Connectivity, Declined> {
    allowed(app, caller)?;
    let given = parameters(query)
        .map_err(|_| Declined::new(StatusCode::BAD_REQUEST, "bad-parameter").at("query"))?;
    let probe = request::probe(&given)?;
    requester::check(app, caller, asker, &probe.requester).await?;
    let responder_gln = match app.directory().any(&probe.gtin) {
        Found::Responder { gln, .. } => gln.to_owned(),
        Found::Nobody if app.directory().makers().is_some() => maker(app, &probe.gtin)
            .await?
            .ok_or(Declined::new(StatusCode::NOT_FOUND, "no-responder").at("gtin"))?,
        Found::Nobody => {
            return Err(Declined::new(StatusCode::NOT_FOUND, "no-responder").at("gtin"));
        }
    };
    Ok(Connectivity { responder_gln })
}

/// Who first brought packs of an item into being here, if that is somebody with a GLN.
async fn maker(app: &App, item: &Gtin) -> Result<Option<String>, Declined> {
    let packs = format!("https://id.gs1.org/01/{item}");
    let now = TimeMs(app.now_ms());
    let first = http::index(app, move |index| {
        let parameters = [
            ("MATCH_anyEPC", packs.as_str()),
            ("EQ_bizStep", "commissioning"),
        ];
        let query = Query::parse(parameters)?.per_page(1);
        let found = index.events(&query, now)?;
        Ok(found.events.first().map(|event| event.issuer.to_string()))
    })
    .await
    .map_err(|problem| Declined::new(problem.status(), "index"))?;
    Ok(first.filter(|party| request::is_gln(party)))
}
