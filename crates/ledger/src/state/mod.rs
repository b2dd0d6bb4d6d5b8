//! State records: what the authenticated store holds under each [`Key`].
//!
//! Each record begins with a version byte and has one canonical encoding. The four facts about goods stay separate:
//! *ordered* (the record exists), *complete* ([`Handover`]), *settled* (left to finance profiles) and *held*
//! ([`Flags::HELD`], [`OrdersOn`]).

mod ancestry;
mod association;
mod balance;
mod document;
mod due;
mod event;
mod foreign;
mod group;
pub mod keys;
mod member;
mod object;
mod order;
mod params;
mod parked;
mod party;
mod registry;
mod source;

pub use ancestry::{Ancestry, Root, Verdict};
pub use association::Association;
pub use balance::{Balance, Process};
pub use document::Document;
pub use due::{Due, DueCursor, DueHead, DuePage};
pub use event::{Correctives, Declaration, EventRecord, EventState, Handover, Nullifier, TxRecord};
pub use foreign::{
    Change, Channel, Feed, Filling, ForeignChain, InboxEntry, InboxResult, Notice, Notices,
    OutboxEntry, OutboxKind, SeenHeader, Settlement, Stay, Unwelcome,
};
pub use group::Group;
pub use keys::{Key, Namespace};
pub use member::{
    Contradiction, Member, Members, Misconduct, Outcome, Roster, Round, Wanted, tolerated,
};
pub use object::{Content, Flags, Holder, Object, Pending, Placement, Received, Released, Status};
pub use order::{ActiveOrder, Order, OrderState, OrdersOn, ReleaseProposal};
pub use params::{Officers, Params, ProfileRecord, Proposal, Quota, Usage};
pub use parked::{Missing, Parked, WaitingEntry, WaitingList};
pub use party::{Delegation, KeyRecord, KeyUse, Licence, Party, Period};
pub use registry::{
    ChainAbout, ChainIdentity, ChainRecord, ChainState, Directory, Endpoint, FollowTerms,
    Following, Fork, Grade, Listed, Noted, Standing, Supervisor,
};
pub use source::{
    Assurance, Attesters, CometBft, Expected, Fact, Mark, Rest, Source, SourceList, Tree,
};
