//! Documents of the trade, as companies send them.

use serde_json::{Value, json};

use super::{MAKER, WHOLESALER};

/// A commissioning in EPCIS 1.2 XML.
pub(crate) const XML: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:1" xmlns:cbvmda="urn:epcglobal:cbv:mda"
    schemaVersion="1.2" creationDate="2026-03-02T00:00:00Z">
  <EPCISBody><EventList><ObjectEvent>
    <eventTime>2026-03-03T00:01:00Z</eventTime><eventTimeZoneOffset>+00:00</eventTimeZoneOffset>
    <epcList><epc>urn:epc:id:sgtin:030001.0012345.77</epc></epcList>
    <action>ADD</action><bizStep>urn:epcglobal:cbv:bizstep:commissioning</bizStep>
    <disposition>urn:epcglobal:cbv:disp:active</disposition>
    <readPoint><id>urn:epc:id:sgln:030001.111111.0</id></readPoint>
    <extension><ilmd><cbvmda:lotNumber>A123</cbvmda:lotNumber>
      <cbvmda:itemExpirationDate>2027-03-31</cbvmda:itemExpirationDate></ilmd></extension>
  </ObjectEvent></EventList></EPCISBody>
</epcis:EPCISDocument>"#;

pub(crate) const ITEM: &str = "00300010123455";
pub(crate) const LOT: &str = "A123";
pub(crate) const EXPIRY: &str = "2027-03-31";

pub(crate) fn pack(serial: &str) -> String {
    format!("https://id.gs1.org/01/{ITEM}/21/{serial}")
}

pub(crate) fn place(gln: &str) -> Value {
    json!({ "id": format!("https://id.gs1.org/414/{gln}") })
}

fn party(gln: &str) -> String {
    format!("https://id.gs1.org/417/{gln}")
}

pub(crate) fn document(events: &[Value]) -> String {
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
pub(crate) fn event(minute: u32, action: &str, step: &str, epcs: &[String]) -> Value {
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

pub(crate) fn commission_in(minute: u32, serials: &[&str], lot: &str, expiry: &str) -> Value {
    let epcs: Vec<String> = serials.iter().map(|serial| pack(serial)).collect();
    let mut event = event(minute, "ADD", "commissioning", &epcs);
    event["disposition"] = json!("active");
    event["ilmd"] = json!({ "cbvmda:lotNumber": lot, "cbvmda:itemExpirationDate": expiry });
    event
}

pub(crate) fn commission(minute: u32, serials: &[&str]) -> Value {
    commission_in(minute, serials, LOT, EXPIRY)
}

pub(crate) fn ship(minute: u32, epcs: &[String], from: &str, to: &str) -> Value {
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

pub(crate) fn receive(minute: u32, epcs: &[String], at: &str, from: &str) -> Value {
    let mut event = event(minute, "OBSERVE", "receiving", epcs);
    event["disposition"] = json!("in_progress");
    event["readPoint"] = place(at);
    event["sourceList"] = json!([{ "type": "owning_party", "source": party(from) }]);
    event["destinationList"] = json!([{ "type": "owning_party", "destination": party(at) }]);
    event
}

pub(crate) fn dispense(minute: u32, serial: &str, at: &str) -> Value {
    let mut event = event(minute, "DELETE", "dispensing", &[pack(serial)]);
    event["disposition"] = json!("dispensed");
    event["readPoint"] = place(at);
    event
}

/// Packs made by the maker, and shipped to and received by the wholesaler.
pub(crate) async fn to_the_wholesaler(node: &super::Node, serials: &[&str]) {
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
