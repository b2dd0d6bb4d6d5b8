//! The character sets of the GS1 General Specifications (section 7.11) and of base64url.
//!
//! A set is a bit per byte value, so that membership is one look-up.

/// A set of ASCII characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CharSet([u64; 4]);

impl CharSet {
    /// The digits 0 to 9: AI type `N`.
    pub const DIGITS: Self = Self::of(b"0123456789");
    /// GS1 AI encodable character set 82: AI type `X`.
    pub const CSET82: Self = Self::of(CSET82);
    /// GS1 AI encodable character set 39: AI type `Y`.
    pub const CSET39: Self = Self::of(b"#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ");
    /// File-safe, URI-safe base64 without padding: AI type `Z`, and the importer index of AI (7040).
    pub const CSET64: Self =
        Self::of(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// The set of the given characters. Bytes above 127 are never members.
    pub const fn of(characters: &[u8]) -> Self {
        let mut words = [0; 4];
        let mut i = 0;
        while i < characters.len() {
            if characters[i] < 128 {
                words[(characters[i] / 64) as usize] |= 1 << (characters[i] % 64);
            }
            i += 1;
        }
        Self(words)
    }

    /// Whether `byte` is a member.
    pub const fn contains(self, byte: u8) -> bool {
        (self.0[(byte / 64) as usize] >> (byte % 64)) & 1 == 1
    }

    /// The offset of the first byte of `bytes` that is not a member.
    pub fn first_outside(self, bytes: &[u8]) -> Option<usize> {
        bytes.iter().position(|&byte| !self.contains(byte))
    }
}

/// Character set 82 in the order that gives each character its check value (GS1 General Specifications, section 7.9.5).
pub(crate) const CSET82: &[u8; 82] =
    b"!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

/// Character set 32, from which check character pairs are drawn, in the order of its values.
pub(crate) const CSET32: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
