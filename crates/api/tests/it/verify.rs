//! Product verification, held against the published description and answers.

use crate::common::{
    MAKER, Node, PHARMACY, REGULATOR, WHOLESALER,
    documents::{
        EXPIRY, ITEM, LOT, commission, commission_in, dispense, document, event, pack, receive,
        ship, to_the_wholesaler,
    },
    testdata,
};
use pangolin_api::verify::{
    directory::Responder,
    policy::{Flaw, Mismatch, Policy},
};
use serde_json::{Value, json};

const UUID: &str = "21EC2020-3AEA-4069-A2DD-08002B30309D";

fn policy(recalled: Flaw, mismatch: Mismatch) -> Policy {
    Policy {
        recalled,
        expired: recalled,
        mismatch,
    }
}

fn node(policy: Policy) -> Node {
    Node::with(|config| {
        config.verify.responders = vec![Responder {
            gln: MAKER.into(),
            gtins: vec![ITEM.into()],
            prefixes: Vec::new(),
            expiry_from: None,
            expiry_to: None,
            policy,
        }];
    })
}

fn path(lot: &str, serial: &str, expiry: &str, who: &str) -> String {
    format!(
        "/verify/gtin/{ITEM}/lot/{lot}/ser/{serial}?exp={expiry}&linkType=verificationService&context=dscsaSaleableReturn\
         &reqGLN={who}&corrUUID={UUID}&somethingNew=1"
    )
}

async fn ask(node: &Node, lot: &str, serial: &str, expiry: &str) -> Value {
    let answer = node.get("", &path(lot, serial, expiry, WHOLESALER)).await;
    assert_eq!(
        answer.status.as_u16(),
        200,
        "{}",
        answer.header("pangolin-code")
    );
    assert_eq!(answer.header("cache-control"), "private, no-cache");
    let answer = answer.json();
    assert_eq!(answer["corrUUID"], UUID);
    assert_eq!(answer["responderGLN"], MAKER);
    assert_eq!(
        answer["verificationTimestamp"],
        "2026-03-05T12:00:00.000+00:00"
    );
    conforms(&answer);
    answer["data"].clone()
}

fn published(file: &str) -> Option<Value> {
    let text = testdata(&format!("lwms/{file}"))?;
    Some(serde_json::from_slice(&text).unwrap())
}

/// Holds an answer against the published description, where it is at hand, with the values that its text adds.
fn conforms(answer: &Value) {
    let Some(description) = published("lwms-1.1-openapi.json") else {
        return;
    };
    let verified = answer["data"]["verified"].as_bool().unwrap();
    let name = if verified {
        "PositiveVerificationResponse"
    } else {
        "NegativeVerificationResponse"
    };
    let mut components = description["components"].clone();
    for (schema, further) in [
        (
            "verificationFailureReason",
            &["Manufacturer_policy", "Not_for_re-distribution"][..],
        ),
        (
            "additionalInformation",
            &["Expired", "ExpirationExtended", "Illegitimate"],
        ),
    ] {
        let values = components["schemas"][schema]["enum"]
            .as_array_mut()
            .unwrap();
        values.extend(further.iter().map(|value| json!(value)));
    }
    let schema =
        json!({ "$ref": format!("#/components/schemas/{name}"), "components": components });
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(answer)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?} {answer}");
}

#[tokio::test]
async fn published_answers_are_ours() {
    let Some(examples) = published("ig-r1.1-example-responses.json") else {
        return;
    };
    for example in examples.as_array().unwrap() {
        let read: pangolin_api::verify::answer::Answer =
            serde_json::from_value(example.clone()).unwrap();
        assert_eq!(&serde_json::to_value(read).unwrap(), example);
        conforms(example);
    }
}

#[tokio::test]
async fn a_real_pack_is_verified_and_every_mismatch_has_its_code() {
    let node = node(Policy::default());
    to_the_wholesaler(&node, &["1"]).await;
    assert_eq!(
        ask(&node, LOT, "1", "270331").await,
        json!({ "verified": true })
    );
    assert_eq!(
        ask(&node, LOT, "1", "270300").await,
        json!({ "verified": true }),
        "day 00 is the last of the month"
    );
    for (lot, serial, expiry, code) in [
        (LOT, "2", "270331", "No_match_GTIN_Serial"),
        ("B", "1", "270331", "No_match_GTIN_Serial_Lot"),
        (LOT, "1", "270330", "No_match_GTIN_Serial_Expiry"),
        ("B", "1", "270330", "No_match_GTIN_Serial_Lot_Expiry"),
    ] {
        assert_eq!(
            ask(&node, lot, serial, expiry).await,
            json!({ "verified": false, "verificationFailureReason": code })
        );
    }
}

