//! What hospitals and pharmacies report.

use super::{Trade, count, plural};
use crate::industry::{
    draft::Draft,
    happening::Happening,
    item::Item,
    jobs::{Job, boxed, chunks, orders},
};

impl Trade<'_> {
    pub(super) fn accept(&self, job: &Job) -> Draft {
        let (seller, buyer) = (job.of, job.with);
        let boxes = boxed(self.wave, seller, buyer);
        let first = chunks(boxes.len(), self.plan);
        let loose = orders(self.wave, seller, buyer)
            .iter()
            .filter(|order| order.case.is_none());
        let packs: Vec<Item> = loose
            .flat_map(|order| self.wave.items(&order.packs))
            .collect();
        let event = |at: usize, items| Happening::receive(self.sale(job, at), items);
        let mut events = self.chunks(&boxes, job, event);
        let part = job.part.start.saturating_sub(first)..job.part.end.saturating_sub(first);
        events.extend(self.chunks(
            &packs,
            &Job {
                part,
                ..job.clone()
            },
            |at, items| event(first + at, items),
        ));
        let items = events.iter().flat_map(Happening::items);
        let story = format!(
            "{} scans {}; what is in cases is inferred",
            self.name(buyer),
            count(items)
        );
        Draft::new(buyer, "", self.slug(seller), events).story(story)
    }

    pub(super) fn open(&self, job: &Job) -> Draft {
        let (wave, place) = (self.wave, job.of);
        let whole = wave
            .cases
            .iter()
            .filter(|case| case.whole_to == Some(place));
        let whole = whole.map(|case| (case.item, wave.lots[case.lot].packs(case.units.clone())));
        let mixed = wave.orders.iter().filter(|order| order.dispenser == place);
        let mixed =
            mixed.filter_map(|order| order.case.map(|case| (case, wave.items(&order.packs))));
        let boxes = whole.chain(mixed).skip(job.part.start).take(job.part.len());
        let events: Vec<_> = boxes
            .map(|(parent, packs)| Happening::unpack(place, parent, packs))
            .collect();
        let story = format!(
            "{} opens {}",
            self.name(place),
            plural(events.len(), "case")
        );
        Draft::new(place, "", format!("wave{}", self.number + 1), events).story(story)
    }

    pub(super) fn dispense(&self, job: &Job) -> Draft {
        let packs = &self.wave.stocks[job.of].dispensed[job.part.clone()];
        let events: Vec<_> = packs
            .iter()
            .map(|pack| Happening::dispense(job.of, self.wave.item(*pack)))
            .collect();
        let story = format!(
            "{} dispenses {}",
            self.name(job.of),
            plural(events.len(), "pack")
        );
        Draft::new(job.of, "", format!("wave{}", self.number + 1), events).story(story)
    }

    pub(super) fn give_back(&self, job: &Job) -> Draft {
        let (packs, permission) = self.back(job);
        let story = format!(
            "{} sends {} back to {}",
            self.name(job.of),
            plural(packs.len(), "pack"),
            self.name(job.with)
        );
        let events = self.chunks(&packs, job, |at, packs| {
            Happening::ship(permission(at), packs)
        });
        Draft::new(job.of, "", self.slug(job.with), events)
            .to(job.with)
            .story(story)
    }
}
