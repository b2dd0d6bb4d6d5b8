//! What holds for every event and every input: written events read back the same, and no bytes make the reader
//! panic or lose its place.
#![expect(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use pangolin_epcis::defect::{Place, Severity};
use pangolin_epcis::model::{
    Action, Aggregation, Attribute, BizTransaction, Decimal, Element, ErrorDeclaration, Event,
    Header, Location, Mixed, Name, ObjectWhat, Party, PersistentDisposition, QuantityElement,
    SensorElement, SensorMetadata, SensorReport, Term, Time, Transaction, Transformation, Uri,
    Value, What, ZoneOffset,
};
use pangolin_epcis::read::{self, Mode};
use pangolin_epcis::vocab::Vocabulary;
use pangolin_epcis::xml::{Carry, LossKind, Version, write_document};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

fn uri() -> impl Strategy<Value = Uri> {
    prop_oneof![
        "urn:epc:id:sgtin:9521141\\.[0-9]{6}\\.[A-Za-z0-9!&<>]{1,8}"
            .prop_map(|text| text.replace(['<', '>'], "-")),
        "https://id\\.example/01/[0-9]{14}\\?a=[a-z]{1,3}&b='c'",
    ]
    .prop_map(|text| Uri::parse(&text).unwrap())
}

fn time() -> impl Strategy<Value = Time> {
    (
        1970..2100,
        1..=12,
        1..=28,
        0..24,
        "(\\.[0-9]{1,9})?",
        "(Z|[+-]0[0-9]:30)",
    )
        .prop_map(|(year, month, day, hour, fraction, zone)| {
            Time::parse(&format!(
                "{year}-{month:02}-{day:02}T{hour:02}:59:58{fraction}{zone}"
            ))
            .unwrap()
        })
}

fn term(vocabulary: Vocabulary) -> impl Strategy<Value = Term> {
    let words = vocabulary.words();
    let word = (0..words.len()).prop_map(move |at| words[at].to_owned());
    (word, 0..3, uri()).prop_map(move |(word, form, own)| {
        let text = match form {
            0 => vocabulary.urn(&word),
            1 => vocabulary.web_uri(&word),
            _ => own.to_string(),
        };
        Term::parse(vocabulary, &text).unwrap()
    })
}

fn decimal() -> impl Strategy<Value = Decimal> {
    "-?[0-9]{1,9}(\\.[0-9]{1,9})?".prop_map(|text| Decimal::parse(&text).unwrap())
}

/// Any text that XML can hold, with what needs care often in it.
fn text() -> impl Strategy<Value = String> {
    let sign = prop_oneof![
        8 => any::<char>().prop_filter("XML", |c| {
            matches!(*c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
        }),
        1 => Just('<'), 1 => Just('&'), 1 => Just('>'), 1 => Just(']'), 1 => Just('"'), 1 => Just('\''),
        1 => Just('\r'), 1 => Just('\n'), 1 => Just('\t'), 1 => Just(' '),
    ];
    vec(sign, 0..12).prop_map(|signs| signs.into_iter().collect())
}

fn name() -> impl Strategy<Value = Name> {
    // Locals of extensions without a namespace must not be those of EPCIS.
    let local = "[a-zü_][a-zA-Z0-9._-]{0,6}x";
    (local, 0..4_usize, 0..3).prop_map(|(local, namespace, prefix)| {
        let namespace = [
            "",
            "https://a.example/",
            "urn:b:&\"<>",
            "http://www.w3.org/2001/XMLSchema-instance",
        ][namespace];
        match (namespace, prefix) {
            ("", _) | (_, 0) => Name::bare(namespace, local),
            (_, 1) => Name::prefixed("p", namespace, local),
            _ => Name::prefixed("epcis", namespace, local),
        }
    })
}

fn foreign_name() -> impl Strategy<Value = Name> {
    name().prop_filter("namespace", |name| {
        !name.namespace.is_empty() && !name.namespace.contains("w3.org")
    })
}

fn element(names: BoxedStrategy<Name>) -> impl Strategy<Value = Element> {
    let leaf = (names.clone(), attributes(), text().prop_map(Value::Text));
    let leaf = leaf.prop_map(|(name, attributes, value)| Element {
        name,
        attributes,
        value,
    });
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let child = (inner, name()).prop_map(|(mut element, name)| {
            element.name = name;
            element
        });
        let child = child.boxed();
        let object = vec(child.clone(), 1..3).prop_map(Value::Object);
        let mixed = (text(), child, text()).prop_map(|(before, element, after)| {
            let mut pieces = vec![Mixed::Text(format!("t{before}")), Mixed::Element(element)];
            if !after.is_empty() {
                pieces.push(Mixed::Text(after));
            }
            Value::Mixed(pieces)
        });
        (names.clone(), attributes(), prop_oneof![object, mixed]).prop_map(
            |(name, attributes, value)| Element {
                name,
                attributes,
                value,
            },
        )
    })
}

fn attributes() -> impl Strategy<Value = Vec<Attribute>> {
    vec((name(), text()), 0..3).prop_map(|list| {
        let mut attributes: Vec<Attribute> = Vec::new();
        for (name, value) in list {
            if attributes.iter().all(|known| known.name != name) {
                attributes.push(Attribute { name, value });
            }
        }
        attributes
    })
}

