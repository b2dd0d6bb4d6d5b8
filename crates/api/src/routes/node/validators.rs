//! `GET /validators`: who validates the chain, who is wanted, and how far the key is handed on.

use axum::{extract::State, http::StatusCode, response::Response};
use pangolin_chain::handle::{ProveError, StateView};
use pangolin_ledger::{
    Height, PublicKey, Wire,
    state::{
        Contradiction, Key, Member, Members, Misconduct, Outcome, Roster, Round, Wanted, keys,
    },
};
use std::collections::BTreeMap;

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    clock::utc_text,
    http,
    problem::{Exception, Problem},
    wire::validators::{Resharing, Validator, Validators},
};

/// Readings until two show the same resharing.
const ATTEMPTS: usize = 4;

/// Shows who validates the chain.
#[utoipa::path(
    get, path = "/validators", tag = "node",
    responses(
        (status = 200, description = "Who validates, and who is to.", body = Validators),
        (status = 404, description = "The validators of this chain do not change: its genesis file names them.", body = crate::problem::Body)
    )
)]
pub async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Health))?;
    let mut number = 0;
    for _ in 0..ATTEMPTS {
        let fixed = [
            keys::roster(),
            keys::members(),
            keys::wanted(),
            keys::round(number),
        ];
        let view = app.deps().chain.read(fixed.to_vec()).await?;
        let Some(roster) = record::<Roster>(&view, 0) else {
            return Err(unchanging());
        };
        if roster.round != number {
            number = roster.round;
            continue;
        }
        let members: Option<Members> = record(&view, 1);
        let wanted: Option<Wanted> = record(&view, 2);
        let present = members.map(|members| members.list).unwrap_or_default();
        let wanted = wanted.map(|wanted| wanted.list);
        let liars = liars(&app, present.iter().chain(wanted.iter().flatten())).await?;
        let of = |list: Vec<Member>| {
            list.into_iter()
                .map(|member| validator(member, &liars))
                .collect()
        };
        let time_ms = i64::try_from(view.time_ms).unwrap_or(i64::MAX);
        let next = Height(view.height.saturating_add(1));
        return Ok(http::json(
            StatusCode::OK,
            &Validators {
                height: view.height,
                time: utc_text(time_ms),
                epoch: roster.epoch(next),
                epoch_blocks: roster.epoch_blocks,
                blocks_left: roster.epoch_blocks.saturating_sub(roster.position(next)),
                since: roster.since,
                present: of(present),
                wanted: wanted.map(of),
                resharing: record(&view, 3).map(|round| resharing(&round)),
            },
        ));
    }
    Err(ProveError::Moving.into())
}

fn unchanging() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        Exception::NoSuchResource,
        "no-epochs",
        "the validators of this chain are those of its genesis file",
    )
    .remedy("read the genesis file; before the first block, ask again once there is one")
}

fn record<T: Wire>(view: &StateView, at: usize) -> Option<T> {
    let bytes = view.values.get(at)?.as_ref()?;
    T::from_bytes(bytes).ok()
}

/// Who of these contradicted itself, and how.
async fn liars(
    app: &App,
    of: impl Iterator<Item = &Member>,
) -> Result<BTreeMap<PublicKey, Contradiction>, Problem> {
    let asked: Vec<PublicKey> = of.map(|member| member.key).collect();
    let keys: Vec<Key> = asked.iter().map(keys::misconduct).collect();
    let view = app.deps().chain.read(keys).await?;
    let found = asked.into_iter().enumerate().filter_map(|(at, key)| {
        let record: Misconduct = record(&view, at)?;
        Some((key, record.kind))
    });
    Ok(found.collect())
}

fn validator(member: Member, liars: &BTreeMap<PublicKey, Contradiction>) -> Validator {
    let contradicted = liars.get(&member.key).map(|kind| match kind {
        Contradiction::Notarized => "notarized",
        Contradiction::Finalized => "finalized",
        Contradiction::Skipped => "skipped",
    });
    Validator {
        name: member.name,
        organisation: member.organisation,
        key: member.key.to_string(),
        address: member.address,
        contradicted: contradicted.map(Into::into),
    }
}

fn resharing(round: &Round) -> Resharing {
    let outcome = match round.outcome {
        Outcome::Open => "open",
        Outcome::Done => "done",
        Outcome::Failed => "failed",
    };
    Resharing {
        number: round.number,
        epoch: round.epoch,
        outcome: outcome.into(),
        dealt: round.logs.iter().map(ToString::to_string).collect(),
        players: round
            .players
            .iter()
            .map(|player| player.key.to_string())
            .collect(),
    }
}
