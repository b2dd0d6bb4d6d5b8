//! `GET /proofs/provenance`: what this chain has of an object's history over chains.
//!
//! Whoever asks names what he knows: an object, or the digest with which something left for another chain. A digest cannot be guessed, so
//! it is answered to whoever has it; the events themselves only to those who may have proofs here, all others learn what came and what
//! left.

use std::collections::BTreeSet;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use pangolin_ledger::{
    Wire as _,
    walk::local::{MAX_WANTS, Want},
};

use super::proven;
use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area, Entitled},
    http::{no_more, parameters, take},
    problem::Problem,
    verify::asker::Asker,
};

/// What this chain has of an object's history over chains, for whoever puts a certificate together (`pangolin certificate`).
#[utoipa::path(
    get, path = "/proofs/provenance", tag = "proofs",
    params(
        ("want" = Vec<String>, Query, description = "what is asked for, each a `Want` in the ledger's canonical encoding, hexadecimal; may be repeated up to 256 times"),
        ("events" = Option<String>, Query, description = "`none`: without the events, only what came and what left"),
        ("texts" = Option<String>, Query, description = "`none`: without words for the events, for whoever carries the steps only")
    ),
    responses(
        (status = 200, description = "The steps that lead through this chain, with the proof of its state; without the events for whoever may not have proofs here.", content((serde_json::Value = "application/json"))),
        (status = 401, description = "What is asked for is given to whoever may have proofs here.", body = crate::problem::Body),
        (status = 403, description = "Whoever asks asked for too many things that the chain does not know.", body = crate::problem::Body),
        (status = 404, description = "The chain knows no such object, and nothing left it with that digest; it counts as a guess, together with those of product verification.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    asker: Asker,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let mut given = parameters(query.as_deref())?;
    let wants = wants(&given)?;
    given.retain(|(name, _)| name != "want");
    let mut told = !is_none(&mut given, "events")?;
    let texts = !is_none(&mut given, "texts")?;
    no_more(&given)?;
    if let Err(problem) = app.rules().decide(caller.as_ref(), Act::Read(Area::Proofs)) {
        if !known_by_name(&wants) {
            return Err(problem);
        }
        told = false;
    }
    asker.ask(&app)?;
    let entitled = if texts {
        app.rules().entitled(caller.as_ref())
    } else {
        Entitled::default()
    };
    let proof = app.deps().proofs.provenance(wants, told, entitled).await;
    proven(&app, caller.as_ref(), &asker, proof).await
}

/// Whether everything that is asked for is told to whoever can name it.
pub(super) fn known_by_name(wants: &BTreeSet<Want>) -> bool {
    let named = |want: &Want| matches!(want, Want::Left { .. } | Want::Chain(_));
    wants.iter().all(named)
}

/// Whether a part of the answer is to be left out.
pub(super) fn is_none(
    given: &mut Vec<(String, String)>,
    name: &'static str,
) -> Result<bool, Problem> {
    match take(given, name)?.as_deref() {
        None => Ok(false),
        Some("none") => Ok(true),
        Some(_) => Err(Problem::parameter(name, "must be none where it is given")),
    }
}

fn wants(given: &[(String, String)]) -> Result<BTreeSet<Want>, Problem> {
    let wants = given.iter().filter(|(name, _)| name == "want");
    let read = |(_, text): &(String, String)| {
        let bytes = hex::decode(text).ok();
        let want = bytes.and_then(|bytes| Want::from_bytes(&bytes).ok());
        want.ok_or_else(|| Problem::parameter("want", "is no question in hexadecimal"))
    };
    let wants = wants.map(read).collect::<Result<BTreeSet<_>, _>>()?;
    if wants.is_empty() || wants.len() > MAX_WANTS {
        let most = format!("must be given 1 to {MAX_WANTS} times");
        return Err(Problem::parameter("want", &most));
    }
    Ok(wants)
}
