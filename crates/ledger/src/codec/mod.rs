//! The canonical, bounded binary codec of everything that is hashed, signed, stored or sent.
//!
//! Canonical means: whatever a decoder accepts encodes again to exactly the same bytes. It follows from four rules that
//! each reader enforces: integers are minimal LEB128, sets and maps are strictly ascending, options and booleans are
//! exactly 0 or 1, and no byte may be left over. Bounded means: each list, text and byte string has a limit that the
//! reader checks before it allocates.
//!
//! [`Wire`] is implemented by the macros of `codec/derive.rs`, field by field in the order written there; that order is
//! the format. State records begin with a version byte.

#[macro_use]
mod derive;
mod error;
mod ids;
mod reader;
mod writer;

pub use error::CodecError;
pub(crate) use ids::{put_ids, take_ids};
pub use reader::Reader;
pub use writer::Writer;

/// A type with one canonical encoding.
pub trait Wire: Sized {
    /// Appends the encoding of `self`.
    fn put(&self, w: &mut Writer);

    /// Reads one value.
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError>;

    /// The encoding as a byte string of its own.
    fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        self.put(&mut w);
        w.into_bytes()
    }

    /// Decodes a byte string that holds exactly one value.
    fn from_bytes(bytes: &[u8]) -> Result<Self, CodecError> {
        let mut r = Reader::new(bytes);
        let value = Self::take(&mut r)?;
        r.finish()?;
        Ok(value)
    }
}

macro_rules! wire_int {
    ($($t:ty),*) => { $(
        impl Wire for $t {
            fn put(&self, w: &mut Writer) { w.varint(u64::from(*self)); }
            fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
                let at = r.position();
                Self::try_from(r.varint()?).map_err(|_| CodecError::Overflow { at })
            }
        }
    )* };
}
wire_int!(u16, u32, u64);

impl Wire for u8 {
    fn put(&self, w: &mut Writer) {
        w.u8(*self);
    }
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        r.u8()
    }
}

impl Wire for i64 {
    fn put(&self, w: &mut Writer) {
        w.varint(((self << 1) ^ (self >> 63)).cast_unsigned());
    }
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        let z = r.varint()?;
        Ok((z >> 1).cast_signed() ^ -((z & 1).cast_signed()))
    }
}

impl Wire for bool {
    fn put(&self, w: &mut Writer) {
        w.u8(u8::from(*self));
    }
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        r.flag()
    }
}

impl<const N: usize> Wire for [u8; N] {
    fn put(&self, w: &mut Writer) {
        w.fixed(self);
    }
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        r.fixed()
    }
}

impl<T: Wire> Wire for Option<T> {
    fn put(&self, w: &mut Writer) {
        match self {
            None => w.u8(0),
            Some(value) => {
                w.u8(1);
                value.put(w);
            }
        }
    }
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(if r.flag()? { Some(T::take(r)?) } else { None })
    }
}

impl<A: Wire, B: Wire> Wire for (A, B) {
    fn put(&self, w: &mut Writer) {
        self.0.put(w);
        self.1.put(w);
    }
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok((A::take(r)?, B::take(r)?))
    }
}

#[cfg(test)]
mod tests;
