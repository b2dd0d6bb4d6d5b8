//! The files of the ordinary trade, stage by stage. A job is one file; only the job at hand is in memory.

use std::ops::Range;

use super::{
    Plan, Stage, World,
    wave::{Order, Wave},
};

/// One file to be made: who, with whom, and which part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    /// A lot in the stages of the manufacturer, otherwise a company.
    pub(super) of: usize,
    /// The company at the other end.
    pub(super) with: usize,
    /// Which part of what there is to report, in events.
    pub(super) part: Range<usize>,
}

/// Every file of a stage, in order.
pub(super) fn jobs(plan: &Plan, world: &World, wave: &Wave, stage: Stage) -> Vec<Job> {
    let size = index(plan.events_per_file);
    let mut jobs = Vec::new();
    let mut add = |of: usize, with: usize, events: usize| {
        for from in (0..events).step_by(size) {
            jobs.push(Job {
                of,
                with,
                part: from..(from + size).min(events),
            });
        }
    };
    let (buyers, dispensers) = (world.wholesalers(), world.dispensers());
    match stage {
        Stage::Inspect | Stage::Store | Stage::Pick if !plan.bulk_scans => {}
        Stage::Commission | Stage::Inspect | Stage::Pack | Stage::Palletise => {
            for lot in 0..wave.lots.len() {
                let events = match stage {
                    Stage::Commission | Stage::Inspect => chunks(index(wave.lots[lot].units), plan),
                    // containers are labelled before they are filled
                    Stage::Pack => chunks(cases(wave, lot).len(), plan) + cases(wave, lot).len(),
                    _ => chunks(pallets(wave, lot).len(), plan) + pallets(wave, lot).len(),
                };
                add(lot, 0, events);
            }
        }
        Stage::Ship | Stage::Receive | Stage::Unpack => {
            for lot in 0..wave.lots.len() {
                for buyer in buyers.iter().map(|company| company.index) {
                    let here =
                        pallets(wave, lot).filter(|place| wave.pallets[*place].wholesaler == buyer);
                    let events = match stage {
                        Stage::Unpack => here.map(|place| 1 + opened(wave, place).count()).sum(),
                        _ => chunks(here.count(), plan),
                    };
                    add(lot, buyer, events);
                }
            }
        }
        Stage::Store | Stage::Pick => {
            for buyer in buyers.iter().map(|company| company.index) {
                add(buyer, buyer, chunks(wave.loose[buyer].len(), plan));
            }
        }
        Stage::Repack => {
            for buyer in buyers.iter().map(|company| company.index) {
                let cases = wave
                    .orders
                    .iter()
                    .filter(|order| order.wholesaler == buyer && order.case.is_some());
                let count = cases.count();
                add(buyer, buyer, chunks(count, plan) + count);
            }
        }
        Stage::Deliver | Stage::Accept => {
            for (buyer, dispenser) in pairs(world) {
                let boxes = chunks(boxed(wave, buyer, dispenser).len(), plan);
                let loose = orders(wave, buyer, dispenser)
                    .iter()
                    .filter(|order| order.case.is_none());
                let loose = match stage {
                    Stage::Deliver => loose.count(),
                    _ => chunks(loose.map(|order| order.packs.len()).sum(), plan),
                };
                add(buyer, dispenser, boxes + loose);
            }
        }
        Stage::Open => {
            for dispenser in dispensers.iter().map(|company| company.index) {
                let whole = wave
                    .cases
                    .iter()
                    .filter(|case| case.whole_to == Some(dispenser))
                    .count();
                let mixed = wave
                    .orders
                    .iter()
                    .filter(|order| order.dispenser == dispenser && order.case.is_some());
                add(dispenser, dispenser, whole + mixed.count());
            }
        }
        Stage::Dispense => {
            for dispenser in dispensers.iter().map(|company| company.index) {
                add(dispenser, dispenser, wave.stocks[dispenser].dispensed.len());
            }
        }
        Stage::Return | Stage::TakeBack | Stage::Restock | Stage::Destroy => {
            for (buyer, dispenser) in pairs(world) {
                let back = wave.returns(dispenser, buyer).len();
                let destroyed = destroyed(back, plan);
                let packs = match stage {
                    Stage::Destroy => destroyed,
                    Stage::Restock => back - destroyed,
                    _ => back,
                };
                add(dispenser, buyer, chunks(packs, plan));
            }
        }
    }
    jobs
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Packs destroyed of so many that came back; they stand first.
pub(super) fn destroyed(back: usize, plan: &Plan) -> usize {
    back * usize::from(plan.destroyed_percent) / 100
}

/// Events needed to name so many items.
pub(super) fn chunks(items: usize, plan: &Plan) -> usize {
    items.div_ceil(index(plan.serials_per_event))
}

fn pairs(world: &World) -> impl Iterator<Item = (usize, usize)> + '_ {
    let dispensers = world.dispensers();
    world
        .wholesalers()
        .iter()
        .flat_map(move |buyer| dispensers.iter().map(|other| (buyer.index, other.index)))
}

/// Places of the cases of a lot.
pub(super) fn cases(wave: &Wave, lot: usize) -> Range<usize> {
    let first = wave.cases.partition_point(|case| case.lot < lot);
    first..wave.cases.partition_point(|case| case.lot <= lot)
}

/// Places of the pallets of a lot.
pub(super) fn pallets(wave: &Wave, lot: usize) -> Range<usize> {
    let first = wave.pallets.partition_point(|pallet| pallet.lot < lot);
    first..wave.pallets.partition_point(|pallet| pallet.lot <= lot)
}

/// Places of the cases of a pallet that the wholesaler opens.
pub(super) fn opened(wave: &Wave, pallet: usize) -> impl Iterator<Item = usize> + '_ {
    wave.pallets[pallet]
        .cases
        .clone()
        .filter(|place| wave.cases[*place].whole_to.is_none())
}

/// The orders that a dispenser gave to a wholesaler.
pub(super) fn orders(wave: &Wave, buyer: usize, dispenser: usize) -> &[Order] {
    let first = wave
        .orders
        .partition_point(|order| order.between() < (buyer, dispenser));
    let last = wave
        .orders
        .partition_point(|order| order.between() <= (buyer, dispenser));
    &wave.orders[first..last]
}

/// Everything in cases that goes from a wholesaler to a dispenser.
pub(super) fn boxed(wave: &Wave, buyer: usize, dispenser: usize) -> Vec<super::item::Item> {
    let here = wave
        .pallets
        .iter()
        .filter(|pallet| pallet.wholesaler == buyer);
    let whole = here
        .flat_map(|pallet| &wave.cases[pallet.cases.clone()])
        .filter(|case| case.whole_to == Some(dispenser))
        .map(|case| case.item);
    whole
        .chain(
            orders(wave, buyer, dispenser)
                .iter()
                .filter_map(|order| order.case),
        )
        .collect()
}
