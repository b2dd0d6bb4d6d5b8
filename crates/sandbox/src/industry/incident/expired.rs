//! A lot of short life is bought directly, expires on the shelf, and somebody does not look at the date. One pack is kept as a sample.

use super::Cast;
use crate::industry::{Stage, draft::Draft, expect};

pub(super) fn drafts(cast: &Cast<'_>, stage: Stage) -> Vec<Draft> {
    let place = cast.last;
    match stage {
        Stage::Commission => vec![cast.made()],
        Stage::Ship => vec![cast.ship(cast.maker, place, 0, vec![cast.case(0)])],
        Stage::Receive => vec![cast.receive(cast.maker, place, 0, vec![cast.case(0)])],
        Stage::Unpack => vec![cast.open(place, 0)],
        Stage::Dispense => {
            let story = format!(
                "{} dispenses a pack of lot {}, which expired on {}",
                cast.name(place),
                cast.lot.code,
                cast.lot.expiry
            );
            vec![
                cast.dispense(place, &cast.packs(0)[..1])
                    .story(story)
                    .expect(expect::EXPIRED),
            ]
        }
        Stage::Destroy => vec![cast.destroy(place, &cast.packs(0)[1..])],
        _ => Vec::new(),
    }
}
