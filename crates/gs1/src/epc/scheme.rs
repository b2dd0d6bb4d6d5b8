//! The EPC schemes of the Tag Data Standard and the fields of their URNs.

/// What a field of a URN holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// The GS1 Company Prefix: 6 to 12 digits.
    Prefix,
    /// Digits, as many as fill the prefix up to this number.
    Fill(usize),
    /// Exactly this many digits.
    Digits(usize),
    /// At most this many digits.
    DigitsTo(usize),
    /// At most this many characters of set 82, the six that a URN reserves escaped.
    Text(usize),
    /// Characters of set 82 that fill the prefix up to at most this number.
    FillText(usize),
    /// Characters of set 39 that fill the prefix up to at most this number, `#` and `/` escaped.
    FillPart(usize),
    /// A number without leading zeros up to this one.
    Number(u64),
    /// CAGE code or DoDAAC: five or six capital letters (without I and O) and digits.
    Cage,
    /// Aerospace part number: at most this many capital letters, digits, `-` and escaped `/`; may be empty.
    AerospacePart(usize),
    /// Aerospace serial number: like a part number, not empty, and an escaped `#` may lead it.
    AerospaceSerial(usize),
    /// Container number with check digit (ISO 6346).
    Container,
    /// Ship number with check digit (IMO).
    Ship,
}

macro_rules! schemes {
    ($($variant:ident, $name:literal, [$($field:expr),*];)*) => {
        /// An EPC scheme: what stands behind `urn:epc:id:`, `urn:epc:idpat:` or `urn:epc:class:`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Scheme {
            $(#[doc = concat!("`", $name, "`.")] $variant,)*
        }

        impl Scheme {
            /// Every scheme.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in URNs.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The scheme of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($name => Some(Self::$variant),)* _ => None }
            }

            pub(super) const fn fields(self) -> &'static [Field] {
                match self { $(Self::$variant => &[$($field),*],)* }
            }
        }
    };
}

use Field::{
    AerospacePart, AerospaceSerial, Cage, Container, Digits, DigitsTo, Fill, FillPart, FillText,
    Number, Prefix, Ship, Text,
};

// EPC Tag Data Standard 2.1, sections 6.3.1 to 6.3.19, and 6.4.1 for lgtin.
schemes! {
    Sgtin, "sgtin", [Prefix, Fill(13), Text(20)];
    Lgtin, "lgtin", [Prefix, Fill(13), Text(20)];
    Sscc, "sscc", [Prefix, Fill(17)];
    Sgln, "sgln", [Prefix, Fill(12), Text(20)];
    Pgln, "pgln", [Prefix, Fill(12)];
    Grai, "grai", [Prefix, Fill(12), Text(16)];
    Giai, "giai", [Prefix, FillText(30)];
    Gsrn, "gsrn", [Prefix, Fill(17)];
    Gsrnp, "gsrnp", [Prefix, Fill(17)];
    Gdti, "gdti", [Prefix, Fill(12), Text(17)];
    Cpi, "cpi", [Prefix, FillPart(30), DigitsTo(12)];
    Sgcn, "sgcn", [Prefix, Fill(12), DigitsTo(12)];
    Ginc, "ginc", [Prefix, FillText(30)];
    Gsin, "gsin", [Prefix, Fill(16)];
    Itip, "itip", [Prefix, Fill(13), Digits(2), Digits(2), Text(20)];
    Upui, "upui", [Prefix, Fill(13), Text(28)];
    Gid, "gid", [Number((1 << 28) - 1), Number((1 << 24) - 1), Number((1 << 36) - 1)];
    Usdod, "usdod", [Cage, Number((1 << 36) - 1)];
    Adi, "adi", [Cage, AerospacePart(32), AerospaceSerial(30)];
    Bic, "bic", [Container];
    Imovn, "imovn", [Ship];
}

/// The most fields of a scheme.
pub(super) const FIELDS_MAX: usize = 5;
