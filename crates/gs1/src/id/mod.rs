//! GS1 keys and their parts as types: each has one fallible constructor, after which it is known to be well formed.
//!
//! Each type holds the value of one application identifier exactly as an element string carries it, in place and
//! without heap memory, so that copying and comparing are cheap. Parts of compound values have accessors.

mod gtin;
mod ndc;
#[cfg(test)]
mod tests;

use crate::ai::{Ai, ValueError};
use crate::text::Text;

pub use gtin::Gtin;
pub use ndc::{Ndc, NdcError, NdcFormat};

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $ai:expr, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Text<$len>);

        impl $name {
            /// The application identifier whose value it is.
            pub const AI: Ai = $ai;

            /// Checks characters, length and check digits.
            pub fn new(value: &str) -> Result<Self, ValueError> {
                Self::AI.check(value)?;
                let (ai, max, found) = (Self::AI, $len, value.len());
                Text::new(value)
                    .map(Self)
                    .ok_or(ValueError::TooLong { ai, max, found })
            }

            /// The value as an element string carries it.
            pub fn as_str(&self) -> &str {
                self.0.as_str()
            }
        }

        identifier!(@text $name);
    };
    (@text $name:ident) => {
        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.as_str())
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl core::str::FromStr for $name {
            type Err = ValueError;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Self::new(value)
            }
        }
    };
}

pub(crate) use identifier;

identifier! {
    /// Serial Shipping Container Code: a logistic unit, AI (00), 18 digits.
    Sscc, Ai::SSCC, 18
}
identifier! {
    /// Global Location Number: a party or location, AI (410) to (417), 13 digits.
    Gln, Ai::GLN, 13
}
identifier! {
    /// Global Shipment Identification Number, AI (402), 17 digits.
    Gsin, Ai::GSIN, 17
}
identifier! {
    /// Global Identification Number for Consignment, AI (401), up to 30 characters.
    Ginc, Ai::GINC, 30
}
identifier! {
    /// Global Returnable Asset Identifier, AI (8003): zero, 13 digits, up to 16 characters of serial number.
    Grai, Ai::GRAI, 30
}
identifier! {
    /// Global Individual Asset Identifier, AI (8004), up to 30 characters.
    Giai, Ai::GIAI, 30
}
identifier! {
    /// Global Document Type Identifier, AI (253): 13 digits, up to 17 characters of serial number.
    Gdti, Ai::GDTI, 30
}
identifier! {
    /// Global Coupon Number, AI (255): 13 digits, up to 12 digits of serial number.
    Gcn, Ai::GCN, 25
}
identifier! {
    /// Component or part identifier, AI (8010), up to 30 characters of set 39.
    Cpi, Ai::CPI, 30
}
identifier! {
    /// Serial number of a component or part, AI (8011), up to 12 digits without leading zero.
    CpiSerial, Ai::CPI_SERIAL, 12
}
identifier! {
    /// Individual Trade Item Piece, AI (8006): GTIN, two digits of piece number, two digits of total.
    Itip, Ai::ITIP, 18
}
identifier! {
    /// Global Model Number, AI (8013), up to 25 characters that end in a check pair.
    Gmn, Ai::GMN, 25
}
identifier! {
    /// Global Service Relation Number of a recipient, AI (8018), 18 digits.
    Gsrn, Ai::GSRN_RECIPIENT, 18
}
identifier! {
    /// Global Service Relation Number of a provider, AI (8017), 18 digits.
    Gsrnp, Ai::GSRN_PROVIDER, 18
}
identifier! {
    /// Service Relation Instance Number, AI (8019), up to 10 digits.
    Srin, Ai::SRIN, 10
}
identifier! {
    /// Serial number of a trade item or piece, AI (21), up to 20 characters.
    Serial, Ai::SERIAL, 20
}
identifier! {
    /// Batch or lot number, AI (10), up to 20 characters.
    Lot, Ai::LOT, 20
}
identifier! {
    /// Consumer product variant, AI (22), up to 20 characters.
    Cpv, Ai::CPV, 20
}
identifier! {
    /// Third-party controlled serialised extension of a GTIN, AI (235), up to 28 characters.
    Tpx, Ai::TPX, 28
}
identifier! {
    /// Extension component of a GLN, AI (254), up to 20 characters.
    GlnExtension, Ai::GLN_EXTENSION, 20
}
identifier! {
    /// Payment slip reference number, AI (8020), up to 25 characters.
    PaymentReference, Ai::PAYMENT_REFERENCE, 25
}

/// Splits off what follows the first `len` characters; nothing is `None`.
fn split_serial(value: &str, len: usize) -> (&str, Option<&str>) {
    let (head, serial) = value.split_at_checked(len).unwrap_or((value, ""));
    (head, (!serial.is_empty()).then_some(serial))
}

impl Grai {
    /// The asset type with its leading zero: 14 digits.
    pub fn asset_type(&self) -> &str {
        split_serial(self.as_str(), 14).0
    }

    /// The serial number, if it names one asset.
    pub fn serial(&self) -> Option<&str> {
        split_serial(self.as_str(), 14).1
    }
}

impl Gdti {
    /// The document type: 13 digits.
    pub fn document_type(&self) -> &str {
        split_serial(self.as_str(), 13).0
    }

    /// The serial number, if it names one document.
    pub fn serial(&self) -> Option<&str> {
        split_serial(self.as_str(), 13).1
    }
}

impl Gcn {
    /// The coupon: 13 digits.
    pub fn coupon(&self) -> &str {
        split_serial(self.as_str(), 13).0
    }

    /// The serial number, if it names one coupon.
    pub fn serial(&self) -> Option<&str> {
        split_serial(self.as_str(), 13).1
    }
}

impl Itip {
    /// The GTIN of the whole trade item: 14 digits.
    pub fn gtin(&self) -> &str {
        split_serial(self.as_str(), 14).0
    }

    /// Two digits: which piece this is.
    pub fn piece(&self) -> &str {
        self.as_str().get(14..16).unwrap_or_default()
    }

    /// Two digits: how many pieces make the trade item.
    pub fn total(&self) -> &str {
        self.as_str().get(16..).unwrap_or_default()
    }
}
