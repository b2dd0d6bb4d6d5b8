//! A pallet disappears from a warehouse and is offered by somebody else.

use super::Cast;
use crate::industry::{Plan, Stage, draft::Draft, expect, happening::Happening};

/// Most cases on the stolen pallet.
const STOLEN_CASES_MAX: u32 = 5;

/// Cases on the stolen pallet.
pub(super) fn cases(plan: &Plan) -> u32 {
    plan.cases_per_pallet.min(STOLEN_CASES_MAX)
}

pub(super) fn drafts(cast: &Cast<'_>, stage: Stage) -> Vec<Draft> {
    let pallet = cast.container(0);
    let code = &cast.lot.code;
    match stage {
        Stage::Commission => {
            let mut made = cast.made();
            made.happenings
                .push(Happening::label(cast.maker, vec![pallet]));
            let cases = (0..cast.cases()).map(|case| cast.case(case)).collect();
            made.happenings
                .push(Happening::pack(cast.maker, pallet, cases));
            vec![made]
        }
        Stage::Ship => vec![cast.ship(cast.maker, cast.buyer, 0, vec![pallet])],
        Stage::Receive => vec![cast.receive(cast.maker, cast.buyer, 0, vec![pallet])],
        Stage::Unpack => {
            let story = format!(
                "{} misses the pallet with lot {code} and reports it stolen",
                cast.name(cast.buyer)
            );
            let events = vec![Happening::stolen(cast.buyer, vec![pallet])];
            vec![Draft::new(cast.buyer, "stolen", code, events).story(story)]
        }
        Stage::Deliver => {
            let fence = fence(cast);
            let to = if fence == cast.last {
                cast.buyer
            } else {
                cast.last
            };
            let story = format!(
                "{} offers the stolen pallet to {}",
                cast.name(fence),
                cast.name(to)
            );
            vec![
                cast.ship(fence, to, 1, vec![pallet])
                    .story(story)
                    .expect(expect::STOLEN),
            ]
        }
        _ => Vec::new(),
    }
}

/// Who offers the pallet: a wholesaler that has nothing to do with it, or a dispenser if there is no other wholesaler.
fn fence(cast: &Cast<'_>) -> usize {
    let other = cast
        .world
        .wholesalers()
        .iter()
        .map(|company| company.index)
        .find(|index| *index != cast.buyer);
    other.unwrap_or(cast.first)
}
