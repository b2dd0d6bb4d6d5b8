//! Orders, and what became of one that was sent.

use pangolin_client::{Order, Orders, Transaction};

use super::words::{epc, time};
use crate::output::{facts, table};

/// `pangolin order list`.
pub(crate) fn orders(found: &Orders) -> String {
    if found.orders.is_empty() {
        return format!("no orders at block {}", found.height);
    }
    let rows = found.orders.iter().map(|order| {
        vec![
            order.state.clone(),
            order.kind.clone(),
            epc(&order.subject),
            order.reason.clone().unwrap_or_default(),
            order.issuer.clone(),
            order.issued.to_string(),
            order.id.clone(),
        ]
    });
    let header = ["state", "kind", "on", "reason", "issuer", "block", "order"];
    let more = found.next.map(|_| "\nand more orders than are shown here");
    format!(
        "{}\nas of block {}{}",
        table(&header, rows),
        found.height,
        more.unwrap_or_default()
    )
}

/// `pangolin order show`.
pub(crate) fn order(order: &Order) -> String {
    let mut lines = vec![
        ("order", order.id.clone()),
        ("state", order.state.clone()),
        ("kind", order.kind.clone()),
        ("on", format!("{} ({})", epc(&order.subject), order.scope)),
        (
            "reason",
            order.reason.clone().unwrap_or_else(|| "not given".into()),
        ),
        ("legal basis", order.legal_basis.clone()),
        ("issuer", order.issuer.clone()),
        (
            "signatures",
            format!("{} of {}", order.signed, order.officers),
        ),
        (
            "block",
            format!("issued {}, changed {}", order.issued, order.changed),
        ),
    ];
    if let Some(expires) = &order.expires {
        lines.push(("ends", time(expires)));
    }
    facts(&lines)
}

/// What became of a transaction about `order` that was sent; `proof` is the command that asks for its receipt. `Err`: it was refused.
pub(crate) fn issued(sent: &Transaction, order: &str, proof: &str) -> Result<String, String> {
    match sent.state.as_str() {
        "final" => {
            let height = sent.height.map(|height| format!(" in block {height}"));
            Ok(format!(
                "final{}: order {order}\n  proof: {proof}",
                height.unwrap_or_default()
            ))
        }
        state => Err(sent.refusal.as_ref().map_or_else(
            || {
                let detail = sent.detail.as_deref().unwrap_or("no reason was given");
                format!("{state}: {detail}")
            },
            |refusal| {
                let open = sent.open_until.map(open_until).unwrap_or_default();
                format!(
                    "REFUSED [{}]: {}: {}; rule {} ({}); do: {}{open}",
                    refusal.code,
                    refusal.subject,
                    refusal.message,
                    refusal.rule,
                    refusal.kernel,
                    refusal.remedy
                )
            },
        )),
    }
}

/// What is said of a refusal that is not the last word.
fn open_until(block: u64) -> String {
    format!(
        "\n  another validator may take it in a later state, up to block {block}: look again before you sign it anew"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn orders_are_a_table_with_their_height() {
        let entry = json!({
            "id": "ab", "kind": "recall", "scope": "object",
            "subject": "urn:epc:id:sgtin:0614141.112345.400", "issuer": "0366159000019",
            "reason": "recall, class 1", "reasonCode": 7, "legalBasis": "law", "officers": 1,
            "signed": 1, "state": "active", "issued": 4, "changed": 4,
        });
        let found: Orders =
            serde_json::from_value(json!({"orders": [entry], "height": 9})).unwrap();
        let text = orders(&found);
        for expect in [
            "active",
            "(01)10614141123459(21)400",
            "recall, class 1",
            "as of block 9",
        ] {
            assert!(text.contains(expect), "{expect}: {text}");
        }
        assert!(order(&found.orders[0]).contains("1 of 1"));
        let none = Orders {
            orders: Vec::new(),
            next: None,
            height: 3,
        };
        assert_eq!(orders(&none), "no orders at block 3");
    }

    #[test]
    fn a_refused_order_says_why() {
        let sent = |value| serde_json::from_value::<Transaction>(value).unwrap();
        let done = json!({"id": "ab", "state": "final", "height": 4});
        let done = issued(&sent(done), "cd", "ask for ab").unwrap();
        assert!(done.starts_with("final in block 4: order cd"), "{done}");
        assert!(done.ends_with("\n  proof: ask for ab"), "{done}");
        let refused = json!({"id": "ab", "state": "refused", "refusal": {
            "code": "role-missing", "rule": "authority", "kernel": "K2", "subject": "0366159000019",
            "place": "", "message": "it has no such role", "remedy": "ask the registrar"}});
        let mut open = refused.clone();
        open["openUntil"] = 312.into();
        let refused = issued(&sent(refused), "ab", "").unwrap_err();
        assert!(refused.contains("[role-missing]") && refused.contains("ask the registrar"));
        assert!(!refused.contains("another validator"), "{refused}");
        let open = issued(&sent(open), "ab", "").unwrap_err();
        assert!(
            open.contains("another validator may take it in a later state, up to block 312"),
            "{open}"
        );
        let expired = json!({"state": "expired", "detail": "too late"});
        let expired = issued(&sent(expired), "ab", "");
        assert_eq!(expired.unwrap_err(), "expired: too late");
    }
}
