//! What is wrong with a network file: all of it, each with its place and what to do.

use std::path::Path;

use crate::failure::Failure;

/// Most problems that are shown.
const SHOWN: usize = 20;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Where: a JSON pointer, or a line.
    pub(crate) place: String,
    /// What.
    pub(crate) what: String,
    /// What to do.
    pub(crate) remedy: String,
}

/// Everything that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl Problems {
    /// The file is no TOML, or has keys that are not known.
    pub(crate) fn syntax(text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().map(|span| {
            let before = text.get(..span.start).unwrap_or_default();
            before.matches('\n').count() + 1
        });
        Self(vec![Problem {
            place: line.map_or_else(|| "the file".to_owned(), |line| format!("line {line}")),
            what: error.message().trim().replace('\n', " "),
            remedy: "mend that line; docs/operating/networks.md describes each key".to_owned(),
        }])
    }

    /// As one failure: the first problem, and the others below it.
    pub(crate) fn failure(&self, path: &Path) -> Failure {
        let shown = self.0.iter().skip(1).take(SHOWN - 1);
        let mut more: Vec<String> = shown
            .map(|other| {
                format!(
                    "\n  and {}: {}; do: {}",
                    other.place, other.what, other.remedy
                )
            })
            .collect();
        if self.0.len() > SHOWN {
            more.push(format!("\n  and {} more", self.0.len() - SHOWN));
        }
        let first = self.0.first();
        let what = first.map(|first| first.what.as_str()).unwrap_or_default();
        let failure = Failure::local("network-file", format!("{what}{}", more.concat()));
        let place = first.map(|first| first.place.as_str()).unwrap_or_default();
        let failure = failure.at(format!("{}: {place}", path.display()));
        match first {
            Some(first) => failure.advising(&first.remedy),
            None => failure,
        }
    }
}
