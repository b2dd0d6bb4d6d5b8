//! `GET /capture`: jobs, latest first.

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, unauthorised},
    http::{self, epcis_headers, no_more, parameters, take_number, take_page, wants_json},
    limits::MAX_JOBS_PAGE,
    problem::Problem,
    wire::job::CaptureJob,
};

const DEFAULT_PAGE: u32 = 30;

/// Lists the capture jobs of the sender's party, latest first.
#[utoipa::path(
    get, path = "/capture", tag = "capture",
    params(
        ("perPage" = Option<u32>, Query, description = "jobs in a page, at most 500"),
        ("nextPageToken" = Option<i64>, Query, description = "as the `Link` of the page before says")
    ),
    responses((status = 200, description = "Jobs, without their errors and events.", body = [CaptureJob]))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let caller = caller.ok_or_else(unauthorised)?;
    app.rules()
        .decide(Some(&caller), Act::ReadJobs(&caller.party))?;
    wants_json(&headers)?;
    let mut given = parameters(query.as_deref())?;
    let limit = take_page(&mut given, MAX_JOBS_PAGE, DEFAULT_PAGE)?;
    let before = take_number(&mut given, "nextPageToken", (1, i64::MAX))?;
    no_more(&given)?;
    let store = app.engine().store().clone();
    let party = caller.party.clone();
    let jobs = tokio::task::spawn_blocking(move || store.jobs(Some(&party), before, limit)).await;
    let jobs = jobs.map_err(|_| Problem::internal("interrupted"))??;
    let listed: Vec<CaptureJob> = jobs.iter().map(CaptureJob::new).collect();
    let mut response = http::json(StatusCode::OK, &listed);
    epcis_headers(&mut response);
    http::say_page(&mut response, limit);
    let full = u32::try_from(jobs.len()).is_ok_and(|len| len == limit);
    if let Some(last) = jobs.last().filter(|_| full) {
        let link = format!(
            "</capture?perPage={limit}&nextPageToken={}>; rel=\"next\"",
            last.no
        );
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}
