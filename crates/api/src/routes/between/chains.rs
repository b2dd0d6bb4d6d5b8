//! `GET /chains`: which other chains are known here, who decides about them, and what is recorded of them.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use pangolin_ledger::{
    ChainId, Wire,
    state::{Key, keys},
};
use std::sync::Arc;

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    clock::utc_text,
    finding::list::List,
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
    let listed = List::read(&app, first, PAGE).await?;
    let wanted: Vec<Key> = listed.chains.iter().flat_map(keys_of).collect();
    let of_each = if wanted.is_empty() {
        None
    } else {
        Some(app.deps().chain.read(wanted).await?)
    };
    let numbers = first..;
    let chains = numbers.zip(&listed.chains).enumerate();
    let chains: Vec<KnownChain> = chains
        .map(|(place, (number, chain))| {
            let at = place * keys_of(chain).len();
            let value = |n: usize| of_each.as_ref()?.values.get(at + n)?.as_ref();
            let found = Found {
                registration: read(value(0)),
                standing: read(value(1)),
                record: read(value(2)),
                following: read(value(3)),
                fork: read(value(4)),
                makes: value(5).is_some(),
            };
            KnownChain::new(number, chain, &found)
        })
        .collect();
    let end = first.saturating_add(chains.len() as u64);
    let (height, time_ms) = of_each.map_or(listed.at, |view| (view.height, view.time_ms));
    Ok(http::json(
        StatusCode::OK,
        &Chains {
            height,
            time: utc_text(i64::try_from(time_ms).unwrap_or(i64::MAX)),
            known: listed.known,
            next: (!chains.is_empty() && end < listed.known).then_some(end),
            chains,
        },
    ))
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

fn read<T: Wire>(bytes: Option<&Arc<[u8]>>) -> Option<T> {
    T::from_bytes(bytes?).ok()
}
