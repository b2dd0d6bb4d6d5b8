//! What senders get wrong about the form of a file (STANDARDS §1.7).
//!
//! A defect spoils a file that was right, by a change of its text, the way a template, a script or a broken transfer would.

use crate::industry::{Format, IndustryError};

/// A typical defect of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Defect {
    /// The transfer broke off.
    BrokenOff,
    /// An empty line stands before the XML declaration.
    LineBeforeDeclaration,
    /// `action` stands before `epcList`.
    WrongElementOrder,
    /// There is no `action`.
    NoAction,
    /// 30 February.
    ImpossibleDate,
    /// The name of a time zone instead of an offset.
    ZoneName,
    /// A misspelt business step.
    MisspeltStep,
    /// A namespace prefix that is not declared.
    UndeclaredPrefix,
    /// A serial number with a space.
    SpaceInSerial,
    /// A company prefix with a digit too few.
    ShortPrefix,
    /// `&` instead of `&amp;`.
    BareAmpersand,
    /// A GLN with a wrong check digit.
    WrongCheckDigit,
    /// A comma after the last event.
    TrailingComma,
    /// A member in the wrong case.
    WrongCase,
}

impl Defect {
    /// Every defect.
    pub const ALL: [Self; 14] = [
        Self::BrokenOff,
        Self::LineBeforeDeclaration,
        Self::WrongElementOrder,
        Self::NoAction,
        Self::ImpossibleDate,
        Self::ZoneName,
        Self::MisspeltStep,
        Self::UndeclaredPrefix,
        Self::SpaceInSerial,
        Self::ShortPrefix,
        Self::BareAmpersand,
        Self::WrongCheckDigit,
        Self::TrailingComma,
        Self::WrongCase,
    ];

    /// Packs that a spoilt file is about.
    pub(super) const PACKS: u32 = 2;