fn extensions() -> impl Strategy<Value = Vec<Element>> {
    vec(element(foreign_name().boxed()), 0..2)
}

fn quantities() -> impl Strategy<Value = Vec<QuantityElement>> {
    let element = (uri(), option::of(decimal()), option::of("[A-Z]{3}"));
    let element = element.prop_map(|(epc_class, quantity, uom)| QuantityElement {
        epc_class,
        quantity,
        uom,
    });
    vec(element, 0..3)
}

fn location() -> impl Strategy<Value = Location> {
    (uri(), extensions()).prop_map(|(id, extensions)| Location { id, extensions })
}

fn parties() -> impl Strategy<Value = Vec<Party>> {
    vec(
        (term(Vocabulary::SourceDestination), uri()).prop_map(|(kind, id)| Party { kind, id }),
        0..2,
    )
}

fn error_declaration() -> impl Strategy<Value = ErrorDeclaration> {
    let ids = option::of(vec(uri(), 0..2));
    (
        time(),
        option::of(term(Vocabulary::ErrorReason)),
        ids,
        extensions(),
    )
        .prop_map(
            |(declaration_time, reason, corrective_event_ids, extensions)| ErrorDeclaration {
                declaration_time,
                reason,
                corrective_event_ids,
                extensions,
            },
        )
}

fn sensor() -> impl Strategy<Value = SensorElement> {
    let kept = || {
        vec(
            (foreign_name(), text()).prop_map(|(name, text)| Element::text(name, text)),
            0..2,
        )
        .prop_map(|list: Vec<Element>| {
            let mut kept: Vec<Element> = Vec::new();
            for element in list {
                if kept.iter().all(|known| known.name != element.name) {
                    kept.push(element);
                }
            }
            kept
        })
    };
    let metadata = (option::of(time()), option::of(uri()), kept()).prop_map(
        |(time, device_id, extensions)| SensorMetadata {
            time,
            device_id,
            extensions,
            ..SensorMetadata::default()
        },
    );
    let report = (
        term(Vocabulary::Measurement),
        option::of(decimal()),
        option::of(text()),
        any::<Option<bool>>(),
        kept(),
    )
        .prop_map(
            |(kind, value, string_value, boolean_value, extensions)| SensorReport {
                kind: Some(kind),
                value,
                string_value,
                boolean_value,
                extensions,
                ..SensorReport::default()
            },
        );
    (option::of(metadata), vec(report, 1..3), extensions()).prop_map(
        |(metadata, reports, extensions)| SensorElement {
            metadata,
            reports,
            extensions,
        },
    )
}

fn what() -> impl Strategy<Value = What> {
    let action = prop_oneof![
        Just(Action::Add),
        Just(Action::Observe),
        Just(Action::Delete)
    ];
    let ilmd = option::of(extensions()).boxed();
    let object = (action.clone(), vec(uri(), 0..3), quantities(), ilmd.clone()).prop_map(
        |(action, epcs, quantities, ilmd)| {
            What::Object(ObjectWhat {
                action,
                epcs,
                quantities,
                ilmd,
            })
        },
    );
    let aggregation = (
        action.clone(),
        uri(),
        vec(uri(), 0..3),
        quantities(),
        any::<bool>(),
    )
        .prop_map(
            |(action, parent, child_epcs, child_quantities, is_association)| {
                let what = Aggregation {
                    action,
                    parent_id: Some(parent),
                    child_epcs,
                    child_quantities,
                };
                if is_association {
                    What::Association(what)
                } else {
                    What::Aggregation(what)
                }
            },
        );
    let transaction = (action, option::of(uri()), vec(uri(), 0..3), quantities()).prop_map(
        |(action, parent_id, epcs, quantities)| {
            What::Transaction(Transaction {
                action,
                parent_id,
                epcs,
                quantities,
            })
        },
    );
    let transformation = (
        vec(uri(), 0..2),
        quantities(),
        vec(uri(), 0..2),
        quantities(),
        option::of(uri()),
        ilmd,
    )
        .prop_map(
            |(
                input_epcs,
                input_quantities,
                output_epcs,
                output_quantities,
                transformation_id,
                ilmd,
            )| {
                What::Transformation(Transformation {
                    input_epcs,
                    input_quantities,
                    output_epcs,
                    output_quantities,
                    transformation_id,
                    ilmd,
                })
            },
        );
    prop_oneof![object, aggregation, transaction, transformation]
}

