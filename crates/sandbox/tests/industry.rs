//! The synthetic industry keeps its promises: same plan, same bytes; files that a strict reader takes; a history in which
//! everything that happens could happen, except what is labelled.

#![expect(clippy::unwrap_used, reason = "tests: a panic is the message")]

mod model;

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use model::{Model, key};
use pangolin_epcis::{
    hash::{HashContext, event_hash as hash},
    model::{Event, What},
    read::{self, Mode},
};
use pangolin_gs1::Key;
use pangolin_sandbox::industry::{
    Counts, Document, Format, Incident, Orders, Plan, SPAN_DAYS_MAX, Subject, Verdict, World,
    one_pack_events, realistic_mix, vrs_queries,
};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

fn documents(plan: &Plan) -> impl Iterator<Item = Document> {
    plan.history().unwrap().map(Result::unwrap)
}

/// SHA-256 over names and bytes of all files.
fn digest(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    for document in documents(plan) {
        hash.update(document.file_name());
        hash.update(document.bytes().unwrap());
    }
    hex::encode(hash.finalize())
}

#[test]
fn the_seed_decides_every_byte() {
    let demo = Plan::demo();
    let first = digest(&demo);
    assert_eq!(first, digest(&demo));
    assert_ne!(
        first,
        digest(&Plan {
            seed: 2,
            ..Plan::demo()
        })
    );
    assert_eq!(first, PINNED);
}

/// Changes when the generator or a writer of files changes: see what changed, then write it down here.
const PINNED: &str = "9abcd471661df79a92b05bed42ba8b09ccb941c8fb9d087db64573a5d4aee923";

/// Captures a whole history in the model and holds each file against its expectation.
fn judge(plan: &Plan) -> (Model, Counts) {
    let mut model = Model::default();
    let mut counts = Counts::default();
    let mut accepted = Counts::default();
    let mut parked: BTreeMap<u64, Document> = BTreeMap::new();
    let mut last = plan.start;
    let world = World::new(plan).unwrap();
    for company in world.companies() {
        let labels = world
            .labels(company)
            .into_iter()
            .map(str::to_owned)
            .collect();
        model.labels.insert(company.gln.as_str().to_owned(), labels);
    }
    for (document, seq) in documents(plan).zip(1..) {
        assert_eq!(document.seq, seq);
        assert!(
            document.made >= last,
            "{} is older than the file before",
            document.file_name()
        );
        last = document.made;
        times(&document, plan);
        counts.add(&document);
        assert!(!document.story.is_empty() && !document.file_name().contains(' '));
        let issuer = document.sender.gln.as_str();
        let name = document.file_name();
        let expected = document.expected;
        assert_eq!(
            expected.verdict == Verdict::Accepted,
            expected.reason.is_none(),
            "{name}"
        );
        assert_eq!(
            expected.verdict == Verdict::Malformed,
            document.defect().is_some(),
            "{name}"
        );
        match expected.verdict {
            Verdict::Malformed => assert!(document.events().is_empty()),
            Verdict::Accepted => {
                assert_eq!(model.apply(issuer, document.events()), Ok(()), "{name}");
                accepted.add(&document);
            }
            Verdict::Refused | Verdict::Parked => {
                assert!(document.incident.is_some());
                let result = model.capture(issuer, document.events());
                assert_eq!(result.err(), expected.reason, "{name}");
            }
        }
        if let Some(earlier) = expected.releases {
            let earlier = parked.remove(&earlier).unwrap();
            assert_eq!(
                model.capture(earlier.sender.gln.as_str(), earlier.events()),
                Ok(())
            );
        }
        if let Some(recall) = &document.recall {
            recalled(&model, recall);
            model.recalled.push(recall.lot.clone());
        }
        if expected.verdict == Verdict::Parked {
            parked.insert(document.seq, document);
        }
    }
    assert!(parked.is_empty());
    assert_eq!(accepted.packs, plan.history().unwrap().packs_planned());
    (model, counts)
}

/// Events in order, within the plan, before the file was made.
fn times(document: &Document, plan: &Plan) {
    let times: Vec<_> = document
        .events()
        .iter()
        .map(|event| event.event_time.instant())
        .collect();
    assert!(times.is_sorted());
    let end = plan.start.checked_add(plan.span).unwrap();
    for time in times {
        assert!(plan.start <= time && time <= document.made && document.made <= end);
    }
}

