//! Answering a query through the index.
//!
//! Each condition becomes a set of candidate events: bitmaps of indexed values, or the postings of an object. Their
//! intersection is walked window by window in the order of the result. What bitmaps cannot decide is decided by
//! [`Query::matches`] on the full event, only for candidates. A page ends when it is full or when its budget of work is
//! spent; its token says how to go on either way.

use std::ops::ControlFlow;

use jiff::Timestamp;
use pangolin_ledger::id::{Height, TimeMs};
use pangolin_profiles::capture::event_uri;
use rusqlite::OptionalExtension as _;

use super::{
    Direction, Filter, Order, Query, QueryError, Subject, TimeField,
    candidates::{Candidates, Set},
    matches::order_value,
    token::{self, Place},
    value::Scalar,
};
use crate::{
    error::{During as _, IndexError},
    limits::{
        MAX_DECODED_BYTES_PER_PAGE, MAX_DECODED_PER_PAGE, MAX_PAGE_BYTES, MAX_SCANNED_PER_PAGE,
        MAX_SORTED, TOKEN_LIFE_MS,
    },
    read::{
        event::{self, EventRow, StoredEvent},
        names::Names,
    },
    store::{Reading, SqliteIndex},
    write::nanoseconds,
};

/// A page of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventPage {
    /// The events, in the order of the query.
    pub events: Vec<StoredEvent>,
    /// How to get the next page; `None` after the last. A page can have fewer events than asked for, even none, and still
    /// not be the last.
    pub next: Option<NextPage>,
    /// The block as of which this is the answer.
    pub height: Height,
    /// Its time.
    pub time: TimeMs,
}

/// How to get the next page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextPage {
    /// For [`Query::next_page_token`].
    pub token: String,
    /// Until when.
    pub expires: TimeMs,
}

impl SqliteIndex {
    /// A page of the events that a query asks for. `now` is for the expiry of page tokens only.
    pub fn events(&self, query: &Query, now: TimeMs) -> Result<EventPage, IndexError> {
        let place = match &query.next_page_token {
            Some(token) => Some(token::open(self.token_key(), query, token, now.0)?),
            None => None,
        };
        self.read(|reading| {
            let (height, time) = reading.tip()?.unwrap_or((Height(0), TimeMs(0)));
            let mut run = Run::new(reading, query, place)?;
            run.check_size()?;
            let (events, rest) = run.page()?;
            let next = rest.map(|place| {
                let expires = now.plus(TOKEN_LIFE_MS.cast_unsigned());
                let place = Place {
                    expires: expires.0,
                    ..place
                };
                NextPage {
                    token: token::seal(self.token_key(), query, &place),
                    expires,
                }
            });
            Ok(EventPage {
                events,
                next,
                height,
                time,
            })
        })
    }
}

/// What is called for each candidate: with its place, whether the budget is spent, and the event if it passes.
type Visit<'v> =
    dyn FnMut((i64, i64), bool, Option<StoredEvent>) -> Result<ControlFlow<()>, IndexError> + 'v;

/// Work that one page may do.
struct Budget {
    scanned: usize,
    decoded: usize,
    bytes: usize,
}

impl Budget {
    const fn page() -> Self {
        Self {
            scanned: MAX_SCANNED_PER_PAGE,
            decoded: MAX_DECODED_PER_PAGE,
            bytes: MAX_DECODED_BYTES_PER_PAGE,
        }
    }

    const fn is_spent(&self) -> bool {
        self.scanned == 0 || self.decoded == 0 || self.bytes == 0
    }
}

/// A query being answered.
struct Run<'r> {
    reading: &'r Reading<'r>,
    query: &'r Query,
    names: Names,
    candidates: Candidates,
    /// Where the page before ended.
    after: Option<Place>,
    snapshot: i64,
    /// How many events may still come; -1 for any number.
    remaining: i64,
    /// Numbers of events that the record time allows.
    numbers: (i64, i64),
    /// Times of events that are allowed, in nanoseconds.
    times: (i64, i64),
}

