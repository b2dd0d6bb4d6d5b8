//! The values that occur: business steps, places, objects …

use pangolin_ledger::id::{Height, ObjectId, TimeMs};

use super::{Field, QueryError};
use crate::{
    error::{During as _, IndexError, damaged},
    limits::MAX_VOCABULARY_PAGE,
    store::{Reading, SqliteIndex},
};

/// A list of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vocabulary {
    /// Types of events.
    EventTypes,
    /// Business steps.
    BizSteps,
    /// Dispositions.
    Dispositions,
    /// Read points.
    ReadPoints,
    /// Business locations.
    BizLocations,
    /// Objects.
    Epcs,
}

impl Vocabulary {
    const fn field(self) -> Option<Field> {
        match self {
            Self::EventTypes => Some(Field::EventType),
            Self::BizSteps => Some(Field::BizStep),
            Self::Dispositions => Some(Field::Disposition),
            Self::ReadPoints => Some(Field::ReadPoint),
            Self::BizLocations => Some(Field::BizLocation),
            Self::Epcs => None,
        }
    }
}

/// A page of values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VocabularyPage {
    /// The values, ascending; of objects in the order of their first appearance.
    pub values: Vec<String>,
    /// For the next page; `None` after the last.
    pub next: Option<String>,
    /// The block as of which this is the answer.
    pub height: Height,
    /// Its time.
    pub time: TimeMs,
}

/// Bytes of the text that says where a page begins.
const MAX_AFTER_BYTES: usize = 1_024;

impl SqliteIndex {
    /// A page of the values that occur. `after` is what [`VocabularyPage::next`] said.
    pub fn vocabulary(
        &self,
        list: Vocabulary,
        after: Option<&str>,
        per_page: u32,
    ) -> Result<VocabularyPage, IndexError> {
        let per_page = i64::from(per_page.clamp(1, MAX_VOCABULARY_PAGE));
        if after.is_some_and(|after| after.len() > MAX_AFTER_BYTES) {
            return Err(QueryError::Token {
                reason: "is too long",
            }
            .into());
        }
        self.read(|reading| {
            let (height, time) = reading.tip()?.unwrap_or((Height(0), TimeMs(0)));
            let (mut values, marks) = match list.field() {
                Some(field) => terms(reading, field, after, per_page + 1)?,
                None => objects(reading, after, per_page + 1)?,
            };
            let room = usize::try_from(per_page).unwrap_or(usize::MAX);
            let next = if values.len() > room {
                room.checked_sub(1).and_then(|at| marks.get(at).cloned())
            } else {
                None
            };
            values.truncate(room);
            Ok(VocabularyPage {
                values,
                next,
                height,
                time,
            })
        })
    }

    /// Whether a value occurs, in any of its notations.
    pub fn occurs(&self, list: Vocabulary, value: &str) -> Result<bool, IndexError> {
        let Some(field) = list.field() else {
            return self.read(|reading| {
                let object = pangolin_gs1::Key::parse(value)
                    .ok()
                    .and_then(|key| reading.lens().object(&key));
                Ok(match object {
                    Some(object) => crate::read::names::object_row(reading, &object)?.is_some(),
                    None => false,
                })
            });
        };
        let value = match list {
            Vocabulary::BizSteps => word(pangolin_epcis::vocab::Vocabulary::BizStep, value),
            Vocabulary::Dispositions => word(pangolin_epcis::vocab::Vocabulary::Disposition, value),
            Vocabulary::ReadPoints | Vocabulary::BizLocations => crate::lens::canonical(value),
            Vocabulary::EventTypes | Vocabulary::Epcs => value.to_owned(),
        };
        self.read(|reading| {
            reading
                .prepare("SELECT EXISTS (SELECT 1 FROM terms WHERE kind = ?1 AND value = ?2)")?
                .query_row(
                    rusqlite::params![field.number(), super::stored(value)],
                    |row| row.get(0),
                )
                .during("looking up a term")
        })
    }
}

fn word(vocabulary: pangolin_epcis::vocab::Vocabulary, text: &str) -> String {
    vocabulary
        .find(text)
        .map_or_else(|| text.to_owned(), str::to_owned)
}

type Page = (Vec<String>, Vec<String>);

fn terms(
    reading: &Reading<'_>,
    field: Field,
    after: Option<&str>,
    limit: i64,
) -> Result<Page, IndexError> {
    let values: Vec<String> = reading
        .prepare("SELECT value FROM terms WHERE kind = ?1 AND value > ?2 ORDER BY value LIMIT ?3")?
        .query_map(
            rusqlite::params![field.number(), after.unwrap_or(""), limit],
            |row| row.get(0),
        )
        .and_then(Iterator::collect)
        .during("reading terms")?;
    Ok((values.clone(), values))
}

fn objects(reading: &Reading<'_>, after: Option<&str>, limit: i64) -> Result<Page, IndexError> {
    let after: i64 = match after {
        Some(text) => text.parse().map_err(|_| QueryError::Token {
            reason: "is malformed",
        })?,
        None => 0,
    };
    let rows: Vec<(i64, Vec<u8>)> = reading
        .prepare("SELECT id, key FROM objects WHERE id > ?1 ORDER BY id LIMIT ?2")?
        .query_map([after, limit], |row| Ok((row.get(0)?, row.get(1)?)))
        .and_then(Iterator::collect)
        .during("reading objects")?;
    let mut values = Vec::with_capacity(rows.len());
    let mut marks = Vec::with_capacity(rows.len());
    for (id, key) in rows {
        let object = ObjectId::new(key).map_err(|error| damaged(error.to_string()))?;
        values.push(reading.lens().object_uri(&object));
        marks.push(id.to_string());
    }
    Ok((values, marks))
}
