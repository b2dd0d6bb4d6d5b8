//! The blocks of a load: one lot after the other, one block for each thing that is done to it.

use std::collections::VecDeque;

use pangolin_ledger::{
    hash::sha256,
    id::{ChainId, Digest32, Height, ObjectId, PartyId, PublicKey, Signature, TimeMs},
    report::{EventOutcome, EventReceipt, Receipt},
    tx::{Auth, Body, DataClass, Event, SignedTransaction, Transaction},
};
use pangolin_profiles::pharma::LENIENT;

use super::{
    LoadError, Plan,
    names::{DISPENSERS, Kind, MAX_PACKS, WHOLESALERS, site},
    template::{PARENT, SOME, Templates},
};
use crate::block::{Effects, IndexBlock};

/// Events in one transaction.
const EVENTS_PER_TX: usize = 500;
/// Time of the first block.
const START: i64 = 1_772_352_000_000;
/// Between two blocks, in milliseconds.
const STEP: i64 = 1_000;

/// What is done to a lot, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Commission,
    Pack,
    Ship,
    Receive,
    TakeApart,
    Sell,
    Buy,
    Dispense,
}

const PHASES: [Phase; 8] = [
    Phase::Commission,
    Phase::Pack,
    Phase::Ship,
    Phase::Receive,
    Phase::TakeApart,
    Phase::Sell,
    Phase::Buy,
    Phase::Dispense,
];

/// The blocks of a load, in order.
pub struct Blocks {
    plan: Plan,
    templates: Templates,
    height: u64,
    /// Serial references in the blocks so far.
    references: u64,
    ready: VecDeque<(u64, Phase)>,
    next_lot: u64,
}

impl std::fmt::Debug for Blocks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Blocks")
            .field("plan", &self.plan)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

impl Blocks {
    pub(super) fn new(plan: Plan) -> Result<Self, LoadError> {
        let numbers = [
            plan.lots,
            plan.lot,
            plan.case,
            plan.pallet,
            plan.sold_one_in,
            plan.order,
            plan.dispensed_one_in,
        ];
        if numbers.contains(&0) {
            return Err(LoadError::Plan("numbers above zero"));
        }
        if plan
            .lots
            .checked_mul(plan.lot)
            .is_none_or(|packs| packs > MAX_PACKS)
        {
            return Err(LoadError::Plan("fewer packs"));
        }
        if [plan.lot, plan.case, plan.pallet]
            .iter()
            .any(|n| *n > pangolin_ledger::limits::MAX_REFS_PER_EVENT as u64)
        {
            return Err(LoadError::Plan(
                "lots, cases and pallets that one event can name",
            ));
        }
        Ok(Self {
            plan,
            templates: Templates::new(),
            height: 0,
            references: 0,
            ready: VecDeque::new(),
            next_lot: 0,
        })
    }

    /// Events in the blocks so far.
    pub fn events(&self) -> u64 {
        self.templates.made()
    }

    /// Serial references in the blocks so far.
    pub const fn references(&self) -> u64 {
        self.references
    }

    /// Lots whose blocks have begun.
    pub const fn lots(&self) -> u64 {
        self.next_lot
    }

    fn block(&mut self, lot: u64, phase: Phase) -> Result<IndexBlock, LoadError> {
        self.height += 1;
        let time = TimeMs(START + STEP * i64::try_from(self.height).unwrap_or(i64::MAX / STEP));
        let mut acts = Acts {
            plan: &self.plan,
            templates: &mut self.templates,
            lot,
            time: TimeMs(time.0 - STEP / 2),
            done: Vec::new(),
        };
        acts.act(phase)?;
        let mut transactions = Vec::new();
        for (issuer, events) in acts.done {
            self.references += events.iter().map(|event| event.refs() as u64).sum::<u64>();
            for chunk in events.chunks(EVENTS_PER_TX) {
                transactions.push(applied(&issuer, chunk.to_vec()));
            }
        }
        Ok(IndexBlock {
            height: Height(self.height),
            time,
            digest: Digest32(sha256(&[b"load block", &self.height.to_be_bytes()])),
            transactions,
            effects: Effects::default(),
        })
    }
}

impl Iterator for Blocks {
    type Item = Result<IndexBlock, LoadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ready.is_empty() && self.next_lot < self.plan.lots {
            let lot = self.next_lot;
            self.next_lot += 1;
            self.ready.extend(PHASES.map(|phase| (lot, phase)));
        }
        let (lot, phase) = self.ready.pop_front()?;
        Some(self.block(lot, phase))
    }
}

/// What parties do to one lot in one block.
struct Acts<'a> {
    plan: &'a Plan,
    templates: &'a mut Templates,
    lot: u64,
    time: TimeMs,
    /// Who stated which events.
    done: Vec<(PartyId, Vec<Event>)>,
}

