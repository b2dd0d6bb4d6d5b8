use super::*;

fn ai(digits: &str) -> Ai {
    Ai::new(digits).unwrap_or_else(|| panic!("({digits}) is not in the table"))
}

#[test]
fn rows_are_ordered_and_every_ai_is_found_by_its_digits() {
    let ranks: Vec<_> = Ai::all()
        .map(|ai| AiDef::rank(ai.number, ai.def.digits))
        .collect();
    assert!(ranks.is_sorted_by(|a, b| a < b));
    for ai in Ai::all() {
        assert_eq!(Ai::new(&ai.to_string()), Some(ai));
        assert_eq!(Ai::at_start_of(&format!("{ai}0")), Some(ai));
    }
}

#[test]
fn no_ai_starts_another() {
    let all: Vec<String> = Ai::all().map(|ai| ai.to_string()).collect();
    for one in &all {
        assert!(
            !all.iter()
                .any(|other| other != one && other.starts_with(one.as_str())),
            "{one}"
        );
    }
}

#[test]
fn unassigned_digits_are_no_ai() {
    for digits in [
        "", "0", "04", "05", "3106", "3169", "99999", "ab", "1", "010", "٠١", "8000", "3944",
    ] {
        assert_eq!(Ai::new(digits), None, "{digits}");
    }
}

#[test]
fn two_digit_prefixes_of_predefined_length_have_one_length() {
    // A reader decides by two digits whether a separator follows (General Specifications, section 7.8.5).
    for ai in Ai::all().filter(|ai| ai.def.predefined) {
        assert_eq!(ai.def.len_min(), ai.def.len_max(), "{ai}");
        let prefix = ai.to_string()[..2].to_owned();
        for other in Ai::all().filter(|other| other.to_string().starts_with(&prefix)) {
            assert!(other.def.predefined, "{other}");
        }
    }
}

#[test]
fn only_the_last_component_varies_and_patterns_are_well_formed() {
    for ai in Ai::all() {
        let (last, head) = ai.def.components.split_last().unwrap();
        assert!(head.iter().all(|part| part.len_min == part.len_max), "{ai}");
        assert!(last.len_min <= last.len_max);
        for pattern in ai
            .def
            .requires
            .split([',', '+'])
            .chain(ai.def.excludes.split(','))
        {
            assert!(
                pattern.is_empty() || Ai::all().any(|other| other.matches(pattern)),
                "({ai}) names ({pattern})"
            );
        }
        for qualifier in ai.def.qualifiers.unwrap_or_default().split([',', '|']) {
            assert!(qualifier.is_empty() || Ai::new(qualifier).is_some(), "{ai}");
        }
    }
}

#[test]
fn values_are_checked_component_by_component() {
    for (digits, value, expected) in [
        ("01", "04012345123456", None),
        ("01", "0401234512345", Some(("value-too-short", 13))),
        ("01", "040123451234567", Some(("value-too-long", 14))),
        ("01", "04012345123457", Some(("incorrect-check-digit", 13))),
        ("01", "0401234512345a", Some(("non-digit-character", 13))),
        ("10", "", Some(("value-too-short", 0))),
        ("10", "ABC 1", Some(("invalid-cset82-character", 3))),
        ("10", "äbc", Some(("invalid-cset82-character", 0))),
        ("21", "123456789012345678901", Some(("value-too-long", 20))),
        ("17", "251332", Some(("illegal-month", 2))),
        ("253", "4012345555554", None),
        ("253", "401234555555498", None),
        ("423", "276756", None),
        ("423", "276000", Some(("not-iso3166", 3))),
        ("423", "27675", Some(("value-too-short", 5))),
        ("7008", "ABC", None),
        ("8008", "25010112", None),
        ("8008", "250101125960", Some(("illegal-second", 10))),
        ("8003", "140123455555511", Some(("not-zero", 0))),
        ("8006", "040123451234560102", None),
        (
            "8006",
            "040123451234560201",
            Some(("piece-number-exceeds-total", 14)),
        ),
        ("4330", "001234-", None),
        ("4330", "001234+", Some(("not-hyphen", 6))),
        ("7040", "1ABC", None),
    ] {
        let found = ai(digits)
            .check(value)
            .err()
            .map(|error| (error.code(), error.offset()));
        assert_eq!(found, expected, "({digits}){value}");
    }
}

#[test]
fn associations_follow_the_table() {
    let check = |digits: &[&str]| -> Vec<String> {
        let ais: Vec<Ai> = digits.iter().map(|digits| ai(digits)).collect();
        check_associations(&ais)
            .iter()
            .map(|error| match error {
                AssociationError::Missing { ai } => format!("{ai}?"),
                AssociationError::Excluded { ai, other } => format!("{ai}!{other}"),
            })
            .collect()
    };
    for (ais, expected) in [
        (&["01", "10", "17", "21"][..], &[][..]),
        (&["02"], &["02?"]),
        (&["00", "02", "37"], &[]),
        (&["02", "37"], &["37?"]),
        (&["10", "10"], &["10?"]),
        (&["250", "01"], &["250?"]),
        (&["250", "01", "21"], &[]),
        (&["01", "21", "235"], &["21!235"]),
        (&["01", "02", "00", "37"], &["01!37", "02!01"]),
        (&["01", "3103"], &[]),
        (&["01", "3102", "3103"], &["3102!3103", "3103!3102"]),
        (&["3932", "3103", "01"], &[]),
        (&["3922", "01"], &["3922?"]),
        (&["3922", "01", "30"], &[]),
        (&["420", "421"], &["420!421"]),
    ] {
        assert_eq!(check(ais), expected, "{ais:?}");
    }
}

#[test]
fn the_last_digit_of_measures_gives_decimal_places() {
    assert_eq!(ai("3103").decimal_places(), Some(3));
    assert_eq!(ai("3920").decimal_places(), Some(0));
    for digits in ["01", "7230", "91"] {
        assert_eq!(ai(digits).decimal_places(), None, "{digits}");
    }
}
