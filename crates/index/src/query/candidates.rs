//! The events that may pass a query: one set per condition, intersected window by window.

use std::{collections::BTreeSet, ops::ControlFlow};

use pangolin_gs1::{Key, PrefixLen};
use pangolin_profiles::capture::parse_event_uri;
use rusqlite::{OptionalExtension as _, params};

use super::{
    ClassPlace, EpcPlace, Field, Filter, Has, Pattern, Query, QueryError, TimeField, is_within,
    pattern::{Families, may_span},
    stored,
};
use crate::{
    error::{During as _, IndexError},
    limits::{MAX_PATTERN_TERMS, MAX_PLACE_DEPTH, MAX_PLACES_BELOW, MAX_PREFIXES, WINDOW_BUCKETS},
    read::{event, names::object_row},
    store::{
        Reading,
        bits::{Bitmap, bucket, holds},
        object::{ObjectRole, event_flag, unposting},
    },
};

/// Events that may pass one condition: those of any of the terms, and some by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Set {
    terms: Vec<i64>,
    events: Bitmap,
    size: u64,
    /// The bucket that was looked at last, with its bits: for [`Candidates::holds`].
    last: Option<(i64, i64)>,
}

/// Events that may pass a query.
pub(super) struct Candidates {
    /// Ascending by size; empty: every event.
    sets: Vec<Set>,
    /// Whether every candidate must be read.
    read_all: bool,
    /// Events of which not all values are indexed.
    incomplete: Bitmap,
    /// The conditions, with places expanded to everything below them.
    resolved: Vec<Filter>,
}

/// Terms by which the next window is found.
const MAX_SEEK_TERMS: usize = 16;

impl Candidates {
    /// Translates the conditions.
    pub(super) fn of(reading: &Reading<'_>, query: &Query) -> Result<Self, IndexError> {
        let mut builder = Builder {
            reading,
            read_all: false,
        };
        let more = builder.terms(Field::Has, [Has::More.value()])?;
        let incomplete = builder.bitmap(&more.terms, 0, i64::MAX)?;
        let mut resolved = Vec::with_capacity(query.filters.len());
        let mut sets = Vec::new();
        for filter in &query.filters {
            let (filter, set) = builder.filter(filter)?;
            resolved.push(filter);
            if let Some(mut set) = set {
                for (bucket, bits) in &incomplete.0 {
                    set.events.or(*bucket, *bits);
                }
                sets.push(set);
            }
        }
        sets.sort_by_key(|set| set.size);
        Ok(Self {
            sets,
            read_all: builder.read_all,
            incomplete,
            resolved,
        })
    }

    /// At most so many events.
    pub(super) fn size(&self) -> u64 {
        self.sets.first().map_or(u64::MAX, |set| set.size)
    }

    /// The conditions for full events.
    pub(super) fn resolved(&self) -> &[Filter] {
        &self.resolved
    }

    /// Whether only the full event can decide.
    pub(super) fn needs_reading(&self, no: i64) -> bool {
        self.read_all
            || self
                .incomplete
                .0
                .get(&bucket(no))
                .is_some_and(|bits| holds(*bits, no))
    }

    /// Whether an event is a candidate. `memory` speeds up neighbours.
    pub(super) fn holds(
        &self,
        reading: &Reading<'_>,
        memory: &mut Set,
        no: i64,
    ) -> Result<bool, IndexError> {
        if self.sets.is_empty() {
            return Ok(true);
        }
        let at = bucket(no);
        let bits = match memory.last {
            Some((known, bits)) if known == at => bits,
            _ => self
                .window(reading, at, at)?
                .0
                .get(&at)
                .copied()
                .unwrap_or(0),
        };
        memory.last = Some((at, bits));
        Ok(holds(bits, no))
    }

    /// Calls `visit` for each candidate between two numbers, in order.
    pub(super) fn walk(
        &self,
        reading: &Reading<'_>,
        low: i64,
        high: i64,
        descending: bool,
        visit: &mut dyn FnMut(i64) -> Result<ControlFlow<()>, IndexError>,
    ) -> Result<(), IndexError> {
        let mut range = (low, high);
        while range.0 <= range.1 {
            let Some(start) = self.seek(reading, range, descending)? else {
                break;
            };
            let window = if descending {
                (start.saturating_sub(WINDOW_BUCKETS - 1).max(0), start)
            } else {
                (start, start.saturating_add(WINDOW_BUCKETS - 1))
            };
            let numbers = (
                range.0.max(window.0 << 6),
                range.1.min((window.1 << 6) | 63),
            );
            let inside = |no: &i64| (numbers.0..=numbers.1).contains(no);
            let flow = if self.sets.is_empty() {
                visit_each(numbers.0..=numbers.1, descending, visit)?
            } else {
                let found = self.window(reading, window.0, window.1)?;
                visit_each(found.iter().filter(inside), descending, visit)?
            };
            if flow.is_break() {
                break;
            }
            if descending {
                range.1 = numbers.0 - 1;
            } else {
                range.0 = numbers.1 + 1;
            }
        }
        Ok(())
    }