    /// Kebab-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BrokenOff => "broken-off",
            Self::LineBeforeDeclaration => "line-before-declaration",
            Self::WrongElementOrder => "wrong-element-order",
            Self::NoAction => "no-action",
            Self::ImpossibleDate => "impossible-date",
            Self::ZoneName => "zone-name",
            Self::MisspeltStep => "misspelt-step",
            Self::UndeclaredPrefix => "undeclared-prefix",
            Self::SpaceInSerial => "space-in-serial",
            Self::ShortPrefix => "short-prefix",
            Self::BareAmpersand => "bare-ampersand",
            Self::WrongCheckDigit => "wrong-check-digit",
            Self::TrailingComma => "trailing-comma",
            Self::WrongCase => "wrong-case",
        }
    }

    /// What is wrong, for people.
    pub fn describe(self) -> &'static str {
        match self {
            Self::BrokenOff => "the transfer broke off",
            Self::LineBeforeDeclaration => "an empty line before the XML declaration",
            Self::WrongElementOrder => "elements in the wrong order",
            Self::NoAction => "an event without action",
            Self::ImpossibleDate => "30 February",
            Self::ZoneName => "EST instead of an offset",
            Self::MisspeltStep => "comissioning",
            Self::UndeclaredPrefix => "an undeclared namespace prefix",
            Self::SpaceInSerial => "a space in a serial number",
            Self::ShortPrefix => "a digit missing in a GTIN",
            Self::BareAmpersand => "a bare ampersand",
            Self::WrongCheckDigit => "a GLN with a wrong check digit",
            Self::TrailingComma => "a comma too many",
            Self::WrongCase => "eventtime instead of eventTime",
        }
    }

    /// The stable code that the EPCIS reader gives it.
    pub fn code(self) -> &'static str {
        match self {
            Self::BrokenOff => "xml-unclosed",
            Self::LineBeforeDeclaration => "xml-declaration-place",
            Self::WrongElementOrder => "xml-order",
            Self::NoAction | Self::WrongCase => "member-missing",
            Self::ImpossibleDate => "time-invalid",
            Self::ZoneName => "time-zone-offset-invalid",
            Self::MisspeltStep => "term-unknown",
            Self::UndeclaredPrefix => "xml-prefix",
            Self::SpaceInSerial => "uri-invalid",
            Self::ShortPrefix => "epc-invalid",
            Self::BareAmpersand => "xml-syntax",
            Self::WrongCheckDigit => "digital-link-invalid",
            Self::TrailingComma => "json-syntax",
        }
    }

    /// The format of the files that have it.
    pub fn format(self) -> Format {
        match self {
            Self::WrongCheckDigit | Self::TrailingComma | Self::WrongCase => Format::Json20,
            _ => Format::Xml12,
        }
    }

    /// Spoils a file.
    pub(in crate::industry) fn apply(self, file: &[u8]) -> Result<Vec<u8>, IndustryError> {
        let text = String::from_utf8_lossy(file);
        let replace = |from: &'static str, to: &str| {
            let found = text.contains(from).then(|| text.replacen(from, to, 1));
            found.ok_or(IndustryError::NothingToSpoil(from))
        };
        // what stands between `from` and `to` behind it becomes `by`
        let between = |from: &'static str, to: &str, by: &dyn Fn(&str) -> String| {
            let start = text
                .find(from)
                .map(|at| at + from.len())
                .ok_or(IndustryError::NothingToSpoil(from))?;
            let end = text[start..]
                .find(to)
                .map(|at| start + at)
                .ok_or(IndustryError::NothingToSpoil(from))?;
            Ok(format!(
                "{}{}{}",
                &text[..start],
                by(&text[start..end]),
                &text[end..]
            ))
        };
        let spoilt = match self {
            Self::BrokenOff => match text.split_once("<bizStep>") {
                Some((head, _)) => Ok(head.to_owned()),
                None => Err(IndustryError::NothingToSpoil("<bizStep>")),
            },
            Self::LineBeforeDeclaration => Ok(format!("\n{text}")),
            Self::WrongElementOrder => between("<ObjectEvent>", "<bizStep>", &|start| {
                let rest = start.replacen("<action>ADD</action>", "", 1);
                rest.replacen("<epcList>", "<action>ADD</action><epcList>", 1)
            }),
            Self::NoAction => replace("<action>ADD</action>", ""),
            Self::ImpossibleDate => between("<eventTime>", "T", &|date| {
                format!("{}-02-30", date.split('-').next().unwrap_or(date))
            }),
            Self::ZoneName => between("<eventTimeZoneOffset>", "<", &|_| "EST".to_owned()),
            Self::MisspeltStep => replace("bizstep:commissioning", "bizstep:comissioning"),
            Self::UndeclaredPrefix => {
                replace(" xmlns:gs1ushc=\"http://epcis.gs1us.org/hc/ns\"", "")
            }
            Self::SpaceInSerial => between("<epc>", "</epc>", &|epc| format!("{epc} A")),
            Self::ShortPrefix => between("<epc>urn:epc:id:sgtin:", ".", &|prefix| {
                prefix.chars().skip(1).collect()
            }),
            Self::BareAmpersand => replace("has complied with", "& agents have complied with"),
            Self::WrongCheckDigit => {
                between("\"destination\":\"https://id.gs1.org/417/", "\"", &|gln| {
                    next_check_digit(gln)
                })
            }
            Self::TrailingComma => replace("]}}", ",]}}"),
            Self::WrongCase => replace("\"eventTime\"", "\"eventtime\""),
        };
        spoilt.map(String::into_bytes)
    }
}

/// The last digit, one higher.
fn next_check_digit(gln: &str) -> String {
    let mut digits = gln.to_owned();
    let last = digits
        .pop()
        .and_then(|digit| digit.to_digit(10))
        .unwrap_or(0);
    digits.extend(char::from_digit((last + 1) % 10, 10));
    digits
}
