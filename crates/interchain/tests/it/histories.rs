//! Acts that ask for where something comes from wait until its history was brought.

use pangolin_ledger::state::{EventState, Flags};

use crate::trade::{MAKER, PHARMACY, Trade, WHOLESALER, applied, code, pack, pallet};

const LONG: u64 = 3_650 * 86_400_000;
const DAY: i64 = 86_400_000;

/// Packs go over the second chain, where a pallet of them is not opened, to the third one, and are taken out there.
async fn imported(trade: &Trade) {
    let packs: Vec<_> = (0..6).map(pack).collect();
    trade.makes(0, &packs);
    trade.makes(0, &[pallet(1), pallet(2)]);
    trade.packs(0, MAKER, &pallet(2), &packs);
    trade.packs(0, MAKER, &pallet(1), &[pallet(2)]);
    for (from, by, to) in [(0, MAKER, (1, WHOLESALER)), (1, WHOLESALER, (2, PHARMACY))] {
        applied(&trade.ships(from, by, &[pallet(1)], to, DAY));
        trade
            .until("the pallet is there", || trade.lives(to.0, &pallet(1)))
            .await;
        assert_eq!(code(&trade.receives(to.0, to.1, &[pallet(1)])), "applied");
    }
    assert_eq!(
        code(&trade.unpacks(2, PHARMACY, &pallet(2), &packs)),
        "parked"
    );
    trade
        .until("the packs are out", || {
            packs.iter().all(|pack| trade.lives(2, pack))
        })
        .await;
}

#[tokio::test]
async fn the_history_of_what_is_dispensed_is_brought() {
    let trade = Trade::new(LONG);
    let carrier = trade.carrier();
    imported(&trade).await;
    let dispensed: Vec<_> = (0..3)
        .map(|serial| trade.dispenses(2, PHARMACY, &pack(serial)))
        .collect();
    assert!(dispensed.iter().all(|outcome| code(outcome) == "parked"));
    trade
        .until("they are dispensed", || {
            let mut fates = dispensed.iter().map(|outcome| trade.fate(2, outcome));
            fates.all(|fate| fate == EventState::Applied)
        })
        .await;
    for serial in 0..3 {
        let record = trade.record(2, &pack(serial)).unwrap();
        assert!(!record.is_live() && record.flags.has(Flags::WALKED));
    }
    // nobody asked for that of the others
    assert!(!trade.record(2, &pack(4)).unwrap().flags.has(Flags::WALKED));
    trade
        .until("the board says so", || {
            let chains = carrier.relay.board().chains();
            chains
                .iter()
                .any(|chain| chain.name == "south" && chain.walked == 3)
        })
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn several_carriers_bring_each_history_once() {
    let trade = Trade::new(LONG);
    let carriers = [trade.carrier(), trade.carrier(), trade.carrier()];
    imported(&trade).await;
    let dispensed: Vec<_> = (0..6)
        .map(|serial| trade.dispenses(2, PHARMACY, &pack(serial)))
        .collect();
    trade
        .until("they are dispensed", || {
            let mut fates = dispensed.iter().map(|outcome| trade.fate(2, outcome));
            fates.all(|fate| fate == EventState::Applied)
        })
        .await;
    drop(carriers);
    for code in [
        "bad-walk",
        "walk-incomplete",
        "bad-evidence",
        "maker-not-allowed",
    ] {
        assert_eq!(trade.chains[2].refused(code), 0, "{code}");
    }
}

#[tokio::test]
async fn what_nobody_can_show_waits() {
    // the far chain admits nothing that the first one makes
    let trade = Trade::new(LONG);
    trade.disallows(2, 0);
    let carrier = trade.carrier();
    imported(&trade).await;
    let dispensed = trade.dispenses(2, PHARMACY, &pack(1));
    assert_eq!(code(&dispensed), "parked");
    trade
        .until("the carrier says why", || {
            let chains = carrier.relay.board().chains();
            let mut why = chains
                .iter()
                .filter_map(|chain| chain.trouble_inside.clone());
            why.any(|why| why.contains("maker-not-allowed"))
        })
        .await;
    assert_eq!(trade.fate(2, &dispensed), EventState::Parked);
    trade.allows(2, 0);
    trade
        .until("it is dispensed", || {
            trade.fate(2, &dispensed) == EventState::Applied
        })
        .await;
}

/// Packs are abroad and dispensed there while nobody carries; then somebody does.
async fn dispensed_before_anybody_carries() -> (Trade, Vec<pangolin_ledger::Outcome>) {
    let trade = Trade::new(LONG);
    let carrier = trade.carrier();
    imported(&trade).await;
    drop(carrier);
    // whatever was begun ends
    tokio::task::yield_now().await;
    let dispensed: Vec<_> = (0..6)
        .map(|serial| trade.dispenses(2, PHARMACY, &pack(serial)))
        .collect();
    assert!(dispensed.iter().all(|outcome| code(outcome) == "parked"));
    for chain in &trade.chains {
        chain.together.lock().unwrap().clear();
    }
    (trade, dispensed)
}

#[tokio::test]
async fn several_histories_are_asked_for_together() {
    let (trade, dispensed) = dispensed_before_anybody_carries().await;
    let _carrier = trade.carrier();
    trade
        .until("they are dispensed", || {
            let mut fates = dispensed.iter().map(|outcome| trade.fate(2, outcome));
            fates.all(|fate| fate == EventState::Applied)
        })
        .await;
    for chain in &trade.chains {
        let together = chain.together.lock().unwrap();
        assert_eq!(together.first(), Some(&6), "{together:?}");
        assert!(together.iter().all(|count| *count == 6), "{together:?}");
    }
    // the chain that asks for the histories is asked for each once
    assert_eq!(*trade.chains[2].together.lock().unwrap(), [6]);
}

#[tokio::test]
async fn a_history_that_cannot_be_told_is_no_matter_of_the_others() {
    let (trade, dispensed) = dispensed_before_anybody_carries().await;
    let broken = pangolin_ledger::walk::local::Want::Object(pack(3));
    trade.chains[2].broken.lock().unwrap().insert(broken);
    let carrier = trade.carrier();
    let is = |state: EventState| {
        let fates = dispensed.iter().map(|outcome| trade.fate(2, outcome));
        fates.filter(|fate| *fate == state).count()
    };
    trade
        .until("all others are dispensed", || is(EventState::Applied) == 5)
        .await;
    trade
        .until("the carrier says why", || {
            let chains = carrier.relay.board().chains();
            let mut why = chains
                .iter()
                .filter_map(|chain| chain.trouble_inside.clone());
            why.any(|why| why.contains("history-broken"))
        })
        .await;
    assert_eq!(trade.fate(2, &dispensed[3]), EventState::Parked);
    trade.chains[2].broken.lock().unwrap().clear();
    trade
        .until("it is dispensed too", || is(EventState::Applied) == 6)
        .await;
}