fn recalled(model: &Model, recall: &pangolin_sandbox::industry::Recall) {
    let of_lot =
        |object: &&model::Object| object.lot.as_ref().is_some_and(|lot| lot.0 == recall.lot);
    let mut held: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    let mut dispensed = 0;
    for (key, object) in model.objects.iter().filter(|(_, object)| of_lot(object)) {
        if object.ended {
            dispensed += 1;
            continue;
        }
        let (holder, in_transit) = model.holder(key);
        let held = held.entry(holder).or_default();
        held.0 += 1;
        held.1 += u32::from(in_transit);
    }
    let holdings = recall.holdings.iter();
    let expected: BTreeMap<_, _> = holdings
        .map(|holding| {
            (
                holding.company.gln.as_str().to_owned(),
                (holding.packs, holding.in_transit),
            )
        })
        .collect();
    assert_eq!(held, expected);
    assert_eq!(dispensed, recall.dispensed);
}

#[test]
fn the_demo_is_a_consistent_story() {
    let plan = Plan::demo();
    let (model, counts) = judge(&plan);
    assert_eq!(
        counts.packs,
        1_760 + 280 + 2,
        "ordinary, incidents, duplicates"
    );
    assert_eq!(
        (counts.documents, counts.events, counts.references),
        (133, 1_058, 9_995)
    );
    // every pallet and case of the ordinary trade has a number of its own
    let units = model
        .objects
        .keys()
        .filter(|key| matches!(key, Key::Sscc(_)));
    assert!(units.count() > 4 * (22 + 5));
    let kinds: BTreeSet<Incident> = documents(&plan)
        .filter_map(|document| document.incident)
        .collect();
    assert_eq!(kinds, Incident::ALL.into_iter().collect());
    let formats: BTreeSet<Format> = documents(&plan).map(|document| document.format).collect();
    assert_eq!(formats.len(), 2);
}

#[test]
fn a_strict_reader_takes_every_file_that_is_not_spoilt() {
    for document in documents(&Plan::demo()) {
        let (bytes, name) = (document.bytes().unwrap(), document.file_name());
        let result = read::document(read::any(&bytes[..], Mode::Strict));
        match document.defect() {
            None => {
                let read = result.unwrap_or_else(|defects| panic!("{name}: {defects:?}"));
                assert!(read.defects.is_empty(), "{name}: {:?}", read.defects);
                assert_eq!(read.events, document.events(), "{name}");
                let (ours, theirs) = (
                    HashContext::of(document.header()),
                    HashContext::of(&read.header),
                );
                for (written, read) in document.events().iter().zip(&read.events) {
                    assert_eq!(hash(written, &ours), hash(read, &theirs), "{name}");
                }
                if document
                    .events()
                    .iter()
                    .any(|event| step(event) == "shipping")
                {
                    assert!(has_statement(&bytes), "{name}");
                    assert!(read.header.master_data.is_some() && document.receiver.is_some());
                }
            }
            Some(defect) => {
                let defects = match &result {
                    Err(defects) => defects,
                    Ok(read) => {
                        // the standard only warns of bad Digital Links; whoever reads the key refuses it
                        let mut found = read.events.iter().flat_map(identifiers);
                        assert!(
                            found.any(|identifier| Key::parse(identifier).is_err()),
                            "{name}"
                        );
                        &read.defects
                    }
                };
                let codes: Vec<_> = defects.list().iter().map(|found| found.code).collect();
                assert!(codes.contains(&defect.code()), "{name}: {codes:?}");
                assert_eq!(document.expected.reason, Some(defect.code()));
            }
        }
    }
}

fn step(event: &Event) -> &str {
    event
        .biz_step
        .as_ref()
        .and_then(pangolin_epcis::model::Term::word)
        .unwrap()
}

fn has_statement(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    [
        "affirmTransactionStatement",
        "legalNotice",
        "guidelineVersion",
        "dropShipment",
    ]
    .iter()
    .all(|word| text.contains(word))
}

/// Identifiers of an event.
fn identifiers(event: &Event) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    match &event.what {
        What::Object(what) => found.extend(what.epcs.iter().map(AsRef::as_ref)),
        What::Aggregation(what) => {
            found.extend(
                what.child_epcs
                    .iter()
                    .chain(&what.parent_id)
                    .map(AsRef::as_ref),
            );
        }
        other => panic!("{other:?}"),
    }
    let parties = event.sources.iter().chain(&event.destinations);
    found.extend(parties.map(|party| party.id.as_ref()));
    found.extend(
        event
            .read_point
            .iter()
            .chain(&event.biz_location)
            .map(|place| place.id.as_ref()),
    );
    found
}

