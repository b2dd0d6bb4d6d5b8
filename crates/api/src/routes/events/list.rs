//! `GET /events`, and the events below a value: a page of what a query finds.

use axum::{
    extract::{RawQuery, State},
    http::HeaderMap,
    response::Response,
};
use pangolin_index::Query;
use pangolin_ledger::id::TimeMs;

use super::{sight, write};
use crate::{
    app::App,
    auth::{Caller, Who},
    authorise::Act,
    http::{self, parameters, segment},
    own,
    problem::Problem,
};

/// Queries events with the parameters of EPCIS 2.0. Only events of which the sender's party is a party are shown; authorities
/// see all.
#[utoipa::path(
    get, path = "/events", tag = "events",
    params(
        ("eventType" = Option<String>, Query, description = "types, divided by |"),
        ("GE_eventTime" = Option<String>, Query, description = "at or after"),
        ("LT_eventTime" = Option<String>, Query, description = "before"),
        ("GE_recordTime" = Option<String>, Query, description = "recorded at or after"),
        ("LT_recordTime" = Option<String>, Query, description = "recorded before"),
        ("EQ_action" = Option<String>, Query, description = "actions, divided by |"),
        ("EQ_bizStep" = Option<String>, Query, description = "business steps, divided by |"),
        ("EQ_disposition" = Option<String>, Query, description = "dispositions, divided by |"),
        ("EQ_readPoint" = Option<String>, Query, description = "read points, divided by |"),
        ("EQ_bizLocation" = Option<String>, Query, description = "business locations, divided by |"),
        ("MATCH_epc" = Option<String>, Query, description = "objects, in any notation, divided by |"),
        ("MATCH_anyEPC" = Option<String>, Query, description = "objects at any place, divided by |"),
        ("EQ_eventID" = Option<String>, Query, description = "events, divided by |"),
        ("orderBy" = Option<String>, Query, description = "`eventTime` or `recordTime`"),
        ("orderDirection" = Option<String>, Query, description = "`ASC` or `DESC`"),
        ("perPage" = Option<u32>, Query, description = "events in a page: 30, at most 1,000; of more, pages of 1,000 are served, as `Pangolin-Per-Page` says and as the standard allows"),
        ("nextPageToken" = Option<String>, Query, description = "as the `Link` of the page before says"),
        ("GS1-EPC-Format" = Option<String>, Header, description = "`Always_GS1_Digital_Link` translates"),
        ("GS1-EPCIS-Max" = Option<String>, Header, description = "`1.2` with `Accept: application/xml` gives EPCIS 1.2")
    ),
    responses(
        (status = 200, description = "An EPCISQueryDocument. All 61 parameters of the standard are understood but those about master data.",
         content((serde_json::Value = "application/json"), (String = "application/xml"))),
        (status = 400, description = "A parameter is not understood.", body = crate::problem::Body),
        (status = 413, description = "The answer would be too large.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    answer(
        &app,
        caller.as_ref(),
        query.as_deref(),
        &headers,
        "/events",
        None,
    )
    .await
}

/// Answers a query, with one more condition if there is one.
pub(in crate::routes) async fn answer(
    app: &App,
    caller: Option<&Caller>,
    query: Option<&str>,
    headers: &HeaderMap,
    path: &str,
    more: Option<(&'static str, &str)>,
) -> Result<Response, Problem> {
    let sight = app.rules().decide(caller, Act::ReadEvents)?;
    let wanted = write::wanted(headers)?;
    let given = parameters(query)?;
    let mut parsed = Query::parse(
        given
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str())),
    )?;
    if let Some((name, value)) = more {
        let none = std::collections::BTreeMap::new();
        parsed
            .filters
            .extend(Query::parse_lists([(name, vec![value])], &none)?.filters);
    }
    let per_page = parsed.per_page;
    let now_ms = app.now_ms();
    let own = app.own().clone();
    let mut page = http::index(app, move |index| {
        sight::page(index, &parsed, &sight, &own, TimeMs(now_ms))
    })
    .await?;
    if let Some(caller) = caller {
        let disclosed = std::mem::take(&mut page.disclosed);
        own::write_down(app, caller, disclosed.into_disclosed()).await?;
    }
    let next = page.next.as_ref().map(|(token, _)| {
        let kept = given.iter().filter(|(name, _)| name != "nextPageToken");
        let mut address = String::from(path);
        for (index, (name, value)) in kept.enumerate() {
            address.push(if index == 0 { '?' } else { '&' });
            address.push_str(&segment(name));
            address.push('=');
            address.push_str(&segment(value));
        }
        let mark = if address.contains('?') { '&' } else { '?' };
        format!("{address}{mark}nextPageToken={}", segment(token))
    });
    let mut response = write::page(page, wanted, "SimpleEventQuery", now_ms, next.as_deref())?;
    http::say_page(&mut response, per_page);
    Ok(response)
}