#[tokio::test]
async fn a_responder_may_keep_the_reason_to_itself() {
    let node = node(policy(Flaw::Inform, Mismatch::NoReason));
    to_the_wholesaler(&node, &["1"]).await;
    for (lot, serial) in [(LOT, "2"), ("B", "1")] {
        assert_eq!(
            ask(&node, lot, serial, "270331").await,
            json!({ "verified": false, "verificationFailureReason": "No_reason_provided" })
        );
    }
}

#[tokio::test]
async fn recalled_and_expired_packs_are_answered_by_policy() {
    for (flaw, verified, reason, info) in [
        (Flaw::Inform, true, None, true),
        (Flaw::Refuse, false, Some("Manufacturer_policy"), true),
        (
            Flaw::RefuseSilently,
            false,
            Some("Manufacturer_policy"),
            false,
        ),
    ] {
        let expected = |word: &str| {
            let mut data = json!({ "verified": verified });
            if let Some(reason) = reason {
                data["verificationFailureReason"] = json!(reason);
            }
            if info {
                data["additionalInfo"] = json!(word);
            }
            data
        };
        let node = node(policy(flaw, Mismatch::Code));
        node.accept(
            MAKER,
            document(&[
                commission(1, &["1"]),
                commission_in(2, &["9"], "OLD", "2026-03-04"),
            ]),
        )
        .await;
        assert_eq!(ask(&node, "OLD", "9", "260304").await, expected("Expired"));
        assert_eq!(
            ask(&node, LOT, "1", "270331").await,
            json!({ "verified": true })
        );
        let order =
            crate::common::chain_order(&node, REGULATOR, crate::common::recall_lot(LOT)).await;
        assert_eq!(order.status.as_u16(), 201, "{}", order.text());
        assert_eq!(ask(&node, LOT, "1", "270331").await, expected("Recalled"));
    }
}

#[tokio::test]
async fn suspect_and_ended_packs_are_not_for_redistribution() {
    let node = node(Policy::default());
    to_the_wholesaler(&node, &["1", "2", "3"]).await;
    let mut suspect = event(10, "OBSERVE", "holding", &[pack("1")]);
    suspect["readPoint"] = crate::common::documents::place(WHOLESALER);
    suspect["disposition"] = json!("https://ns.pangolin.network/pharma/disposition/suspect");
    node.accept(WHOLESALER, document(&[suspect])).await;
    let not_again = |info: Option<&str>| {
        let mut data =
            json!({ "verified": false, "verificationFailureReason": "Not_for_re-distribution" });
        if let Some(info) = info {
            data["additionalInfo"] = json!(info);
        }
        data
    };
    assert_eq!(
        ask(&node, LOT, "1", "270331").await,
        not_again(Some("Suspect"))
    );
    node.accept(
        WHOLESALER,
        document(&[ship(11, &[pack("2")], WHOLESALER, PHARMACY)]),
    )
    .await;
    node.accept(
        PHARMACY,
        document(&[
            receive(12, &[pack("2")], PHARMACY, WHOLESALER),
            dispense(13, "2", PHARMACY),
        ]),
    )
    .await;
    assert_eq!(ask(&node, LOT, "2", "270331").await, not_again(None));
    let mut illegitimate = event(14, "OBSERVE", "holding", &[pack("3")]);
    illegitimate["readPoint"] = crate::common::documents::place(WHOLESALER);
    illegitimate["disposition"] =
        json!("https://ns.pangolin.network/pharma/disposition/illegitimate");
    node.accept(WHOLESALER, document(&[illegitimate])).await;
    assert_eq!(
        ask(&node, LOT, "3", "270331").await,
        not_again(Some("Suspect"))
    );
    let headers = [("gs1us-version", "1.3.0")];
    let answer = node
        .call(
            "",
            "GET",
            &path(LOT, "3", "270331", WHOLESALER),
            &headers,
            "",
        )
        .await;
    assert_eq!(
        answer.json()["data"],
        not_again(Some("Illegitimate")),
        "the word exists since 1.3"
    );
    assert_eq!(answer.header("gs1us-version"), "1.3.0");
}

