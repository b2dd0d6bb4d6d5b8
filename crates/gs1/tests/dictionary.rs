//! Holds the table of application identifiers against the GS1 Barcode Syntax Dictionary, where it is at hand: every AI
//! with its format, linters, flags, rules of association, Digital Link role and title, and no AI beyond it.

mod common;

use pangolin_gs1::ai::{Ai, Class};
use std::collections::BTreeSet;

/// Writes a component as the dictionary does: `[N..12],linter,linter`.
fn components(ai: Ai) -> Vec<String> {
    let write = |part: &pangolin_gs1::ai::Component| {
        let class = match part.class {
            Class::Numeric => 'N',
            Class::Alphanumeric => 'X',
            Class::Restricted => 'Y',
            Class::Base64 => 'Z',
        };
        let dots = if part.len_min == part.len_max {
            ""
        } else {
            ".."
        };
        let (open, close) = if part.optional { ("[", "]") } else { ("", "") };
        let names = part.linters.iter().map(|linter| linter.name());
        let linters = std::iter::once("")
            .chain(names)
            .collect::<Vec<_>>()
            .join(",");
        format!("{open}{class}{dots}{}{close}{linters}", part.len_max)
    };
    ai.def().components.iter().map(write).collect()
}

#[test]
fn every_entry_is_in_the_table() {
    let Some(text) = common::testdata("gs1-syntax/gs1-syntax-dictionary.txt") else {
        return;
    };
    let mut listed = BTreeSet::new();
    for line in text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (entry, title) = line.split_once(" # ").unwrap_or((line, ""));
        let mut words: Vec<&str> = entry.split_whitespace().collect();
        let range = words.remove(0);
        let flags = if words[0].starts_with(['*', '?']) {
            words.remove(0)
        } else {
            ""
        };
        let (attributes, format): (Vec<&str>, Vec<&str>) = words
            .into_iter()
            .partition(|word| word.contains('=') || *word == "dlpkey");
        let attribute = |name: &str| -> Vec<&str> {
            attributes
                .iter()
                .filter_map(|word| word.strip_prefix(name)?.strip_prefix('='))
                .collect()
        };
        let qualifiers = match attribute("dlpkey")[..] {
            [qualifiers] => Some(qualifiers),
            _ => attributes.contains(&"dlpkey").then_some(""),
        };
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (from, to): (u16, u16) = (first.parse().unwrap(), last.parse().unwrap());
        for number in from..=to {
            let digits = format!("{number:0width$}", width = first.len());
            let ai = Ai::new(&digits).unwrap_or_else(|| panic!("({digits}) is missing"));
            let def = ai.def();
            assert_eq!(components(ai), format, "({ai})");
            assert_eq!(def.predefined, flags.contains('*'), "({ai})");
            assert_eq!(def.attribute, flags.contains('?'), "({ai})");
            let list = |text: &'static str| if text.is_empty() { vec![] } else { vec![text] };
            assert_eq!(list(def.requires), attribute("req"), "({ai})");
            assert_eq!(list(def.excludes), attribute("ex"), "({ai})");
            assert_eq!(def.qualifiers, qualifiers, "({ai})");
            assert_eq!(def.title, title.trim(), "({ai})");
            listed.insert(digits);
        }
    }
    let known: BTreeSet<String> = Ai::all().map(|ai| ai.to_string()).collect();
    assert_eq!(known, listed);
}
