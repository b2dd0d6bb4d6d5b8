//! Single things move, whatever fails.

use std::sync::atomic::Ordering;

use crate::trade::{MAKER, PHARMACY, Trade, WHOLESALER, applied, code, pack};

/// Longer than any test lasts.
const LONG: u64 = 3_650 * 86_400_000;
const DAY: i64 = 86_400_000;

#[tokio::test]
async fn a_pack_is_carried_received_and_dispensed_there() {
    let trade = Trade::new(LONG);
    trade.makes(0, &[pack(1)]);
    applied(&trade.ships(0, MAKER, &[pack(1)], (1, PHARMACY), DAY));
    assert_eq!(
        code(&trade.receives(1, PHARMACY, &[pack(1)])),
        "parked",
        "it is not there yet"
    );
    let carrier = trade.carrier();
    trade
        .until("the pack is there and the lock settled", || {
            trade.lives(1, &pack(1)) && trade.is_settled(0, 1, 0)
        })
        .await;
    assert!(!trade.lives(0, &pack(1)));
    let custodian = trade.record(1, &pack(1)).and_then(|record| record.holder);
    assert_eq!(
        custodian,
        Some(pangolin_ledger::state::Holder::Party(crate::trade::party(
            PHARMACY
        ))),
        "the receipt that waited took effect"
    );
    let dispensed = trade.dispenses(1, PHARMACY, &pack(1));
    assert_eq!(code(&dispensed), "parked", "until its history was brought");
    trade
        .until("it is dispensed", || !trade.lives(1, &pack(1)))
        .await;
    let lanes = carrier.relay.board().lanes();
    let lane = lanes
        .iter()
        .find(|lane| lane.from == "east" && lane.to == "west")
        .unwrap();
    assert_eq!(
        (lane.arrived, lane.settled, lane.open, lane.stuck_count),
        (1, 1, 0, 0)
    );
    let metrics = carrier.relay.board().metrics();
    assert!(
        metrics.contains("pangolin_relay_arrived_total{from=\"east\",to=\"west\"} 1"),
        "{metrics}"
    );
    assert!(
        metrics
            .contains("pangolin_relay_arrival_ms_bucket{from=\"east\",to=\"west\",le=\"+Inf\"} 1"),
        "{metrics}"
    );
}

/// A delivery whose proof is too long goes in parts; one message whose proof is too long is shown as stuck.
#[tokio::test]
async fn a_proof_that_is_too_long_goes_in_parts() {
    let trade = Trade::new(LONG);
    let packs: Vec<_> = (0..50).map(pack).collect();
    trade.makes(0, &packs);
    applied(&trade.ships(0, MAKER, &packs, (1, WHOLESALER), DAY));
    // not even the least that is asked for
    trade.chains[0].most.store(1, Ordering::Relaxed);
    let carrier = trade.carrier();
    let lane = || {
        let lanes = carrier.relay.board().lanes();
        let mut lanes = lanes.into_iter();
        lanes
            .find(|lane| lane.from == "east" && lane.to == "west")
            .unwrap()
    };
    trade
        .until("it says what is wrong", || {
            lane()
                .last_trouble
                .is_some_and(|trouble| trouble.contains("evidence-too-large"))
        })
        .await;
    assert_eq!(trade.sent(0, 1).1, 0);
    trade.chains[0].most.store(20, Ordering::Relaxed);
    trade
        .until("all are there", || {
            packs.iter().all(|pack| trade.lives(1, pack))
        })
        .await;
}

