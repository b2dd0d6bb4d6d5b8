//! The ordinary trade: what each file of each stage says.

use super::{
    Plan, Stage, World,
    draft::Draft,
    happening::{Happening, Shipment},
    item::Item,
    jobs::{Job, boxed, cases, chunks, destroyed, opened, orders, pallets},
    wave::{Pack, Wave},
};

/// Makes the files of one wave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trade<'t> {
    pub(super) plan: &'t Plan,
    pub(super) world: &'t World,
    pub(super) wave: &'t Wave,
    /// Number of the wave, from 0.
    pub(super) number: u64,
}

impl Trade<'_> {
    /// The file of a job.
    pub(super) fn draft(&self, stage: Stage, job: &Job) -> Draft {
        let draft = match stage {
            Stage::Commission => self.commission(job),
            Stage::Inspect => self.inspect(job),
            Stage::Pack => self.pack(job),
            Stage::Palletise => self.palletise(job),
            Stage::Ship => self.ship(job),
            Stage::Receive => self.receive(job),
            Stage::Unpack => self.unpack(job),
            Stage::Store => self.scan(job, ("puts", "into stock"), Happening::store),
            Stage::Pick => self.scan(job, ("picks", "for orders"), Happening::pick),
            Stage::Repack => self.repack(job),
            Stage::Deliver => self.deliver(job),
            Stage::Accept => self.accept(job),
            Stage::Open => self.open(job),
            Stage::Dispense => self.dispense(job),
            Stage::Return => self.give_back(job),
            Stage::TakeBack => self.take_back(job),
            Stage::Restock => self.restock(job),
            Stage::Destroy => self.destroy(job),
        };
        Draft {
            topic: stage.as_str(),
            ..draft
        }
    }

    fn name(&self, company: usize) -> &str {
        &self.world.companies()[company].name
    }

    fn slug(&self, company: usize) -> &str {
        &self.world.companies()[company].slug
    }

    /// Events that name all items together, as many of them as belong to the job.
    fn chunks(
        &self,
        items: &[Item],
        job: &Job,
        event: impl Fn(usize, Vec<Item>) -> Happening,
    ) -> Vec<Happening> {
        let size = usize::try_from(self.plan.serials_per_event).unwrap_or(1);
        let chunks = items
            .chunks(size)
            .enumerate()
            .skip(job.part.start)
            .take(job.part.len());
        chunks
            .map(|(at, chunk)| event(at, chunk.to_vec()))
            .collect()
    }

    /// Containers are labelled, then filled one by one.
    fn filled(
        &self,
        place: usize,
        job: &Job,
        boxes: &[Item],
        fill: impl Fn(usize) -> Vec<Item>,
    ) -> Vec<Happening> {
        let labels = chunks(boxes.len(), self.plan);
        let mut events = self.chunks(boxes, job, |_, boxes| Happening::label(place, boxes));
        for at in job.part.clone().filter_map(|at| at.checked_sub(labels)) {
            events.push(Happening::pack(place, boxes[at], fill(at)));
        }
        events
    }

    fn commission(&self, job: &Job) -> Draft {
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

    fn inspect(&self, job: &Job) -> Draft {
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

    fn pack(&self, job: &Job) -> Draft {
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

    fn palletise(&self, job: &Job) -> Draft {
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
    fn load(&self, job: &Job) -> Vec<usize> {
        let places = pallets(self.wave, job.of);
        places
            .filter(|place| self.wave.pallets[*place].wholesaler == job.with)
            .collect()
    }

    /// The same as items, and the sale that the `at`-th event is about.
    fn loaded(&self, job: &Job) -> (Vec<Item>, impl Fn(usize) -> Shipment) {
        let lot = &self.wave.lots[job.of];
        let items = self
            .load(job)
            .iter()
            .map(|place| self.wave.pallets[*place].item)
            .collect();
        let sale = move |at| Shipment::sale(lot.maker, job.with, &format!("{}-{at:03}", lot.code));
        (items, sale)
    }

    fn ship(&self, job: &Job) -> Draft {
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

    fn receive(&self, job: &Job) -> Draft {
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

    fn unpack(&self, job: &Job) -> Draft {
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

    fn scan(
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

    fn repack(&self, job: &Job) -> Draft {
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
    fn sale(&self, job: &Job, order: usize) -> Shipment {
        Shipment::sale(
            job.of,
            job.with,
            &format!("{:06}-{order:06}", self.number + 1),
        )
    }

    fn deliver(&self, job: &Job) -> Draft {
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

    fn accept(&self, job: &Job) -> Draft {
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

    fn open(&self, job: &Job) -> Draft {
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

    fn dispense(&self, job: &Job) -> Draft {
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

    /// Packs that go back, and the permission that the `at`-th event is about.
    fn back(&self, job: &Job) -> (Vec<Item>, impl Fn(usize) -> Shipment) {
        let (number, from, to) = (self.number + 1, job.of, job.with);
        let packs = self.wave.items(&self.wave.returns(from, to));
        (packs, move |at| {
            Shipment::back(from, to, &format!("{number:06}-{at:03}"))
        })
    }

    fn give_back(&self, job: &Job) -> Draft {
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

    fn take_back(&self, job: &Job) -> Draft {
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

    fn restock(&self, job: &Job) -> Draft {
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

    fn destroy(&self, job: &Job) -> Draft {
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

/// "12 cases and 30 single packs"
fn count(items: impl Iterator<Item = Item>) -> String {
    let (mut boxes, mut packs) = (0, 0);
    for item in items {
        match item {
            Item::Pack { .. } => packs += 1,
            Item::Unit { .. } => boxes += 1,
        }
    }
    match (boxes, packs) {
        (boxes, 0) => plural(boxes, "case"),
        (0, packs) => plural(packs, "single pack"),
        (boxes, packs) => format!(
            "{} and {}",
            plural(boxes, "case"),
            plural(packs, "single pack")
        ),
    }
}

/// "1 case", "2 cases"
fn plural(count: usize, word: &str) -> String {
    if count == 1 {
        format!("1 {word}")
    } else {
        format!("{count} {word}s")
    }
}
