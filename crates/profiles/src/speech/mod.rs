//! What the ledger says, in the words of the trade.
//!
//! The ledger names identifiers, codes and times ([`Message`]); a profile has the words for them ([`Speech`]). Here they come
//! together: [`tell`] says a refusal so that whoever runs the pharmacy's system knows what was refused, which pack it is
//! about, which rule it was and what to do; [`happened`] says what an event did in one sentence.
//!
//! Names of parties are on the chain, not here: whoever can read them gives them as [`Names`].

mod event;
mod thing;

use pangolin_ledger::{
    id::{Code, PartyId, ProfileRef, Role, Scope, Value},
    report::{Message, Part, Refusal, Subject},
    state::Expected,
    tx::Stock,
};

pub use event::{Happened, declared_in_error, happened};
pub(crate) use event::{several, things, when};
pub use thing::{class, group, object, party};

use crate::{
    calendar,
    capture::{self, Form, Lexicon, attribute, id},
    catalog,
};

/// Finds the name of a party.
pub type Names<'a> = &'a dyn Fn(&PartyId) -> Option<String>;

/// No party has a name.
pub fn nameless(_: &PartyId) -> Option<String> {
    None
}

/// The words of a profile.
#[derive(Debug, Clone, Copy)]
pub struct Speech {
    /// What it adds to reduction; says how values of attributes are written.
    pub lexicon: &'static Lexicon,
    /// Words for a stage, an end, an attribute.
    pub describe: fn(Code) -> Option<&'static str>,
    /// The name of a role.
    pub role: fn(Role) -> Option<&'static str>,
    /// What the rule behind a code says, and what to do when it refuses.
    pub rule: fn(&str) -> Option<(&'static str, &'static str)>,
    /// The sentence for an event; `None` if the profile has none for it.
    pub event: fn(&Happened<'_>) -> Option<Message>,
}

/// A refusal in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The thing it is about.
    pub subject: String,
    /// What is wrong, in one sentence with the thing and the rule.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

const PLAIN: Speech = Speech {
    lexicon: &Lexicon::plain(ProfileRef { id: 0, version: 0 }),
    describe: |_| None,
    role: |_| None,
    rule: |_| None,
    event: |_| None,
};

/// The words of a profile; of one that is not known here, none beyond the identifiers' own.
pub fn of(profile: ProfileRef) -> &'static Speech {
    catalog::industry(profile).map_or(&PLAIN, |industry| industry.speech)
}

/// A refusal in the words of its profile.
pub fn tell(refusal: &Refusal, names: Names<'_>) -> Told {
    let speech = refusal.said.profile.map_or(&PLAIN, of);
    let subject = speech.subject(&refusal.subject, names);
    let what = speech.say(&refusal.said.message, names);
    let rule = (speech.rule)(refusal.code);
    let known = matches!(
        *refusal.subject,
        Subject::Event(_) | Subject::Transaction(_)
    ) || what.contains(&subject);
    let about = if known {
        String::new()
    } else {
        format!("{subject}: ")
    };
    let text = rule.map_or("", |(text, _)| text);
    let colon = if text.is_empty() { "" } else { ": " };
    let Refusal {
        kernel, rule: name, ..
    } = refusal;
    let message = format!("{about}{what} (rule {kernel} {name}{colon}{text})");
    let remedy = rule.map_or(refusal.remedy.as_str(), |(_, remedy)| remedy);
    Told {
        subject,
        message,
        remedy: remedy.to_owned(),
    }
}

impl Speech {
    /// A message in words.
    pub fn say(&self, message: &Message, names: Names<'_>) -> String {
        message
            .parts()
            .iter()
            .map(|part| self.part(part, names))
            .collect()
    }

    /// The thing a refusal is about.
    pub fn subject(&self, subject: &Subject, names: Names<'_>) -> String {
        match subject {
            Subject::Transaction(id) => format!("transaction {id}"),
            Subject::Event(id) => self.part(&id.into(), names),
            Subject::Object(id) => thing::object(id),
            Subject::Group(id) | Subject::Stock(Stock::Group(id)) => thing::group(id),
            Subject::Class(id) | Subject::Stock(Stock::Class(id)) => thing::class(id),
            Subject::Party(id) | Subject::Role(id, _) => thing::party(id, names),
            Subject::Key(id) => self.part(&id.into(), names),
            Subject::Document(id) => self.part(&id.into(), names),
            Subject::Order(id) => self.part(&id.into(), names),
            Subject::Profile(id) => self.part(&id.into(), names),
            Subject::Chain(id) => self.part(&id.into(), names),
        }
    }