#[tokio::test]
async fn what_is_not_let_in_lives_at_home_again() {
    let trade = Trade::new(LONG);
    trade.makes(0, &[pack(1), pack(2)]);
    applied(&trade.ships(0, MAKER, &[pack(1)], (1, "urn:x:nobody"), DAY));
    // too late before anybody carries it: no chain lets it in any more, and that is proven
    applied(&trade.ships(0, MAKER, &[pack(2)], (1, PHARMACY), 3_000));
    for _ in 0..5 {
        trade.chains[1].block(None);
    }
    let _carrier = trade.carrier();
    trade
        .until("both are settled", || {
            trade.is_settled(0, 1, 0) && trade.is_settled(0, 1, 1)
        })
        .await;
    for serial in [1, 2] {
        assert!(trade.lives(0, &pack(serial)) && !trade.lives(1, &pack(serial)));
        applied(&trade.ships(0, MAKER, &[pack(serial)], (1, PHARMACY), DAY));
    }
    trade
        .until("both are there", || {
            trade.lives(1, &pack(1)) && trade.lives(1, &pack(2))
        })
        .await;
}

#[tokio::test]
async fn a_carrier_that_stops_anywhere_is_gone_on_for_by_any_other() {
    let trade = Trade::new(LONG);
    let packs: Vec<_> = (0..600).map(pack).collect();
    trade.makes(0, &packs);
    for some in packs.chunks(60) {
        applied(&trade.ships(0, MAKER, some, (1, WHOLESALER), DAY));
    }
    // each lives for a moment; chains do not answer every tenth time
    for chain in &trade.chains {
        chain.failing.store(100, Ordering::Relaxed);
    }
    for _ in 0..12 {
        let _carrier = trade.carrier();
        for _ in 0..5 {
            for chain in &trade.chains {
                chain.block(None);
            }
            tokio::time::sleep(std::time::Duration::from_millis(8)).await;
        }
    }
    for chain in &trade.chains {
        chain.failing.store(0, Ordering::Relaxed);
    }
    let _carrier = trade.carrier();
    trade
        .until("all are there and settled", || {
            (0..600).all(|seq| trade.is_settled(0, 1, seq))
                && packs.iter().all(|pack| trade.lives(1, pack))
        })
        .await;
    assert_eq!(trade.sent(0, 1).1, 600, "each came in once");
    assert!(packs.iter().all(|pack| !trade.lives(0, pack)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_carriers_do_not_hinder_each_other() {
    let trade = Trade::new(LONG);
    let carriers = [trade.carrier(), trade.carrier(), trade.carrier()];
    let packs: Vec<_> = (0..120).map(pack).collect();
    trade.makes(0, &packs);
    for some in packs.chunks(8) {
        applied(&trade.ships(0, MAKER, some, (1, WHOLESALER), DAY));
        tokio::time::sleep(std::time::Duration::from_millis(3)).await;
    }
    trade
        .until("all are there", || {
            packs.iter().all(|pack| trade.lives(1, pack))
        })
        .await;
    trade
        .until("no carrier has anything left", || {
            let lanes = carriers
                .iter()
                .flat_map(|carrier| carrier.relay.board().lanes());
            lanes
                .into_iter()
                .all(|lane| lane.open == 0 && lane.stuck_count == 0)
        })
        .await;
    // each lock and its settlement are an entry
    assert_eq!(
        trade.sent(0, 1),
        (240, 120),
        "each came in once and was settled once"
    );
    for code in ["bad-evidence", "wrong-record", "not-proven", "no-such-lock"] {
        assert_eq!(
            trade.chains[0].refused(code) + trade.chains[1].refused(code),
            0,
            "{code}"
        );
    }
}

#[tokio::test]
async fn what_comes_home_over_a_third_chain_is_let_in() {
    let trade = Trade::new(LONG);
    let _carrier = trade.carrier();
    trade.makes(0, &[pack(1)]);
    for (from, by, to) in [
        (0, MAKER, (1, WHOLESALER)),
        (1, WHOLESALER, (2, PHARMACY)),
        (2, PHARMACY, (0, WHOLESALER)),
    ] {
        applied(&trade.ships(from, by, &[pack(1)], to, DAY));
        trade
            .until("it is there", || trade.lives(to.0, &pack(1)))
            .await;
        assert_eq!(code(&trade.receives(to.0, to.1, &[pack(1)])), "applied");
        assert_eq!((0..3).filter(|at| trade.lives(*at, &pack(1))).count(), 1);
    }
}
