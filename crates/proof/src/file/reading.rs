//! Reading a file: first which kind it is, then the rest as that kind has it, in one go.
//!
//! An object whose form depends on one of its own fields is otherwise kept whole before anything of it is judged, and whatever is wrong
//! in it is then said to be at its end. Read like this, a defect keeps its line and column wherever the field stands.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, IgnoredAny, IntoDeserializer as _, MapAccess, Visitor,
    },
};

use super::{Kind, ProofFile, ProofFileError};

/// The field that says which kind it is.
const TAG: &str = "kind";

/// What is looked at first.
#[derive(Deserialize)]
struct Glance {
    proof: Option<Tagged>,
}

#[derive(Deserialize)]
struct Tagged {
    kind: Option<String>,
}

/// A file whose kind is known.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole<T: DeserializeOwned> {
    format: String,
    chain: String,
    about: String,
    #[serde(bound = "")]
    proof: Rest<T>,
}

/// A proof without the field that says its kind.
struct Rest<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Rest<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Object(PhantomData)).map(Self)
    }
}

struct Object<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a proof")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        let fields = Untagged {
            fields,
            tagged: false,
        };
        T::deserialize(serde::de::value::MapAccessDeserializer::new(fields))
    }
}

/// The fields of an object without the first that says its kind.
struct Untagged<A> {
    fields: A,
    tagged: bool,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Untagged<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        while let Some(name) = self.fields.next_key::<String>()? {
            if name != TAG || self.tagged {
                return seed.deserialize(name.into_deserializer()).map(Some);
            }
            self.tagged = true;
            self.fields.next_value::<IgnoredAny>()?;
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.fields.next_value_seed(seed)
    }
}

/// Reads a file of whatever format.
pub(super) fn read(bytes: &[u8]) -> Result<ProofFile, ProofFileError> {
    let glance: Glance = serde_json::from_slice(bytes).map_err(ProofFileError::Syntax)?;
    let kind = glance.proof.and_then(|proof| proof.kind);
    match kind.as_deref() {
        Some("receipt") => whole(bytes, Kind::Receipt),
        Some("status") => whole(bytes, Kind::Status),
        Some("custody") => whole(bytes, Kind::Custody),
        Some("provenance") => whole(bytes, Kind::Provenance),
        Some("fields") => whole(bytes, Kind::Fields),
        Some("header") => whole(bytes, Kind::Header),
        _ => {
            // another name in the file may be what is wrong
            let _known: Whole<IgnoredAny> =
                serde_json::from_slice(bytes).map_err(ProofFileError::Syntax)?;
            Err(ProofFileError::Kind(kind))
        }
    }
}

fn whole<T: DeserializeOwned>(
    bytes: &[u8],
    kind: fn(T) -> Kind,
) -> Result<ProofFile, ProofFileError> {
    let file: Whole<T> = serde_json::from_slice(bytes).map_err(ProofFileError::Syntax)?;
    Ok(ProofFile {
        format: file.format,
        chain: file.chain,
        about: file.about,
        proof: kind(file.proof.0),
    })
}