    /// The next bucket that may hold a candidate.
    fn seek(
        &self,
        reading: &Reading<'_>,
        range: (i64, i64),
        descending: bool,
    ) -> Result<Option<i64>, IndexError> {
        let from = bucket(if descending { range.1 } else { range.0 });
        let Some(set) = self.sets.first() else {
            return Ok(Some(from));
        };
        if set.terms.len() > MAX_SEEK_TERMS {
            return Ok(Some(from));
        }
        let mut best = if descending {
            set.events
                .0
                .range(..=from)
                .next_back()
                .map(|(bucket, _)| *bucket)
        } else {
            set.events.0.range(from..).next().map(|(bucket, _)| *bucket)
        };
        let sql = if descending {
            "SELECT bucket FROM term_events WHERE term = ?1 AND bucket <= ?2 ORDER BY bucket DESC LIMIT 1"
        } else {
            "SELECT bucket FROM term_events WHERE term = ?1 AND bucket >= ?2 ORDER BY bucket LIMIT 1"
        };
        let mut statement = reading.prepare(sql)?;
        for term in &set.terms {
            let found: Option<i64> = statement
                .query_row([*term, from], |row| row.get(0))
                .optional()
                .during("seeking a term")?;
            best = match (best, found) {
                (Some(a), Some(b)) if descending => Some(a.max(b)),
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        Ok(best)
    }

    /// The candidates in a window of buckets.
    fn window(&self, reading: &Reading<'_>, low: i64, high: i64) -> Result<Bitmap, IndexError> {
        let builder = Builder {
            reading,
            read_all: false,
        };
        let mut result: Option<Bitmap> = None;
        for set in &self.sets {
            let mut own = builder.bitmap(&set.terms, low, high)?;
            for (bucket, bits) in set.events.0.range(low..=high) {
                own.or(*bucket, *bits);
            }
            let joined = match result.take() {
                None => own,
                Some(mut before) => {
                    before.and(&own);
                    before
                }
            };
            if joined.is_empty() {
                return Ok(joined);
            }
            result = Some(joined);
        }
        Ok(result.unwrap_or_default())
    }
}

fn visit_each(
    numbers: impl DoubleEndedIterator<Item = i64>,
    descending: bool,
    visit: &mut dyn FnMut(i64) -> Result<ControlFlow<()>, IndexError>,
) -> Result<ControlFlow<()>, IndexError> {
    let mut each = |no| visit(no);
    if descending {
        for no in numbers.rev() {
            if each(no)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    } else {
        for no in numbers {
            if each(no)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Translates conditions into sets.
struct Builder<'r> {
    reading: &'r Reading<'r>,
    read_all: bool,
}

impl Builder<'_> {
    /// The condition for full events, and its set; `None` if the rows decide.
    fn filter(&mut self, filter: &Filter) -> Result<(Filter, Option<Set>), IndexError> {
        let same = |set| (filter.clone(), Some(set));
        Ok(match filter {
            Filter::OneOf { field, values } => {
                same(self.terms(*field, values.iter().map(String::as_str))?)
            }
            Filter::Within { field, places } => {
                let places = self.below(places)?;
                let set = self.terms_where(*field, |value| {
                    places.iter().any(|place| is_within(value, place))
                })?;
                (
                    Filter::Within {
                        field: *field,
                        places,
                    },
                    Some(set),
                )
            }
            Filter::EventId { ids } => same(self.event_ids(ids)?),
            Filter::Time {
                field: TimeField::Event | TimeField::Record,
                ..
            } => (filter.clone(), None),
            Filter::Time {
                field: TimeField::ErrorDeclaration,
                ..
            } => same(self.read_with(Has::ErrorDeclaration)?),
            Filter::Time {
                field: TimeField::SensorStart | TimeField::SensorEnd | TimeField::SensorTime,
                ..
            }
            | Filter::Sensor { .. } => same(self.read_with(Has::Sensor)?),
            Filter::Quantity { .. } => same(self.read_with(Has::Quantity)?),
            Filter::ErrorDeclaration => {
                same(self.terms(Field::Has, [Has::ErrorDeclaration.value()])?)
            }
            Filter::SensorElement => same(self.terms(Field::Has, [Has::Sensor.value()])?),
            Filter::Extension { name, .. } => {
                self.read_all = true;
                same(self.terms(Field::Extension, [name.local()])?)
            }
            Filter::Epc { place, patterns } => {
                let patterns = self.with_prefixes(patterns)?;
                let set = self.objects(*place, &patterns)?;
                let place = *place;
                (Filter::Epc { place, patterns }, Some(set))
            }
            Filter::Class { place, patterns } => {
                let patterns = self.with_prefixes(patterns)?;
                let set = self.classes(*place, &patterns)?;
                let place = *place;
                (Filter::Class { place, patterns }, Some(set))
            }
        })
    }

    fn read_with(&mut self, has: Has) -> Result<Set, IndexError> {
        self.read_all = true;
        self.terms(Field::Has, [has.value()])
    }

    /// The events that have one of the values.
    fn terms<'v>(
        &self,
        field: Field,
        values: impl IntoIterator<Item = &'v str>,
    ) -> Result<Set, IndexError> {
        let mut statement = self
            .reading
            .prepare("SELECT id, n FROM terms WHERE kind = ?1 AND value = ?2")?;
        let mut set = Set::default();
        for value in values {
            let found: Option<(i64, i64)> = statement
                .query_row(params![field.number(), stored(value.to_owned())], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()
                .during("looking up a term")?;
            if let Some((id, n)) = found {
                set.terms.push(id);
                set.size = set.size.saturating_add(n.cast_unsigned());
            }
        }
        Ok(set)
    }

    /// The events that have a value that passes `test`.
    fn terms_where(&self, field: Field, test: impl Fn(&str) -> bool) -> Result<Set, IndexError> {
        let mut statement = self
            .reading
            .prepare("SELECT id, n, value FROM terms WHERE kind = ?1")?;
        let mut rows = statement.query([field.number()]).during("reading terms")?;
        let mut set = Set::default();
        let mut seen = 0;
        while let Some(row) = rows.next().during("reading terms")? {
            seen += 1;
            if seen > MAX_PATTERN_TERMS {
                let message =
                    "the pattern would have to be held against too many values; give more of it";
                return Err(QueryError::TooComplex { message }.into());
            }
            let value = row
                .get_ref(2)
                .and_then(|value| Ok(value.as_str()?))
                .during("reading a term")?;
            if test(value) {
                set.terms.push(row.get(0).during("reading a term")?);
                set.size = set.size.saturating_add(
                    row.get::<_, i64>(1)
                        .during("reading a term")?
                        .cast_unsigned(),
                );
            }
        }
        Ok(set)
    }

    fn event_ids(&self, ids: &BTreeSet<String>) -> Result<Set, IndexError> {
        let mut set = self.terms(Field::EventId, ids.iter().map(String::as_str))?;
        for id in ids.iter().filter_map(|id| parse_event_uri(id)) {
            for no in event::numbers(self.reading, &id)? {
                let own = event::row(self.reading, no)?
                    .is_none_or(|row| row.flags & event_flag::OWN_ID != 0);
                if !own {
                    add(&mut set, no);
                }
            }
        }
        Ok(set)
    }

    /// The patterns with the company prefixes that the index has seen and that bear on them.
    fn with_prefixes(&self, patterns: &[Pattern]) -> Result<Vec<Pattern>, IndexError> {
        let mut patterns = patterns.to_vec();
        for pattern in &mut patterns {
            let Some(prefix) = pattern.company_prefix().map(str::to_owned) else {
                continue;
            };
            if let Pattern::Wide { prefixes, .. } = pattern {
                prefixes.0 = self.prefixes_around(&prefix)?;
            }
        }
        Ok(patterns)
    }

    /// The known company prefixes that start `prefix`, or that it starts.
    fn prefixes_around(&self, prefix: &str) -> Result<BTreeSet<String>, IndexError> {
        let mut statement = self
            .reading
            .prepare("SELECT prefix FROM prefixes WHERE prefix BETWEEN ?1 AND ?2 LIMIT ?3")?;
        let mut found = BTreeSet::new();
        let shorter = (PrefixLen::MIN..prefix.len()).filter_map(|len| prefix.get(..len));
        let ranges = shorter
            .map(|start| (start.to_owned(), start.to_owned()))
            .chain([(prefix.to_owned(), format!("{prefix}:"))]);
        for (low, high) in ranges {
            let rows = statement
                .query_map(params![low, high, MAX_PREFIXES], |row| row.get(0))
                .during("reading company prefixes")?;
            for row in rows {
                found.insert(row.during("reading a company prefix")?);
            }
        }
        Ok(found)
    }

    fn objects(&mut self, place: EpcPlace, patterns: &[Pattern]) -> Result<Set, IndexError> {
        let roles: &[ObjectRole] = match place {
            EpcPlace::Epc => &[ObjectRole::Subject, ObjectRole::Child],
            EpcPlace::Parent => &[ObjectRole::Parent],
            EpcPlace::Input => &[ObjectRole::Input],
            EpcPlace::Output => &[ObjectRole::Output],
            EpcPlace::Any => &[
                ObjectRole::Subject,
                ObjectRole::Child,
                ObjectRole::Parent,
                ObjectRole::Input,
                ObjectRole::Output,
            ],
        };
        let mut set = Set::default();
        for pattern in patterns {
            let families = match (pattern, pattern.families()) {
                (Pattern::Exact(key), _) => {
                    self.postings(key, roles, &mut set)?;
                    continue;
                }
                (_, Families::One(family)) => self.terms(Field::Family, [family.as_str()])?,
                (_, Families::Many(wide)) => {
                    self.terms_where(Field::Family, |family| may_span(wide, family))?
                }
                (_, Families::Irrelevant) => continue,
            };
            self.read_all = true;
            set.terms.extend(families.terms);
            set.size = set.size.saturating_add(families.size);
        }
        Ok(set)
    }

    fn postings(&self, key: &Key, roles: &[ObjectRole], set: &mut Set) -> Result<(), IndexError> {
        let Some(object) = self.reading.lens().object(key) else {
            return Ok(());
        };
        let Some(row) = object_row(self.reading, &object)? else {
            return Ok(());
        };
        for (event, role) in object_postings(self.reading, row.id)? {
            if roles.contains(&role) {
                add(set, event);
            }
        }
        Ok(())
    }

    fn classes(&mut self, place: ClassPlace, patterns: &[Pattern]) -> Result<Set, IndexError> {
        let fields: &[Field] = match place {
            ClassPlace::Epc => &[Field::EpcClass],
            ClassPlace::Input => &[Field::InputClass],
            ClassPlace::Output => &[Field::OutputClass],
            ClassPlace::Any => &[Field::EpcClass, Field::InputClass, Field::OutputClass],
        };
        let mut set = Set::default();
        for (field, pattern) in fields
            .iter()
            .flat_map(|field| patterns.iter().map(move |pattern| (*field, pattern)))
        {
            let found = if let Pattern::Exact(key) = pattern {
                self.terms(field, [key.canonical().as_str()])?
            } else {
                self.read_all = true;
                self.terms_where(field, |value| pattern.may_match(value))?
            };
            set.terms.extend(found.terms);
            set.size = set.size.saturating_add(found.size);
        }
        Ok(set)
    }

    /// The places and everything below them.
    fn below(&self, places: &BTreeSet<String>) -> Result<BTreeSet<String>, IndexError> {
        let mut all = places.clone();
        let mut level: Vec<String> = places.iter().cloned().collect();
        let mut statement = self
            .reading
            .prepare("SELECT place FROM places WHERE parent = ?1")?;
        for _ in 0..MAX_PLACE_DEPTH {
            let mut next = Vec::new();
            for place in &level {
                let below = statement
                    .query_map([place], |row| row.get::<_, String>(0))
                    .during("reading places")?;
                for place in below {
                    let place = place.during("reading a place")?;
                    if all.insert(place.clone()) {
                        next.push(place);
                    }
                }
                if all.len() > MAX_PLACES_BELOW {
                    let message = "too many places lie below; name smaller ones";
                    return Err(QueryError::TooComplex { message }.into());
                }
            }
            level = next;
        }
        Ok(all)
    }

    /// The events of any of the terms, in a range of buckets.
    fn bitmap(&self, terms: &[i64], low: i64, high: i64) -> Result<Bitmap, IndexError> {
        let mut statement = self.reading.prepare(
            "SELECT bucket, bits FROM term_events WHERE term = ?1 AND bucket BETWEEN ?2 AND ?3",
        )?;
        let mut map = Bitmap::default();
        for term in terms {
            let mut rows = statement
                .query([*term, low, high])
                .during("reading a bitmap")?;
            while let Some(row) = rows.next().during("reading a bitmap")? {
                map.or(
                    row.get(0).during("reading a bitmap")?,
                    row.get(1).during("reading a bitmap")?,
                );
            }
        }
        Ok(map)
    }
}

fn add(set: &mut Set, no: i64) {
    set.events.or(bucket(no), crate::store::bits::bit(no));
    set.size = set.size.saturating_add(1);
}

/// The events of an object with its roles, in the order of the events.
pub(crate) fn object_postings(
    reading: &Reading<'_>,
    object: i64,
) -> Result<Vec<(i64, ObjectRole)>, IndexError> {
    let mut statement = reading.prepare("SELECT at, bits FROM postings WHERE bucket = ?1")?;
    let mut rows = statement
        .query([bucket(object)])
        .during("reading postings")?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().during("reading postings")? {
        if holds(row.get(1).during("reading a posting")?, object) {
            let at: i64 = row.get(0).during("reading a posting")?;
            found.extend(unposting(at));
        }
    }
    Ok(found)
}
