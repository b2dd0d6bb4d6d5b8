//! `GET /epcs/{epc}` and its like: what is below a value.

use axum::{
    extract::{MatchedPath, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use pangolin_epcis::model::EventType;
use pangolin_index::{Query, query::Vocabulary};
use pangolin_ledger::id::TimeMs;

use super::resource;
use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Sight},
    http::{self, InPath, epcis_headers, wants_json},
    problem::Problem,
    routes::events::sight,
    wire::list::Collection,
};

/// Lists what is below a value: its events.
#[utoipa::path(
    get, path = "/{resource}/{value}", tag = "vocabularies",
    responses(
        (status = 200, description = "`events`.", body = Collection),
        (status = 404, description = "The value does not occur in events that the sender may see.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    path: MatchedPath,
    InPath(value): InPath<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let sight = app.rules().decide(caller.as_ref(), Act::ReadEvents)?;
    let resource = resource(path.as_str()).ok_or_else(|| Problem::internal("unknown-resource"))?;
    wants_json(&headers)?;
    let now = TimeMs(app.now_ms());
    let own = app.own().clone();
    let occurs = http::index(&app, move |index| match &sight {
        Sight::Of(_) if resource.private => {
            let none = std::collections::BTreeMap::new();
            let query = Query::parse_lists([(resource.parameter, vec![value.as_str()])], &none)?
                .per_page(100);
            Ok(!sight::page(index, &query, &sight, &own, now)?
                .events
                .is_empty())
        }
        // the standard types are there whether or not one has occurred
        _ if resource.list == Vocabulary::EventTypes && EventType::parse(&value).is_some() => {
            Ok(true)
        }
        _ => index.occurs(resource.list, &value),
    })
    .await
    .or_else(|problem| super::not_a_value(problem, resource).map(|()| false))?;
    if !occurs {
        return Err(super::unknown());
    }
    let mut response = http::json(StatusCode::OK, &Collection::new(vec!["events".to_owned()]));
    epcis_headers(&mut response);
    Ok(response)
}
