//! The linters of North American coupons: AI (8110) and AI (8112).
//!
//! A coupon is digits without separators: fields of fixed length, and fields led by one digit that gives their length
//! (a "length indicator"). AI (8110) ends in optional fields, each led by its number, in ascending order
//! (GS1 US North American Coupon Application Guideline Using GS1 DataBar Expanded Symbols, R2.0).

use super::{
    LintCode as Code, LintError, LintResult, PrefixDirectory, charset, date, fail, prefix,
};

/// The length indicator of a company prefix or serial number counts from six digits.
const INDICATOR_BASE: usize = 6;
const OFFER_CODE_LEN: usize = 6;
const FAMILY_CODE_LEN: usize = 3;
const DATE_LEN: usize = 6;

/// Reads a coupon from left to right. A missing digit is reported for the whole coupon.
struct Reader<'a> {
    data: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn new(data: &'a [u8]) -> Result<Self, LintError> {
        charset::numeric(data)?;
        Ok(Self { data, at: 0 })
    }

    /// The next digit, which must be one of `allowed`.
    fn digit(&mut self, allowed: &[u8], missing: Code, invalid: Code) -> Result<usize, LintError> {
        let Some(&digit) = self.data.get(self.at) else {
            return Err(LintError::new(missing, 0, self.data.len()));
        };
        if !allowed.contains(&digit) {
            return Err(LintError::new(invalid, self.at, 1));
        }
        self.at += 1;
        Ok(usize::from(digit - b'0'))
    }

    /// The next `len` digits and where they start.
    fn take(&mut self, len: usize, truncated: Code) -> Result<(usize, &'a [u8]), LintError> {
        let start = self.at;
        let Some(field) = self.data.get(start..start + len) else {
            return Err(match self.data.len() - start {
                0 => LintError::new(truncated, 0, self.data.len()),
                rest => LintError::new(truncated, start, rest),
            });
        };
        self.at += len;
        Ok((start, field))
    }

    /// Consumes the number that leads an optional field.
    fn option(&mut self, number: u8) -> bool {
        let found = self.data.get(self.at) == Some(&number);
        self.at += usize::from(found);
        found
    }

    /// A company prefix of `len` digits, checked as a key's start.
    fn company_prefix(
        &mut self,
        len: usize,
        truncated: Code,
        directory: &dyn PrefixDirectory,
    ) -> LintResult {
        let (start, field) = self.take(len, truncated)?;
        if len == 0 {
            return Ok(());
        }
        prefix::first_position(field, directory)
            .map_err(|error| LintError::new(error.code, start, len))
    }

    fn end(&self) -> LintResult {
        if self.at == self.data.len() {
            return Ok(());
        }
        fail(Code::CouponExcessData, self.at, self.data.len() - self.at)
    }
}

/// The codes of one of the up to three purchase requirements.
struct PurchaseCodes {
    missing_length: Code,
    invalid_length: Code,
    truncated: Code,
    missing_code: Code,
    invalid_code: Code,
    truncated_family: Code,
}

const FIRST_PURCHASE: PurchaseCodes = PurchaseCodes {
    missing_length: Code::CouponMissingFirstPurchaseRequirementVli,
    invalid_length: Code::CouponInvalidFirstPurchaseRequirementLength,
    truncated: Code::CouponTruncatedFirstPurchaseRequirement,
    missing_code: Code::CouponMissingFirstPurchaseRequirementCode,
    invalid_code: Code::CouponInvalidFirstPurchaseRequirementCode,
    truncated_family: Code::CouponTruncatedFirstPurchaseFamilyCode,
};

const SECOND_PURCHASE: PurchaseCodes = PurchaseCodes {
    missing_length: Code::CouponMissingSecondPurchaseRequirementVli,
    invalid_length: Code::CouponInvalidSecondPurchaseRequirementLength,
    truncated: Code::CouponTruncatedSecondPurchaseRequirement,
    missing_code: Code::CouponMissingSecondPurchaseRequirementCode,
    invalid_code: Code::CouponInvalidSecondPurchaseRequirementCode,
    truncated_family: Code::CouponTruncatedSecondPurchaseFamilyCode,
};

const THIRD_PURCHASE: PurchaseCodes = PurchaseCodes {
    missing_length: Code::CouponMissingThirdPurchaseRequirementVli,
    invalid_length: Code::CouponInvalidThirdPurchaseRequirementLength,
    truncated: Code::CouponTruncatedThirdPurchaseRequirement,
    missing_code: Code::CouponMissingThirdPurchaseRequirementCode,
    invalid_code: Code::CouponInvalidThirdPurchaseRequirementCode,
    truncated_family: Code::CouponTruncatedThirdPurchaseFamilyCode,
};

fn purchase(reader: &mut Reader<'_>, codes: &PurchaseCodes) -> LintResult {
    let len = reader.digit(b"12345", codes.missing_length, codes.invalid_length)?;
    reader.take(len, codes.truncated)?;
    reader.digit(b"012349", codes.missing_code, codes.invalid_code)?;
    reader.take(FAMILY_CODE_LEN, codes.truncated_family)?;
    Ok(())
}

