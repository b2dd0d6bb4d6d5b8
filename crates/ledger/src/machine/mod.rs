//! m

mod context;
mod overlay;

pub use context::{BlockContext, Outcome};
pub use overlay::{NeedKeys, Overlay};
