//! What wholesalers report.

use super::{Trade, count, plural};
use crate::industry::{
    draft::Draft,
    happening::{Happening, Shipment},
    item::Item,
    jobs::{Job, boxed, chunks, destroyed, opened, orders},
    wave::Pack,
};

impl Trade<'_> {
    pub(super) fn receive(&self, job: &Job) -> Draft {
        let (lot, (pallets, sale)) = (&self.wave.lots[job.of], self.loaded(job));
        let story = format!(
            "{} scans {} of lot {}; cases and packs are inferred",
            self.name(job.with),
            plural(pallets.len(), "pallet"),
            lot.code
        );
        let events = self.chunks(&pallets, job, |at, pallets| {
            Happening::receive(sale(at), pallets)
        });
        Draft::new(job.with, "", &lot.code, events).story(story)
    }

    pub(super) fn unpack(&self, job: &Job) -> Draft {
        let (lot, wave, place) = (&self.wave.lots[job.of], self.wave, job.with);
        let pallets = self.load(job);
        let steps = pallets.iter().flat_map(|pallet| {
            std::iter::once((*pallet, None))
                .chain(opened(wave, *pallet).map(|case| (*pallet, Some(case))))
        });
        let event = |(pallet, case): (usize, Option<usize>)| {
            if let Some(case) = case {
                let case = &wave.cases[case];
                return Happening::unpack(place, case.item, lot.packs(case.units.clone()));
            }
            let pallet = &wave.pallets[pallet];
            let children = wave.cases[pallet.cases.clone()]
                .iter()
                .map(|case| case.item)
                .collect();
            Happening::unpack(place, pallet.item, children)
        };
        let events = steps
            .skip(job.part.start)
            .take(job.part.len())
            .map(event)
            .collect();
        let story = format!(
            "{} unloads lot {} and opens some of its cases",
            self.name(place),
            lot.code
        );
        Draft::new(place, "", &lot.code, events).story(story)
    }

    pub(super) fn scan(
        &self,
        job: &Job,
        (verb, place): (&str, &str),
        event: fn(usize, Vec<Item>) -> Happening,
    ) -> Draft {
        let packs = self.wave.items(&self.wave.loose[job.of]);
        let events = self.chunks(&packs, job, |_, packs| event(job.of, packs));
        let story = format!(
            "{} {verb} {} {place}",
            self.name(job.of),
            plural(packs.len(), "single pack")
        );
        Draft::new(job.of, "", format!("wave{}", self.number + 1), events).story(story)
    }

    pub(super) fn repack(&self, job: &Job) -> Draft {
        let orders = self
            .wave
            .orders
            .iter()
            .filter(|order| order.wholesaler == job.of);
        let (boxes, contents): (Vec<Item>, Vec<&[Pack]>) = orders
            .filter_map(|order| Some((order.case?, order.packs.as_slice())))
            .unzip();
        let events = self.filled(job.of, job, &boxes, |at| self.wave.items(contents[at]));
        let story = format!(
            "{} packs {} for its customers",
            self.name(job.of),
            plural(boxes.len(), "mixed case")
        );
        Draft::new(job.of, "", format!("wave{}", self.number + 1), events).story(story)
    }

    /// Number of the shipment between two companies in this wave.
    pub(super) fn sale(&self, job: &Job, order: usize) -> Shipment {
        Shipment::sale(
            job.of,
            job.with,
            &format!("{:06}-{order:06}", self.number + 1),
        )
    }

    pub(super) fn deliver(&self, job: &Job) -> Draft {
        let (seller, buyer) = (job.of, job.with);
        let boxes = boxed(self.wave, seller, buyer);
        let first = chunks(boxes.len(), self.plan);
        let mut events = self.chunks(&boxes, job, |at, boxes| {
            Happening::ship(self.sale(job, at), boxes)
        });
        let loose: Vec<_> = orders(self.wave, seller, buyer)
            .iter()
            .filter(|order| order.case.is_none())
            .collect();
        for at in job.part.clone().filter(|at| *at >= first) {
            let items = self.wave.items(&loose[at - first].packs);
            events.push(Happening::ship(self.sale(job, at), items));
        }
        let items = events.iter().flat_map(Happening::items);
        let story = format!(
            "{} ships {} to {}",
            self.name(seller),
            count(items),
            self.name(buyer)
        );
        Draft::new(seller, "", self.slug(buyer), events)
            .to(buyer)
            .about(self.wave.lots.iter().map(|lot| lot.product))
            .story(story)
    }

    /// Packs that go back, and the permission that the `at`-th event is about.
    pub(super) fn back(&self, job: &Job) -> (Vec<Item>, impl Fn(usize) -> Shipment) {
        let (number, from, to) = (self.number + 1, job.of, job.with);
        let packs = self.wave.items(&self.wave.returns(from, to));
        (packs, move |at| {
            Shipment::back(from, to, &format!("{number:06}-{at:03}"))
        })
    }

    pub(super) fn take_back(&self, job: &Job) -> Draft {
        let (packs, permission) = self.back(job);
        let story = format!(
            "{} takes back {}",
            self.name(job.with),
            plural(packs.len(), "pack")
        );
        let events = self.chunks(&packs, job, |at, packs| {
            Happening::receive(permission(at), packs)
        });
        Draft::new(job.with, "", self.slug(job.of), events).story(story)
    }

    pub(super) fn restock(&self, job: &Job) -> Draft {
        let (packs, _) = self.back(job);
        let packs = &packs[destroyed(packs.len(), self.plan)..];
        let story = format!(
            "{} has verified {} that came back, and puts them into stock",
            self.name(job.with),
            plural(packs.len(), "pack")
        );
        let events = self.chunks(packs, job, |_, packs| Happening::store(job.with, packs));
        Draft::new(job.with, "", self.slug(job.of), events).story(story)
    }

    pub(super) fn destroy(&self, job: &Job) -> Draft {
        let (mut packs, _) = self.back(job);
        packs.truncate(destroyed(packs.len(), self.plan));
        let story = format!(
            "{} destroys {} that came back",
            self.name(job.with),
            plural(packs.len(), "pack")
        );
        let events = self.chunks(&packs, job, |_, packs| Happening::destroy(job.with, packs));
        Draft::new(job.with, "", self.slug(job.of), events).story(story)
    }
}
