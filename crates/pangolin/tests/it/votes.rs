//! Black box: validators that do not know their votes. One abstains while the others go on; where all do, the chain stands still
//! until the operators say that nobody voted.

use std::{
    fs,
    time::{Duration, Instant, SystemTime},
};

use pangolin_sandbox::industry::{Document, Plan};

use crate::support::{NODES, Network, PATIENCE, members, run_with};

/// Whose votes may be lost.
const VICTIM: &str = "validator-4";
/// How far the clocks of validators may be apart, by which a block must be younger than a start.
const CLOCK_BOUND: Duration = Duration::from_secs(5);
/// Time between two looks.
const STEP: Duration = Duration::from_millis(50);

#[test]
fn a_validator_whose_votes_may_be_lost_abstains_for_a_while() {
    let mut network = validators();
    let documents = documents(2);
    captured(&network, &documents[0]);
    network.terminate(VICTIM);
    network.take_log(VICTIM);

    let begun = SystemTime::now();
    network.begin_saying(VICTIM, &["--votes-lost"]);
    network.wait_ready(VICTIM);
    let status = network.status(VICTIM).unwrap();
    assert_eq!(status["validator"], false, "{status}");
    let log = network.node(VICTIM).log();
    assert!(log.contains("this validator abstains, because"), "{log}");
    assert!(log.contains("as --votes-lost says"), "{log}");
    assert!(!log.contains("it begins again and votes"), "{log}");
    assert_eq!(standing(&network, VICTIM), "abstaining");
    let said = network.ask(VICTIM, &["status"]);
    let words = "validator that does not vote at present";
    assert!(said.stdout.contains(words), "{said:?}");

    // it takes documents, and the chain that makes them final goes on without its vote
    let (height, _) = network.heights("validator-1").unwrap();
    captured(&network, &documents[1]);
    network.wait_height("validator-1", height + 1);

    network.wait_votes(VICTIM);
    let log = network.node(VICTIM).log();
    assert!(log.contains("it begins again and votes"), "{log}");
    assert_eq!(standing(&network, VICTIM), "voting");
    let waited = begun.elapsed().unwrap();
    assert!(waited > CLOCK_BOUND, "it voted again after {waited:?}");

    // of the four it is one of the three that are needed now
    network.terminate("validator-1");
    goes_on(&network, VICTIM);
    network.restart("validator-1");
    network.terminate(VICTIM);
    network.take_log(VICTIM);
    network.restart(VICTIM);
    let status = network.status(VICTIM).unwrap();
    assert_eq!(status["validator"], true, "it knows its votes: {status}");
    nobody_was_blocked(&network);
}

#[test]
fn where_all_votes_are_lost_the_chain_waits_for_its_operators() {
    let mut network = validators();
    goes_on(&network, VICTIM);
    refused(
        &network,
        VICTIM,
        &["--votes-lost", "--never-voted"],
        2,
        "usage",
    );
    refused(&network, "observer", &["--votes-lost"], 1, "observer-votes");
    refused(
        &network,
        "observer",
        &["--never-voted"],
        1,
        "observer-votes",
    );
    for name in voters() {
        network.terminate(name);
        network.take_log(name);
    }
    refused(&network, VICTIM, &["--never-voted"], 1, "votes-known");
    assert_eq!(standing(&network, VICTIM), "voting");
    for name in voters() {
        lose_data(&network, name);
        network.begin(name);
    }

    for name in voters() {
        network.wait_answers(name);
        let log = network.node(name).log();
        assert!(log.contains("record of its votes is not in"), "{log}");
        assert_eq!(standing(&network, name), "abstaining");
    }
    let words = "this validator abstains until one does";
    let begun = Instant::now();
    while !voters().all(|name| network.node(name).log().contains(words)) {
        let log = network.node(VICTIM).log();
        assert!(begun.elapsed() < PATIENCE, "it does not say why:\n{log}");
        std::thread::sleep(STEP);
    }
    for name in voters() {
        let log = network.node(name).log();
        let line = log.lines().find(|line| line.contains(words)).unwrap();
        assert!(line.contains("--never-voted"), "{line}");
        let status = network.status(name).unwrap();
        assert_eq!(status["height"], 0, "{name}: {status}");
        assert_eq!(status["validator"], false, "{name}: {status}");
    }

    for name in voters() {
        network.terminate(name);
        network.take_log(name);
    }
    for name in voters() {
        network.begin_saying(name, &["--never-voted"]);
    }
    for name in voters() {
        network.wait_ready(name);
        assert_eq!(standing(&network, name), "voting");
        let log = network.node(name).log();
        assert!(!log.contains("abstains"), "{log}");
    }
    captured(&network, &documents(1)[0]);
    // what was said once is not said again
    network.terminate(VICTIM);
    network.restart(VICTIM);
    let status = network.status(VICTIM).unwrap();
    assert_eq!(status["validator"], true, "{status}");
    nobody_was_blocked(&network);
}

