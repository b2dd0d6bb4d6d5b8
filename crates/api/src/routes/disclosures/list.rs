//! `GET /disclosures`: to whom this node disclosed contents of a party's events.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use pangolin_profiles::capture::party_uri;

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, forbidden, unauthorised},
    clock::utc_text,
    http::{self, no_more, parameters, take, take_number},
    limits::MAX_DISCLOSURES_PAGE,
    problem::Problem,
    wire::disclosure::{Disclosure, Disclosures},
    words,
};

const DEFAULT_PAGE: u32 = 100;

/// Lists to whom this node disclosed contents of the events of the sender's party, and by which right. Nobody else sees that list.
#[utoipa::path(
    get, path = "/disclosures", tag = "events",
    params(
        ("owner" = Option<String>, Query, description = "another party for which the sender may act"),
        ("limit" = Option<u32>, Query, description = "entries in a page, at most 1,000"),
        ("after" = Option<i64>, Query, description = "`next` of the page before")
    ),
    responses(
        (status = 200, description = "The disclosures.", body = Disclosures),
        (status = 403, description = "The sender may not act for that party.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    app.rules().decide(caller.as_ref(), Act::ReadEvents)?;
    let caller = caller.ok_or_else(unauthorised)?;
    let mut given = parameters(query.as_deref())?;
    let owner = match take(&mut given, "owner")? {
        None => caller.party.clone(),
        Some(named) => words::party(&named)
            .ok_or_else(|| Problem::parameter("owner", "must be a GLN of 13 digits, or a URI"))?,
    };
    let limit = take_number(&mut given, "limit", (1, MAX_DISCLOSURES_PAGE))?;
    let limit = limit.unwrap_or(DEFAULT_PAGE);
    let after = take_number(&mut given, "after", (0, i64::MAX))?.unwrap_or(0);
    no_more(&given)?;
    if !caller.may_act_for(&owner) {
        return Err(forbidden(
            "not-your-party",
            "what was disclosed of a party's events is told to that party",
        ));
    }
    let (own, of) = (app.own().clone(), owner.clone());
    let page = tokio::task::spawn_blocking(move || own.log.of(&of, after, limit)).await;
    let page = page.map_err(|_| Problem::internal("interrupted"))??;
    let full = u32::try_from(page.entries.len()).is_ok_and(|len| len == limit);
    let next = page.entries.last().filter(|_| full).map(|last| last.no);
    Ok(http::json(
        StatusCode::OK,
        &Disclosures {
            owner: party_uri(&owner),
            disclosures: page.entries.iter().map(Disclosure::new).collect(),
            next,
            dropped: page.dropped,
            time: utc_text(app.now_ms()),
        },
    ))
}
