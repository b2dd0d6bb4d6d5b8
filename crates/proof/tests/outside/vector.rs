//! A pinned receipt file: whoever writes another verifier holds it against this one. The file must not change with the
//! software; when it has to, its format number does.

use pangolin_proof::{file::ProofFile, trust::TrustedChain};

use crate::{receipt, support::Committee};

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
