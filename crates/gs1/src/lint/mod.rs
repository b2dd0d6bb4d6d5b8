//! The linters of the GS1 Barcode Syntax Dictionary: small checks of one component of an AI's value.
//!
//! A linter sees one component, not the whole value, and reports the first defect with its place. The linters
//! follow the published GS1 Barcode Syntax Tests in result, code and order of checks. Component lengths are the
//! business of [`crate::ai`]; linters check a length only where their own rule needs one.
//!
//! Deliberate difference: two-digit years are read in the century that makes 1951 … 2050 (see [`date`]), not relative
//! to a clock, so that every machine answers the same for ever.

mod charset;
mod coupon;
pub mod date;
mod error;
mod iban;
mod lists;
mod number;
mod prefix;
#[cfg(test)]
mod tests;

use crate::check;
pub use error::{LintCode, LintError};
pub use prefix::{AnyPrefix, PrefixDirectory, PrefixStatus};

type LintResult = Result<(), LintError>;

fn fail(code: LintCode, offset: usize, len: usize) -> LintResult {
    Err(LintError::new(code, offset, len))
}

/// The error for a whole value.
fn whole(code: LintCode, value: &[u8]) -> LintResult {
    fail(code, 0, value.len())
}

/// Checks `value` with the linter called `name` in the GS1 Barcode Syntax Dictionary.
///
/// Company prefixes are checked for their form only; see [`Linter::check_with`] to look them up.
///
/// ```
/// use pangolin_gs1::lint::{LintCode, lint};
///
/// assert!(lint("csum", "04012345123456").is_ok());
/// let error = lint("yymmdd", "251301").unwrap_err();
/// assert_eq!((error.code, error.offset), (LintCode::IllegalMonth, 2));
/// ```
///
/// An unknown `name` is answered with [`LintCode::UnknownLinter`].
pub fn lint(name: &str, value: &str) -> Result<(), LintError> {
    match Linter::from_name(name) {
        Some(linter) => linter.check(value),
        None => fail(LintCode::UnknownLinter, 0, 0),
    }
}

macro_rules! linters {
    ($($variant:ident, $name:literal, $doc:literal, $run:expr;)*) => {
        /// One linter of the GS1 Barcode Syntax Dictionary.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Linter {
            $(#[doc = concat!("`", $name, "`: ", $doc, ".")] $variant,)*
        }

        impl Linter {
            /// Every linter, by name.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in the dictionary.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The same as [`Self::check_with`], over bytes: a component may be cut inside a character.
            pub(crate) fn check_bytes(self, value: &[u8], directory: &dyn PrefixDirectory) -> LintResult {
                let run: fn(&[u8], &dyn PrefixDirectory) -> LintResult = match self {
                    $(Self::$variant => $run,)*
                };
                run(value, directory)
            }
        }
    };
}

