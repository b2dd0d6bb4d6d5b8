//! What the page is told.

use pangolin_proof::{
    file::{ProofFile, Report, provenance_report},
    provenance::{self, Certificate},
    trust::TrustedChain,
};
use serde_json::{Value, json};

use crate::question;

/// Answers a question.
pub(crate) fn to(asked: &[u8]) -> Vec<u8> {
    let answer = match question::read(asked) {
        Ok((trusted, proof)) => check(&trusted, proof),
        Err(message) => refused("question", None, message, "see the documentation of the package"),
    };
    serde_json::to_vec(&answer).unwrap_or_default()
}

fn check(trusted: &TrustedChain, proof: &[u8]) -> Value {
    if provenance::is_encoded(proof) {
        return code(trusted, proof);
    }
    let text = std::str::from_utf8(proof).ok();
    if let Some(code_bytes) = text.and_then(provenance::from_text) {
        return code(trusted, &code_bytes);
    }
    let file = match ProofFile::parse(proof) {
        Ok(file) => file,
        Err(error) => {
            return refused(error.code(), error.place(), &error.to_string(), error.remedy());
        }
    };
    match file.verify(trusted) {
        Ok(report) => told(&report),
        Err(error) => refused(
            error.code(),
            file.place(&error),
            &error.to_string(),
            error.remedy(),
        ),
    }
}

fn code(trusted: &TrustedChain, bytes: &[u8]) -> Value {
    const REMEDY: &str = "do not rely on this code: ask for another, or for the whole certificate";
    let certificate: Certificate = match provenance::decode(bytes) {
        Ok(certificate) => certificate,
        Err(error) => return refused("proof-syntax", None, &error.to_string(), REMEDY),
    };
    match provenance_report(&certificate, trusted) {
        Ok(report) => told(&report),
        Err(error) => refused(error.code(), None, &error.to_string(), REMEDY),
    }
}

fn refused(code: &str, place: Option<String>, reason: &str, remedy: &str) -> Value {
    json!({ "verified": false, "code": code, "place": place, "reason": reason, "remedy": remedy })
}

fn told(report: &Report) -> Value {
    let facts = report.facts.iter();
    json!({
        "verified": report.is_clean(),
        "chain": report.chain,
        "height": report.height,
        "timeMs": report.time_ms,
        "checks": report.checks.iter().map(|c| json!({ "code": c.code, "text": c.text })).collect::<Vec<_>>(),
        "facts": facts.map(|(name, value)| json!({ "name": name, "value": value.to_string() })).collect::<Vec<_>>(),
        "events": report.events.iter().map(|event| json!({
            "event": event.receipt.id.to_string(),
            "outcome": event.outcome().0,
            "code": event.outcome().1,
            "text": event.said().to_string(),
        })).collect::<Vec<_>>(),
        "warnings": report.warnings,
        "doubts": report.doubts.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "claimed": { "about": report.about, "texts": report.claims },
    })
}
