//! What the program prints: text for people, JSON for programs.

use clap::ValueEnum;
use serde::Serialize;
use std::io::{self, Write as _};

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Text for people.
    #[default]
    Text,
    /// One JSON value per result.
    Json,
}

/// Prints a line of text. A closed pipe ends the output, not the program.
pub(crate) fn line(text: impl AsRef<str>) {
    let _closed = writeln!(io::stdout(), "{}", text.as_ref());
}

/// Prints a value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) {
    line(serde_json::to_string(value).unwrap_or_default());
}

/// Prints a remark that is not part of the result.
pub(crate) fn note(text: impl AsRef<str>) {
    let _closed = writeln!(io::stderr(), "{}", text.as_ref());
}

/// Prints why the program fails.
pub(crate) fn error(error: &anyhow::Error, as_json: bool) {
    if as_json {
        let causes: Vec<String> = error.chain().skip(1).map(ToString::to_string).collect();
        let value = serde_json::json!({ "error": error.to_string(), "causes": causes });
        let _closed = writeln!(io::stderr(), "{value}");
        return;
    }
    let _closed = writeln!(io::stderr(), "error: {error}");
    for cause in error.chain().skip(1) {
        let _closed = writeln!(io::stderr(), "  because {cause}");
    }
}
