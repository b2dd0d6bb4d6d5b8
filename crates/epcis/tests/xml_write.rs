//! What the writer makes of an event: its exact form in 1.2 and 2.0, and the list of what it cannot say.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use pangolin_epcis::read::{self, Document, Mode};
use pangolin_epcis::xml::{Carry, LossKind, Version, XmlWriter, write_document};

/// A JSON document with these members next to its type, and one event with these members.
fn json(document: &str, event: &str) -> Document {
    let text = format!(
        "{{\"@context\":[\"https://ref.gs1.org/standards/epcis/epcis-context.jsonld\",\
         {{\"ex\":\"https://x.example/\",\"epcis\":\"https://y.example/\"}}],\
         \"type\":\"EPCISDocument\",\"schemaVersion\":\"2.0\",\"creationDate\":\"2026-01-01T00:00:00Z\",{document}\
         \"epcisBody\":{{\"eventList\":[{{\"type\":\"ObjectEvent\",\"eventTime\":\"2026-01-01T00:00:00Z\",\
         \"eventTimeZoneOffset\":\"+01:00\",\"action\":\"ADD\",\"epcList\":[\"urn:a:1\"]{event}}}]}}}}"
    );
    read::document(read::json(text.as_bytes(), Mode::Lenient))
        .unwrap_or_else(|defects| panic!("{text}\n{defects:#?}"))
}

fn write(document: &Document, version: Version, carry: Carry) -> (String, Vec<String>) {
    let (bytes, losses) =
        write_document(&document.header, &document.events, version, carry).unwrap();
    let losses = losses
        .iter()
        .map(|loss| format!("{} {}", loss.kind.code(), loss.member));
    (String::from_utf8(bytes).unwrap(), losses.collect())
}

const LATE: &str = ",\"bizStep\":\"packing\",\"certificationInfo\":\"urn:c:1\",\
    \"quantityList\":[{\"epcClass\":\"urn:a:2\",\"quantity\":1e2}],\
    \"sensorElementList\":[{\"sensorReport\":[{\"type\":\"Temperature\",\"value\":4,\"uom\":\"CEL\"}]}],\
    \"persistentDisposition\":{\"set\":[\"in_transit\"]},\"ilmd\":{\"ex:lot\":\"A<1\"},\"ex:own\":\"x\"";

#[test]
fn the_form_of_2_0() {
    let (text, losses) = write(&json("", LATE), Version::V2_0, Carry::Extensions);
    let expect = r#"<?xml version="1.0" encoding="UTF-8"?>
<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" xmlns:ex="https://x.example/" schemaVersion="2.0" creationDate="2026-01-01T00:00:00Z">
  <EPCISBody>
    <EventList>
      <ObjectEvent>
        <eventTime>2026-01-01T00:00:00Z</eventTime>
        <eventTimeZoneOffset>+01:00</eventTimeZoneOffset>
        <certificationInfo>urn:c:1</certificationInfo>
        <epcList>
          <epc>urn:a:1</epc>
        </epcList>
        <action>ADD</action>
        <bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep>
        <quantityList>
          <quantityElement>
            <epcClass>urn:a:2</epcClass>
            <quantity>100</quantity>
          </quantityElement>
        </quantityList>
        <sensorElementList>
          <sensorElement>
            <sensorReport type="gs1:Temperature" value="4" uom="CEL"/>
          </sensorElement>
        </sensorElementList>
        <persistentDisposition>
          <set>urn:epcglobal:cbv:disp:in_transit</set>
        </persistentDisposition>
        <ilmd>
          <ex:lot>A&lt;1</ex:lot>
        </ilmd>
        <ex:own>x</ex:own>
      </ObjectEvent>
    </EventList>
  </EPCISBody>
</epcis:EPCISDocument>
"#;
    assert_eq!(text, expect);
    assert_eq!(losses, [""; 0]);
}

#[test]
fn the_form_of_1_2() {
    let (text, losses) = write(&json("", LATE), Version::V1_2, Carry::Extensions);
    let expect = r#"        <baseExtension>
          <extension>
            <certificationInfo>urn:c:1</certificationInfo>
          </extension>
        </baseExtension>
        <epcList>
          <epc>urn:a:1</epc>
        </epcList>
        <action>ADD</action>
        <bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep>
        <extension>
          <quantityList>
            <quantityElement>
              <epcClass>urn:a:2</epcClass>
              <quantity>100</quantity>
            </quantityElement>
          </quantityList>
          <ilmd>
            <ex:lot>A&lt;1</ex:lot>
          </ilmd>
          <extension>
            <sensorElementList>
              <sensorElement>
                <sensorReport type="gs1:Temperature" value="4" uom="CEL"/>
              </sensorElement>
            </sensorElementList>
            <persistentDisposition>
              <set>urn:epcglobal:cbv:disp:in_transit</set>
            </persistentDisposition>
          </extension>
        </extension>
        <ex:own>x</ex:own>
      </ObjectEvent>
"#;
    assert!(text.contains(expect), "{text}");
    assert!(text.contains("schemaVersion=\"1.2\"") && text.contains("urn:epcglobal:epcis:xsd:1"));
    let carried = [
        "certificationInfo",
        "sensorElementList",
        "persistentDisposition",
    ];
    assert_eq!(
        losses,
        carried.map(|member| format!("xml-carried {member}"))
    );
}

