//! What the schemas of 1.2 and 2.0 allow, and the code and place of what they do not. Own fixtures.

use pangolin_epcis::defect::{Place, Severity};
use pangolin_epcis::model::{DocumentKind, EventType, What};
use pangolin_epcis::read::{self, Document, Mode, Outcome};

const TIMES: &str =
    "<eventTime>2026-01-01T00:00:00Z</eventTime><eventTimeZoneOffset>+01:00</eventTimeZoneOffset>";
const EPCS: &str = "<epcList><epc>urn:epc:id:sgtin:9521141.012345.1</epc></epcList>";
const ADD: &str = "<action>ADD</action>";
const LOT: &str = "<quantityElement><epcClass>urn:epc:class:lgtin:9521141.012345.L1</epcClass>\
    <quantity>5</quantity><uom>KGM</uom></quantityElement>";

/// A document of version 1.2 or 2.0 with these elements in its EventList.
fn document(version: &str, events: &str) -> String {
    let family = &version[..1];
    format!(
        "<epcis:EPCISDocument xmlns:epcis=\"urn:epcglobal:epcis:xsd:{family}\" xmlns:x=\"https://x.example/\" \
         schemaVersion=\"{version}\" creationDate=\"2026-01-01T00:00:00Z\">\n<EPCISBody><EventList>\n{events}\
         </EventList></EPCISBody></epcis:EPCISDocument>"
    )
}

/// An ObjectEvent with these elements after its action.
fn object(rest: &str) -> String {
    format!("<ObjectEvent>{TIMES}{EPCS}{ADD}\n{rest}</ObjectEvent>")
}

fn strict(text: &str) -> Outcome {
    read::xml(text.as_bytes(), Mode::Strict).finish()
}

fn lenient(text: &str) -> Document {
    read::document(read::xml(text.as_bytes(), Mode::Lenient))
        .unwrap_or_else(|defects| panic!("{text}\n{defects:#?}"))
}

/// `code line` of every error.
fn errors(text: &str) -> Vec<String> {
    let outcome = strict(text);
    let errors = outcome.defects.list().iter();
    errors
        .filter(|defect| defect.severity >= Severity::Error)
        .map(|defect| match &defect.place {
            Place::Position(pos) => format!("{} {}", defect.code, pos.line),
            Place::Pointer(pointer) => format!("{} {pointer}", defect.code),
        })
        .collect()
}

#[track_caller]
fn check(text: &str, expect: &[&str]) {
    assert_eq!(errors(text), expect, "{text}");
}

#[test]
fn fields_belong_into_the_wrappers_of_their_version() {
    let lots = format!("<quantityList>{LOT}</quantityList>");
    let in_extension = format!("<extension>{lots}</extension>");
    check(&document("1.2", &object(&in_extension)), &[]);
    check(&document("2.0", &object(&lots)), &[]);
    check(
        &document("1.2", &object(&lots)),
        &["xml-misplaced-element 4"],
    );
    check(
        &document("2.0", &object(&in_extension)),
        &["xml-misplaced-element 4"],
    );
    for text in [
        document("1.2", &object(&in_extension)),
        document("2.0", &object(&lots)),
        document("1.2", &object(&lots)),
        document("2.0", &object(&in_extension)),
    ] {
        let event = lenient(&text).events.remove(0);
        let What::Object(what) = event.what else {
            panic!("{text}")
        };
        assert_eq!(what.quantities.len(), 1, "{text}");
    }
}

#[test]
fn the_innermost_extension_of_1_2_is_open() {
    let sensor = "<sensorElementList><sensorElement><sensorReport type=\"gs1:Temperature\" value=\"4\" \
        uom=\"CEL\"/></sensorElement></sensorElementList>";
    let open = format!("<extension><extension>{sensor}<own>1</own></extension></extension>");
    check(&document("1.2", &object(&open)), &[]);
    let event = lenient(&document("1.2", &object(&open))).events.remove(0);
    assert_eq!(event.sensor_elements.len(), 1);
    assert_eq!(event.extensions[0].name.local, "own");
    check(&document("2.0", &object(sensor)), &[]);
    check(
        &document("1.2", &object("<own>1</own>")),
        &["member-unknown 4"],
    );
    check(
        &document("2.0", &object("<own>1</own>")),
        &["member-unknown 4"],
    );
}

