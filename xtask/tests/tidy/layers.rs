//! Dependencies point downward only, the pure crates are pure, and few crates name the engine.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::{files, list, metadata, none, text};

/// Our crates from the bottom up. A crate depends on crates of lines above its own only.
const LAYERS: [&[&str]; 13] = [
    &["pangolin-gs1"],
    &["pangolin-epcis"],
    &["pangolin-ledger"],
    &["pangolin-profiles"],
    &["pangolin-proof"],
    &["pangolin-sources"],
    &["pangolin-chain"],
    &["pangolin-index"],
    &["pangolin-client"],
    &["pangolin-interchain"],
    &["pangolin-api"],
    &["pangolin-sandbox"],
    &["pangolin"],
];

/// What a crate may not depend on although the layers would allow it.
const APART: [(&str, &[&str]); 5] = [
    ("pangolin-ledger", &["pangolin-gs1", "pangolin-epcis"]),
    ("pangolin-proof", &["pangolin-gs1", "pangolin-epcis"]),
    // The chain carries any industry: which profiles run is wired by the binary.
    (
        "pangolin-chain",
        &["pangolin-gs1", "pangolin-epcis", "pangolin-profiles"],
    ),
    // The read side is rebuilt from blocks; where they come from is not its business.
    ("pangolin-index", &["pangolin-chain"]),
    // A client sees the interface, nothing behind it.
    (
        "pangolin-client",
        &["pangolin-chain", "pangolin-index", "pangolin-api"],
    ),
];

/// Crates without async runtime, clock, randomness, files and network.
const PURE: [&str; 6] = [
    "pangolin-gs1",
    "pangolin-epcis",
    "pangolin-ledger",
    "pangolin-profiles",
    "pangolin-proof",
    "pangolin-sources",
];

/// Packages that a pure crate may not have among its dependencies, however deep.
///
/// Those of [`SHALLOW`] are looked at one level deep.
const IMPURE: [&str; 14] = [
    "async-std",
    "commonware-p2p",
    "commonware-runtime",
    "fastrand",
    "getrandom",
    "hyper",
    "mio",
    "rand",
    "reqwest",
    "rusqlite",
    "rustls",
    "socket2",
    "tokio",
    "tracing-subscriber",
];

/// `pangolin-proof`: the engine's certificate types come in packages that bring its runtime. `pangolin-sources`: packages of its signature
/// checks have optional randomness, which other crates of the workspace turn on.
const SHALLOW: [&str; 2] = ["pangolin-proof", "pangolin-sources"];

/// What the sources of a pure crate may not name: clocks, files, network, threads, environment, unordered maps.
const IMPURE_PATHS: [&str; 12] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "HashMap",
    "HashSet",
    "thread_rng",
    "OsRng",
    "RandomState",
];

/// Crates that may name the engine: what it certifies, what runs on it, and the binary that starts its runtime.
const ENGINE: [&str; 3] = ["pangolin-proof", "pangolin-chain", "pangolin"];

/// Words of an industry, which `ledger` and `chain` may not know.
const INDUSTRY: [&str; 10] = [
    "gtin",
    "sscc",
    "epcis",
    "pharma",
    "dscsa",
    "dispens",
    "medicine",
    "drug",
    "pallet",
    "serialised",
];

#[test]
fn dependencies_point_downward() {
    let layer = |name: &str| LAYERS.iter().position(|names| names.contains(&name));
    let mut findings = Vec::new();
    for (name, package) in ours() {
        let Some(own) = layer(name) else {
            if name != "xtask" {
                findings.push(format!("{name} has no place in LAYERS of the tidy test"));
            }
            continue;
        };
        for dependency in list(package, "dependencies") {
            let target = text(dependency, "name");
            // a crate's tests may name the crate itself, with a feature for tests
            if !ours().contains_key(target) || target == name {
                continue;
            }
            let apart = APART
                .iter()
                .any(|(from, to)| *from == name && to.contains(&target));
            if layer(target).is_none_or(|target| target >= own) || apart {
                findings.push(format!("{name} may not depend on {target}"));
            }
        }
    }
    none("dependencies point downward (ARCHITECTURE.md)", &findings);
}

#[test]
fn pure_crates_depend_on_nothing_impure() {
    let mut findings = Vec::new();
    for name in PURE {
        let deep = !SHALLOW.contains(&name);
        for dependency in reached(name, deep) {
            if IMPURE.contains(&dependency) {
                findings.push(format!("{name} must be pure and depends on {dependency}"));
            }
        }
    }
    none(
        "pure crates have no runtime, clock, randomness, files or network",
        &findings,
    );
}

