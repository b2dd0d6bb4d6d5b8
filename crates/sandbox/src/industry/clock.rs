//! When things happen: the stages of a wave in the order of the trade, and where each event falls.

use jiff::{SignedDuration, Timestamp};

use super::IndustryError;

/// A stage in the life of a wave of lots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// The manufacturer commissions packs.
    Commission,
    /// It inspects and releases them.
    Inspect,
    /// It packs them into cases.
    Pack,
    /// It puts cases on pallets.
    Palletise,
    /// It ships pallets to wholesalers.
    Ship,
    /// The wholesaler receives pallets; what is on them is inferred.
    Receive,
    /// It takes cases off the pallets and opens some.
    Unpack,
    /// It puts single packs into stock.
    Store,
    /// It picks orders.
    Pick,
    /// It packs orders of several lots into cases of its own.
    Repack,
    /// It ships to hospitals and pharmacies.
    Deliver,
    /// They receive cases, whose contents are inferred, or single packs.
    Accept,
    /// They open the cases.
    Open,
    /// They dispense single packs.
    Dispense,
    /// They send packs back.
    Return,
    /// The wholesaler receives what comes back.
    TakeBack,
    /// It puts back into stock what it has verified.
    Restock,
    /// It destroys the rest.
    Destroy,
}

impl Stage {
    /// Every stage, in order.
    pub const ALL: [Self; 18] = [
        Self::Commission,
        Self::Inspect,
        Self::Pack,
        Self::Palletise,
        Self::Ship,
        Self::Receive,
        Self::Unpack,
        Self::Store,
        Self::Pick,
        Self::Repack,
        Self::Deliver,
        Self::Accept,
        Self::Open,
        Self::Dispense,
        Self::Return,
        Self::TakeBack,
        Self::Restock,
        Self::Destroy,
    ];

    /// The word for it in names of files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Commission => "commission",
            Self::Inspect => "inspect",
            Self::Pack => "pack",
            Self::Palletise => "palletise",
            Self::Ship => "ship",
            Self::Receive => "receive",
            Self::Unpack => "unpack",
            Self::Store => "store",
            Self::Repack => "repack",
            Self::Pick => "pick",
            Self::Deliver => "deliver",
            Self::Accept => "accept",
            Self::Open => "open",
            Self::Dispense => "dispense",
            Self::Return => "return",
            Self::TakeBack => "take-back",
            Self::Restock => "restock",
            Self::Destroy => "destroy",
        }
    }

    /// Begin and end as shares of a wave's time, in thousandths. Goods travel between the stages.
    fn window(self) -> (i64, i64) {
        match self {
            Self::Commission => (0, 16),
            Self::Inspect => (16, 20),
            Self::Pack => (20, 40),
            Self::Palletise => (40, 50),
            Self::Ship => (60, 80),
            Self::Receive => (140, 160),
            Self::Unpack => (160, 190),
            Self::Store => (190, 200),
            Self::Pick => (200, 210),
            Self::Repack => (210, 240),
            Self::Deliver => (250, 280),
            Self::Accept => (310, 340),
            Self::Open => (340, 370),
            Self::Dispense => (420, 860),
            Self::Return => (870, 890),
            Self::TakeBack => (910, 940),
            Self::Restock => (945, 955),
            Self::Destroy => (960, 990),
        }
    }
}

/// The part of a stage in which incidents happen, after the ordinary trade, in tenths.
const INCIDENT_TENTHS: i64 = 2;
const _: () = assert!(INCIDENT_TENTHS < 10);

/// A stretch of time, in milliseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot {
    from: i64,
    to: i64,
}

impl Slot {
    /// The `part`-th of `parts` equal parts; beyond the last, the end.
    pub(super) fn part(self, part: usize, parts: usize) -> Self {
        let at = |part: usize| {
            let parts = i128::try_from(parts.max(1)).unwrap_or(i128::MAX);
            let part = i128::try_from(part).unwrap_or(i128::MAX).min(parts);
            let offset = i128::from(self.to - self.from) * part / parts;
            self.from + i64::try_from(offset).unwrap_or(0)
        };
        Self {
            from: at(part),
            to: at(part.saturating_add(1)),
        }
    }

    /// Its end.
    pub(super) fn end(self) -> Result<Timestamp, IndustryError> {
        Ok(Timestamp::from_millisecond(self.to)?)
    }

    /// Its beginning.
    pub(super) fn begin(self) -> Result<Timestamp, IndustryError> {
        Ok(Timestamp::from_millisecond(self.from)?)
    }
}

/// The times of one wave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Clock {
    wave: Slot,
}

impl Clock {
    /// The `wave`-th of `waves`, which follow each other.
    pub(super) fn new(start: Timestamp, span: SignedDuration, wave: u64, waves: u64) -> Self {
        let from = start.as_millisecond();
        let to = from.saturating_add(i64::try_from(span.as_millis()).unwrap_or(0));
        let index = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Self {
            wave: Slot { from, to }.part(index(wave), index(waves)),
        }
    }

    /// The whole wave.
    pub(super) fn wave(self) -> Slot {
        self.wave
    }

    /// The ordinary trade of a stage.
    pub(super) fn trade(self, stage: Stage) -> Slot {
        let (from, to) = stage.window();
        self.tenths(from * 10, (to - from) * (10 - INCIDENT_TENTHS))
    }

    /// The incidents of a stage.
    pub(super) fn incidents(self, stage: Stage) -> Slot {
        let (from, to) = stage.window();
        let trade = (to - from) * (10 - INCIDENT_TENTHS);
        self.tenths(from * 10 + trade, (to - from) * INCIDENT_TENTHS)
    }

    /// From and length in ten-thousandths.
    fn tenths(self, from: i64, length: i64) -> Slot {
        let at = |share: i64| {
            let whole = i128::from(self.wave.to - self.wave.from);
            self.wave.from + i64::try_from(whole * i128::from(share) / 10_000).unwrap_or(0)
        };
        Slot {
            from: at(from),
            to: at(from + length),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_follow_each_other() {
        let clock = Clock::new(Timestamp::UNIX_EPOCH, SignedDuration::from_hours(24), 1, 3);
        let mut last = clock.wave().from;
        assert_eq!(last, 8 * 3_600_000);
        for stage in Stage::ALL {
            for slot in [clock.trade(stage), clock.incidents(stage)] {
                assert!(last <= slot.from && slot.from < slot.to, "{stage:?}");
                for part in 0..7 {
                    let part = slot.part(part, 7);
                    assert!(last <= part.from && part.from <= part.to && part.to <= slot.to);
                    last = part.to;
                }
            }
        }
        assert!(last <= clock.wave().to && clock.wave().to == 16 * 3_600_000);
        assert_eq!(clock.wave().part(9, 7), clock.wave().part(7, 7));
    }
}
