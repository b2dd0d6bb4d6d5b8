//! Writing documents and events.

pub use crate::json::write::{
    WriteError, Writer as JsonWriter, document as json, event as json_event,
};
