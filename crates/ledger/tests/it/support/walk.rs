//! Random walks through a world: many events that make sense, some that do not.

use std::collections::BTreeMap;

use pangolin_ledger::{Amount, ClassId, Event, EventId, ObjectId, Outcome, Stock};

use super::{EventExt, World, attribute, event_at, step, with};

/// A deterministic source of choices (SplitMix64).
#[derive(Clone)]
pub(crate) struct Choices(pub(crate) u64);

impl Choices {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap()
    }

    pub(crate) fn of<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[self.below(items.len())]
    }

    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

pub(crate) const PARTIES: [&str; 4] = ["maker", "trader", "other", "user"];
pub(crate) const PACKS: [&str; 6] = ["A.1", "A.2", "A.3", "B.1", "B.2", "B.3"];
pub(crate) const CASES: [&str; 4] = ["C.1", "C.2", "P.1", "P.2"];

/// The stock that quantities in a walk are of.
pub(crate) fn bulk() -> Stock {
    Stock::Class(ClassId::new("bulk").unwrap())
}

fn amount(event: Event, amount: u64) -> Event {
    with(event, |e| {
        e.quantities.insert(bulk(), Amount(amount));
    })
}

/// Packs of one letter are of one lot, in the history that says so when it creates them.
fn lot_of(event: Event) -> Event {
    let first = event.objects.iter().next().map(ToString::to_string);
    let letter = first.and_then(|name| name.get(..1).map(str::to_owned));
    event.attr(
        attribute::GROUP,
        &format!("lot {}", letter.unwrap_or_default()),
    )
}

/// One party's event about a few objects: often impossible, sometimes nonsense.
pub(crate) fn any_event(c: &mut Choices, n: u64) -> (&'static str, Event) {
    let who = c.of(&PARTIES);
    let time = i64::try_from(n).unwrap();
    let pack = c.of(&PACKS);
    let case = c.of(&CASES);
    let any = if c.below(3) == 0 { case } else { pack };
    let to = c.of(&PARTIES);
    let at = |step| event_at(step, &[any], time);
    let event = match c.below(27) {
        0..=2 => event_at(step::CREATE, &[pack, case], time),
        3 => event_at(step::CREATE, &[any], time),
        4 | 5 => at(step::PACK).parent(c.of(&CASES)),
        6 => at(step::UNPACK).parent(c.of(&CASES)),
        7 => event_at(step::EMPTY, &[], time).parent(case),
        8 | 9 => at(step::SHIP).to(to),
        10..=12 => at(step::RECEIVE),
        13 => at(step::SHIP_INFERRING).to(to),
        14 => at(step::RECEIVE_INFERRING),
        15 => at(c.of(&[&step::WITHDRAW, &step::DECLINE]).to_owned()),
        16 => at(c.of(&[&step::HOLD, &step::UNHOLD]).to_owned()),
        17 => at(c
            .of(&[
                &step::END,
                &step::END_WITH_CONTENTS,
                &step::END_RELEASING,
                &step::REINSTATE,
            ])
            .to_owned()),
        18 => at(step::REPACK).parent(c.of(&CASES)),
        19 => amount(event_at(step::CREATE, &[], time), 1 + c.next() % 50),
        20 => amount(event_at(step::SHIP, &[], time).to(to), 1 + c.next() % 20),
        21 => lot_of(event_at(step::CREATE, &[pack], time)),
        22 => at(step::USE),
        23 => at(step::ADVANCE).attr(attribute::STAGE_TO, c.of(&["0", "1", "2"])),
        24 => at(step::PACK_HELD).parent(c.of(&CASES)),
        25 => at(step::UNPACK_FREELY).parent(c.of(&CASES)),
        _ => {
            let giver = c.of(&PARTIES);
            let step = c.of(&[&step::RECEIVE, &step::END]).to_owned();
            amount(event_at(step, &[], time).from(giver), 1 + c.next() % 20)
        }
    };
    (who, event)
}

/// A valid history: events that were applied in this order, one per block, each stating the last event of every object it
/// writes, and the one that let out of a container what came out of it when it was emptied as a whole. Left out are events
/// that rest on a filled container without writing it: see `convergence::what_rests_on_a_filled_container_is_refused_once_it_moved_on`.
pub(crate) fn valid_history(seed: u64, length: usize) -> (World, Vec<(&'static str, Event)>) {
    let mut c = Choices(seed);
    let mut w = World::new();
    let mut history = Vec::new();
    let all: Vec<&str> = PACKS.iter().chain(&CASES).copied().collect();
    let create = event_at(step::CREATE, &all, 0);
    w.ok("maker", vec![create.clone()]);
    history.push(("maker", create));
    for n in 1..2_000u64 {
        if history.len() >= length {
            break;
        }
        let (who, event) = any_event(&mut c, n);
        if event.step.0 == step::CREATE || !event.quantities.is_empty() {
            continue;
        }
        let Some(tips) = tips(&w, &event) else {
            continue;
        };
        let event = with(event, |e| e.expected = tips);
        let mut trial = w.clone();
        if let Outcome::Applied(receipt) = trial.say(who, vec![event.clone()])
            && receipt.events[0].outcome == pangolin_ledger::EventOutcome::Applied
        {
            w = trial;
            history.push((who, event));
        }
    }
    (w, history)
}

/// The last events of the objects that an event writes or that let them out; `None` if it would rest on others.
fn tips(w: &World, event: &Event) -> Option<BTreeMap<ObjectId, EventId>> {
    const INFERRING: [u16; 3] = [step::SHIP_INFERRING, step::RECEIVE_INFERRING, step::REPACK];
    let infers = INFERRING.contains(&event.step.0);
    let mut tips = BTreeMap::new();
    let mut let_out = BTreeMap::new();
    for object in event.objects.iter().chain(&event.parent) {
        let status = w.status(&object.to_string());
        let parent = event.parent.as_ref();
        let direct = status.containers.first().map(|direct| &direct.id);
        let leaves = infers || parent == Some(object) || direct.is_some() && direct == parent;
        if direct.is_some() && !leaves {
            return None;
        }
        for around in &status.containers {
            tips.insert(around.id.clone(), around.record.last_event);
        }
        let outermost = status.containers.last().map(|direct| &direct.record);
        let placement = outermost.or(status.record.as_ref())?.placement();
        if let (Some(placement), Some(released)) = (placement, &status.released) {
            let last = let_out.entry(placement.container.clone());
            let last = last.or_insert((placement.epoch, released.event));
            *last = (*last).max((placement.epoch, released.event));
        }
        tips.insert(object.clone(), status.record?.last_event);
    }
    for (container, (_, event)) in let_out {
        tips.entry(container).or_insert(event);
    }
    Some(tips)
}
