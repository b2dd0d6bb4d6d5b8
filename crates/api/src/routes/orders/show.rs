//! `GET /orders/{id}`: an order.

use axum::{extract::State, http::StatusCode, response::Response};
use pangolin_ledger::id::OrderId;

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    http::{self, InPath},
    problem::Problem,
    routes::transactions::show::parse,
    wire::order::Order,
};

/// Shows an order.
#[utoipa::path(
    get, path = "/orders/{id}", tag = "orders",
    params(("id" = String, Path, description = "identity, 64 hexadecimal digits")),
    responses((status = 200, description = "The order.", body = Order), (status = 404, description = "No such order.", body = crate::problem::Body))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    InPath(id): InPath<String>,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Orders))?;
    let id =
        parse(&id).ok_or_else(|| Problem::parameter("id", "must have 64 hexadecimal digits"))?;
    let found = http::index(&app, move |index| index.order(&OrderId(id.0))).await?;
    let view =
        found.ok_or_else(|| Problem::not_found("unknown-order", "there is no such order"))?;
    Ok(http::json(
        StatusCode::OK,
        &Order::new(&view, app.deps().trade.as_ref()),
    ))
}
