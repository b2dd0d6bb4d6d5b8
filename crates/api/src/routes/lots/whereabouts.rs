//! `GET /lots/{gtin}/{lot}/whereabouts`: who has packs of a lot.

use axum::{extract::State, http::StatusCode, response::Response};
use pangolin_gs1::id::{Gtin, Lot};
use pangolin_ledger::{query, state::keys};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area, Sight},
    http::{self, InPath},
    problem::Problem,
    state,
    wire::whereabouts::LotWhereabouts,
};

/// Shows who has packs of a lot. Authorities and whoever made the lot see all holders, others see themselves.
#[utoipa::path(
    get, path = "/lots/{gtin}/{lot}/whereabouts", tag = "trace",
    params(("gtin" = String, Path, description = "8, 12, 13 or 14 digits"), ("lot" = String, Path, description = "lot number")),
    responses(
        (status = 200, description = "Who has how many.", body = LotWhereabouts),
        (status = 404, description = "Nothing is known of the lot.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    InPath((gtin, lot)): InPath<(String, String)>,
) -> Result<Response, Problem> {
    let sight = app
        .rules()
        .decide(caller.as_ref(), Act::Read(Area::Trace))?;
    let item = Gtin::new(&gtin).map_err(|error| Problem::parameter("gtin", error.to_string()))?;
    let number = Lot::new(&lot).map_err(|error| Problem::parameter("lot", error.to_string()))?;
    let unknown = || Problem::not_found("unknown-lot", "nothing is known of the lot");
    let group = app.deps().trade.lot(&item, &number).ok_or_else(unknown)?;
    let own = match sight {
        Sight::Everything => None,
        Sight::Of(party) => {
            let asked = group.clone();
            let found = state::ask(&app.deps().chain, [keys::group(&group)], |o, _| {
                query::group(o, &asked)
            })
            .await?;
            let made_it = found.value.is_some_and(|group| group.maker == party);
            (!made_it).then_some(party)
        }
    };
    let mut found = http::index(&app, move |index| index.whereabouts(&group)).await?;
    if let Some(party) = own {
        let mine = |named: &Option<pangolin_ledger::id::PartyId>| named.as_ref() == Some(&party);
        found
            .holders
            .retain(|holding| mine(&holding.party) || mine(&holding.offered_to));
        found.quantities.clear();
        found.made_into.clear();
        found.counted = found.holders.iter().map(|holding| holding.objects).sum();
    }
    Ok(http::json(
        StatusCode::OK,
        &LotWhereabouts::new(&found, app.deps().trade.as_ref()),
    ))
}
