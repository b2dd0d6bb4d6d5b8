//! `GET /capture/{id}`: how a job stands.

use std::time::Duration;

use axum::{
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, unauthorised},
    capture::{
        job::{EventResult, EventState, Job, JobId, Phase},
        recorded,
        store::Only,
    },
    http::{self, Form, InPath, epcis_headers, negotiate, no_more, parameters, take, take_number},
    limits::{MAX_JOB_PAGE, MAX_JOB_PARKED_LOOKUPS, MAX_WAIT},
    problem::Problem,
    version,
    wire::job::{CaptureJob, JobEvent, JobProblem},
};

/// Shows how a job stands, and what became of its events.
#[utoipa::path(
    get, path = "/capture/{captureID}", tag = "capture",
    params(
        ("captureID" = String, Path, description = "identifier of the job"),
        ("wait" = Option<u64>, Query, description = "seconds to wait for the end of the job, at most 30"),
        ("settled" = Option<bool>, Query, description = "wait also until nothing of what was refused can be taken any more"),
        ("events" = Option<u64>, Query, description = "show what became of up to 1,000 events from this index on")
    ),
    responses((status = 200, description = "The job.", content((CaptureJob = "application/json"), (String = "application/xml"))), (status = 404, description = "No such job.", body = crate::problem::Body))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    InPath(id): InPath<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // nobody in particular learns not even which jobs there are
    let caller = caller.ok_or_else(unauthorised)?;
    let form = negotiate(&headers, &[Form::Json, Form::Xml])?;
    version::choose(&headers, true)?;
    let mut given = parameters(query.as_deref())?;
    let wait = take_number(&mut given, "wait", (0, MAX_WAIT.as_secs()))?.unwrap_or(0);
    let settled = match take(&mut given, "settled")?.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::parameter("settled", "must be true or false")),
    };
    let events = take_number(&mut given, "events", (0, u64::MAX))?;
    no_more(&given)?;
    let unknown = || {
        Problem::not_found("unknown-job", "there is no such capture job")
        .remedy("ask the node that took the document, as the party that handed it in; GET /capture lists its jobs")
    };
    let id = JobId::parse(&id).ok_or_else(unknown)?;
    let job = load(&app, id).await?.ok_or_else(unknown)?;
    app.rules()
        .decide(Some(&caller), Act::ReadJobs(&job.order.party))?;
    let job = finished(&app, job, Duration::from_secs(wait), settled).await?;
    let shown = show(&app, &job, events).await?;
    let mut response = match form {
        Form::Xml => shown.to_xml().into_response(),
        _ => http::json(StatusCode::OK, &shown),
    };
    epcis_headers(&mut response);
    Ok(response)
}

async fn load(app: &App, id: JobId) -> Result<Option<Job>, Problem> {
    let store = app.engine().store().clone();
    let job = tokio::task::spawn_blocking(move || store.job(&id)).await;
    Ok(job.map_err(|_| Problem::internal("interrupted"))??)
}

/// Waits for the end of a job, and of its open refusals where they are to be `settled`, at most so long; gives the job as it is then.
pub(in crate::routes) async fn finished(
    app: &App,
    job: Job,
    wait: Duration,
    settled: bool,
) -> Result<Job, Problem> {
    let ended = |job: &Job| job.phase == Phase::Finished && !(settled && job.open_until.is_some());
    if ended(&job) || wait.is_zero() {
        return Ok(job);
    }
    // asked before the job is looked at again, so that its end is not missed
    let mut announcements = app.engine().announcements();
    let id = job.id;
    let gone = || Problem::not_found("unknown-job", "the capture job was removed");
    let last = tokio::time::Instant::now() + wait;
    loop {
        let job = load(app, id).await?.ok_or_else(gone)?;
        if ended(&job) {
            return Ok(job);
        }
        let announced = async {
            // too many announcements at once: one of them may have been ours
            while matches!(announcements.recv().await, Ok(other) if other != id) {}
        };
        if tokio::time::timeout_at(last, announced).await.is_err() {
            // the time is up: the job is shown as it is
            return load(app, id).await?.ok_or_else(gone);
        }
    }
}

async fn show(app: &App, job: &Job, events: Option<u64>) -> Result<CaptureJob, Problem> {
    let no = job.no;
    let store = app.engine().store().clone();
    let read = tokio::task::spawn_blocking(move || {
        let failures = store.failures_of(no, MAX_JOB_PAGE)?;
        let rejected = store.page(no, Some(Only::Rejected), 0, MAX_JOB_PAGE)?;
        let parked = store.page(no, Some(Only::Parked), 0, MAX_JOB_PARKED_LOOKUPS)?;
        Ok::<_, crate::capture::store::StoreError>((
            failures,
            rejected,
            parked,
            store.defects_of(no)?,
        ))
    });
    let (failures, mut rejected, parked, defects) =
        read.await.map_err(|_| Problem::internal("interrupted"))??;
    let (parked, moved) = refresh(app, parked).await?;
    let mut job = job.clone();
    if !moved.is_empty() {
        rejected.extend(
            moved
                .iter()
                .filter(|event| matches!(event.state, EventState::Rejected(_)))
                .cloned(),
        );
        let store = app.engine().store().clone();
        let id = job.id;
        let kept = tokio::task::spawn_blocking(move || {
            store.results(no, &moved)?;
            store.job(&id)
        });
        if let Some(later) = kept.await.map_err(|_| Problem::internal("interrupted"))?? {
            job = later;
        }
    }
    let mut shown = CaptureJob::new(&job);
    shown.errors = failures
        .iter()
        .map(|failure| JobProblem::new(failure, None))
        .collect();
    shown
        .errors
        .extend(rejected.iter().filter_map(|event| match &event.state {
            EventState::Rejected(rejection) => Some(JobProblem::new(rejection, Some(event))),
            _ => None,
        }));
    shown.parked = parked.iter().map(JobEvent::from).collect();
    shown.show_defects(defects);
    if let Some(from) = events {
        let store = app.engine().store().clone();
        let page =
            tokio::task::spawn_blocking(move || store.page(no, None, from, MAX_JOB_PAGE)).await;
        shown.events = page
            .map_err(|_| Problem::internal("interrupted"))??
            .iter()
            .map(JobEvent::from)
            .collect();
    }
    Ok(shown)
}

/// The present state of parked events: those that still wait, and those that do not.
async fn refresh(
    app: &App,
    parked: Vec<EventResult>,
) -> Result<(Vec<EventResult>, Vec<EventResult>), Problem> {
    let mut waiting = Vec::new();
    let mut moved = Vec::new();
    for mut event in parked {
        let (Some(id), EventState::Parked { tx, height, .. }) = (event.id, event.state.clone())
        else {
            continue;
        };
        let status = recorded::status(&app.deps().chain, &id).await?;
        event.state = match recorded::outcome(&status.value) {
            Some(EventState::Known { .. }) => EventState::Captured { tx, height },
            Some(state) => state,
            None => recorded::in_vain(),
        };
        if matches!(event.state, EventState::Parked { .. }) {
            waiting.push(event);
        } else {
            moved.push(event);
        }
    }
    Ok((waiting, moved))
}
