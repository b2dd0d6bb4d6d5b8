//! `GET /`: how the node stands, for people; the list of resources, for programs.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{html::Html, page, problem_page, search};
use crate::{
    app::App,
    auth::{Caller, Who},
    authorise::{Act, Area},
    http::{self, Form, epcis_headers, negotiate},
    problem::Problem,
    routes::node::status::status,
    wire::list::Collection,
};

/// Shows how the node stands, or lists the resources of EPCIS 2.0.
#[utoipa::path(
    get, path = "/", tag = "pages",
    responses((status = 200, description = "A page, or the list of resources.", content((String = "text/html"), (Collection = "application/json"))))
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if negotiate(&headers, &[Form::Html, Form::Json])? == Form::Json {
        app.rules()
            .decide(caller.as_ref(), Act::Read(Area::Discovery))?;
        let top = [
            "bizLocations",
            "bizSteps",
            "capture",
            "dispositions",
            "epcs",
            "eventTypes",
            "events",
            "readPoints",
        ];
        let mut response = http::json(
            StatusCode::OK,
            &Collection::new(top.map(str::to_owned).to_vec()),
        );
        epcis_headers(&mut response);
        return Ok(response);
    }
    Ok(show(&app, caller.as_ref())
        .await
        .unwrap_or_else(|problem| problem_page(&problem)))
}

async fn show(app: &App, caller: Option<&Caller>) -> Result<Response, Problem> {
    app.rules().decide(caller, Act::Read(Area::Pages))?;
    let stands = status(app).await?;
    let mut body = Html::default();
    body.element("h1", "Node");
    search(&mut body, "");
    body.raw("<dl>");
    body.fact("Block", &format!("{} of {}", stands.height, stands.time));
    let index = stands.indexed.map_or_else(
        || "none: search at another node".to_owned(),
        |height| format!("up to block {height}"),
    );
    body.fact("Index", &index);
    body.fact(
        "Role",
        if stands.validator {
            "validator"
        } else {
            "observer"
        },
    );
    body.fact(
        "Waiting",
        &format!(
            "{} transactions after block {}",
            stands.waiting_transactions, stands.height
        ),
    );
    body.fact("Chain", &stands.chain);
    body.fact("Last block", &stands.block);
    body.fact("Version", &stands.version);
    if stands.development {
        body.fact(
            "Mode",
            "development: tokens are accepted; not for real data",
        );
    }
    body.raw("</dl>");
    if app.rules().decide(caller, Act::Read(Area::Orders)).is_ok() {
        let active = Some(pangolin_index::OrderStanding::Active);
        let (orders, tip) = http::index(app, move |index| {
            Ok((index.orders(active, 0, 20)?, index.tip()?))
        })
        .await?;
        let height = tip.map_or(0, |(height, _)| height.0);
        body.element("h2", &format!("Orders in force at block {height}"));
        if orders.is_empty() {
            body.element("p", "None.");
        }
        body.raw("<ol>");
        for order in &orders {
            let (kind, subject) = crate::words::scope(&order.scope);
            let text = format!(
                "{} on {kind} {subject}, since block {}",
                crate::wire::order::kind(order.kind),
                order.issued
            );
            body.element("li", &text);
        }
        body.raw("</ol>");
    }
    body.raw("<p class=\"dim\">For programs: ");
    body.link("/openapi.json", "description of the interface")
        .raw("</p>");
    Ok(page(StatusCode::OK, "Pangolin node", &body))
}
