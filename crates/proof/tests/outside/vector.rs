//! Pinned files, of a receipt and of a pack that went over two chains: whoever writes another verifier holds it against these. They must not change with the
//! software; when they have to, their format number does.

use pangolin_proof::{file::ProofFile, trust::TrustedChain};

use crate::{provenance, receipt, route::Route, support::Committee};

const FILE: &str = include_str!("../vectors/receipt.json");
/// The chain key under which the file holds, hexadecimal.
const KEY: &str = include_str!("../vectors/chain-key.hex");

#[test]
fn the_pinned_file_holds_under_the_pinned_key() {
    let trusted: TrustedChain = Committee::new(1).trusted;
    assert_eq!(hex::encode(trusted.key_bytes()), KEY.trim());
    let file = ProofFile::parse(FILE.as_bytes()).unwrap();
    let report = file.verify(&trusted).unwrap();
    assert!(report.is_clean());
    assert_eq!((report.height, report.time_ms), (5, 1_700_000_000_005));
    assert_eq!(
        report.facts[0],
        ("transaction".to_owned(), "03".repeat(32).into())
    );
    let written = String::from_utf8(receipt::file(&Committee::new(1), 1).to_bytes()).unwrap();
    assert_eq!(written, FILE.trim_end(), "the writer writes it the same");
}

const OVER_CHAINS: &str = include_str!("../vectors/provenance.json");
/// The one key under which it holds.
const TRUST: &str = include_str!("../vectors/provenance-trust.json");

#[test]
fn the_pinned_certificate_holds_under_the_key_of_the_last_chain() {
    let route = Route::new(2, 20);
    assert!(TRUST.contains(&hex::encode(route.here().key_bytes())));
    let file = ProofFile::parse(OVER_CHAINS.as_bytes()).unwrap();
    assert!(file.verify(route.here()).unwrap().is_clean());
    let written = provenance::file(route.here(), &route.certificate()).to_bytes();
    let written = String::from_utf8(written).unwrap();
    assert_eq!(
        written,
        OVER_CHAINS.trim_end(),
        "the writer writes it the same"
    );
}
