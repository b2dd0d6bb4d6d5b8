//! The read side of a node: everything that can be asked about final blocks, in one embedded database.
pub mod block;
mod error;
mod lens;
pub mod limits;
pub mod load;
pub mod query;
mod read;
mod reduced;
mod store;
mod trace;
mod trade;
mod write;

pub use block::{Applied, Effects, GenesisParty, IndexBlock};
pub use error::IndexError;
pub use lens::Lens;
pub use pangolin_profiles::capture::{event_uri, parse_event_uri};
pub use query::{Query, QueryError};
pub use read::{
    event::{Declaration, EventBody, StoredEvent},
    find::{Found, Thing},
    lists::{
        Alert, OrderStanding, OrderView, ParkedStanding, ParkedView, PartyView, TransactionView,
    },
    object::{ObjectView, OrderOn},
    whereabouts::{Holding, QuantityHolding, Whereabouts},
};
pub use store::{
    Config, SqliteIndex,
    object::{ObjectRole, ObjectStatus},
};
pub use trace::{
    Edge, EdgeKind, EventNode, Limit, Node, NodeId, ObjectNode, Trace, TraceDirection, TraceLimits,
    Truncated, Unknown,
};
pub use trade::TradeLens;
pub use write::EventState;
