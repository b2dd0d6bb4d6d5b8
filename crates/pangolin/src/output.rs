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

/// Prints text for people: what strangers wrote in it moves no cursor. A closed pipe ends the output, not the program.
pub(crate) fn line(text: impl AsRef<str>) {
    raw(tame(text.as_ref()));
}

/// Prints text for programs, as it is.
pub(crate) fn raw(text: impl AsRef<str>) {
    let _closed = writeln!(io::stdout(), "{}", text.as_ref());
}

/// Text without what would move the cursor, command the terminal, or turn the direction of reading. Lines stay lines.
fn tame(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let kept = matches!(c, '\n' | '\t');
        if !kept && moves(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character moves the cursor, begins a line, or turns the direction of reading.
pub(crate) fn moves(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Prints a value as one line of JSON.
pub(crate) fn json(value: &impl Serialize) {
    raw(serde_json::to_string(value).unwrap_or_default());
}

/// Prints a remark that is not part of the result.
pub(crate) fn note(text: impl AsRef<str>) {
    complain(&tame(text.as_ref()));
}

fn complain(text: &str) {
    let _closed = writeln!(io::stderr(), "{text}");
}

/// Prints why the program fails, to standard error: standard output holds results only.
pub(crate) fn failure(failure: &Failure, as_json: bool) {
    if as_json {
        complain(&serde_json::json!({ "error": failure.json() }).to_string());
        return;
    }
    for line in failure.lines() {
        note(indented(&line, 2));
    }
}

/// Text of which only the first line begins at the margin: what strangers wrote does not pass for a result.
fn indented(text: &str, by: usize) -> String {
    text.replace('\n', &format!("\n{}", " ".repeat(by)))
}

/// Text in one line.
pub(crate) fn single(text: &str) -> String {
    text.replace('\n', "\\n")
}

/// A table without borders.
pub(crate) fn table(header: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = comfy_table::Table::new();
    table
        .load_preset(comfy_table::presets::NOTHING)
        .set_content_arrangement(comfy_table::ContentArrangement::Dynamic)
        .set_header(header);
    for row in rows {
        // the first cell stands at the margin
        let cells = row.iter().enumerate();
        table.add_row(cells.map(|(column, cell)| {
            if column == 0 {
                single(cell)
            } else {
                cell.clone()
            }
        }));
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
        .map(|(name, value)| format!("{name:width$}  {}", indented(value, width + 2)))
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_wrote_commands_no_terminal() {
        let name = "\u{1b}[2J\u{1b}]0;mine\u{7}Evil\r\u{9b}A\u{202e}";
        let shown = r"\u{1b}[2J\u{1b}]0;mine\u{7}Evil\r\u{9b}A\u{202e}";
        assert_eq!(tame(name), shown);
        let rows = [vec![name.to_owned()]];
        let printed = tame(&table(&["name"], rows));
        assert!(
            !printed.chars().any(|c| c != '\n' && moves(c)),
            "{printed:?}"
        );
        assert_eq!(tame("Größe\t5 µm\nB"), "Größe\t5 µm\nB");
    }

    #[test]
    fn what_strangers_wrote_begins_no_line() {
        let name = "Evil\n\nCOMPLETE: every chain answered";
        let printed = [
            table(&["name"], [vec![name.to_owned()], vec!["North".to_owned()]]),
            facts(&[("name", name.to_owned()), ("place", "north".to_owned())]),
            indented(&format!("error [unknown] {name}"), 2),
        ];
        for text in printed {
            assert!(
                text.contains("COMPLETE") && !text.lines().any(|line| line.starts_with("COMPLETE")),
                "{text}"
            );
        }
    }
}
