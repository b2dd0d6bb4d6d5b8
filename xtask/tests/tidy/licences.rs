//! Every package in the build has a licence that `deny.toml` allows. The same list serves `cargo deny`; this test needs
//! nothing but cargo.

use std::collections::BTreeSet;

use crate::support::{file, list, metadata, none, text};

#[test]
fn every_licence_is_permissive() {
    let allowed = allowed();
    assert!(
        allowed.len() > 3,
        "deny.toml lists the allowed licences under `allow`"
    );
    let mut findings = Vec::new();
    for package in list(metadata(), "packages") {
        let licence = text(package, "license");
        if !allows(licence, &allowed) {
            let (name, version) = (text(package, "name"), text(package, "version"));
            findings.push(format!("{name} {version}: {licence:?}"));
        }
    }
    none("licences outside the list in deny.toml", &findings);
}

#[test]
fn banned_packages_are_absent() {
    let mut findings = Vec::new();
    for name in strings_of("deny = [") {
        if list(metadata(), "packages")
            .iter()
            .any(|package| text(package, "name") == name)
        {
            findings.push(name.to_owned());
        }
    }
    none("packages banned in deny.toml", &findings);
}

#[test]
fn the_licence_expressions_are_understood() {
    let allowed = BTreeSet::from(["MIT", "Apache-2.0", "Apache-2.0 WITH LLVM-exception", "ISC"]);
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("", false),
        ("MIT OR GPL-2.0", true),
        ("MIT/Apache-2.0", true),
        ("MIT AND GPL-2.0", false),
        ("ISC AND (Apache-2.0 OR GPL-2.0)", true),
        ("(GPL-2.0 OR MPL-2.0) AND MIT", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("ISC WITH LLVM-exception", false),
        ("GPL-2.0 OR MIT AND ISC", true),
        ("MIT MIT", false),
        ("(MIT", false),
    ] {
        assert_eq!(allows(expression, &allowed), expected, "{expression}");
    }
}

/// Whether an SPDX expression can be met with the allowed licences alone.
fn allows(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let spaced = expression
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace('/', " OR ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    either(&mut rest, allowed) == Some(true) && rest.is_empty()
}

/// `a OR b`, which binds less than `AND`.
fn either(rest: &mut &[&str], allowed: &BTreeSet<&str>) -> Option<bool> {
    let mut met = both(rest, allowed)?;
    while rest.first() == Some(&"OR") {
        *rest = &rest[1..];
        met |= both(rest, allowed)?;
    }
    Some(met)
}

fn both(rest: &mut &[&str], allowed: &BTreeSet<&str>) -> Option<bool> {
    let mut met = one(rest, allowed)?;
    while rest.first() == Some(&"AND") {
        *rest = &rest[1..];
        met &= one(rest, allowed)?;
    }
    Some(met)
}

fn one(rest: &mut &[&str], allowed: &BTreeSet<&str>) -> Option<bool> {
    let (first, tail) = rest.split_first()?;
    *rest = tail;
    if *first == "(" {
        let met = either(rest, allowed)?;
        let (close, tail) = rest.split_first()?;
        *rest = tail;
        return (*close == ")").then_some(met);
    }
    if let ["WITH", exception, tail @ ..] = *rest {
        *rest = tail;
        return Some(allowed.contains(format!("{first} WITH {exception}").as_str()));
    }
    Some(allowed.contains(first))
}

/// The licences under `allow` in `deny.toml`.
fn allowed() -> BTreeSet<&'static str> {
    strings_of("allow = [").into_iter().collect()
}

/// The first text of each line of a list in `deny.toml`.
fn strings_of(start: &str) -> Vec<&'static str> {
    let deny = file("deny.toml").expect("deny.toml is there");
    deny.text
        .lines()
        .skip_while(|line| !line.starts_with(start))
        .skip(1)
        .take_while(|line| !line.starts_with(']'))
        .filter_map(|line| line.split('"').nth(1))
        .collect()
}
