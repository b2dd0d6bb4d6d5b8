//! Every linter at the borders of its rule.

use super::code;
use crate::lint::Linter;

/// For every linter what passes, and what fails with its code; chosen at the borders of each rule.
type Cases = (
    &'static str,
    &'static [&'static str],
    &'static [(&'static str, &'static str)],
);

const CASES: &[Cases] = &[
    (
        "couponcode",
        &[
            "012345612345611110123",
            // Every optional field: second and third purchase, dates, serial number, retailer, miscellaneous.
            "01234561234561111012310110123921149990123456325123142512315012345661123456792101",
        ],
        &[
            (
                "01234561234561111012",
                "coupon-truncated-1st-purchase-family-code",
            ),
            (
                "0123456123456111101231",
                "coupon-missing-additional-purchase-rules-code",
            ),
            ("0123456123456111101237", "coupon-excess-data"),
            (
                "0123456123456111101233250732",
                "coupon-invalid-expiration-date",
            ),
            (
                "0123456123456111101239001",
                "coupon-missing-dont-multiply-flag",
            ),
            (
                "01234561234561111012390012",
                "coupon-invalid-dont-multiply-flag",
            ),
            ("0123456123456a11101231", "non-digit-character"),
        ],
    ),
    (
        "couponposoffer",
        &[
            "001234561234560123456",
            "161234567890121234569123456789012345",
        ],
        &[
            ("", "coupon-missing-format-code"),
            ("2", "coupon-invalid-format-code"),
            ("0", "coupon-missing-funder-vli"),
            ("07", "coupon-invalid-funder-length"),
            ("0012345", "coupon-truncated-funder"),
            ("0012345612345", "coupon-truncated-offer-code"),
            ("00123456123456", "coupon-missing-serial-number-vli"),
        ],
    ),
    (
        "cset39",
        &["", "AZ09#-/"],
        &[
            ("a", "invalid-cset39-character"),
            ("A.", "invalid-cset39-character"),
        ],
    ),
    (
        "cset64",
        &["", "azAZ09-_", "A==", "AB="],
        &[
            ("A+", "invalid-cset64-character"),
            ("AB==", "invalid-cset64-padding"),
            ("===", "invalid-cset64-padding"),
        ],
    ),
    (
        "cset82",
        &["", "!\"%&'()*+,-./09:;<=>?AZ_az"],
        &[
            (" ", "invalid-cset82-character"),
            ("#", "invalid-cset82-character"),
            ("\u{1d}", "invalid-cset82-character"),
            ("@", "invalid-cset82-character"),
        ],
    ),
    (
        "csetnumeric",
        &["", "0123456789"],
        &[
            ("0a", "non-digit-character"),
            ("\u{0661}", "non-digit-character"),
        ],
    ),
    (
        "csum",
        &["0", "24", "4012345123456"],
        &[
            ("", "too-short-for-check-digit"),
            ("1", "incorrect-check-digit"),
            ("4012345123457", "incorrect-check-digit"),
        ],
    ),
    (
        "csumalpha",
        &["22", "1987654Ad4X4bL5ttr2310c2K"],
        &[
            ("2", "too-short-for-check-pair"),
            ("23", "incorrect-check-pair"),
            ("#22", "invalid-cset82-character"),
        ],
    ),
    (
        "gcppos1",
        &["1234", "1234A"],
        &[("123", "too-short-for-gcp"), ("123A", "invalid-gcp-prefix")],
    ),
    (
        "gcppos2",
        &["A1234"],
        &[
            ("", "too-short-for-gcp"),
            ("A123", "too-short-for-gcp"),
            ("0A234", "invalid-gcp-prefix"),
        ],
    ),
    (
        "hasnondigit",
        &["A", "1A"],
        &[
            ("", "requires-non-digit-character"),
            ("12", "requires-non-digit-character"),
        ],
    ),
    (
        "hh",
        &["00", "23"],
        &[
            ("24", "illegal-hour"),
            ("1", "hour-too-short"),
            ("123", "hour-too-long"),
            ("1a", "non-digit-character"),
        ],
    ),
    (
        "hhmi",
        &["0000", "2359"],
        &[
            ("2400", "illegal-hour"),
            ("2360", "illegal-minute"),
            ("123", "hour-with-minute-too-short"),
            ("12345", "hour-with-minute-too-long"),
        ],
    ),
    (
        "hyphen",
        &["-", "--"],
        &[("", "not-hyphen"), ("-+", "not-hyphen")],
    ),
    (
        "iban",
        &["DE91100000000123456789"],
        &[
            ("DE92100000000123456789", "incorrect-iban-checksum"),
            // Remainder 0: the sum is divisible by 97, which is one off.
            ("DE90100000000123456789", "incorrect-iban-checksum"),
            ("DE9", "iban-too-short"),
            ("DE91100000", "iban-too-short"),
            ("XX91100000000123456789", "illegal-iban-country-code"),
            ("DE9110000000012345678z", "invalid-iban-character"),
            ("DE911000000001234567890123456789012", "iban-too-long"),
        ],
    ),
    (
        "importeridx",
        &["-", "_", "0", "z", "Z"],
        &[
            ("", "importer-idx-must-be-one-character"),
            ("AB", "importer-idx-must-be-one-character"),
            ("+", "invalid-import-idx-character"),
        ],
    ),
    (
        "iso3166",
        &["004", "276", "840", "894"],
        &[
            ("000", "not-iso3166"),
            ("999", "not-iso3166"),
            ("27", "not-iso3166"),
            ("0276", "not-iso3166"),
        ],
    ),
    (
        "iso3166999",
        &["276", "999"],
        &[("998", "not-iso3166-or-999"), ("", "not-iso3166-or-999")],
    ),
    (
        "iso3166alpha2",
        &["AD", "DE", "US", "ZW"],
        &[
            ("XX", "not-iso3166-alpha2"),
            ("de", "not-iso3166-alpha2"),
            ("D", "not-iso3166-alpha2"),
        ],
    ),
    (
        "iso4217",
        &["008", "840", "978", "999"],
        &[
            ("000", "not-iso4217"),
            ("EUR", "not-iso4217"),
            ("97", "not-iso4217"),
        ],
    ),
    (
        "iso5218",
        &["0", "1", "2", "9"],
        &[
            ("3", "invalid-biological-sex-code"),
            ("", "invalid-biological-sex-code"),
        ],
    ),
    (
        "latitude",
        &["0000000000", "1800000000"],
        &[
            ("1800000001", "invalid-latitude"),
            ("000000000", "latitude-invalid-length"),
            ("00000a0000", "non-digit-character"),
        ],
    ),
    (
        "longitude",
        &["0000000000", "3600000000"],
        &[
            ("3600000001", "invalid-longitude"),
            ("00000000000", "longitude-invalid-length"),
        ],
    ),
    (
        "mediatype",
        &["01", "10", "80", "99"],
        &[
            ("00", "invalid-media-type"),
            ("11", "invalid-media-type"),
            ("79", "invalid-media-type"),
            ("1", "invalid-media-type"),
        ],
    ),
    (
        "mi",
        &["00", "59"],
        &[
            ("60", "illegal-minute"),
            ("", "minute-too-short"),
            ("000", "minute-too-long"),
        ],
    ),
    (
        "nonzero",
        &["1", "0010"],
        &[
            ("0", "illegal-zero-value"),
            ("", "illegal-zero-value"),
            ("1a", "non-digit-character"),
        ],
    ),
    (
        "nozeroprefix",
        &["", "1", "10"],
        &[
            ("0", "illegal-zero-prefix"),
            ("01", "illegal-zero-prefix"),
            ("1a", "non-digit-character"),
        ],
    ),
    (
        "packagetype",
        &["1A", "9", "200", "ZZ"],
        &[
            ("", "invalid-package-type"),
            ("0", "invalid-package-type"),
            ("zz", "invalid-package-type"),
            ("1AA", "invalid-package-type"),
        ],
    ),
    (
        "pcenc",
        &["", "A", "%41%fF"],
        &[
            ("%", "invalid-percent-sequence"),
            ("%4", "invalid-percent-sequence"),
            ("%4g", "invalid-percent-sequence"),
            ("%%41", "invalid-percent-sequence"),
        ],
    ),
    (
        "pieceoftotal",
        &["0101", "11", "0199"],
        &[
            ("0201", "piece-number-exceeds-total"),
            ("0001", "zero-piece-number"),
            ("0100", "zero-total-pieces"),
            ("", "invalid-length-for-piece-of-total"),
            ("101", "invalid-length-for-piece-of-total"),
            ("01a1", "non-digit-character"),
        ],
    ),
    (
        "posinseqslash",
        &["1/1", "9/10"],
        &[
            ("2/1", "position-exceeds-end"),
            ("10/9", "position-exceeds-end"),
            ("0/1", "illegal-zero-prefix"),
            ("1/0", "illegal-zero-prefix"),
            ("", "position-in-sequence-malformed"),
            ("/1", "position-in-sequence-malformed"),
            ("1/", "position-in-sequence-malformed"),
            ("1/2/3", "position-in-sequence-malformed"),
        ],
    ),
    (
        "ss",
        &["00", "59"],
        &[
            ("60", "illegal-second"),
            ("1", "second-too-short"),
            ("123", "second-too-long"),
        ],
    ),
    (
        "winding",
        &["0", "1", "9"],
        &[
            ("2", "invalid-winding-direction"),
            ("11", "invalid-winding-direction"),
        ],
    ),
    (
        "yesno",
        &["0", "1"],
        &[("2", "not-zero-or-one"), ("", "not-zero-or-one")],
    ),
    (
        "yymmd0",
        &["250131", "250430", "240229", "250228", "251231", "250100"],
        &[
            ("250132", "illegal-day"),
            ("250431", "illegal-day"),
            ("250229", "illegal-day"),
            ("250001", "illegal-month"),
            ("251301", "illegal-month"),
            ("25010", "date-too-short"),
            ("2501011", "date-too-long"),
        ],
    ),
    (
        "yymmdd",
        &["250131"],
        &[("250100", "illegal-day"), ("2501a1", "non-digit-character")],
    ),
    (
        "yyyymmd0",
        &["20000229", "20250100"],
        &[
            ("19000229", "illegal-day"),
            ("20251301", "illegal-month"),
            ("250101", "date-too-short"),
        ],
    ),
    (
        "yyyymmdd",
        &["20240229"],
        &[
            ("20250229", "illegal-day"),
            ("20250100", "illegal-day"),
            ("202501011", "date-too-long"),
        ],
    ),
    (
        "zero",
        &["0", "00"],
        &[("", "not-zero"), ("01", "not-zero")],
    ),
];

#[test]
fn every_linter_passes_and_fails_at_its_borders() {
    for (name, pass, fail) in CASES {
        for value in *pass {
            assert_eq!(code(name, value), None, "{name} {value}");
        }
        for (value, expected) in *fail {
            assert_eq!(
                code(name, value).map(|found| found.0),
                Some(*expected),
                "{name} {value}"
            );
        }
        assert!(!pass.is_empty() && !fail.is_empty(), "{name}");
    }
    let mut names: Vec<_> = CASES.iter().map(|(name, ..)| *name).collect();
    names.sort_unstable();
    let mut known: Vec<_> = Linter::ALL.iter().map(|linter| linter.name()).collect();
    known.sort_unstable();
    assert_eq!(names, known);
}
