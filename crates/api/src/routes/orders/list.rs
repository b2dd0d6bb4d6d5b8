//! `GET /orders`: hold and recall orders.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use pangolin_index::OrderStanding;

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    http::{self, no_more, parameters, take, take_number},
    problem::Problem,
    wire::order::{Order, Orders},
};

const MAX_PAGE: u32 = 1_000;
const DEFAULT_PAGE: u32 = 100;

/// Lists hold and recall orders.
#[utoipa::path(
    get, path = "/orders", tag = "orders",
    params(
        ("state" = Option<String>, Query, description = "`pending`, `active`, `released` or `expired`"),
        ("limit" = Option<u32>, Query, description = "orders in a page, at most 1,000"),
        ("after" = Option<i64>, Query, description = "`next` of the page before")
    ),
    responses((status = 200, description = "The orders.", body = Orders))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Orders))?;
    let mut given = parameters(query.as_deref())?;
    let state = match take(&mut given, "state")?.as_deref() {
        None => None,
        Some("pending") => Some(OrderStanding::Pending),
        Some("active") => Some(OrderStanding::Active),
        Some("released") => Some(OrderStanding::Released),
        Some("expired") => Some(OrderStanding::Expired),
        Some(_) => {
            return Err(Problem::parameter(
                "state",
                "must be pending, active, released or expired",
            ));
        }
    };
    let limit = take_number(&mut given, "limit", (1, MAX_PAGE))?.unwrap_or(DEFAULT_PAGE);
    let after = take_number(&mut given, "after", (0, i64::MAX))?.unwrap_or(0);
    no_more(&given)?;
    let (found, tip) = http::index(&app, move |index| {
        Ok((index.orders(state, after, limit)?, index.tip()?))
    })
    .await?;
    let full = u32::try_from(found.len()).is_ok_and(|len| len == limit);
    let next = found.last().filter(|_| full).map(|last| last.no);
    let orders = found
        .iter()
        .map(|view| Order::new(view, app.deps().trade.as_ref()))
        .collect();
    let height = tip.map_or(0, |(height, _)| height.0);
    Ok(http::json(
        StatusCode::OK,
        &Orders {
            orders,
            next,
            height,
        },
    ))
}
