//! Receipt files: real ones are accepted; one that was touched at any byte is refused or says nothing else.

use commonware_cryptography::sha256::Digest;
use pangolin_ledger::{
    Action, Body, ChainId, Code, DataClass, Digest32, Event, EventId, EventKind, EventOutcome,
    EventReceipt, Height, PartyId, ProfileRef, PublicKey, TimeMs, Transaction,
};
use pangolin_proof::{
    file::{Kind, MAX_FILE_BYTES, ProofFile, ReceiptProof},
    merkle::{self, Path},
};

use crate::support::{Committee, leaves, receipts};

/// A receipt file of a block that is followed by `headers - 1` blocks without certificates.
pub(crate) fn file(committee: &Committee, headers: u64) -> ProofFile {
    let receipts = receipts(5);
    let leaves = leaves(&receipts);
    let root = Digest::from(merkle::root(&leaves));
    let header = committee.run(headers, root);
    let path = Path::new(&leaves, 3).unwrap();
    let proof = ReceiptProof::new(&header, &receipts[3], &path);
    ProofFile::new(&committee.trusted, "event 3", Kind::Receipt(proof))
}

/// A transaction of `issuer` with one event.
fn transaction(issuer: &str) -> Transaction {
    let mut event = Event::new(
        EventId([7; 32]),
        EventKind::Object,
        Action::Observe,
        TimeMs(5),
        Code(3),
        Digest32([0; 32]),
    );
    event.destination = Some(PartyId::new("wholesaler").unwrap());
    Transaction {
        chain: ChainId([9; 32]),
        profile: ProfileRef { id: 1, version: 1 },
        class: DataClass::Transaction,
        issuer: PartyId::new(issuer).unwrap(),
        key: PublicKey([3; 32]),
        valid_until: Height(9),
        body: Body::Events(vec![event]),
    }
}

/// A receipt file that carries `shown`, of a block in which `recorded` is.
fn stated(committee: &Committee, recorded: &Transaction, shown: &Transaction) -> ProofFile {
    let mut receipts = receipts(5);
    let Body::Events(events) = &recorded.body else {
        panic!("no events")
    };
    receipts[3].tx = recorded.id();
    receipts[3].events = vec![EventReceipt {
        id: events[0].id,
        outcome: EventOutcome::Applied,
        objects: 1,
        digest: events[0].digest(),
    }];
    let leaves = leaves(&receipts);
    let header = committee.run(1, Digest::from(merkle::root(&leaves)));
    let path = Path::new(&leaves, 3).unwrap();
    let proof = ReceiptProof::new(&header, &receipts[3], &path).with_transaction(shown);
    ProofFile::new(&committee.trusted, "event 3", Kind::Receipt(proof))
}

#[test]
fn what_was_stated_is_proven_by_the_receipt() {
    let committee = Committee::new(1);
    let tx = transaction("maker");
    let file = stated(&committee, &tx, &tx);
    let read = ProofFile::parse(&file.to_bytes()).unwrap();
    let report = read.verify(&committee.trusted).unwrap();
    assert!(report.is_clean());
    assert!(
        report
            .checks
            .iter()
            .any(|check| check.code == "transaction")
    );
    let shown = report.stated.unwrap();
    assert_eq!((shown.issuer, shown.key), (tx.issuer.clone(), tx.key));
    assert_eq!(report.profile, Some(tx.profile));
    let Body::Events(events) = &tx.body else {
        panic!("no events")
    };
    assert_eq!(report.events[0].event.as_ref(), Some(&events[0]));
    assert_eq!(report.events[0].outcome(), ("applied", None));
}

#[test]
fn a_forged_transaction_is_refused() {
    let committee = Committee::new(1);
    let tx = transaction("maker");
    let mut moved = transaction("maker");
    if let Body::Events(events) = &mut moved.body {
        events[0].destination = Some(PartyId::new("thief").unwrap());
    }
    for forged in [transaction("other"), moved] {
        let file = stated(&committee, &tx, &forged);
        let error = file.verify(&committee.trusted).unwrap_err();
        assert_eq!(error.code(), "other-transaction");
        assert_eq!(file.place(&error).as_deref(), Some("/proof/transaction"));
    }
    let good = String::from_utf8(stated(&committee, &tx, &tx).to_bytes()).unwrap();
    for (from, to) in [
        ("\"transaction\": \"", "\"transaction\": \"zz"),
        ("\"transaction\": \"", "\"transaction\": \"01"),
    ] {
        let file = ProofFile::parse(good.replace(from, to).as_bytes()).unwrap();
        let error = file.verify(&committee.trusted).unwrap_err();
        assert_eq!(error.code(), "proof-field", "{error}");
        assert_eq!(file.place(&error).as_deref(), Some("/proof/transaction"));
    }
}

#[test]
fn a_receipt_is_shown_with_its_own_certificate_or_a_descendants() {
    let committee = Committee::new(1);
    for headers in [1, 2, 64] {
        let report = file(&committee, headers)
            .verify(&committee.trusted)
            .unwrap();
        assert!(report.is_clean());
        assert_eq!((report.height, report.time_ms), (5, 1_700_000_000_005));
        assert_eq!(report.checks.len(), 2);
    }
    let error = file(&committee, 65).verify(&committee.trusted).unwrap_err();
    assert_eq!(error.code(), "too-many-headers");
}

