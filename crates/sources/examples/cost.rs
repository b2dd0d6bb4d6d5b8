//! How long it takes to believe a header, by the number of validators: `cargo run -p pangolin-sources --features made-up --example cost`.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "it prints what it measures, and ends where it cannot"
)]

use std::time::Instant;

use pangolin_ledger::{
    SourceId, TimeMs,
    evidence::{Claimed, Sources as _},
    state::Assurance,
};
use pangolin_sources::{
    Listener,
    comet::Evidence,
    made_up::{self, Chain, State, Validator},
};

const TIMES: u32 = 20;

fn main() {
    for count in [4, 50, 100, 180, 512] {
        let team: Vec<_> = (0..count)
            .map(|number| Validator::numbered(number, 1))
            .collect();
        let mut chain = Chain::new("made-up-1");
        for height in 0..3 {
            chain.block(TimeMs(1_000 * height), &team, &team, State::new());
        }
        let evidence = Evidence {
            steps: vec![chain.step(1, 3)],
            at: 3,
        };
        let bytes = evidence.encode();
        let source = SourceId::new("there").unwrap();
        let begun = Instant::now();
        for _ in 0..TIMES {
            let claimed = Claimed {
                source: &source,
                assurance: &Assurance::CometBft(made_up::terms(&chain, "goods")),
                marks: &[chain.mark(1)],
                now: TimeMs(4_000),
                evidence: &bytes,
                facts: &[],
            };
            Listener.hear(&claimed).unwrap();
        }
        let each = begun.elapsed() / TIMES;
        println!("{count} validators: {} bytes, {each:?}", bytes.len());
    }
}