#[test]
fn every_identifier_is_valid_and_written_as_the_partner_writes() {
    let plan = Plan::demo();
    let prefixes = World::new(&plan).unwrap().prefixes().unwrap();
    let mut schemes = BTreeSet::new();
    for document in documents(&plan) {
        for event in document.events() {
            for identifier in identifiers(event) {
                let key = key(identifier);
                assert!(key.is_instance());
                let is_urn = identifier.starts_with("urn:epc:id:");
                if is_urn {
                    // the prefix table leads back to the same URN
                    assert_eq!(key.to_urn(&prefixes).unwrap(), identifier);
                } else {
                    assert_eq!(key.canonical(), identifier);
                }
                assert!(is_urn || document.format == Format::Json20);
                schemes.insert(
                    identifier
                        .rsplit_once(['.', '/'])
                        .unwrap()
                        .0
                        .chars()
                        .take(22)
                        .collect::<String>(),
                );
            }
        }
    }
    assert!(schemes.len() >= 8, "{schemes:?}");
}

#[test]
fn the_load_is_that_of_the_national_model() {
    let mut counts = Counts::default();
    let mut xml = 0;
    for document in realistic_mix(10_000).unwrap() {
        let document = document.unwrap();
        counts.add(&document);
        xml += u64::from(document.format == Format::Xml12);
    }
    assert_eq!(counts.packs, 10_000);
    let per_pack = |number: u64| number * 1_000 / counts.packs;
    let (events, references) = (per_pack(counts.events), per_pack(counts.references));
    assert!((1_261..=1_339).contains(&events), "{events}");
    assert!((9_000..=9_400).contains(&references), "{references}");
    assert!((86..=88).contains(&(xml * 100 / counts.documents)));
}

#[test]
fn a_large_history_is_a_stream() {
    let plan = Plan::load(10_000_000);
    let mut history = plan.history().unwrap();
    let first = history.next().unwrap().unwrap();
    assert_eq!((first.references(), first.events().len()), (40_000, 1));
    assert_eq!(history.packs_planned(), 10_000_000);
}

