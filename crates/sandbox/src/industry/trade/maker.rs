//! What manufacturers report.

use super::{Trade, plural};
use crate::industry::{
    draft::Draft,
    happening::{Happening, Shipment},
    item::Item,
    jobs::{Job, cases, pallets},
};

impl Trade<'_> {
    pub(super) fn commission(&self, job: &Job) -> Draft {
        let lot = &self.wave.lots[job.of];
        let packs = lot.packs(0..lot.units);
        let events = self.chunks(&packs, job, |_, packs| {
            Happening::commission(lot.maker, lot, packs)
        });
        let product = &self.world.products()[lot.product];
        let story = format!(
            "{} commissions lot {} of {} {}, {} packs, expiry {}",
            self.name(lot.maker),
            lot.code,
            product.name,
            product.strength,
            lot.units,
            lot.expiry
        );
        Draft::new(lot.maker, "", &lot.code, events).story(story)
    }

    pub(super) fn inspect(&self, job: &Job) -> Draft {
        let lot = &self.wave.lots[job.of];
        let packs = lot.packs(0..lot.units);
        let events = self.chunks(&packs, job, |_, packs| Happening::inspect(lot.maker, packs));
        let story = format!(
            "{} inspects and releases lot {}",
            self.name(lot.maker),
            lot.code
        );
        Draft::new(lot.maker, "", &lot.code, events).story(story)
    }

    pub(super) fn pack(&self, job: &Job) -> Draft {
        let (lot, wave) = (&self.wave.lots[job.of], self.wave);
        let places = cases(wave, job.of);
        let (first, count) = (places.start, places.len());
        let boxes: Vec<_> = wave.cases[places].iter().map(|case| case.item).collect();
        let events = self.filled(lot.maker, job, &boxes, |at| {
            lot.packs(wave.cases[first + at].units.clone())
        });
        let story = format!(
            "{} packs lot {} into {}",
            self.name(lot.maker),
            lot.code,
            plural(count, "case")
        );
        Draft::new(lot.maker, "", &lot.code, events).story(story)
    }

    pub(super) fn palletise(&self, job: &Job) -> Draft {
        let (lot, wave) = (&self.wave.lots[job.of], self.wave);
        let places = pallets(wave, job.of);
        let (first, count) = (places.start, places.len());
        let boxes: Vec<_> = wave.pallets[places]
            .iter()
            .map(|pallet| pallet.item)
            .collect();
        let events = self.filled(lot.maker, job, &boxes, |at| {
            let cases = wave.pallets[first + at].cases.clone();
            wave.cases[cases].iter().map(|case| case.item).collect()
        });
        let story = format!(
            "{} puts lot {} on {}",
            self.name(lot.maker),
            lot.code,
            plural(count, "pallet")
        );
        Draft::new(lot.maker, "", &lot.code, events).story(story)
    }

    /// Pallets of a lot for a wholesaler.
    pub(super) fn load(&self, job: &Job) -> Vec<usize> {
        let places = pallets(self.wave, job.of);
        places
            .filter(|place| self.wave.pallets[*place].wholesaler == job.with)
            .collect()
    }

    /// The same as items, and the sale that the `at`-th event is about.
    pub(super) fn loaded(&self, job: &Job) -> (Vec<Item>, impl Fn(usize) -> Shipment) {
        let lot = &self.wave.lots[job.of];
        let items = self
            .load(job)
            .iter()
            .map(|place| self.wave.pallets[*place].item)
            .collect();
        let sale = move |at| Shipment::sale(lot.maker, job.with, &format!("{}-{at:03}", lot.code));
        (items, sale)
    }

    pub(super) fn ship(&self, job: &Job) -> Draft {
        let (lot, (pallets, sale)) = (&self.wave.lots[job.of], self.loaded(job));
        let story = format!(
            "{} ships {} of lot {} to {}",
            self.name(lot.maker),
            plural(pallets.len(), "pallet"),
            lot.code,
            self.name(job.with)
        );
        let events = self.chunks(&pallets, job, |at, pallets| {
            Happening::ship(sale(at), pallets)
        });
        let label = format!("{}-{}", lot.code, self.slug(job.with));
        Draft::new(lot.maker, "", label, events)
            .to(job.with)
            .about([lot.product])
            .story(story)
    }
}
