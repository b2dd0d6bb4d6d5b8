//! Defects of documents and refusals of the chain, as they are sent.

use pangolin_epcis::defect;
use pangolin_ledger::report::Refusal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{deps::Trade, words};

/// Something wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Defect {
    /// Stable code, kebab-case.
    pub code: String,
    /// `warning`, `error` or `fatal`.
    pub severity: String,
    /// JSON pointer, or line:column.
    pub place: String,
    /// Index of the event in the document, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<usize>,
    /// What was found.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Defect {
    /// Whether reading ended with it.
    pub fn is_fatal(&self) -> bool {
        self.severity == defect::Severity::Fatal.as_str()
    }

    /// Whether it keeps nothing from being captured.
    pub fn is_warning(&self) -> bool {
        self.severity == defect::Severity::Warning.as_str()
    }
}

impl From<&defect::Defect> for Defect {
    fn from(found: &defect::Defect) -> Self {
        Self {
            code: found.code.to_owned(),
            severity: found.severity.as_str().to_owned(),
            place: found.place.to_string(),
            event: found.event,
            message: found.message.clone(),
            remedy: found.remedy.to_owned(),
        }
    }
}

/// Why a rule of the chain refused something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RefusalReport {
    /// Stable code, kebab-case.
    pub code: String,
    /// The rule: `area.rule`.
    pub rule: String,
    /// The kernel the rule belongs to: `K1` to `K12`.
    pub kernel: String,
    /// The thing concerned.
    pub subject: String,
    /// Place in the transaction.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl RefusalReport {
    /// A refusal in the words of the trade.
    pub fn new(refusal: &Refusal, trade: &dyn Trade) -> Self {
        Self {
            code: refusal.code.to_owned(),
            rule: refusal.rule.to_string(),
            kernel: refusal.kernel.to_string(),
            subject: words::subject(&refusal.subject),
            place: refusal.place.clone(),
            message: words::sentence(&refusal.message, trade),
            remedy: refusal.remedy.clone(),
        }
    }
}
