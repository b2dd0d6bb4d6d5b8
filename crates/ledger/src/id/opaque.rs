//! Identifiers made of opaque bytes, kept inline when short: a block handles hundreds of thousands of them.

use std::{cmp::Ordering, fmt};

use super::IdError;
use crate::{
    codec::{CodecError, Reader, Wire, Writer, put_ids, take_ids},
    limits,
};

/// Bytes kept without an allocation, up to `N`: a record holds many of them, so that each kind has room for what is common.
#[derive(Clone)]
enum Small<const N: usize> {
    Inline(u8, [u8; N]),
    Heap(Box<[u8]>),
}

impl<const N: usize> Small<N> {
    fn new(bytes: &[u8]) -> Self {
        let mut buffer = [0; N];
        match (buffer.get_mut(..bytes.len()), u8::try_from(bytes.len())) {
            (Some(head), Ok(len)) => {
                head.copy_from_slice(bytes);
                Self::Inline(len, buffer)
            }
            _ => Self::Heap(bytes.into()),
        }
    }

    fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Inline(len, buffer) => buffer.get(..usize::from(*len)).unwrap_or_default(),
            Self::Heap(bytes) => bytes,
        }
    }
}

fn show(bytes: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if bytes.iter().all(|b| (0x20..0x7f).contains(b)) {
        return f.write_str(&String::from_utf8_lossy(bytes));
    }
    f.write_str("0x")?;
    bytes.iter().try_for_each(|b| write!(f, "{b:02x}"))
}

fn nonempty(bytes: &[u8], what: &'static str) -> Result<(), IdError> {
    if bytes.is_empty() {
        Err(IdError::Empty { what })
    } else {
        Ok(())
    }
}

macro_rules! opaque {
    ($(#[$doc:meta])* $name:ident, $what:literal, $inline:literal, $max:expr $(, $nonempty:ident)?) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(Small<$inline>);

        impl $name {
            /// Limit in bytes.
            pub const MAX_BYTES: usize = $max;

            /// Accepts the bytes when their number is within the limits.
            pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, IdError> {
                let bytes = bytes.as_ref();
                $( $nonempty(bytes, $what)?; )?
                if bytes.len() > $max {
                    return Err(IdError::TooLong { what: $what, len: bytes.len(), max: $max });
                }
                Ok(Self(Small::new(bytes)))
            }

            /// The bytes.
            pub fn as_bytes(&self) -> &[u8] {
                self.0.as_bytes()
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.as_bytes() == other.as_bytes()
            }
        }
        impl Eq for $name {}
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                self.as_bytes().cmp(other.as_bytes())
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                show(self.as_bytes(), f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                show(self.as_bytes(), f)
            }
        }
        impl Wire for $name {
            fn put(&self, w: &mut Writer) {
                w.bytes(self.as_bytes());
            }
            fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
                let at = r.position();
                Self::new(r.bytes($max)?).map_err(|_| CodecError::OutOfDomain { at })
            }
        }
    };
}

opaque! {
    /// A single thing with an identity of its own: a pack, a case, a pallet, a part.
    ObjectId, "object", 46, limits::MAX_OBJECT_ID_BYTES, nonempty
}
opaque! {
    /// A set of things made together: a lot, a batch, a print run.
    GroupId, "group", 38, limits::MAX_GROUP_ID_BYTES, nonempty
}
opaque! {
    /// A kind of thing: a trade item, a part number.
    ClassId, "class", 22, limits::MAX_CLASS_ID_BYTES, nonempty
}
opaque! {
    /// An organisation or authority.
    PartyId, "party", 22, limits::MAX_PARTY_ID_BYTES, nonempty
}
opaque! {
    /// A document with a controller: a title, a certificate, an invoice.
    DocumentId, "document", 38, limits::MAX_DOCUMENT_ID_BYTES, nonempty
}
opaque! {
    /// A system or chain of another kind, of which facts are recorded: a name that the governance gave it.
    SourceId, "source", 30, limits::MAX_SOURCE_ID_BYTES, nonempty
}
opaque! {
    /// What a fact of a source is about: the key under which that system keeps it.
    FactKey, "fact key", 46, limits::MAX_FACT_KEY_BYTES, nonempty
}
opaque! {
    /// What a licence or a nullifier is about; empty where it is about everything.
    Scope, "scope", 38, limits::MAX_SCOPE_BYTES
}