#[test]
fn base_extension_holds_identity_and_error_declaration() {
    let inner = "<eventID>urn:uuid:1</eventID><errorDeclaration><declarationTime>2026-01-02T00:00:00Z\
        </declarationTime></errorDeclaration>";
    let rest = format!("{EPCS}{ADD}");
    let in_base =
        format!("<ObjectEvent>{TIMES}\n<baseExtension>{inner}</baseExtension>{rest}</ObjectEvent>");
    let flat = format!("<ObjectEvent>{TIMES}\n{inner}{rest}</ObjectEvent>");
    check(&document("1.2", &in_base), &[]);
    check(&document("2.0", &flat), &[]);
    check(&document("1.2", &flat), &["xml-misplaced-element 4"; 2]);
    check(&document("2.0", &in_base), &["xml-misplaced-element 4"; 2]);
    for text in [document("1.2", &in_base), document("2.0", &in_base)] {
        let event = lenient(&text).events.remove(0);
        assert!(event.event_id.is_some() && event.error_declaration.is_some());
    }
}

#[test]
fn events_stand_in_the_wrappers_of_their_version() {
    let transformation = format!(
        "<TransformationEvent>{TIMES}<inputEPCList><epc>urn:a:1</epc></inputEPCList>\
         <outputEPCList><epc>urn:a:2</epc></outputEPCList></TransformationEvent>"
    );
    let association = format!(
        "<AssociationEvent>{TIMES}<parentID>urn:a:1</parentID><childEPCs><epc>urn:a:2</epc></childEPCs>{ADD}\
         </AssociationEvent>"
    );
    let wrap = |depth: usize, event: &str| {
        format!(
            "{}{event}{}",
            "<extension>".repeat(depth),
            "</extension>".repeat(depth)
        )
    };
    for (event, depth_1_2) in [(&transformation, 1), (&association, 2)] {
        for depth in 0..4 {
            let expect: &[&str] = if depth == depth_1_2 {
                &[]
            } else {
                &["xml-misplaced-element 3"]
            };
            check(&document("1.2", &wrap(depth, event)), expect);
            let expect: &[&str] = if depth == 0 {
                &[]
            } else {
                &["xml-misplaced-element 3"]
            };
            check(&document("2.0", &wrap(depth, event)), expect);
            assert_eq!(
                lenient(&document("1.2", &wrap(depth, event))).events.len(),
                1
            );
        }
    }
}

#[test]
fn order_and_number_are_those_of_the_schema() {
    let late = format!("<ObjectEvent>{TIMES}{ADD}\n{EPCS}</ObjectEvent>");
    check(&document("2.0", &late), &["xml-order 4"]);
    assert_eq!(lenient(&document("2.0", &late)).events.len(), 1);
    let steps =
        "<bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep>\n<bizStep>urn:x:other</bizStep>";
    check(
        &document("2.0", &object(steps)),
        &["xml-duplicate-element 5"],
    );
    let after_extension = "<x:own>1</x:own>\n<bizStep>urn:epcglobal:cbv:bizstep:packing</bizStep>";
    check(&document("2.0", &object(after_extension)), &["xml-order 5"]);
    let id_last = "<readPoint><x:own>1</x:own>\n<id>urn:a:1</id></readPoint>";
    check(&document("2.0", &object(id_last)), &["xml-order 5"]);
    let uom_first = LOT
        .replace("<uom>KGM</uom>", "")
        .replace("<quantity>", "<uom>KGM</uom>\n<quantity>");
    let uom_first = format!("<quantityList>{uom_first}</quantityList>");
    check(&document("2.0", &object(&uom_first)), &["xml-order 5"]);
}