fn event() -> impl Strategy<Value = Event> {
    let identity = (
        time(),
        "[+-]0[0-9]:[0-5][0-9]",
        option::of(time()),
        option::of(uri()),
        vec(uri(), 0..2),
    );
    let place = (
        option::of(location()),
        option::of(location()),
        parties(),
        parties(),
    );
    let business = (
        option::of(term(Vocabulary::BizStep)),
        option::of(term(Vocabulary::Disposition)),
        vec(
            (option::of(term(Vocabulary::BizTransaction)), uri())
                .prop_map(|(kind, id)| BizTransaction { kind, id }),
            1..3,
        ),
        option::of((
            vec(term(Vocabulary::Disposition), 1..2),
            vec(term(Vocabulary::Disposition), 0..2),
        )),
    );
    (
        identity,
        what(),
        place,
        business,
        option::of(error_declaration()),
        vec(sensor(), 0..2),
        extensions(),
    )
        .prop_map(
            |(identity, what, place, business, error_declaration, sensor_elements, extensions)| {
                Event {
                    context: None,
                    event_time: identity.0,
                    event_time_zone_offset: ZoneOffset::parse(&identity.1).unwrap(),
                    record_time: identity.2,
                    event_id: identity.3,
                    certification_info: identity.4,
                    error_declaration,
                    what,
                    biz_step: business.0,
                    disposition: business.1,
                    persistent_disposition: business
                        .3
                        .map(|(set, unset)| PersistentDisposition { set, unset }),
                    read_point: place.0,
                    biz_location: place.1,
                    biz_transactions: business.2,
                    sources: place.2,
                    destinations: place.3,
                    sensor_elements,
                    extensions,
                }
            },
        )
}

fn header() -> Header {
    Header {
        creation_date: Some(Time::parse("2026-01-01T00:00:00Z").unwrap()),
        ..Header::default()
    }
}

fn written(events: &[Event], version: Version) -> Vec<u8> {
    let (bytes, losses) = write_document(&header(), events, version, Carry::Extensions).unwrap();
    assert!(
        losses.iter().all(|loss| loss.kind == LossKind::Carried),
        "{losses:?}"
    );
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn written_events_read_back_the_same(events in vec(event(), 1..3), is_old in any::<bool>()) {
        let version = if is_old { Version::V1_2 } else { Version::V2_0 };
        let bytes = written(&events, version);
        let outcome = read::document(read::xml(&bytes[..], Mode::Lenient));
        let text = String::from_utf8(bytes).unwrap();
        let document = outcome.map_err(|defects| TestCaseError::fail(format!("{defects:#?}\n{text}")))?;
        prop_assert_eq!(document.events, events, "{}", text);
        // What the schema has, the writer writes in its place: no defect of the XML bindings.
        let xml: Vec<_> = document.defects.list().iter().filter(|d| d.code.starts_with("xml-")).collect();
        prop_assert!(xml.is_empty(), "{:?}\n{}", xml, text);
    }

    #[test]
    fn dropping_what_1_2_lacks_is_listed(event in event()) {
        let (bytes, losses) = write_document(&header(), [&event], Version::V1_2, Carry::Nothing).unwrap();
        let back = read::document(read::xml(&bytes[..], Mode::Lenient)).unwrap();
        let is_same = back.events.first() == Some(&event);
        prop_assert_eq!(is_same, losses.iter().all(|loss| loss.kind != LossKind::Dropped));
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in vec(any::<u8>(), 0..200)) {
        read_both(&bytes)?;
    }

    #[test]
    fn no_mutation_makes_the_reader_panic(
        events in vec(event(), 1..2),
        edits in vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..5_u8, any::<u8>()), 1..6),
        is_old in any::<bool>(),
    ) {
        let version = if is_old { Version::V1_2 } else { Version::V2_0 };
        let mut bytes = written(&events, version);
        for (from, to, kind, byte) in edits {
            mutate(&mut bytes, from, to, kind, byte);
        }
        read_both(&bytes)?;
    }
}

fn mutate(
    bytes: &mut Vec<u8>,
    from: prop::sample::Index,
    to: prop::sample::Index,
    kind: u8,
    byte: u8,
) {
    const MARKUP: [&[u8]; 6] = [b"<", b">", b"</extension>", b"<extension>", b"&", b"\""];
    if bytes.is_empty() {
        return;
    }
    let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
    let (low, high) = (from.min(to), from.max(to));
    match kind {
        0 => bytes[from] = byte,
        1 => bytes.insert(from, byte),
        2 => drop(bytes.drain(low..high.min(low + 40))),
        3 => {
            let piece = bytes[low..high.min(low + 200)].to_vec();
            bytes.splice(to..to, piece);
        }
        _ => drop(bytes.splice(from..from, MARKUP[usize::from(byte) % 6].iter().copied())),
    }
}

/// Reads in both modes; every defect has a place, and a fatal one is the last.
fn read_both(bytes: &[u8]) -> Result<(), TestCaseError> {
    for mode in [Mode::Strict, Mode::Lenient] {
        let outcome = read::xml(bytes, mode).finish();
        let list = outcome.defects.list();
        for (at, defect) in list.iter().enumerate() {
            let Place::Position(pos) = &defect.place else {
                return Err(TestCaseError::fail(format!("{defect}")));
            };
            prop_assert!(pos.line >= 1 && pos.column >= 1, "{}", defect);
            prop_assert!(
                defect.severity != Severity::Fatal || at + 1 == list.len(),
                "{:?}",
                list
            );
        }
        if mode == Mode::Strict && outcome.defects.errors() == 0 {
            prop_assert!(outcome.is_accepted());
        }
    }
    Ok(())
}
