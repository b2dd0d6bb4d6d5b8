//! Black box: what goes wrong in the world goes wrong here, to real processes, sockets and disks, while files keep coming in.
//!
//! Whatever is done to the nodes: what was acknowledged as final stays final under the same receipt, no two nodes have different
//! state at one height, nothing is applied twice, and whoever reads the log learns what to do.
//!
//! `PANGOLIN_KILLS=N` asks for N kills at random moments, `PANGOLIN_SEED` chooses other moments.

mod clock;
mod damage;
mod disk;
mod garbage;
mod kills;
mod load;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use crate::support::{NODES, Network, PATIENCE, dice::Dice};
use load::Load;

/// Validators.
const VALIDATORS: [&str; 4] = ["validator-1", "validator-2", "validator-3", "validator-4"];

#[test]
fn killed_stopped_and_flooded() {
    let mut network = Network::start();
    let load = Load::start(&network);
    garbage::peers_that_send_garbage(&network, &load);
    garbage::clients_that_send_garbage(&network, &load);
    garbage::ten_thousand_malformed_documents(&network, &load);
    kills::whoever_captures(&mut network, &load);
    kills::two_at_once(&mut network, &load);
    kills::all_at_once(&mut network, &load);
    kills::at_random_moments(&mut network, &load);
    kills::terminated_under_load(&mut network, &load);
    finish(&mut network, load, None);
}

#[test]
fn disks_files_and_clocks() {
    let mut network = Network::start();
    let load = Load::start(&network);
    load.wait_more(2);
    disk::a_limit_on_files(&mut network, &load);
    disk::a_full_disk(&mut network, &load);
    damage::files_of_the_chain(&mut network, &load);
    damage::files_beside_the_chain(&mut network, &load);
    damage::files_of_the_operator(&mut network);
    damage::state_from_peers(&mut network);
    clock::ten_minutes_off(&mut network, &load);
    finish(&mut network, load, Some(damage::VICTIM));
}

/// Ends the load and holds every node to everything that was acknowledged.
fn finish(network: &mut Network, load: Load, forgetful: Option<&str>) {
    let acknowledged = load.end();
    agree(network);
    no_validator_was_blocked(network);
    eprintln!("{} documents acknowledged", acknowledged.len());
    load::nothing_is_lost(network, &acknowledged, forgetful);
}

/// Waits until all nodes have been seen at one height with one block and one state; fails at once when two differ.
fn agree(network: &Network) {
    let begun = Instant::now();
    let mut seen: BTreeMap<u64, BTreeMap<&str, [String; 3]>> = BTreeMap::new();
    loop {
        for name in NODES {
            let Some(status) = network.status(name) else {
                continue;
            };
            let text = |member: &str| status[member].as_str().unwrap().to_owned();
            let state = [text("block"), text("recordsRoot"), text("rulesRoot")];
            let height = status["height"].as_u64().unwrap();
            let at = seen.entry(height).or_default();
            at.insert(name, state.clone());
            for (other, its) in &*at {
                assert_eq!(*its, state, "{name} and {other} differ at block {height}");
            }
            if at.len() == NODES.len() {
                return;
            }
        }
        if begun.elapsed() > PATIENCE {
            for name in NODES {
                eprintln!("{name}:\n{}", network.node(name).log());
            }
            panic!("the nodes do not come together: {seen:?}");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Whatever was done to a validator: it never contradicted its own votes.
fn no_validator_was_blocked(network: &Network) {
    for name in VALIDATORS {
        network.take_log(name);
        let log = network.whole_log(name);
        let line = log.lines().find(|line| line.contains("conflicting"));
        assert_eq!(line, None, "{name} blocked a peer");
    }
}

/// Kills at random moments that are asked for.
fn kills() -> u64 {
    std::env::var("PANGOLIN_KILLS").map_or(3, |text| text.parse().unwrap())
}
