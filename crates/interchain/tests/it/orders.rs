//! Orders reach what came over their chain.

use std::time::Duration;

use crate::trade::{MAKER, PHARMACY, Trade, WHOLESALER, applied, code, pack};

const DAY: i64 = 86_400_000;

#[tokio::test]
async fn a_recall_at_the_origin_stops_the_pack_two_chains_on() {
    let trade = Trade::new(3_600_000);
    let carrier = trade.carrier();
    trade.makes(0, &[pack(1), pack(2)]);
    for (from, by, to) in [(0, MAKER, (1, WHOLESALER)), (1, WHOLESALER, (2, PHARMACY))] {
        applied(&trade.ships(from, by, &[pack(1), pack(2)], to, DAY));
        trade
            .until("they are there", || {
                trade.lives(to.0, &pack(1)) && trade.lives(to.0, &pack(2))
            })
            .await;
        assert_eq!(
            code(&trade.receives(to.0, to.1, &[pack(1), pack(2)])),
            "applied"
        );
    }
    trade
        .until("each was told of the others' orders", || {
            carrier
                .relay
                .board()
                .lanes()
                .iter()
                .all(|lane| lane.noticed > 0)
        })
        .await;
    assert_eq!(code(&trade.dispenses(2, PHARMACY, &pack(1))), "parked");
    trade
        .until("its history was brought", || !trade.lives(2, &pack(1)))
        .await;
    trade.recalls(0, &pack(2));
    trade
        .until("the recall is known", || trade.notices_known(2, 0) == 1)
        .await;
    assert_eq!(code(&trade.dispenses(2, PHARMACY, &pack(2))), "on-recall");
}

#[tokio::test]
async fn while_nobody_brings_word_events_wait_and_then_go_on() {
    // word may be ten seconds old, which is ten blocks
    let trade = Trade::new(10_000);
    let carrier = trade.carrier();
    trade.makes(0, &[pack(1)]);
    applied(&trade.ships(0, MAKER, &[pack(1)], (1, PHARMACY), DAY));
    trade
        .until("it is there", || trade.lives(1, &pack(1)))
        .await;
    trade
        .until("it is received", || {
            code(&trade.receives(1, PHARMACY, &[pack(1)])) != "refused"
        })
        .await;
    drop(carrier);
    tokio::time::sleep(Duration::from_millis(20)).await;
    for _ in 0..15 {
        trade.chains[0].block(None);
        trade.chains[1].block(None);
    }
    assert_eq!(
        code(&trade.dispenses(1, PHARMACY, &pack(1))),
        "parked",
        "held, not refused"
    );
    let _carrier = trade.carrier();
    trade
        .until("it is dispensed", || !trade.lives(1, &pack(1)))
        .await;
}
