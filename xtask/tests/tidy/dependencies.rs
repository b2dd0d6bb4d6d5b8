//! Every dependency is declared once, with its reason.

use crate::support::{FOR_BROWSERS, File, file, files, none};

/// Groups whose reason stands above them: the engine and our own crates.
const GROUPED: [&str; 2] = ["commonware-", "pangolin-"];

#[test]
fn every_dependency_has_a_reason() {
    let mut findings = Vec::new();
    for (name, line) in declared() {
        let grouped = GROUPED.iter().any(|group| name.starts_with(group));
        let reason = line
            .split_once(" # ")
            .map_or("", |(_, reason)| reason.trim());
        if !grouped && reason.len() < 3 {
            findings.push(format!("Cargo.toml: {name} has no reason behind it"));
        }
    }
    none("a dependency says in one line why it is there", &findings);
}

#[test]
fn every_dependency_is_used() {
    let mut findings = Vec::new();
    for (name, _) in declared() {
        let used = files(&["/Cargo.toml"]).any(|file| {
            file.text.lines().any(|line| {
                let rest = line.strip_prefix(name).unwrap_or_default();
                rest.starts_with('.') || rest.starts_with(" =")
            })
        });
        if !used {
            findings.push(format!("Cargo.toml: no crate takes {name}"));
        }
    }
    none("a dependency nobody takes is removed", &findings);
}

#[test]
fn crates_take_versions_from_the_workspace() {
    let mut findings = Vec::new();
    for file in manifests() {
        let mut inside = false;
        for (number, line) in file.text.lines().enumerate() {
            if line.starts_with('[') {
                inside = line.ends_with("dependencies]");
            } else if inside && line.contains('=') && !line.starts_with('#') {
                let workspace =
                    line.contains(".workspace = true") || line.contains("workspace = true");
                if !workspace {
                    findings.push(format!("{}:{}: {line}", file.path, number + 1));
                }
            }
        }
    }
    none(
        "versions stand in the workspace's Cargo.toml only",
        &findings,
    );
}

#[test]
fn crates_take_lints_from_the_workspace() {
    let findings: Vec<String> = manifests()
        .filter(|file| !file.text.contains("[lints]\nworkspace = true"))
        .map(|file| file.path.clone())
        .collect();
    none("every crate has `[lints] workspace = true`", &findings);
}

#[test]
fn the_package_for_browsers_has_strict_lints_of_its_own() {
    let path = format!("{FOR_BROWSERS}Cargo.toml");
    let text = &file(&path).expect("the package has a manifest").text;
    let strict = ["unsafe_code = \"deny\"", "pedantic = { level = \"deny\""];
    assert!(strict.iter().all(|lint| text.contains(lint)), "{path}");
}

/// The manifests of the workspace's crates.
fn manifests() -> impl Iterator<Item = &'static File> {
    files(&["/Cargo.toml"]).filter(|file| !file.path.starts_with(FOR_BROWSERS))
}

/// The lines of `[workspace.dependencies]` with the name each declares.
fn declared() -> Vec<(&'static str, &'static str)> {
    let manifest = file("Cargo.toml").expect("the workspace has a manifest");
    manifest
        .text
        .lines()
        .skip_while(|line| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some((line.split_once(" = ")?.0.trim(), line)))
        .collect()
}
