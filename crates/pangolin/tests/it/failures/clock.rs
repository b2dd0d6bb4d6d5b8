//! A clock ten minutes off, by `libfaketime` where it is installed (or where `PANGOLIN_FAKETIME` names it).

use std::{
    path::Path,
    time::{Duration, Instant},
};

use super::{
    agree,
    load::{self, Load},
};
use crate::support::{Network, PATIENCE};

const VICTIM: &str = "validator-2";
/// Where Debian and others put it.
const PLACES: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
];

pub(super) fn ten_minutes_off(network: &mut Network, load: &Load) {
    let named = std::env::var("PANGOLIN_FAKETIME").ok();
    let found = named
        .as_deref()
        .into_iter()
        .chain(PLACES)
        .find(|path| Path::new(path).exists());
    let Some(library) = found else {
        eprintln!("SKIPPED a clock ten minutes off: libfaketime is not installed");
        return;
    };
    for shift in ["-10m", "+10m"] {
        network.terminate(VICTIM);
        network.take_log(VICTIM);
        let environment = [
            ("LD_PRELOAD", library),
            ("FAKETIME", shift),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ];
        network.begin_with(VICTIM, &environment);
        let begun = Instant::now();
        loop {
            let log = network.node(VICTIM).log();
            if log.contains("clock is behind") || log.contains("clock must be right") {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{shift}: {log}");
            std::thread::sleep(Duration::from_millis(100));
        }
        // the chain goes on without it, and with it again
        load::goes_on_without(network, VICTIM);
        network.terminate(VICTIM);
        network.restart(VICTIM);
        load.wait_more(1);
        agree(network);
    }
}
