//! Events that wait, as they are shown.

use pangolin_index::ParkedView;
use serde::Serialize;
use utoipa::ToSchema;

/// A page of events that wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Waiting {
    /// The events.
    pub events: Vec<WaitingEvent>,
    /// What the next page comes `after`; absent after the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

/// An event that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct WaitingEvent {
    /// Its identity, hexadecimal.
    pub event: String,
    /// Code of the refusal that it would be if it could not wait.
    pub code: String,
    /// The block that recorded it.
    pub height: u64,
}

impl WaitingEvent {
    /// As it is shown.
    pub fn new(view: &ParkedView) -> Self {
        Self {
            event: view.event.to_string(),
            code: view.code.clone(),
            height: view.height.0,
        }
    }
}
