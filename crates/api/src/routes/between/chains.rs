//! `GET /chains`: which other chains are known here, who decides about them, and what is recorded of them.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use pangolin_chain::handle::StateView;
use pangolin_ledger::{
    ChainId, Wire,
    state::{Directory, Key, Listed, keys},
};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    clock::utc_text,
    http::{self, no_more, parameters, take_number},
    problem::Problem,
    wire::chains::{Chains, Found, KnownChain},
};

/// Chains in a page.
const PAGE: u64 = 200;

/// Lists the chains that are registered or recorded here, in the order in which they became known.
#[utoipa::path(
    get, path = "/chains", tag = "between chains",
    params(("after" = Option<u64>, Query, description = "`next` of the page before")),
    responses((status = 200, description = "The chains, 200 in a page.", body = Chains))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Health))?;
    let mut given = parameters(query.as_deref())?;
    let first = take_number(&mut given, "after", (0, u64::MAX))?.unwrap_or(0);
    no_more(&given)?;
    let entries = (first..first.saturating_add(PAGE)).map(keys::listed);
    let view = read(&app, entries.chain([keys::directory()]).collect()).await?;
    let directory: Directory = record(&view, view.values.len() - 1).unwrap_or_default();
    // the list grows at its end only, so entries of one height are those of a later one
    let listed = (0..view.values.len() - 1).map_while(|at| record::<Listed>(&view, at));
    let listed: Vec<ChainId> = listed.map(|entry| entry.chain).collect();
    let wanted: Vec<Key> = listed.iter().flat_map(keys_of).collect();
    let of_each = if wanted.is_empty() {
        view
    } else {
        read(&app, wanted).await?
    };
    let numbers = first..;
    let chains = numbers.zip(&listed).enumerate();
    let chains: Vec<KnownChain> = chains
        .map(|(place, (number, chain))| {
            let at = place * keys_of(chain).len();
            let found = Found {
                registration: record(&of_each, at),
                standing: record(&of_each, at + 1),
                record: record(&of_each, at + 2),
                following: record(&of_each, at + 3),
                fork: record(&of_each, at + 4),
                makes: of_each.values.get(at + 5).is_some_and(Option::is_some),
            };
            KnownChain::new(number, chain, &found)
        })
        .collect();
    let end = first.saturating_add(listed.len() as u64);
    let time_ms = i64::try_from(of_each.time_ms).unwrap_or(i64::MAX);
    Ok(http::json(
        StatusCode::OK,
        &Chains {
            height: of_each.height,
            time: utc_text(time_ms),
            known: directory.chains,
            next: (!chains.is_empty() && end < directory.chains).then_some(end),
            chains,
        },
    ))
}

async fn read(app: &App, wanted: Vec<Key>) -> Result<StateView, Problem> {
    Ok(app.deps().chain.read(wanted).await?)
}

/// Where the state has something of a chain.
fn keys_of(chain: &ChainId) -> [Key; 6] {
    [
        keys::foreign_chain(chain),
        keys::standing(chain),
        keys::chain_record(chain),
        keys::following(chain),
        keys::fork(chain),
        keys::maker(chain),
    ]
}

fn record<T: Wire>(view: &StateView, at: usize) -> Option<T> {
    let bytes = view.values.get(at)?.as_ref()?;
    T::from_bytes(bytes).ok()
}
