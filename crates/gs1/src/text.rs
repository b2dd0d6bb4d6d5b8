//! Short ASCII text held in place: keys are compared, copied and put into maps without touching the heap.

use core::fmt;

/// At most `N` ASCII characters. Unused bytes are zero, so that comparing the arrays compares the texts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Text<const N: usize> {
    bytes: [u8; N],
    len: u8,
}

impl<const N: usize> Text<N> {
    pub(crate) const EMPTY: Self = Self {
        bytes: [0; N],
        len: 0,
    };

    /// `None` if `text` is longer than `N`, leaves ASCII or holds NUL.
    pub(crate) fn new(text: &str) -> Option<Self> {
        let mut new = Self::EMPTY;
        new.push_str(text).then_some(new)
    }

    /// Appends one byte; `false` (and no change) if it does not fit.
    pub(crate) fn push(&mut self, byte: u8) -> bool {
        match self.bytes.get_mut(usize::from(self.len)) {
            Some(free) if byte.is_ascii() && byte != 0 && self.len < u8::MAX => {
                *free = byte;
                self.len += 1;
                true
            }
            _ => false,
        }
    }

    /// Appends `text`; `false` (and no change) if it does not fit.
    pub(crate) fn push_str(&mut self, text: &str) -> bool {
        let start = usize::from(self.len);
        let Some(free) = self.bytes.get_mut(start..start + text.len()) else {
            return false;
        };
        let Ok(len) = u8::try_from(start + text.len()) else {
            return false;
        };
        if text.bytes().any(|byte| !byte.is_ascii() || byte == 0) {
            return false;
        }
        free.copy_from_slice(text.as_bytes());
        self.len = len;
        true
    }

    pub(crate) fn as_str(&self) -> &str {
        // Only ASCII gets in, so the conversion never fails.
        core::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }
}

impl<const N: usize> fmt::Debug for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> fmt::Display for Text<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_what_fits() {
        assert_eq!(Text::<3>::new("abc").unwrap().as_str(), "abc");
        assert_eq!(Text::<3>::new("").unwrap().as_str(), "");
        for bad in ["abcd", "é", "a\0"] {
            assert_eq!(Text::<3>::new(bad), None, "{bad:?}");
        }
        let mut text = Text::<2>::new("a").unwrap();
        assert!(text.push(b'b') && !text.push(b'c') && !text.push_str("x"));
        assert_eq!(text.as_str(), "ab");
    }

    #[test]
    fn orders_like_text() {
        let mut texts = ["b", "", "aa", "a", "ab"].map(|text| Text::<4>::new(text).unwrap());
        texts.sort();
        assert_eq!(
            texts.map(|text| text.as_str().to_owned()),
            ["", "a", "aa", "ab", "b"]
        );
    }
}
