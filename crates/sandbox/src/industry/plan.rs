//! What is to be generated: the companies, the goods, how they are packed, and what goes wrong.
//!
//! Every number has a range; a plan outside it is refused before anything is generated.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::{History, Incident, IndustryError};

/// Most packs of one history.
pub const PACKS_MAX: u64 = 500_000_000;
/// Most packs of one lot.
pub const LOT_SIZE_MAX: u32 = 1_000_000;
/// Most packs that are on their way at the same time; they bound the memory of a history.
pub const WAVE_PACKS_MAX: u64 = 4_000_000;
/// Most manufacturers: each has a labeler code between 99900 and 99989, which no drug carries.
pub const MANUFACTURERS_MAX: u16 = 90;
/// Most companies of each other kind.
pub const COMPANIES_MAX: u16 = 1_000;
/// Most products of one manufacturer: three digits of an NDC.
pub const PRODUCTS_MAX: u16 = 800;
/// Most items in one container, and most units in one order.
pub const CONTENTS_MAX: u32 = 1_000;
/// Most serial numbers in one event.
pub const SERIALS_PER_EVENT_MAX: u32 = 100_000;
/// Most events in one file.
pub const EVENTS_PER_FILE_MAX: u32 = 1_000;
/// Longest time from the first to the last event, in days.
pub const SPAN_DAYS_MAX: i64 = 36_600;
/// Longest time of a wave, in days: goods must not expire before they are dispensed.
pub const WAVE_DAYS_MAX: i64 = 365;
/// Shortest time of a wave with incidents, in days: a lot must have time to expire.
pub const WAVE_DAYS_MIN_WITH_INCIDENTS: i64 = 10;

/// How goods leave the wholesaler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Orders {
    /// Units of several lots are packed into a case of the wholesaler, one per order.
    MixedCases {
        /// Units in one case.
        units: u32,
    },
    /// Units are shipped as they are, one event per order.
    Loose {
        /// Units in one order.
        units: u32,
    },
}

impl Orders {
    /// Units in one order.
    pub fn units(self) -> u32 {
        match self {
            Self::MixedCases { units } | Self::Loose { units } => units,
        }
    }
}

/// Where the full events are to be kept (DESIGN §4); handed through to whoever captures the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Placement {
    /// In the block.
    Full,
    /// With their owner, with a commitment in the block.
    Committed,
    /// At a URI.
    Pointer,
}

/// What is to be generated. The same plan gives the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Decides everything that is random.
    pub seed: u64,
    /// The moment before the first event.
    pub start: Timestamp,
    /// Time from [`Plan::start`] to the last event.
    pub span: SignedDuration,
    /// Manufacturers.
    pub manufacturers: u16,
    /// Wholesalers.
    pub wholesalers: u16,
    /// Hospitals.
    pub hospitals: u16,
    /// Pharmacies.
    pub pharmacies: u16,
    /// Products of each manufacturer.
    pub products: u16,
    /// Packs in the ordinary trade; incidents bring their own ([`History::packs_planned`]).
    pub packs: u64,
    /// Packs of a lot; the last lot may be smaller.
    pub lot_size: u32,
    /// Packs in a case; the last case of a lot may have less.
    pub units_per_case: u32,
    /// Cases on a pallet; the last pallet of a lot may have less.
    pub cases_per_pallet: u32,
    /// Lots that are on their way at the same time.
    pub lots_per_wave: u32,
    /// Most serial numbers in one event.
    pub serials_per_event: u32,
    /// Most events in one file.
    pub events_per_file: u32,
    /// How goods leave the wholesaler.
    pub orders: Orders,
    /// Share of cases that the wholesaler opens; the others are forwarded whole.
    pub opened_percent: u8,
    /// Share of a dispenser's packs that are dispensed.
    pub dispensed_percent: u8,
    /// Share of a dispenser's packs that go back to the wholesaler; with the share above at most 100.
    pub returned_percent: u8,
    /// Share of the returned packs that are destroyed.
    pub destroyed_percent: u8,
    /// Whether manufacturers report inspection, and wholesalers putting into stock and picking, in large events.
    pub bulk_scans: bool,
    /// Share of files in EPCIS 1.2 XML; the others are EPCIS 2.0 JSON-LD.
    pub xml_percent: u8,
    /// Whether each company sends one format only, the large ones XML; otherwise formats alternate file by file.
    pub format_by_company: bool,
    /// Where the full events are to be kept.
    pub placement: Placement,
    /// What goes wrong.
    pub incidents: BTreeSet<Incident>,
}