prop_compose! {
    fn plans()(
        seed in any::<u64>(),
        (manufacturers, wholesalers, hospitals, pharmacies) in (1_u16..4, 1_u16..4, 0_u16..3, 1_u16..4),
        (products, packs, lot_size) in (1_u16..4, 0_u64..250, 1_u32..100),
        (units_per_case, cases_per_pallet, lots_per_wave) in (1_u32..12, 1_u32..6, 1_u32..4),
        (serials_per_event, events_per_file) in (1_u32..50, 1_u32..20),
        (mixed, units) in (any::<bool>(), 1_u32..15),
        (opened_percent, dispensed_percent, rest, destroyed_percent) in (0_u8..=100, 0_u8..=100, 0_u8..=100, 0_u8..=100),
        (bulk_scans, format_by_company, xml_percent) in (any::<bool>(), any::<bool>(), 0_u8..=100),
        wave_days in 10_i64..=365,
        incidents in proptest::sample::subsequence(Incident::ALL.to_vec(), 0..=Incident::ALL.len()),
    ) -> Plan {
        let mut plan = Plan {
            seed, manufacturers, wholesalers, hospitals, pharmacies, products, packs, lot_size, units_per_case,
            cases_per_pallet, lots_per_wave, serials_per_event, events_per_file, opened_percent, dispensed_percent,
            destroyed_percent, bulk_scans, format_by_company, xml_percent,
            orders: if mixed { Orders::MixedCases { units } } else { Orders::Loose { units } },
            returned_percent: rest.min(100 - dispensed_percent),
            incidents: incidents.into_iter().collect(),
            ..Plan::demo()
        };
        let days = wave_days * i64::try_from(plan.waves()).unwrap();
        plan.span = SignedDuration::from_hours(24 * days.min(SPAN_DAYS_MAX));
        plan
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_plan_gives_a_consistent_history(plan in plans()) {
        let (_, counts) = judge(&plan);
        prop_assert!(counts.packs >= plan.packs);
        // limits hold in the ordinary trade
        for document in documents(&plan).filter(|document| document.incident.is_none()) {
            prop_assert!(document.events().len() <= usize::try_from(plan.events_per_file).unwrap());
            prop_assert!(!document.events().is_empty());
            for event in document.events() {
                if let What::Object(what) = &event.what {
                    prop_assert!(!what.epcs.is_empty());
                    let most = match plan.orders {
                        Orders::Loose { units } if step(event) == "shipping" => units.max(plan.serials_per_event),
                        _ => plan.serials_per_event,
                    };
                    prop_assert!(what.epcs.len() <= usize::try_from(most).unwrap());
                }
            }
        }
    }
}

#[test]
fn single_packs_depend_on_nothing_else() {
    let plan = Plan::load(0);
    let packs = one_pack_events(&plan, 1_000).unwrap();
    let header = HashContext::of(packs.header());
    let (mut model, mut hashes) = (Model::default(), BTreeSet::new());
    for company in packs.world().companies() {
        let labels = packs
            .world()
            .labels(company)
            .into_iter()
            .map(str::to_owned)
            .collect();
        model.labels.insert(company.gln.as_str().to_owned(), labels);
    }
    for pack in packs {
        let pack = pack.unwrap();
        // a model of its own: nothing else must have happened
        let mut model = model.clone();
        for event in [pack.commission, pack.observe, pack.dispense] {
            assert_eq!(
                model.capture(pack.company.gln.as_str(), std::slice::from_ref(&event)),
                Ok(())
            );
            assert!(hashes.insert(hash(&event, &header)));
        }
    }
    assert_eq!(hashes.len(), 3_000);
    assert_eq!(one_pack_events(&plan, 0).unwrap().count(), 0);
}

#[test]
fn queries_have_the_answers_that_the_history_gives() {
    let plan = Plan::demo();
    let (model, _) = judge(&plan);
    let world = World::new(&plan).unwrap();
    let mut seen: BTreeMap<Subject, u32> = BTreeMap::new();
    for query in vrs_queries(&plan, 3_000).unwrap() {
        *seen.entry(query.subject).or_default() += 1;
        assert_eq!(query.expected, query.subject.answer());
        let target = query.target();
        assert!(target.is_ascii() && !target.contains(' ') && target.starts_with("/verify/gtin/"));
        let asks = world
            .companies()
            .iter()
            .any(|company| company.gln.as_str() == query.requester);
        assert_eq!(asks, query.subject != Subject::UnknownRequester);
        assert_eq!(
            query.correlation.is_none(),
            query.subject == Subject::NoCorrelation
        );
        let uri = format!("https://id.gs1.org/01/{}/21/{}", query.gtin, query.serial);
        let Ok(key) = Key::parse(&uri) else {
            assert_eq!(query.subject, Subject::WrongCheckDigit);
            continue;
        };
        let object = model.objects.get(&key);
        let label = object
            .and_then(|object| object.lot.clone())
            .unwrap_or_default();
        let expiry = label.1.replace('-', "").split_off(2.min(label.1.len()));
        let (same_lot, same_expiry) = (label.0 == query.lot, expiry == query.expiry);
        let in_stock = object.is_some_and(|object| !object.ended);
        let expected = match query.subject {
            Subject::Genuine | Subject::NoCorrelation | Subject::UnknownRequester => {
                (true, true, true)
            }
            Subject::WrongLot => (true, false, true),
            Subject::WrongExpiry => (true, true, false),
            Subject::WrongLotAndExpiry => (true, false, false),
            Subject::UnknownSerial | Subject::UnknownGtin => (false, false, false),
            Subject::Dispensed => (false, true, true),
            Subject::Recalled => {
                assert!(model.recalled.contains(&query.lot));
                (true, true, true)
            }
            Subject::Expired => {
                assert!(query.expiry.as_str() < "260204");
                (true, true, true)
            }
            Subject::Stolen => {
                let container = object.unwrap().container.clone().unwrap();
                let pallet = model.objects[&container].container.clone().unwrap();
                assert!(model.objects[&pallet].ended);
                (true, true, true)
            }
            Subject::WrongCheckDigit => panic!("{uri} has a right check digit"),
        };
        assert_eq!((in_stock, same_lot, same_expiry), expected, "{query:?}");
    }
    assert_eq!(seen.keys().copied().collect::<Vec<_>>(), Subject::ALL);
    assert!(seen[&Subject::Genuine] > 2_000);
    // the same seed asks the same, and plans without packs still ask something
    let first = |plan: &Plan| vrs_queries(plan, 1).unwrap().next();
    assert_eq!(first(&plan), first(&plan));
    assert_eq!(first(&Plan::load(0)).unwrap().subject, Subject::UnknownGtin);
}
