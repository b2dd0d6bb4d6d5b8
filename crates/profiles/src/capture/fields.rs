//! Fields of ILMD, event and document that become attributes.

use std::collections::{BTreeMap, BTreeSet};

use pangolin_epcis::{
    Event,
    model::{Element, Header, Time, Value as Content},
};
use pangolin_gs1::id::Lot;
use pangolin_ledger::{
    id::{Code, Digest32, FactKey, Value},
    limits::MAX_RESTS,
    state::{Expected, Rest},
};

use super::{
    defect::{Found, Problem, quote},
    lexicon::{COMMON, COMMON_NAMESPACE, Field, FieldPlace, Form, Lexicon, attribute},
};

/// Deepest nesting of a value that is looked into.
const DEPTH_MAX: usize = 4;

/// Elements that a field's text was found in, with the path to them.
struct Match<'e> {
    place: String,
    content: &'e Content,
}

/// Reads every field of the lexicon. `document` are the elements that the document states for all its events.
pub(super) fn read(
    lexicon: &Lexicon,
    event: &Event,
    document: &[Element],
    into: &mut BTreeMap<Code, Value>,
    found: &mut Found,
) {
    for field in lexicon.fields.iter().chain(COMMON) {
        // What stands closest to the event counts: ILMD, then the event, then the document.
        for place in [FieldPlace::Ilmd, FieldPlace::Event, FieldPlace::Document] {
            if !field.places.contains(&place) {
                continue;
            }
            let (elements, root) = match place {
                FieldPlace::Ilmd => (event.ilmd().unwrap_or_default(), "/ilmd"),
                FieldPlace::Event => (event.extensions.as_slice(), ""),
                FieldPlace::Document => (document, "/epcisHeader"),
            };
            let mut matches = Vec::new();
            search(field, elements, 0, root, &mut matches);
            if let Some(value) = one(field, &matches, found) {
                into.insert(field.code, value);
                break;
            }
            if !matches.is_empty() {
                break;
            }
        }
    }
}

/// What the event rests on: `restsOn` with `source`, `key` (or `keyHex`) and, if it is not enough that there is a value, `valueHash` or `absent`.
pub(super) fn rests(event: &Event, into: &mut BTreeMap<Code, Value>, found: &mut Found) {
    let named = |element: &&Element| {
        element.name.local == "restsOn" && element.name.namespace == COMMON_NAMESPACE
    };
    let elements = event.extensions.iter().filter(named);
    let items: Vec<&Content> = elements
        .flat_map(|element| match &element.value {
            Content::List(items) => items.iter().collect(),
            one => vec![one],
        })
        .collect();
    if items.is_empty() {
        return;
    }
    let mut rests = BTreeSet::new();
    for item in &items {
        match rest(item) {
            Some(rest) => drop(rests.insert(rest)),
            None => return found.add("/restsOn", malformed(item)),
        }
    }
    let value = Value::new(crate::rests::write(&rests));
    match value.ok().filter(|_| rests.len() <= MAX_RESTS) {
        Some(value) => drop(into.insert(attribute::RESTS_ON, value)),
        None => found.add(
            "/restsOn",
            Problem::FieldForm {
                name: "restsOn",
                form: "at most 8 facts, of 1024 bytes together",
                found: format!("{} facts", rests.len()),
            },
        ),
    }
}

fn malformed(item: &Content) -> Problem {
    Problem::FieldForm {
        name: "restsOn",
        form: "a source, its key or keyHex, and at most one of valueHash and absent",
        found: quote(text(item, 0).as_deref().unwrap_or("a structure")),
    }
}

fn rest(item: &Content) -> Option<Rest> {
    let Content::Object(children) = item else {
        return None;
    };
    let mut parts: BTreeMap<&str, String> = BTreeMap::new();
    for child in children {
        let namespace = child.name.namespace.as_str();
        let ours = namespace.is_empty() || namespace == COMMON_NAMESPACE;
        if !ours {
            return None;
        }
        let value = text(&child.value, 0)?.trim().to_owned();
        if parts.insert(child.name.local.as_str(), value).is_some() {
            return None;
        }
    }
    let source = crate::rests::source_id(&parts.remove("source")?)?;
    let key = match (parts.remove("key"), parts.remove("keyHex")) {
        (Some(text), None) => text.into_bytes(),
        (None, Some(digits)) => crate::rests::bytes(&digits)?,
        _ => return None,
    };
    let absent = match parts.remove("absent").as_deref() {
        None | Some("false" | "0") => false,
        Some("true" | "1") => true,
        _ => return None,
    };
    let expected = match (parts.remove("valueHash"), absent) {
        (None, false) => Expected::Present,
        (None, true) => Expected::Absent,
        (Some(digits), false) => Expected::Value(Digest32(crate::capture::unhex(
            &digits.to_ascii_lowercase(),
        )?)),
        (Some(_), true) => return None,
    };
    parts.is_empty().then_some(Rest {
        source,
        key: FactKey::new(key).ok()?,
        expected,
    })
}

