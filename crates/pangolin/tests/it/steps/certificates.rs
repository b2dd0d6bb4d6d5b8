//! Certificates of a pack's way, put together from real nodes. The network of this test is one chain: ways over several are walked in the
//! ledger's own tests.

use std::fs;

use super::reading::Pack;
use crate::support::{Network, run};

pub(crate) fn a_certificate_is_put_together_and_checked(network: &Network, pack: &Pack) {
    let [file, code] = ["way.json", "way.txt"].map(|name| network.dir.path().join(name));
    let (path, scanned) = (file.to_str().unwrap(), code.to_str().unwrap());
    let genesis = network.genesis();
    let genesis = genesis.to_str().unwrap();
    let ask = |epc: &str, more: &[&str]| {
        let mut args = vec![
            "certificate",
            "--epc",
            epc,
            "--genesis",
            genesis,
            "--out",
            path,
        ];
        args.extend(more);
        network.ask("observer", &args)
    };
    let made = ask(&pack.epc, &["--code", scanned]);
    assert_eq!(made.code, 0, "{made:?}");
    assert!(
        made.stdout.contains("\n\nVERIFIED as of block "),
        "{made:?}"
    );
    let checked = run(["--output", "json", "verify", path, "--genesis", genesis]).value();
    assert_eq!(checked["verified"], true, "{checked}");
    let codes = checked["checks"].as_array().unwrap().iter();
    let codes: Vec<_> = codes.map(|check| check["code"].as_str().unwrap()).collect();
    for code in ["final", "history", "origin", "status"] {
        assert!(codes.contains(&code), "{codes:?}");
    }

    // a code holds the history and its last record; the rest of it is told
    let read = fs::read(&code).unwrap();
    assert!(
        read.starts_with(b"PGC:") && read.len() <= 4_296,
        "{} characters",
        read.len()
    );
    let checked = run(["--output", "json", "verify", scanned, "--genesis", genesis]).value();
    let codes = checked["checks"].as_array().unwrap().iter();
    assert!(
        codes.clone().any(|check| check["code"] == "history"),
        "{checked}"
    );

    // whoever wants to show no events of a chain gets a gap, and it says so
    let made = ask(&pack.epc, &["--ends-only"]);
    assert!(made.stdout.contains("NOT FULLY VERIFIED"), "{made:?}");
    assert!(made.stdout.contains("[history-not-shown]"), "{made:?}");
    let checked = run(["verify", path, "--genesis", genesis]);
    assert_eq!(checked.code, 1, "{checked:?}");

    let unknown = ask("(01)00301430957019(21)NONE", &[]);
    assert_eq!(unknown.code, 2, "{unknown:?}");
    assert!(unknown.stderr.contains("not on this chain"), "{unknown:?}");
    let lot = ask("(01)00301430957019(10)LOT", &[]);
    assert_eq!(lot.code, 2, "{lot:?}");

    let text = fs::read_to_string(&code).unwrap();
    let damaged = text.replacen('A', "B", 3);
    fs::write(&code, damaged).unwrap();
    let checked = run(["verify", scanned, "--genesis", genesis]);
    assert_eq!(checked.code, 1, "{checked:?}");
    assert!(checked.stdout.contains("NOT VERIFIED ["), "{checked:?}");
}
