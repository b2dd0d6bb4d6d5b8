//! Happenings as EPCIS events.

use jiff::{Timestamp, tz::Offset};
use pangolin_epcis::{
    model::{
        Aggregation, BizTransaction, Element, Event, Location, Name, ObjectWhat, Party, Term, Time,
        Uri, What, ZoneOffset,
    },
    vocab::Vocabulary,
};

use super::{
    IndustryError,
    happening::{Deed, Happening, Shipment},
    item::{Item, Notation, Scribe},
};

/// Namespace of the extensions that GS1 US defines for health care.
pub(super) const HEALTH_CARE: &str = "http://epcis.gs1us.org/hc/ns";
/// Namespace of master data attributes.
pub(super) const MASTER_DATA: &str = "urn:epcglobal:cbv:mda";

/// An extension element of GS1 US.
pub(super) fn health_care(local: &str, text: &str) -> Element {
    Element::text(Name::prefixed("gs1ushc", HEALTH_CARE, local), text)
}

/// Writes a moment: old files in UTC, others with the offset of the place.
pub(super) fn time(
    at: Timestamp,
    zone_hours: i8,
    notation: Notation,
) -> Result<Time, IndustryError> {
    let hours = if notation == Notation::Old {
        0
    } else {
        zone_hours
    };
    let local = Offset::from_hours(hours)?.to_datetime(at);
    let zone = if hours == 0 {
        "Z".to_owned()
    } else {
        offset(hours)
    };
    Ok(Time::parse(&format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}{zone}",
        local.year(),
        local.month(),
        local.day(),
        local.hour(),
        local.minute(),
        local.second(),
        local.millisecond(),
    ))?)
}

/// `+01:00`.
fn offset(hours: i8) -> String {
    let sign = if hours < 0 { '-' } else { '+' };
    format!("{sign}{:02}:00", hours.unsigned_abs())
}

/// A happening as the event that its file has.
pub(super) fn event(
    happening: &Happening,
    at: Timestamp,
    scribe: &Scribe<'_>,
) -> Result<Event, IndustryError> {
    let zone = scribe.world.companies()[happening.place].zone_hours;
    let what = match &happening.deed {
        Deed::Object {
            action,
            items,
            made,
        } => What::Object(ObjectWhat {
            action: *action,
            epcs: uris(items, scribe)?,
            quantities: Vec::new(),
            ilmd: made.as_ref().map(|(lot, expiry)| {
                let attribute = |local: &str, text: String| {
                    Element::text(Name::prefixed("cbvmda", MASTER_DATA, local), text)
                };
                vec![
                    attribute("lotNumber", lot.clone()),
                    attribute("itemExpirationDate", expiry.to_string()),
                ]
            }),
        }),
        Deed::Aggregation {
            action,
            parent,
            children,
        } => What::Aggregation(Aggregation {
            action: *action,
            parent_id: Some(scribe.item(*parent)?),
            child_epcs: uris(children, scribe)?,
            child_quantities: Vec::new(),
        }),
    };
    let disposition = |word| Term::parse(Vocabulary::Disposition, word);
    let mut event = Event {
        context: None,
        event_time: time(at, zone, scribe.notation)?,
        event_time_zone_offset: ZoneOffset::parse(&offset(zone))?,
        record_time: None,
        event_id: None,
        certification_info: Vec::new(),
        error_declaration: None,
        what,
        biz_step: Some(Term::parse(Vocabulary::BizStep, happening.step)?),
        disposition: happening.disposition.map(disposition).transpose()?,
        persistent_disposition: None,
        read_point: Some(location(scribe.site(happening.place)?)),
        biz_location: None,
        biz_transactions: Vec::new(),
        sources: Vec::new(),
        destinations: Vec::new(),
        sensor_elements: Vec::new(),
        extensions: Vec::new(),
    };
    if happening.stays {
        event.biz_location = Some(location(scribe.site(happening.place)?));
    }
    if let Some(shipment) = &happening.shipment {
        ownership(&mut event, shipment, happening.step == "shipping", scribe)?;
    }
    Ok(event)
}

/// The documents and parties of a change of ownership (DSCSA §581(26)).
fn ownership(
    event: &mut Event,
    shipment: &Shipment,
    ships: bool,
    scribe: &Scribe<'_>,
) -> Result<(), IndustryError> {
    let document = |kind: &str, company: usize, number: &str| -> Result<_, IndustryError> {
        Ok(BizTransaction {
            kind: Some(Term::parse(Vocabulary::BizTransaction, kind)?),
            id: scribe.document(company, number)?,
        })
    };
    // who buys orders; who takes back permits
    let kind = if shipment.is_return { "rma" } else { "po" };
    event.biz_transactions = vec![
        document(kind, shipment.to, &shipment.order)?,
        document("desadv", shipment.from, &shipment.advice)?,
    ];
    event.sources = parties(shipment.from, scribe)?;
    event.destinations = parties(shipment.to, scribe)?;
    if ships {
        event.extensions.push(health_care("dropShipment", "false"));
        if !shipment.is_return {
            // the manufacturer sells, or whoever bought from it
            event.extensions.push(health_care("directPurchase", "true"));
        }
    }
    Ok(())
}

fn parties(company: usize, scribe: &Scribe<'_>) -> Result<Vec<Party>, IndustryError> {
    let party = |kind: &str, id: Uri| -> Result<_, IndustryError> {
        Ok(Party {
            kind: Term::parse(Vocabulary::SourceDestination, kind)?,
            id,
        })
    };
    Ok(vec![
        party("owning_party", scribe.party(company)?)?,
        party("location", scribe.site(company)?)?,
    ])
}

fn location(id: Uri) -> Location {
    Location {
        id,
        extensions: Vec::new(),
    }
}

fn uris(items: &[Item], scribe: &Scribe<'_>) -> Result<Vec<Uri>, IndustryError> {
    items.iter().map(|item| scribe.item(*item)).collect()
}
