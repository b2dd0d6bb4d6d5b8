//! What a linter reports: a stable code and the place in the value.

use thiserror::Error;

/// A value that breaks the rule of one linter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{code} ({})", code.remedy())]
pub struct LintError {
    /// Which rule is broken.
    pub code: LintCode,
    /// Where the bad data starts, in bytes from the start of the value.
    pub offset: usize,
    /// How many bytes are bad; 0 where data is missing.
    pub len: usize,
}

impl LintError {
    pub(crate) const fn new(code: LintCode, offset: usize, len: usize) -> Self {
        Self { code, offset, len }
    }

    /// The same error seen from a text in which the value starts at byte `base`.
    #[must_use]
    pub const fn shifted(self, base: usize) -> Self {
        Self {
            code: self.code,
            offset: self.offset + base,
            len: self.len,
        }
    }
}

macro_rules! lint_codes {
    ($($variant:ident, $code:literal, $remedy:literal;)*) => {
        /// The rules that linters check, one per outcome of the GS1 Barcode Syntax Tests.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum LintCode {
            $(#[doc = concat!("`", $code, "`: ", $remedy, ".")] $variant,)*
        }

        impl LintCode {
            /// Every code, in the order of the standard's list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code, in kebab case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What to do about it, as an imperative sentence without a full stop.
            pub const fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy,)* }
            }
        }
    };
}

