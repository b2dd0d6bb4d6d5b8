//! What a node passes on: gathered into messages, and again while it waits.
//!
//! **Invariant**: no message is larger than [`MAX_RELAY_BYTES`], because peers block whoever sends a larger one.

use bytes::Bytes;
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use super::{LENGTH_BYTES, pack};
use crate::limits::MAX_RELAY_BYTES;

/// Time between two messages: what is handed in meanwhile travels together.
const GATHER: Duration = Duration::from_millis(2);

/// After this time, what still waits in the pool is sent again; then after twice as long, and so on.
pub(super) const AGAIN: Duration = Duration::from_secs(1);

/// Time between two messages with what is sent again. A long queue is no reason to send it all: peers that have it gain nothing.
const PAUSE: Duration = Duration::from_secs(1);

/// Bytes after which gathered transactions are sent at once.
const GATHER_BYTES: usize = 256 * 1024;

/// Transactions on their way out.
pub(super) struct Outbox {
    gathered: Vec<Bytes>,
    size: usize,
    /// Full messages.
    messages: Vec<Bytes>,
    /// When the next message may leave that is not full.
    next: SystemTime,
    /// What was sent, by the moment at which it is looked at again and the order in which it was sent.
    sent: BTreeMap<(SystemTime, u64), Sent>,
    sendings: u64,
    /// When something may be sent again.
    next_again: SystemTime,
}

/// A transaction that was sent, and how long it was to wait then.
struct Sent {
    tx: Bytes,
    waited: Duration,
}

impl Outbox {
    pub(super) fn new(now: SystemTime) -> Self {
        Self {
            gathered: Vec::new(),
            size: 0,
            messages: Vec::new(),
            next: now,
            sent: BTreeMap::new(),
            sendings: 0,
            next_again: now,
        }
    }

    /// Takes a transaction that was handed in.
    pub(super) fn add(&mut self, tx: Bytes, now: SystemTime) {
        self.gather(tx, now, AGAIN);
    }

    fn gather(&mut self, tx: Bytes, now: SystemTime, again: Duration) {
        let taken = tx.len() + LENGTH_BYTES;
        if self.size + taken > MAX_RELAY_BYTES {
            self.close();
        }
        self.size += taken;
        let sent = Sent {
            tx: tx.clone(),
            waited: again,
        };
        self.sent.insert((now + again, self.sendings), sent);
        self.sendings += 1;
        self.gathered.push(tx);
        if self.size >= GATHER_BYTES {
            self.close();
        }
    }

    /// Takes once more what was sent some time ago and `waits` still: peers may have been away. A message full at most, so that
    /// what is handed in meanwhile does not wait for all of it.
    pub(super) fn again(&mut self, now: SystemTime, waits: impl Fn(&Bytes) -> bool) {
        if now < self.next_again {
            return;
        }
        let before = self.messages.len();
        while self.messages.len() == before
            && let Some(first) = self.sent.first_entry()
            && first.key().0 <= now
        {
            let Sent { tx, waited } = first.remove();
            if waits(&tx) {
                self.next_again = now + PAUSE;
                self.gather(tx, now, waited * 2);
            }
        }
    }

    /// How long nothing need be done; `None` while nothing waits to be sent, now or again.
    pub(super) fn rest(&self, now: SystemTime) -> Option<Duration> {
        let gathered = (!self.gathered.is_empty()).then_some(self.next);
        let again = self.sent.keys().next();
        let again = again.map(|(due, _)| self.next_again.max(*due));
        let due = gathered.into_iter().chain(again).min()?;
        Some(due.duration_since(now).unwrap_or_default())
    }

    /// The messages to send now: full ones, and what was gathered since the last ones left.
    pub(super) fn messages(&mut self, now: SystemTime) -> Vec<Bytes> {
        if now >= self.next {
            self.close();
        }
        if !self.messages.is_empty() {
            self.next = now + GATHER;
        }
        std::mem::take(&mut self.messages)
    }

