//! `GET /`: which node this is and how it stands, for people; the list of resources, for programs.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};

use super::{html::Html, page, problem_page, search, seconds};
use crate::{
    app::App,
    auth::{Caller, Who},
    authorise::{Act, Area},
    http::{self, Form, epcis_headers, negotiate},
    problem::Problem,
    routes::node::{ready::reasons, status::status},
    wire::{
        list::Collection,
        node::{Member, NodeStatus, Peer},
    },
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
    let stands = status(app, caller).await?;
    let mut body = Html::default();
    body.element("h1", &stands.node.name);
    body.element("p class=\"under\"", &role(&stands));
    if stands.development {
        let warning = "Development: anybody with a token is let in. Not for real data.";
        body.element("p class=\"bad\"", warning);
    }
    for reason in reasons(app).await {
        body.element("p class=\"bad\"", &format!("Not ready: {reason}."));
    }
    search(&mut body, "");
    facts(&mut body, &stands);
    members(&mut body, "Validators", &stands.node, &stands.validators);
    if let Some(others) = &stands.other_peers {
        members(&mut body, "Other peers", &stands.node, others);
    }
    orders(&mut body, app, caller).await?;
    body.raw("<p class=\"dim\">For programs: ");
    body.link("/status", "this status").raw(" · ");
    body.link("/openapi.json", "description of the interface")
        .raw("</p>");
    Ok(page(StatusCode::OK, &stands.node.name, &body))
}

/// Who runs the node, and what it is on which chain.
fn role(stands: &NodeStatus) -> String {
    let key = &stands.node.key;
    let seated = stands.validators.iter().any(|peer| peer.member.key == *key);
    let role = match (stands.validator, seated) {
        (true, _) => "validator",
        (false, true) => "validator that does not vote at present",
        (false, false) => "observer",
    };
    let of = format!("{role} of {}", stands.chain_name);
    match &stands.node.organisation {
        Some(organisation) => format!("{organisation} · {of}"),
        None => of,
    }
}

fn facts(body: &mut Html, stands: &NodeStatus) {
    body.raw("<dl>");
    let age = age(stands.block_age_ms);
    body.fact("Last block", &format!("{}, {age}", stands.height));
    body.fact("Block time", &seconds(&stands.time));
    let index = stands.indexed.map_or_else(
        || "none: search at another node".to_owned(),
        |height| format!("up to block {height}"),
    );
    body.fact("Index", &index);
    let waiting = match stands.waiting_transactions {
        0 => "nothing".to_owned(),
        1 => format!("1 transaction, {} bytes", stands.waiting_bytes),
        many => format!("{many} transactions, {} bytes", stands.waiting_bytes),
    };
    body.fact("Waiting", &waiting);
    let profile = format!("{} [{}]", stands.profile_name, stands.profile);
    body.fact("Profile", &profile);
    body.fact("Version", &stands.version);
    body.element("dt", "Chain")
        .element("dd class=\"key\"", &stands.chain);
    body.element("dt", "Node key")
        .element("dd class=\"key\"", &stands.node.key);
    body.element("dt", "Block digest")
        .element("dd class=\"key\"", &stands.block);
    body.raw("</dl>");
}

/// How long ago the last block was, in words.
fn age(ms: i64) -> String {
    match ms {
        -999..=999 => "just now".to_owned(),
        ..-999 => format!("{} ahead of this node's clock", duration(ms.unsigned_abs())),
        _ => format!("{} ago", duration(ms.unsigned_abs())),
    }
}

fn duration(ms: u64) -> String {
    match ms / 1_000 {
        s @ ..10 => format!("{s}.{} s", ms % 1_000 / 100),
        s @ ..120 => format!("{s} s"),
        s @ ..7_200 => format!("{} min", s / 60),
        s @ ..172_800 => format!("{} h", s / 3_600),
        s => format!("{} days", s / 86_400),
    }
}

/// A table of nodes, each with the beginning of its key; the whole one is shown on pointing at it, and in `/status`.
fn members(body: &mut Html, title: &'static str, own: &Member, peers: &[Peer]) {
    body.element("h2", title);
    if peers.is_empty() {
        body.element("p", "None.");
        return;
    }
    body.raw("<table><thead><tr><th>Node</th><th>Organisation</th><th>From here</th></tr></thead><tbody>");
    for peer in peers {
        let member = &peer.member;
        body.raw("<tr><td>").text(&member.name).raw("<br>");
        body.titled(short(&member.key), &member.key).raw("</td>");
        body.element("td", member.organisation.as_deref().unwrap_or("—"));
        match peer.connected {
            _ if member.key == own.key => body.element("td", "this node"),
            Some(true) => body.element("td class=\"good\"", "connected"),
            Some(false) => body.element("td class=\"bad\"", "not connected"),
            None => body.element("td", "not known"),
        };
        body.raw("</tr>");
    }
    body.raw("</tbody></table>");
}

/// The first eight digits.
fn short(key: &str) -> &str {
    key.get(..8).unwrap_or(key)
}

/// The orders in force, for those who may read them.
async fn orders(body: &mut Html, app: &App, caller: Option<&Caller>) -> Result<(), Problem> {
    if app.rules().decide(caller, Act::Read(Area::Orders)).is_err() {
        return Ok(());
    }
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
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_in_the_unit_one_would_say() {
        for (ms, words) in [
            (-2, "just now"),
            (1_040, "1.0 s ago"),
            (2_450, "2.4 s ago"),
            (75_000, "75 s ago"),
            (180_000, "3 min ago"),
            (9_000_000, "2 h ago"),
            (300_000_000, "3 days ago"),
            (-3_200, "3.2 s ahead of this node's clock"),
        ] {
            assert_eq!(age(ms), words);
        }
    }
}