/// The company prefix of a second or third purchase; indicator 9 means that there is none.
fn purchase_prefix(
    reader: &mut Reader<'_>,
    missing: Code,
    invalid: Code,
    truncated: Code,
    directory: &dyn PrefixDirectory,
) -> LintResult {
    let len = match reader.digit(b"01234569", missing, invalid)? {
        9 => 0,
        indicator => indicator + INDICATOR_BASE,
    };
    reader.company_prefix(len, truncated, directory)
}

fn serial_number(reader: &mut Reader<'_>) -> LintResult {
    let missing = Code::CouponMissingSerialNumberVli;
    let len = reader.digit(b"0123456789", missing, missing)? + INDICATOR_BASE;
    reader.take(len, Code::CouponTruncatedSerialNumber)?;
    Ok(())
}

fn coupon_date<'a>(
    reader: &mut Reader<'a>,
    truncated: Code,
    invalid: Code,
) -> Result<(usize, &'a [u8]), LintError> {
    let (start, field) = reader.take(DATE_LEN, truncated)?;
    date::yymmdd(field).map_err(|_| LintError::new(invalid, start, DATE_LEN))?;
    Ok((start, field))
}

fn miscellaneous(reader: &mut Reader<'_>) -> LintResult {
    reader.digit(
        b"01256",
        Code::CouponMissingSaveValueCode,
        Code::CouponInvalidSaveValueCode,
    )?;
    reader.digit(
        b"012",
        Code::CouponMissingSaveValueAppliesToItem,
        Code::CouponInvalidSaveValueAppliesToItem,
    )?;
    let flag = Code::CouponMissingStoreCouponFlag;
    reader.digit(b"0123456789", flag, flag)?;
    reader.digit(
        b"01",
        Code::CouponMissingDontMultiplyFlag,
        Code::CouponInvalidDontMultiplyFlag,
    )?;
    Ok(())
}

/// AI (8110).
pub(super) fn coupon_code(value: &[u8], directory: &dyn PrefixDirectory) -> LintResult {
    let reader = &mut Reader::new(value)?;

    let len = reader.digit(
        b"0123456",
        Code::CouponMissingGcpVli,
        Code::CouponInvalidGcpLength,
    )?;
    reader.company_prefix(len + INDICATOR_BASE, Code::CouponTruncatedGcp, directory)?;
    reader.take(OFFER_CODE_LEN, Code::CouponTruncatedOfferCode)?;
    let len = reader.digit(
        b"12345",
        Code::CouponMissingSaveValueVli,
        Code::CouponInvalidSaveValueLength,
    )?;
    reader.take(len, Code::CouponTruncatedSaveValue)?;
    purchase(reader, &FIRST_PURCHASE)?;

    if reader.option(b'1') {
        reader.digit(
            b"0123",
            Code::CouponMissingAdditionalPurchaseRulesCode,
            Code::CouponInvalidAdditionalPurchaseRulesCode,
        )?;
        purchase(reader, &SECOND_PURCHASE)?;
        purchase_prefix(
            reader,
            Code::CouponMissingSecondPurchaseGcpVli,
            Code::CouponInvalidSecondPurchaseGcpLength,
            Code::CouponTruncatedSecondPurchaseGcp,
            directory,
        )?;
    }
    if reader.option(b'2') {
        purchase(reader, &THIRD_PURCHASE)?;
        purchase_prefix(
            reader,
            Code::CouponMissingThirdPurchaseGcpVli,
            Code::CouponInvalidThirdPurchaseGcpLength,
            Code::CouponTruncatedThirdPurchaseGcp,
            directory,
        )?;
    }
    let mut expires = None;
    if reader.option(b'3') {
        expires = Some(coupon_date(
            reader,
            Code::CouponTooShortForExpirationDate,
            Code::CouponInvalidExpirationDate,
        )?);
    }
    if reader.option(b'4') {
        let (_, starts) = coupon_date(
            reader,
            Code::CouponTooShortForStartDate,
            Code::CouponInvalidStartDate,
        )?;
        if let Some((at, expires)) = expires
            && starts > expires
        {
            // Both optional fields with their numbers.
            return fail(
                Code::CouponExpirationBeforeStart,
                at - 1,
                2 * (DATE_LEN + 1),
            );
        }
    }
    if reader.option(b'5') {
        serial_number(reader)?;
    }
    if reader.option(b'6') {
        let len = reader.digit(
            b"1234567",
            Code::CouponMissingRetailerGcpOrGlnVli,
            Code::CouponInvalidRetailerGcpOrGlnLength,
        )?;
        reader.company_prefix(
            len + INDICATOR_BASE,
            Code::CouponTruncatedRetailerGcpOrGln,
            directory,
        )?;
    }
    if reader.option(b'9') {
        miscellaneous(reader)?;
    }
    reader.end()
}

/// AI (8112).
pub(super) fn positive_offer(value: &[u8]) -> LintResult {
    let reader = &mut Reader::new(value)?;
    reader.digit(
        b"01",
        Code::CouponMissingFormatCode,
        Code::CouponInvalidFormatCode,
    )?;
    let len = reader.digit(
        b"0123456",
        Code::CouponMissingFunderVli,
        Code::CouponInvalidFunderLength,
    )?;
    reader.take(len + INDICATOR_BASE, Code::CouponTruncatedFunder)?;
    reader.take(OFFER_CODE_LEN, Code::CouponTruncatedOfferCode)?;
    serial_number(reader)?;
    reader.end()
}
