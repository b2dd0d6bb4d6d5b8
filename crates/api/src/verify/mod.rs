//! Product verification: GS1 Lightweight Messaging Standard 1.1 with the additions of GS1 US 1.3 (STANDARDS §5).
//!
//! Steps, in this order: the question's form ([`request`]) → who answers for the item ([`directory`]) → whether the requester
//! is an authorised trading partner, and does not guess ([`requester`]) → the state of the pack → the responder's policy
//! ([`policy`]) → the answer ([`answer`]). The requester is judged **before** anything is said about the pack.
//!
//! Answers are made from the chain's state alone: no event is read for them.

pub mod answer;
pub mod asker;
pub mod declined;
pub mod directory;
pub mod guess;
pub mod policy;
pub mod request;
pub mod requester;

use axum::http::StatusCode;
use pangolin_ledger::{
    query::{self, ObjectStatus},
    state::{Group, keys},
    tx::OrderScope,
};

pub use self::declined::Declined;
use self::{
    answer::Answer,
    asker::Asker,
    directory::Found,
    policy::{Facts, Match, judge},
    request::Question,
};
use crate::{
    app::App,
    auth::Caller,
    clock::offset_text,
    state::{self, At},
};

/// Answers a question.
pub async fn verify(
    app: &App,
    caller: Option<&Caller>,
    asker: &Asker,
    question: &Question,
) -> Result<Answer, Declined> {
    requester::check(app, caller, asker, &question.requester).await?;
    // a pack or lot that is not a possible one is simply not known
    let object = app.deps().trade.pack(&question.gtin, &question.serial);
    let lot = app.deps().trade.lot(&question.gtin, &question.lot);
    let listed = app.directory().find(&question.gtin, question.expiry);
    if let Found::Nobody = listed
        && app.directory().makers().is_none()
    {
        return Err(Declined::new(StatusCode::NOT_FOUND, "no-responder").at("gtin"));
    }
    let mut first = Vec::new();
    if let Some(object) = &object {
        first.extend([
            keys::object(object),
            keys::orders_on(&OrderScope::Object(object.clone())),
        ]);
    }
    if let Some(lot) = &lot {
        first.extend([
            keys::group(lot),
            keys::orders_on(&OrderScope::Group(lot.clone())),
        ]);
    }
    let At {
        value: (status, group),
        ..
    } = state::ask(&app.deps().chain, first, |o, at| {
        let group = match &lot {
            Some(lot) => query::group(o, lot)?.value,
            None => None,
        };
        let status = match &object {
            Some(object) => Some(query::object_status(o, object, at)?.value),
            None => None,
        };
        Ok(query::Answer {
            value: (status, group),
            consulted: Vec::new(),
        })
    })
    .await?;
    let status = status.filter(|status| status.record.is_some());
    let (responder, rules) = match listed {
        Found::Responder { gln, policy } => (gln.to_owned(), policy),
        // neither its lot nor its number is known: that tells as much as an answer
        Found::Nobody => {
            let found = maker(app, status.as_ref(), group.as_ref());
            if found.is_err() {
                requester::told(app, asker, false)?;
            }
            found?
        }
    };
    let facts = facts(app, question, status.as_ref(), lot.as_ref());
    let verdict = judge(&facts, rules, question.version);
    requester::told(app, asker, facts.found == Match::All)?;
    Ok(Answer::new(
        offset_text(app.now_ms()),
        responder,
        verdict,
        &question.correlation,
    ))
}

/// Who answers for an item that the directory does not list, where the configuration lets makers answer.
fn maker<'a>(
    app: &'a App,
    status: Option<&ObjectStatus>,
    group: Option<&Group>,
) -> Result<(String, &'a policy::Policy), Declined> {
    let unknown = Declined::new(StatusCode::NOT_FOUND, "no-responder").at("gtin");
    let rules = app.directory().makers().ok_or(unknown)?;
    let own = status
        .and_then(|status| status.group.as_ref())
        .map(|(_, group)| group);
    let maker = own
        .or(group)
        .map(|group| group.maker.to_string())
        .ok_or(unknown)?;
    if request::is_gln(&maker) {
        Ok((maker, rules))
    } else {
        Err(unknown)
    }
}

/// What the state says, as far as the policy asks.
fn facts(
    app: &App,
    question: &Question,
    status: Option<&ObjectStatus>,
    lot: Option<&pangolin_ledger::id::GroupId>,
) -> Facts {
    let trade = &app.deps().trade;
    let today = jiff::Timestamp::from_millisecond(app.now_ms()).unwrap_or_default();
    let today = today.to_zoned(jiff::tz::TimeZone::UTC).date();
    let Some(status) = status else {
        return Facts::unknown();
    };
    let own = status.group.as_ref();
    let recorded = own
        .and_then(|(_, group)| trade.expiry(group))
        .and_then(|text| request::full_date(&text));
    let lot_matches = own.is_some_and(|(id, _)| Some(id) == lot);
    let expiry_matches = recorded.is_some_and(|date| question.expiry.is(date));
    let voided = status.record.as_ref().is_none_or(|record| {
        matches!(
            record.status,
            pangolin_ledger::state::Status::Voided | pangolin_ledger::state::Status::Unknown
        )
    });
    let away = status
        .record
        .as_ref()
        .is_some_and(|record| matches!(record.status, pangolin_ledger::state::Status::Away(_)));
    Facts {
        found: match (voided, lot_matches, expiry_matches) {
            (true, ..) => Match::None,
            (_, true, true) => Match::All,
            (_, false, true) => Match::NotLot,
            (_, true, false) => Match::NotExpiry,
            (_, false, false) => Match::NotLotNorExpiry,
        },
        concern: trade.concern(status),
        recalled: policy::has_order(status, pangolin_ledger::tx::OrderKind::Recall),
        on_hold: policy::has_order(status, pangolin_ledger::tx::OrderKind::Hold),
        expired: recorded.is_some_and(|date| date < today),
        away,
    }
}
