//! Serial numbers that should not be there: counterfeit, commissioned twice, dispensed twice.

use jiff::civil::Date;

use crate::industry::{
    IndustryError, Lot, Stage, World,
    draft::Draft,
    expect,
    happening::Happening,
    item::{FIRST_COUNTERFEIT_PACK, Item},
    lot,
};

/// The number of the counterfeit pack.
pub(in crate::industry) const COUNTERFEIT: u64 = FIRST_COUNTERFEIT_PACK;

/// The last pharmacy dispenses a pack with a serial number that the manufacturer never used.
pub(super) fn counterfeit(world: &World, stage: Stage) -> Vec<Draft> {
    let (Stage::Dispense, Some(place)) = (stage, world.dispensers().last()) else {
        return Vec::new();
    };
    let pack = Item::Pack {
        product: 0,
        number: COUNTERFEIT,
    };
    let story = format!(
        "{} scans a counterfeit: its serial number was never commissioned",
        place.name
    );
    let events = vec![Happening::dispense(place.index, pack)];
    vec![
        Draft::new(place.index, "dispense", "counterfeit", events)
            .story(story)
            .expect(expect::NEVER_COMMISSIONED),
    ]
}

/// A pack that exists is commissioned again: in another lot by its manufacturer, and by another company.
pub(super) fn duplicate(
    world: &World,
    stage: Stage,
    pack: Option<Item>,
    today: Date,
) -> Result<Vec<Draft>, IndustryError> {
    let (Stage::Deliver, Some(Item::Pack { product, number })) = (stage, pack) else {
        return Ok(Vec::new());
    };
    let file = |by: usize, at: u64, what: &str, expected| -> Result<Draft, IndustryError> {
        let lot = Lot {
            product,
            maker: by,
            code: lot::code(today, 'D', at),
            expiry: lot::shelf_life(today)?,
            units: 1,
            first: number,
        };
        let story = format!("{} commissions {what}", world.companies()[by].name);
        let events = vec![Happening::commission(by, &lot, lot.packs(0..1))];
        let draft = Draft::new(by, "commission", lot.code, events);
        Ok(draft.story(story).expect(expected))
    };
    let maker = world.products()[product].maker;
    Ok(vec![
        file(
            maker,
            1,
            "a serial number a second time, in another lot",
            expect::COMMISSIONED_BEFORE,
        )?,
        file(
            world.other_than(maker),
            2,
            "a pack under the GTIN of another, with a serial number in use",
            expect::NOT_THE_LABELER,
        )?,
    ])
}

/// Another dispenser, if there is one, dispenses what was dispensed.
pub(super) fn dispensed_twice(
    world: &World,
    stage: Stage,
    dispensed: Option<(usize, Item)>,
) -> Vec<Draft> {
    let (Stage::Return, Some((before, pack))) = (stage, dispensed) else {
        return Vec::new();
    };
    let other = world
        .dispensers()
        .iter()
        .map(|company| company.index)
        .find(|index| *index != before);
    let by = other.unwrap_or(before);
    let story = format!(
        "{} dispenses a pack that {} has dispensed before",
        world.companies()[by].name,
        world.companies()[before].name
    );
    let events = vec![Happening::dispense(by, pack)];
    vec![
        Draft::new(by, "dispense", "again", events)
            .story(story)
            .expect(expect::DISPENSED_BEFORE),
    ]
}
