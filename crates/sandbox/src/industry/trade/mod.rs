//! The ordinary trade: what each file of each stage says.

mod dispenser;
mod maker;
mod wholesaler;

use super::{
    Plan, Stage, World,
    draft::Draft,
    happening::Happening,
    item::Item,
    jobs::{Job, chunks},
    wave::Wave,
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
