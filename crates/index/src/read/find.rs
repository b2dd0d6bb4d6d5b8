//! Finding what a text means: any written form of an identifier → what is known under it.

use pangolin_gs1::{
    Key,
    ai::Ai,
    element::{ElementString, Scan},
    id::{Gtin, Sscc},
};
use pangolin_ledger::id::{ClassId, EventId, GroupId, ObjectId, PartyId, TxId};
use pangolin_profiles::capture::parse_event_uri;
use rusqlite::params;

use super::{
    event,
    names::{group_id, object_row, party_id},
};
use crate::{
    error::{During as _, IndexError},
    query::{Field, QueryError, stored},
    store::{Reading, SqliteIndex},
    write::first8,
};

/// What a text can mean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What it is.
    pub what: Thing,
    /// Its identifier as a URI, in its canonical form.
    pub uri: String,
    /// Whether the index knows anything of it.
    pub known: bool,
}

/// A thing that can be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Thing {
    /// An object.
    Object(ObjectId),
    /// A group (lot).
    Group(GroupId),
    /// A class.
    Class(ClassId),
    /// A party.
    Party(PartyId),
    /// An event.
    Event(EventId),
    /// A transaction.
    Transaction(TxId),
}

/// Bytes of a text to find.
const MAX_TEXT_BYTES: usize = 2_048;

impl SqliteIndex {
    /// What a text can mean: an EPC URN, a Digital Link URI, an element string, what a scanner sends, bare digits, an event
    /// hash or a transaction. What is known comes first. A text that means nothing is an error.
    pub fn find(&self, text: &str) -> Result<Vec<Found>, IndexError> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_TEXT_BYTES {
            let message = format!("1 to {MAX_TEXT_BYTES} bytes are looked up");
            return Err(QueryError::parameter("text", message).into());
        }
        self.read(|reading| {
            let mut found = Vec::new();
            hashes(reading, text, &mut found)?;
            for key in keys(text)? {
                things(reading, &key, &mut found)?;
            }
            let mut unique: Vec<Found> = Vec::new();
            for thing in found {
                if !unique.contains(&thing) {
                    unique.push(thing);
                }
            }
            unique.sort_by_key(|thing| !thing.known);
            Ok(unique)
        })
    }
}

