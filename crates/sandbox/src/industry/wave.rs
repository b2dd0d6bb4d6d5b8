//! What becomes of the goods of one wave, decided before its first event: cases, pallets, orders, the fate of each pack.

use std::ops::Range;

use super::{
    IndustryError, Lot, Orders, Plan, World,
    clock::Clock,
    dice::{Dice, Stream},
    item::{Item, UnitKind},
};

/// A pack of the wave: lot and unit.
pub(super) type Pack = (u32, u32);

/// A case of the manufacturer.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) item: Item,
    pub(super) lot: usize,
    pub(super) units: Range<u32>,
    /// Who gets it whole; otherwise the wholesaler opens it.
    pub(super) whole_to: Option<usize>,
}

/// A pallet of the manufacturer.
#[derive(Debug)]
pub(super) struct Pallet {
    pub(super) item: Item,
    pub(super) lot: usize,
    /// Places in [`Wave::cases`].
    pub(super) cases: Range<usize>,
    pub(super) wholesaler: usize,
}

/// An order of a dispenser.
#[derive(Debug)]
pub(super) struct Order {
    pub(super) wholesaler: usize,
    pub(super) dispenser: usize,
    /// The mixed case it travels in, if it does.
    pub(super) case: Option<Item>,
    pub(super) packs: Vec<Pack>,
}

impl Order {
    /// Who sells, who buys.
    pub(super) fn between(&self) -> (usize, usize) {
        (self.wholesaler, self.dispenser)
    }
}

/// What a dispenser does with its packs.
#[derive(Debug, Default)]
pub(super) struct Stock {
    pub(super) dispensed: Vec<Pack>,
    pub(super) returned: Vec<Pack>,
    pub(super) kept: Vec<Pack>,
}

/// Numbers used so far for logistic units, by kind.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct UnitNumbers {
    cases: u32,
    pallets: u32,
    mixed: u32,
}

/// The goods of one wave.
#[derive(Debug)]
pub(super) struct Wave {
    pub(super) clock: Clock,
    pub(super) lots: Vec<Lot>,
    pub(super) cases: Vec<Case>,
    pub(super) pallets: Vec<Pallet>,
    /// Sorted by seller and buyer.
    pub(super) orders: Vec<Order>,
    /// By company.
    pub(super) stocks: Vec<Stock>,
    /// Packs of opened cases, by company.
    pub(super) loose: Vec<Vec<Pack>>,
    cases_per_lot: usize,
    units_per_case: u32,
    cases_per_pallet: usize,
}

impl Wave {
    /// Decides the wave of this number.
    pub(super) fn new(
        plan: &Plan,
        world: &World,
        number: u64,
        used: &mut UnitNumbers,
    ) -> Result<Self, IndustryError> {
        let clock = Clock::new(plan.start, plan.span, number, plan.waves());
        let companies = world.companies().len();
        let per_wave = u64::from(plan.lots_per_wave);
        let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let mut wave = Self {
            clock,
            lots: Vec::new(),
            cases: Vec::new(),
            pallets: Vec::new(),
            orders: Vec::new(),
            stocks: (0..companies).map(|_| Stock::default()).collect(),
            loose: vec![Vec::new(); companies],
            cases_per_lot: index(plan.lot_size.div_ceil(plan.units_per_case)),
            units_per_case: plan.units_per_case,
            cases_per_pallet: index(plan.cases_per_pallet),
        };
        for lot in number * per_wave..((number + 1) * per_wave).min(plan.lots()) {
            wave.lots
                .push(Lot::ordinary(plan, world, lot, clock.wave().begin()?)?);
            wave.pack(world, used);
        }
        let mut dice = Dice::new(plan.seed, Stream::Wave(number));
        wave.open(plan, world, &mut dice);
        wave.order(plan, world, used, &mut dice);
        wave.decide(plan, &mut dice);
        Ok(wave)
    }

