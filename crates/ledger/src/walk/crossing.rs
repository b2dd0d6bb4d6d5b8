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
    /// What the source says against it.
    pub(super) denied: Option<Denied>,
}

/// The source did not send what the destination let in.
pub(super) struct Denied {
    pub(super) message: Message,
    /// Whether the destination itself says that it let it in, and the source will never say otherwise.
    pub(super) is_certain: bool,
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

/// What two chains say of a lock of one for the other. The destination must not say that it let nothing in.
pub(super) fn cross(
    sights: &Sights<'_>,
    from: &ChainId,
    to: &ChainId,
    seq: u64,
    place: &str,
) -> Result<Crossing, BadWalk> {
    let inbox = match sights.get::<InboxEntry>(to, &keys::inbox(from, seq), place)? {
        Sight::Is(entry) if entry.result == InboxResult::Accepted => Some(entry),
        Sight::Unknown => None,
        Sight::Is(_) | Sight::Absent => {
            let message = say![to, " let in no lock ", seq, " of ", from];
            return Err(bad("wrong-crossing", place, message));
        }
    };
    let none = |is_certain: bool| Denied {
        message: say![from, " has no lock ", seq, " for ", to],
        is_certain,
    };
    let (lock, mut denied) = match sights.get::<OutboxEntry>(from, &keys::outbox(to, seq), place)? {
        Sight::Is(entry) if matches!(entry.kind, OutboxKind::Lock { .. }) => (Some(entry), None),
        Sight::Unknown => (None, None),
        // what it says there is written once
        Sight::Is(_) => (None, Some(none(inbox.is_some()))),
        Sight::Absent => {
            // before the height at which the destination says that it was proven there may have been none
            let late = inbox.as_ref().zip(sights.height(from));
            let late = late.is_some_and(|(inbox, height)| height >= inbox.proven_at);
            (None, Some(none(late)))
        }
    };
    if let (Some(lock), Some(inbox)) = (&lock, &inbox)
        && (inbox.entry != Digest32(sha256(&[&lock.to_bytes()])) || inbox.object != lock.object)
    {
        denied = Some(Denied {
            message: say![to, " let in something else than lock ", seq, " of ", from],
            is_certain: true,
        });
    }
    Ok(Crossing {
        lock,
        inbox,
        denied,
    })
}
