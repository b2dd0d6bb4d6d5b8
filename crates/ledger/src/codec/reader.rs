//! Reads canonical encodings from hostile bytes.

use std::collections::{BTreeMap, BTreeSet};

use super::{CodecError, Wire};

/// A cursor over the input. Remembers its position, so that every error names the place.
#[derive(Debug)]
pub struct Reader<'a> {
    input: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte of `input`.
    pub const fn new(input: &'a [u8]) -> Self {
        Self { input, at: 0 }
    }

    /// Byte offset of the next read.
    pub const fn position(&self) -> usize {
        self.at
    }

    /// Bytes not yet read.
    pub const fn remaining(&self) -> usize {
        self.input.len() - self.at
    }

    /// The bytes between two positions already passed.
    pub fn passed(&self, from: usize, to: usize) -> &'a [u8] {
        self.input.get(from..to.min(self.at)).unwrap_or_default()
    }

    /// Refuses bytes that are left over.
    pub fn finish(self) -> Result<(), CodecError> {
        match self.remaining() {
            0 => Ok(()),
            left => Err(CodecError::Trailing { at: self.at, left }),
        }
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8, CodecError> {
        let byte = *self
            .input
            .get(self.at)
            .ok_or(CodecError::Truncated { at: self.at })?;
        self.at += 1;
        Ok(byte)
    }

    /// A byte that is 0 or 1.
    pub fn flag(&mut self) -> Result<bool, CodecError> {
        let at = self.at;
        match self.u8()? {
            0 => Ok(false),
            1 => Ok(true),
            tag => Err(CodecError::UnknownTag {
                at,
                tag: u64::from(tag),
            }),
        }
    }

    /// Minimal LEB128 of at most 64 bits.
    pub fn varint(&mut self) -> Result<u64, CodecError> {
        let at = self.at;
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return Err(CodecError::Overflow { at });
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return if byte == 0 && shift > 0 {
                    Err(CodecError::NotMinimal { at })
                } else {
                    Ok(value)
                };
            }
        }
        Err(CodecError::Overflow { at })
    }

    /// `n` bytes without a length.
    pub fn slice(&mut self, n: usize) -> Result<&'a [u8], CodecError> {
        let end = self
            .at
            .checked_add(n)
            .ok_or(CodecError::Truncated { at: self.at })?;
        let slice = self
            .input
            .get(self.at..end)
            .ok_or(CodecError::Truncated { at: self.at })?;
        self.at = end;
        Ok(slice)
    }

    /// Exactly `N` bytes.
    pub fn fixed<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let at = self.at;
        self.slice(N)?
            .try_into()
            .map_err(|_| CodecError::Truncated { at })
    }

    /// A length of at most `max`.
    pub fn length(&mut self, max: usize) -> Result<usize, CodecError> {
        let at = self.at;
        let len = self.varint()?;
        match usize::try_from(len) {
            Ok(n) if n <= max => Ok(n),
            _ => Err(CodecError::TooLong { at, len, max }),
        }
    }

    /// Length, then bytes.
    pub fn bytes(&mut self, max: usize) -> Result<&'a [u8], CodecError> {
        let n = self.length(max)?;
        self.slice(n)
    }

    /// Length, then UTF-8.
    pub fn text(&mut self, max: usize) -> Result<&'a str, CodecError> {
        let at = self.at;
        std::str::from_utf8(self.bytes(max)?).map_err(|_| CodecError::NotUtf8 { at })
    }

    /// A version byte that must equal `known`.
    pub fn version(&mut self, known: u8) -> Result<(), CodecError> {
        let at = self.at;
        match self.u8()? {
            version if version == known => Ok(()),
            version => Err(CodecError::UnknownVersion { at, version }),
        }
    }

    /// Number of entries of at most `max`, then each entry. Room is reserved only for what the input can hold.
    pub fn list<T: Wire>(&mut self, max: usize) -> Result<Vec<T>, CodecError> {
        let n = self.length(max)?;
        let mut items = Vec::with_capacity(n.min(self.remaining()));
        for _ in 0..n {
            items.push(T::take(self)?);
        }
        Ok(items)
    }

    /// A strictly ascending list as a set.
    pub fn set<T: Wire + Ord>(&mut self, max: usize) -> Result<BTreeSet<T>, CodecError> {
        let n = self.length(max)?;
        let mut items = BTreeSet::new();
        for _ in 0..n {
            let at = self.at;
            let item = T::take(self)?;
            if items.last().is_some_and(|last| *last >= item) {
                return Err(CodecError::NotAscending { at });
            }
            items.insert(item);
        }
        Ok(items)
    }

    /// A list of pairs with strictly ascending keys as a map.
    pub fn map<K: Wire + Ord, V: Wire>(
        &mut self,
        max: usize,
    ) -> Result<BTreeMap<K, V>, CodecError> {
        let n = self.length(max)?;
        let mut items = BTreeMap::new();
        for _ in 0..n {
            let at = self.at;
            let key = K::take(self)?;
            if items.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return Err(CodecError::NotAscending { at });
            }
            items.insert(key, V::take(self)?);
        }
        Ok(items)
    }
}
