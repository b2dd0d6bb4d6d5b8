//! What the program prints: text for people, JSON for programs.

use clap::ValueEnum;
use serde::Serialize;
use std::io::{self, Write as _};

use crate::failure::Failure;

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

/// Prints why the program fails, to standard error: standard output holds results only.
pub(crate) fn failure(failure: &Failure, as_json: bool) {
    if as_json {
        note(serde_json::json!({ "error": failure.json() }).to_string());
        return;
    }
    for line in failure.lines() {
        note(line);
    }
}

/// A table without borders.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = comfy_table::Table::new();
    table
        .load_preset(comfy_table::presets::NOTHING)
        .set_content_arrangement(comfy_table::ContentArrangement::Dynamic)
        .set_header(header);
    for row in rows {
        table.add_row(row);
    }
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 1));
    }
    let lines: Vec<String> = table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect();
    lines.join("\n")
}

/// A list of names and values.
pub(crate) fn facts(facts: &[(&str, String)]) -> String {
    let width = facts.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let lines: Vec<String> = facts
        .iter()
        .map(|(name, value)| format!("{name:width$}  {value}"))
        .collect();
    lines.join("\n")
}
