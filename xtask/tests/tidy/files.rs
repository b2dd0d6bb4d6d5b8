//! Sources are short, finished, and say what they are.

use crate::support::{File, all_files, files, none};

/// Lines of a source file, tests included.
const LINES_MAX: usize = 700;

/// Lines of a function outside the tests. Half of the functions have fewer than ten.
const FUNCTION_LINES_MAX: usize = 150;

#[test]
fn files_are_short() {
    let findings: Vec<String> = files(&[".rs", ".sql", ".ts", ".svelte", ".css"])
        .map(|file| (file, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(file, lines)| format!("{}: {lines} lines", file.path))
        .collect();
    none(
        &format!("a file has at most {LINES_MAX} lines: split it by meaning"),
        &findings,
    );
}

#[test]
fn files_are_not_empty() {
    let findings: Vec<String> = files(&[".rs", ".sql", ".md", ".toml"])
        .filter(|file| file.text.trim().is_empty())
        .map(|file| file.path.clone())
        .collect();
    none("a file without content is removed", &findings);
}

#[test]
fn functions_are_short() {
    let mut findings = Vec::new();
    for file in files(&[".rs"]).filter(|file| !is_test(file)) {
        for (line, name, length) in functions(file) {
            if length > FUNCTION_LINES_MAX {
                findings.push(format!("{}:{line}: {name} has {length} lines", file.path));
            }
        }
    }
    none(
        &format!("a function has at most {FUNCTION_LINES_MAX} lines"),
        &findings,
    );
}

#[test]
fn nothing_is_left_for_later() {
    // Written in two parts so that this file does not find itself.
    let calls = [["tod", "o!("], ["unimpl", "emented!("]].map(|parts| parts.concat());
    let notes =
        [["FIX", "ME"], ["XX", "X"], ["TO", "DO"], ["for ", "now"]].map(|parts| parts.concat());
    let mut findings = Vec::new();
    for file in files(&[".rs", ".ts", ".svelte", ".sql", ".toml", ".md"]) {
        for (number, line) in file.text.lines().enumerate() {
            let call = calls.iter().find(|call| word(line, call));
            // In code such a word may be data: a currency code, for example.
            let comment = comment(&file.path, line);
            if let Some(mark) = call.or_else(|| notes.iter().find(|note| word(comment, note))) {
                findings.push(format!("{}:{}: {mark}", file.path, number + 1));
            }
        }
    }
    none("finish it, or make the path to it a clear error", &findings);
}

#[test]
fn no_test_is_switched_off() {
    let marks = [["#[ign", "ore"], ["assert!(", "true)"]].map(|parts| parts.concat());
    let mut findings = Vec::new();
    for file in files(&[".rs"]) {
        for (number, line) in file.text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark.as_str())) {
                findings.push(format!("{}:{}: {}", file.path, number + 1, line.trim()));
            }
        }
    }
    none("a test that does not run is removed or repaired", &findings);
}

#[test]
fn lints_are_expected_with_a_reason() {
    let mark = ["#[al", "low("].concat();
    let inner = ["#![al", "low("].concat();
    let mut findings = Vec::new();
    for file in files(&[".rs"]) {
        for (number, line) in file.text.lines().enumerate() {
            let line = line.trim_start();
            // Helpers that several test programs share cannot expect: each program uses a part of them.
            let shared = is_test(file) && line.contains("reason = ");
            if !shared && (line.starts_with(&mark) || line.starts_with(&inner)) {
                findings.push(format!("{}:{}: {line}", file.path, number + 1));
            }
        }
    }
    none(
        "`#[expect(lint, reason = \"…\")]` instead of allow",
        &findings,
    );
}

#[test]
fn crates_say_what_they_are() {
    let roots = ["/src/lib.rs", "/src/main.rs"];
    let mut findings = Vec::new();
    for file in files(&["/src/lib.rs", "/src/main.rs"]) {
        let folder = roots
            .iter()
            .find_map(|root| file.path.strip_suffix(root))
            .unwrap_or_default();
        let first = file.text.lines().next().unwrap_or_default();
        if !first.starts_with("//! ") {
            findings.push(format!(
                "{}: the first line of {folder} is its purpose (`//! …`)",
                file.path
            ));
        }
    }
    none("every crate says its purpose", &findings);
}

#[test]
fn modules_say_what_they_are() {
    let findings: Vec<String> = files(&[".rs"])
        .filter(|file| file.path.contains("/src/"))
        .filter(|file| !is_test(file))
        .filter(|file| !file.text.trim_start().starts_with("//!"))
        .map(|file| file.path.clone())
        .collect();
    none(
        "every module begins with what it is for (`//! …`)",
        &findings,
    );
}

#[test]
fn no_path_of_a_machine_is_written_down() {
    // Each name in two parts so that this file does not find itself.
    let folders = [
        ["wo", "rk"],
        ["fa", "rm"],
        ["ro", "ot"],
        ["ho", "me"],
        ["tm", "p"],
        ["Use", "rs"],
    ];
    let mut findings = Vec::new();
    for file in all_files() {
        for (number, line) in file.text.lines().enumerate() {
            for folder in folders {
                let path = format!("/{}/", folder.concat());
                let Some(at) = line.find(&path) else { continue };
                let before = line[..at].chars().next_back();
                if before.is_none_or(|c| !c.is_alphanumeric() && !"._~}-".contains(c)) {
                    findings.push(format!("{}:{}: {path}", file.path, number + 1));
                }
            }
        }
    }
    none("a path of one machine says nothing on another", &findings);
}

fn is_test(file: &File) -> bool {
    file.path.ends_with("/tests.rs") || file.path.contains("/tests/")
}

/// What of a line is said to the reader: all of it in a document, the comment in a source.
fn comment<'a>(path: &str, line: &'a str) -> &'a str {
    let sign = match path.rsplit('.').next() {
        Some("md") => return line,
        Some("toml") => "#",
        Some("sql") => "--",
        _ => "//",
    };
    line.find(sign).map_or("", |at| &line[at..])
}

/// Whether a line holds the mark, not as a part of a longer word.
fn word(line: &str, mark: &str) -> bool {
    line.match_indices(mark).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + mark.len()..].chars().next();
        let open = mark.ends_with(|c: char| !c.is_alphanumeric());
        before.is_none_or(|c| !c.is_alphanumeric())
            && (open || after.is_none_or(|c| !c.is_alphanumeric()))
    })
}

/// Functions as rustfmt writes them, tests left out: first line, name, number of lines.
fn functions(file: &File) -> Vec<(usize, &str, usize)> {
    let lines: Vec<&str> = file
        .text
        .lines()
        .take_while(|line| line.trim() != "#[cfg(test)]")
        .collect();
    let mut functions = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let indent = line.len() - line.trim_start().len();
        let Some(name) = function_name(line.trim_start()) else {
            continue;
        };
        if line.ends_with('}') || line.ends_with(';') {
            continue;
        }
        let end = lines[start..].iter().position(|line| {
            line.len() > indent
                && line[..indent].trim().is_empty()
                && line[indent..].starts_with('}')
        });
        if let Some(length) = end {
            functions.push((start + 1, name, length + 1));
        }
    }
    functions
}

fn function_name(line: &str) -> Option<&str> {
    let mut rest = line;
    for word in [
        "pub",
        "(crate)",
        "(super)",
        "const",
        "async",
        "extern \"C\"",
    ] {
        rest = rest.strip_prefix(word).unwrap_or(rest).trim_start();
    }
    let rest = rest.strip_prefix("fn ")?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()
}
