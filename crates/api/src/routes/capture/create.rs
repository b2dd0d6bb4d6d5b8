//! `POST /capture`: a document is taken and becomes a job.

use std::{fs::File, io::Read as _};

use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
};
use pangolin_epcis::read::Mode;
use pangolin_ledger::id::PartyId;

use crate::{
    app::App,
    auth::{Caller, Who},
    authorise::{Act, unauthorised},
    capture::{
        job::{Behaviour, Job, JobId, Order},
        spool::Arrived,
        survey::{Seems, Survey, TOO_MANY_EVENTS, seems, survey},
    },
    http::{self, epcis_headers, name, no_more, parameters, take},
    limits::{MAX_OPEN_JOBS_PER_PARTY, SNIFF_BYTES},
    own::Placement,
    problem::{Exception, Problem, map},
    version,
    wire::job::CaptureJob,
    words,
};

/// Documents up to this size are read once before they are acknowledged, so that a sender learns of a hopeless one at once.
const CHECKED_AT_ONCE_BYTES: u64 = 4 * 1024 * 1024;

/// Takes an EPCIS document: XML of EPCIS 1.0 to 2.0, or JSON-LD.
#[utoipa::path(
    post, path = "/capture", tag = "capture",
    request_body(content(
        (String = "application/xml"), (serde_json::Value = "application/json"), (serde_json::Value = "application/ld+json")
    )),
    params(
        ("mode" = Option<String>, Query, description = "`lenient` accepts what is unambiguous, `strict` refuses what is against the standard"),
        ("GS1-Capture-Error-Behaviour" = Option<String>, Header, description = "`rollback` or `proceed`; without it, all or nothing where the document fits into one transaction, and greedily where it does not"),
        ("GS1-EPCIS-Version" = Option<String>, Header, description = "version of the document"),
        ("Pangolin-Party" = Option<String>, Header, description = "party in whose name events are stated, if it is not the sender"),
        ("Pangolin-Placement" = Option<String>, Header, description = "`full`: the chain gets the events; `committed`: this node keeps them, and the chain gets what the rules need and a commitment. Without it, as the node is configured")
    ),
    responses(
        (status = 202, description = "The document is safe; its job is at `Location`.", body = CaptureJob),
        (status = 400, description = "Nothing of the document can be captured; all defects are listed.", body = crate::problem::Body),
        (status = 413, description = "More than the limits allow.", body = crate::problem::Body),
        (status = 415, description = "Neither XML nor JSON.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let order = order(&app, caller.as_ref(), &parts.headers, parts.uri.query())?;
    media_type(&parts.headers)?;
    let (id, arrived) = receive(&app, &order, body).await?;
    let job = check(&app, &parts.headers, id, order, arrived).await?;
    let mut response = http::json(StatusCode::ACCEPTED, &CaptureJob::new(&job));
    epcis_headers(&mut response);
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(&format!("/capture/{id}")) {
        headers.insert(header::LOCATION, location);
    }
    headers.insert(
        name("gs1-capture-error-behaviour"),
        HeaderValue::from_static(job.behaviour.as_str()),
    );
    Ok(response)
}

/// What the sender asks for, if it may.
pub(in crate::routes) fn order(
    app: &App,
    caller: Option<&Caller>,
    headers: &HeaderMap,
    query: Option<&str>,
) -> Result<Order, Problem> {
    let caller = caller.ok_or_else(unauthorised)?;
    let party = party(caller, headers)?;
    app.rules().decide(Some(caller), Act::Capture(&party))?;
    let mut given = parameters(query)?;
    let mode = match take(&mut given, "mode")?.as_deref() {
        None => app.config().capture.mode.into(),
        Some("strict") => Mode::Strict,
        Some("lenient") => Mode::Lenient,
        Some(_) => return Err(Problem::parameter("mode", "must be strict or lenient")),
    };
    no_more(&given)?;
    let behaviour = match text(headers, "gs1-capture-error-behaviour")? {
        None => None,
        Some(word) => Some(Behaviour::parse(word).ok_or_else(|| {
            Problem::parameter("GS1-Capture-Error-Behaviour", "must be rollback or proceed")
        })?),
    };
    let placement = match text(headers, "pangolin-placement")? {
        None => app.config().capture.placement,
        Some(word) => Placement::parse(word)
            .ok_or_else(|| Problem::parameter("Pangolin-Placement", "must be full or committed"))?,
    };
    version::stated(headers)?;
    if app.deps().signer.key(&party).is_none() {
        return Err(crate::authorise::forbidden(
            "no-agent-key",
            "this node holds no capture agent key of the party",
        )
        .remedy("have the key of this node registered on the chain as an agent key of the party"));
    }
    Ok(Order {
        party,
        behaviour,
        mode,
        placement,
    })
}

fn party(caller: &Caller, headers: &HeaderMap) -> Result<PartyId, Problem> {
    match text(headers, "pangolin-party")? {
        None => Ok(caller.party.clone()),
        Some(named) => words::party(named).ok_or_else(|| {
            Problem::parameter("Pangolin-Party", "must be a GLN of 13 digits, or a URI")
        }),
    }
}

fn text<'a>(headers: &'a HeaderMap, key: &'static str) -> Result<Option<&'a str>, Problem> {
    let value = headers.get(key).map(HeaderValue::to_str).transpose();
    value.map_err(|_| Problem::parameter(key, "is not ASCII"))
}

/// Refuses what is neither XML nor JSON by its own account.
pub(in crate::routes) fn media_type(headers: &HeaderMap) -> Result<(), Problem> {
    let refuse = |place: &str, detail: String, remedy: &str| {
        let status = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        Err(Problem::new(
            status,
            Exception::UnsupportedMediaType,
            "unsupported-media-type",
            detail,
        )
        .at(place)
        .remedy(remedy))
    };
    if let Some(coding) = text(headers, "content-encoding")?
        && coding != "identity"
    {
        return refuse(
            "Content-Encoding",
            format!("the coding {coding:?} is not supported"),
            "send the document as it is, without Content-Encoding",
        );
    }
    let essence = |value: &str| {
        value
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    };
    match text(headers, "content-type")?.map(essence).as_deref() {
        None
        | Some(
            ""
            | "application/json"
            | "application/ld+json"
            | "application/xml"
            | "text/xml"
            | "application/octet-stream",
        ) => Ok(()),
        Some(other) => refuse(
            "Content-Type",
            format!("{other:?} is neither XML nor JSON"),
            "send application/xml, application/json or application/ld+json",
        ),
    }
}

/// Streams the document to disk.
pub(in crate::routes) async fn receive(
    app: &App,
    order: &Order,
    body: Body,
) -> Result<(JobId, Arrived), Problem> {
    let engine = app.engine();
    if engine.has_failed() {
        return Err(Problem::busy(
            "capture-stopped",
            "the node's storage failed; captures are refused",
            600,
        ));
    }
    let (store, party) = (engine.store().clone(), order.party.clone());
    let open = tokio::task::spawn_blocking(move || store.open_jobs(&party)).await;
    if open.map_err(|_| Problem::internal("interrupted"))?? >= MAX_OPEN_JOBS_PER_PARTY {
        return Err(Problem::busy(
            "too-many-jobs",
            "too many documents of the party wait here",
            30,
        ));
    }
    let id = JobId::random();
    let arrived = engine.spool().receive(&id, body).await?;
    Ok((id, arrived))
}

/// Looks at the document, makes it safe and writes the job. Nothing stays behind of a document that is refused here.
pub(in crate::routes) async fn check(
    app: &App,
    headers: &HeaderMap,
    id: JobId,
    order: Order,
    arrived: Arrived,
) -> Result<Job, Problem> {
    look(app, headers, &order, &arrived).await?;
    let document = app.engine().spool().keep(&id, arrived).await?;
    Ok(app.engine().accept(id, order, document).await?)
}

/// The survey of a document that is small enough for one. `Err`: nothing of it can be captured.
async fn look(
    app: &App,
    headers: &HeaderMap,
    order: &Order,
    arrived: &Arrived,
) -> Result<Option<Survey>, Problem> {
    let path = arrived.path().to_owned();
    let (mode, max_events, small) = (
        order.mode,
        app.config().capture.max_events,
        arrived.bytes() <= CHECKED_AT_ONCE_BYTES,
    );
    let _leave = app.survey().await?;
    let read = tokio::task::spawn_blocking(move || -> std::io::Result<(Seems, Option<Survey>)> {
        let mut head = Vec::new();
        File::open(&path)?
            .take(SNIFF_BYTES as u64)
            .read_to_end(&mut head)?;
        let surveyed = if small {
            Some(survey(File::open(&path)?, mode, max_events))
        } else {
            None
        };
        Ok((seems(&head), surveyed))
    });
    let (seems, surveyed) = match read.await {
        Ok(Ok(read)) => read,
        Ok(Err(error)) => {
            tracing::error!(%error, "a document cannot be read back");
            return Err(Problem::internal("spool"));
        }
        Err(_) => return Err(Problem::internal("interrupted")),
    };
    let stated = text(headers, "content-type")?.unwrap_or_default();
    let contradicts = match seems {
        Seems::Xml => stated.contains("json"),
        Seems::Json => stated.contains("xml"),
        Seems::Other => false,
    };
    if contradicts {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Exception::UnsupportedMediaType,
            "media-type-contradicts",
            "the document is not what Content-Type says",
        )
        .at("Content-Type")
        .remedy("name the syntax of the document, or leave Content-Type out"));
    }
    let Some(surveyed) = surveyed else {
        return Ok(None);
    };
    if let Some(fatal) = &surveyed.fatal
        && fatal.code == TOO_MANY_EVENTS
    {
        return Err(map::too_many_events(&surveyed.rejection(), max_events));
    }
    if surveyed.is_refused(order.behaviour) {
        return Err(map::rejection(&surveyed.rejection()));
    }
    Ok(Some(surveyed))
}