#[test]
fn amounts_are_decimals_and_sensor_values_doubles() {
    let lots = |amount: &str| {
        let lot = LOT.replace(">5<", &format!(">\n{amount}<"));
        document(
            "2.0",
            &object(&format!("<quantityList>{lot}</quantityList>")),
        )
    };
    check(&lots("1000"), &[]);
    check(&lots("-0.50"), &["quantity-negative 4"]);
    check(&lots("1e3"), &["number-invalid 4"]);
    assert_eq!(lenient(&lots("1e3")).events.len(), 1);
    let sensor = "<sensorElementList><sensorElement><sensorReport type=\"gs1:Temperature\" value=\"1e3\" uom=\"CEL\"/>\
        </sensorElement></sensorElementList>";
    check(&document("2.0", &object(sensor)), &[]);
}

#[test]
fn a_body_has_one_list_of_events() {
    let twice = document("2.0", &format!("{}</EventList>\n<EventList>", object("")));
    check(&twice, &["xml-duplicate-element 5"]);
    assert_eq!(lenient(&twice).events.len(), 1);
}

#[test]
fn attributes_stand_where_the_schema_has_them() {
    let refused = [
        "<bizStep\nvalue=\"1\">urn:epcglobal:cbv:bizstep:packing</bizStep>",
        "<readPoint\nx:own=\"1\"><id>urn:a:1</id></readPoint>",
        "<readPoint><id\ntype=\"urn:b:1\">urn:a:1</id></readPoint>",
        "<bizTransactionList\ncount=\"1\"><bizTransaction>urn:a:1</bizTransaction></bizTransactionList>",
        "<bizTransactionList><bizTransaction\nkind=\"urn:b:1\">urn:a:1</bizTransaction></bizTransactionList>",
    ];
    for text in refused {
        let text = document("2.0", &object(text));
        check(&text, &["xml-attribute-unknown 5"]);
        assert_eq!(lenient(&text).events.len(), 1, "{text}");
    }
    let passed = [
        "<ilmd kind=\"1\"><x:lot>1</x:lot></ilmd>",
        "<bizStep xml:lang=\"en\">urn:epcglobal:cbv:bizstep:packing</bizStep>",
        "<sourceList><source type=\"urn:b:1\">urn:a:1</source></sourceList>",
    ];
    for text in passed {
        check(&document("2.0", &object(text)), &[]);
    }
    let declared = "<errorDeclaration kind=\"1\"><declarationTime>2026-01-02T00:00:00Z</declarationTime></errorDeclaration>";
    let event = object("").replace(TIMES, &format!("{TIMES}{declared}"));
    check(&document("2.0", &event), &[]);
}

#[test]
fn content_is_what_the_schema_has_in_a_place() {
    let cases = [
        ("text", "xml-content 3"),
        (
            "<readPoint>x\n<id>urn:a:1</id></readPoint>",
            "xml-content 4",
        ),
        ("<bizStep>urn:a:\n<b>1</b></bizStep>", "xml-content 5"),
        (
            "<bizTransactionList>\n<x:other>1</x:other><bizTransaction>urn:a:1</bizTransaction></bizTransactionList>",
            "xml-unknown-element 5",
        ),
        ("<ilmd>\n<lot>1</lot></ilmd>", "xml-extension-namespace 5"),
        ("<ilmd>\n<extension>1</extension></ilmd>", "xml-content 5"),
        (
            "<readPoint><id>urn:a:1</id>\n<extension>1</extension></readPoint>",
            "xml-content 5",
        ),
        (
            "<quantityList><quantityElement><epcClass>urn:a:1</epcClass>\n\
             <quantity xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\">7</quantity>\
             </quantityElement></quantityList>",
            "xml-content 5",
        ),
        (
            "<quantityList><quantityElement><epcClass>urn:a:1</epcClass>\n\
             <quantity xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\"><id>7</id></quantity>\
             </quantityElement></quantityList>",
            "xml-content 5",
        ),
        (
            "<sensorElementList><sensorElement>\n<sensorReport type=\"gs1:Temperature\" value=\"1\" uom=\"CEL\">x</sensorReport>\
          </sensorElement></sensorElementList>",
            "xml-content 5",
        ),
    ];
    for (rest, expect) in cases {
        check(&document("2.0", &object(rest)), &[expect]);
    }
}

