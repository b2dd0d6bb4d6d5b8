//! `GET /pack?q=…`: what is known of a pack: real or not, recalled or not, still for sale or not.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use pangolin_index::Thing;
use pangolin_ledger::{
    id::ObjectId,
    query::{self, ObjectStatus},
    state::{Flags, Status, keys},
};
use pangolin_profiles::capture::{group_uri, object_uri, party_uri};

use super::{html::Html, moment, page, problem_page, search};
use crate::{
    app::App,
    auth::{Caller, Who},
    authorise::{Act, Area},
    deps::Concern,
    http::{self, form, segment, take},
    limits::MAX_SHOWN_CHARS,
    problem::Problem,
    state::{self, At},
    verify::{asker::Asker, policy::has_order},
    wire::whereabouts::reason,
    words,
};

/// Shows what is known of a pack.
#[utoipa::path(
    get, path = "/pack", tag = "pages",
    params(("q" = String, Query, description = "the pack: scan, element string, Digital Link or URN")),
    responses(
        (status = 200, description = "A page.", body = String, content_type = "text/html"),
        (status = 400, description = "A page that says that `q` is missing.", body = String, content_type = "text/html"),
        (status = 403, description = "A page that says that too many packs were asked for that do not exist.", body = String, content_type = "text/html"),
        (status = 404, description = "A page that says that it is nothing single.", body = String, content_type = "text/html")
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    asker: Asker,
    RawQuery(query): RawQuery,
) -> Response {
    match show(&app, caller.as_ref(), &asker, query.as_deref()).await {
        Ok(response) => response,
        Err(problem) => problem_page(&problem),
    }
}

/// The text that was asked for.
pub(super) fn asked(query: Option<&str>) -> Result<String, Problem> {
    let mut given = form(query)?;
    let text = take(&mut given, "q")?.unwrap_or_default();
    if text.trim().is_empty() {
        Err(Problem::parameter("q", "the page is asked for without saying of what")
            .remedy("type or scan it below, or ask for /pack?q=(01)00301430957019(21)1000000007, percent-encoded"))
    } else {
        Ok(text)
    }
}

/// The object that a text names: what is known comes first.
pub(super) async fn object(app: &App, text: &str) -> Result<Option<ObjectId>, Problem> {
    let asked = text.to_owned();
    let found = http::index(app, move |index| index.find(&asked)).await;
    let found = found.map_err(|problem| match problem.code() {
        "query-parameter" => not_understood(text),
        _ => problem,
    })?;
    let known = found.into_iter().find_map(|found| match found.what {
        Thing::Object(object) => Some(object),
        _ => None,
    });
    Ok(known.or_else(|| words::object(text)))
}

/// Nothing that can be looked up, for whoever typed it.
fn not_understood(text: &str) -> Problem {
    let short: String = text.chars().take(MAX_SHOWN_CHARS).collect();
    let why = words::why_no_object(text).map(|why| format!(": {why}"));
    let detail = format!(
        "“{short}” is nothing that can be looked up{}",
        why.unwrap_or_default()
    );
    Problem::parameter("q", detail).remedy(
        "scan it again, or type a pack as (01)…(21)…, a case or pallet as (00)…, with all digits",
    )
}

async fn show(
    app: &App,
    caller: Option<&Caller>,
    asker: &Asker,
    query: Option<&str>,
) -> Result<Response, Problem> {
    app.rules().decide(caller, Act::Read(Area::Pages))?;
    let text = asked(query)?;
    asker.ask(app)?;
    let mut body = Html::default();
    let short: String = text.chars().take(MAX_SHOWN_CHARS).collect();
    let Some(object) = object(app, &text).await? else {
        asker.tell(app, false)?;
        body.element("h1", "No single object");
        body.element("p", &format!("“{short}” names no single pack, case or pallet. Lots and items are shown by their packs."));
        search(&mut body, &short);
        return Ok(page(StatusCode::NOT_FOUND, "No single object", &body));
    };
    let asked = object.clone();
    let at = state::ask(&app.deps().chain, [keys::object(&object)], |o, now| {
        query::object_status(o, &asked, now)
    })
    .await?;
    asker.tell(app, at.value.record.is_some())?;
    let uri = object_uri(&object);
    body.element("h1", &words::on_pack(&uri));
    verdict(&mut body, app, &at);
    facts(&mut body, app, caller, &at);
    body.raw("<p>");
    body.link(&format!("/pack/trace?q={}", segment(&uri)), "Trace")
        .raw(" · ");
    body.link(
        &format!("/proofs/status/{}", segment(&uri)),
        "Proof of this status",
    )
    .raw("</p>");
    search(&mut body, "");
    Ok(page(StatusCode::OK, &words::on_pack(&uri), &body))
}