lint_codes! {
    UnknownLinter, "unknown-linter", "give the name of a linter of the GS1 Barcode Syntax Dictionary";
    NonDigitCharacter, "non-digit-character", "use digits 0 to 9 only";
    InvalidCset82Character, "invalid-cset82-character", "use only letters, digits and the symbols of GS1 character set 82";
    InvalidCset39Character, "invalid-cset39-character", "use only capital letters, digits and # - /";
    IncorrectCheckDigit, "incorrect-check-digit", "re-read the key: its last digit does not match the others";
    TooShortForCheckDigit, "too-short-for-check-digit", "give the whole key with its check digit";
    IncorrectCheckPair, "incorrect-check-pair", "re-read the key: its last two characters do not match the others";
    TooShortForCheckPair, "too-short-for-check-pair", "give the whole key with its two check characters";
    TooLongForCheckPairImplementation, "too-long-for-check-pair-implementation", "give at most 99 characters";
    GcpDatasourceOffline, "gcp-datasource-offline", "retry when the directory of company prefixes answers again";
    InvalidGcpPrefix, "invalid-gcp-prefix", "start the key with a licensed GS1 Company Prefix";
    ImporterIdxMustBeOneCharacter, "importer-idx-must-be-one-character", "give exactly one character";
    InvalidImportIdxCharacter, "invalid-import-idx-character", "use a letter, a digit, - or _";
    IllegalZeroValue, "illegal-zero-value", "give a value above zero";
    NotZero, "not-zero", "give zeros only";
    IllegalZeroPrefix, "illegal-zero-prefix", "remove the leading zero";
    NotZeroOrOne, "not-zero-or-one", "give 0 or 1";
    InvalidWindingDirection, "invalid-winding-direction", "give 0 (face out), 1 (face in) or 9 (undefined)";
    NotIso3166, "not-iso3166", "give a three-digit ISO 3166-1 country code";
    NotIso3166Or999, "not-iso3166-or-999", "give a three-digit ISO 3166-1 country code, or 999";
    NotIso3166Alpha2, "not-iso3166-alpha2", "give a two-letter ISO 3166-1 country code in capitals";
    NotIso4217, "not-iso4217", "give a three-digit ISO 4217 currency code";
    IbanTooShort, "iban-too-short", "give the whole IBAN";
    InvalidIbanCharacter, "invalid-iban-character", "use capital letters and digits only";
    IllegalIbanCountryCode, "illegal-iban-country-code", "start with a two-letter ISO 3166-1 country code in capitals";
    IncorrectIbanChecksum, "incorrect-iban-checksum", "re-read the IBAN: its check digits do not match";
    DateTooShort, "date-too-short", "give every digit of year, month and day";
    DateTooLong, "date-too-long", "give only year, month and day";
    HourWithMinuteTooShort, "hour-with-minute-too-short", "give four digits HHMM";
    HourWithMinuteTooLong, "hour-with-minute-too-long", "give four digits HHMM";
    IllegalMonth, "illegal-month", "give a month from 01 to 12";
    IllegalDay, "illegal-day", "give a day that exists in that month";
    IllegalHour, "illegal-hour", "give an hour from 00 to 23";
    IllegalMinute, "illegal-minute", "give a minute from 00 to 59";
    IllegalSecond, "illegal-second", "give a second from 00 to 59";
    InvalidLengthForPieceOfTotal, "invalid-length-for-piece-of-total", "give piece and total with the same number of digits";
    ZeroPieceNumber, "zero-piece-number", "number pieces from 1";
    ZeroTotalPieces, "zero-total-pieces", "give the number of pieces of the whole";
    PieceNumberExceedsTotal, "piece-number-exceeds-total", "give a piece number not above the total";
    InvalidPercentSequence, "invalid-percent-sequence", "follow each % by two hexadecimal digits";
    CouponMissingFormatCode, "coupon-missing-format-code", "add the format code";
    CouponInvalidFormatCode, "coupon-invalid-format-code", "give 0 or 1 as the format code";
    CouponMissingFunderVli, "coupon-missing-funder-vli", "add the funder length indicator";
    CouponInvalidFunderLength, "coupon-invalid-funder-length", "give 0 to 6 as the length indicator of the funder";
    CouponTruncatedFunder, "coupon-truncated-funder", "give the whole funder";
    CouponTruncatedOfferCode, "coupon-truncated-offer-code", "give the whole offer code";
    CouponMissingSerialNumberVli, "coupon-missing-serial-number-vli", "add the serial number length indicator";
    CouponTruncatedSerialNumber, "coupon-truncated-serial-number", "give the whole serial number";
    CouponMissingGcpVli, "coupon-missing-gcp-vli", "add the company prefix length indicator";
    CouponInvalidGcpLength, "coupon-invalid-gcp-length", "give 0 to 6 as the length indicator of the company prefix";
    CouponTruncatedGcp, "coupon-truncated-gcp", "give the whole company prefix";
    CouponMissingSaveValueVli, "coupon-missing-save-value-vli", "add the save value length indicator";
    CouponInvalidSaveValueLength, "coupon-invalid-save-value-length", "give 1 to 5 as the length indicator of the save value";
    CouponTruncatedSaveValue, "coupon-truncated-save-value", "give the whole save value";
    CouponMissingFirstPurchaseRequirementVli, "coupon-missing-1st-purchase-requirement-vli", "add the 1st purchase requirement length indicator";
    CouponInvalidFirstPurchaseRequirementLength, "coupon-invalid-1st-purchase-requirement-length", "give 1 to 5 as the length indicator of the 1st purchase requirement";
    CouponTruncatedFirstPurchaseRequirement, "coupon-truncated-1st-purchase-requirement", "give the whole 1st purchase requirement";
    CouponMissingFirstPurchaseRequirementCode, "coupon-missing-1st-purchase-requirement-code", "add the 1st purchase requirement code";
    CouponInvalidFirstPurchaseRequirementCode, "coupon-invalid-1st-purchase-requirement-code", "give 0 to 4 or 9 as the 1st purchase requirement code";
    CouponTruncatedFirstPurchaseFamilyCode, "coupon-truncated-1st-purchase-family-code", "give the whole 1st purchase family code";
    CouponMissingAdditionalPurchaseRulesCode, "coupon-missing-additional-purchase-rules-code", "add the additional purchase rules code";
    CouponInvalidAdditionalPurchaseRulesCode, "coupon-invalid-additional-purchase-rules-code", "give 0 to 3 as the additional purchase rules code";
    CouponMissingSecondPurchaseRequirementVli, "coupon-missing-2nd-purchase-requirement-vli", "add the 2nd purchase requirement length indicator";
    CouponInvalidSecondPurchaseRequirementLength, "coupon-invalid-2nd-purchase-requirement-length", "give 1 to 5 as the length indicator of the 2nd purchase requirement";
    CouponTruncatedSecondPurchaseRequirement, "coupon-truncated-2nd-purchase-requirement", "give the whole 2nd purchase requirement";
    CouponMissingSecondPurchaseRequirementCode, "coupon-missing-2nd-purchase-requirement-code", "add the 2nd purchase requirement code";
    CouponInvalidSecondPurchaseRequirementCode, "coupon-invalid-2nd-purchase-requirement-code", "give 0 to 4 or 9 as the 2nd purchase requirement code";
    CouponTruncatedSecondPurchaseFamilyCode, "coupon-truncated-2nd-purchase-family-code", "give the whole 2nd purchase family code";
    CouponMissingSecondPurchaseGcpVli, "coupon-missing-2nd-purchase-gcp-vli", "add the 2nd purchase company prefix length indicator";
    CouponInvalidSecondPurchaseGcpLength, "coupon-invalid-2nd-purchase-gcp-length", "give 0 to 6 or 9 as the length indicator of the 2nd purchase company prefix";
    CouponTruncatedSecondPurchaseGcp, "coupon-truncated-2nd-purchase-gcp", "give the whole 2nd purchase company prefix";
    CouponMissingThirdPurchaseRequirementVli, "coupon-missing-3rd-purchase-requirement-vli", "add the 3rd purchase requirement length indicator";
    CouponInvalidThirdPurchaseRequirementLength, "coupon-invalid-3rd-purchase-requirement-length", "give 1 to 5 as the length indicator of the 3rd purchase requirement";
    CouponTruncatedThirdPurchaseRequirement, "coupon-truncated-3rd-purchase-requirement", "give the whole 3rd purchase requirement";
    CouponMissingThirdPurchaseRequirementCode, "coupon-missing-3rd-purchase-requirement-code", "add the 3rd purchase requirement code";
    CouponInvalidThirdPurchaseRequirementCode, "coupon-invalid-3rd-purchase-requirement-code", "give 0 to 4 or 9 as the 3rd purchase requirement code";
    CouponTruncatedThirdPurchaseFamilyCode, "coupon-truncated-3rd-purchase-family-code", "give the whole 3rd purchase family code";
    CouponMissingThirdPurchaseGcpVli, "coupon-missing-3rd-purchase-gcp-vli", "add the 3rd purchase company prefix length indicator";
    CouponInvalidThirdPurchaseGcpLength, "coupon-invalid-3rd-purchase-gcp-length", "give 0 to 6 or 9 as the length indicator of the 3rd purchase company prefix";
    CouponTruncatedThirdPurchaseGcp, "coupon-truncated-3rd-purchase-gcp", "give the whole 3rd purchase company prefix";
    CouponTooShortForExpirationDate, "coupon-too-short-for-expiration-date", "give the expiration date as YYMMDD";
    CouponInvalidExpirationDate, "coupon-invalid-expiration-date", "give an expiration date that exists";
    CouponTooShortForStartDate, "coupon-too-short-for-start-date", "give the start date as YYMMDD";
    CouponInvalidStartDate, "coupon-invalid-start-date", "give a start date that exists";
    CouponExpirationBeforeStart, "coupon-expiration-before-start", "let the coupon expire after it starts";
    CouponMissingRetailerGcpOrGlnVli, "coupon-missing-retailer-gcp-or-gln-vli", "add the retailer company prefix or GLN length indicator";
    CouponInvalidRetailerGcpOrGlnLength, "coupon-invalid-retailer-gcp-or-gln-length", "give 1 to 7 as the length indicator of the retailer company prefix or GLN";
    CouponTruncatedRetailerGcpOrGln, "coupon-truncated-retailer-gcp-or-gln", "give the whole retailer company prefix or GLN";
    CouponMissingSaveValueCode, "coupon-missing-save-value-code", "add the save value code";
    CouponInvalidSaveValueCode, "coupon-invalid-save-value-code", "give 0, 1, 2, 5 or 6 as the save value code";
    CouponMissingSaveValueAppliesToItem, "coupon-missing-save-value-applies-to-item", "add the save value applies to item";
    CouponInvalidSaveValueAppliesToItem, "coupon-invalid-save-value-applies-to-item", "give 0 to 2 as the save value applies to item";
    CouponMissingStoreCouponFlag, "coupon-missing-store-coupon-flag", "add the store coupon flag";
    CouponMissingDontMultiplyFlag, "coupon-missing-dont-multiply-flag", "add the do-not multiply flag";
    CouponInvalidDontMultiplyFlag, "coupon-invalid-dont-multiply-flag", "give 0 or 1 as the do-not multiply flag";
    CouponExcessData, "coupon-excess-data", "remove what follows the last coupon field, or put the optional fields in ascending order";
    InvalidLatitude, "invalid-latitude", "give a latitude from 0000000000 to 1800000000";
    InvalidLongitude, "invalid-longitude", "give a longitude from 0000000000 to 3600000000";
    InvalidMediaType, "invalid-media-type", "give a media type from 01 to 10 or 80 to 99";
    LatitudeInvalidLength, "latitude-invalid-length", "give ten digits";
    LongitudeInvalidLength, "longitude-invalid-length", "give ten digits";
    InvalidCset64Character, "invalid-cset64-character", "use only letters, digits, - and _ (base64url)";
    InvalidCset64Padding, "invalid-cset64-padding", "remove the padding or complete it";
    NotHyphen, "not-hyphen", "give hyphens only";
    InvalidBiologicalSexCode, "invalid-biological-sex-code", "give 0, 1, 2 or 9 (ISO/IEC 5218)";
    PositionInSequenceMalformed, "position-in-sequence-malformed", "write position and end as in 1/3";
    PositionExceedsEnd, "position-exceeds-end", "give a position not above the end";
    RequiresNonDigitCharacter, "requires-non-digit-character", "give at least one character that is not a digit";
    HourTooShort, "hour-too-short", "give two digits HH";
    HourTooLong, "hour-too-long", "give two digits HH";
    MinuteTooShort, "minute-too-short", "give two digits MM";
    MinuteTooLong, "minute-too-long", "give two digits MM";
    SecondTooShort, "second-too-short", "give two digits SS";
    SecondTooLong, "second-too-long", "give two digits SS";
    InvalidPackageType, "invalid-package-type", "give a code of the GS1 list PackageTypeCode";
    TooShortForGcp, "too-short-for-gcp", "give the whole key: a company prefix has at least four digits";
    IbanTooLong, "iban-too-long", "give at most 34 characters";
}

impl LintCode {
    /// The name of this outcome in the GS1 Barcode Syntax Tests, such as `INCORRECT_CHECK_DIGIT`.
    ///
    /// One published name is misspelt ("EXIPIRATION"); it is given as published.
    pub fn standard_name(self) -> String {
        self.code()
            .replace('-', "_")
            .to_uppercase()
            .replace("INVALID_EXPIRATION", "INVALID_EXIPIRATION")
    }
}

impl core::fmt::Display for LintCode {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.code())
    }
}
