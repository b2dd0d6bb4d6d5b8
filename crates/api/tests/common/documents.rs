//! Documents of the trade, as companies send them.

use serde_json::{Value, json};

use super::{MAKER, WHOLESALER};

pub const ITEM: &str = "00300010123455";
pub const LOT: &str = "A123";
pub const EXPIRY: &str = "2027-03-31";

pub fn pack(serial: &str) -> String {
    format!("https://id.gs1.org/01/{ITEM}/21/{serial}")
}

pub fn pallet(number: u8) -> String {
    // 18 digits with their check digit
    let body = format!("0030001{number:010}");
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, b)| u32::from(b - b'0') * if at % 2 == 0 { 3 } else { 1 })
        .sum();
    format!("https://id.gs1.org/00/{body}{}", (10 - sum % 10) % 10)
}

pub fn place(gln: &str) -> Value {
    json!({ "id": format!("https://id.gs1.org/414/{gln}") })
}

fn party(gln: &str) -> String {
    format!("https://id.gs1.org/417/{gln}")
}

pub fn document(events: &[Value]) -> String {
    json!({
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            { "gs1ushc": "http://epcis.gs1us.org/hc/ns" }
        ],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-02T00:00:00Z",
        "epcisBody": { "eventList": events }
    })
    .to_string()
}

/// An object event at minute `minute` of the day on which the tests happen.
pub fn event(minute: u32, action: &str, step: &str, epcs: &[String]) -> Value {
    json!({
        "type": "ObjectEvent",
        "eventTime": format!("2026-03-03T{:02}:{:02}:00Z", minute / 60, minute % 60),
        "eventTimeZoneOffset": "+00:00",
        "action": action,
        "bizStep": step,
        "epcList": epcs,
        "readPoint": place(MAKER)
    })
}

pub fn commission_in(minute: u32, serials: &[&str], lot: &str, expiry: &str) -> Value {
    let epcs: Vec<String> = serials.iter().map(|serial| pack(serial)).collect();
    let mut event = event(minute, "ADD", "commissioning", &epcs);
    event["disposition"] = json!("active");
    event["ilmd"] = json!({ "cbvmda:lotNumber": lot, "cbvmda:itemExpirationDate": expiry });
    event
}

pub fn commission(minute: u32, serials: &[&str]) -> Value {
    commission_in(minute, serials, LOT, EXPIRY)
}

pub fn ship(minute: u32, epcs: &[String], from: &str, to: &str) -> Value {
    let mut event = event(minute, "OBSERVE", "shipping", epcs);
    event["disposition"] = json!("in_transit");
    event["readPoint"] = place(from);
    event["bizTransactionList"] =
        json!([{ "type": "po", "bizTransaction": "urn:epcglobal:cbv:bt:0399999999991:PO1" }]);
    event["sourceList"] = json!([{ "type": "owning_party", "source": party(from) }]);
    event["destinationList"] = json!([{ "type": "owning_party", "destination": party(to) }]);
    event["gs1ushc:dscsaTransactionStatement"] = json!({
        "gs1ushc:affirmTransactionStatement": true, "gs1ushc:legalNotice": "affirmed"
    });
    event
}

pub fn receive(minute: u32, epcs: &[String], at: &str, from: &str) -> Value {
    let mut event = event(minute, "OBSERVE", "receiving", epcs);
    event["disposition"] = json!("in_progress");
    event["readPoint"] = place(at);
    event["sourceList"] = json!([{ "type": "owning_party", "source": party(from) }]);
    event["destinationList"] = json!([{ "type": "owning_party", "destination": party(at) }]);
    event
}

pub fn dispense(minute: u32, serial: &str, at: &str) -> Value {
    let mut event = event(minute, "DELETE", "dispensing", &[pack(serial)]);
    event["disposition"] = json!("dispensed");
    event["readPoint"] = place(at);
    event
}

/// Packs made by the maker, and shipped to and received by the wholesaler.
pub async fn to_the_wholesaler(node: &super::Node, serials: &[&str]) {
    let epcs: Vec<String> = serials.iter().map(|serial| pack(serial)).collect();
    node.accept(MAKER, document(&[commission(1, serials)]))
        .await;
    node.accept(MAKER, document(&[ship(2, &epcs, MAKER, WHOLESALER)]))
        .await;
    node.accept(
        WHOLESALER,
        document(&[receive(3, &epcs, WHOLESALER, MAKER)]),
    )
    .await;
}
