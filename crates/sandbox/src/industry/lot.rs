//! Lots: what the packs of one production run share.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use super::{IndustryError, Plan, World, item::Item};

/// Months from production to expiry.
const SHELF_MONTHS: i32 = 24;

/// A lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lot {
    /// The product, by index in [`World::products`].
    pub product: usize,
    /// The manufacturer, by index in [`World::companies`].
    pub maker: usize,
    /// The lot number, AI (10).
    pub code: String,
    /// The expiry date, AI (17).
    pub expiry: Date,
    /// Packs.
    pub units: u32,
    /// Number of its first pack.
    pub(super) first: u64,
}

impl Lot {
    /// The `number`-th lot of the ordinary trade, counted from 0.
    pub(super) fn ordinary(
        plan: &Plan,
        world: &World,
        number: u64,
        made: Timestamp,
    ) -> Result<Self, IndustryError> {
        let products = world.products();
        let count = u64::try_from(products.len()).unwrap_or(1).max(1);
        let product = &products[usize::try_from(number % count).unwrap_or(0)];
        let first = number.saturating_mul(plan.lot_size.into());
        let left = plan.packs.saturating_sub(first);
        let date = date(made);
        Ok(Self {
            product: product.index,
            maker: product.maker,
            code: code(date, 'A', number + 1),
            expiry: shelf_life(date)?,
            units: u32::try_from(left).unwrap_or(u32::MAX).min(plan.lot_size),
            first,
        })
    }

    /// A pack of the lot.
    pub(super) fn pack(&self, unit: u32) -> Item {
        Item::Pack {
            product: self.product,
            number: self.first + u64::from(unit),
        }
    }

    /// Some packs of the lot.
    pub(super) fn packs(&self, units: std::ops::Range<u32>) -> Vec<Item> {
        units.map(|unit| self.pack(unit)).collect()
    }

    /// The expiry date as AI (17) writes it: `YYMMDD`.
    pub fn expiry_yymmdd(&self) -> String {
        self.expiry.strftime("%y%m%d").to_string()
    }
}

/// Two digits of the year, a letter, six digits.
pub(super) fn code(made: Date, letter: char, number: u64) -> String {
    format!("{}{letter}{number:06}", made.strftime("%y"))
}

/// The last day of the month two years later: day 00 in AI (17) is not used, since EPCIS wants a date.
pub(super) fn shelf_life(made: Date) -> Result<Date, IndustryError> {
    let month = made.checked_add(SHELF_MONTHS.months())?;
    Ok(month.last_of_month())
}

/// The date in UTC.
pub(super) fn date(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}
