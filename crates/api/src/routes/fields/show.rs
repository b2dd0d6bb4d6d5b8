//! `GET /fields/{eventID}`: single fields of an event, with what proves that they belong to what the chain recorded.
//!
//! Steps: who asks → what the chain has of the event → by which right → the full event, out of the block or as this node keeps it →
//! the fields with their salts, held against the commitment → the proof → written down → answered.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use pangolin_chain::handle::ProveError;
use pangolin_epcis::Event;
use pangolin_index::EventBody;
use pangolin_ledger::{
    id::{EventId, PartyId},
    state::EventRecord,
    tx::{self, Payload},
};
use pangolin_profiles::{
    capture::parse_event_uri,
    disclosure::{self, Disclosure, SaltSecret},
    payload,
};

use crate::{
    app::App,
    auth::{Caller, Who},
    authorise::{Act, unauthorised},
    capture::recorded::{self, RecordedError},
    deps::ProofFile,
    http::{self, InPath, parameters},
    limits::{MAX_FIELDS_ASKED, MAX_PATHS_ASKED},
    own::{self, Disclosed, Right},
    problem::Problem,
    routes::{
        events::show::{recorded_as, unknown},
        proofs::respond,
    },
};

/// Gives fields of an event with the proof that they belong to it. Whoever gets them checks them offline, against the commitment that the
/// chain recorded; the other fields stay secret. What goes to somebody else than the owner of the event is written down where the owner
/// sees it (`GET /disclosures`).
#[utoipa::path(
    get, path = "/fields/{eventID}", tag = "events",
    params(
        ("eventID" = String, Path, description = "identity of the event on the chain, or for its owner its event hash: `ni:///sha-256;…?ver=CBV2.0`"),
        ("path" = Vec<String>, Query, description = "fields, in the names of EPCIS 2.0 JSON: `/bizStep`; with a `/` at the end everything below: `/epcList/`; may be repeated up to 64 times. Without any: all fields")
    ),
    responses(
        (status = 200, description = "The proof file, for `pangolin verify`.", content((serde_json::Value = "application/json"))),
        (status = 404, description = "No such event, or none whose contents the sender's party may read; no such field; or the full event is not here.", body = crate::problem::Body),
        (status = 413, description = "More fields than are given at once.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    InPath(id): InPath<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    app.rules().decide(caller.as_ref(), Act::ReadEvents)?;
    let caller = caller.ok_or_else(unauthorised)?;
    let paths = paths(query.as_deref())?;
    let hash = parse_event_uri(&id).ok_or_else(|| {
        Problem::parameter("eventID", "must be of the form ni:///sha-256;…?ver=CBV2.0")
    })?;
    let id = recorded_as(&app, &caller.party, Some(hash)).await?;
    let id = id.unwrap_or(hash);
    let (record, reduced) = stated(&app, &id).await?.ok_or_else(unknown)?;
    let right = app.rules().right(&caller, &record.issuer, &reduced);
    let right = right.ok_or_else(unknown)?;
    let (fields, proof) = proven(&app, &record.issuer, reduced, paths).await?;
    write_down(&app, &caller, right, record.issuer, id, fields).await?;
    Ok(respond(proof))
}

/// All fields of an event, with the proof that they belong to it. Nothing is written down here.
pub(in crate::routes) async fn whole(
    app: &App,
    issuer: &PartyId,
    reduced: tx::Event,
) -> Result<(Vec<String>, ProofFile), Problem> {
    proven(app, issuer, reduced, Paths(Vec::new())).await
}

async fn proven(
    app: &App,
    issuer: &PartyId,
    reduced: tx::Event,
    paths: Paths,
) -> Result<(Vec<String>, ProofFile), Problem> {
    let parts = reduced.parts();
    let shown = shown(app, issuer, reduced, paths).await?;
    let fields = shown.fields.iter().map(|field| field.path.clone());
    let fields: Vec<String> = fields.collect();
    let proof = app.deps().proofs.fields(parts, shown).await?;
    Ok((fields, proof))
}

async fn write_down(
    app: &App,
    caller: &Caller,
    right: Option<Right>,
    owner: PartyId,
    event: EventId,
    fields: Vec<String>,
) -> Result<(), Problem> {
    let Some(right) = right else { return Ok(()) };
    let disclosed = Disclosed {
        owner,
        right,
        events: vec![event],
        fields,
    };
    own::write_down(app, caller, vec![disclosed]).await
}

/// Which fields are asked for.
struct Paths(Vec<String>);

impl Paths {
    fn wants(&self, path: &str) -> bool {
        let fits = |asked: &String| match asked.strip_suffix('/') {
            Some(_) => path.starts_with(asked.as_str()),
            None => asked == path,
        };
        self.0.is_empty() || self.0.iter().any(fits)
    }
}

fn paths(query: Option<&str>) -> Result<Paths, Problem> {
    let given = parameters(query)?;
    if let Some((name, _)) = given.iter().find(|(name, _)| name != "path") {
        return Err(Problem::parameter(
            name,
            "is not known here; check its spelling",
        ));
    }
    let paths: Vec<String> = given.into_iter().map(|(_, path)| path).collect();
    if paths.len() > MAX_PATHS_ASKED || paths.iter().any(|path| !path.starts_with('/')) {
        let form = format!("must begin with / and be given at most {MAX_PATHS_ASKED} times");
        return Err(Problem::parameter("path", &form));
    }
    Ok(Paths(paths))
}

/// What the chain has of an event: out of its block, or where that is gone, out of the index.
async fn stated(app: &App, id: &EventId) -> Result<Option<(EventRecord, tx::Event)>, Problem> {
    match recorded::reduced(&app.deps().chain, id).await {
        Ok(found) => Ok(found),
        Err(RecordedError::Block(ProveError::Pruned { .. })) => pruned(app, id).await,
        Err(error) => Err(error.into()),
    }
}

async fn pruned(app: &App, id: &EventId) -> Result<Option<(EventRecord, tx::Event)>, Problem> {
    let status = recorded::status(&app.deps().chain, id).await?;
    let Some(record) = status.value.record else {
        return Ok(None);
    };
    let asked = *id;
    let stored = http::index(app, move |index| index.recorded(&asked)).await?;
    let reduced = stored.into_iter().find_map(|stored| match stored.body {
        EventBody::Committed { reduced, .. } | EventBody::Pointer { reduced, .. } => Some(*reduced),
        EventBody::Full(_) => None,
    });
    let found = reduced.filter(|reduced| reduced.digest() == record.digest);
    let found = found.ok_or_else(|| {
        Problem::not_found(
            "block-gone",
            "this node does not keep the block of that event any more",
        )
        .remedy("ask a node that keeps the whole archive")
    })?;
    Ok(Some((record, found)))
}

/// The fields, held against the commitment.
async fn shown(
    app: &App,
    issuer: &PartyId,
    reduced: tx::Event,
    paths: Paths,
) -> Result<Disclosure, Problem> {
    let secret = app.deps().signer.salts(issuer).map_err(|_| {
        Problem::not_found(
            "kept-elsewhere",
            "the fields of this party's events are shown by the node that captures for it, which alone has their salts",
        )
        .remedy("ask the owner of the event for its node")
    })?;
    let own = app.own().clone();
    let worked = tokio::task::spawn_blocking(move || {
        let event = match reduced.payload {
            Payload::Full(bytes) => Some(bytes.into_vec()),
            Payload::Committed(_) => own.events.get(&reduced.id)?.map(|kept| kept.payload),
            Payload::Pointer { uri, .. } => return Err(pointed(&uri)),
        };
        let event = event.ok_or_else(lost)?;
        let event = payload::decode(&event).map_err(|error| {
            tracing::error!(event = %reduced.id, %error, "a full event cannot be read");
            Problem::internal("full-event-unreadable")
        })?;
        disclose(&event, &reduced.id, &secret, &paths, reduced.commitment)
    });
    worked.await.map_err(|_| Problem::internal("interrupted"))?
}

fn disclose(
    event: &Event,
    id: &EventId,
    secret: &SaltSecret,
    paths: &Paths,
    commitment: pangolin_ledger::id::Digest32,
) -> Result<Disclosure, Problem> {
    let shown = disclosure::disclose(event, id, secret, |path| paths.wants(path));
    if shown.fields.is_empty() {
        return Err(
            Problem::not_found("no-such-field", "the event has none of these fields")
                .at("path")
                .remedy("ask without path for all fields of the event"),
        );
    }
    if shown.fields.len() > MAX_FIELDS_ASKED {
        let detail = format!(
            "{} fields, more than the {MAX_FIELDS_ASKED} that are given at once",
            shown.fields.len()
        );
        return Err(Problem::new(
            axum::http::StatusCode::PAYLOAD_TOO_LARGE,
            crate::problem::Exception::QueryTooLarge,
            "too-many-fields",
            detail,
        )
        .at("path")
        .remedy("name the fields that you need"));
    }
    // nothing goes out that would not be believed
    shown.verify(&commitment).map_err(|_| {
        Problem::not_found(
            "salts-lost",
            "what this node has of the event does not lead to its commitment: the key with which it was captured is not here any more",
        )
        .remedy("have the operator put back the agent key of the party from its backup")
    })?;
    Ok(shown)
}

fn pointed(uri: &str) -> Problem {
    Problem::not_found("pointed-to", format!("the full event is at {uri}"))
        .remedy("ask there; the chain has the digest of what is there")
}

/// The chain says that the event exists, and nobody can show more of it than the rules saw.
fn lost() -> Problem {
    Problem::not_found(
        "full-event-lost",
        "the chain has a commitment to this event; the event itself is not among those that this node keeps",
    )
    .remedy("have the operator put back events.sqlite from its backup; or hand the same document in again")
}