/// Of a document's own elements, those that a field of the lexicon may be read from: they are kept with each event.
pub(super) fn of_document(lexicon: &Lexicon, header: &Header) -> Vec<Element> {
    let wanted = |element: &&Element| {
        lexicon
            .fields
            .iter()
            .any(|field| field.places.contains(&FieldPlace::Document) && named(field, element, 0))
    };
    header
        .header_extensions
        .iter()
        .chain(&header.extensions)
        .filter(wanted)
        .cloned()
        .collect()
}

fn named(field: &Field, element: &Element, level: usize) -> bool {
    let name = &element.name;
    let inherited = level > 0 && name.namespace.is_empty();
    field.path.get(level) == Some(&name.local.as_str())
        && (inherited || field.namespaces.contains(&name.namespace.as_str()))
}

fn search<'e>(
    field: &Field,
    elements: &'e [Element],
    level: usize,
    at: &str,
    out: &mut Vec<Match<'e>>,
) {
    for element in elements
        .iter()
        .filter(|element| named(field, element, level))
    {
        let place = format!("{at}/{}", element.name.local);
        if level + 1 == field.path.len() {
            out.push(Match {
                place,
                content: &element.value,
            });
        } else {
            descend(field, &element.value, level + 1, &place, out);
        }
    }
}

fn descend<'e>(
    field: &Field,
    content: &'e Content,
    level: usize,
    at: &str,
    out: &mut Vec<Match<'e>>,
) {
    match content {
        Content::Object(children) => search(field, children, level, at, out),
        Content::List(items) => items
            .iter()
            .for_each(|item| descend(field, item, level, at, out)),
        _ => {}
    }
}

/// The value, if all matches agree.
fn one(field: &Field, matches: &[Match<'_>], found: &mut Found) -> Option<Value> {
    let name = field.path.last().copied().unwrap_or_default();
    let mut value: Option<Value> = None;
    for Match { place, content } in matches {
        let text = text(content, 0);
        let Some(read) = text
            .as_deref()
            .and_then(|text| form(field.form, text.trim()))
        else {
            let form = describe(field.form);
            let shown = quote(text.as_deref().unwrap_or("a structure"));
            found.add(
                place.as_str(),
                Problem::FieldForm {
                    name,
                    form,
                    found: shown,
                },
            );
            return None;
        };
        if value.as_ref().is_some_and(|value| *value != read) {
            found.add(place.as_str(), Problem::FieldAmbiguous { name });
            return None;
        }
        value = Some(read);
    }
    value
}

/// The text of a simple value; JSON-LD may wrap it as `{"@value": …, "@type": …}`.
fn text(content: &Content, depth: usize) -> Option<String> {
    match content {
        Content::Text(text) => Some(text.clone()),
        Content::Number(number) => Some(number.canonical().to_owned()),
        Content::Bool(flag) => Some(flag.to_string()),
        Content::List(items) if depth < DEPTH_MAX => match items.as_slice() {
            [only] => text(only, depth + 1),
            _ => None,
        },
        Content::Object(children) if depth < DEPTH_MAX => {
            let value = children.iter().find(|child| child.name.local == "@value")?;
            text(&value.value, depth + 1)
        }
        _ => None,
    }
}

fn form(form: Form, text: &str) -> Option<Value> {
    match form {
        Form::Lot => Lot::new(text)
            .ok()
            .and_then(|lot| Value::new(lot.as_str()).ok()),
        Form::Day => day(text).and_then(|day| Value::new(day).ok()),
        Form::Flag => match text {
            "true" | "1" => Value::new("1").ok(),
            "false" | "0" => Value::new("0").ok(),
            _ => None,
        },
        Form::Count(max) => {
            let number: u32 = text
                .parse()
                .ok()
                .filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?;
            let number = (1..=max).contains(&number).then_some(number)?;
            Value::new(number.to_string()).ok()
        }
        Form::OneOf(words) => {
            let word = words.iter().find(|word| word.eq_ignore_ascii_case(text))?;
            Value::new(word).ok()
        }
        Form::Party => {
            let party = crate::member::party_id(text)?;
            Value::new(party.as_bytes()).ok()
        }
        Form::Chain => {
            let digits = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            digits.then(|| Value::new(text.to_ascii_lowercase()).ok())?
        }
        Form::Moment => {
            let instant = Time::parse(text).ok()?.instant();
            Value::new(instant.as_millisecond().to_string()).ok()
        }
    }
}

const fn describe(form: Form) -> &'static str {
    match form {
        Form::Lot => "a lot number of 1 to 20 characters of GS1 character set 82",
        Form::Day => "a day such as 2027-03-31",
        Form::Flag => "true or false",
        Form::Count(_) => "a whole number above zero and within its limit",
        Form::OneOf(_) => "one of the words that the profile knows",
        Form::Party => "a party: 13 digits of a GLN, or a URI",
        Form::Chain => "the identity of a chain, 64 hexadecimal digits",
        Form::Moment => "a time with its offset, such as 2027-03-31T12:00:00Z",
    }
}

