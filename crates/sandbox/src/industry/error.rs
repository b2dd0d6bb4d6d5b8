//! Why nothing could be generated.

use pangolin_epcis::{
    model::{TermError, TimeError, UriError},
    write::WriteError,
};
use pangolin_gs1::{PrefixTableError, ai::ValueError, id::NdcError};

use super::PlanError;

/// Why a history could not be generated. Only [`IndustryError::Plan`] can be the fault of a plan.
#[derive(Debug, thiserror::Error)]
pub enum IndustryError {
    /// The plan cannot be carried out.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A generated identifier is none.
    #[error("a generated identifier is not valid")]
    Uri(#[from] UriError),
    /// A generated key is none.
    #[error("a generated GS1 key is not valid")]
    Key(#[from] ValueError),
    /// A generated National Drug Code is none.
    #[error("a generated National Drug Code is not valid")]
    Ndc(#[from] NdcError),
    /// The company prefixes cannot stand in one table.
    #[error("the company prefixes cannot stand in one table")]
    Prefix(#[from] PrefixTableError),
    /// A generated time is none.
    #[error("a generated time is not valid")]
    Time(#[from] TimeError),
    /// A date lies outside the calendar.
    #[error("a generated date lies outside the calendar")]
    Date(#[from] jiff::Error),
    /// A word is not in the vocabulary.
    #[error("a generated word is not in the vocabulary")]
    Term(#[from] TermError),
    /// A file could not be written.
    #[error("the file could not be written")]
    File(#[from] WriteError),
    /// A file has nothing that the defect could spoil.
    #[error("the file has no {0:?} that the defect could spoil")]
    NothingToSpoil(&'static str),
}

impl IndustryError {
    /// Stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Plan(error) => error.code(),
            Self::Uri(_) => "generated-uri",
            Self::Key(_) => "generated-key",
            Self::Ndc(_) => "generated-ndc",
            Self::Prefix(_) => "generated-prefix",
            Self::Time(_) => "generated-time",
            Self::Date(_) => "generated-date",
            Self::Term(_) => "generated-term",
            Self::File(_) => "file-not-written",
            Self::NothingToSpoil(_) => "nothing-to-spoil",
        }
    }
}
