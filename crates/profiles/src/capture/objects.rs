//! Lists of objects.

use pangolin_epcis::model::Uri;
use pangolin_gs1::{Key, Level};
use pangolin_ledger::{
    id::{IdError, ObjectId, ObjectSet},
    limits::MAX_REFS_PER_EVENT,
};

use super::{
    defect::{Found, Problem, quote},
    fast, id,
};

/// Reads a list of objects. The order of the list is not kept: the ledger's sets are sorted.
pub(super) fn read(list: &[Uri], member: &str, found: &mut Found) -> ObjectSet {
    if list.len() > MAX_REFS_PER_EVENT {
        found.add(
            format!("/{member}"),
            Problem::TooMany {
                found: list.len(),
                max: MAX_REFS_PER_EVENT,
            },
        );
        return ObjectSet::new();
    }
    let mut objects = Vec::with_capacity(list.len());
    for (index, uri) in list.iter().enumerate() {
        match one(uri.as_str()) {
            Ok(object) => objects.push(object),
            Err(problem) => {
                found.add(format!("/{member}/{index}"), problem);
                if found.is_full() {
                    break;
                }
            }
        }
    }
    match ObjectSet::unique(objects) {
        Ok(set) => set,
        Err(IdError::Repeated { object }) => {
            found.add(
                repetition(list, member, &object),
                Problem::Repeated {
                    uri: id::object_uri(&object),
                },
            );
            ObjectSet::new()
        }
        Err(_) => ObjectSet::new(),
    }
}

/// Path of the second mention of `object`.
fn repetition(list: &[Uri], member: &str, object: &ObjectId) -> String {
    let mut mentions = list
        .iter()
        .enumerate()
        .filter(|(_, uri)| one(uri.as_str()).as_ref() == Ok(object))
        .map(|(index, _)| index);
    let second = mentions.nth(1).unwrap_or_default();
    format!("/{member}/{second}")
}

/// Reads one object: an instance, or a URI of whose level nothing is known.
pub(super) fn one(uri: &str) -> Result<ObjectId, Problem> {
    if let Some(object) = fast::object(uri) {
        return Ok(object);
    }
    let key = Key::parse(uri).map_err(|source| Problem::Identifier {
        uri: quote(uri),
        source,
    })?;
    if key.level() == Level::Class {
        return Err(Problem::NotAnInstance { uri: quote(uri) });
    }
    id::object(&key).map_err(|_| Problem::IdentifierTooLong {
        uri: quote(uri),
        max: ObjectId::MAX_BYTES,
    })
}
