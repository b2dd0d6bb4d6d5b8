//! The values that occur: objects, business steps, places, dispositions, types of events; and what is below each.

pub mod events;
pub mod list;
pub mod show;

use axum::http::StatusCode;
use pangolin_index::query::Vocabulary;

use crate::problem::Problem;

/// A list of values as a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// First segment of its path.
    pub path: &'static str,
    /// The list.
    pub list: Vocabulary,
    /// The query parameter that asks for events with a value of it.
    pub parameter: &'static str,
    /// Whether the values tell about the business of single parties, so that everybody sees only their own.
    pub private: bool,
}

/// The resources.
pub const RESOURCES: [Resource; 6] = [
    Resource {
        path: "epcs",
        list: Vocabulary::Epcs,
        parameter: "MATCH_anyEPC",
        private: true,
    },
    Resource {
        path: "bizSteps",
        list: Vocabulary::BizSteps,
        parameter: "EQ_bizStep",
        private: false,
    },
    Resource {
        path: "bizLocations",
        list: Vocabulary::BizLocations,
        parameter: "EQ_bizLocation",
        private: true,
    },
    Resource {
        path: "readPoints",
        list: Vocabulary::ReadPoints,
        parameter: "EQ_readPoint",
        private: true,
    },
    Resource {
        path: "dispositions",
        list: Vocabulary::Dispositions,
        parameter: "EQ_disposition",
        private: false,
    },
    Resource {
        path: "eventTypes",
        list: Vocabulary::EventTypes,
        parameter: "eventType",
        private: false,
    },
];

/// The resource whose path begins so; the router lets no other path in.
fn resource(path: &str) -> Option<&'static Resource> {
    let first = path.trim_start_matches('/').split('/').next()?;
    RESOURCES.iter().find(|resource| resource.path == first)
}

/// There is nothing of that name.
fn unknown() -> Problem {
    Problem::not_found(
        "unknown-value",
        "the value does not occur in events that you may see",
    )
    .remedy("percent-encode the value in the path; the list one level up shows what occurs")
}

/// Passes on a problem, unless it only says that the value in the path cannot be one of this resource: then there is no
/// such value, and nothing else is wrong.
fn not_a_value(problem: Problem, resource: &Resource) -> Result<(), Problem> {
    let of_the_path =
        problem.status() == StatusCode::BAD_REQUEST && problem.place() == Some(resource.parameter);
    if of_the_path { Ok(()) } else { Err(problem) }
}