#[tokio::test]
async fn who_asks_is_judged_before_anything_is_said() {
    let node = node(Policy::default());
    to_the_wholesaler(&node, &["1"]).await;
    let good = path(LOT, "1", "270331", WHOLESALER);
    for (asked, status, code) in [
        (
            path(LOT, "1", "270331", "9071404000002"),
            403,
            "unknown-requester",
        ),
        (
            path(LOT, "does-not-exist", "270331", "9071404000002"),
            403,
            "unknown-requester",
        ),
        (path(LOT, "1", "271331", WHOLESALER), 400, "bad-expiry"),
        (
            good.replace("&corrUUID=", "&other="),
            400,
            "missing-parameter",
        ),
        (good.replace(ITEM, "00300010123456"), 400, "bad-gtin"),
        (good.replace(ITEM, "00614141073467"), 404, "no-responder"),
        (
            format!("/checkConnectivity?gtin={ITEM}&reqGLN=123"),
            400,
            "bad-requester",
        ),
        (
            format!("/checkConnectivity?gtin={ITEM}&reqGLN=9071404000002"),
            403,
            "unknown-requester",
        ),
        (
            format!("/checkConnectivity?gtin=00614141073467&reqGLN={WHOLESALER}"),
            404,
            "no-responder",
        ),
    ] {
        let answer = node.get("", &asked).await;
        assert_eq!(
            (
                answer.status.as_u16(),
                answer.header("pangolin-code").as_str()
            ),
            (status, code),
            "{asked}"
        );
        assert!(
            answer.body.is_empty(),
            "only an answer of status 200 has a body"
        );
        for said in ["pangolin-place", "pangolin-remedy"] {
            assert!(!answer.header(said).is_empty(), "{said} of {asked}");
        }
    }
    let answer = node
        .get(
            "",
            &format!("/checkConnectivity?gtin={ITEM}&reqGLN={WHOLESALER}"),
        )
        .await;
    assert_eq!(answer.json(), json!({ "responderGLN": MAKER }));
}

#[tokio::test]
async fn every_refusal_of_a_verification_is_a_bare_status() {
    let node = node(Policy::default());
    to_the_wholesaler(&node, &["1"]).await;
    let good = path(LOT, "1", "270331", WHOLESALER);
    let long = format!("{good}&x={}", "x".repeat(40_000));
    let credentials = [("authorization", "Bearer nobody's token")];
    for (method, asked, headers, status, code) in [
        ("POST", good.as_str(), &[][..], 405, "method-not-allowed"),
        (
            "DELETE",
            "/checkConnectivity",
            &[],
            405,
            "method-not-allowed",
        ),
        (
            "GET",
            "/verify/gtin/00300010123455",
            &[],
            404,
            "no-such-path",
        ),
        (
            "GET",
            &good.replace("/ser/1", "/ser/%ff"),
            &[],
            400,
            "bad-path",
        ),
        (
            "GET",
            &good.replace("exp=270331", "exp=%ff"),
            &[],
            400,
            "bad-parameter",
        ),
        ("GET", &long, &[], 414, "uri-too-long"),
        ("GET", &good, &credentials, 401, "unknown-token"),
    ] {
        let answer = node.call("", method, asked, headers, "").await;
        assert_eq!(
            (
                answer.status.as_u16(),
                answer.header("pangolin-code").as_str()
            ),
            (status, code),
            "{method} {asked:.80}"
        );
        assert!(answer.body.is_empty(), "{}", answer.text());
        assert_eq!(answer.header("content-type"), "");
        assert_eq!(answer.header("cache-control"), "private, no-cache");
    }
    assert_eq!(
        node.call("", "POST", &good, &[], "").await.header("allow"),
        "GET"
    );
}

