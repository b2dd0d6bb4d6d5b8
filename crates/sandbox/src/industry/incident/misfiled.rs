//! Files in the wrong order, and files that are none.

use super::{Cast, Defect};
use crate::industry::{
    Stage,
    draft::Draft,
    expect::{self, Expectation},
    happening::{Happening, Shipment},
};

/// The shipping file overtakes the commissioning file.
pub(super) fn wrong_order(cast: &Cast<'_>, stage: Stage) -> Vec<Draft> {
    let case = vec![cast.case(0)];
    match stage {
        Stage::Ship => {
            let story = format!(
                "{} ships a case of which nobody has heard yet",
                cast.name(cast.maker)
            );
            let ship = cast
                .ship(cast.maker, cast.buyer, 0, case)
                .story(story)
                .expect(expect::CAME_TOO_EARLY);
            let story = format!(
                "{}: the file about lot {} arrives late",
                cast.name(cast.maker),
                cast.lot.code
            );
            let mut made = cast.made().happened(Stage::Commission).story(story);
            made.releases_last = true;
            vec![ship, made]
        }
        Stage::Receive => vec![cast.receive(cast.maker, cast.buyer, 0, case)],
        _ => Vec::new(),
    }
}

/// One file for each defect; each would commission and ship packs of its own.
pub(super) fn malformed(cast: &Cast<'_>, stage: Stage) -> Vec<Draft> {
    if stage != Stage::Deliver {
        return Vec::new();
    }
    let file = |(at, defect): (u32, Defect)| {
        let packs = cast.lot.packs(at * Defect::PACKS..(at + 1) * Defect::PACKS);
        let sale = Shipment::sale(
            cast.maker,
            cast.buyer,
            &format!("{}-{at:03}", cast.lot.code),
        );
        let events = vec![
            Happening::commission(cast.maker, cast.lot, packs.clone()),
            Happening::ship(sale, packs),
        ];
        let story = format!(
            "{} sends a malformed file: {}",
            cast.name(cast.maker),
            defect.describe()
        );
        let mut draft = Draft::new(cast.maker, "malformed", defect.as_str(), events)
            .to(cast.buyer)
            .story(story)
            .expect(Expectation::malformed(defect.code()));
        draft.defect = Some(defect);
        draft
    };
    (0..).zip(Defect::ALL).map(file).collect()
}