#[test]
fn qualified_elements_are_a_habit_listed_once_per_event() {
    let qualified = object("")
        .replace('<', "<epcis:")
        .replace("<epcis:/", "</epcis:");
    check(&document("2.0", &qualified), &["xml-qualified-element 3"]);
    let text = document("2.0", &qualified);
    assert_eq!(
        lenient(&text).events[0].event_type(),
        Some(EventType::Object)
    );
    // A default namespace does the same to every element.
    let default = document("1.2", &object(""))
        .replace("xmlns:epcis=", "xmlns=")
        .replace("epcis:EPCISDocument", "EPCISDocument");
    assert!(
        errors(&default)
            .iter()
            .all(|error| error.starts_with("xml-qualified-element"))
    );
    assert_eq!(lenient(&default).events.len(), 1);
}

#[test]
fn foreign_content_is_kept_at_every_level() {
    let kept = "<x:a p=\"1\" x:q=\"2\">t<x:b xmlns:x=\"https://y.example/\">u</x:b></x:a>";
    let rest = format!("<readPoint><id>urn:a:1</id>{kept}</readPoint><ilmd>{kept}</ilmd>{kept}");
    let event = lenient(&document("2.0", &object(&rest))).events.remove(0);
    let place = event.read_point.as_ref().unwrap();
    assert_eq!(place.extensions, event.extensions);
    assert_eq!(event.ilmd(), Some(&event.extensions[..]));
    let own = &event.extensions[0];
    assert_eq!(
        (own.name.namespace.as_str(), own.name.local.as_str()),
        ("https://x.example/", "a")
    );
    assert_eq!(own.name.prefix(), Some("x"));
    assert_eq!(own.attributes.len(), 2);
    assert_eq!(own.attributes[0].name.namespace, "");
    assert!(format!("{:?}", own.value).contains("https://y.example/"));
}

#[test]
fn roots_and_wrappers() {
    let good = document("2.0", &object(""));
    check(&good, &[]);
    check(&good.replace("\"2.0\"", "\"1.2\""), &["xml-version 1"]);
    check(
        &good.replace("epcis:EPCISDocument", "EPCISDocument"),
        &["xml-root-namespace 1"],
    );
    check(
        &good.replace("<EventList>", "").replace("</EventList>", ""),
        &["xml-wrapper-missing 3"],
    );
    check(
        &good.replace("<EPCISBody>", "").replace("</EPCISBody>", ""),
        &["xml-wrapper-missing 2"],
    );
    check(
        &document("2.0", "").replace("<EPCISBody><EventList>\n</EventList></EPCISBody>", ""),
        &["xml-body-missing 2"],
    );
    check("<soap:Envelope xmlns:soap=\"urn:soap\"/>", &["xml-root 1"]);
    check("<EPCISDocument xmlns=\"urn:other\"/>", &["xml-root 1"]);
    check("{}", &["xml-text-outside 1"]);
    for broken in [
        good.replace("<EventList>", "").replace("</EventList>", ""),
        good.replace("<EPCISBody>", "").replace("</EPCISBody>", ""),
        good.replace("epcis:EPCISDocument", "EPCISDocument"),
    ] {
        assert_eq!(lenient(&broken).events.len(), 1, "{broken}");
    }
    let bare = object("");
    check(&bare, &[]);
    assert_eq!(lenient(&bare).header.kind, DocumentKind::Event);
}

#[test]
fn query_documents() {
    let text = format!(
        "<q:EPCISQueryDocument xmlns:q=\"urn:epcglobal:epcis-query:xsd:1\" schemaVersion=\"1.2\" \
         creationDate=\"2026-01-01T00:00:00Z\"><EPCISBody><q:QueryResults><queryName>SimpleEventQuery</queryName>\
         <subscriptionID>s 1</subscriptionID><resultsBody><EventList>{}</EventList></resultsBody></q:QueryResults>\
         </EPCISBody></q:EPCISQueryDocument>",
        object("")
    );
    check(&text, &[]);
    let document = lenient(&text);
    let query = document.header.query.unwrap();
    assert_eq!(
        (query.name.as_str(), query.subscription_id.as_deref()),
        ("SimpleEventQuery", Some("s 1"))
    );
    assert_eq!(document.events.len(), 1);
}

