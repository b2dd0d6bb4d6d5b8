//! Black box: the official GS1 US example of a direct purchase (DSCSA guideline R1.3, section 2.2.1.1) is captured over the
//! interface of a running chain of four validators, traced, and its receipt checked without any node.

use std::path::PathBuf;

use crate::support::{Member, Network, run};

const PACK: &str = "urn:epc:id:sgtin:030001.0012345.22";

/// The example, if the public test material is there.
fn example() -> Option<PathBuf> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/testdata");
    let root = std::env::var_os("PANGOLIN_TESTDATA").map_or_else(beside, PathBuf::from);
    let file = root.join("epcis/1.2-xml/GS1_US_Pharma_Example_2_2_1_1.xml");
    if file.exists() {
        return Some(file);
    }
    eprintln!("skipped: the public test material is not there");
    None
}

fn member(slug: &str, id: &str, role: &'static str, prefixes: &[&str], home: &str) -> Member {
    Member {
        slug: slug.into(),
        name: slug.into(),
        id: id.into(),
        role,
        prefixes: prefixes.iter().map(|prefix| (*prefix).to_owned()).collect(),
        home: home.into(),
    }
}

#[test]
fn the_gs1_us_example_is_captured_traced_and_its_receipt_holds_offline() {
    let Some(example) = example() else { return };
    let network = Network::start_with(vec![
        member(
            "maker",
            "0300011111116",
            "manufacturer",
            &["030001"],
            "validator-1",
        ),
        member(
            "wholesaler",
            "0399999999991",
            "wholesaler",
            &[],
            "validator-2",
        ),
    ]);
    let job = network.capture("maker", &example);
    assert_eq!(job.code, 0, "{job:?}");
    let counts = &job.value()["job"]["counts"];
    assert_eq!(
        (&counts["events"], &counts["captured"]),
        (&8.into(), &8.into()),
        "{job:?}"
    );

    // what is final at the node that captured is soon final at the others
    let (height, _) = network.heights(&network.home("maker").name).unwrap();
    network.wait_height("observer", height);
    let found = network.ask("observer", &["--output", "json", "trace", PACK]);
    assert_eq!(found.code, 0, "{found:?}");
    for step in ["commissioning", "packing", "shipping"] {
        assert!(found.stdout.contains(step), "{step}: {found:?}");
    }
    assert_eq!(found.value()["complete"], true, "{found:?}");

    let events = found.value();
    let nodes = events["nodes"].as_array().unwrap();
    let mut proven = 0;
    for event in nodes.iter().filter(|node| node["kind"] == "event") {
        let id = event["eventID"].as_str().unwrap();
        let file = network.dir.path().join("receipt.json");
        let path = file.to_str().unwrap();
        let got = network.ask("observer", &["proof", "receipt", id, "--out", path]);
        assert_eq!(got.code, 0, "{got:?}");
        let genesis = network.genesis();
        let checked = run(["verify", path, "--genesis", genesis.to_str().unwrap()]);
        assert_eq!(checked.code, 0, "{checked:?}");
        proven += 1;
    }
    assert!(proven >= 3, "{events:#}");
}