/// A plan that cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A number is outside its range.
    #[error("{field} is {value}, not between {min} and {max}")]
    OutOfRange {
        /// Name of the number.
        field: &'static str,
        /// Its value.
        value: i128,
        /// The least allowed.
        min: i128,
        /// The greatest allowed.
        max: i128,
    },
    /// The first or the last event would lie outside what dates can express.
    #[error("the history would begin or end outside the years 1970 to 2400")]
    Calendar,
}

impl PlanError {
    /// Stable kebab-case code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OutOfRange { .. } => "plan-out-of-range",
            Self::Calendar => "plan-calendar",
        }
    }
}

/// 2026-01-05 08:00 in New York.
const DEFAULT_START_SECOND: i64 = 1_767_618_000;
/// 2400-01-01.
const LAST_SECOND: i64 = 13_569_465_600;

impl Plan {
    /// About 2,000 packs of six companies, with every kind of incident: a story that can be told.
    pub fn demo() -> Self {
        Self {
            seed: 1,
            start: Timestamp::from_second(DEFAULT_START_SECOND).unwrap_or(Timestamp::UNIX_EPOCH),
            span: SignedDuration::from_hours(30 * 24),
            manufacturers: 2,
            wholesalers: 2,
            hospitals: 1,
            pharmacies: 1,
            products: 2,
            packs: 1_760,
            lot_size: 440,
            units_per_case: 20,
            cases_per_pallet: 5,
            lots_per_wave: 4,
            serials_per_event: 40_000,
            events_per_file: 50,
            orders: Orders::MixedCases { units: 12 },
            opened_percent: 60,
            dispensed_percent: 30,
            returned_percent: 2,
            destroyed_percent: 40,
            bulk_scans: false,
            xml_percent: 50,
            format_by_company: true,
            placement: Placement::Full,
            incidents: Incident::ALL.into_iter().collect(),
        }
    }

    /// The national load model (STANDARDS §7): lots of 40,000, cases of 20, pallets of 100 cases, orders of 5 units;
    /// 1.30 events and 9.2 serial references per pack. Nothing goes wrong.
    pub fn load(packs: u64) -> Self {
        Self {
            hospitals: 10,
            pharmacies: 90,
            packs,
            lot_size: 40_000,
            cases_per_pallet: 100,
            lots_per_wave: 2,
            events_per_file: 500,
            orders: Orders::Loose { units: 5 },
            opened_percent: 100,
            dispensed_percent: 98,
            returned_percent: 2,
            destroyed_percent: 25,
            bulk_scans: true,
            // 87.5 % of manufacturers send 1.2 XML (STANDARDS §1)
            xml_percent: 87,
            format_by_company: false,
            incidents: BTreeSet::new(),
            ..Self::demo()
        }
    }

    /// Begins to generate.
    pub fn history(&self) -> Result<History, IndustryError> {
        self.check()?;
        History::new(self.clone())
    }

    /// Lots of the ordinary trade.
    pub fn lots(&self) -> u64 {
        self.packs.div_ceil(u64::from(self.lot_size.max(1)))
    }

    /// Waves of lots that are on their way at the same time; at least one, which carries the incidents.
    pub fn waves(&self) -> u64 {
        self.lots()
            .div_ceil(u64::from(self.lots_per_wave.max(1)))
            .max(1)
    }

    /// Hospitals and pharmacies.
    pub fn dispensers(&self) -> u16 {
        self.hospitals.saturating_add(self.pharmacies)
    }

