//! What two chains say of a lock of one for the other.

use super::{
    BadWalk, Moved,
    sight::{Sight, Sights, bad},
};
use crate::{
    codec::Wire as _,
    hash::sha256,
    id::{ChainId, Digest32, ObjectId},
    report::Message,
    say,
    state::{InboxEntry, InboxResult, OutboxEntry, OutboxKind, keys},
};

/// A move as both chains show it.
pub(super) struct Crossing {
    pub(super) lock: Option<OutboxEntry>,
    pub(super) inbox: Option<InboxEntry>,
}

impl Crossing {
    /// What moved.
    pub(super) fn object(&self) -> Option<&ObjectId> {
        let lock = self.lock.as_ref().map(|lock| &lock.object);
        lock.or_else(|| self.inbox.as_ref().map(|entry| &entry.object))
    }

    pub(super) fn moved(
        &self,
        object: Option<ObjectId>,
        from: &ChainId,
        to: &ChainId,
        seq: u64,
        digest: Digest32,
    ) -> Option<Moved> {
        Some(Moved {
            object: object?,
            from: *from,
            to: *to,
            seq: Some(seq),
            digest,
            left: self.lock.as_ref().map(|lock| lock.height),
            came: self.inbox.as_ref().map(|entry| entry.height),
        })
    }
}

/// What two chains say of a lock of one for the other. What they say must agree.
pub(super) fn cross(
    sights: &Sights<'_>,
    from: &ChainId,
    to: &ChainId,
    seq: u64,
    place: &str,
) -> Result<Crossing, BadWalk> {
    let wrong = |message: Message| bad("wrong-crossing", place, message);
    let inbox = match sights.get::<InboxEntry>(to, &keys::inbox(from, seq), place)? {
        Sight::Is(entry) if entry.result == InboxResult::Accepted => Some(entry),
        Sight::Unknown => None,
        Sight::Is(_) | Sight::Absent => {
            return Err(wrong(say![to, " let in no lock ", seq, " of ", from]));
        }
    };
    let lock = match sights.get::<OutboxEntry>(from, &keys::outbox(to, seq), place)? {
        Sight::Is(entry) if matches!(entry.kind, OutboxKind::Lock { .. }) => Some(entry),
        Sight::Unknown => None,
        Sight::Is(_) | Sight::Absent => {
            return Err(wrong(say![from, " has no lock ", seq, " for ", to]));
        }
    };
    if let (Some(lock), Some(inbox)) = (&lock, &inbox)
        && (inbox.entry != Digest32(sha256(&[&lock.to_bytes()])) || inbox.object != lock.object)
    {
        return Err(wrong(say![
            to,
            " let in something else than lock ",
            seq,
            " of ",
            from
        ]));
    }
    Ok(Crossing { lock, inbox })
}
