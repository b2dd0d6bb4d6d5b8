//! Who takes part in an incident, and the goods it is about.

use super::{Incident, Lot};
use crate::industry::{
    World,
    draft::Draft,
    happening::{Happening, Shipment},
    item::{Item, UnitKind},
};

/// Most containers of one incident.
const CONTAINERS_MAX: u32 = 1_000_000;

/// The companies and goods of an incident.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cast<'c> {
    pub(super) world: &'c World,
    pub(super) kind: Incident,
    pub(super) lot: &'c Lot,
    pub(super) units_per_case: u32,
    /// The manufacturer.
    pub(super) maker: usize,
    /// The wholesaler that buys.
    pub(super) buyer: usize,
    /// The first hospital or pharmacy.
    pub(super) first: usize,
    /// The last.
    pub(super) last: usize,
}

impl<'c> Cast<'c> {
    pub(super) fn new(world: &'c World, kind: Incident, lot: &'c Lot, units_per_case: u32) -> Self {
        let wholesalers = world.manufacturers().len();
        Self {
            world,
            kind,
            lot,
            units_per_case,
            maker: lot.maker,
            buyer: wholesalers,
            first: wholesalers + world.wholesalers().len(),
            last: world.companies().len().saturating_sub(1),
        }
    }

    pub(super) fn name(&self, company: usize) -> &str {
        &self.world.companies()[company].name
    }

    /// A container; 0 is the pallet, if there is one, then the cases.
    pub(super) fn container(&self, number: u32) -> Item {
        let number = (self.kind.number() + 1) * CONTAINERS_MAX + number;
        Item::Unit {
            company: self.maker,
            kind: UnitKind::Incident,
            number,
        }
    }

    /// A case, counted from 0.
    pub(super) fn case(&self, at: u32) -> Item {
        self.container(at + 1)
    }

    /// What is in it.
    pub(super) fn packs(&self, case: u32) -> Vec<Item> {
        self.lot
            .packs(case * self.units_per_case..(case + 1) * self.units_per_case)
    }

    /// Cases of the lot.
    pub(super) fn cases(&self) -> u32 {
        self.lot.units / self.units_per_case.max(1)
    }

    /// The whole lot is commissioned and packed.
    pub(super) fn made(&self) -> Draft {
        let cases: Vec<Item> = (0..self.cases()).map(|case| self.case(case)).collect();
        let packs = (0..self.cases())
            .map(|case| Happening::commission(self.maker, self.lot, self.packs(case)));
        let mut events: Vec<Happening> = packs.collect();
        events.push(Happening::label(self.maker, cases.clone()));
        for (at, case) in (0..).zip(cases) {
            events.push(Happening::pack(self.maker, case, self.packs(at)));
        }
        let story = format!(
            "{} commissions lot {} and packs it: {} packs, expiry {}",
            self.name(self.maker),
            self.lot.code,
            self.lot.units,
            self.lot.expiry
        );
        Draft::new(self.maker, "commission", &self.lot.code, events).story(story)
    }

    /// Number `at` of the sales of this lot.
    pub(super) fn sale(&self, from: usize, to: usize, at: u32) -> Shipment {
        Shipment::sale(from, to, &format!("{}-{at:03}", self.lot.code))
    }

    /// Goods leave for the buyer.
    pub(super) fn ship(&self, from: usize, to: usize, at: u32, items: Vec<Item>) -> Draft {
        let story = format!(
            "{} ships goods of lot {} to {}",
            self.name(from),
            self.lot.code,
            self.name(to)
        );
        let events = vec![Happening::ship(self.sale(from, to, at), items)];
        let label = format!("{}-{}", self.lot.code, self.world.companies()[to].slug);
        Draft::new(from, "ship", label, events)
            .to(to)
            .about([self.lot.product])
            .story(story)
    }

    /// They arrive.
    pub(super) fn receive(&self, from: usize, to: usize, at: u32, items: Vec<Item>) -> Draft {
        let story = format!(
            "{} receives goods of lot {}; packs are inferred",
            self.name(to),
            self.lot.code
        );
        let events = vec![Happening::receive(self.sale(from, to, at), items)];
        Draft::new(to, "receive", &self.lot.code, events).story(story)
    }

    /// A case is opened.
    pub(super) fn open(&self, place: usize, case: u32) -> Draft {
        let events = vec![Happening::unpack(place, self.case(case), self.packs(case))];
        let story = format!("{} opens a case of lot {}", self.name(place), self.lot.code);
        Draft::new(place, "open", &self.lot.code, events).story(story)
    }

    /// Packs are dispensed one by one.
    pub(super) fn dispense(&self, place: usize, packs: &[Item]) -> Draft {
        let events = packs
            .iter()
            .map(|pack| Happening::dispense(place, *pack))
            .collect();
        let story = format!(
            "{} dispenses {} packs of lot {}",
            self.name(place),
            packs.len(),
            self.lot.code
        );
        Draft::new(place, "dispense", &self.lot.code, events).story(story)
    }

    /// Packs are destroyed.
    pub(super) fn destroy(&self, place: usize, packs: &[Item]) -> Draft {
        let events = vec![Happening::destroy(place, packs.to_vec())];
        let story = format!(
            "{} destroys {} packs of lot {}",
            self.name(place),
            packs.len(),
            self.lot.code
        );
        Draft::new(place, "destroy", &self.lot.code, events).story(story)
    }
}