impl<'r> Run<'r> {
    fn new(
        reading: &'r Reading<'r>,
        query: &'r Query,
        after: Option<Place>,
    ) -> Result<Self, IndexError> {
        let snapshot = match after {
            Some(place) => place.snapshot,
            None => last_event(reading)?,
        };
        let limit = query
            .event_count_limit
            .map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        let mut run = Self {
            reading,
            query,
            names: Names::default(),
            candidates: Candidates::of(reading, query)?,
            after,
            snapshot,
            remaining: after.map_or(limit, |place| place.remaining),
            numbers: (1, snapshot),
            times: (i64::MIN, i64::MAX),
        };
        for filter in &query.filters {
            if let Filter::Time {
                field,
                from,
                before,
            } = filter
            {
                run.bound(*field, *from, *before)?;
            }
        }
        Ok(run)
    }

    fn bound(
        &mut self,
        field: TimeField,
        from: Option<Timestamp>,
        before: Option<Timestamp>,
    ) -> Result<(), IndexError> {
        match field {
            TimeField::Event => {
                if let Some(from) = from {
                    self.times.0 = self.times.0.max(nanoseconds(from));
                }
                if let Some(before) = before {
                    self.times.1 = self.times.1.min(nanoseconds(before).saturating_sub(1));
                }
            }
            TimeField::Record => {
                if let Some(from) = from {
                    self.numbers.0 = self
                        .numbers
                        .0
                        .max(first_event_at(self.reading, from)?.unwrap_or(i64::MAX));
                }
                if let Some(before) = before
                    && let Some(first) = first_event_at(self.reading, before)?
                {
                    self.numbers.1 = self.numbers.1.min(first - 1);
                }
            }
            TimeField::ErrorDeclaration
            | TimeField::SensorStart
            | TimeField::SensorEnd
            | TimeField::SensorTime => {}
        }
        Ok(())
    }

