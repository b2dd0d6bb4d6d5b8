//! The documents are short, complete, and their links lead somewhere.

use std::path::{Component, Path, PathBuf};

use crate::support::{File, file, files, none, root};

/// The documents a stranger reads first, with the number of lines they may have.
const LENGTHS: [(&str, usize); 2] = [("README.md", 150), ("ARCHITECTURE.md", 250)];

/// What the repository must have.
const REQUIRED: [&str; 10] = [
    ".ci/run",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "deny.toml",
    "docs/glossary.md",
    "docs/guide/README.md",
    "docs/operating/README.md",
];

#[test]
fn first_documents_are_short() {
    let mut findings = Vec::new();
    for (path, max) in LENGTHS {
        let lines = file(path).map_or(0, |file| file.text.lines().count());
        if lines > max {
            findings.push(format!("{path}: {lines} lines, at most {max}"));
        }
    }
    none("what is read first is short", &findings);
}

#[test]
fn required_documents_are_there() {
    let findings: Vec<String> = REQUIRED
        .iter()
        .filter(|path| !root().join(path).is_file())
        .map(|path| (*path).to_owned())
        .collect();
    none("missing documents", &findings);
}

#[test]
fn decisions_are_numbered_and_listed() {
    let mut findings = Vec::new();
    let index = file("docs/adr/README.md").map_or("", |file| file.text.as_str());
    for file in files(&[".md"]) {
        let Some(name) = file.path.strip_prefix("docs/adr/") else {
            continue;
        };
        let numbered =
            name.len() > 4 && name[..3].bytes().all(|b| b.is_ascii_digit()) && &name[3..4] == "-";
        if name != "README.md" && !(numbered && index.contains(name)) {
            findings.push(format!(
                "{}: named NNN-*.md and listed in docs/adr/README.md",
                file.path
            ));
        }
    }
    none("decisions", &findings);
}

#[test]
fn links_lead_somewhere() {
    let mut findings = Vec::new();
    for file in files(&[".md"]) {
        for (number, target) in links(&file.text) {
            if let Err(why) = follow(file, target) {
                findings.push(format!("{}:{number}: {target}: {why}", file.path));
            }
        }
    }
    none("links to files and headings", &findings);
}

#[test]
fn anchors_are_made_as_the_forge_makes_them() {
    assert_eq!(anchor("## The life of one event"), "the-life-of-one-event");
    assert_eq!(anchor("# `POST /capture`: files"), "post-capture-files");
    let found: Vec<&str> = links("[a](b.md) `[x](y)` [c](d.md#e)\n```\n[f](g)\n```\n")
        .map(|(_, target)| target)
        .collect();
    assert_eq!(found, ["b.md", "d.md#e"]);
}

/// Link targets with their line numbers; code is left out.
fn links(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().flat_map(move |(number, line)| {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        let line = if fenced { "" } else { line };
        // Every second piece between backticks is code.
        let prose = line.split('`').step_by(2);
        prose
            .flat_map(|piece| piece.split("](").skip(1))
            .filter_map(|rest| rest.split([')', ' ']).next())
            .map(move |target| (number + 1, target))
            .collect::<Vec<_>>()
    })
}

fn follow(from: &File, target: &str) -> Result<(), String> {
    if ["https://", "http://", "mailto:"]
        .iter()
        .any(|start| target.starts_with(start))
    {
        return Ok(());
    }
    let (path, heading) = target
        .split_once('#')
        .map_or((target, None), |(path, heading)| (path, Some(heading)));
    let path = if path.is_empty() {
        from.path.clone()
    } else {
        let folder = Path::new(&from.path).parent().unwrap_or(Path::new(""));
        normal(&folder.join(path)).ok_or("leads out of the repository")?
    };
    if !root().join(&path).exists() {
        return Err("there is no such file".to_owned());
    }
    let Some(heading) = heading else {
        return Ok(());
    };
    let Some(document) = file(&path) else {
        return Ok(());
    };
    let found = document
        .text
        .lines()
        .filter(|line| line.starts_with('#'))
        .any(|line| anchor(line) == heading);
    if found {
        Ok(())
    } else {
        Err("there is no such heading".to_owned())
    }
}

/// A path without `.` and `..`; `None` if it leaves the repository.
fn normal(path: &Path) -> Option<String> {
    let mut parts = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(part) => parts.push(part),
            Component::ParentDir => {
                if !parts.pop() {
                    return None;
                }
            }
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.to_string_lossy().replace('\\', "/"))
}

/// The anchor of a heading: lower case, spaces to hyphens, other signs dropped.
fn anchor(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}