linters! {
    CouponCode, "couponcode", "North American coupon code, AI (8110)", coupon::coupon_code;
    CouponPosOffer, "couponposoffer", "positive offer file coupon, AI (8112)", |v, _| coupon::positive_offer(v);
    Cset39, "cset39", "character set 39", |v, _| charset::cset39(v);
    Cset64, "cset64", "base64url", |v, _| charset::cset64(v);
    Cset82, "cset82", "character set 82", |v, _| charset::cset82(v);
    CsetNumeric, "csetnumeric", "digits", |v, _| charset::numeric(v);
    Csum, "csum", "check digit", |v, _| check_digit(v);
    CsumAlpha, "csumalpha", "check character pair", |v, _| check_pair(v);
    GcpPos1, "gcppos1", "starts with a company prefix", prefix::first_position;
    GcpPos2, "gcppos2", "has a company prefix from its second character", prefix::second_position;
    HasNonDigit, "hasnondigit", "not digits alone", |v, _| charset::has_non_digit(v);
    Hh, "hh", "hour", |v, _| date::hour(v);
    HhMi, "hhmi", "hour and minute", |v, _| date::hour_minute(v);
    Hyphen, "hyphen", "hyphens", |v, _| charset::hyphen(v);
    Iban, "iban", "international bank account number", |v, _| iban::iban(v);
    ImporterIdx, "importeridx", "importer index", |v, _| charset::importer_index(v);
    Iso3166, "iso3166", "numeric country code", |v, _| lists::country(v);
    Iso3166999, "iso3166999", "numeric country code or 999", |v, _| lists::country_or_999(v);
    Iso3166Alpha2, "iso3166alpha2", "two-letter country code", |v, _| lists::country_alpha2(v);
    Iso4217, "iso4217", "numeric currency code", |v, _| lists::currency(v);
    Iso5218, "iso5218", "biological sex", |v, _| number::one_of(v, b"0129", LintCode::InvalidBiologicalSexCode);
    Latitude, "latitude", "latitude", |v, _| number::latitude(v);
    Longitude, "longitude", "longitude", |v, _| number::longitude(v);
    MediaType, "mediatype", "AIDC media type", |v, _| lists::media_type(v);
    Mi, "mi", "minute", |v, _| date::minute(v);
    NonZero, "nonzero", "a number above zero", |v, _| number::non_zero(v);
    NoZeroPrefix, "nozeroprefix", "a number without leading zero", |v, _| number::no_zero_prefix(v);
    PackageType, "packagetype", "package type code", |v, _| lists::package_type(v);
    PcEnc, "pcenc", "percent-encoded text", |v, _| charset::percent_encoded(v);
    PieceOfTotal, "pieceoftotal", "piece number and total", |v, _| number::piece_of_total(v);
    PosInSeqSlash, "posinseqslash", "position/end", |v, _| number::position_in_sequence(v);
    Ss, "ss", "second", |v, _| date::second(v);
    Winding, "winding", "winding direction", |v, _| number::one_of(v, b"019", LintCode::InvalidWindingDirection);
    YesNo, "yesno", "0 or 1", |v, _| number::one_of(v, b"01", LintCode::NotZeroOrOne);
    YyMmD0, "yymmd0", "date of six digits, day 00 allowed", |v, _| date::yymmd0(v);
    YyMmDd, "yymmdd", "date of six digits", |v, _| date::yymmdd(v);
    YyyyMmD0, "yyyymmd0", "date of eight digits, day 00 allowed", |v, _| date::yyyymmd0(v);
    YyyyMmDd, "yyyymmdd", "date of eight digits", |v, _| date::yyyymmdd(v);
    Zero, "zero", "zeros", |v, _| number::zero(v);
}

impl Linter {
    /// The linter of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|linter| linter.name() == name)
    }

    /// Checks `value`, asking `directory` about company prefixes.
    pub fn check_with(self, value: &str, directory: &dyn PrefixDirectory) -> Result<(), LintError> {
        self.check_bytes(value.as_bytes(), directory)
    }

    /// Checks `value`; company prefixes for their form only.
    pub fn check(self, value: &str) -> Result<(), LintError> {
        self.check_with(value, &AnyPrefix)
    }
}

fn check_digit(value: &[u8]) -> LintResult {
    let Some((&last, data)) = value.split_last() else {
        return whole(LintCode::TooShortForCheckDigit, value);
    };
    charset::numeric(value)?;
    if check::mod10(data) == Some(last - b'0') {
        Ok(())
    } else {
        fail(LintCode::IncorrectCheckDigit, data.len(), 1)
    }
}

fn check_pair(value: &[u8]) -> LintResult {
    let Some((data, pair)) = value.split_last_chunk::<2>() else {
        return whole(LintCode::TooShortForCheckPair, value);
    };
    if data.len() > check::CHECK_PAIR_DATA_MAX {
        return whole(LintCode::TooLongForCheckPairImplementation, value);
    }
    charset::cset82(data)?;
    if check::pair(data) == Some(*pair) {
        Ok(())
    } else {
        fail(LintCode::IncorrectCheckPair, data.len(), 2)
    }
}
