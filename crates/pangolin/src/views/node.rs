//! How a node stands, and what it says about a product.

use pangolin_client::{NodeStatus, Peer, Verification};

use super::words::{count, time};
use crate::output::{facts, table};

/// `pangolin status`.
pub(crate) fn status(status: &NodeStatus) -> String {
    let behind = status
        .indexed
        .map(|indexed| status.height.saturating_sub(indexed));
    let index = match behind {
        None => "none: search at another node".to_owned(),
        Some(0) => "up to date".to_owned(),
        Some(behind) => format!("{} behind", count(behind, "block", "blocks")),
    };
    let listed = |peer: &Peer| peer.node.key == status.node.key;
    let role = match (status.validator, status.validators.iter().any(listed)) {
        (true, _) => "validator",
        (false, true) => "validator that does not vote at present",
        (false, false) => "observer (does not vote)",
    };
    let organisation = status.node.organisation.as_ref();
    let mut lines = vec![
        (
            "node",
            match organisation {
                Some(organisation) => format!("{} ({organisation})", status.node.name),
                None => status.node.name.clone(),
            },
        ),
        ("role", role.to_owned()),
        (
            "block",
            format!(
                "{} of {}{}",
                status.height,
                time(&status.time),
                late(status.block_age_ms)
            ),
        ),
        ("index", index),
        (
            "waiting",
            format!(
                "{} ({} bytes)",
                count(status.waiting_transactions, "transaction", "transactions"),
                status.waiting_bytes
            ),
        ),
        (
            "profile",
            format!("{} [{}]", status.profile_name, status.profile),
        ),
        ("chain", format!("{} {}", status.chain_name, status.chain)),
        ("key", status.node.key.clone()),
        ("last block", status.block.clone()),
        ("version", status.version.clone()),
    ];
    if status.development {
        lines.push((
            "mode",
            "DEVELOPMENT: tokens are accepted; not for real data".to_owned(),
        ));
    }
    let peers = status.validators.iter().map(|peer| (peer, "validator"));
    let others = status.other_peers.iter().flatten();
    let rows = peers
        .chain(others.map(|peer| (peer, "other peer")))
        .map(|(peer, role)| {
            let seen = match peer.connected {
                _ if peer.node.key == status.node.key => "this node",
                Some(true) => "connected",
                Some(false) => "NOT connected",
                None => "not known",
            };
            vec![
                peer.node.name.clone(),
                role.to_owned(),
                seen.to_owned(),
                peer.node.organisation.clone().unwrap_or_default(),
                peer.node.key.clone(),
            ]
        });
    let header = ["peer", "role", "from here", "organisation", "key"];
    format!("{}\n\n{}", facts(&lines), table(&header, rows))
}

/// A remark on a last block that is long ago, or in the future of the node's clock.
fn late(age_ms: i64) -> String {
    match age_ms {
        ..-1_000 => format!(
            ", {} s ahead of the node's clock",
            age_ms.unsigned_abs() / 1_000
        ),
        10_000.. => format!(", {} s ago", age_ms / 1_000),
        _ => String::new(),
    }
}

/// `pangolin verify-product`.
pub(crate) fn product(subject: &str, answer: &Verification) -> String {
    let data = &answer.data;
    let mut lines = vec![if data.verified {
        format!("VERIFIED: {subject} is what its maker recorded")
    } else {
        let why = data.verification_failure_reason.as_deref();
        format!(
            "NOT VERIFIED: {subject}: {}",
            reason(why.unwrap_or("no reason was given"))
        )
    }];
    if let Some(info) = &data.additional_info {
        lines.push(format!("  note: {}", reason(info)));
    }
    lines.push(format!(
        "  answered by {} at {}",
        answer.responder_gln,
        time(&answer.verification_timestamp)
    ));
    if data.verified && data.additional_info.is_some() {
        lines.push("  do not sell or dispense it before the note is cleared".to_owned());
    }
    lines.join("\n")
}

