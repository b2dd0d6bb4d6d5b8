//! The log survives, is bounded, and shows when it was touched.

use super::*;

fn party(name: &str) -> PartyId {
    PartyId::new(name).unwrap()
}

fn entry(owner: &str, asker: &str, n: u8) -> Entry {
    Entry {
        owner: party(owner),
        asker: party(asker),
        home: n.is_multiple_of(2).then_some(ChainId([n; 32])),
        right: Right::ALL[usize::from(n) % 4],
        events: vec![EventId([n; 32]); usize::from(n % 3) + 1],
        fields: vec![format!("/f{n}")],
    }
}

fn opened(max: u64) -> (tempfile::TempDir, Log) {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(&dir.path().join(FILE), max).unwrap();
    (dir, log)
}

#[test]
fn owners_see_their_own_entries_also_after_a_restart() {
    let (dir, log) = opened(100);
    log.append(&[entry("a", "x", 1), entry("b", "x", 2)], 10)
        .unwrap();
    log.append(&[entry("a", "y", 3)], 20).unwrap();
    drop(log);
    let log = Log::open(&dir.path().join(FILE), 100).unwrap();
    let page = log.of(&party("a"), 0, 10).unwrap();
    let seen: Vec<_> = page.entries.iter().map(|one| (one.no, one.at_ms)).collect();
    assert_eq!(seen, [(1, 10), (3, 20)]);
    assert_eq!(page.entries[1].entry, entry("a", "y", 3));
    assert_eq!(page.dropped, 0);
    assert_eq!(log.of(&party("a"), 1, 10).unwrap().entries.len(), 1);
    assert_eq!(log.of(&party("a"), 0, 1).unwrap().entries.len(), 1);
    assert_eq!(log.of(&party("c"), 0, 9).unwrap(), Page::default());
    assert_eq!(log.broken().unwrap(), None);
}

#[test]
fn what_was_touched_shows() {
    let (dir, log) = opened(100);
    for n in 0..5 {
        log.append(&[entry("a", "x", n)], i64::from(n)).unwrap();
    }
    let other = Connection::open(dir.path().join(FILE)).unwrap();
    let changed = other.execute("UPDATE disclosures SET at = 7 WHERE no = 3", []);
    assert!(changed.is_err(), "entries are never changed");
    other
        .execute_batch("DROP TRIGGER disclosures_stay; UPDATE disclosures SET at = 7 WHERE no = 3;")
        .unwrap();
    assert_eq!(log.broken().unwrap(), Some(3));
    other
        .execute("UPDATE disclosures SET at = 2 WHERE no = 3", [])
        .unwrap();
    assert_eq!(log.broken().unwrap(), None);
    other
        .execute("DELETE FROM disclosures WHERE no = 2", [])
        .unwrap();
    assert_eq!(log.broken().unwrap(), Some(3));
}

#[test]
fn the_oldest_entries_go_when_they_are_old_enough_and_not_before() {
    let (_dir, log) = opened(3);
    for n in 0..3 {
        log.append(&[entry("a", "x", n)], 0).unwrap();
    }
    // asking much does not push out what was asked before
    let full = log.append(&[entry("a", "x", 3)], KEEP_MS).unwrap_err();
    assert!(matches!(full, LogError::Full { entries: 3 }), "{full}");
    log.append(&[entry("a", "x", 3), entry("a", "x", 4)], KEEP_MS + 1)
        .unwrap();
    let page = log.of(&party("a"), 0, 10).unwrap();
    let numbers: Vec<_> = page.entries.iter().map(|one| one.no).collect();
    assert_eq!((numbers, page.dropped), (vec![3, 4, 5], 2));
    assert_eq!(log.broken().unwrap(), None);
}