/// `YYYYMMDD` of an `xsd:date` or `xsd:dateTime`. Day `00` stands for the last of the month, as in a GS1 barcode
/// (General Specifications §3.4.7).
fn day(text: &str) -> Option<String> {
    let (date, rest) = text.split_at_checked(10)?;
    let zone = |zone: &str| {
        zone.is_empty() || zone == "Z" || zone.starts_with(['+', '-']) && zone.len() == 6
    };
    if !(zone(rest) || rest.starts_with('T')) {
        return None;
    }
    let bytes = date.as_bytes();
    let dashes = bytes.get(4) == Some(&b'-') && bytes.get(7) == Some(&b'-');
    let number = |from: usize, to: usize| -> Option<u32> {
        let part = date.get(from..to)?;
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse().ok())
            .flatten()
    };
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let last = days_of(year, month)?;
    let day = if day == 0 { last } else { day };
    (dashes && day <= last).then(|| format!("{year:04}{month:02}{day:02}"))
}

/// Days of a month; `None` if there is no such month.
pub(crate) const fn days_of(year: u32, month: u32) -> Option<u32> {
    Some(match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400) => 29,
        2 => 28,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_have_their_forms() {
        let check = |kind: Form, text: &str, expect: Option<&str>| {
            let got = form(kind, text);
            assert_eq!(
                got.as_ref().map(Value::to_string).as_deref(),
                expect,
                "{kind:?} {text}"
            );
        };
        check(Form::Party, "0300011111116", Some("0300011111116"));
        let pgln = "urn:epc:id:pgln:030001.111111";
        check(Form::Party, pgln, Some("0300011111116"));
        check(Form::Party, "the office", None);
        check(Form::Chain, &"aB".repeat(32), Some(&"ab".repeat(32)));
        check(Form::Chain, &"ab".repeat(31), None);
        check(Form::Chain, &"xy".repeat(32), None);
        check(Form::Moment, "1970-01-01T01:00:00.5+01:00", Some("500"));
        check(Form::Moment, "2027-03-31T12:00:00", None);
        check(Form::Moment, "2027-03-31", None);
        check(Form::Lot, "A123", Some("A123"));
        check(Form::Lot, "", None);
        check(Form::Lot, "A 1", None);
        check(Form::Day, "2025-03-27", Some("20250327"));
        check(Form::Day, "2024-02-00", Some("20240229"));
        check(Form::Day, "2025-03-27Z", Some("20250327"));
        check(Form::Day, "2025-03-27-05:00", Some("20250327"));
        check(Form::Day, "2025-03-27T00:00:00Z", Some("20250327"));
        check(Form::Day, "2025-02-29", None);
        check(Form::Day, "2025-13-01", None);
        check(Form::Day, "250327", None);
        check(Form::Day, "2025-03-27x", None);
        check(Form::Day, "2025/03/27", None);
        check(Form::Flag, "true", Some("1"));
        check(Form::Flag, "yes", None);
        check(Form::Count(500), "0500", Some("500"));
        check(Form::Count(500), "501", None);
        check(Form::Count(500), "+5", None);
        check(Form::OneOf(&["take"]), "TAKE", Some("take"));
        check(Form::OneOf(&["take"]), "give", None);
    }

    #[test]
    fn months_have_their_days() {
        for (year, month, days) in [
            (2024, 2, 29),
            (1900, 2, 28),
            (2000, 2, 29),
            (2025, 4, 30),
            (2025, 12, 31),
        ] {
            assert_eq!(days_of(year, month), Some(days));
        }
        assert_eq!(days_of(2025, 0), None);
    }
}