impl Acts<'_> {
    fn act(&mut self, phase: Phase) -> Result<(), LoadError> {
        let (_, maker) = site(Kind::Maker, 0)?;
        let wholesaler = self.lot % WHOLESALERS;
        match phase {
            Phase::Commission => self.commission(&maker),
            Phase::Pack => self.pack(&maker),
            Phase::Ship => self.hand_over("shipping", "in_transit", (Kind::Maker, 0), wholesaler),
            Phase::Receive => {
                self.hand_over("receiving", "in_progress", (Kind::Maker, 0), wholesaler)
            }
            Phase::TakeApart => self.take_apart(wholesaler),
            Phase::Sell => self.orders("shipping", "in_transit"),
            Phase::Buy => self.orders("receiving", "in_progress"),
            Phase::Dispense => self.dispense(),
        }
    }

    fn state(
        &mut self,
        text: &str,
        parent: Option<&ObjectId>,
        objects: &[ObjectId],
    ) -> Result<Event, LoadError> {
        self.templates.event(text, self.time, parent, objects)
    }

    /// The packs of a lot from one to another, by their places in it.
    fn packs(&self, from: u64, to: u64) -> Result<Vec<ObjectId>, LoadError> {
        let first = self.lot * self.plan.lot;
        (from..to.min(self.plan.lot))
            .map(|n| self.plan.pack(first + n))
            .collect()
    }

    fn case_no(&self, place: u64) -> u64 {
        self.lot * self.plan.cases_of_lot() + place
    }

    fn pallet_no(&self, place: u64) -> u64 {
        self.lot * self.plan.pallets_of_lot() + place
    }

    /// The cases of a pallet, by their places in the lot.
    fn cases_on(&self, pallet: u64) -> std::ops::Range<u64> {
        let from = pallet * self.plan.pallet;
        from..(from + self.plan.pallet).min(self.plan.cases_of_lot())
    }

    /// The pallets of the lot that are sold, by their places in it.
    fn sold(&self) -> Vec<u64> {
        (0..self.plan.pallets_of_lot())
            .filter(|place| place % self.plan.sold_one_in == 0)
            .collect()
    }

    /// The packs that are sold, by order.
    fn orders_of(&self) -> Vec<(u64, u64)> {
        let mut orders = Vec::new();
        for pallet in self.sold() {
            let cases = self.cases_on(pallet);
            let last = (cases.end * self.plan.case).min(self.plan.lot);
            let mut from = cases.start * self.plan.case;
            while from < last {
                let to = (from + self.plan.order).min(last);
                orders.push((from, to));
                from = to;
            }
        }
        orders
    }

    /// The dispenser of an order.
    fn dispenser(&self, order: usize) -> u64 {
        (order as u64 + self.lot) % DISPENSERS
    }

    fn commission(&mut self, maker: &PartyId) -> Result<(), LoadError> {
        let text = |more: &str| {
            format!(
                r#""type":"ObjectEvent","action":"ADD","bizStep":"commissioning","disposition":"active","epcList":["{SOME}"]{more}"#
            )
        };
        let lot = format!(
            r#","ilmd":{{"cbvmda:lotNumber":"L{:07}","cbvmda:itemExpirationDate":"2028-03-31"}}"#,
            self.lot
        );
        let packs = self.packs(0, self.plan.lot)?;
        let cases: Vec<ObjectId> = (0..self.plan.cases_of_lot())
            .map(|place| self.plan.case(self.case_no(place)))
            .collect::<Result<_, _>>()?;
        let pallets: Vec<ObjectId> = (0..self.plan.pallets_of_lot())
            .map(|place| self.plan.pallet(self.pallet_no(place)))
            .collect::<Result<_, _>>()?;
        let events = vec![
            self.state(&text(&lot), None, &packs)?,
            self.state(&text(""), None, &cases)?,
            self.state(&text(""), None, &pallets)?,
        ];
        self.done.push((maker.clone(), events));
        Ok(())
    }

    fn pack(&mut self, maker: &PartyId) -> Result<(), LoadError> {
        let text = format!(
            r#""type":"AggregationEvent","action":"ADD","bizStep":"packing","disposition":"in_progress","parentID":"{PARENT}","childEPCs":["{SOME}"]"#
        );
        let mut events = Vec::new();
        for place in 0..self.plan.cases_of_lot() {
            let packs = self.packs(place * self.plan.case, (place + 1) * self.plan.case)?;
            let case = self.plan.case(self.case_no(place))?;
            events.push(self.state(&text, Some(&case), &packs)?);
        }
        for place in 0..self.plan.pallets_of_lot() {
            let cases: Vec<ObjectId> = self
                .cases_on(place)
                .map(|case| self.plan.case(self.case_no(case)))
                .collect::<Result<_, _>>()?;
            let pallet = self.plan.pallet(self.pallet_no(place))?;
            events.push(self.state(&text, Some(&pallet), &cases)?);
        }
        self.done.push((maker.clone(), events));
        Ok(())
    }

    /// One of the two reports of a hand-over of every pallet to a wholesaler.
    fn hand_over(
        &mut self,
        step: &str,
        disposition: &str,
        from: (Kind, u64),
        wholesaler: u64,
    ) -> Result<(), LoadError> {
        let text = handing(step, disposition, from, (Kind::Wholesaler, wholesaler))?;
        let issuer = if step == "shipping" {
            site(from.0, from.1)?.1
        } else {
            site(Kind::Wholesaler, wholesaler)?.1
        };
        let mut events = Vec::new();
        for place in 0..self.plan.pallets_of_lot() {
            let pallet = self.plan.pallet(self.pallet_no(place))?;
            events.push(self.state(&text, None, std::slice::from_ref(&pallet))?);
        }
        self.done.push((issuer, events));
        Ok(())
    }

    fn take_apart(&mut self, wholesaler: u64) -> Result<(), LoadError> {
        let text = format!(
            r#""type":"AggregationEvent","action":"DELETE","bizStep":"unpacking","disposition":"in_progress","parentID":"{PARENT}","childEPCs":[]"#
        );
        let mut events = Vec::new();
        for place in self.sold() {
            let pallet = self.plan.pallet(self.pallet_no(place))?;
            events.push(self.state(&text, Some(&pallet), &[])?);
            for case in self.cases_on(place) {
                let case = self.plan.case(self.case_no(case))?;
                events.push(self.state(&text, Some(&case), &[])?);
            }
        }
        self.done
            .push((site(Kind::Wholesaler, wholesaler)?.1, events));
        Ok(())
    }

    /// One of the two reports of every order of a dispenser.
    fn orders(&mut self, step: &str, disposition: &str) -> Result<(), LoadError> {
        let wholesaler = (Kind::Wholesaler, self.lot % WHOLESALERS);
        let mut shipped = Vec::new();
        for (order, (from, to)) in self.orders_of().into_iter().enumerate() {
            let dispenser = (Kind::Dispenser, self.dispenser(order));
            let text = handing(step, disposition, wholesaler, dispenser)?;
            let packs = self.packs(from, to)?;
            let event = self.state(&text, None, &packs)?;
            if step == "shipping" {
                shipped.push(event);
            } else {
                self.done
                    .push((site(dispenser.0, dispenser.1)?.1, vec![event]));
            }
        }
        if !shipped.is_empty() {
            self.done
                .push((site(wholesaler.0, wholesaler.1)?.1, shipped));
        }
        Ok(())
    }

    fn dispense(&mut self) -> Result<(), LoadError> {
        let text = format!(
            r#""type":"ObjectEvent","action":"OBSERVE","bizStep":"dispensing","disposition":"dispensed","epcList":["{SOME}"]"#
        );
        let mut count = 0;
        for (order, (from, to)) in self.orders_of().into_iter().enumerate() {
            let mut events = Vec::new();
            for pack in self.packs(from, to)? {
                if count % self.plan.dispensed_one_in == 0 {
                    events.push(self.state(&text, None, std::slice::from_ref(&pack))?);
                }
                count += 1;
            }
            if !events.is_empty() {
                let dispenser = site(Kind::Dispenser, self.dispenser(order))?.1;
                self.done.push((dispenser, events));
            }
        }
        Ok(())
    }
}