#[test]
fn what_1_2_lacks_can_be_left_out() {
    let (text, losses) = write(&json("", LATE), Version::V1_2, Carry::Nothing);
    for gone in [
        "certificationInfo",
        "sensorElementList",
        "persistentDisposition",
    ] {
        assert!(!text.contains(gone), "{text}");
        assert!(
            losses.contains(&format!("xml-dropped {gone}")),
            "{losses:?}"
        );
    }
    assert!(text.contains("<ex:own>x</ex:own>"));
}

#[test]
fn every_loss_is_listed() {
    let cases = [
        ("\"ex:n\":5.0", "xml-untyped extension"),
        ("\"ex:b\":true", "xml-untyped extension"),
        ("\"ex:z\":null", "xml-untyped extension"),
        ("\"ex:e\":[]", "xml-dropped extension"),
        ("\"ex:l\":[[\"a\"],[\"b\"]]", "xml-untyped extension"),
        ("\"ex:a b\":\"x\"", "xml-dropped extension"),
        ("\"ex:c\":\"\\u0001\"", "xml-dropped extension"),
        ("\"own\":\"x\"", "xml-outside-schema extension"),
        (
            "\"certificationInfo\":[\"urn:a:1\",\"urn:a:2\"]",
            "xml-outside-schema certificationInfo",
        ),
        (
            "\"sensorElementList\":[{\"sensorReport\":[{\"type\":\"Temperature\",\"value\":1,\"uom\":\"CEL\",\
             \"ex:o\":{\"ex:p\":\"x\"}}]}]",
            "xml-dropped sensorReport",
        ),
    ];
    for (member, expect) in cases {
        let document = json("", &format!(",{member}"));
        let (text, losses) = write(&document, Version::V2_0, Carry::Extensions);
        assert!(
            losses.iter().any(|loss| loss == expect),
            "{member} {losses:?}"
        );
        // Whatever is lost, the rest is a document.
        read::document(read::xml(text.as_bytes(), Mode::Lenient)).unwrap();
    }
    let id = json("\"id\":\"urn:d:1\",", "");
    assert_eq!(
        write(&id, Version::V2_0, Carry::Extensions).1,
        ["xml-dropped id"]
    );
    let sender = json("\"sender\":\"urn:s:1\",", "");
    assert_eq!(
        write(&sender, Version::V2_0, Carry::Extensions).1,
        ["xml-dropped sender"]
    );
}

#[test]
fn a_business_header_is_made_of_the_members_of_json() {
    let members = "\"sender\":\"urn:s:1\",\"receiver\":\"urn:r:1\",\"instanceIdentifier\":\"7\",";
    let (text, losses) = write(&json(members, ""), Version::V1_2, Carry::Extensions);
    assert_eq!(losses, [""; 0]);
    let back = read::document(read::xml(text.as_bytes(), Mode::Strict)).unwrap();
    assert_eq!(back.header.sender.as_deref(), Some("urn:s:1"));
    assert_eq!(back.header.receiver.as_deref(), Some("urn:r:1"));
    assert_eq!(back.header.instance_identifier.as_deref(), Some("7"));
}

#[test]
fn prefixes_of_json_become_names_and_full_values() {
    // The document calls another namespace epcis, the prefix of the root.
    let event =
        ",\"epcis:field\":{\"epcis:inner\":\"ex:value\"},\"bizLocation\":{\"id\":\"ex:place\"}";
    let (text, _) = write(&json("", event), Version::V2_0, Carry::Extensions);
    assert!(
        text.contains("<epcis:field xmlns:epcis=\"https://y.example/\">"),
        "{text}"
    );
    assert!(
        text.contains("<epcis:inner>https://x.example/value</epcis:inner>"),
        "{text}"
    );
    assert!(text.contains("<id>https://x.example/place</id>"), "{text}");
    let back = read::document(read::xml(text.as_bytes(), Mode::Strict)).unwrap();
    assert_eq!(
        back.events[0].extensions[0].name.namespace,
        "https://y.example/"
    );
}

#[test]
fn events_are_written_one_by_one() {
    let document = json("", LATE);
    let mut writer = XmlWriter::new(
        Vec::new(),
        &document.header,
        Version::V2_0,
        Carry::Extensions,
    )
    .unwrap();
    for _ in 0..3 {
        writer.event(&document.events[0]).unwrap();
    }
    let (bytes, losses) = writer.finish().unwrap();
    assert!(losses.iter().all(|loss| loss.kind == LossKind::Carried));
    let back = read::document(read::xml(&bytes[..], Mode::Strict)).unwrap();
    assert_eq!(back.events.len(), 3);
    let mut header = document.header.clone();
    header.creation_date = None;
    let refused = XmlWriter::new(Vec::new(), &header, Version::V2_0, Carry::Extensions).err();
    assert_eq!(refused.unwrap().code(), "write-no-creation-date");
}
