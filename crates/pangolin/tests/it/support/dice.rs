//! Moments, choices and wrong bytes from one seed.

/// Dice that fall the same way for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice with the seed of `PANGOLIN_SEED`, which is printed.
    pub(crate) fn new(what: &str) -> Self {
        let seed = std::env::var("PANGOLIN_SEED").map_or(1, |text| text.parse().unwrap());
        eprintln!("{what}: PANGOLIN_SEED={seed}");
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        // SplitMix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    /// A place in something of this length; 0 where it is empty.
    pub(crate) fn place(&mut self, length: usize) -> usize {
        usize::try_from(self.below(u64::try_from(length.max(1)).unwrap())).unwrap()
    }

    /// So many bytes.
    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let each = (0..count).map(|_| self.below(256).to_le_bytes()[0]);
        each.collect()
    }

    /// These bytes, wrong in one way: cut off, with bits turned, with a piece left out, repeated or put in.
    pub(crate) fn spoilt(&mut self, good: &[u8]) -> Vec<u8> {
        let mut bytes = good.to_vec();
        let at = self.place(bytes.len());
        let end = (at + 1 + self.place(40)).min(bytes.len());
        match self.below(5) {
            0 => bytes.truncate(at),
            1 => {
                for _ in 0..=self.below(3) {
                    let at = self.place(bytes.len());
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << self.below(8);
                    }
                }
            }
            2 => drop(bytes.drain(at..end)),
            3 => {
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => {
                let count = 1 + self.place(24);
                let piece = self.bytes(count);
                bytes.splice(at..at, piece);
            }
        }
        bytes
    }
}
