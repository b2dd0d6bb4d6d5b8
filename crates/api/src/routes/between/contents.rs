//! `POST /contents`: the events of an object's history here that whoever asks may read.
//!
//! Members sign as always. A party of another chain signs with its key there and shows by a proof of that chain's state whose it is
//! ([`abroad`](crate::auth::abroad)); it may read an event that names it as one that gives or gets, of goods that came from its chain or went
//! there. Whatever is given to somebody else than its owner is written down first.

use axum::{
    extract::{Request, State},
    http::StatusCode,
    response::Response,
};
use pangolin_client::{Contents, Given, Trouble};
use pangolin_index::{EventBody, Node, SqliteIndex, TraceDirection, TraceLimits};
use pangolin_ledger::{
    id::{ChainId, EventId, ObjectId, PartyId},
    query::{self, ObjectStatus},
    state::keys,
    tx,
};
use pangolin_profiles::capture::{event_uri, party_uri};
use serde::Deserialize;

use crate::{
    app::App,
    auth::{Caller, Who, abroad::Stranger},
    authorise::{Act, Sight, forbidden, unauthorised},
    clock::utc_text,
    http,
    limits::{MAX_CONTENTS_BYTES, MAX_CONTENTS_EVENTS, MAX_CONTENTS_FIELDS, MAX_CONTENTS_REQUEST},
    own::{self, Disclosed, Own, Right, Tally},
    problem::Problem,
    routes::{
        events::{sight::visible, write},
        fields,
    },
    state::{self, At},
    verify::asker::Asker,
    words,
};

/// What is asked.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentsAsked {
    /// The object, in any notation.
    epc: String,
    /// Who asks, where this chain does not know him.
    #[serde(default)]
    identity: Option<IdentityShown>,
    /// Whether fields of events that are not on the chain are wanted, with proof; of 16 events at most.
    #[serde(default)]
    fields: bool,
}

/// Who asks, by another chain's proof.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityShown {
    /// The chain, hexadecimal.
    chain: String,
    /// What `GET /proofs/identity` of a node of that chain gave, hexadecimal.
    state: String,
}

/// Gives the events of an object's history here that the sender may read: its own, those that name it as one that gives or gets, and to
/// authorities all. A party of another chain shows who it is by `identity`. What goes to somebody else than the owner of an event is written
/// down where the owner sees it (`GET /disclosures`).
#[utoipa::path(
    post, path = "/contents", tag = "between chains",
    request_body = ContentsAsked,
    responses(
        (status = 200, description = "The events, and how many there are besides.", body = Contents),
        (status = 403, description = "The proof of who asks does not hold, or his chain is not believed here, or has no part in the object.", body = crate::problem::Body),
        (status = 404, description = "Nothing is known of the object; it counts as a guess.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    asker: Asker,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let stranger = parts.extensions.get::<Stranger>().cloned();
    if caller.is_none() && stranger.is_none() {
        return Err(unauthorised());
    }
    let held = http::body(&app, body, MAX_CONTENTS_REQUEST).await?;
    let asked: ContentsAsked = serde_json::from_slice(&held.bytes).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Problem::invalid("contents-syntax", error.to_string()).at(place)
    })?;
    let object = words::object(&asked.epc).ok_or_else(|| Problem::no_object("/epc", &asked.epc))?;
    let caller = match (caller, stranger, asked.identity) {
        (Some(caller), ..) => caller,
        (None, Some(stranger), Some(home)) => {
            let (chain, evidence) = read(&home)?;
            stranger.admit(&app, &asker, chain, evidence).await?
        }
        (None, ..) => {
            return Err(unauthorised().remedy(
                "sign with a key that is registered on this chain, or send /identity with the proof of your own chain",
            ));
        }
    };
    let contents = contents(&app, &asker, &caller, object, asked.fields).await?;
    Ok(http::json(StatusCode::OK, &contents))
}

fn read(home: &IdentityShown) -> Result<(ChainId, Vec<u8>), Problem> {
    let form = |place| Problem::parameter(place, "is not hexadecimal, or has another length");
    let mut chain = [0; 32];
    hex::decode_to_slice(&home.chain, &mut chain).map_err(|_| form("/identity/chain"))?;
    let evidence = hex::decode(&home.state).map_err(|_| form("/identity/state"))?;
    Ok((ChainId(chain), evidence))
}

