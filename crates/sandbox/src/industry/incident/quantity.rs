//! The receiver counts, and the case does not hold what was packed. It counts again.

use super::Cast;
use crate::industry::{Stage, draft::Draft, expect, happening::Happening, item::Item};

/// Packs that the first count misses.
const MISSED: usize = 2;

pub(super) fn drafts(cast: &Cast<'_>, stage: Stage) -> Vec<Draft> {
    let code = &cast.lot.code;
    match stage {
        Stage::Commission => vec![cast.made()],
        Stage::Ship => vec![cast.ship(cast.maker, cast.buyer, 0, vec![cast.case(0)])],
        Stage::Receive => vec![cast.receive(cast.maker, cast.buyer, 0, vec![cast.case(0)])],
        Stage::Unpack => {
            let packs = cast.packs(0);
            let found = packs[..packs.len().saturating_sub(MISSED)].to_vec();
            let count = |found: Vec<Item>, story: String| {
                let events = vec![Happening::verify(cast.buyer, cast.case(0), found)];
                Draft::new(cast.buyer, "count", code, events).story(story)
            };
            let (name, packed) = (cast.name(cast.buyer), packs.len());
            let story = format!(
                "{name} scans {} packs in a case of lot {code} and calls it complete; {packed} were packed",
                found.len()
            );
            let recount = format!("{name} has counted again: all {packed} packs are there");
            vec![
                count(found, story).expect(expect::CONTENTS_DIFFER),
                count(packs, recount),
            ]
        }
        _ => Vec::new(),
    }
}