/// Event hashes and transactions, as URI or as 64 hexadecimal digits.
fn hashes(reading: &Reading<'_>, text: &str, found: &mut Vec<Found>) -> Result<(), IndexError> {
    let bare = hex::decode(text)
        .ok()
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
    if let Some(id) = parse_event_uri(text).or(bare.map(EventId)) {
        let known = !event::numbers(reading, &id)?.is_empty();
        if known || bare.is_none() {
            let uri = pangolin_profiles::capture::event_uri(&id);
            found.push(Found {
                what: Thing::Event(id),
                uri,
                known,
            });
        }
    }
    if let Some(id) = bare {
        let known: bool = reading
            .prepare("SELECT EXISTS (SELECT 1 FROM transactions WHERE id8 = ?1 AND id = ?2)")?
            .query_row(params![first8(&id), id], |row| row.get(0))
            .during("looking up a transaction")?;
        if known {
            found.push(Found {
                what: Thing::Transaction(TxId(id)),
                uri: text.to_ascii_lowercase(),
                known,
            });
        }
    }
    // Identifiers that events were given by whoever captured them.
    let own: Vec<(i64, i64)> = reading
        .prepare(
            "SELECT bucket, bits FROM term_events WHERE term = (SELECT id FROM terms WHERE kind = ?1 AND value = ?2)",
        )?
        .query_map(params![Field::EventId.number(), stored(text.to_owned())], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .during("looking up an event")?;
    for no in own
        .into_iter()
        .flat_map(|(bucket, bits)| crate::store::bits::numbers(bucket, bits))
    {
        let hash = reading
            .prepare("SELECT hash FROM events WHERE no = ?1")?
            .query_row([no], |row| row.get(0))
            .during("reading an event")?;
        found.push(Found {
            what: Thing::Event(EventId(hash)),
            uri: text.to_owned(),
            known: true,
        });
    }
    Ok(())
}

/// The keys that a text can name.
fn keys(text: &str) -> Result<Vec<Key>, IndexError> {
    let mut keys = Vec::new();
    let all_digits = text.bytes().all(|byte| byte.is_ascii_digit());
    if all_digits {
        // Bare digits: whatever their number and check digit allow.
        if let Ok(gtin) = Gtin::new(text) {
            keys.push(Key::Gtin {
                gtin,
                variant: None,
            });
        }
        if let Ok(sscc) = Sscc::new(text) {
            keys.push(Key::Sscc(sscc));
        }
        if let Ok(gln) = pangolin_gs1::id::Gln::new(text) {
            keys.push(Key::Pgln(gln));
        }
    }
    match (Key::parse(text), Scan::parse(text)) {
        (Ok(key), _) => {
            if let Ok(elements) = ElementString::parse_bracketed(text) {
                keys.extend(lot_of(&elements));
            }
            keys.push(key);
        }
        (_, Ok(Scan::Elements(elements))) => {
            if let Ok(key) = Key::from_elements(&elements)
                && !keys.contains(&key)
            {
                keys.push(key);
            }
            keys.extend(lot_of(&elements));
        }
        (_, Ok(Scan::DigitalLink(link))) => keys.extend(Key::from_digital_link(&link)),
        (Err(error), _) if keys.is_empty() => {
            return Err(QueryError::parameter("text", error.to_string()).into());
        }
        _ => {}
    }
    Ok(keys)
}

/// The lot that stands beside the serial number of an element string.
fn lot_of(elements: &ElementString) -> Option<Key> {
    let gtin = Gtin::new(elements.get(Ai::GTIN)?).ok()?;
    let lot = pangolin_gs1::id::Lot::new(elements.get(Ai::LOT)?).ok()?;
    Some(Key::Lgtin { gtin, lot })
}

/// What a key can stand for.
fn things(reading: &Reading<'_>, key: &Key, found: &mut Vec<Found>) -> Result<(), IndexError> {
    let lens = reading.lens();
    let mut add = |what, uri, known| found.push(Found { what, uri, known });
    let unsure = matches!(key, Key::Other(_));
    if !key.is_class()
        && !matches!(key, Key::Pgln(_) | Key::Sgln { .. })
        && let Some(object) = lens.object(key)
    {
        let known = object_row(reading, &object)?.is_some();
        if known || !unsure || lens.party(key).is_none() {
            add(
                Thing::Object(object.clone()),
                lens.object_uri(&object),
                known,
            );
        }
    }
    if !key.is_instance()
        && let Some(group) = lens.group(key)
    {
        let known = group_id(reading, &group)?.is_some();
        if known || !unsure {
            add(Thing::Group(group.clone()), lens.group_uri(&group), known);
        }
    }
    if key.is_class()
        && !matches!(
            key,
            Key::Lgtin { .. } | Key::ItipLot { .. } | Key::Pattern(_)
        )
        && let Some(class) = lens.class(key)
    {
        let uri = lens.class_uri(&class);
        let known = knows_class(reading, &uri)?;
        add(Thing::Class(class), uri, known);
    }
    if matches!(
        key,
        Key::Pgln(_) | Key::Sgln { .. } | Key::Other(_) | Key::PayTo { .. }
    ) && let Some(party) = lens.party(key)
    {
        let known = party_id(reading, &party)?.is_some();
        if known || !unsure {
            add(Thing::Party(party.clone()), lens.party_uri(&party), known);
        }
    }
    Ok(())
}

/// Whether any event names the class, or an object of it.
fn knows_class(reading: &Reading<'_>, uri: &str) -> Result<bool, IndexError> {
    for field in [
        Field::Family,
        Field::EpcClass,
        Field::InputClass,
        Field::OutputClass,
    ] {
        let known: bool = reading
            .prepare("SELECT EXISTS (SELECT 1 FROM terms WHERE kind = ?1 AND value = ?2)")?
            .query_row(params![field.number(), stored(uri.to_owned())], |row| {
                row.get(0)
            })
            .during("looking up a class")?;
        if known {
            return Ok(true);
        }
    }
    Ok(false)
}