async fn contents(
    app: &App,
    asker: &Asker,
    caller: &Caller,
    object: ObjectId,
    fields: bool,
) -> Result<Contents, Problem> {
    let sight = if caller.abroad.is_some() {
        Sight::Of(caller.party.clone())
    } else {
        let sight = app.rules().decide(Some(caller), Act::ReadEvents)?;
        asker.ask(app)?;
        sight
    };
    let asked = object.clone();
    let status = state::ask(&app.deps().chain, [keys::object(&object)], |o, at| {
        query::object_status(o, &asked, at)
    })
    .await?;
    asker.tell(app, status.value.record.is_some())?;
    if status.value.record.is_none() {
        let detail = "nothing is known of the object here";
        return Err(Problem::not_found("unknown-object", detail));
    }
    if let Some(abroad) = &caller.abroad {
        part(&status.value, &abroad.chain)?;
    }
    let (own, seen, abroad) = (app.own().clone(), sight.clone(), caller.abroad.is_some());
    let now_ms = app.now_ms();
    let mut gathered = http::index(app, move |index| {
        Ok(gather(index, &own, &seen, &object, abroad, now_ms))
    })
    .await??;
    let mut disclosed = std::mem::take(&mut gathered.disclosed).into_disclosed();
    if fields {
        disclosed.extend(add_fields(app, &mut gathered).await);
    }
    own::write_down(app, caller, disclosed).await?;
    Ok(answer(app, caller, &sight, &status, gathered))
}

/// Adds the fields of events that are not on the chain, with proof; what is to be written down of them. What cannot be shown is no reason to
/// show nothing.
async fn add_fields(app: &App, gathered: &mut Gathered) -> Vec<Disclosed> {
    let mut disclosed = Vec::new();
    let confidential = std::mem::take(&mut gathered.confidential);
    for (n, one) in confidential.into_iter().enumerate() {
        let Some(given) = gathered.events.get_mut(one.at) else {
            continue;
        };
        let shown = if n < MAX_CONTENTS_FIELDS {
            shown_fields(app, &one).await
        } else {
            let detail = format!("fields of {MAX_CONTENTS_FIELDS} events are given at once");
            Err(Problem::not_found("too-many-events", detail))
        };
        match shown {
            Ok((fields, file)) => {
                given.fields = Some(file);
                disclosed.extend(one.right.map(|right| Disclosed {
                    owner: one.issuer,
                    right,
                    events: vec![one.reduced.id],
                    fields,
                }));
            }
            Err(problem) => {
                given.fields_missing = Some(Trouble {
                    endpoint: None,
                    code: problem.code().to_owned(),
                    message: problem.detail().to_owned(),
                });
            }
        }
    }
    disclosed
}

async fn shown_fields(
    app: &App,
    one: &Confidential,
) -> Result<(Vec<String>, serde_json::Value), Problem> {
    let (fields, file) = fields::show::whole(app, &one.issuer, one.reduced.clone()).await?;
    let file = serde_json::from_slice(&file.bytes).map_err(|error| {
        tracing::error!(%error, "a proof file is no JSON");
        Problem::internal("proof-unreadable")
    })?;
    Ok((fields, file))
}

/// Goods came from the chain of whoever asks, or went there.
fn part(status: &ObjectStatus, home: &ChainId) -> Result<(), Problem> {
    let came = status.passed.iter().any(|known| known.chain == *home);
    if came || status.away == Some(*home) {
        return Ok(());
    }
    let detail = "the object did not come over your chain, nor did this chain send it there";
    Err(forbidden("no-part", detail).remedy("ask whoever gave it to you"))
}