#[test]
fn headers_keep_business_header_master_data_and_extensions() {
    let header = "<EPCISHeader><sbdh:StandardBusinessDocumentHeader \
        xmlns:sbdh=\"http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader\">\
        <sbdh:Sender><sbdh:Identifier>urn:epc:id:sgln:9521141.00001.0</sbdh:Identifier></sbdh:Sender>\
        </sbdh:StandardBusinessDocumentHeader><extension><EPCISMasterData><VocabularyList>\
        <Vocabulary type=\"urn:epcglobal:epcis:vtype:Location\"><VocabularyElementList>\
        <VocabularyElement id=\"urn:epc:id:sgln:9521141.00001.0\"><attribute id=\"urn:epcglobal:cbv:mda#name\">A</attribute>\
        <children><id>urn:a:1</id></children></VocabularyElement></VocabularyElementList></Vocabulary>\
        </VocabularyList></EPCISMasterData></extension>\n<gs1ushc:dscsaTransactionStatement \
        xmlns:gs1ushc=\"http://epcis.gs1us.org/hc/ns\"><gs1ushc:affirmTransactionStatement>true\
        </gs1ushc:affirmTransactionStatement></gs1ushc:dscsaTransactionStatement></EPCISHeader>";
    let text = document("1.2", &object("")).replace("<EPCISBody>", &format!("{header}<EPCISBody>"));
    check(&text, &[]);
    let found = lenient(&text).header;
    assert_eq!(
        found.sender.as_deref(),
        Some("urn:epc:id:sgln:9521141.00001.0")
    );
    let entry = &found.master_data.unwrap()[0].entries[0];
    assert_eq!((entry.attributes.len(), entry.children.len()), (1, 1));
    assert_eq!(
        found.header_extensions[0].name.local,
        "dscsaTransactionStatement"
    );
    let swapped = text.replace("<EPCISHeader>", "<EPCISHeader><x:first/>");
    check(&swapped, &["xml-order 2", "xml-order 2"]);
    let late =
        document("1.2", &object("")).replace("</EPCISBody>", &format!("</EPCISBody>\n{header}"));
    check(&late, &["xml-order 5"]);
}

#[test]
fn quantity_events_of_1_0_and_types_of_others_are_kept() {
    let quantity = format!(
        "<QuantityEvent>{TIMES}<epcClass>urn:a:1</epcClass><quantity>5</quantity></QuantityEvent>"
    );
    let event = lenient(&document("1.2", &quantity)).events.remove(0);
    let What::Extended(extended) = &event.what else {
        panic!("{event:?}")
    };
    assert_eq!(extended.name.local, "QuantityEvent");
    assert_eq!(event.extensions.len(), 2);
    let own = format!("<extension><x:OwnEvent>{TIMES}<x:own>1</x:own></x:OwnEvent></extension>");
    check(&document("2.0", &own), &[]);
}

#[test]
fn places_are_right_in_every_encoding() {
    let text = document("2.0", &object("<ü>1</ü>"));
    let utf16: Vec<u8> = format!("\u{FEFF}{text}")
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [text.as_bytes(), &utf16] {
        let outcome = read::xml(bytes, Mode::Strict).finish();
        assert_eq!(outcome.defects.list()[0].place.to_string(), "4:1");
        assert_eq!(outcome.defects.errors(), 1);
    }
}

#[test]
fn nil_and_empty_elements() {
    let nil = LOT.replace(
        "<quantity>5</quantity>",
        "<quantity xmlns:i=\"http://www.w3.org/2001/XMLSchema-instance\" i:nil=\"true\"/>",
    );
    let event = lenient(&document(
        "2.0",
        &object(&format!("<quantityList>{nil}</quantityList>")),
    ))
    .events
    .remove(0);
    let What::Object(what) = event.what else {
        panic!()
    };
    assert_eq!(what.quantities[0].quantity, None);
    check(&document("2.0", &object("<quantityList/>")), &[]);
}