    /// Cases and pallets of the last lot.
    fn pack(&mut self, world: &World, used: &mut UnitNumbers) {
        let Some(lot) = self.lots.last() else { return };
        let place = self.lots.len() - 1;
        let unit = |kind, number: &mut u32| {
            *number = number.saturating_add(1);
            Item::Unit {
                company: lot.maker,
                kind,
                number: *number,
            }
        };
        let first = self.cases.len();
        let mut from = 0;
        while from < lot.units {
            let to = from.saturating_add(self.units_per_case).min(lot.units);
            let item = unit(UnitKind::Case, &mut used.cases);
            self.cases.push(Case {
                item,
                lot: place,
                units: from..to,
                whole_to: None,
            });
            from = to;
        }
        let buyers = world.wholesalers();
        for (pallet, case) in (first..self.cases.len())
            .step_by(self.cases_per_pallet)
            .enumerate()
        {
            self.pallets.push(Pallet {
                item: unit(UnitKind::Pallet, &mut used.pallets),
                lot: place,
                cases: case..(case + self.cases_per_pallet).min(self.cases.len()),
                wholesaler: buyers[(place + pallet) % buyers.len()].index,
            });
        }
    }

    /// Which cases the wholesalers open.
    fn open(&mut self, plan: &Plan, world: &World, dice: &mut Dice) {
        let dispensers = world.dispensers();
        for pallet in &self.pallets {
            for case in &mut self.cases[pallet.cases.clone()] {
                let lot = u32::try_from(case.lot).unwrap_or(u32::MAX);
                let packs = case.units.clone().map(|unit| (lot, unit));
                if dice.percent(plan.opened_percent) {
                    self.loose[pallet.wholesaler].extend(packs);
                } else {
                    let buyer = dispensers[dice.below(dispensers.len())].index;
                    case.whole_to = Some(buyer);
                    self.stocks[buyer].kept.extend(packs);
                }
            }
        }
    }

    /// Who orders the loose packs.
    fn order(&mut self, plan: &Plan, world: &World, used: &mut UnitNumbers, dice: &mut Dice) {
        let dispensers = world.dispensers();
        let size = usize::try_from(plan.orders.units()).unwrap_or(1);
        for (wholesaler, packs) in self.loose.iter_mut().enumerate() {
            dice.shuffle(packs);
            for packs in packs.chunks(size) {
                let dispenser = dispensers[dice.below(dispensers.len())].index;
                let case = matches!(plan.orders, Orders::MixedCases { .. }).then(|| {
                    used.mixed = used.mixed.saturating_add(1);
                    Item::Unit {
                        company: wholesaler,
                        kind: UnitKind::Mixed,
                        number: used.mixed,
                    }
                });
                self.stocks[dispenser].kept.extend(packs);
                self.orders.push(Order {
                    wholesaler,
                    dispenser,
                    case,
                    packs: packs.to_vec(),
                });
            }
        }
        self.orders.sort_by_key(Order::between);
    }

    /// What the dispensers do with their packs.
    fn decide(&mut self, plan: &Plan, dice: &mut Dice) {
        for stock in &mut self.stocks {
            dice.shuffle(&mut stock.kept);
            let share = |percent: u8| stock.kept.len() * usize::from(percent) / 100;
            let (dispensed, returned) =
                (share(plan.dispensed_percent), share(plan.returned_percent));
            stock.dispensed = stock.kept.drain(..dispensed).collect();
            stock.returned = stock.kept.drain(..returned).collect();
            stock.kept.shrink_to_fit();
        }
    }

    /// A pack as an item.
    pub(super) fn item(&self, (lot, unit): Pack) -> Item {
        self.lot((lot, unit)).pack(unit)
    }

    /// Packs as items.
    pub(super) fn items(&self, packs: &[Pack]) -> Vec<Item> {
        packs.iter().map(|pack| self.item(*pack)).collect()
    }

    /// The lot of a pack.
    pub(super) fn lot(&self, (lot, _): Pack) -> &Lot {
        &self.lots[usize::try_from(lot).unwrap_or(usize::MAX)]
    }

    /// The wholesaler through whose hands a pack went.
    pub(super) fn wholesaler_of(&self, (lot, unit): Pack) -> usize {
        let index = |n: u32| usize::try_from(n).unwrap_or(usize::MAX);
        let pallets_per_lot = self.cases_per_lot.div_ceil(self.cases_per_pallet);
        let case_in_lot = index(unit / self.units_per_case);
        let pallet = index(lot) * pallets_per_lot + case_in_lot / self.cases_per_pallet;
        self.pallets[pallet].wholesaler
    }

    /// Packs that `dispenser` sends back to `wholesaler`.
    pub(super) fn returns(&self, dispenser: usize, wholesaler: usize) -> Vec<Pack> {
        let packs = self.stocks[dispenser].returned.iter().copied();
        packs
            .filter(|pack| self.wholesaler_of(*pack) == wholesaler)
            .collect()
    }
}