fn answer(
    app: &App,
    caller: &Caller,
    sight: &Sight,
    status: &At<ObjectStatus>,
    gathered: Gathered,
) -> Contents {
    // whoever had it last is not who has it there now
    let custodian = status.value.custodian.as_ref();
    let custodian = custodian.filter(|_| status.value.away.is_none());
    let entitled = *sight == Sight::Everything
        || !gathered.events.is_empty()
        || custodian == Some(&caller.party);
    Contents {
        chain: app.deps().chain_id.to_string(),
        height: status.height,
        time: utc_text(status.time_ms),
        as_whom: if caller.abroad.is_some() {
            "abroad".to_owned()
        } else {
            "member".to_owned()
        },
        custodian: custodian.filter(|_| entitled).map(party_uri),
        events: gathered.events,
        withheld: gathered.withheld,
        truncated: gathered.truncated,
    }
}

/// Events that may be given, and what is said of the others.
#[derive(Default)]
struct Gathered {
    events: Vec<Given>,
    withheld: u64,
    truncated: bool,
    disclosed: Tally,
    confidential: Vec<Confidential>,
}

/// An event that is given and is not on the chain.
struct Confidential {
    /// Its place among those that are given.
    at: usize,
    issuer: PartyId,
    right: Option<Right>,
    reduced: tx::Event,
}

/// The events of an object's history, the oldest first, as far as they may be read. Of somebody from another chain only what happened to
/// the object itself and to what it was in counts: what it was made of is none of that chain's affair.
fn gather(
    index: &SqliteIndex,
    own: &Own,
    sight: &Sight,
    object: &ObjectId,
    abroad: bool,
    now_ms: i64,
) -> Result<Gathered, Problem> {
    let mut limits = TraceLimits::default();
    if abroad {
        limits.depth = 0;
    }
    let trace = index.trace(object, TraceDirection::Back, limits)?;
    let mut events: Vec<(i64, u64, EventId)> = Vec::new();
    for node in &trace.nodes {
        if let Node::Event(event) = node {
            events.push((event.time.0, event.height.0, event.id));
        }
    }
    events.sort_unstable();
    let beyond = trace
        .truncated
        .iter()
        .any(|cut| cut.limit != pangolin_index::Limit::Depth);
    let mut gathered = Gathered {
        truncated: beyond || events.len() > MAX_CONTENTS_EVENTS,
        ..Gathered::default()
    };
    let lens = index.lens().clone();
    let mut bytes = 0;
    for (time, height, id) in events.into_iter().take(MAX_CONTENTS_EVENTS) {
        for stored in index.recorded(&id)? {
            let shown = visible(&stored, sight, own, lens.as_ref());
            let shown = shown.map_err(|reason| {
                tracing::error!(event = %id, reason, "an event cannot be read");
                Problem::internal("event-unreadable")
            })?;
            let Some((event, right)) = shown else {
                gathered.withheld += 1;
                continue;
            };
            let value = write::value(event, now_ms)?;
            bytes += value.to_string().len();
            if bytes > MAX_CONTENTS_BYTES {
                gathered.truncated = true;
                return Ok(gathered);
            }
            let placement = placement(&stored.body);
            // its owner has it whole
            if let (EventBody::Committed { reduced, .. }, Some(_)) = (&stored.body, right) {
                gathered.confidential.push(Confidential {
                    at: gathered.events.len(),
                    issuer: stored.issuer.clone(),
                    right,
                    reduced: reduced.as_ref().clone(),
                });
            }
            gathered.give(&stored.issuer, right, id, (time, height), placement, value);
        }
    }
    Ok(gathered)
}

const fn placement(body: &EventBody) -> &'static str {
    match body {
        EventBody::Full(_) => "full",
        EventBody::Committed { .. } => "committed",
        EventBody::Pointer { .. } => "pointer",
    }
}

impl Gathered {
    fn give(
        &mut self,
        owner: &PartyId,
        right: Option<Right>,
        id: EventId,
        (time, height): (i64, u64),
        placement: &str,
        event: serde_json::Value,
    ) {
        if let Some(right) = right {
            self.disclosed.add(owner, right, id);
        }
        self.events.push(Given {
            event_id: event_uri(&id),
            time: utc_text(time),
            height,
            owner: party_uri(owner),
            right: right.map_or("own", Right::as_str).to_owned(),
            placement: placement.to_owned(),
            event,
            fields: None,
            fields_missing: None,
        });
    }
}
