mod borders;

use super::*;

fn code(name: &str, value: &str) -> Option<(&'static str, usize, usize)> {
    lint(name, value)
        .err()
        .map(|error| (error.code.code(), error.offset, error.len))
}

#[test]
fn names_are_found_and_unknown_names_are_an_error() {
    for linter in Linter::ALL {
        assert_eq!(Linter::from_name(linter.name()), Some(*linter));
    }
    assert_eq!(code("nosuch", "1"), Some(("unknown-linter", 0, 0)));
}

#[test]
fn codes_are_stable_kebab_case_and_unique() {
    let mut codes: Vec<_> = LintCode::ALL.iter().map(|code| code.code()).collect();
    assert!(codes.iter().all(|code| {
        code.bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    }));
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), LintCode::ALL.len());
    assert_eq!(
        LintCode::NotIso3166Alpha2.standard_name(),
        "NOT_ISO3166_ALPHA2"
    );
}

#[test]
fn defects_are_placed() {
    for (name, value, expected) in [
        ("csum", "12345674", ("incorrect-check-digit", 7, 1)),
        ("csum", "1234a670", ("non-digit-character", 4, 1)),
        (
            "csumalpha",
            "1987654Ad4X4bL5ttr2310cXK",
            ("incorrect-check-pair", 23, 2),
        ),
        ("csumalpha", "12 4NT", ("invalid-cset82-character", 2, 1)),
        ("cset64", "12==", ("invalid-cset64-padding", 2, 2)),
        ("hhmi", "1060", ("illegal-minute", 2, 2)),
        ("hhmi", "10x0", ("non-digit-character", 2, 1)),
        ("pcenc", "AB%4", ("invalid-percent-sequence", 2, 2)),
        ("pcenc", "AB%4x1", ("invalid-percent-sequence", 2, 3)),
        ("pieceoftotal", "0100", ("zero-total-pieces", 2, 2)),
        ("posinseqslash", "1/02", ("illegal-zero-prefix", 2, 2)),
        (
            "posinseqslash",
            "1a/2",
            ("position-in-sequence-malformed", 0, 4),
        ),
        (
            "iban",
            "DE9110000000012345678a",
            ("invalid-iban-character", 21, 1),
        ),
        ("gcppos1", "123", ("too-short-for-gcp", 0, 3)),
        ("gcppos1", "12A45", ("invalid-gcp-prefix", 2, 1)),
        ("gcppos2", "912A45", ("invalid-gcp-prefix", 3, 1)),
        ("gcppos2", "9", ("too-short-for-gcp", 0, 1)),
        ("latitude", "1800000001", ("invalid-latitude", 0, 10)),
        ("yyyymmdd", "20250230", ("illegal-day", 6, 2)),
        ("yymmdd", "250200", ("illegal-day", 4, 2)),
        ("couponcode", "", ("coupon-missing-gcp-vli", 0, 0)),
        ("couponcode", "8", ("coupon-invalid-gcp-length", 0, 1)),
        ("couponcode", "01234", ("coupon-truncated-gcp", 1, 4)),
        // An expiration before the start spans both optional fields.
        (
            "couponcode",
            "012345612345611110123325060142507019",
            ("coupon-expiration-before-start", 21, 14),
        ),
    ] {
        assert_eq!(code(name, value), Some(expected), "{name} {value}");
    }
}

#[test]
fn check_pairs_reach_the_longest_value_of_an_ai() {
    assert_eq!(code("csumalpha", &format!("{}UA", "z".repeat(97))), None);
    assert_eq!(
        code("csumalpha", &"z".repeat(100)),
        Some(("too-long-for-check-pair-implementation", 0, 100))
    );
}

#[test]
fn day_zero_is_a_matter_of_the_linter() {
    assert_eq!(code("yymmd0", "250200"), None);
    assert_eq!(code("yyyymmd0", "20250200"), None);
    assert_eq!(code("yymmd0", "000229"), None);
}

#[test]
fn years_follow_the_sliding_window() {
    for (two_digits, current, full) in [
        (0, 2026, 2000),
        (75, 2025, 2075),
        (76, 2025, 1976),
        (0, 2050, 2100),
        (1, 2050, 2001),
        (99, 2000, 1999),
        (50, 2099, 2050),
        (49, 2099, 2149),
    ] {
        assert_eq!(
            date::full_year(two_digits, current),
            full,
            "{two_digits} in {current}"
        );
    }
}

struct Directory(PrefixStatus);

impl PrefixDirectory for Directory {
    fn status(&self, key: &str) -> PrefixStatus {
        if key.starts_with("4012345") {
            PrefixStatus::Valid
        } else {
            self.0
        }
    }
}

#[test]
fn a_directory_decides_about_prefixes() {
    let check = |linter: Linter, value: &str, status| {
        linter
            .check_with(value, &Directory(status))
            .map_err(|error| (error.code, error.offset, error.len))
    };
    let unknown = PrefixStatus::Unknown;
    assert_eq!(check(Linter::GcpPos2, "04012345123456", unknown), Ok(()));
    assert_eq!(
        check(Linter::GcpPos1, "1234567", unknown),
        Err((LintCode::InvalidGcpPrefix, 0, 7))
    );
    assert_eq!(
        check(Linter::GcpPos2, "I1234567", PrefixStatus::Offline),
        Err((LintCode::GcpDatasourceOffline, 1, 7))
    );
    // The second prefix of a coupon is looked up too.
    assert_eq!(
        check(
            Linter::CouponCode,
            "1401234512345611110123101101230123456",
            unknown
        ),
        Err((LintCode::InvalidGcpPrefix, 31, 6))
    );
}
