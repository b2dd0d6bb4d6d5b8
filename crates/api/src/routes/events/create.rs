//! `POST /events`: one event, captured while the sender waits.

use std::collections::BTreeSet;

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use pangolin_epcis::{
    Event,
    defect::{Defects, Severity},
    model::Context,
    read, write,
};
use pangolin_index::{Query, query::Filter};
use pangolin_ledger::id::{EventId, TimeMs};
use pangolin_profiles::capture::{Reducer, event_uri};

use crate::{
    app::App,
    auth::Who,
    capture::{
        job::{Behaviour, EventState, Job, Order, Phase},
        recorded,
        spool::Arrived,
        survey::limits,
    },
    http::{self, epcis_headers, segment},
    limits::{MAX_EVENT_BYTES, MAX_WAIT},
    own::OwnError,
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
    create::media_type(&parts.headers)?;
    if http::exceeds(&body, MAX_EVENT_BYTES as u64) {
        return Err(map::body_too_large(MAX_EVENT_BYTES));
    }
    let (job_id, arrived) = create::receive(&app, &order, body).await?;
    let one = one_event(&app, &order, &arrived).await?;
    let job = create::check(&app, &parts.headers, job_id, order, arrived).await?;
    let job = finished(&app, job, MAX_WAIT, false).await?;
    let mut response = answer(&app, &job, &one.id).await?;
    if response.status() == StatusCode::CREATED {
        let json = write::json_event(&one.event, &one.context);
        *response.body_mut() = Body::from(json);
        response.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
    }
    epcis_headers(&mut response);
    Ok(response)
}

/// The one event of a document.
struct One {
    id: EventId,
    event: Event,
    context: Context,
}

/// Reads the one event of a document that was received, and makes sure that it is not recorded yet.
async fn one_event(app: &App, order: &Order, arrived: &Arrived) -> Result<One, Problem> {
    if arrived.bytes() > MAX_EVENT_BYTES as u64 {
        return Err(map::body_too_large(MAX_EVENT_BYTES));
    }
    let (path, mode) = (arrived.path().to_owned(), order.mode);
    let leave = app.survey().await?;
    let read = tokio::task::spawn_blocking(move || -> std::io::Result<_> {
        let input = std::io::BufReader::new(std::fs::File::open(path)?);
        Ok(read::document(read::any_within(input, mode, limits(2))))
    });
    let read = read.await.map_err(|_| Problem::internal("interrupted"))?;
    drop(leave);
    let read = read.map_err(|error| {
        tracing::error!(%error, "a document cannot be read back");
        Problem::internal("spool")
    })?;
    let mut document = read.map_err(|defects| refused(&defects))?;
    let count = document.events.len();
    let Some(event) = document.events.pop().filter(|_| count == 1) else {
        return Err(Problem::invalid(
            "not-one-event",
            format!("{count} events, where one is expected"),
        )
        .at("/epcisBody/eventList")
        .remedy("send several events to /capture"));
    };
    let hash = Reducer::of_document(app.deps().trade.lexicon(), &document.header).event_id(&event);
    let id = identity(app, order, hash, event.error_declaration.is_some()).await?;
    // the declaration that an event was in error repeats it (EPCIS 2.0 §7.4.1.3)
    if event.error_declaration.is_none() {
        unrecorded(app, &id, &event).await?;
    }
    Ok(One {
        id,
        event,
        context: document.header.context,
    })
}

/// Under which identity the event goes to the chain, or is declared to be in error there.
async fn identity(
    app: &App,
    order: &Order,
    hash: EventId,
    declares: bool,
) -> Result<EventId, Problem> {
    let (own, party, placement) = (app.own().clone(), order.party.clone(), order.placement);
    let secret = app.deps().signer.salts(&party);
    let found = tokio::task::spawn_blocking(move || match secret {
        Ok(secret) if !declares => {
            let found = own.identity(&party, &hash, placement, &secret)?;
            Ok(found.0)
        }
        _ => Ok::<_, OwnError>(own.events.identity(&party, &hash)?.unwrap_or(hash)),
    });
    Ok(found
        .await
        .map_err(|_| Problem::internal("interrupted"))??)
}

/// Refuses an event that is recorded already: by its hash, or by the identifier that its sender gave it.
async fn unrecorded(app: &App, id: &EventId, event: &Event) -> Result<(), Problem> {
    let known = recorded::status(&app.deps().chain, id).await?;
    if let Some(state) = recorded::outcome(&known.value)
        && !matches!(state, EventState::Rejected(_))
    {
        return Err(conflict());
    }
    let Some(given) = event
        .event_id
        .as_ref()
        .map(|given| given.as_str().to_owned())
    else {
        return Ok(());
    };
    let now = TimeMs(app.now_ms());
    let shown = given.clone();
    let taken = http::index(app, move |index| {
        let ids = BTreeSet::from([given]);
        let query = Query::oldest_first()
            .filter(Filter::EventId { ids })
            .per_page(1);
        Ok(!index.events(&query, now)?.events.is_empty())
    })
    .await?;
    if taken {
        let detail = format!("another event is recorded under the identifier {shown}");
        return Err(Problem::new(
            StatusCode::CONFLICT,
            Exception::AlreadyExists,
            "event-id-taken",
            detail,
        )
        .at("/eventID")
        .remedy("give every event an identifier of its own, or leave it out: the event hash is then its identifier"));
    }
    Ok(())
}

fn refused(defects: &Defects) -> Problem {
    let first = defects
        .list()
        .iter()
        .find(|found| found.severity != Severity::Warning);
    let Some(first) = first else {
        return Problem::invalid("event-refused", "the event is not acceptable");
    };
    Problem::invalid(first.code, first.message.clone())
        .at(first.place.to_string())
        .remedy(first.remedy)
        .defects(defects.list().iter().map(Into::into).collect())
}

fn conflict() -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        Exception::AlreadyExists,
        "already-recorded",
        "this event is recorded already",
    )
    .at("document")
    .remedy("nothing: what this states is recorded")
}

async fn answer(app: &App, job: &Job, id: &EventId) -> Result<Response, Problem> {
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
        None if job.phase == Phase::Finished => Err(Problem::internal("result-missing")),
        Some(EventState::Parked { .. }) | None => Ok(accepted(format!("/capture/{}", job.id))),
    }
}
