//! `POST /events`: one event, captured while the sender waits.

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use pangolin_epcis::{read, write};
use pangolin_profiles::capture::{Reducer, event_uri};

use crate::{
    app::App,
    auth::Who,
    capture::{
        job::{Behaviour, EventState, Job, Phase},
        recorded,
    },
    http::{self, epcis_headers, segment},
    limits::{MAX_EVENT_BYTES, MAX_WAIT},
    problem::{Exception, Problem, map},
    routes::capture::{create, show::finished},
    wire::job::CaptureJob,
};

/// Captures one event and waits until it is final. A known event is refused with 409, unless it declares an error.
#[utoipa::path(
    post, path = "/events", tag = "events",
    request_body(content((serde_json::Value = "application/json"), (serde_json::Value = "application/ld+json"), (String = "application/xml"))),
    responses(
        (status = 201, description = "The event is final; it is at `Location`.", body = serde_json::Value),
        (status = 202, description = "The event waits for a predecessor, or for a block; its job is at `Location`.", body = CaptureJob),
        (status = 400, description = "The event is refused.", body = crate::problem::Body),
        (status = 409, description = "The event is recorded already, or contradicts what is recorded.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let mut order = create::order(&app, caller.as_ref(), &parts.headers, parts.uri.query())?;
    order.behaviour = Some(Behaviour::Rollback);
    let bytes = http::body(body, MAX_EVENT_BYTES).await?;
    let (mode, text) = (order.mode, bytes.clone());
    let read =
        tokio::task::spawn_blocking(move || read::document(read::any(text.as_ref(), mode))).await;
    let document = read
        .map_err(|_| Problem::internal("interrupted"))?
        .map_err(|defects| {
            let first = defects
                .list()
                .iter()
                .find(|found| found.severity != pangolin_epcis::defect::Severity::Warning);
            let (code, detail) = first.map_or(("event-refused", String::new()), |found| {
                (found.code, found.message.clone())
            });
            Problem::invalid(code, detail)
                .at(first
                    .map(|found| found.place.to_string())
                    .unwrap_or_default())
                .defects(defects.list().iter().map(Into::into).collect())
        })?;
    let [event] = document.events.as_slice() else {
        return Err(Problem::invalid(
            "not-one-event",
            format!("{} events, where one is expected", document.events.len()),
        )
        .remedy("send several events to /capture"));
    };
    let id = Reducer::of_document(app.deps().trade.lexicon(), &document.header).event_id(event);
    if event.error_declaration.is_none() {
        let known = recorded::status(&app.deps().chain, &id).await?;
        if let Some(state) = recorded::outcome(&known.value)
            && !matches!(state, EventState::Rejected(_))
        {
            return Err(conflict());
        }
    }
    let (job_id, stored) = create::receive(&app, &order, Body::from(bytes)).await?;
    let job = create::check(&app, &parts.headers, job_id, order, stored).await?;
    let job = finished(&app, job, MAX_WAIT).await?;
    let mut response = answer(&app, &job, &id).await?;
    if response.status() == StatusCode::CREATED {
        let json = write::json_event(event, &document.header.context);
        *response.body_mut() = Body::from(json);
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
    }
    epcis_headers(&mut response);
    Ok(response)
}

fn conflict() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        Exception::AlreadyExists,
        "already-recorded",
        "this event is recorded already",
    )
    .remedy("nothing: what this states is recorded")
}

async fn answer(
    app: &App,
    job: &Job,
    id: &pangolin_ledger::id::EventId,
) -> Result<Response, Problem> {
    let no = job.no;
    let store = app.engine().store().clone();
    let read = tokio::task::spawn_blocking(move || {
        Ok::<_, crate::capture::store::StoreError>((
            store.page(no, None, 0, 1)?,
            store.failures_of(no, 1)?,
        ))
    });
    let (results, failures) = read.await.map_err(|_| Problem::internal("interrupted"))??;
    if let Some(failure) = failures.first() {
        return Err(map::rejection(failure));
    }
    let accepted = |location: String| {
        let mut response = http::json(StatusCode::ACCEPTED, &CaptureJob::new(job));
        if let Ok(location) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    };
    match results.first().map(|result| &result.state) {
        Some(EventState::Captured { height, .. }) => {
            let location = format!("/events/{}", segment(&event_uri(id)));
            let mut response = StatusCode::CREATED.into_response();
            let headers = response.headers_mut();
            for (key, value) in [
                (header::LOCATION, location),
                (http::name("pangolin-height"), height.to_string()),
            ] {
                if let Ok(value) = HeaderValue::from_str(&value) {
                    headers.insert(key, value);
                }
            }
            Ok(response)
        }
        Some(EventState::Known { .. }) => Err(conflict()),
        Some(EventState::Rejected(rejection)) => Err(map::rejection(rejection)),
        Some(EventState::Parked { .. }) => Ok(accepted(format!("/capture/{}", job.id))),
        None if job.phase == Phase::Finished => Err(Problem::internal("result-missing")),
        None => Ok(accepted(format!("/capture/{}", job.id))),
    }
}
