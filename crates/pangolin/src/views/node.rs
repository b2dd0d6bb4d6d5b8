//! How a node stands, and what it says about a product.

use pangolin_client::{NodeStatus, Verification};

use super::words::{count, time};
use crate::output::facts;

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
    let role = if status.validator {
        "validator"
    } else {
        "observer (does not vote)"
    };
    let mut lines = vec![
        (
            "block",
            format!("{} of {}", status.height, time(&status.time)),
        ),
        ("index", index),
        ("role", role.to_owned()),
        (
            "waiting",
            format!(
                "{} ({} bytes)",
                count(status.waiting_transactions, "transaction", "transactions"),
                status.waiting_bytes
            ),
        ),
        ("profile", status.profile.clone()),
        ("chain", status.chain.clone()),
        ("last block", status.block.clone()),
        ("version", status.version.clone()),
    ];
    if status.development {
        lines.push((
            "mode",
            "DEVELOPMENT: tokens are accepted; not for real data".to_owned(),
        ));
    }
    facts(&lines)
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
        let mut stands = NodeStatus {
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
            profile: "p".into(),
            version: "v".into(),
            development: true,
        };
        let text = status(&stands);
        for expect in [
            "9 of 2026-01-05 13:00:00 UTC",
            "1 block behind",
            "observer",
            "DEVELOPMENT",
        ] {
            assert!(text.contains(expect), "{expect}: {text}");
        }
        (stands.indexed, stands.development) = (Some(9), false);
        assert!(status(&stands).contains("up to date") && !status(&stands).contains("DEVELOPMENT"));
    }
}
