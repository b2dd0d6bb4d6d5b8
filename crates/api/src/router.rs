//! Every route of the interface, as a table.
//!
//! Who may use a route is decided by its handler, through [`authorise`](crate::authorise), after [`identify`] found out
//! who asks. What surrounds every handler, from outside in: counting → whether the body is read → limits of the request line and of time →
//! identification → the handler, whose panics become problems.

use std::time::{Duration, Instant};

use axum::{
    Router,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, on, post},
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    app::App,
    auth::identify,
    http::name,
    limits::{MAX_URI_BYTES, REQUEST, UPLOAD},
    listen::unread::watched,
    problem::{Exception, Problem},
    routes::{
        between, capture, disclosures, discovery, events, fields, lots, node, orders, pages,
        parties, proofs, trace, transactions, verify, vocabulary,
    },
};

/// Method and path of every route. A path that EPCIS defines also has `OPTIONS`.
pub const TABLE: &[(&str, &str)] = &[
    ("GET", "/"),
    ("GET", "/style.css"),
    ("GET", "/pack"),
    ("GET", "/pack/trace"),
    ("POST", "/capture"),
    ("GET", "/capture"),
    ("GET", "/capture/{captureID}"),
    ("POST", "/events"),
    ("GET", "/events"),
    ("GET", "/events/{eventID}"),
    ("GET", "/fields/{eventID}"),
    ("GET", "/disclosures"),
    ("GET", "/epcs"),
    ("GET", "/epcs/{value}"),
    ("GET", "/epcs/{value}/events"),
    ("GET", "/bizSteps"),
    ("GET", "/bizSteps/{value}"),
    ("GET", "/bizSteps/{value}/events"),
    ("GET", "/bizLocations"),
    ("GET", "/bizLocations/{value}"),
    ("GET", "/bizLocations/{value}/events"),
    ("GET", "/readPoints"),
    ("GET", "/readPoints/{value}"),
    ("GET", "/readPoints/{value}/events"),
    ("GET", "/dispositions"),
    ("GET", "/dispositions/{value}"),
    ("GET", "/dispositions/{value}/events"),
    ("GET", "/eventTypes"),
    ("GET", "/eventTypes/{value}"),
    ("GET", "/eventTypes/{value}/events"),
    ("POST", "/transactions"),
    ("GET", "/transactions/{id}"),
    ("GET", "/verify/gtin/{gtin}/lot/{lot}/ser/{ser}"),
    ("GET", "/checkConnectivity"),
    ("GET", "/trace/{epc}"),
    ("GET", "/lots/{gtin}/{lot}/whereabouts"),
    ("GET", "/proofs/receipt/{id}"),
    ("GET", "/proofs/status/{epc}"),
    ("GET", "/proofs/custody/{epc}"),
    ("GET", "/proofs/provenance"),
    ("POST", "/proofs/provenance"),
    ("GET", "/proofs/identity"),
    ("GET", "/proofs/header/{height}"),
    ("POST", "/state"),
    ("GET", "/waiting"),
    ("GET", "/chains"),
    ("GET", "/directory"),
    ("GET", "/find/{epc}"),
    ("POST", "/contents"),
    ("GET", "/parties"),
    ("GET", "/parties/{id}"),
    ("GET", "/orders"),
    ("POST", "/orders"),
    ("GET", "/orders/{id}"),
    ("GET", "/status"),
    ("GET", "/validators"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
];

/// First segments of the paths that EPCIS defines.
const EPCIS: &[&str] = &[
    "",
    "capture",
    "events",
    "epcs",
    "bizSteps",
    "bizLocations",
    "readPoints",
    "dispositions",
    "eventTypes",
];

/// Whether EPCIS defines a path, so that it has `OPTIONS`.
pub fn is_epcis(path: &str) -> bool {
    path.split('/')
        .nth(1)
        .is_some_and(|first| EPCIS.contains(&first))
}

/// The methods of a path.
pub fn methods(path: &str) -> Vec<&'static str> {
    let mut methods: Vec<&'static str> = TABLE
        .iter()
        .filter(|(_, known)| *known == path)
        .map(|(method, _)| *method)
        .collect();
    if is_epcis(path) {
        methods.push("OPTIONS");
    }
    methods
}