/// The standard's words, with what they mean (GS1 Lightweight Messaging Standard).
fn reason(word: &str) -> String {
    let meaning = match word {
        "No_match_GTIN_Serial" => "no such serial number of this product",
        "No_match_GTIN_Serial_Lot" => "the lot is not that of this serial number",
        "No_match_GTIN_Serial_Expiry" => "the expiry date is not that of this serial number",
        "No_match_GTIN_Serial_Lot_Expiry" => {
            "lot and expiry date are not those of this serial number"
        }
        "No_reason_provided" => "no reason is given",
        "Manufacturer_policy" => "its maker says that it is not to be distributed",
        "Not_for_re-distribution" => "it is not for redistribution",
        "Recalled" => "it is recalled",
        "Suspect" => "it is suspect",
        "Expired" => "it has expired",
        "Illegitimate" => "it is illegitimate",
        _ => return word.to_owned(),
    };
    format!("{meaning} ({word})")
}

#[cfg(test)]
mod tests {
    use super::*;
    use pangolin_client::NodeName;
    use serde_json::json;

    #[expect(
        clippy::needless_pass_by_value,
        reason = "documents are written where they are used"
    )]
    fn answer(data: serde_json::Value) -> Verification {
        serde_json::from_value(json!({
            "verificationTimestamp": "2026-01-05T13:00:00Z", "responderGLN": "0366159000019",
            "corrUUID": "u", "data": data,
        }))
        .unwrap()
    }

    #[test]
    fn an_answer_about_a_product_is_in_words() {
        let good = product("(01)1", &answer(json!({"verified": true})));
        assert!(good.starts_with("VERIFIED: (01)1"), "{good}");
        let bad = json!({"verified": false, "verificationFailureReason": "No_match_GTIN_Serial"});
        let bad = product("(01)1", &answer(bad));
        assert!(
            bad.starts_with("NOT VERIFIED: (01)1: no such serial number"),
            "{bad}"
        );
        let recalled = json!({"verified": true, "additionalInfo": "Recalled"});
        let recalled = product("(01)1", &answer(recalled));
        assert!(recalled.contains("it is recalled (Recalled)"), "{recalled}");
        assert!(recalled.contains("do not sell"), "{recalled}");
    }

    #[test]
    fn a_status_says_what_stands_out() {
        let name = |name: &str| NodeName {
            name: name.into(),
            organisation: Some(format!("{name}'s")),
            key: name.repeat(2),
        };
        let validators = [("north", None), ("west", Some(true)), ("east", Some(false))];
        let mut stands = NodeStatus {
            node: name("south"),
            chain_name: "trial".into(),
            block_age_ms: 75_400,
            validators: validators
                .map(|(of, connected)| Peer {
                    node: name(of),
                    connected,
                })
                .into(),
            other_peers: None,
            chain: "c".into(),
            height: 9,
            time: "2026-01-05T13:00:00Z".into(),
            block: "b".into(),
            records_root: "r".into(),
            rules_root: "s".into(),
            indexed: Some(8),
            validator: false,
            waiting_transactions: 1,
            waiting_bytes: 200,
            profile: "7@2".into(),
            profile_name: "trade 2".into(),
            version: "v".into(),
            development: true,
        };
        let text = status(&stands);
        for expect in [
            "south (south's)",
            "9 of 2026-01-05 13:00:00 UTC, 75 s ago",
            "1 block behind",
            "observer",
            "trial c",
            "trade 2 [7@2]",
            "NOT connected",
            "not known",
            "DEVELOPMENT",
        ] {
            assert!(text.contains(expect), "{expect}: {text}");
        }
        (stands.indexed, stands.development) = (Some(9), false);
        (stands.node, stands.block_age_ms) = (name("north"), 700);
        let text = status(&stands);
        for expect in ["up to date", "validator that does not vote", "this node"] {
            assert!(text.contains(expect), "{expect}: {text}");
        }
        assert!(
            !text.contains("DEVELOPMENT") && !text.contains("ago"),
            "{text}"
        );
    }
}