    fn close(&mut self) {
        if !self.gathered.is_empty() {
            self.messages.push(pack(&self.gathered));
            self.gathered.clear();
            self.size = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::{limits::MAX_TX_BYTES, relay::unpack};

    const NOW: SystemTime = UNIX_EPOCH;

    fn tx(number: u8, len: usize) -> Bytes {
        Bytes::from(vec![number; len])
    }

    fn opened(messages: &[Bytes]) -> Vec<Vec<Bytes>> {
        let open =
            |message: &Bytes| unpack(message.clone()).expect("a peer would block the sender");
        messages.iter().map(open).collect()
    }

    #[test]
    fn the_first_leaves_at_once_and_what_follows_travels_together() {
        let mut outbox = Outbox::new(NOW);
        assert_eq!(outbox.rest(NOW), None);
        outbox.add(tx(1, 10), NOW);
        assert_eq!(opened(&outbox.messages(NOW)), [[tx(1, 10)]]);
        outbox.add(tx(2, 10), NOW);
        outbox.add(tx(3, 10), NOW);
        assert!(outbox.messages(NOW).is_empty());
        assert_eq!(outbox.rest(NOW), Some(GATHER));
        assert_eq!(
            opened(&outbox.messages(NOW + GATHER)),
            [[tx(2, 10), tx(3, 10)]]
        );
        assert_eq!(outbox.rest(NOW + GATHER), AGAIN.checked_sub(GATHER));
    }

    #[test]
    fn no_message_is_larger_than_peers_take() {
        let sizes = [
            MAX_TX_BYTES,
            1,
            MAX_TX_BYTES,
            GATHER_BYTES - 5,
            MAX_TX_BYTES,
        ];
        let all: Vec<Bytes> = (0..).zip(sizes).map(|(n, len)| tx(n, len)).collect();
        let mut outbox = Outbox::new(NOW);
        // the first message has left, so that these gather
        outbox.add(tx(9, 1), NOW);
        assert_eq!(outbox.messages(NOW).len(), 1);
        for tx in &all {
            outbox.add(tx.clone(), NOW);
        }
        let first = [outbox.messages(NOW), outbox.messages(NOW + GATHER)].concat();
        assert_eq!(opened(&first).concat(), all);
        // the same holds for what is sent again, together with what is new
        let mut later = NOW + AGAIN;
        let mut second = Vec::new();
        for _ in 0..all.len() {
            outbox.again(later, |tx| tx.len() > 1);
            outbox.add(tx(7, 3), later);
            second.extend(outbox.messages(later));
            later += PAUSE;
        }
        second.extend(outbox.messages(later + GATHER));
        let again: Vec<Bytes> = opened(&second).concat();
        for tx in all.iter().filter(|tx| tx.len() > 1) {
            let size = tx.len();
            assert!(again.iter().any(|other| other == tx), "{size} bytes");
        }
    }

    #[test]
    fn a_long_queue_is_not_sent_again_at_once() {
        let mut outbox = Outbox::new(NOW);
        for number in 0..40 {
            outbox.add(tx(number, GATHER_BYTES / 2), NOW);
        }
        assert_eq!(outbox.messages(NOW).len(), 20);
        let later = NOW + AGAIN * 10;
        outbox.again(later, |_| true);
        assert_eq!(outbox.messages(later).len(), 1);
        assert_eq!(outbox.rest(later), Some(PAUSE));
        outbox.again(later, |_| true);
        assert!(outbox.messages(later).is_empty());
        outbox.again(later + PAUSE, |_| true);
        assert_eq!(outbox.messages(later + PAUSE).len(), 1);
    }

    #[test]
    fn what_waits_is_sent_again_and_again_and_what_is_final_is_not() {
        let mut outbox = Outbox::new(NOW);
        outbox.add(tx(1, 10), NOW);
        outbox.add(tx(2, 10), NOW);
        assert_eq!(outbox.messages(NOW).len(), 1);
        let mut now = NOW;
        for times in [1, 2, 4] {
            let before = now + AGAIN * times - Duration::from_millis(1);
            outbox.again(before, |_| true);
            assert!(outbox.messages(before).is_empty());
            now += AGAIN * times;
            outbox.again(now, |waiting| *waiting == tx(2, 10));
            assert_eq!(opened(&outbox.messages(now)), [[tx(2, 10)]]);
        }
        now += AGAIN * 8;
        outbox.again(now, |_| false);
        assert!(outbox.messages(now).is_empty());
        assert_eq!(outbox.rest(now), None);
    }
}