/// The handler of a route; `None` if the table names one that does not exist, which a test excludes.
fn handler(method: &str, path: &str) -> Option<MethodRouter<App>> {
    let first = path.split('/').nth(1).unwrap_or_default();
    if vocabulary::RESOURCES
        .iter()
        .any(|resource| resource.path == first)
    {
        return match path.split('/').count() {
            2 => Some(get(vocabulary::list::handle)),
            3 => Some(get(vocabulary::show::handle)),
            4 => Some(get(vocabulary::events::handle)),
            _ => None,
        };
    }
    Some(match (method, path) {
        ("GET", "/") => get(pages::home::handle),
        ("GET", "/style.css") => get(pages::style::handle),
        ("GET", "/pack") => get(pages::pack::handle),
        ("GET", "/pack/trace") => get(pages::trace::handle),
        ("POST", "/capture") => post(capture::create::handle),
        ("GET", "/capture") => get(capture::list::handle),
        ("GET", "/capture/{captureID}") => get(capture::show::handle),
        ("POST", "/events") => post(events::create::handle),
        ("GET", "/events") => get(events::list::handle),
        ("GET", "/events/{eventID}") => get(events::show::handle),
        ("GET", "/fields/{eventID}") => get(fields::show::handle),
        ("GET", "/disclosures") => get(disclosures::list::handle),
        ("POST", "/transactions") => post(transactions::submit::handle),
        ("GET", "/transactions/{id}") => get(transactions::show::handle),
        ("GET", "/verify/gtin/{gtin}/lot/{lot}/ser/{ser}") => get(verify::product::handle),
        ("GET", "/checkConnectivity") => get(verify::connectivity::handle),
        ("GET", "/trace/{epc}") => get(trace::show::handle),
        ("GET", "/lots/{gtin}/{lot}/whereabouts") => get(lots::whereabouts::handle),
        ("GET", "/proofs/receipt/{id}") => get(proofs::receipt::handle),
        ("GET", "/proofs/status/{epc}") => get(proofs::status::handle),
        ("GET", "/proofs/custody/{epc}") => get(proofs::custody::handle),
        ("GET", "/proofs/provenance") => get(proofs::provenance::handle),
        ("POST", "/proofs/provenance") => post(proofs::histories::handle),
        ("GET", "/proofs/identity") => get(proofs::identity::handle),
        ("GET", "/proofs/header/{height}") => get(proofs::block::handle),
        ("POST", "/state") => post(between::state::handle),
        ("GET", "/waiting") => get(between::waiting::handle),
        ("GET", "/chains") => get(between::chains::handle),
        ("GET", "/directory") => get(between::directory::handle),
        ("GET", "/find/{epc}") => get(between::find::handle),
        ("POST", "/contents") => post(between::contents::handle),
        ("GET", "/parties") => get(parties::list::handle),
        ("GET", "/parties/{id}") => get(parties::show::handle),
        ("GET", "/orders") => get(orders::list::handle),
        ("POST", "/orders") => post(orders::create::handle),
        ("GET", "/orders/{id}") => get(orders::show::handle),
        ("GET", "/status") => get(node::status::handle),
        ("GET", "/validators") => get(node::validators::handle),
        ("GET", "/healthz") => get(node::health::handle),
        ("GET", "/readyz") => get(node::ready::handle),
        ("GET", "/metrics") => get(node::metrics::handle),
        ("GET", "/openapi.json") => get(node::openapi::handle),
        _ => return None,
    })
}

/// The interface as a service.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    for (method, path) in TABLE {
        if let Some(handler) = handler(method, path) {
            router = router.route(path, handler);
        }
    }
    let mut optioned: Vec<&str> = TABLE
        .iter()
        .map(|(_, path)| *path)
        .filter(|path| is_epcis(path))
        .collect();
    optioned.dedup();
    for path in optioned {
        router = router.route(
            path,
            on(axum::routing::MethodFilter::OPTIONS, discovery::options),
        );
    }
    let panics = app.clone();
    router
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(CatchPanicLayer::custom(move |_| {
            panics.metrics().panic();
            tracing::error!("a handler panicked");
            Problem::internal("panic").into_response()
        }))
        .layer(from_fn_with_state(app.clone(), surround))
        .with_state(app)
}

async fn unknown() -> Problem {
    Problem::not_found("no-such-path", "there is no such path")
        .at("path")
        .remedy("see /openapi.json")
}

async fn wrong_method(method: Method, path: Option<MatchedPath>) -> Problem {
    let allowed = path
        .map(|path| methods(path.as_str()).join(", "))
        .unwrap_or_default();
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        Exception::Validation,
        "method-not-allowed",
        format!("{method} is not allowed on this path"),
    )
    .header(header::ALLOW, &allowed)
    .at("method")
    .remedy(format!("use {allowed}"))
}

/// What surrounds every handler.
async fn surround(
    State(app): State<App>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let of_verification = verify::is_verification(request.uri().path());
    let method = method_name(request.method());
    let route = path
        .as_ref()
        .and_then(|path| TABLE.iter().find(|(_, known)| *known == path.as_str()));
    let route = route.map_or("other", |(_, known)| known);
    let (request, unread) = watched(request);
    let mut response = bounded(&app, request, next)
        .await
        .unwrap_or_else(IntoResponse::into_response);
    if of_verification {
        response = verify::bare(response);
    }
    response.headers_mut().insert(
        name("x-content-type-options"),
        HeaderValue::from_static("nosniff"),
    );
    unread.tell(&mut response);
    app.metrics()
        .request(method, route, response.status().as_u16(), began.elapsed());
    response
}

async fn bounded(app: &App, request: Request, next: Next) -> Result<Response, Problem> {
    let len = request
        .uri()
        .path_and_query()
        .map_or(0, |text| text.as_str().len());
    if len > MAX_URI_BYTES {
        let detail = format!("path and query have {len} bytes, more than {MAX_URI_BYTES}");
        return Err(Problem::new(
            StatusCode::URI_TOO_LONG,
            Exception::UriTooLong,
            "uri-too-long",
            detail,
        )
        .at("path")
        .remedy("ask with fewer values at once"));
    }
    let uploads = *request.method() == Method::POST
        && matches!(
            request.uri().path(),
            "/capture" | "/events" | "/transactions"
        );
    let limit: Duration = if uploads { UPLOAD } else { REQUEST };
    let answered = tokio::time::timeout(limit, async {
        let request = identify(app, request).await?;
        Ok(next.run(request).await)
    });
    answered.await.unwrap_or_else(|_| {
        let detail = format!("the answer was not ready within {} s", limit.as_secs());
        Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            Exception::Implementation,
            "too-slow",
            detail,
        )
        .remedy("send it again; ask for less at once"))
    })
}

/// The name of a method for the metrics, of which there is a fixed number.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_has_a_handler_and_stands_once() {
        for (index, row) in TABLE.iter().enumerate() {
            assert!(handler(row.0, row.1).is_some(), "{row:?}");
            assert!(
                !TABLE.iter().take(index).any(|other| other == row),
                "{row:?}"
            );
        }
        assert_eq!(methods("/capture"), ["POST", "GET", "OPTIONS"]);
        assert_eq!(methods("/status"), ["GET"]);
    }
}