opaque! {
    /// A value that the ledger compares but does not interpret: an attribute, a place, a reference.
    Value, "value", 38, limits::MAX_ATTRIBUTE_BYTES
}

impl Scope {
    /// The scope that covers everything.
    pub fn all() -> Self {
        Self(Small::new(&[]))
    }
}

/// Objects of an event: strictly ascending, each once. Encoded front-coded.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ObjectSet(Vec<ObjectId>);

impl ObjectSet {
    /// The empty set.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Sorts `objects`; refuses a repetition.
    pub fn unique(mut objects: Vec<ObjectId>) -> Result<Self, IdError> {
        objects.sort_unstable();
        if let Some(pair) = objects.array_windows().find(|[a, b]| a == b) {
            return Err(IdError::Repeated {
                object: Box::new(pair[0].clone()),
            });
        }
        Ok(Self(objects))
    }

    /// Whether `object` is one of them.
    pub fn contains(&self, object: &ObjectId) -> bool {
        self.0.binary_search(object).is_ok()
    }

    /// The objects in ascending order.
    pub fn as_slice(&self) -> &[ObjectId] {
        &self.0
    }

    /// The objects in ascending order.
    pub fn iter(&self) -> std::slice::Iter<'_, ObjectId> {
        self.0.iter()
    }

    /// Number of objects.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl FromIterator<ObjectId> for ObjectSet {
    /// Sorts and drops repetitions.
    fn from_iter<I: IntoIterator<Item = ObjectId>>(objects: I) -> Self {
        let mut objects: Vec<_> = objects.into_iter().collect();
        objects.sort_unstable();
        objects.dedup();
        Self(objects)
    }
}

impl<'a> IntoIterator for &'a ObjectSet {
    type Item = &'a ObjectId;
    type IntoIter = std::slice::Iter<'a, ObjectId>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Wire for ObjectSet {
    fn put(&self, w: &mut Writer) {
        put_ids(w, self.0.iter().map(ObjectId::as_bytes));
    }
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        let make = |bytes: &[u8]| ObjectId::new(bytes).ok();
        take_ids(
            r,
            limits::MAX_REFS_PER_EVENT,
            limits::MAX_OBJECT_ID_BYTES,
            make,
        )
        .map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_bounded_and_readable() {
        assert_eq!(
            ObjectId::new("").map_err(|e| e.code()),
            Err("identifier-empty")
        );
        assert_eq!(
            ObjectId::new([0; 129]).map_err(|e| e.code()),
            Err("identifier-too-long")
        );
        for len in [1, 46, 47, 128] {
            let id = ObjectId::new(vec![b'x'; len]).unwrap();
            assert_eq!(id.as_bytes().len(), len);
            assert_eq!(ObjectId::from_bytes(&id.to_bytes()), Ok(id));
        }
        assert_eq!(
            PartyId::new("0614141000005").unwrap().to_string(),
            "0614141000005"
        );
        assert_eq!(PartyId::new([0, 255]).unwrap().to_string(), "0x00ff");
        assert!(Scope::new("").is_ok());
    }

    #[test]
    fn short_and_long_identifiers_order_alike() {
        let short = ObjectId::new(vec![b'b'; 3]).unwrap();
        let long = ObjectId::new(vec![b'a'; 60]).unwrap();
        assert!(long < short);
    }

    #[test]
    fn sets_are_sorted_and_unique() {
        let id = |s: &str| ObjectId::new(s).unwrap();
        let set = ObjectSet::unique(vec![id("c"), id("a"), id("b")]).unwrap();
        assert_eq!(set.as_slice(), [id("a"), id("b"), id("c")]);
        assert!(set.contains(&id("b")) && !set.contains(&id("d")));
        assert_eq!(
            ObjectSet::unique(vec![id("a"), id("a")]).map_err(|e| e.code()),
            Err("object-repeated")
        );
    }
}
