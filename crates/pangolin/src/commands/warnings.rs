//! What an officer should know before an order is sent, although nothing forbids the order: that nothing is known of what it is
//! on, and that the same party has the same order there already. The node is asked; an order may precede what it is on, and may
//! be issued twice, so nothing here refuses.

use pangolin_client::{Client, ClientError, Order};
use pangolin_gs1::Key;
use pangolin_ledger::{OrderKind, OrderScope, OrderTerms};
use pangolin_profiles::capture::{class_uri, group_uri, object_uri, party_uri};
use serde_json::{Value, json};

use super::officer::Officer;

/// Something to know; it refuses nothing.
pub(super) struct Warning {
    code: &'static str,
    message: String,
}

impl Warning {
    /// For people.
    pub(super) fn line(&self) -> String {
        format!("warning [{}]: {}", self.code, self.message)
    }

    /// For programs.
    pub(super) fn json(&self) -> Value {
        json!({ "code": self.code, "message": self.message })
    }
}

/// What to know before an order of `terms` on `subject`, as it was typed.
pub(super) async fn before(
    client: &Client,
    officer: &Officer,
    terms: &OrderTerms,
    subject: &str,
) -> Vec<Warning> {
    let (issuer, on) = (party_uri(&officer.party), uri(&terms.scope));
    let unknown = unknown(client, terms, subject, &on).await;
    let mut warnings: Vec<Warning> = unknown.into_iter().collect();
    let kind = word(terms.kind);
    for state in ["active", "pending"] {
        match client.all_orders(Some(state)).await {
            Ok(found) => warnings.extend(
                found
                    .orders
                    .iter()
                    .filter(|order| same(order, kind, &issuer, &on))
                    .map(|order| again(order, subject)),
            ),
            Err(error) => {
                warnings.push(not_asked(
                    "whether such an order is in force already",
                    &error,
                ));
                break;
            }
        }
    }
    warnings
}

/// Whether the chain knows what the order is on. Nobody needs to announce a product, so that is not asked.
async fn unknown(client: &Client, terms: &OrderTerms, subject: &str, on: &str) -> Option<Warning> {
    let found = match &terms.scope {
        OrderScope::Group(_) => {
            let key = Key::parse(subject).ok()?;
            let (gtin, lot) = (key.gtin()?.as_str().to_owned(), key.lot()?.to_owned());
            let found = client.whereabouts(&gtin, &lot).await;
            found.map(|found| found["made"] != 0)
        }
        OrderScope::Object(_) => client.trace(on, "back", Some(0)).await.map(|_| true),
        OrderScope::Party(_) => client.party(on).await.map(|_| true),
        OrderScope::Class(_) => return None,
    };
    let what = match &terms.scope {
        OrderScope::Group(_) => "no object of this lot",
        OrderScope::Party(_) => "no such party",
        _ => "no such object",
    };
    match found {
        Ok(true) => None,
        Ok(false) => Some(nothing(what, subject)),
        Err(error) => match error.status() {
            Some(404) => Some(nothing(what, subject)),
            // it is there, and somebody else's
            Some(403) if matches!(terms.scope, OrderScope::Object(_)) => None,
            _ => Some(not_asked("whether the chain knows what it is on", &error)),
        },
    }
}

fn nothing(what: &str, subject: &str) -> Warning {
    Warning {
        code: "not-known-yet",
        message: format!(
            "{what} is known yet: {subject}. The order holds for whatever is recorded under it later; if it was mistyped, release it with `pangolin order release`"
        ),
    }
}

fn not_asked(what: &str, error: &ClientError) -> Warning {
    Warning {
        code: "not-asked",
        message: format!("the node does not say {what}: {error}"),
    }
}

fn again(order: &Order, subject: &str) -> Warning {
    let standing = match order.state.as_str() {
        "active" => "is in force already",
        _ => "waits for signatures already",
    };
    Warning {
        code: "same-order",
        message: format!(
            "a {} of this party on {subject} {standing}, since block {}: order {}. Each must be released by itself",
            order.kind, order.issued, order.id
        ),
    }
}

fn same(order: &Order, kind: &str, issuer: &str, on: &str) -> bool {
    order.kind == kind && order.issuer == issuer && order.subject == on
}

const fn word(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Hold => "hold",
        OrderKind::Recall => "recall",
    }
}

/// As the node names it.
fn uri(scope: &OrderScope) -> String {
    match scope {
        OrderScope::Object(id) => object_uri(id),
        OrderScope::Group(id) => group_uri(id),
        OrderScope::Class(id) => class_uri(id),
        OrderScope::Party(id) => party_uri(id),
    }
}
