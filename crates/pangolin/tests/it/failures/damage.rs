//! Files that do not hold what was written to them: the node recovers, or refuses, names the place and says what to do; and doing
//! so brings it back.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{
    agree,
    load::{self, Load},
};
use crate::support::Network;

pub(super) const VICTIM: &str = "validator-4";

/// Lines of a log in which the reason for the end stands.
const MESSAGE_LINES: usize = 16;

/// Times that one thing is moved away.
const MOVES: usize = 100;

/// What is done to a file.
#[derive(Clone, Copy, Debug)]
enum Harm {
    /// Bytes of its beginning are turned.
    Head,
    /// Bytes of its middle are turned.
    Middle,
    /// Its second half is gone.
    Half,
    /// Its last bytes are gone.
    Tail,
    /// A record follows that was not written to its end, as after a power cut.
    Torn,
}

impl Harm {
    fn to(self, path: &Path) {
        let mut bytes = fs::read(path).unwrap();
        let len = bytes.len();
        let turned = |from: usize| from..(from + 16).min(len);
        match self {
            Self::Head => bytes[turned(16)].iter_mut().for_each(|byte| *byte ^= 0xff),
            Self::Middle => bytes[turned(len / 2)]
                .iter_mut()
                .for_each(|byte| *byte ^= 0xff),
            Self::Half => bytes.truncate(len / 2),
            Self::Tail => bytes.truncate(len.saturating_sub(7)),
            Self::Torn => bytes.extend([0x11; 7]),
        }
        fs::write(path, bytes).unwrap();
    }
}

/// Folders of the engine: state, tree, votes, blocks, certificates, positions.
const REFUSED: [(&str, Harm); 7] = [
    ("node-records-log_data", Harm::Half),
    ("node-rules-log_data", Harm::Head),
    ("node-records-tree-blobs", Harm::Half),
    ("node-blocks-key", Harm::Head),
    ("node-finalizations-value", Harm::Half),
    ("node-marshal-application-metadata", Harm::Head),
    ("node-consensus", Harm::Head),
];

/// Damage that may be mended from the rest, or refused; never believed.
const EITHER: [(&str, Harm); 4] = [
    ("node-consensus", Harm::Torn),
    ("node-blocks-value", Harm::Tail),
    ("node-records-log_data", Harm::Tail),
    ("node-rules-tree-blobs", Harm::Middle),
];

pub(super) fn files_of_the_chain(network: &mut Network, load: &Load) {
    network.terminate(VICTIM);
    let chain = network.node(VICTIM).dir.join("data/chain");
    for (folder, harm) in REFUSED {
        let file = newest(&chain.join(folder));
        let before = fs::read(&file).unwrap();
        harm.to(&file);
        let log = refused(network, VICTIM);
        says(
            &log,
            &[
                "[chain-damaged]",
                "data/chain",
                "do: move",
                "does not hold what this node wrote",
            ],
        );
        // the node has not run since, so this is no older copy
        fs::write(&file, before).unwrap();
    }
    for (folder, harm) in EITHER {
        let file = newest(&chain.join(folder));
        harm.to(&file);
        network.take_log(VICTIM);
        network.begin(VICTIM);
        if network.ready_or_ended(VICTIM) {
            agree(network);
            network.terminate(VICTIM);
            eprintln!("{folder} {harm:?}: recovered");
        } else {
            says(&network.take_log(VICTIM), &["[chain-damaged]", "do: move"]);
            eprintln!("{folder} {harm:?}: refused");
            as_it_says(&chain);
            begins_anew(network);
            network.terminate(VICTIM);
        }
    }
    // the remedy once for certain
    as_it_says(&chain);
    begins_anew(network);
    load.wait_more(1);
}

/// Starts the node without its chain: it gets all of it from its peers, abstains for a while, votes again.
fn begins_anew(network: &mut Network) {
    network.take_log(VICTIM);
    network.restart(VICTIM);
    network.wait_votes(VICTIM);
    let log = network.node(VICTIM).log();
    assert!(log.contains("record of its votes is not in"), "{log}");
    agree(network);
}

/// Databases beside the chain.
pub(super) fn files_beside_the_chain(network: &mut Network, load: &Load) {
    for (file, code) in [
        ("evidence.sqlite", "evidence-damaged"),
        ("index.sqlite", "index-damaged"),
        ("capture/jobs.sqlite", "jobs-damaged"),
    ] {
        network.terminate(VICTIM);
        let path = network.node(VICTIM).dir.join("data").join(file);
        let log_file = beside(&path, "-wal");
        if log_file.exists() {
            fs::write(&log_file, b"").unwrap();
        }
        fs::write(&path, vec![0x5a; 8_192]).unwrap();
        let log = refused(network, VICTIM);
        says(&log, &[&format!("[{code}]"), file, "do: move"]);
        for ending in ["", "-wal", "-shm"] {
            as_it_says(&beside(&path, ending));
        }
        network.restart(VICTIM);
        agree(network);
    }
    load.wait_more(1);
    let (height, _) = network.heights(VICTIM).unwrap();
    network.wait_height(VICTIM, height);
}

