//! Documents of a few events, written by hand.

use std::process::Command;

use serde::Serialize;
use serde_json::{Value, json};

/// The time of day, as events say it.
pub(crate) fn now() -> String {
    let ran = Command::new("date")
        .args(["-u", "+%Y-%m-%dT%H:%M:%S.000Z"])
        .output()
        .unwrap();
    String::from_utf8(ran.stdout).unwrap().trim().to_owned()
}

/// A document of these events, which were observed now at one place, with the statement that a change of ownership asks for.
pub(crate) fn document(events: &[Value]) -> String {
    let now = now();
    let events: Vec<Value> = events
        .iter()
        .cloned()
        .map(|mut event| {
            event["eventTime"] = now.clone().into();
            event["eventTimeZoneOffset"] = "+00:00".into();
            event["readPoint"] = json!({"id": "urn:epc:id:sgln:036615.900001.0"});
            event
        })
        .collect();
    let document = json!({
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {
            "gs1ushc": "http://epcis.gs1us.org/hc/ns", "chains": "https://ns.pangolin.network/chains/"
        }],
        "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": now,
        "epcisHeader": {"gs1ushc:dscsaTransactionStatement": {"gs1ushc:affirmTransactionStatement": true}},
        "epcisBody": {"eventList": events}
    });
    document.to_string()
}

/// Packs of one lot are made.
pub(crate) fn made(packs: impl Serialize) -> Value {
    json!({
        "type": "ObjectEvent", "action": "ADD", "bizStep": "commissioning", "disposition": "active", "epcList": packs,
        "ilmd": {"cbvmda:lotNumber": "R1", "cbvmda:itemExpirationDate": "2031-12-31"}
    })
}

/// Packs go to the clinic of another chain.
pub(crate) fn shipped(packs: impl Serialize, chain: &str) -> Value {
    let clinic = "urn:epc:id:pgln:035555.555555";
    json!({
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit", "epcList": packs,
        "chains:destinationChain": chain,
        "destinationList": [{"type": "owning_party", "destination": clinic}]
    })
}

/// Packs are received.
pub(crate) fn received(packs: impl Serialize) -> Value {
    json!({
        "type": "ObjectEvent", "action": "OBSERVE", "bizStep": "receiving", "disposition": "in_progress", "epcList": packs
    })
}

/// Packs are given to patients.
pub(crate) fn dispensed(packs: impl Serialize) -> Value {
    json!({
        "type": "ObjectEvent", "action": "DELETE", "bizStep": "dispensing", "disposition": "dispensed", "epcList": packs
    })
}