    fn part(&self, part: &Part, names: Names<'_>) -> String {
        match part {
            Part::Text(text) => text.clone().into_owned(),
            Part::Object(id) => thing::object(id),
            Part::Group(id) => thing::group(id),
            Part::Class(id) => thing::class(id),
            Part::Party(id) => thing::party(id, names),
            Part::Event(id) => format!("event {}", capture::event_uri(id)),
            Part::Role(role) => match (self.role)(*role) {
                Some(name) => format!("the role {name}"),
                None => part.to_string(),
            },
            Part::Scope(scope) => limits(scope),
            Part::Time(time) => calendar::moment(*time),
            Part::Code(code) | Part::Attribute(code) => self.word(*code),
            Part::Value(code, value) => written(*code, value, names),
            Part::Document(_)
            | Part::Order(_)
            | Part::Key(_)
            | Part::Record(_)
            | Part::Profile(_)
            | Part::Chain(_) => part.to_string(),
        }
    }

    /// The word for a code; one of another industry in that one's words.
    fn word(&self, code: Code) -> String {
        let word = (self.describe)(code).or_else(|| catalog::describe(code));
        word.map_or_else(|| format!("code {code}"), str::to_owned)
    }
}

/// The value of an attribute as people write it.
fn written(code: Code, value: &Value, names: Names<'_>) -> String {
    const PARTIES: [Code; 4] = [
        attribute::OWNER_FROM,
        attribute::OWNER_TO,
        attribute::HOLDER_FROM,
        attribute::HOLDER_TO,
    ];
    let text = value.to_string();
    match catalog::field(code).map(|field| field.form) {
        Some(Form::Day) => day(&text).unwrap_or(text),
        Some(Form::Flag) if text == "1" => "yes".to_owned(),
        Some(Form::Flag) if text == "0" => "no".to_owned(),
        Some(Form::Party) => party_of(value, text, names),
        _ if PARTIES.contains(&code) => party_of(value, text, names),
        _ if matches!(code, attribute::PLACE_FROM | attribute::PLACE_TO) => id::place_uri(value),
        _ if code == attribute::RESTS_ON => rests(&text),
        _ if code == attribute::ARRIVE_BEFORE => text
            .parse()
            .map_or(text, |ms| calendar::moment(pangolin_ledger::id::TimeMs(ms))),
        _ => text,
    }
}

/// The facts that an event rests on.
fn rests(text: &str) -> String {
    let Some(rests) = crate::rests::read(text) else {
        return text.to_owned();
    };
    let each = rests.iter().map(|rest| {
        let what = match &rest.expected {
            Expected::Present => "a value".to_owned(),
            Expected::Absent => "nothing".to_owned(),
            Expected::Value(digest) => format!("the value with SHA-256 {digest}"),
        };
        format!("{what} under {} at the source {}", rest.key, rest.source)
    });
    each.collect::<Vec<_>>().join("; ")
}

fn party_of(value: &Value, text: String, names: Names<'_>) -> String {
    PartyId::new(value.as_bytes()).map_or(text, |id| thing::party(&id, names))
}

/// What a licence is limited to: a GTIN, a company prefix, or as it is.
fn limits(scope: &Scope) -> String {
    let text = scope.to_string();
    match text.len() {
        _ if !text.bytes().all(|byte| byte.is_ascii_digit()) => text,
        14 => format!("GTIN {text}"),
        6..=12 => format!("company prefix {text}"),
        _ => text,
    }
}

/// `20270331` as `2027-03-31`.
pub(crate) fn day(text: &str) -> Option<String> {
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let (year, rest) = text.split_at_checked(4).filter(|_| digits)?;
    let (month, day) = rest.split_at_checked(2)?;
    Some(format!("{year}-{month}-{day}"))
}

#[cfg(test)]
mod tests;
