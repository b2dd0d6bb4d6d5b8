//! No source file lies beside the build: each is reached from a target through `mod`.

use std::collections::BTreeSet;

use crate::support::{FOR_BROWSERS, file, files, list, metadata, none, root, text};

#[test]
fn every_source_is_reached() {
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = targets();
    assert!(open.len() > 5, "cargo metadata names the targets");
    while let Some(path) = open.pop() {
        if !reached.insert(path.clone()) {
            continue;
        }
        let Some(file) = file(&path) else { continue };
        let is_target = targets().contains(&path);
        open.extend(children(&file.path, &file.text, is_target));
    }
    let findings: Vec<String> = files(&[".rs"])
        .map(|file| file.path.clone())
        .filter(|path| !reached.contains(path))
        .collect();
    none("sources that no `mod` reaches", &findings);
}

#[test]
fn declarations_lead_to_files() {
    let at = |path, text, target| children(path, text, target);
    assert_eq!(
        at("a/src/lib.rs", "pub mod b;", true),
        ["a/src/b.rs", "a/src/b/mod.rs"]
    );
    assert_eq!(
        at("a/src/b.rs", "    pub(crate) mod c;", false),
        ["a/src/b/c.rs", "a/src/b/c/mod.rs"]
    );
    assert_eq!(
        at("a/src/b/mod.rs", "mod c; // why", false),
        ["a/src/b/c.rs", "a/src/b/c/mod.rs"]
    );
    assert_eq!(
        at("a/tests/t.rs", "#[path = \"x/y.rs\"]\nmod z;", true),
        ["a/tests/x/y.rs"]
    );
    assert!(at("a/src/lib.rs", "mod inline {\n}\n// mod no;", true).is_empty());
}

/// The root files of every target of our packages, from the root of the workspace.
fn targets() -> Vec<String> {
    let prefix = format!("{}/", root().display());
    list(metadata(), "packages")
        .iter()
        .filter(|package| package["source"].is_null())
        .flat_map(|package| list(package, "targets"))
        .filter_map(|target| text(target, "src_path").strip_prefix(&prefix))
        .map(str::to_owned)
        .chain([format!("{FOR_BROWSERS}src/lib.rs")])
        .collect()
}

/// The files that the `mod` declarations of a file may mean, and those it includes.
fn children(path: &str, text: &str, is_target: bool) -> Vec<String> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let stem = name.trim_end_matches(".rs");
    let own = if is_target || stem == "mod" {
        folder.to_owned()
    } else {
        format!("{folder}/{stem}")
    };
    let mut children = Vec::new();
    let mut given: Option<&str> = None;
    for line in text.lines() {
        let line = line.trim();
        if let Some(path) = line.strip_prefix("#[path = \"") {
            given = path.split('"').next();
        } else if let Some(path) = line.split("include!(\"").nth(1) {
            children.extend(
                path.split('"')
                    .next()
                    .map(|path| format!("{folder}/{path}")),
            );
        } else if let Some(module) = declared(line) {
            if let Some(path) = given.take() {
                children.push(format!("{folder}/{path}"));
            } else {
                children.push(format!("{own}/{module}.rs"));
                children.push(format!("{own}/{module}/mod.rs"));
            }
        }
    }
    children
}

/// `name` of a line `mod name;` of any visibility.
fn declared(line: &str) -> Option<&str> {
    let line = line.split("//").next()?.trim();
    let rest = line
        .strip_prefix("pub(crate) ")
        .or_else(|| line.strip_prefix("pub(super) "));
    let rest = rest.or_else(|| line.strip_prefix("pub ")).unwrap_or(line);
    let name = rest.strip_prefix("mod ")?.strip_suffix(';')?;
    name.chars()
        .all(|c| c.is_alphanumeric() || c == '_')
        .then_some(name)
}
