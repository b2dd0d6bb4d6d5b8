//! The read side of a node: everything that can be asked about final blocks, in one embedded database.
pub mod block;
mod error;
mod event_uri;
mod lens;
pub mod limits;
pub mod query;
mod read;
mod reduced;
mod store;
mod write;

pub use block::{Applied, Effects, GenesisParty, IndexBlock};
pub use error::IndexError;
pub use event_uri::{event_uri, parse_event_uri};
pub use lens::Lens;
pub use store::{
    Config, SqliteIndex,
    object::{ObjectRole, ObjectStatus},
};
pub use write::EventState;
