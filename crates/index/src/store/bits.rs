//! Sets of numbers as bitmaps of 64: how the database says which events an object or a term occurs in.
//!
//! Objects and events are numbered in the order in which they first appear, and what appears together is asked for
//! together: neighbours share one row of the database instead of having one each.

use std::collections::BTreeMap;

/// The bucket of a number.
pub(crate) const fn bucket(number: i64) -> i64 {
    number >> 6
}

/// The bit of a number in its bucket.
pub(crate) const fn bit(number: i64) -> i64 {
    1 << (number & 63)
}

/// Whether a bucket's bits hold a number.
pub(crate) const fn holds(bits: i64, number: i64) -> bool {
    bits & bit(number) != 0
}

/// The numbers of a bucket's bits, ascending.
pub(crate) fn numbers(bucket: i64, bits: i64) -> impl DoubleEndedIterator<Item = i64> {
    (0..64)
        .map(move |at| (bucket << 6) | at)
        .filter(move |number| holds(bits, *number))
}

/// Calls `row(bucket, bits)` for ascending `numbers`, each bucket once.
pub(crate) fn each_bucket(numbers: impl IntoIterator<Item = i64>, mut row: impl FnMut(i64, i64)) {
    let mut open: Option<(i64, i64)> = None;
    for number in numbers {
        match &mut open {
            Some((at, bits)) if *at == bucket(number) => *bits |= bit(number),
            _ => {
                if let Some((at, bits)) = open.replace((bucket(number), bit(number))) {
                    row(at, bits);
                }
            }
        }
    }
    if let Some((at, bits)) = open {
        row(at, bits);
    }
}

/// A set of numbers by bucket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bitmap(pub(crate) BTreeMap<i64, i64>);

impl Bitmap {
    /// Adds the bits of a bucket.
    pub(crate) fn or(&mut self, bucket: i64, bits: i64) {
        *self.0.entry(bucket).or_insert(0) |= bits;
    }

    /// Keeps what `other` holds as well.
    pub(crate) fn and(&mut self, other: &Self) {
        self.0.retain(|bucket, bits| {
            *bits &= other.0.get(bucket).copied().unwrap_or(0);
            *bits != 0
        });
    }

    /// Whether it is empty.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its numbers, ascending.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = i64> {
        self.0
            .iter()
            .flat_map(|(bucket, bits)| numbers(*bucket, *bits))
    }
}

/// Encodes ascending numbers as runs: pairs of (gap since the end of the last run, length − 1) in LEB128.
pub(crate) fn put_runs(out: &mut Vec<u8>, numbers: &[i64]) {
    let mut end = 0;
    let mut rest = numbers;
    while let Some((&first, _)) = rest.split_first() {
        let follows =
            |(at, number): (usize, &i64)| i64::try_from(at).is_ok_and(|at| first + at == *number);
        let len = rest
            .iter()
            .enumerate()
            .take_while(|pair| follows(*pair))
            .count();
        put_varint(out, (first - end).cast_unsigned());
        put_varint(out, len as u64 - 1);
        end = first + i64::try_from(len).unwrap_or(i64::MAX);
        rest = rest.get(len..).unwrap_or_default();
    }
}

/// Decodes what [`put_runs`] wrote, up to `max` numbers; `None` if it is malformed.
pub(crate) fn take_runs(mut bytes: &[u8], max: usize) -> Option<Vec<i64>> {
    let mut numbers = Vec::new();
    let mut next = 0_i64;
    while !bytes.is_empty() {
        next = next.checked_add_unsigned(take_varint(&mut bytes)?)?;
        let len = take_varint(&mut bytes)?.checked_add(1)?;
        let room = (max - numbers.len()) as u64;
        let end = next.checked_add_unsigned(len)?;
        numbers.extend(next..next.checked_add_unsigned(len.min(room))?);
        if len > room {
            break;
        }
        next = end;
    }
    Some(numbers)
}

pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

pub(crate) fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (&byte, rest) = bytes.split_first()?;
        *bytes = rest;
        let low = u64::from(byte & 0x7f);
        if shift == 63 && low > 1 {
            return None;
        }
        value |= low << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn contiguous_numbers_cost_a_few_bytes() {
        let numbers: Vec<i64> = (1_000_000..1_040_000).collect();
        let mut out = Vec::new();
        put_runs(&mut out, &numbers);
        assert!(out.len() < 8, "{}", out.len());
        assert_eq!(take_runs(&out, 10), Some((1_000_000..1_000_010).collect()));
    }

    #[test]
    fn malformed_runs_are_refused() {
        for bytes in [
            &[0x80_u8][..],
            &[1],
            &[0xff; 20],
            &[1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        ] {
            assert_eq!(take_runs(bytes, 100), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn runs_and_buckets_give_back_the_numbers(set in prop::collection::btree_set(0_i64..100_000, 0..300)) {
            let numbers_in: Vec<i64> = set.into_iter().collect();
            let mut out = Vec::new();
            put_runs(&mut out, &numbers_in);
            prop_assert_eq!(take_runs(&out, usize::MAX), Some(numbers_in.clone()));
            let mut map = Bitmap::default();
            each_bucket(numbers_in.iter().copied(), |bucket, bits| {
                assert!(!map.0.contains_key(&bucket));
                map.or(bucket, bits);
            });
            prop_assert_eq!(map.iter().collect::<Vec<_>>(), numbers_in);
        }

        #[test]
        fn no_bytes_make_the_decoder_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let _ = take_runs(&bytes, 1_000);
        }
    }
}
