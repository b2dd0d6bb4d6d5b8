//! What a check of a proof file found, in plain words.

/// One thing that was checked and held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable code.
    pub code: &'static str,
    /// What was checked, in plain words.
    pub text: String,
}

/// The result of checking a proof file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Name of the chain.
    pub chain: String,
    /// What its sender says that the file is about. Nothing proves it.
    pub about: String,
    /// What else its sender says and nothing proves.
    pub claims: Vec<String>,
    /// Height of the block or state.
    pub height: u64,
    /// Ledger time of that height, milliseconds since 1970.
    pub time_ms: u64,
    /// What was checked and held.
    pub checks: Vec<Check>,
    /// What is shown by the checks: name and value.
    pub facts: Vec<(String, String)>,
    /// What the file does not show. Not empty means: do not rely on it.
    pub doubts: Vec<String>,
}

impl Report {
    pub(super) const fn new(chain: String, about: String) -> Self {
        Self {
            chain,
            about,
            claims: Vec::new(),
            height: 0,
            time_ms: 0,
            checks: Vec::new(),
            facts: Vec::new(),
            doubts: Vec::new(),
        }
    }

    /// Whether everything was shown.
    pub const fn is_clean(&self) -> bool {
        self.doubts.is_empty()
    }

    pub(super) fn check(&mut self, code: &'static str, text: impl Into<String>) {
        self.checks.push(Check {
            code,
            text: text.into(),
        });
    }

    pub(super) fn fact(&mut self, name: &str, value: impl std::fmt::Display) {
        self.facts.push((name.to_owned(), value.to_string()));
    }

    pub(super) fn claim(&mut self, text: impl Into<String>) {
        self.claims.push(text.into());
    }

    pub(super) fn doubt(&mut self, text: impl Into<String>) {
        self.doubts.push(text.into());
    }
}