    /// Refuses a plan that cannot be carried out.
    pub fn check(&self) -> Result<(), PlanError> {
        let companies = i128::from(COMPANIES_MAX);
        let days_min = if self.incidents.is_empty() {
            0
        } else {
            i128::from(WAVE_DAYS_MIN_WITH_INCIDENTS)
        };
        let day: i128 = 86_400_000;
        let waves = i128::from(self.waves());
        let span_ms = self.span.as_millis();
        let wave = u64::from(self.lots_per_wave) * u64::from(self.lot_size);
        let gone = i128::from(self.dispensed_percent) + i128::from(self.returned_percent);
        let contents = i128::from(CONTENTS_MAX);
        let ranges: [(&'static str, i128, i128, i128); 18] = [
            ("packs", self.packs.into(), 0, PACKS_MAX.into()),
            ("lot_size", self.lot_size.into(), 1, LOT_SIZE_MAX.into()),
            (
                "lots_per_wave",
                self.lots_per_wave.into(),
                1,
                WAVE_PACKS_MAX.into(),
            ),
            (
                "lots_per_wave times lot_size",
                wave.into(),
                1,
                WAVE_PACKS_MAX.into(),
            ),
            (
                "manufacturers",
                self.manufacturers.into(),
                1,
                MANUFACTURERS_MAX.into(),
            ),
            ("wholesalers", self.wholesalers.into(), 1, companies),
            ("hospitals", self.hospitals.into(), 0, companies),
            ("pharmacies", self.pharmacies.into(), 0, companies),
            (
                "hospitals and pharmacies",
                self.dispensers().into(),
                1,
                2 * companies,
            ),
            ("products", self.products.into(), 1, PRODUCTS_MAX.into()),
            ("units_per_case", self.units_per_case.into(), 1, contents),
            (
                "cases_per_pallet",
                self.cases_per_pallet.into(),
                1,
                contents,
            ),
            ("units of an order", self.orders.units().into(), 1, contents),
            (
                "serials_per_event",
                self.serials_per_event.into(),
                1,
                SERIALS_PER_EVENT_MAX.into(),
            ),
            (
                "events_per_file",
                self.events_per_file.into(),
                1,
                EVENTS_PER_FILE_MAX.into(),
            ),
            (
                "span in milliseconds",
                span_ms,
                days_min * day * waves,
                day * (waves * i128::from(WAVE_DAYS_MAX)).min(SPAN_DAYS_MAX.into()),
            ),
            ("dispensed_percent and returned_percent", gone, 0, 100),
            (
                "packs of a case, by opened_percent",
                self.opened_percent.into(),
                0,
                100,
            ),
        ];
        let percents = [
            (
                "destroyed_percent",
                i128::from(self.destroyed_percent),
                0,
                100,
            ),
            ("xml_percent", i128::from(self.xml_percent), 0, 100),
        ];
        for (field, value, min, max) in ranges.into_iter().chain(percents) {
            if value < min || value > max {
                return Err(PlanError::OutOfRange {
                    field,
                    value,
                    min,
                    max,
                });
            }
        }
        let end = self
            .start
            .checked_add(self.span)
            .map_err(|_| PlanError::Calendar)?;
        if self.start < Timestamp::UNIX_EPOCH || end.as_second() > LAST_SECOND {
            return Err(PlanError::Calendar);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plans_outside_their_ranges_are_refused() {
        let check = |change: fn(&mut Plan), expect: &str| {
            let mut plan = Plan::demo();
            change(&mut plan);
            let error = plan.check().unwrap_err();
            assert!(error.to_string().starts_with(expect), "{error}");
        };
        check(
            |p| p.packs = PACKS_MAX + 1,
            "packs is 500000001, not between 0 and 500000000",
        );
        check(|p| p.lot_size = 0, "lot_size is 0");
        check(
            |p| p.lots_per_wave = 100_000,
            "lots_per_wave times lot_size is 44000000",
        );
        check(|p| p.manufacturers = 0, "manufacturers");
        check(
            |p| (p.hospitals, p.pharmacies) = (0, 0),
            "hospitals and pharmacies",
        );
        check(
            |p| p.orders = Orders::Loose { units: 0 },
            "units of an order",
        );
        check(
            |p| p.returned_percent = 71,
            "dispensed_percent and returned_percent is 101",
        );
        check(
            |p| p.span = SignedDuration::from_hours(24),
            "span in milliseconds",
        );
        check(|p| p.xml_percent = 101, "xml_percent");
        check(|p| p.start = Timestamp::MAX, "the history would begin");
        check(|p| p.start = Timestamp::MIN, "the history would begin");
    }

    #[test]
    fn the_ready_made_plans_can_be_carried_out() {
        for plan in [Plan::demo(), Plan::load(0), Plan::load(10_000_000)] {
            assert_eq!(plan.check(), Ok(()));
        }
        assert_eq!((Plan::demo().lots(), Plan::demo().waves()), (4, 1));
        assert_eq!(
            (
                Plan::load(10_000_000).lots(),
                Plan::load(10_000_000).waves()
            ),
            (250, 125)
        );
    }
}
