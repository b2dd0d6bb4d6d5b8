//! What is written about an event so that it can be found: its time and the values of its fields.

use std::collections::BTreeSet;

use jiff::Timestamp;
use pangolin_epcis::{Event, model::Uri};
use pangolin_gs1::Key;
use pangolin_ledger::{id::ObjectId, tx};

use crate::{
    lens::Lens,
    limits::MAX_TERMS_PER_EVENT,
    query::{
        ClassPlace, EpcPlace, Field, Has, Subject, any_value, epcs, family, prefix, quantities,
        stored,
    },
};

/// What is written about an event.
#[derive(Debug, Default)]
pub(super) struct Facts {
    /// When it happened, in nanoseconds since 1970.
    pub(super) time: i64,
    /// Values by field, each once.
    pub(super) terms: BTreeSet<(Field, String)>,
    /// Whether it has an identifier of its own that is not the event hash.
    pub(super) own_id: bool,
    /// Company prefixes that it shows.
    pub(super) prefixes: BTreeSet<String>,
}

/// Fields whose values come from elsewhere than the full event.
const NOT_READ: [Field; 2] = [Field::EventId, Field::Family];

/// Reads the facts of an event. `full` is the full event, or what the reduced event shows.
pub(super) fn of(
    lens: &dyn Lens,
    reduced: &tx::Event,
    full: &Event,
    hash_uri: &str,
    issuer: &str,
) -> Facts {
    let subject = Subject {
        event: full,
        id: hash_uri,
        record_time: Timestamp::UNIX_EPOCH,
        issuer,
    };
    let mut terms = BTreeSet::new();
    let mut more = false;
    let mut add = |field, value: &str| {
        more |= terms.len() >= MAX_TERMS_PER_EVENT;
        if !more {
            terms.insert((field, stored(value.to_owned())));
        }
    };
    for field in Field::ALL
        .iter()
        .copied()
        .filter(|field| !NOT_READ.contains(field))
    {
        any_value(field, &subject, &mut |value| {
            add(field, value);
            false
        });
    }
    let own = full
        .event_id
        .as_ref()
        .map(Uri::as_str)
        .filter(|id| *id != hash_uri);
    if let Some(own) = own {
        add(Field::EventId, own);
    }
    let mut families = BTreeSet::new();
    for objects in [
        reduced.objects.as_slice(),
        reduced.outputs.objects.as_slice(),
    ] {
        collect_families(lens, objects, &mut families);
    }
    families.extend(
        reduced
            .parent
            .as_ref()
            .map(|parent| family_of(lens, parent)),
    );
    for family in &families {
        add(Field::Family, family);
    }
    if more {
        // The last one makes room: the event is a candidate for every question from here on.
        terms.pop_last();
        terms.insert((Field::Has, Has::More.value().to_owned()));
    }
    Facts {
        time: nanoseconds(full.event_time.instant()),
        terms,
        own_id: own.is_some(),
        prefixes: prefixes(full),
    }
}

/// The company prefixes that the URNs of objects, classes, places and parties show.
fn prefixes(full: &Event) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let objects = epcs(full, EpcPlace::Any);
    let classes = quantities(full, ClassPlace::Any).into_iter();
    let places = full.read_point.iter().chain(&full.biz_location);
    let parties = full.sources.iter().chain(&full.destinations);
    prefix::collect(
        objects
            .into_iter()
            .chain(classes.map(|line| &line.epc_class))
            .chain(places.map(|place| &place.id))
            .chain(parties.map(|party| &party.id))
            .map(Uri::as_str),
        &mut found,
    );
    found
}

/// Nanoseconds since 1970, within the range of the file (years 1677 to 2262).
pub(crate) fn nanoseconds(time: Timestamp) -> i64 {
    let exact = time.as_nanosecond();
    i64::try_from(exact).unwrap_or(if exact < 0 { i64::MIN } else { i64::MAX })
}

fn family_of(lens: &dyn Lens, object: &ObjectId) -> String {
    Key::parse(&lens.object_uri(object))
        .map(|key| family(&key))
        .unwrap_or_default()
}

/// The families of ascending objects. Identifiers of one family lie together in that order (see [`Lens::object`]), so
/// that only the borders between families are looked at.
fn collect_families(lens: &dyn Lens, objects: &[ObjectId], into: &mut BTreeSet<String>) {
    let mut open = vec![objects];
    while let Some(part) = open.pop() {
        let (Some(first), Some(last)) = (part.first(), part.last()) else {
            continue;
        };
        let (low, high) = (family_of(lens, first), family_of(lens, last));
        if low != high && part.len() > 2 {
            let (left, right) = part.split_at(part.len() / 2);
            open.extend([left, right]);
        } else {
            into.extend([low, high]);
        }
    }
}
