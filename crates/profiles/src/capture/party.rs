//! Sources and destinations: who gives, who gets, where from and where to.
//!
//! A shipment can name three of each: the owner, the party that has the goods, and the place. The event's `source` and
//! `destination` are the parties between which *custody* moves: the possessing party if one is stated, else the owner, else
//! whoever the place belongs to. What is stated besides becomes an attribute.

use std::collections::BTreeMap;

use pangolin_epcis::model::Party;
use pangolin_gs1::Key;
use pangolin_ledger::id::{Code, PartyId, Value};

use super::{
    defect::{Found, Problem, quote},
    id,
    lexicon::attribute,
};

/// One end of a movement.
#[derive(Debug, Default)]
struct End {
    owner: Option<PartyId>,
    holder: Option<PartyId>,
    place: Option<(PartyId, Value)>,
}

/// The attributes of one end.
struct Codes {
    owner: Code,
    holder: Code,
    place: Code,
}

/// Reads the sources; returns the event's `source`.
pub(super) fn sources(
    list: &[Party],
    into: &mut BTreeMap<Code, Value>,
    found: &mut Found,
) -> Option<PartyId> {
    let codes = Codes {
        owner: attribute::OWNER_FROM,
        holder: attribute::HOLDER_FROM,
        place: attribute::PLACE_FROM,
    };
    end(list, "sourceList", &codes, into, found)
}

/// Reads the destinations; returns the event's `destination`.
pub(super) fn destinations(
    list: &[Party],
    into: &mut BTreeMap<Code, Value>,
    found: &mut Found,
) -> Option<PartyId> {
    let codes = Codes {
        owner: attribute::OWNER_TO,
        holder: attribute::HOLDER_TO,
        place: attribute::PLACE_TO,
    };
    end(list, "destinationList", &codes, into, found)
}

fn end(
    list: &[Party],
    member: &str,
    codes: &Codes,
    into: &mut BTreeMap<Code, Value>,
    found: &mut Found,
) -> Option<PartyId> {
    let mut end = End::default();
    for (index, entry) in list.iter().enumerate() {
        let Some(word) = entry.kind.word() else {
            continue;
        };
        let place = format!("/{member}/{index}");
        let uri = entry.id.as_str();
        let (party, site) = match read(uri) {
            Ok(read) => read,
            Err(problem) => {
                found.add(place, problem);
                continue;
            }
        };
        let (kind, repeated) = match word {
            "owning_party" => ("owning_party", set(&mut end.owner, party)),
            "possessing_party" => ("possessing_party", set(&mut end.holder, party)),
            _ => ("location", set(&mut end.place, (party, site))),
        };
        if repeated {
            found.add(place, Problem::PartyAmbiguous { kind });
        }
    }
    let mut note = |code: Code, party: &Option<PartyId>| {
        if let Some(value) = party
            .as_ref()
            .and_then(|party| Value::new(party.as_bytes()).ok())
        {
            into.insert(code, value);
        }
    };
    note(codes.owner, &end.owner);
    note(codes.holder, &end.holder);
    if let Some((_, site)) = &end.place {
        into.insert(codes.place, site.clone());
    }
    end.holder
        .or(end.owner)
        .or(end.place.map(|(party, _)| party))
}

/// Returns whether something else was there.
fn set<T: PartialEq>(slot: &mut Option<T>, value: T) -> bool {
    let repeated = slot.as_ref().is_some_and(|before| *before != value);
    *slot = Some(value);
    repeated
}

/// The party and place that an identifier names.
fn read(uri: &str) -> Result<(PartyId, Value), Problem> {
    let key = Key::parse(uri).map_err(|source| Problem::Identifier {
        uri: quote(uri),
        source,
    })?;
    let too_long = |max| {
        move |_| Problem::IdentifierTooLong {
            uri: quote(uri),
            max,
        }
    };
    let party = id::party(&key).map_err(too_long(PartyId::MAX_BYTES))?;
    Ok((party, id::place(&key).map_err(too_long(Value::MAX_BYTES))?))
}

/// A read point or business location.
pub(super) fn site(uri: &str) -> Result<Value, Problem> {
    let key = Key::parse(uri).map_err(|source| Problem::Identifier {
        uri: quote(uri),
        source,
    })?;
    id::place(&key).map_err(|_| Problem::IdentifierTooLong {
        uri: quote(uri),
        max: Value::MAX_BYTES,
    })
}
