//! Answers: events, objects and their histories, groups, orders, parties.

pub(crate) mod event;
pub(crate) mod find;
pub(crate) mod history;
pub(crate) mod lists;
pub(crate) mod names;
pub(crate) mod object;
pub(crate) mod place;
pub(crate) mod whereabouts;
