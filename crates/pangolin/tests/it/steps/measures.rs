//! What a node measures, as a monitoring system reads it.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{Network, http};

/// What a series of a histogram ends with.
const PARTS: [&str; 3] = ["_bucket", "_sum", "_count"];

pub(crate) fn measurements_are_declared_and_described(network: &Network) {
    let documented = include_str!("../../../../../docs/operating/metrics.md");
    for name in ["validator-1", "observer"] {
        let token = Network::token("regulator");
        let answer = http::get(network.node(name).http, "/metrics", Some(&token)).unwrap();
        let text = String::from_utf8(answer.body).unwrap();
        assert_eq!(answer.status, 200, "{text}");
        let kinds = kinds(&text);
        let mut series = BTreeSet::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (sample, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{line}");
            assert!(series.insert(sample), "twice: {line}");
            let of = sample.split('{').next().unwrap();
            let family = PARTS.iter().find_map(|part| of.strip_suffix(part));
            let kind = kinds.get(of).or_else(|| kinds.get(family?)).copied();
            assert!(kind.is_some(), "not declared: {line}");
            assert_eq!(kind == Some("counter"), of.ends_with("_total"), "{line}");
        }
        for own in kinds.keys().filter(|own| own.starts_with("pangolin_")) {
            assert!(
                !own.ends_with("milliseconds"),
                "{own} is not in a base unit"
            );
            assert!(documented.contains(*own), "{own} is not documented");
        }
        assert!(
            series.contains("pangolin_peers") && kinds.len() > 100,
            "{text}"
        );
    }
}

/// Names with their kinds; each is declared once, and explained before.
fn kinds(text: &str) -> BTreeMap<&str, &str> {
    let mut kinds = BTreeMap::new();
    let mut explained = "";
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, words) = rest.split_once(' ').unwrap();
            assert!(!words.is_empty(), "{line}");
            explained = name;
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, explained, "{line}");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert_eq!(kinds.insert(name, kind), None, "twice: {line}");
        }
    }
    kinds
}
