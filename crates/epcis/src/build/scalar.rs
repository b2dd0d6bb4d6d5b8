//! Single values: identifiers, times, terms, numbers, texts.

use super::{Builder, describe, rules};
use crate::{
    check::{self, Expect},
    defect::{Pos, quote},
    model::{Decimal, Term, TermError, Time, Uri, ZoneOffset},
    raw::{Node, Raw},
    read::{Mode, Syntax},
    vocab::{self, Vocabulary},
};

/// Where CBV terms live that JSON writes as bare words (JSON schema, `vocab-other-uri`).
const CBV_OTHER: [&str; 3] = [
    "urn:epcglobal:cbv",
    "https://ns.gs1.org/cbv/",
    "http://ns.gs1.org/cbv/",
];
/// The same for sensor vocabularies (JSON schema, `vocab-nonGS1WebVoc-uri`).
const GS1_WEB: [&str; 4] = [
    "https://gs1.org/voc/",
    "http://gs1.org/voc/",
    "https://www.gs1.org/voc/",
    "http://www.gs1.org/voc/",
];

fn begins(prefixes: &[&str], text: &str) -> bool {
    prefixes.iter().any(|prefix| text.starts_with(prefix))
}

impl Builder<'_> {
    /// Any text, as it stands.
    pub(super) fn text(&mut self, node: Node) -> Option<String> {
        match node.raw {
            Raw::Text(text) | Raw::Untyped(text) => Some(text),
            // a number or boolean without quotes has one obvious text
            Raw::Number(text) => {
                self.report(
                    rules::VALUE_TYPE,
                    node.at,
                    format!("expected text, found the number {text}"),
                );
                Some(text)
            }
            other => {
                let message = format!("expected text, found {}", describe(&other));
                self.lose(rules::VALUE_TYPE, node.at, message);
                None
            }
        }
    }

    /// A text whose surrounding white space has no meaning.
    fn token(&mut self, node: Node) -> Option<String> {
        let at = node.at;
        let (Raw::Text(text) | Raw::Untyped(text)) = node.raw else {
            let message = format!("expected text, found {}", describe(&node.raw));
            self.lose(rules::VALUE_TYPE, at, message);
            return None;
        };
        let trimmed = text.trim();
        if trimmed.len() == text.len() {
            return Some(text);
        }
        // XML Schema collapses white space in these types; JSON does not
        if self.syntax == Syntax::Json {
            self.report(
                rules::VALUE_WHITESPACE,
                at,
                format!("{} has white space around it", quote(&text)),
            );
        }
        Some(trimmed.to_owned())
    }

    /// Any absolute URI.
    pub(super) fn uri(&mut self, node: Node) -> Option<Uri> {
        let at = node.at;
        let text = self.token(node)?;
        match Uri::parse(&text) {
            Ok(uri) => {
                if !uri.is_ascii() {
                    self.report(
                        rules::URI_NOT_ASCII,
                        at,
                        format!("{} holds characters beyond ASCII", quote(&text)),
                    );
                }
                Some(uri)
            }
            Err(error) => {
                self.lose(rules::URI_INVALID, at, format!("{}: {error}", quote(&text)));
                None
            }
        }
    }

    /// A URI that identifies an object, class, place, party or document.
    pub(super) fn identifier(&mut self, node: Node, expect: Expect) -> Option<Uri> {
        let at = node.at;
        let uri = self.uri(node)?;
        if let Some((rule, message)) = check::identifier(&uri, expect) {
            self.report(rule, at, message);
        }
        Some(uri)
    }

    /// A value of a vocabulary.
    pub(super) fn term(&mut self, vocabulary: Vocabulary, node: Node) -> Option<Term> {
        let at = node.at;
        let text = self.token(node)?;
        match Term::parse(vocabulary, &text) {
            Ok(term) => {
                self.check_form(&term, at);
                Some(term)
            }
            Err(error @ (TermError::Empty | TermError::NotUri(..))) => {
                self.lose(rules::TERM_UNKNOWN, at, error.to_string());
                None
            }
            Err(error @ TermError::Unknown(..)) => {
                // the GS1 Web Vocabulary grows faster than the standard, and the schema lets its CURIEs pass
                let rule = if text.starts_with("gs1:") {
                    rules::TERM_UNKNOWN_TOLERATED
                } else {
                    rules::TERM_UNKNOWN
                };
                self.report(rule, at, error.to_string());
                Some(Term::user(vocabulary, &text))
            }
        }
    }

    /// Standard terms are bare words in JSON (JSON schema, `vocab-other-uri`) and URIs in XML.
    fn check_form(&mut self, term: &Term, at: Pos) {
        let text = term.as_str();
        let bare = !text.contains(':');
        let wrong = match self.syntax {
            Syntax::Json => match term.vocabulary() {
                Vocabulary::Measurement | Vocabulary::Alert => begins(&GS1_WEB, text),
                _ => begins(&CBV_OTHER, text),
            },
            Syntax::Xml => bare,
        };
        if wrong {
            self.report(
                rules::TERM_FORM,
                at,
                format!("{} is a standard term in another form", quote(text)),
            );
        }
    }

    /// A time with its offset.
    pub(super) fn time(&mut self, node: Node) -> Option<Time> {
        let at = node.at;
        let text = self.token(node)?;
        let error = match Time::parse(&text) {
            Ok(time) => return Some(time),
            Err(error) => error,
        };
        let message = format!("{}: {error}", quote(&text));
        // a blank between date and clock is the one variant that cannot be misread
        let repaired = text.replacen(' ', "T", 1);
        let repaired = Time::parse(&repaired).ok();
        if repaired.is_some() && self.mode == Mode::Lenient {
            self.report(rules::TIME_INVALID, at, message);
            return repaired;
        }
        self.lose(rules::TIME_INVALID, at, message);
        None
    }

    /// `eventTimeZoneOffset`.
    pub(super) fn offset(&mut self, node: Node) -> Option<ZoneOffset> {
        let at = node.at;
        let text = self.token(node)?;
        let error = match ZoneOffset::parse(&text) {
            Ok(offset) => return Some(offset),
            Err(error) => error,
        };
        let message = format!("{}: {error}", quote(&text));
        let repaired = repair_offset(&text);
        if repaired.is_some() && self.mode == Mode::Lenient {
            self.report(rules::OFFSET_INVALID, at, message);
            return repaired;
        }
        self.lose(rules::OFFSET_INVALID, at, message);
        None
    }

    /// A decimal number.
    pub(super) fn decimal(&mut self, node: Node) -> Option<Decimal> {
        let at = node.at;
        let (text, typed) = match node.raw {
            Raw::Number(text) | Raw::Untyped(text) => (text, true),
            Raw::Text(text) => (text, false),
            other => {
                let message = format!("expected a number, found {}", describe(&other));
                self.lose(rules::NUMBER_INVALID, at, message);
                return None;
            }
        };
        match Decimal::parse(text.trim()) {
            Ok(number) if typed => Some(number),
            Ok(number) => {
                self.report(
                    rules::NUMBER_INVALID,
                    at,
                    format!("the number {} is written as text", quote(&text)),
                );
                Some(number)
            }
            Err(error) => {
                self.lose(
                    rules::NUMBER_INVALID,
                    at,
                    format!("{}: {error}", quote(&text)),
                );
                None
            }
        }
    }

    /// The amount of a quantity: `xsd:decimal` in XML, which has no exponent; in JSON any number.
    pub(super) fn amount(&mut self, node: Node) -> Option<Decimal> {
        if let (Syntax::Xml, Raw::Untyped(text)) = (self.syntax, &node.raw)
            && text.contains(['e', 'E'])
            && Decimal::parse(text).is_ok()
        {
            let message = format!("{} has an exponent", quote(text));
            self.report(rules::NUMBER_INVALID, node.at, message);
        }
        self.decimal(node)
    }

    /// True or false.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "every scalar reader consumes its node"
    )]
    pub(super) fn boolean(&mut self, node: Node) -> Option<bool> {
        let at = node.at;
        let (value, typed) = match &node.raw {
            Raw::Bool(value) => (Some(*value), true),
            // xsd:boolean has these four texts
            Raw::Untyped(text) => (boolean_text(text), true),
            Raw::Text(text) => (boolean_text(text), false),
            _ => (None, false),
        };
        if value.is_none() || !typed {
            let message = format!("expected true or false, found {}", describe(&node.raw));
            self.report(rules::BOOLEAN_INVALID, at, message);
        }
        self.broken |= value.is_none();
        value
    }

    /// Hexadecimal digits.
    pub(super) fn hex(&mut self, node: Node) -> Option<String> {
        let at = node.at;
        let text = self.token(node)?;
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            self.lose(
                rules::HEX_INVALID,
                at,
                format!("{} is not hexadecimal", quote(&text)),
            );
            return None;
        }
        Some(text)
    }

    /// A unit of measure of a quantity.
    pub(super) fn uom(&mut self, node: Node) -> Option<String> {
        let at = node.at;
        let text = self.token(node)?;
        if !vocab::is_uom_form(&text) {
            self.report(
                rules::UOM_INVALID,
                at,
                format!("{} is no unit code", quote(&text)),
            );
        } else if !vocab::is_uom(&text) {
            self.report(
                rules::UOM_UNKNOWN,
                at,
                format!("{} is not in the list of units", quote(&text)),
            );
        }
        Some(text)
    }
}

fn boolean_text(text: &str) -> Option<bool> {
    match text.trim() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

/// `Z`, `+0100`, `+1:00` and `+01` cannot be misread.
fn repair_offset(text: &str) -> Option<ZoneOffset> {
    if text.eq_ignore_ascii_case("z") {
        return ZoneOffset::parse("+00:00").ok();
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let (hours, minutes) = match rest.split_once(':') {
        Some(parts) => parts,
        None if rest.len() == 4 => rest.split_at_checked(2)?,
        None => (rest, "00"),
    };
    ZoneOffset::parse(&format!("{sign}{hours:0>2}:{minutes}")).ok()
}
