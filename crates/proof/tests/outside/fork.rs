//! Two certified blocks of one height: what shows a fork and what does not, and that every chain can check it.

use pangolin_ledger::{ChainId, Digest32, Height, evidence::Verifier as _};
use pangolin_proof::{
    file::{HeaderProof, Kind, ProofFile, ReceiptProof},
    foreign::LightClient,
    fork::{Fork, NoFork, Which},
    merkle::Path,
    trust::FinalHeader,
};

use crate::support::{Committee, digest, leaves, receipts};

/// A final header of one block, which differs by its receipts.
fn block(committee: &Committee, height: u64, receipts: u8) -> FinalHeader {
    committee.certified(committee.header(height, digest(1), digest(receipts)))
}

/// The code of what `one` and `other` show instead of a fork.
fn code(committee: &Committee, one: &FinalHeader, other: &FinalHeader) -> &'static str {
    Fork::find(&committee.trusted, one, other).map_or_else(|no| no.code(), |_| "fork")
}

#[test]
fn two_blocks_of_one_height_are_a_fork_that_others_can_check() {
    let committee = Committee::new(1);
    let (one, other) = (block(&committee, 5, 2), block(&committee, 5, 3));
    let fork = Fork::find(&committee.trusted, &one, &other).unwrap();
    assert_eq!(fork.height, 5);
    assert_eq!(
        fork.blocks(),
        [one.headers[0].digest(), other.headers[0].digest()]
    );
    let (client, key) = (LightClient::new(), committee.trusted.key_bytes());
    let chain = ChainId(committee.trusted.chain.0);
    for (evidence, block) in fork.evidence().iter().zip(fork.blocks()) {
        let proven = client.verify(&chain, &key, evidence).unwrap();
        assert_eq!(proven.header.height, Height(5));
        assert_eq!(proven.header.block, Digest32(block.0));
    }
}

/// A run makes all of its headers final: what two of them have in common need not be where they begin.
#[test]
fn runs_are_compared_at_every_height_that_both_have() {
    let committee = Committee::new(1);
    let long = committee.run(4, digest(2));
    let mut forged = long.headers[2].clone();
    forged.time_ms += 1;
    let short = committee.certified(forged);
    for (one, other) in [(&long, &short), (&short, &long)] {
        let fork = Fork::find(&committee.trusted, one, other).unwrap();
        assert_eq!(fork.height, 7);
        let [one, other] = [fork.one, fork.other].map(|part| {
            let header = part.verify(&committee.trusted).unwrap();
            assert_eq!(header.height.get(), 7);
            header.digest()
        });
        assert_ne!(one, other);
    }
    // where both go on after a common block, the height at which they part counts
    let mut parts = long.clone();
    parts.headers.truncate(3);
    parts.headers[2].time_ms += 1;
    parts.certificate = committee.certify(&parts.headers[2]);
    let fork = Fork::find(&committee.trusted, &long, &parts).unwrap();
    assert_eq!(fork.height, 7);
}

#[test]
fn what_contradicts_nothing_is_told_apart() {
    let (ours, theirs) = (Committee::new(1), Committee::new(2));
    let one = block(&ours, 5, 2);
    assert_eq!(code(&ours, &one, &one), "same-block");
    let run = ours.run(3, digest(2));
    let inside = FinalHeader {
        headers: run.headers[1..].to_vec(),
        ..run.clone()
    };
    let same = Fork::find(&ours.trusted, &run, &inside).unwrap_err();
    assert!(
        matches!(same, NoFork::SameBlock { height: 6, .. }),
        "{same}"
    );
    let apart = Fork::find(&ours.trusted, &run, &block(&ours, 9, 2)).unwrap_err();
    assert_eq!(apart.code(), "other-heights");
    assert!(
        apart
            .to_string()
            .contains("heights 5 to 7 and the other of height 9"),
        "{apart}"
    );
    // a block that somebody else certified, and one that nobody did
    let foreign = block(&theirs, 5, 3);
    assert_eq!(code(&ours, &one, &foreign), "bad-certificate");
    let mut touched = block(&ours, 5, 3);
    touched.headers[0].time_ms += 1;
    let no = Fork::find(&ours.trusted, &touched, &one).unwrap_err();
    assert_eq!(no.code(), "certificate-of-other-block");
    assert!(
        matches!(
            no,
            NoFork::NotFinal {
                which: Which::One,
                ..
            }
        ),
        "{no}"
    );
    let elsewhere = Committee::of(1, digest(8), "elsewhere");
    assert_eq!(code(&ours, &one, &block(&elsewhere, 5, 3)), "other-chain");
}

#[test]
fn a_block_is_a_file_and_every_file_names_its_blocks() {
    let committee = Committee::new(1);
    let receipts = receipts(3);
    let leaves = leaves(&receipts);
    let header = committee.run(2, pangolin_proof::merkle::root(&leaves).into());
    let file = |proof| ProofFile::new(&committee.trusted, "something", proof);
    let block = file(Kind::Header(HeaderProof::new(&header)));
    let read = ProofFile::parse(&block.to_bytes()).unwrap();
    assert_eq!(read, block);
    let report = read.verify(&committee.trusted).unwrap();
    assert!(report.is_clean());
    assert_eq!((report.height, report.checks.len()), (5, 1));
    let shown = format!("{:?}", report.facts);
    assert!(
        shown.contains(&header.headers[0].digest().to_string()),
        "{shown}"
    );
    let path = Path::new(&leaves, 1).unwrap();
    let receipt = file(Kind::Receipt(ReceiptProof::new(
        &header,
        &receipts[1],
        &path,
    )));
    for file in [&block, &receipt] {
        assert_eq!(file.headers().unwrap(), std::slice::from_ref(&header));
    }
    let broken = String::from_utf8(block.to_bytes()).unwrap();
    let broken = broken.replacen("\"certificate\": \"", "\"certificate\": \"zz", 1);
    let error = ProofFile::parse(broken.as_bytes())
        .unwrap()
        .headers()
        .unwrap_err();
    assert_eq!(error.place().as_deref(), Some("/proof/final/certificate"));
}
