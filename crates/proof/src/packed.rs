//! Bytes in which much stands twice, packed: paths to one root share most of their digests.
//!
//! The form is the length of what is packed, as a varint, then one LZ4 block, which ends where the bytes end. Several blocks can stand
//! for the same bytes. That does no harm: what is packed is signed by whoever hands it in, and is judged by what it holds.

use pangolin_ledger::{
    CodecError,
    codec::{Reader, Writer},
};

/// Adds bytes, packed, as the last of what is written.
pub(crate) fn write(w: &mut Writer, bytes: &[u8]) {
    w.varint(bytes.len() as u64);
    w.fixed(&lz4_flex::block::compress(bytes));
}

/// Reads what is packed in the rest of the input and has at most `max` bytes. Places in it are counted anew, from 0.
pub(crate) fn read(mut r: Reader<'_>, max: usize) -> Result<Vec<u8>, CodecError> {
    let length = r.length(max)?;
    let at = r.position();
    let block = r.slice(r.remaining())?;
    let mut bytes = vec![0; length];
    match lz4_flex::block::decompress_into(block, &mut bytes) {
        Ok(written) if written == length => Ok(bytes),
        _ => Err(CodecError::OutOfDomain { at }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packed(bytes: &[u8]) -> Vec<u8> {
        let mut w = Writer::new();
        write(&mut w, bytes);
        w.into_bytes()
    }

    fn unpacked(bytes: &[u8], max: usize) -> Result<Vec<u8>, CodecError> {
        read(Reader::new(bytes), max)
    }

    #[test]
    fn what_stands_twice_is_written_once() {
        let digest = [7_u8, 1, 9, 200, 31, 5, 66, 14].repeat(4);
        let all = digest.repeat(100);
        let packed = packed(&all);
        assert!(packed.len() < 100, "{} bytes", packed.len());
        assert_eq!(unpacked(&packed, 3_200), Ok(all));
        let long = CodecError::TooLong {
            at: 0,
            len: 3_200,
            max: 3_199,
        };
        assert_eq!(unpacked(&packed, 3_199), Err(long));
    }

    #[test]
    fn a_length_that_does_not_fit_is_refused() {
        let good = packed(b"twenty-three bytes here");
        assert_eq!(good[0], 23);
        for length in [0, 1, 22, 24, 100] {
            let mut wrong = good.clone();
            wrong[0] = length;
            assert!(unpacked(&wrong, 1_000).is_err(), "length {length}");
        }
        let without_end = CodecError::Truncated { at: 0 };
        assert_eq!(unpacked(&[], 1_000), Err(without_end));
    }

    proptest! {
        #[test]
        fn what_is_packed_is_read(bytes in proptest::collection::vec(0_u8..4, 0..2_000)) {
            let packed = packed(&bytes);
            prop_assert_eq!(unpacked(&packed, 2_000), Ok(bytes));
        }

        #[test]
        fn no_bytes_panic_or_give_more_than_they_say(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(read) = unpacked(&bytes, 500) {
                prop_assert!(read.len() <= 500);
            }
        }
    }
}
