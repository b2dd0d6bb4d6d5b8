//! Goods that go to another chain: how an event of any industry says so.
//!
//! The event names the chain (`destinationChain`) and, if it likes, the last moment at which that chain is to let the goods in
//! (`arriveBefore`). Both are fields of [`COMMON_NAMESPACE`](crate::capture::COMMON_NAMESPACE).

use pangolin_ledger::{
    id::{ChainId, PartyId, TimeMs},
    profile::Op,
    tx::Event,
};

use crate::capture::{attribute, unhex};

/// Where goods go, and until when they are let in there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Departure {
    chain: ChainId,
    until: TimeMs,
}

/// A field is not as reduction writes it, because the sender stated rule inputs of its own; or a moment goes with no chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// The identity of the chain.
    Chain,
    /// The moment.
    Moment,
    /// There is a moment and no chain.
    Nowhere,
}

impl Malformed {
    /// What is wrong.
    pub(crate) const fn message(self) -> &'static str {
        match self {
            Self::Chain => "the destination chain is not named by 64 hexadecimal digits",
            Self::Moment => "the moment until which the goods may arrive is no time",
            Self::Nowhere => {
                "arriveBefore says until when another chain may let the goods in, and no such chain is named"
            }
        }
    }
}

impl Departure {
    /// The chain to which the event's goods go, if it is another one. Where no moment is stated, they may arrive `within_ms` after
    /// the event.
    pub(crate) fn of(event: &Event, within_ms: u64) -> Result<Option<Self>, Malformed> {
        let before = event.attributes.get(&attribute::ARRIVE_BEFORE);
        let Some(chain) = event.attributes.get(&attribute::CHAIN_TO) else {
            return before.map_or(Ok(None), |_| Err(Malformed::Nowhere));
        };
        let chain = chain_of(chain.as_bytes()).ok_or(Malformed::Chain)?;
        let until = match before {
            None => event.time.plus(within_ms),
            Some(value) => {
                let text = std::str::from_utf8(value.as_bytes()).ok();
                let ms = text.and_then(|text| text.parse().ok());
                TimeMs(ms.ok_or(Malformed::Moment)?)
            }
        };
        Ok(Some(Self { chain, until }))
    }

    /// The step that locks the goods for a party there.
    pub(crate) fn op(self, to: PartyId) -> Op {
        Op::Depart {
            chain: self.chain,
            to,
            until: self.until,
        }
    }

    /// The chain.
    pub(crate) const fn chain(self) -> ChainId {
        self.chain
    }
}

fn chain_of(digits: &[u8]) -> Option<ChainId> {
    let text = std::str::from_utf8(digits).ok()?;
    unhex(text).map(ChainId)
}

#[cfg(test)]
mod tests {
    use pangolin_ledger::{
        id::{Code, Digest32, EventId, Value},
        tx::{Action, EventKind},
    };

    use super::*;

    fn event(attributes: &[(Code, &str)]) -> Event {
        let zero = Digest32([0; 32]);
        let (kind, action) = (EventKind::Object, Action::Observe);
        let mut event = Event::new(EventId([0; 32]), kind, action, TimeMs(1_000), Code(0), zero);
        let values = attributes.iter();
        let values = values.map(|(code, text)| (*code, Value::new(*text).unwrap()));
        event.attributes.extend(values);
        event
    }

    #[test]
    fn a_departure_is_read_from_two_fields() {
        let of = |attributes: &[(Code, &str)]| Departure::of(&event(attributes), 500);
        let chain = "0a".repeat(32);
        let there = ChainId([10; 32]);
        let (to, before) = (attribute::CHAIN_TO, attribute::ARRIVE_BEFORE);
        assert_eq!(of(&[]), Ok(None));
        assert_eq!(of(&[(before, "7")]), Err(Malformed::Nowhere));
        let departure = |until| {
            Ok(Some(Departure {
                chain: there,
                until: TimeMs(until),
            }))
        };
        assert_eq!(of(&[(to, &chain)]), departure(1_500));
        assert_eq!(of(&[(to, &chain), (before, "7")]), departure(7));
        assert_eq!(
            of(&[(to, &chain), (before, "soon")]),
            Err(Malformed::Moment)
        );
        for bad in ["0a", &"0A".repeat(32), &"zz".repeat(32), &"0a".repeat(33)] {
            assert_eq!(of(&[(to, bad)]), Err(Malformed::Chain), "{bad}");
        }
    }
}
