//! Black box: goods go from one region through customs into another, three chains of real processes with a relay between them.

use crate::support::{Directory, run};

#[test]
fn an_import_over_three_chains_and_a_recall_that_follows_it() {
    let dir = Directory::new();
    let place = dir.path().join("demo");
    let told = run([
        "demo",
        "--import",
        "--exit",
        "--validators",
        "1",
        "--first-port",
        "0",
        "--dir",
        place.to_str().unwrap(),
    ]);
    assert_eq!(told.code, 0, "{told:?}");
    for expect in [
        "one record, not 43",
        "it may not go on before that: not-cleared",
        "the customs chain followed the pallet's history",
        "dispensing a pack waits for the history of ",
        "the first pack is dispensed",
        "the clinic's dispensing is refused: on-recall",
        "it begins on Northern medicines chain (",
        "where 3 of its steps have nothing before them",
        "4 moves from chain to chain are proven by both chains",
        "VERIFIED as of block",
    ] {
        assert!(told.stdout.contains(expect), "{expect}:\n{}", told.stdout);
    }
    let begins = told.stdout.matches("it begins on ").count();
    assert_eq!(begins, 1, "{}", told.stdout);
    assert!(!told.stdout.contains("NOT SHOWN"), "{}", told.stdout);
    let log = std::fs::read_to_string(place.join("chains/relays/mule.log")).unwrap();
    assert!(log.contains("carrying"), "{log}");
}
