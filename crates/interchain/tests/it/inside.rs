//! Pallets move by one record; what is inside is brought in when an event names it.

use pangolin_ledger::ObjectId;

use crate::trade::{MAKER, PHARMACY, Trade, WHOLESALER, applied, code, pack, pallet};

const LONG: u64 = 3_650 * 86_400_000;
const DAY: i64 = 86_400_000;

/// A pallet of two cases with 30 packs each, at the maker of chain 0.
fn laden(trade: &Trade) -> (ObjectId, [ObjectId; 2], Vec<ObjectId>) {
    let packs: Vec<_> = (0..60).map(pack).collect();
    let (top, cases) = (pallet(1), [pallet(2), pallet(3)]);
    trade.makes(0, &packs);
    trade.makes(0, &[top.clone(), cases[0].clone(), cases[1].clone()]);
    trade.packs(0, MAKER, &cases[0], &packs[..30]);
    trade.packs(0, MAKER, &cases[1], &packs[30..]);
    trade.packs(0, MAKER, &top, &cases);
    (top, cases, packs)
}

#[tokio::test]
async fn what_is_unpacked_there_is_brought_in() {
    let trade = Trade::new(LONG);
    let (top, cases, packs) = laden(&trade);
    let carrier = trade.carrier();
    applied(&trade.ships(0, MAKER, std::slice::from_ref(&top), (1, WHOLESALER), DAY));
    trade
        .until("the pallet is there", || trade.lives(1, &top))
        .await;
    assert_eq!(
        trade.sent(0, 1),
        (2, 1),
        "one lock and its settlement for 63 things"
    );
    assert_eq!(
        code(&trade.receives(1, WHOLESALER, std::slice::from_ref(&top))),
        "applied"
    );
    assert_eq!(trade.record(1, &packs[0]), None, "nobody needed it yet");
    assert_eq!(code(&trade.unpacks(1, WHOLESALER, &top, &cases)), "parked");
    trade
        .until("the cases are out", || {
            cases.iter().all(|case| {
                trade
                    .record(1, case)
                    .is_some_and(|case| case.holder.is_some() && case.is_live())
            })
        })
        .await;
    assert_eq!(
        code(&trade.unpacks(1, WHOLESALER, &cases[0], &packs[..30])),
        "parked"
    );
    trade
        .until("the packs of one case are out", || {
            packs[..30].iter().all(|pack| trade.lives(1, pack))
        })
        .await;
    assert!(
        packs[30..]
            .iter()
            .all(|pack| trade.record(1, pack).is_none()),
        "those of the other are not"
    );
    let chains = carrier.relay.board().chains();
    let west = chains.iter().find(|chain| chain.name == "west").unwrap();
    assert_eq!(west.brought_in, 32);
}

#[tokio::test]
async fn a_pack_deep_inside_is_brought_in_with_the_case_around_it() {
    let trade = Trade::new(LONG);
    let (top, cases, packs) = laden(&trade);
    let _carrier = trade.carrier();
    // over two chains, on which nobody opened anything
    for (from, by, to) in [(0, MAKER, (1, WHOLESALER)), (1, WHOLESALER, (2, PHARMACY))] {
        applied(&trade.ships(from, by, std::slice::from_ref(&top), to, DAY));
        trade
            .until("the pallet is there", || trade.lives(to.0, &top))
            .await;
        assert_eq!(
            code(&trade.receives(to.0, to.1, std::slice::from_ref(&top))),
            "applied"
        );
    }
    assert_eq!(
        code(&trade.unpacks(2, PHARMACY, &cases[1], &packs[31..32])),
        "parked"
    );
    trade
        .until("case and pack are known there", || {
            trade.lives(2, &cases[1]) && trade.lives(2, &packs[31])
        })
        .await;
    assert!(trade.record(1, &packs[31]).is_none() && trade.record(1, &cases[1]).is_none());
}