    /// Refuses a result that is larger than the query allows; judged with its first page.
    fn check_size(&mut self) -> Result<(), IndexError> {
        let Some(limit) = self.query.max_event_count.filter(|_| self.after.is_none()) else {
            return Ok(());
        };
        let mut budget = Budget::page();
        let mut count = 0_u64;
        let mut spent = false;
        self.walk(&mut budget, |_, spent_now, found| {
            count += u64::from(found.is_some());
            spent |= spent_now;
            Ok(if count > limit || spent {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        if count > limit {
            return Err(QueryError::TooLarge {
                limit,
                remedy: "ask for less, or for pages without maxEventCount",
            }
            .into());
        }
        if spent {
            let message = "the result cannot be counted with reasonable work; leave maxEventCount out or ask for less";
            return Err(QueryError::TooComplex { message }.into());
        }
        Ok(())
    }

    /// The events of a page, and where the next begins.
    fn page(&mut self) -> Result<(Vec<StoredEvent>, Option<Place>), IndexError> {
        let room = match self.remaining {
            -1 => i64::from(self.query.per_page),
            remaining => remaining.min(i64::from(self.query.per_page)),
        };
        if room <= 0 {
            return Ok((Vec::new(), None));
        }
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        let mut budget = Budget::page();
        let mut events = Vec::new();
        let mut bytes = 0;
        let mut last = None;
        let mut more = false;
        self.walk(&mut budget, |place, spent, found| {
            if events.len() >= room {
                more = found.is_some() || spent;
                return Ok(if more {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                });
            }
            last = Some(place);
            if let Some(event) = found {
                bytes += event.size();
                events.push(event);
            }
            more = spent || bytes >= MAX_PAGE_BYTES;
            Ok(if more {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            })
        })?;
        let remaining = match self.remaining {
            -1 => -1,
            remaining => remaining - i64::try_from(events.len()).unwrap_or(i64::MAX),
        };
        let next = last
            .filter(|_| more && remaining != 0)
            .map(|(key, no)| Place {
                key,
                no,
                snapshot: self.snapshot,
                remaining,
                expires: 0,
            });
        Ok((events, next))
    }

    /// Calls `visit` for each candidate in the order of the result, after the place where the page before ended: with
    /// its place, whether the budget is spent, and the event if it passes.
    fn walk(
        &self,
        budget: &mut Budget,
        mut visit: impl FnMut(
            (i64, i64),
            bool,
            Option<StoredEvent>,
        ) -> Result<ControlFlow<()>, IndexError>,
    ) -> Result<(), IndexError> {
        let mut judge = |budget: &mut Budget, key: Option<i64>, no: i64| {
            budget.scanned = budget.scanned.saturating_sub(1);
            let row = event::row(self.reading, no)?;
            let found = match row {
                Some(row) if self.admits(&row) => self.decide(budget, &row)?,
                _ => None,
            };
            visit((key.unwrap_or(no), no), budget.is_spent(), found)
        };
        match &self.query.order {
            Order::RecordTime => {
                let after = self.after.map(|place| place.no);
                self.by_number(after, &mut |no| judge(budget, None, no))
            }
            Order::EventTime => self.by_time(&mut |time, no| judge(budget, Some(time), no)),
            Order::Extension(_) => self.by_extension(budget, &mut visit),
        }
    }

    /// Whether the row passes what rows can decide.
    fn admits(&self, row: &EventRow) -> bool {
        row.is_visible()
            && (self.numbers.0..=self.numbers.1).contains(&row.no)
            && (self.times.0..=self.times.1).contains(&row.time)
    }

    /// The event, if it passes.
    fn decide(
        &self,
        budget: &mut Budget,
        row: &EventRow,
    ) -> Result<Option<StoredEvent>, IndexError> {
        let stored = event::load(self.reading, &self.names, row.no)?;
        if !self.candidates.needs_reading(row.no) {
            return Ok(Some(stored));
        }
        budget.decoded = budget.decoded.saturating_sub(1);
        budget.bytes = budget.bytes.saturating_sub(stored.size());
        Ok(self.passes(&stored).then_some(stored))
    }

    fn passes(&self, stored: &StoredEvent) -> bool {
        let lens = self.reading.lens();
        let Ok(event) = stored.to_epcis(lens) else {
            return false;
        };
        let hash_uri = event_uri(&stored.id);
        let id = event
            .event_id
            .as_ref()
            .map_or(hash_uri.as_str(), |id| id.as_str());
        let Ok(record_time) = Timestamp::from_millisecond(stored.record_time.0) else {
            return false;
        };
        let subject = Subject {
            event: &event,
            id,
            record_time,
            issuer: &lens.party_uri(&stored.issuer),
        };
        self.candidates
            .resolved()
            .iter()
            .all(|filter| filter.matches(&subject))
    }

    /// Candidates by number.
    fn by_number(
        &self,
        after: Option<i64>,
        visit: &mut dyn FnMut(i64) -> Result<ControlFlow<()>, IndexError>,
    ) -> Result<(), IndexError> {
        let (mut low, mut high) = self.numbers;
        let descending = self.query.direction == Direction::Descending;
        if let Some(after) = after {
            if descending {
                high = high.min(after - 1);
            } else {
                low = low.max(after + 1);
            }
        }
        self.candidates
            .walk(self.reading, low, high, descending, visit)
    }

    /// Candidates by event time, then number: sorted in memory where they are few, else along the index of times.
    fn by_time(
        &self,
        visit: &mut dyn FnMut(i64, i64) -> Result<ControlFlow<()>, IndexError>,
    ) -> Result<(), IndexError> {
        let descending = self.query.direction == Direction::Descending;
        let beyond = |time: i64, no: i64| match self.after {
            None => true,
            Some(place) if descending => (time, no) < (place.key, place.no),
            Some(place) => (time, no) > (place.key, place.no),
        };
        if self.candidates.size() <= MAX_SORTED as u64 {
            let mut found = Vec::new();
            self.candidates.walk(
                self.reading,
                self.numbers.0,
                self.numbers.1,
                false,
                &mut |no| {
                    if let Some(row) = event::row(self.reading, no)?
                        && self.admits(&row)
                        && beyond(row.time, no)
                    {
                        found.push((row.time, no));
                    }
                    Ok(ControlFlow::Continue(()))
                },
            )?;
            found.sort_unstable();
            if descending {
                found.reverse();
            }
            for (time, no) in found {
                if visit(time, no)?.is_break() {
                    break;
                }
            }
            return Ok(());
        }
        let (mut low, mut high) = self.times;
        if let Some(place) = self.after {
            if descending {
                high = high.min(place.key);
            } else {
                low = low.max(place.key);
            }
        }
        let sql = if descending {
            "SELECT time, no FROM events WHERE time BETWEEN ?1 AND ?2 ORDER BY time DESC, no DESC"
        } else {
            "SELECT time, no FROM events WHERE time BETWEEN ?1 AND ?2 ORDER BY time, no"
        };
        let mut statement = self.reading.prepare(sql)?;
        let mut rows = statement.query([low, high]).during("reading times")?;
        let mut member = Set::default();
        while let Some(row) = rows.next().during("reading times")? {
            let (time, no) = (
                row.get(0).during("reading a time")?,
                row.get(1).during("reading a time")?,
            );
            if !beyond(time, no) || !self.candidates.holds(self.reading, &mut member, no)? {
                continue;
            }
            if visit(time, no)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Candidates by an extension field: all are read and sorted; the key of a place is how many came before.
    fn by_extension(&self, budget: &mut Budget, visit: &mut Visit<'_>) -> Result<(), IndexError> {
        let Order::Extension(name) = &self.query.order else {
            return Ok(());
        };
        let too_complex = || QueryError::TooComplex {
            message: "too many events to sort by an extension field; ask for less, or order by eventTime",
        };
        let mut found: Vec<(Option<Scalar>, i64)> = Vec::new();
        self.candidates.walk(
            self.reading,
            self.numbers.0,
            self.numbers.1,
            false,
            &mut |no| {
                let Some(row) = event::row(self.reading, no)?.filter(|row| self.admits(row)) else {
                    return Ok(ControlFlow::Continue(()));
                };
                if budget.is_spent() {
                    return Err(too_complex().into());
                }
                budget.scanned = budget.scanned.saturating_sub(1);
                budget.decoded = budget.decoded.saturating_sub(1);
                if let Some(stored) = self.decide(budget, &row)? {
                    let value = stored
                        .to_epcis(self.reading.lens())
                        .ok()
                        .and_then(|event| order_value(&event, name));
                    found.push((value, no));
                }
                Ok(ControlFlow::Continue(()))
            },
        )?;
        let descending = self.query.direction == Direction::Descending;
        found.sort_by(|(a, a_no), (b, b_no)| match (a, b) {
            (Some(a), Some(b)) if descending => b.order(a).then(b_no.cmp(a_no)),
            (Some(a), Some(b)) => a.order(b).then(a_no.cmp(b_no)),
            // Without the field: last, whatever the direction.
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (None, None) => a_no.cmp(b_no),
        });
        let skip = self
            .after
            .map_or(0, |place| usize::try_from(place.key).unwrap_or(0));
        for (at, (_, no)) in found.into_iter().enumerate().skip(skip) {
            let stored = event::load(self.reading, &self.names, no)?;
            let key = i64::try_from(at).unwrap_or(i64::MAX).saturating_add(1);
            if visit((key, no), false, Some(stored))?.is_break() {
                break;
            }
        }
        Ok(())
    }
}

fn last_event(reading: &Reading<'_>) -> Result<i64, IndexError> {
    let last: Option<i64> = reading
        .prepare("SELECT max(no) FROM events")?
        .query_row([], |row| row.get(0))
        .during("reading the last event")?;
    Ok(last.unwrap_or(0))
}

/// The number of the first event recorded at or after a time.
fn first_event_at(reading: &Reading<'_>, time: Timestamp) -> Result<Option<i64>, IndexError> {
    // Blocks have milliseconds: a bound between two of them excludes the earlier.
    let exact = time.as_nanosecond();
    let ms =
        i64::try_from(exact.div_euclid(1_000_000) + i128::from(exact.rem_euclid(1_000_000) > 0))
            .unwrap_or(i64::MAX);
    reading
        .prepare("SELECT first_event FROM blocks WHERE time >= ?1 ORDER BY height LIMIT 1")?
        .query_row([ms], |row| row.get(0))
        .optional()
        .during("looking up a block by time")
}
