//! `GET /epcs` and its like: the values that occur.

use std::collections::BTreeSet;

use axum::{
    extract::{MatchedPath, RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use pangolin_epcis::{
    Event,
    model::{EventType, Location, Uri, What},
};
use pangolin_gs1::Key;
use pangolin_index::{
    IndexError, Query, SqliteIndex,
    query::{Field, Filter, Vocabulary},
};
use pangolin_ledger::id::{PartyId, TimeMs};

use super::{Resource, resource};
use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Sight},
    http::{self, epcis_headers, no_more, parameters, segment, take, take_page, wants_json},
    own::Own,
    problem::Problem,
    routes::events::sight,
    wire::list::Collection,
};

const MAX_PAGE: u32 = 1_000;
const DEFAULT_PAGE: u32 = 30;

/// Lists the values that occur in events: `epcs`, `bizSteps`, `bizLocations`, `readPoints`, `dispositions` or `eventTypes`. Of
/// objects and places a party sees those of its own events.
#[utoipa::path(
    get, path = "/{resource}", tag = "vocabularies",
    params(
        ("perPage" = Option<u32>, Query, description = "values in a page, at most 1,000"),
        ("nextPageToken" = Option<String>, Query, description = "as the `Link` of the page before says")
    ),
    responses((status = 200, description = "The values.", body = Collection))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    path: MatchedPath,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let sight = app.rules().decide(caller.as_ref(), Act::ReadEvents)?;
    let resource = resource(path.as_str()).ok_or_else(|| Problem::internal("unknown-resource"))?;
    wants_json(&headers)?;
    let mut given = parameters(query.as_deref())?;
    let per_page = take_page(&mut given, MAX_PAGE, DEFAULT_PAGE)?;
    let token = take(&mut given, "nextPageToken")?;
    no_more(&given)?;
    let now = TimeMs(app.now_ms());
    let kept = app.own().clone();
    let (mut values, next) = http::index(&app, move |index| match sight {
        Sight::Of(party) if resource.private => {
            let page = (token, per_page);
            own(index, resource, &party, &kept, page, now)
        }
        _ => {
            let page = index.vocabulary(resource.list, token.as_deref(), per_page)?;
            Ok((page.values, page.next))
        }
    })
    .await?;
    if resource.list == Vocabulary::EventTypes && next.is_none() {
        // the standard types are available whether or not one has occurred
        let standard = EventType::ALL.iter().map(|kind| kind.as_str().to_owned());
        let all: BTreeSet<String> = values.into_iter().chain(standard).collect();
        values = all.into_iter().collect();
    }
    let mut response = http::json(StatusCode::OK, &Collection::new(values));
    epcis_headers(&mut response);
    http::say_page(&mut response, per_page);
    if let Some(token) = next {
        let link = format!(
            "<{}?perPage={per_page}&nextPageToken={}>; rel=\"next\"",
            path.as_str(),
            segment(&token)
        );
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// The values in a page of a party's own events.
fn own(
    index: &SqliteIndex,
    resource: &Resource,
    party: &PartyId,
    kept: &Own,
    (token, per_page): (Option<String>, u32),
    now: TimeMs,
) -> Result<(Vec<String>, Option<String>), IndexError> {
    let issuer = Filter::OneOf {
        field: Field::Issuer,
        values: BTreeSet::from([index.lens().party_uri(party)]),
    };
    let mut query = Query::oldest_first().filter(issuer).per_page(per_page);
    query.next_page_token = token;
    let page = sight::page(index, &query, &Sight::Of(party.clone()), kept, now)?;
    let values: BTreeSet<String> = page
        .events
        .iter()
        .flat_map(|event| values(event, resource.list))
        .collect();
    Ok((
        values.into_iter().collect(),
        page.next.map(|(token, _)| token),
    ))
}

fn values(event: &Event, list: Vocabulary) -> Vec<String> {
    // one object has one entry, however its events write it
    let canonical = |uri: &Uri| {
        Key::parse(uri.as_str()).map_or_else(|_| uri.as_str().to_owned(), |key| key.canonical())
    };
    let place = |place: &Option<Location>| place.iter().map(|place| canonical(&place.id)).collect();
    match list {
        Vocabulary::ReadPoints => place(&event.read_point),
        Vocabulary::BizLocations => place(&event.biz_location),
        Vocabulary::Epcs => {
            let uris: Vec<&Uri> = match &event.what {
                What::Object(what) => what.epcs.iter().collect(),
                What::Aggregation(what) | What::Association(what) => {
                    what.parent_id.iter().chain(&what.child_epcs).collect()
                }
                What::Transaction(what) => what.parent_id.iter().chain(&what.epcs).collect(),
                What::Transformation(what) => {
                    what.input_epcs.iter().chain(&what.output_epcs).collect()
                }
                What::Extended(_) => Vec::new(),
            };
            uris.into_iter().map(canonical).collect()
        }
        Vocabulary::EventTypes | Vocabulary::BizSteps | Vocabulary::Dispositions => Vec::new(),
    }
}
