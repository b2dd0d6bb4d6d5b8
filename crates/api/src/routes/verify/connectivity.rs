//! `GET /checkConnectivity`: does somebody answer for this item?

use axum::{
    extract::{ConnectInfo, RawQuery, State},
    http::StatusCode,
    response::Response,
};

use super::{address, product::allowed, respond};
use crate::{
    app::App,
    auth::{Caller, Peer, Who},
    http::parameters,
    verify::{Declined, answer::Connectivity, directory::Found, request, requester},
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
    peer: Option<axum::Extension<ConnectInfo<Peer>>>,
    RawQuery(query): RawQuery,
) -> Response {
    let peer = address(peer.map(|axum::Extension(info)| info));
    respond(answer(&app, caller.as_ref(), &peer, query.as_deref()).await)
}

async fn answer(
    app: &App,
    caller: Option<&Caller>,
    peer: &str,
    query: Option<&str>,
) -> Result<Connectivity, Declined> {
    allowed(app, caller)?;
    let given =
        parameters(query).map_err(|_| Declined::new(StatusCode::BAD_REQUEST, "bad-parameter"))?;
    let probe = request::probe(&given)?;
    requester::check(app, caller, peer, &probe.requester).await?;
    match app.directory().any(&probe.gtin) {
        Found::Responder { gln, .. } => Ok(Connectivity {
            responder_gln: gln.to_owned(),
        }),
        Found::Nobody => Err(Declined::new(StatusCode::NOT_FOUND, "no-responder")),
    }
}
