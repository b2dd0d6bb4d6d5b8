//! What is wrong with a network file: all of it, each with its place and what to do.

use std::{fmt::Write as _, path::Path};

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

    /// As one failure: one problem with its place and remedy, or a list of them.
    pub(crate) fn failure(&self, path: &Path) -> Failure {
        if let [only] = self.0.as_slice() {
            return Failure::local("network-file", &only.what)
                .at(format!("{}: {}", path.display(), only.place))
                .advising(&only.remedy);
        }
        let shown = self.0.iter().take(SHOWN).map(|problem| {
            let Problem {
                place,
                what,
                remedy,
            } = problem;
            format!("\n  {place}: {what}; do: {remedy}")
        });
        let mut text = format!("{} things are wrong", self.0.len());
        text.extend(shown);
        if self.0.len() > SHOWN {
            let _infallible = write!(text, "\n  and {} more", self.0.len() - SHOWN);
        }
        Failure::local("network-file", text)
            .at(path.display().to_string())
            .advising("mend each; docs/operating/networks.md describes each key")
    }
}
