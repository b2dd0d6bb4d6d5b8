//! The event that a reduced event shows, where the full event is not on the chain.
//!
//! It says what the rules saw and nothing else: no time zone, no extensions, and one place as the read point. Questions find
//! it like any other event.

use jiff::Timestamp;
use pangolin_epcis::{
    model::{
        Aggregation, Decimal, Event, Location, ObjectWhat, Party, QuantityElement, Term, Time,
        Transaction, Transformation, Uri, What, ZoneOffset,
    },
    vocab::Vocabulary,
};
use pangolin_ledger::{
    id::{ObjectId, PartyId, ProfileRef},
    tx::{self, Action, EventKind, Quantities, Stock},
};

use crate::lens::Lens;

/// Thousandths in a unit: the ledger's quantities.
const MILLI: u64 = 1_000;

/// What a reduced event says, as a full event. `None` if a time or identifier has no form in the standard.
pub(crate) fn as_full(lens: &dyn Lens, profile: ProfileRef, event: &tx::Event) -> Option<Event> {
    let time = Timestamp::from_millisecond(event.time.0).ok()?;
    let term = |vocabulary, word: Option<String>| {
        word.map(|word| {
            Term::parse(vocabulary, &word).unwrap_or_else(|_| Term::user(vocabulary, &word))
        })
    };
    let party = |party: &Option<PartyId>| {
        let uri = party
            .as_ref()
            .and_then(|party| Uri::parse(&lens.party_uri(party)).ok());
        let kind = Term::parse(Vocabulary::SourceDestination, "possessing_party").ok();
        uri.zip(kind)
            .map(|(id, kind)| Party { kind, id })
            .into_iter()
            .collect()
    };
    Some(Event {
        context: None,
        event_time: Time::parse(&time.to_string()).ok()?,
        event_time_zone_offset: ZoneOffset::parse("+00:00").ok()?,
        record_time: None,
        event_id: None,
        certification_info: Vec::new(),
        error_declaration: None,
        what: what(lens, event),
        biz_step: term(Vocabulary::BizStep, lens.biz_step(profile, event.step)),
        disposition: term(
            Vocabulary::Disposition,
            event
                .disposition
                .and_then(|code| lens.disposition(profile, code)),
        ),
        persistent_disposition: None,
        read_point: event
            .place
            .as_ref()
            .and_then(|place| Uri::parse(&lens.place_uri(place)).ok())
            .map(|id| Location {
                id,
                extensions: Vec::new(),
            }),
        biz_location: None,
        biz_transactions: Vec::new(),
        sources: party(&event.source),
        destinations: party(&event.destination),
        sensor_elements: Vec::new(),
        extensions: Vec::new(),
    })
}

fn what(lens: &dyn Lens, event: &tx::Event) -> What {
    let uri = |object: &ObjectId| Uri::parse(&lens.object_uri(object)).ok();
    let epcs: Vec<Uri> = event.objects.iter().filter_map(uri).collect();
    let parent_id = event.parent.as_ref().and_then(uri);
    let quantities = quantities(lens, &event.quantities);
    let action = match event.action {
        Action::Add => pangolin_epcis::model::Action::Add,
        Action::Observe => pangolin_epcis::model::Action::Observe,
        Action::Delete => pangolin_epcis::model::Action::Delete,
    };
    let aggregation = |child_epcs, child_quantities| Aggregation {
        action,
        parent_id: parent_id.clone(),
        child_epcs,
        child_quantities,
    };
    match event.kind {
        EventKind::Object => What::Object(ObjectWhat {
            action,
            epcs,
            quantities,
            ilmd: None,
        }),
        EventKind::Aggregation => What::Aggregation(aggregation(epcs, quantities)),
        EventKind::Association => What::Association(aggregation(epcs, quantities)),
        EventKind::Transaction => What::Transaction(Transaction {
            action,
            parent_id,
            epcs,
            quantities,
        }),
        EventKind::Transformation => What::Transformation(Transformation {
            input_epcs: epcs,
            input_quantities: quantities,
            output_epcs: event.outputs.objects.iter().filter_map(uri).collect(),
            output_quantities: self::quantities(lens, &event.outputs.quantities),
            transformation_id: None,
            ilmd: None,
        }),
    }
}

fn quantities(lens: &dyn Lens, lines: &Quantities) -> Vec<QuantityElement> {
    let line = |(stock, amount): (&Stock, &pangolin_ledger::id::Amount)| {
        let uri = match stock {
            Stock::Class(class) => lens.class_uri(class),
            Stock::Group(group) => lens.group_uri(group),
        };
        let text = format!("{}.{:03}", amount.0 / MILLI, amount.0 % MILLI);
        Some(QuantityElement {
            epc_class: Uri::parse(&uri).ok()?,
            quantity: Decimal::parse(&text).ok(),
            uom: None,
        })
    };
    lines.iter().filter_map(line).collect()
}