#[test]
fn a_file_touched_at_any_byte_fails_or_claims_the_same() {
    let committee = Committee::new(1);
    let tx = transaction("maker");
    for good in [file(&committee, 1), stated(&committee, &tx, &tx)] {
        touched_at_any_byte(&committee, &good);
    }
}

fn touched_at_any_byte(committee: &Committee, good: &ProofFile) {
    let claimed = good.verify(&committee.trusted).unwrap();
    let bytes = good.to_bytes();
    let mut survived = 0;
    for at in 0..bytes.len() {
        for flip in [0x01, 0x20] {
            let mut touched = bytes.clone();
            touched[at] ^= flip;
            let Ok(file) = ProofFile::parse(&touched) else {
                continue;
            };
            let Ok(report) = file.verify(&committee.trusted) else {
                continue;
            };
            survived += 1;
            // the title is for people, and is shown as what the file says of itself
            assert_eq!(report.facts, claimed.facts, "byte {at}");
            assert_eq!(report.checks, claimed.checks, "byte {at}");
            assert_eq!(report.stated, claimed.stated, "byte {at}");
            assert_eq!(report.events, claimed.events, "byte {at}");
            assert_eq!(
                (report.height, report.time_ms),
                (claimed.height, claimed.time_ms),
                "byte {at}"
            );
        }
    }
    // upper case hexadecimal, white space and the title: nothing that is claimed
    assert!(survived > 0);
}

#[test]
fn another_receipt_of_the_block_or_another_place_is_refused() {
    let committee = Committee::new(1);
    let receipts = receipts(5);
    let leaves = leaves(&receipts);
    let header = committee.run(1, Digest::from(merkle::root(&leaves)));
    for (shown, receipt) in receipts.iter().enumerate() {
        for place in 0..receipts.len() {
            let path = Path::new(&leaves, place).unwrap();
            let proof = ReceiptProof::new(&header, receipt, &path);
            let file = ProofFile::new(&committee.trusted, "", Kind::Receipt(proof));
            match file.verify(&committee.trusted) {
                Ok(_) => assert_eq!(shown, place),
                Err(error) => {
                    assert_ne!(shown, place);
                    assert_eq!(error.code(), "receipt-not-in-block");
                }
            }
        }
    }
}

#[test]
fn bad_files_get_a_code() {
    let committee = Committee::new(1);
    let good = String::from_utf8(file(&committee, 1).to_bytes()).unwrap();
    let check = |text: &str, code: &str| {
        let error = ProofFile::parse(text.as_bytes())
            .and_then(|file| file.verify(&committee.trusted))
            .unwrap_err();
        assert_eq!(error.code(), code, "{error}");
    };
    check("", "proof-syntax");
    check("{}", "proof-syntax");
    check(
        &good.replace("pangolin-proof/1", "pangolin-proof/2"),
        "proof-format",
    );
    check(&good.replace("\"kind\"", "\"king\""), "proof-syntax");
    check(
        &good.replace("\"about\"", "\"more\": 1, \"about\""),
        "proof-syntax",
    );
    check(
        &good.replace(&committee.trusted.chain.to_string(), &"00".repeat(32)),
        "other-chain",
    );
    check(
        &good.replace("\"receipt\": \"", "\"receipt\": \"zz"),
        "proof-field",
    );
    check(
        &good.replace("\"certificate\": \"", "\"certificate\": \"00"),
        "malformed-certificate",
    );
    let large = vec![b' '; MAX_FILE_BYTES + 1];
    assert_eq!(
        ProofFile::parse(&large).unwrap_err().code(),
        "proof-too-large"
    );
}

/// A defect is where it stands, not at the end of what it is in; which field comes first is no matter.
#[test]
fn a_name_that_is_wrong_is_at_its_line() {
    let committee = Committee::new(1);
    let good = String::from_utf8(file(&committee, 1).to_bytes()).unwrap();
    let line = |text: &str, name: &str| {
        let found = text.lines().position(|line| line.contains(name));
        found.map(|line| line + 1).unwrap()
    };
    let place = |text: &str| ProofFile::parse(text.as_bytes()).unwrap_err().place();
    let sorted: serde_json::Value = serde_json::from_str(&good).unwrap();
    let sorted = serde_json::to_string_pretty(&sorted).unwrap();
    assert!(
        line(&sorted, "\"kind\"") > line(&sorted, "\"final\""),
        "{sorted}"
    );
    for text in [&good, &sorted] {
        ProofFile::parse(text.as_bytes()).unwrap();
        for (from, to) in [
            ("\"about\"", "\"abuot\""),
            ("\"receipt\": \"", "\"receitp\": \""),
            ("\"certificate\"", "\"cerificate\""),
            ("\"headers\"", "\"header\""),
            ("\"about\"", "\"more\": 1, \"about\""),
        ] {
            // what says which kind it is has the same text as its value
            let wrong = text.replacen(from, to, 1);
            assert_ne!(&wrong, text, "{from}");
            let at = line(&wrong, to.split(':').next().unwrap());
            let found = place(&wrong).unwrap();
            let start = format!("line {at}, column ");
            assert!(
                found.starts_with(&start),
                "{to}: {found}, not {start}\n{wrong}"
            );
        }
        for (from, to) in [
            ("\"kind\"", "\"king\""),
            ("\"kind\": \"receipt\"", "\"kind\": \"recipe\""),
        ] {
            let wrong = text.replacen(from, to, 1);
            assert_eq!(place(&wrong).as_deref(), Some("/proof/kind"), "{to}");
        }
    }
}
