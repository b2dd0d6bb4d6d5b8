//! Time to read one key, the hot path of a ledger that takes in serial numbers.

use pangolin_gs1::Key;
use std::hint::black_box;
use std::time::{Duration, Instant};

/// Many short batches, of which the fastest counts: what else the machine does only makes batches slower.
const BATCHES: u32 = 200;
const ROUNDS: u32 = 2_000;

#[expect(clippy::print_stdout, reason = "the result of the measurement")]
fn measure(name: &str, text: &str, read: impl Fn(&str) -> usize) {
    let mut fastest = Duration::MAX;
    for _ in 0..BATCHES {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(read(black_box(text)));
        }
        fastest = fastest.min(start.elapsed() / ROUNDS);
    }
    println!("{name:<28} {:>6} ns", fastest.as_nanos());
}

fn main() {
    let parse = |text: &str| Key::parse(text).map_or(0, |key| usize::from(key.is_instance()));
    let canonical = |text: &str| Key::parse(text).map_or(0, |key| key.canonical().len());
    let urn = "urn:epc:id:sgtin:4012345.012345.ABC123456789";
    let link = "https://id.gs1.org/01/04012345123456/21/ABC123456789";
    measure("SGTIN URN", urn, parse);
    measure("SGTIN Digital Link", link, parse);
    measure("SGTIN URN, canonical", urn, canonical);
    measure("SSCC URN", "urn:epc:id:sscc:4012345.0000000333", parse);
    measure(
        "SSCC Digital Link",
        "https://id.gs1.org/00/040123450000003338",
        parse,
    );
    measure("SGLN URN", "urn:epc:id:sgln:4012345.00011.987", parse);
    measure("LGTIN URN", "urn:epc:class:lgtin:4012345.012345.L1", parse);
    measure(
        "element string",
        "(01)04012345123456(17)271231(10)L1(21)ABC123456789",
        parse,
    );
    measure("other URI", "https://example.com/docs/orders/4711", parse);
}
