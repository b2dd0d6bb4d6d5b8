//! The official GS1 US example of a direct purchase (DSCSA guideline R1.3, section 2.2.1.1), through the interface: twelve
//! packs, three cases, one pallet, sold by a manufacturer to a wholesaler.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::common::{MAKER, Node, PHARMACY, REGULATOR, WHOLESALER, segment, testdata};

/// 2023-04-02T07:00:00Z, the day after the last event.
const NEXT_DAY_MS: i64 = 1_680_418_800_000;
const PACK: &str = "urn:epc:id:sgtin:030001.0012345.22";
const CASE: &str = "urn:epc:id:sgtin:030001.1012345.121";
const PALLET: &str = "urn:epc:id:sscc:030001.41234567890";

fn receipt() -> String {
    json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2023-04-02T07:00:00Z",
        "epcisBody": { "eventList": [{
            "type": "ObjectEvent", "eventTime": "2023-04-02T06:59:00Z", "eventTimeZoneOffset": "-04:00",
            "epcList": [PALLET], "action": "OBSERVE", "bizStep": "receiving", "disposition": "in_progress",
            "readPoint": { "id": "urn:epc:id:sgln:039999.345678.0" },
            "sourceList": [{ "type": "owning_party", "source": "urn:epc:id:sgln:030001.111111.0" }]
        }] }
    })
    .to_string()
}

fn words(trace: &Value) -> Vec<&str> {
    let nodes = trace["nodes"].as_array().unwrap();
    let mut steps: Vec<&str> = nodes
        .iter()
        .filter_map(|node| node["bizStep"].as_str())
        .collect();
    steps.sort_unstable();
    steps
}

async fn trace(node: &Node, epc: &str) -> Value {
    let answer = node
        .get(REGULATOR, &format!("/trace/{}", segment(epc)))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

/// Every event of a job is final, and its receipt is where the job says.
async fn all_final(node: &Node, job: &Value, count: usize) {
    let events = job["events"].as_array().unwrap();
    assert_eq!(events.len(), count, "{job:#}");
    for event in events {
        assert_eq!(event["state"], "captured", "{job:#}");
        assert!(event["height"].as_u64().unwrap() > 0);
        let receipt = node.get("", event["receipt"].as_str().unwrap()).await;
        assert_eq!(receipt.status, StatusCode::OK, "{}", receipt.text());
        assert!(
            receipt.json()["of"]
                .as_str()
                .unwrap()
                .starts_with("receipt Event(")
        );
    }
}

#[tokio::test]
async fn the_gs1_us_example_is_captured_final_traced_and_received() {
    let Some(example) = testdata("epcis/1.2-xml/GS1_US_Pharma_Example_2_2_1_1.xml") else {
        return;
    };
    let node = Node::at(NEXT_DAY_MS);
    let headers = [
        ("content-type", "application/xml"),
        ("gs1-epcis-version", "1.2"),
    ];
    // only the manufacturer can state what the manufacturer did
    let stranger = node.capture(WHOLESALER, example.clone(), &headers).await;
    assert_eq!(stranger["success"], false, "{stranger:#}");
    assert_eq!(
        (&stranger["counts"]["captured"], node.chain.height()),
        (&json!(0), 0)
    );

    let job = node.capture(MAKER, example.clone(), &headers).await;
    assert_eq!(job["success"], true, "{job:#}");
    all_final(&node, &job, 8).await;
    let again = node.capture(MAKER, example, &headers).await;
    assert_eq!(
        again["counts"]["known"], 8,
        "sent twice, recorded once: {again:#}"
    );

    let found = trace(&node, PACK).await;
    assert_eq!(found["complete"], true, "{found:#}");
    for step in ["commissioning", "packing", "shipping"] {
        assert!(words(&found).contains(&step), "{step} in {found:#}");
    }
    let answer = node
        .get(
            REGULATOR,
            &format!("/trace/{}?direction=contents", segment(PALLET)),
        )
        .await
        .json();
    let inside = answer["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|node| node["kind"] == "object")
        .count();
    assert_eq!(
        inside,
        1 + 3 + 12,
        "the pallet, its cases and their packs: {answer:#}"
    );

    let received = node.accept(WHOLESALER, receipt()).await;
    all_final(&node, &received, 1).await;
    let holder = node
        .get(REGULATOR, "/lots/00300010123455/A123/whereabouts")
        .await
        .json();
    assert_eq!(
        holder["holders"][0]["party"],
        format!("https://id.gs1.org/417/{WHOLESALER}"),
        "{holder:#}"
    );
    assert_eq!(holder["holders"][0]["objects"], 12, "{holder:#}");
    assert!(words(&trace(&node, CASE).await).contains(&"receiving"));
}

#[tokio::test]
async fn packs_of_the_gs1_us_example_are_verified() {
    let Some(example) = testdata("epcis/1.2-xml/GS1_US_Pharma_Example_2_2_1_1.xml") else {
        return;
    };
    let node = Node::at(NEXT_DAY_MS);
    node.accept(MAKER, example).await;
    let ask = async |serial: &str, lot: &str, expiry: &str| {
        let path = format!(
            "/verify/gtin/00300010123455/lot/{lot}/ser/{serial}?exp={expiry}&linkType=verificationService\
             &context=dscsaSaleableReturn&reqGLN={PHARMACY}&corrUUID=21EC2020-3AEA-4069-A2DD-08002B30309D"
        );
        let answer = node.get("", &path).await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "{}",
            answer.header("pangolin-code")
        );
        let answer = answer.json();
        assert_eq!(answer["responderGLN"], MAKER);
        answer["data"].clone()
    };
    assert_eq!(
        ask("22", "A123", "250327").await,
        json!({ "verified": true })
    );
    for (serial, lot, expiry, code) in [
        ("23", "A123", "250327", "No_match_GTIN_Serial"),
        ("22", "A124", "250327", "No_match_GTIN_Serial_Lot"),
        ("22", "A123", "250328", "No_match_GTIN_Serial_Expiry"),
        // only a month that ends with that day matches day 00
        ("22", "A123", "250300", "No_match_GTIN_Serial_Expiry"),
        ("22", "A124", "250328", "No_match_GTIN_Serial_Lot_Expiry"),
    ] {
        let expected = json!({ "verified": false, "verificationFailureReason": code });
        assert_eq!(
            ask(serial, lot, expiry).await,
            expected,
            "{serial} {lot} {expiry}"
        );
    }
}