/// A network without its observer, in which every member captures at [`VICTIM`].
fn validators() -> Network {
    let mut all = members::members();
    for member in &mut all {
        VICTIM.clone_into(&mut member.home);
    }
    let mut network = Network::prepare_with(all);
    for name in voters() {
        network.begin(name);
    }
    for name in voters() {
        network.wait_ready(name);
    }
    network
}

fn voters() -> impl Iterator<Item = &'static str> {
    NODES.into_iter().filter(|name| *name != "observer")
}

fn documents(count: usize) -> Vec<Document> {
    let history = Plan::demo().history().unwrap().map(Result::unwrap);
    let ordinary = history.filter(|document| document.incident.is_none());
    ordinary.take(count).collect()
}

/// Hands a document to [`VICTIM`] until it is final; the node may begin again meanwhile.
fn captured(network: &Network, document: &Document) {
    let (file, begun) = (network.file(document), Instant::now());
    loop {
        let ran = network.capture(&document.sender.slug, &file);
        if ran.code == 0 {
            return;
        }
        assert!(begun.elapsed() < PATIENCE, "{ran:?}");
        std::thread::sleep(STEP);
    }
}

/// Waits for two more blocks.
fn goes_on(network: &Network, at: &str) {
    let (height, _) = network.heights(at).unwrap();
    network.wait_height(at, height + 2);
}

/// What a validator's data say of its votes.
fn standing(network: &Network, name: &str) -> String {
    let text = fs::read_to_string(network.node(name).dir.join("data/votes"));
    text.unwrap().trim().to_owned()
}

/// Moves the data away but for the note that this validator voted, as after a loss of the disk that held the rest.
fn lose_data(network: &Network, name: &str) {
    let dir = &network.node(name).dir;
    fs::rename(dir.join("data"), dir.join("data.away")).unwrap();
    fs::create_dir(dir.join("data")).unwrap();
    fs::copy(dir.join("data.away/votes"), dir.join("data/votes")).unwrap();
    assert_eq!(standing(network, name), "voting");
}

/// Starts a node that must not run. Its input is at its end, so that it would stop if it did.
fn refused(network: &Network, name: &str, arguments: &[&str], exit: i32, code: &str) {
    let dir = network.node(name).dir.to_str().unwrap();
    let first = ["--output", "json", "node", "run", dir, "--until-input-ends"];
    let ran = run_with(first.iter().chain(arguments), &[], b"");
    assert_eq!(ran.code, exit, "{ran:?}");
    let error = ran.error();
    assert_eq!(error["code"], code, "{ran:?}");
    let message = error["message"].as_str().unwrap();
    assert!(
        arguments.iter().all(|flag| message.contains(flag)),
        "{message}"
    );
    if code != "usage" {
        let remedy = error["remedy"].as_str().unwrap();
        assert!(remedy.contains("start the node without"), "{remedy}");
    }
}

/// None of them contradicted its own votes.
fn nobody_was_blocked(network: &Network) {
    for name in voters() {
        network.take_log(name);
        let log = network.whole_log(name);
        let line = log.lines().find(|line| line.contains("conflicting"));
        assert_eq!(line, None, "{name} blocked a peer");
    }
}
