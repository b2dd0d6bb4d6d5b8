//! What an overlay knows of one key: what was supplied, what was written, and what either of them means.
//!
//! **Invariant**: `seen` is empty or the decoded form of the record as the block sees it. Whatever changes the record empties
//! it; what is decoded is thereby never older than what is encoded.

use std::{
    any::Any,
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use super::Shared;
use crate::codec::{CodecError, Wire, Writer};

/// What was supplied for a key.
#[derive(Debug, Clone, Default)]
enum Base {
    /// Nothing yet.
    #[default]
    Unknown,
    /// That there is no record.
    Absent,
    /// The record.
    Record(Arc<[u8]>),
}

/// What was written under a key.
#[derive(Debug, Clone, Default)]
pub(super) enum Write {
    /// Nothing.
    #[default]
    Nothing,
    /// The record was removed.
    Removed,
    /// A record.
    Record(Box<[u8]>),
    /// The record of an object; encoded when the block's changes are asked for.
    Object(Shared),
}

/// What is known of a key.
#[derive(Debug, Clone, Default)]
pub(super) struct Slot {
    base: Base,
    write: Write,
    seen: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl Slot {
    /// What the committed state holds.
    pub(super) fn supply(&mut self, record: Option<Arc<[u8]>>) {
        self.base = record.map_or(Base::Absent, Base::Record);
        self.seen.take();
    }

    /// Writes; returns what was written before.
    pub(super) fn write(&mut self, write: Write) -> Write {
        self.seen.take();
        std::mem::replace(&mut self.write, write)
    }

    /// Whether the key can be read.
    pub(super) const fn is_known(&self) -> bool {
        !matches!((&self.base, &self.write), (Base::Unknown, Write::Nothing))
    }

    /// Whether there is a record as the block sees it.
    pub(super) const fn has_record(&self) -> bool {
        matches!(
            (&self.write, &self.base),
            (Write::Record(_) | Write::Object(_), _) | (Write::Nothing, Base::Record(_))
        )
    }

    /// The record as the block sees it.
    pub(super) fn record(&self) -> Option<Cow<'_, [u8]>> {
        match &self.write {
            Write::Object(object) => Some(Cow::Owned(object.to_bytes())),
            _ => self.bytes().map(Cow::Borrowed),
        }
    }

    /// The record as the block sees it, if it is kept encoded.
    fn bytes(&self) -> Option<&[u8]> {
        match (&self.write, &self.base) {
            (Write::Record(bytes), _) => Some(bytes),
            (Write::Nothing, Base::Record(bytes)) => Some(bytes),
            _ => None,
        }
    }

    /// The record as the block sees it, decoded.
    pub(super) fn decode<T: Wire>(&self) -> Result<Option<T>, CodecError> {
        self.record().map(|bytes| T::from_bytes(&bytes)).transpose()
    }

    /// The record as the block sees it, decoded once.
    pub(super) fn look<T: Wire + Send + Sync + 'static>(
        &self,
    ) -> Result<Option<Arc<T>>, CodecError> {
        if let Some(seen) = self.seen.get()
            && let Ok(known) = Arc::clone(seen).downcast::<T>()
        {
            return Ok(Some(known));
        }
        let Some(record) = self.decode::<T>()? else {
            return Ok(None);
        };
        let record = Arc::new(record);
        // A record is of one kind; were it looked at as another, the first would stay.
        self.seen.get_or_init(|| Arc::<T>::clone(&record));
        Ok(Some(record))
    }

    /// The record of an object as the block sees it, decoded once.
    pub(super) fn object(&self) -> Result<Option<Shared>, CodecError> {
        match &self.write {
            Write::Object(object) => Ok(Some(object.clone())),
            _ => Ok(self.look()?.map(Shared::from)),
        }
    }

    /// Whether committing the write changes anything.
    pub(super) const fn is_change(&self) -> bool {
        match self.write {
            Write::Nothing => false,
            Write::Removed => !matches!(self.base, Base::Absent),
            Write::Record(_) | Write::Object(_) => true,
        }
    }

    /// The record that was written; `None` if there is none or it was removed.
    pub(super) fn into_write(self, scratch: &mut Writer) -> Option<Vec<u8>> {
        match self.write {
            Write::Nothing | Write::Removed => None,
            Write::Record(bytes) => Some(bytes.into_vec()),
            Write::Object(object) => {
                scratch.clear();
                object.put(scratch);
                Some(scratch.as_bytes().to_vec())
            }
        }
    }
}