#[test]
fn pure_sources_name_nothing_impure() {
    let mut findings = Vec::new();
    for file in files(&[".rs"]) {
        let pure = PURE
            .iter()
            .any(|name| file.path.starts_with(&source_folder(name)));
        if !pure || file.path.ends_with("tests.rs") || file.path.contains("/tests/") {
            continue;
        }
        for (number, line) in product_lines(&file.text) {
            if let Some(path) = IMPURE_PATHS.iter().find(|path| line.contains(**path)) {
                findings.push(format!("{}:{number}: {path}", file.path));
            }
        }
    }
    none(
        "the sources of pure crates name no clock, files, network, randomness or unordered map",
        &findings,
    );
}

#[test]
fn the_engine_is_named_in_one_place() {
    let mut findings = Vec::new();
    for (name, package) in ours() {
        for dependency in list(package, "dependencies") {
            let target = text(dependency, "name");
            if target.starts_with("commonware-") && !ENGINE.contains(&name) {
                findings.push(format!(
                    "{name} depends on {target}: use what pangolin-chain gives"
                ));
            }
        }
    }
    none(
        "only proof, chain and the binary name the engine (ADR 001)",
        &findings,
    );
}

#[test]
fn the_engine_is_pinned_to_one_exact_version() {
    let mut findings = Vec::new();
    for (name, package) in ours() {
        for dependency in list(package, "dependencies") {
            let (target, version) = (text(dependency, "name"), text(dependency, "req"));
            if target.starts_with("commonware-") && !version.starts_with('=') {
                findings.push(format!("{name} takes {target} {version}"));
            }
        }
    }
    let versions: BTreeSet<&str> = list(metadata(), "packages")
        .iter()
        .filter(|package| text(package, "name").starts_with("commonware-"))
        .filter(|package| !text(package, "name").ends_with("-macros-impl"))
        .map(|package| text(package, "version"))
        .collect();
    if versions.len() > 1 {
        findings.push(format!("several versions are built: {versions:?}"));
    }
    none("the engine is pinned (ADR 001)", &findings);
}

#[test]
fn ledger_and_chain_know_no_industry() {
    let mut findings = Vec::new();
    for file in files(&[".rs"]) {
        let general = ["pangolin-ledger", "pangolin-chain"];
        if !general
            .iter()
            .any(|name| file.path.starts_with(&source_folder(name)))
        {
            continue;
        }
        for (number, line) in product_lines(&file.text) {
            let line = line.to_lowercase();
            if let Some(word) = INDUSTRY.iter().find(|word| line.contains(**word)) {
                findings.push(format!("{}:{number}: {word}", file.path));
            }
        }
    }
    none("an industry's words belong to its profile", &findings);
}

/// The packages of the workspace by name.
fn ours() -> BTreeMap<&'static str, &'static Value> {
    let members: Vec<&str> = list(metadata(), "workspace_members")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    list(metadata(), "packages")
        .iter()
        .filter(|package| members.contains(&text(package, "id")))
        .map(|package| (text(package, "name"), package))
        .collect()
}

/// Names of the packages that a package of ours is built from, tests left out; of the direct ones only if not `deep`.
fn reached(name: &str, deep: bool) -> BTreeSet<&'static str> {
    let names: BTreeMap<&str, &str> = list(metadata(), "packages")
        .iter()
        .map(|package| (text(package, "id"), text(package, "name")))
        .collect();
    let nodes: BTreeMap<&str, &Value> = list(&metadata()["resolve"], "nodes")
        .iter()
        .map(|node| (text(node, "id"), node))
        .collect();
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = ours()
        .get(name)
        .map(|package| text(package, "id"))
        .into_iter()
        .collect();
    let start = open.first().copied();
    while let Some(id) = open.pop() {
        if !deep && Some(id) != start {
            continue;
        }
        let Some(node) = nodes.get(id) else { continue };
        for dependency in list(node, "deps") {
            // A dependency without a kind is one of the library itself, on any target.
            let built = list(dependency, "dep_kinds")
                .iter()
                .any(|kind| kind["kind"].is_null());
            let package = text(dependency, "pkg");
            if built && seen.insert(package) {
                open.push(package);
            }
        }
    }
    seen.into_iter()
        .filter_map(|id| names.get(id).copied())
        .collect()
}

fn source_folder(name: &str) -> String {
    format!("crates/{}/src/", name.trim_start_matches("pangolin-"))
}

/// Lines of product code with their numbers: no comments, nothing from the tests at the end of a file on.
fn product_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .map(|(number, line)| (number + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}
