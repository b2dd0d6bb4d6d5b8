//! Answers: events, objects and their histories, groups, orders, parties.

pub(crate) mod event;
pub(crate) mod names;
