//! The files of a plan, one after the other, in the order of sending.
//!
//! **Invariants**: the same plan gives the same files; at any time one wave is in memory, and of its files one; files are
//! sent in the order of their time, and what a file depends on was sent before it, unless an incident says otherwise.

use std::{collections::VecDeque, sync::Arc, vec::IntoIter};

use super::{
    Document, Expectation, IndustryError, Plan, Stage, World,
    clock::Slot,
    document::Format,
    draft::Draft,
    envelope::{self, Letter},
    incident::{self, Troubles},
    item::{Notation, Scribe, Serials},
    jobs::{Job, jobs},
    render,
    trade::Trade,
    wave::{UnitNumbers, Wave},
};

/// The files of a plan. Made by [`Plan::history`].
#[derive(Debug)]
pub struct History {
    plan: Plan,
    world: Arc<World>,
    serials: Serials,
    used: UnitNumbers,
    /// Number of the next wave.
    next_wave: u64,
    wave: Option<Wave>,
    troubles: Option<Troubles>,
    /// Stages of the wave that are still to come.
    stages: IntoIter<Stage>,
    stage: Stage,
    jobs: VecDeque<Job>,
    /// Jobs of the stage, done and to be done.
    jobs_total: usize,
    /// Files of the incidents of the stage that are still to be sent.
    drafts: VecDeque<Draft>,
    drafts_total: usize,
    seq: u64,
    /// Files in XML so far, of those whose format is free.
    xml: u64,
    free: u64,
    failed: bool,
}

impl History {
    pub(super) fn new(plan: Plan) -> Result<Self, IndustryError> {
        Ok(Self {
            world: Arc::new(World::new(&plan)?),
            serials: Serials::new(plan.seed),
            used: UnitNumbers::default(),
            next_wave: 0,
            wave: None,
            troubles: None,
            stages: Vec::new().into_iter(),
            stage: Stage::Commission,
            jobs: VecDeque::new(),
            jobs_total: 0,
            drafts: VecDeque::new(),
            drafts_total: 0,
            seq: 0,
            xml: 0,
            free: 0,
            failed: false,
            plan,
        })
    }

    /// The companies and products.
    pub fn world(&self) -> &Arc<World> {
        &self.world
    }

    /// The plan.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Packs that are commissioned in files that are accepted: those of the ordinary trade and those of the incidents.
    pub fn packs_planned(&self) -> u64 {
        self.plan.packs + incident::packs(&self.plan)
    }

    fn advance(&mut self) -> Result<Option<Document>, IndustryError> {
        loop {
            if let Some(job) = self.jobs.pop_front() {
                let done = self.jobs_total - self.jobs.len() - 1;
                if let Some(wave) = &self.wave {
                    let trade = Trade {
                        plan: &self.plan,
                        world: &self.world,
                        wave,
                        number: self.next_wave - 1,
                    };
                    let draft = trade.draft(self.stage, &job);
                    let slot = wave.clock.trade(self.stage).part(done, self.jobs_total);
                    return self.finish(draft, slot, None).map(Some);
                }
            }
            if let Some(draft) = self.drafts.pop_front() {
                let done = self.drafts_total - self.drafts.len() - 1;
                if let Some(wave) = &self.wave {
                    let slot = wave
                        .clock
                        .incidents(self.stage)
                        .part(done, self.drafts_total);
                    let happened = draft.happened.map(|stage| wave.clock.incidents(stage));
                    return self.finish(draft, slot, happened).map(Some);
                }
            }
            if let Some(stage) = self.stages.next() {
                self.begin_stage(stage)?;
            } else if self.next_wave < self.plan.waves() {
                let wave = Wave::new(&self.plan, &self.world, self.next_wave, &mut self.used)?;
                self.troubles = match self.next_wave {
                    0 => Some(Troubles::new(&self.plan, &self.world, &wave)?),
                    _ => None,
                };
                self.wave = Some(wave);
                self.next_wave += 1;
                self.stages = Stage::ALL.to_vec().into_iter();
            } else {
                return Ok(None);
            }
        }
    }

    fn begin_stage(&mut self, stage: Stage) -> Result<(), IndustryError> {
        self.stage = stage;
        let Some(wave) = &self.wave else {
            return Ok(());
        };
        self.jobs = jobs(&self.plan, &self.world, wave, stage).into();
        self.jobs_total = self.jobs.len();
        if let Some(troubles) = &self.troubles {
            self.drafts = troubles.drafts(stage, &self.world, wave.clock)?.into();
            self.drafts_total = self.drafts.len();
        }
        Ok(())
    }

    /// Gives a file its number, times and format.
    fn finish(
        &mut self,
        draft: Draft,
        slot: Slot,
        happened: Option<Slot>,
    ) -> Result<Document, IndustryError> {
        self.seq += 1;
        let notation = self.notation(&draft);
        let scribe = Scribe {
            world: &self.world,
            serials: &self.serials,
            notation,
        };
        let count = draft.happenings.len();
        let mut meant = Vec::with_capacity(count);
        for (at, happening) in draft.happenings.iter().enumerate() {
            let moment = happened.unwrap_or(slot).part(at, count).begin()?;
            meant.push(render::event(happening, moment, &scribe)?);
        }
        let made = slot.end()?;
        let letter = Letter {
            sender: draft.sender,
            receiver: draft.receiver,
            made,
            seq: self.seq,
            changes_owner: draft.changes_owner(),
            products: &draft.products,
        };
        let header = envelope::header(&letter, &scribe)?;
        let company = |index: usize| Arc::clone(&self.world.companies()[index]);
        let releases = draft.releases_last.then_some(self.seq - 1);
        Ok(Document {
            seq: self.seq,
            sender: company(draft.sender),
            receiver: draft.receiver.map(company),
            format: notation.format(),
            made,
            stage: self.stage,
            incident: draft.incident,
            expected: Expectation {
                releases,
                ..draft.expected
            },
            recall: draft.recall,
            story: draft.story,
            placement: self.plan.placement,
            topic: draft.topic,
            label: draft.label,
            header,
            meant,
            defect: draft.defect,
        })
    }

    /// Every second company writes Digital Links when it writes JSON.
    fn notation(&mut self, draft: &Draft) -> Notation {
        let json = if draft.sender.is_multiple_of(2) {
            Notation::Link
        } else {
            Notation::Urn
        };
        if let Some(defect) = draft.defect {
            // the defects of JSON are about Digital Links
            return if defect.format() == Format::Xml12 {
                Notation::Old
            } else {
                Notation::Link
            };
        }
        let percent = u64::from(self.plan.xml_percent);
        let is_xml = if self.plan.format_by_company {
            let companies = u64::try_from(self.world.companies().len()).unwrap_or(1);
            let place = u64::try_from(draft.sender).unwrap_or(u64::MAX);
            place * 100 < percent * companies
        } else {
            self.free += 1;
            self.xml * 100 < percent * self.free
        };
        self.xml += u64::from(is_xml);
        if is_xml { Notation::Old } else { json }
    }
}

impl Iterator for History {
    type Item = Result<Document, IndustryError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.advance();
        self.failed = next.is_err();
        next.transpose()
    }
}
