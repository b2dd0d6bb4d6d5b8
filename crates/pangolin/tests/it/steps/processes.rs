//! Processes that are killed, told to stop, or started twice.

use pangolin_sandbox::industry::Document;

use crate::support::{NODES, Network, run};

pub(crate) fn a_killed_validator_catches_up(network: &mut Network, document: &Document) {
    let home = network.home(&document.sender.slug).name.clone();
    let victim = NODES[..4].iter().find(|name| **name != home).unwrap();
    network.wait_connected(&home, victim, true);
    network.kill(victim);
    assert!(network.status(victim).is_none());
    network.wait_connected(&home, victim, false);
    // the other three are enough
    let slug = document.sender.slug.clone();
    let file = network.file(document);
    assert_eq!(network.capture(&slug, &file).code, 0);
    let (height, _) = network.heights(&home).unwrap();
    network.wait_height(&home, height + 1);
    network.restart(victim);
    network.wait_height(victim, height + 1);
    network.wait_connected(&home, victim, true);
}

pub(crate) fn a_second_process_on_the_same_node_does_not_begin(network: &Network) {
    let dir = network.node("validator-1").dir.clone();
    let ran = run(["node", "run", dir.to_str().unwrap()]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stderr.contains("another process runs the node"),
        "{ran:?}"
    );
}

pub(crate) fn sigterm_ends_a_node_in_good_order(network: &mut Network) {
    let status = network.terminate("observer");
    let log = network.node("observer").log();
    assert!(status.success(), "{status:?}: {log}");
    assert!(log.contains("SIGTERM"), "{log}");
    network.restart("observer");
}

pub(crate) fn the_end_of_its_parent_ends_a_node(network: &mut Network) {
    network.close_input("validator-4");
    assert!(network.wait_end("validator-4").success());
}
