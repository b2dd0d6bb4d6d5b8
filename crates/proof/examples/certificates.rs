//! Measures certificates over chains: how long they are, and how long their check takes.
//!
//! `cargo run --release -p pangolin-proof --example certificates [DIRECTORY]`
//!
//! With a directory it leaves the files there, each with the one key that it is checked with. What is measured is this program on this machine;
//! it is no test and asserts nothing.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program that measures, with the tests' own chains"
)]
#![expect(dead_code, reason = "the tests use more of what they share")]

#[path = "../tests/outside/route.rs"]
mod route;
#[path = "../tests/outside/support.rs"]
mod support;

use std::{collections::BTreeMap, path::PathBuf, time::Instant};

use pangolin_proof::{
    file::{Kind, ProofFile, ProvenanceProof},
    provenance::{MAX_CODE_BYTES, code, decode, encode},
};
use route::Route;

/// Checks that are timed.
const ROUNDS: u32 = 20;

fn main() {
    let write = std::env::args().nth(1).map(PathBuf::from);
    for (chains, others) in [
        (1, 100_000),
        (2, 100_000),
        (4, 100_000),
        (8, 100_000),
        (2, 20),
    ] {
        let route = Route::new(chains, others);
        let (here, certificate) = (route.here(), route.certificate());
        let proof = ProvenanceProof::new(&certificate, &BTreeMap::new());
        let file = ProofFile::new(here, "a pack", Kind::Provenance(proof)).to_bytes();
        let bytes = encode(&certificate);
        let began = Instant::now();
        for _ in 0..ROUNDS {
            let read = ProofFile::parse(&file).unwrap();
            assert!(read.verify(here).unwrap().is_clean());
        }
        let each = began.elapsed() / ROUNDS;
        let short = code(&certificate, MAX_CODE_BYTES).unwrap();
        let left = decode(&short).unwrap();
        let entries: usize = left.parts.iter().map(|part| part.state.entries.len()).sum();
        println!(
            "{chains} chains, {others} other records: {} steps, file {} bytes, binary {} bytes, {each:?} to check; \
             code {} bytes: {} proofs of {entries} entries, {} steps",
            certificate.walk.steps.len(),
            file.len(),
            bytes.len(),
            short.len(),
            left.parts.len(),
            left.walk.steps.len(),
        );
        if let Some(dir) = &write {
            let trust = serde_json::json!({
                "name": here.name, "chain": here.chain.to_string(), "key": hex::encode(here.key_bytes()),
            });
            let name = format!("{chains}-{others}");
            std::fs::write(dir.join(format!("{name}.json")), &file).unwrap();
            std::fs::write(dir.join(format!("{name}.bin")), &bytes).unwrap();
            std::fs::write(dir.join(format!("{name}.trust.json")), trust.to_string()).unwrap();
        }
    }
}