/// The answer in one line.
fn verdict(body: &mut Html, app: &App, at: &At<ObjectStatus>) {
    let status = &at.value;
    let concern = app.deps().trade.concern(status);
    let exists = status
        .record
        .as_ref()
        .is_some_and(|record| !matches!(record.status, Status::Voided));
    let (good, text) = match concern {
        _ if !exists => (
            false,
            "Not known on this chain: nobody with the right to do so has made it here, and it has not come from another chain, unless inside a container that nobody opened.",
        ),
        Some(Concern::Illegitimate) => (false, "Illegitimate. Do not use it."),
        _ if has_order(status, pangolin_ledger::tx::OrderKind::Recall) => {
            (false, "Recalled. Do not use it.")
        }
        _ if has_order(status, pangolin_ledger::tx::OrderKind::Hold) => {
            (false, "Held by order. Do not use it.")
        }
        Some(Concern::Suspect) => (false, "Suspected, or held back. Do not use it."),
        Some(Concern::NotForSale) => (false, "Real, and no longer for sale."),
        None => (true, "Real, not recalled, not held."),
    };
    body.element(
        if good {
            "p class=\"good\""
        } else {
            "p class=\"bad\""
        },
        text,
    );
    body.element(
        "p class=\"dim\"",
        &format!("As of block {}, {}.", at.height, moment(at.time_ms)),
    );
}

/// `2028-01-31` of `20280131`; anything else as it is.
fn dashed(date: &str) -> String {
    match (date.get(..4), date.get(4..6), date.get(6..)) {
        (Some(year), Some(month), Some(day)) if date.len() == 8 => format!("{year}-{month}-{day}"),
        _ => date.to_owned(),
    }
}

fn facts(body: &mut Html, app: &App, caller: Option<&Caller>, at: &At<ObjectStatus>) {
    let status = &at.value;
    body.raw("<dl>");
    if let Some(record) = &status.record {
        let word = match (&record.status, status.ended) {
            (_, Some(code)) => format!("ended: {}", reason(app.deps().trade.as_ref(), code.0)),
            (Status::Live, None) if status.live => "in being".to_owned(),
            (Status::Away(chain), None) => format!("on chain {chain}"),
            (Status::Voided, None) => "its making was declared in error".to_owned(),
            _ => "ended".to_owned(),
        };
        body.fact("Status", &word);
        body.fact("Last event", &moment(record.last_time.0));
        if record.flags.has(Flags::CLEARED) {
            body.fact("Cleared", "by an authority of this chain");
        }
        if record.flags.has(Flags::WALKED) {
            let shown = "walked back to the origin, over every chain that it was on";
            body.fact("History", shown);
        } else if record.flags.has(Flags::REFUTED) {
            body.fact("History", "not true: a chain that it came over invented it");
        }
    }
    if let Some((id, group)) = &status.group {
        body.fact("Lot", &words::on_pack(&group_uri(id)));
        body.fact("Made by", &words::on_pack(&party_uri(&group.maker)));
        if let Some(expiry) = app.deps().trade.expiry(group) {
            body.fact("Expiry date", &dashed(&expiry));
        }
    }
    for container in &status.containers {
        body.fact("Inside", &words::on_pack(&object_uri(&container.id)));
    }
    // who has a pack is not everybody's business
    if app
        .rules()
        .decide(caller, Act::Read(Area::Trace))
        .is_ok_and(|sight| sight == crate::authorise::Sight::Everything)
    {
        if let Some(custodian) = &status.custodian {
            body.fact("With", &words::on_pack(&party_uri(custodian)));
        }
        if let Some(pending) = &status.pending {
            body.fact("On the way to", &words::on_pack(&party_uri(&pending.to)));
        }
    }
    for order in status.orders.iter().filter(|found| !found.exempted) {
        let (kind, subject) = words::scope(&order.scope);
        let on = match kind {
            "object" => "of",
            "group" => "of the lot",
            "class" => "of the product",
            _ => "of everything with",
        };
        let kind = crate::wire::order::kind(order.order.kind);
        body.fact(
            "Order",
            &format!("{kind} {on} {}", words::on_pack(&subject)),
        );
    }
    body.raw("</dl>");
}
