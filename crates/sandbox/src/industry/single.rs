//! Events about one pack each, which depend on nothing but each other: the smallest transaction a chain can be given.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use pangolin_epcis::model::{Event, Header};

use super::{
    Company, IndustryError, Lot, Plan, World,
    envelope::{self, Letter},
    happening::Happening,
    item::{FIRST_SINGLE_PACK, Notation, Scribe, Serials},
    lot, render,
};

/// From one event of a pack to the next, in seconds.
const STEP_SECONDS: i64 = 60;

/// Three events of one pack, all at the manufacturer.
#[derive(Debug, Clone)]
pub struct OnePack {
    /// The manufacturer.
    pub company: Arc<Company>,
    /// It commissions the pack.
    pub commission: Event,
    /// It puts it into stock.
    pub observe: Event,
    /// It dispenses it: only right for a company that is licensed to do so as well.
    pub dispense: Event,
}

/// Packs, one after the other. Made by [`one_pack_events`].
#[derive(Debug)]
pub struct OnePackEvents {
    world: World,
    serials: Serials,
    header: Header,
    lot_size: u64,
    start: Timestamp,
    next: u64,
    count: u64,
}

/// `count` packs of the manufacturers of a plan in turn, in lots of the planned size. The seed of the plan makes the serial
/// numbers; no history of the same seed has them.
pub fn one_pack_events(plan: &Plan, count: u64) -> Result<OnePackEvents, IndustryError> {
    let world = World::new(plan)?;
    let serials = Serials::new(plan.seed);
    let letter = Letter {
        sender: 0,
        receiver: None,
        made: plan.start,
        seq: 0,
        changes_owner: false,
        products: &std::collections::BTreeSet::new(),
    };
    let scribe = Scribe {
        world: &world,
        serials: &serials,
        notation: Notation::Link,
    };
    let header = envelope::header(&letter, &scribe)?;
    Ok(OnePackEvents {
        header,
        lot_size: plan.lot_size.into(),
        start: plan.start,
        next: 0,
        count,
        world,
        serials,
    })
}

impl OnePackEvents {
    /// The header under which the events are to be read.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The companies and products.
    pub fn world(&self) -> &World {
        &self.world
    }

    fn pack(&self, number: u64) -> Result<OnePack, IndustryError> {
        let products = self.world.products();
        let count = u64::try_from(products.len()).unwrap_or(1).max(1);
        let product = &products[usize::try_from(number % count).unwrap_or(0)];
        let made = lot::date(self.start);
        let lot = Lot {
            product: product.index,
            maker: product.maker,
            code: lot::code(made, 'B', number / count / self.lot_size + 1),
            expiry: lot::shelf_life(made)?,
            units: 1,
            first: FIRST_SINGLE_PACK + number,
        };
        let scribe = Scribe {
            world: &self.world,
            serials: &self.serials,
            notation: Notation::Link,
        };
        let at = |step: i64| -> Result<Timestamp, IndustryError> {
            Ok(self
                .start
                .checked_add(SignedDuration::from_secs(step * STEP_SECONDS))?)
        };
        let place = product.maker;
        let pack = lot.pack(0);
        Ok(OnePack {
            company: Arc::clone(&self.world.companies()[place]),
            commission: render::event(
                &Happening::commission(place, &lot, vec![pack]),
                at(0)?,
                &scribe,
            )?,
            observe: render::event(&Happening::store(place, vec![pack]), at(1)?, &scribe)?,
            dispense: render::event(&Happening::dispense(place, pack), at(2)?, &scribe)?,
        })
    }
}

impl Iterator for OnePackEvents {
    type Item = Result<OnePack, IndustryError>;

    fn next(&mut self) -> Option<Self::Item> {
        let number = self.next;
        (number < self.count).then(|| {
            self.next += 1;
            self.pack(number)
        })
    }
}
