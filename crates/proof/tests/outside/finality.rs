//! Final headers: the right key, the right chain, an unbroken run, the certificate of exactly this block.

use commonware_cryptography::sha256::Digest;
use pangolin_proof::trust::{FinalHeader, FinalityError, TrustedChain};

use crate::support::{Committee, digest};

fn code(header: &FinalHeader, trusted: &TrustedChain) -> &'static str {
    header
        .verify(trusted)
        .map_or_else(|error| error.code(), |_| "final")
}

#[test]
fn a_certificate_holds_under_its_own_key_only() {
    let (ours, theirs) = (Committee::new(1), Committee::new(2));
    let header = ours.run(1, digest(2));
    assert_eq!(code(&header, &ours.trusted), "final");
    assert_eq!(code(&header, &theirs.trusted), "bad-certificate");
    // the same key under another chain's name signs nothing of this chain
    let elsewhere = TrustedChain {
        chain: digest(8),
        ..ours.trusted.clone()
    };
    assert_eq!(code(&header, &elsewhere), "other-chain");
}

#[test]
fn a_certificate_of_a_foreign_committee_does_not_help_a_forged_header() {
    let (ours, theirs) = (Committee::new(1), Committee::new(2));
    let mut header = ours.run(1, digest(2));
    header.headers[0].time_ms += 1;
    assert_eq!(code(&header, &ours.trusted), "certificate-of-other-block");
    header.certificate = theirs.certify(&header.headers[0]);
    assert_eq!(code(&header, &ours.trusted), "bad-certificate");
}

#[test]
fn a_run_of_headers_must_not_be_broken() {
    let committee = Committee::new(1);
    let good = committee.run(3, digest(2));
    assert_eq!(code(&good, &committee.trusted), "final");
    let with = |change: fn(&mut FinalHeader)| {
        let mut changed = good.clone();
        change(&mut changed);
        code(&changed, &committee.trusted)
    };
    assert_eq!(with(|run| run.headers.clear()), "no-header");
    assert_eq!(with(|run| run.headers[0].time_ms += 1), "broken-headers");
    assert_eq!(with(|run| run.headers.swap(0, 1)), "broken-headers");
    assert_eq!(
        with(|run| {
            run.headers.remove(1);
        }),
        "broken-headers"
    );
    assert_eq!(
        with(|run| {
            run.headers.pop();
        }),
        "certificate-of-other-block"
    );
    assert_eq!(
        with(|run| run.headers[2].receipts = Digest::from([3; 32])),
        "certificate-of-other-block"
    );
    assert_eq!(with(|run| run.certificate.clear()), "malformed-certificate");
}

#[test]
fn a_certificate_touched_at_any_bit_is_refused() {
    let committee = Committee::new(1);
    let good = committee.run(1, digest(2));
    for at in 0..good.certificate.len() {
        for bit in 0..8 {
            let mut touched = good.clone();
            touched.certificate[at] ^= 1 << bit;
            let error = touched.verify(&committee.trusted).unwrap_err();
            assert!(
                matches!(
                    error,
                    FinalityError::Malformed
                        | FinalityError::OtherBlock { .. }
                        | FinalityError::BadSignature
                ),
                "byte {at}: {error}"
            );
        }
    }
}