/// What an operator wrote or keeps: configuration, genesis, keys.
pub(super) fn files_of_the_operator(network: &mut Network) {
    network.terminate(VICTIM);
    let dir = network.node(VICTIM).dir.clone();
    let genesis = network.genesis();
    let good = fs::read_to_string(&genesis).unwrap();
    let config = fs::read_to_string(dir.join("node.toml")).unwrap();
    // the file of the network stays: this node gets a copy of its own
    let own = config.replace("../genesis.json", "genesis.json");
    fs::write(dir.join("genesis.json"), &good).unwrap();
    let secret = fs::read_to_string(dir.join("node.key")).unwrap();
    let share = fs::read_to_string(dir.join("share.key")).unwrap();
    let other = if secret.starts_with('0') { "1" } else { "0" };
    let cases = [
        (
            "genesis.json",
            good.replace("validator-1", "validator-9"),
            vec!["[genesis-changed]", "genesis.json", "do: "],
        ),
        (
            "genesis.json",
            good[..good.len() / 2].to_owned(),
            vec!["genesis.json is not a genesis file"],
        ),
        (
            "node.key",
            "what was it".to_owned(),
            vec!["[secret-damaged]", "node.key", "do: "],
        ),
        (
            "node.key",
            format!("{other}{}", &secret[1..]),
            vec!["not one of the validators"],
        ),
        (
            "share.key",
            share[..share.len() / 2].to_owned(),
            vec!["[secret-damaged]", "share.key", "do: "],
        ),
        (
            "node.toml",
            own.replace("[[peer]]", "[[pear]]"),
            vec!["node.toml is not a node configuration", "pear"],
        ),
        (
            "node.toml",
            own[..own.len() / 2].to_owned(),
            vec!["node.toml"],
        ),
    ];
    fs::write(dir.join("node.toml"), &own).unwrap();
    for (file, content, expect) in cases {
        let before = fs::read(dir.join(file)).unwrap();
        fs::write(dir.join(file), content).unwrap();
        let log = refused(network, VICTIM);
        says(&log, &expect);
        fs::write(dir.join(file), before).unwrap();
    }
    fs::write(dir.join("node.toml"), config).unwrap();
    network.restart(VICTIM);
    agree(network);
}

/// A validator that lost everything but its keys fetches state instead of replaying, with an index that begins there; with the old
/// index it says what to do.
pub(super) fn state_from_peers(network: &mut Network) {
    network.terminate(VICTIM);
    let dir = network.node(VICTIM).dir.clone();
    let config = fs::read_to_string(dir.join("node.toml")).unwrap();
    let fetching = config.replace("sync_state = false", "sync_state = true");
    assert_ne!(config, fetching);
    fs::write(dir.join("node.toml"), fetching).unwrap();
    load::goes_on_without(network, VICTIM);
    as_it_says(&dir.join("data/chain"));
    let log = refused(network, VICTIM);
    says(
        &log,
        &["the index needs block", "[index-damaged]", "do: move"],
    );
    for ending in ["", "-wal", "-shm"] {
        as_it_says(&beside(&dir.join("data/index.sqlite"), ending));
    }
    begins_anew(network);
    let (height, _) = network.heights(VICTIM).unwrap();
    network.wait_height(VICTIM, height + 1);
    // back to the whole history, so that it can be asked for all of it
    network.terminate(VICTIM);
    fs::write(dir.join("node.toml"), config).unwrap();
    as_it_says(&dir.join("data/chain"));
    for ending in ["", "-wal", "-shm"] {
        as_it_says(&beside(&dir.join("data/index.sqlite"), ending));
    }
    begins_anew(network);
}

/// Starts a node that must not run; what it said.
fn refused(network: &mut Network, name: &str) -> String {
    network.take_log(name);
    network.begin(name);
    let status = network.wait_end(name);
    let log = network.take_log(name);
    assert!(matches!(status.code(), Some(1 | 2)), "{status:?}: {log}");
    log
}

fn says(log: &str, expect: &[&str]) {
    let last: Vec<&str> = log.lines().rev().take(MESSAGE_LINES).collect();
    let last = last.join("\n");
    for words in expect {
        assert!(last.contains(words), "{words:?}:\n{log}");
    }
    assert!(!last.contains("panicked"), "{log}");
    if let Some(line) = log.lines().find(|line| line.contains("the node ")) {
        eprintln!("{line}");
    }
}

/// Moves a file or folder away, as the messages say.
fn as_it_says(path: &Path) {
    if path.exists() {
        let away = (0..MOVES).map(|i| beside(path, &format!(".away-{i}")));
        let away = away.into_iter().find(|away| !away.exists());
        fs::rename(path, away.unwrap()).unwrap();
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The file of a folder that is written to at present.
fn newest(folder: &Path) -> PathBuf {
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files.max().unwrap()
}