/// The text of a shipment or of its receipt.
fn handing(
    step: &str,
    disposition: &str,
    from: (Kind, u64),
    to: (Kind, u64),
) -> Result<String, LoadError> {
    let (from, _) = site(from.0, from.1)?;
    let (to, _) = site(to.0, to.1)?;
    Ok(format!(
        r#""type":"ObjectEvent","action":"OBSERVE","bizStep":"{step}","disposition":"{disposition}","epcList":["{SOME}"],
        "sourceList":[{{"type":"owning_party","source":"https://id.gs1.org/417/{from}"}}],
        "destinationList":[{{"type":"owning_party","destination":"https://id.gs1.org/417/{to}"}}],
        "bizTransactionList":[{{"type":"po","bizTransaction":"urn:epcglobal:cbv:bt:{to}:PO1"}}]"#
    ))
}

/// A transaction whose events were all applied, with its receipt.
fn applied(issuer: &PartyId, events: Vec<Event>) -> (SignedTransaction, Receipt) {
    let ids: Vec<_> = events.iter().map(|event| event.id).collect();
    let tx = Transaction {
        chain: ChainId([0; 32]),
        profile: LENIENT,
        class: DataClass::Transaction,
        issuer: issuer.clone(),
        key: PublicKey([1; 32]),
        valid_until: Height(u64::MAX),
        body: Body::Events(events),
    };
    let signed = SignedTransaction::new(tx, Auth::Single(Signature([0; 64])));
    let receipts = ids
        .iter()
        .zip(signed.digests())
        .map(|(id, digest)| EventReceipt {
            id: *id,
            outcome: EventOutcome::Applied,
            objects: 0,
            digest: *digest,
        });
    let receipt = Receipt {
        tx: signed.id(),
        events: receipts.collect(),
        effects: Vec::new(),
    };
    (signed, receipt)
}