#[tokio::test]
async fn every_part_of_a_question_is_held_to_the_standard() {
    let node = node(Policy::default());
    to_the_wholesaler(&node, &["1", "a-B_2"]).await;
    let good = path(LOT, "1", "270331", WHOLESALER);
    let status = async |asked: &str| node.get("", asked).await.status.as_u16();
    for expiry in [
        "2027-03-31",
        "20270331",
        "27033",
        "271331",
        "270332",
        "27-3-1",
        "",
        "%202703",
    ] {
        let asked = good.replace("exp=270331", &format!("exp={expiry}"));
        assert_eq!(status(&asked).await, 400, "{asked}");
    }
    for (given, with) in [
        ("verificationService", "verificationservice"),
        ("dscsaSaleableReturn", "dscsaOther"),
        ("linkType", "linktype"),
        ("context", "contexts"),
        ("corrUUID", "corruuid"),
        ("reqGLN", "reqgln"),
        (UUID, "21EC2020-3AEA-1069-A2DD-08002B30309D"),
        (UUID, "21EC2020-3AEA-4069-C2DD-08002B30309D"),
        (UUID, "21EC20203AEA4069A2DD08002B30309D"),
        (UUID, "{21EC2020-3AEA-4069-A2DD-08002B30309D}"),
        (WHOLESALER, "039999999999"),
        (WHOLESALER, "03999999999911"),
        (WHOLESALER, "039999999999X"),
    ] {
        let asked = good.replace(given, with);
        assert_eq!(status(&asked).await, 400, "{asked}");
    }
    // 8, 12, 13 or 14 digits are one item; an identifier is given back as it was sent
    let short = ITEM.trim_start_matches('0');
    for gtin in [
        ITEM.to_owned(),
        format!("{short:0>13}"),
        format!("{short:0>12}"),
    ] {
        let asked = good
            .replace(ITEM, &gtin)
            .replace(UUID, &UUID.to_lowercase());
        let answer = node.get("", &asked).await;
        assert_eq!(answer.status.as_u16(), 200, "{gtin}");
        assert_eq!(answer.json()["corrUUID"], UUID.to_lowercase());
        assert_eq!(answer.json()["data"], json!({ "verified": true }));
        assert_eq!(answer.header("content-type"), "application/json");
    }
    assert_eq!(
        ask(&node, LOT, "a-B_2", "270331").await,
        json!({ "verified": true }),
        "serial numbers keep their case"
    );
    assert_eq!(
        ask(&node, LOT, "A-B_2", "270331").await["verificationFailureReason"],
        "No_match_GTIN_Serial"
    );
    let percent = good
        .replace("/lot/A123/", "/lot/%41123/")
        .replace("/ser/1?", "/ser/%31?");
    assert_eq!(status(&percent).await, 200);
}

#[tokio::test]
async fn without_a_directory_whoever_made_the_lot_answers() {
    let node = Node::new();
    to_the_wholesaler(&node, &["1"]).await;
    assert_eq!(
        ask(&node, LOT, "1", "270331").await,
        json!({ "verified": true })
    );
    let connects = async |item: &str| {
        let asked = format!("/checkConnectivity?gtin={item}&reqGLN={WHOLESALER}");
        let answer = node.get("", &asked).await;
        (
            answer.status.as_u16(),
            answer.header("pangolin-code"),
            answer.text(),
        )
    };
    assert_eq!(
        connects(ITEM).await,
        (
            200,
            String::new(),
            json!({ "responderGLN": MAKER }).to_string()
        )
    );
    let (status, code, body) = connects("00614141073467").await;
    assert_eq!(
        (status, code.as_str(), body.as_str()),
        (404, "no-responder", "")
    );
}

#[tokio::test]
async fn guessing_ends_with_403() {
    let node = Node::with(|config| {
        config.verify.guesses = 3;
        config.verify.responders = vec![Responder {
            gln: "maker".into(),
            gtins: Vec::new(),
            prefixes: Vec::new(),
            expiry_from: None,
            expiry_to: None,
            policy: Policy::default(),
        }];
    });
    to_the_wholesaler(&node, &["1"]).await;
    for guess in 0..3 {
        ask(&node, LOT, &format!("guess{guess}"), "270331").await;
    }
    let answer = node.get("", &path(LOT, "1", "270331", WHOLESALER)).await;
    assert_eq!(
        (
            answer.status.as_u16(),
            answer.header("pangolin-code").as_str()
        ),
        (403, "too-many-guesses")
    );
    assert_eq!(answer.header("pangolin-place"), "address");
    assert!(answer.header("pangolin-remedy").contains("ten minutes"));
    node.clock.advance(10 * 60 * 1_000);
    let answer = node.get("", &path(LOT, "1", "270331", WHOLESALER)).await;
    assert_eq!(answer.status.as_u16(), 200);
    let unknown = node
        .get("", &path("NOLOT", "1x", "270331", WHOLESALER))
        .await;
    assert_eq!(
        unknown.status.as_u16(),
        404,
        "nobody is known to have made it"
    );
}

#[tokio::test]
async fn requesters_may_have_to_sign_in() {
    let node = Node::with(|config| {
        config.verify.signed_requests = true;
        config.verify.responders = vec![Responder {
            gln: MAKER.into(),
            gtins: vec![ITEM.into()],
            prefixes: Vec::new(),
            expiry_from: None,
            expiry_to: None,
            policy: Policy::default(),
        }];
    });
    to_the_wholesaler(&node, &["1"]).await;
    let asked = path(LOT, "1", "270331", WHOLESALER);
    assert_eq!(node.get("", &asked).await.status.as_u16(), 401);
    assert_eq!(node.get(PHARMACY, &asked).await.status.as_u16(), 403);
    assert_eq!(node.get(WHOLESALER, &asked).await.status.as_u16(), 200);
    assert_eq!(EXPIRY, "2027-03-31");
}
