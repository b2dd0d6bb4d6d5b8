//! A capture job in XML: `EPCISCaptureJob` with the names of its JSON.
//!
//! The standard gives the element, its namespace and the attributes `captureID`, `running` and `success`; the rest are child
//! elements. Errors are problems (RFC 7807).

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

use super::job::{CaptureJob, JobProblem};

/// A text that is XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xml(pub String);

impl IntoResponse for Xml {
    fn into_response(self) -> Response {
        let media = [(header::CONTENT_TYPE, "application/xml; charset=utf-8")];
        (media, self.0).into_response()
    }
}

impl CaptureJob {
    /// The job in XML.
    pub fn to_xml(&self) -> Xml {
        let mut xml = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<epcis:EPCISCaptureJob xmlns:epcis=\"urn:epcglobal:epcis:xsd:2\" \
             captureID=\"{}\" running=\"{}\" success=\"{}\">\n",
            escaped(&self.capture_id),
            self.running,
            self.success
        );
        element(&mut xml, "createdAt", &self.created_at);
        if let Some(finished) = &self.finished_at {
            element(&mut xml, "finishedAt", finished);
        }
        element(
            &mut xml,
            "captureErrorBehaviour",
            &self.capture_error_behaviour,
        );
        xml.push_str("<errors>\n");
        for problem in &self.errors {
            error(&mut xml, problem);
        }
        xml.push_str("</errors>\n</epcis:EPCISCaptureJob>\n");
        Xml(xml)
    }
}

fn error(xml: &mut String, problem: &JobProblem) {
    xml.push_str("<error>\n");
    element(xml, "type", &problem.kind);
    element(xml, "title", &problem.title);
    element(xml, "code", &problem.code);
    element(xml, "detail", &problem.detail);
    element(xml, "remedy", &problem.remedy);
    if let Some(event) = problem.event {
        element(xml, "event", &event.to_string());
    }
    if let Some(id) = &problem.event_id {
        element(xml, "eventID", id);
    }
    if let Some(transaction) = &problem.transaction {
        element(xml, "transaction", transaction);
    }
    if let Some(until) = problem.open_until {
        element(xml, "openUntil", &until.to_string());
    }
    xml.push_str("</error>\n");
}

fn element(xml: &mut String, name: &str, text: &str) {
    for piece in ["<", name, ">", &escaped(text), "</", name, ">\n"] {
        xml.push_str(piece);
    }
}

/// XML 1.0 §2.2 and §2.4: what may not stand in a document is replaced.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(c),
            c if c < ' ' || matches!(c, '\u{FFFE}' | '\u{FFFF}') => escaped.push('\u{FFFD}'),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_element() {
        assert_eq!(
            escaped("a<b&\"c\">\u{1}"),
            "a&lt;b&amp;&quot;c&quot;&gt;\u{FFFD}"
        );
    }
}
