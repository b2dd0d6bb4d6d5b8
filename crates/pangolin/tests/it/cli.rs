//! Black box: what the program does without any network.

use std::{fs, net::TcpListener, os::unix::fs::PermissionsExt as _};

use crate::support::{self, Directory, run, run_with};

#[test]
fn the_help_of_the_program() {
    let ran = run(["--help"]);
    assert_eq!(ran.code, 0);
    insta::assert_snapshot!("help", ran.stdout);
    let ran = run(["capture", "--help"]);
    insta::assert_snapshot!("help_capture", ran.stdout);
    let ran = run(["chains", "suspend", "--help"]);
    insta::assert_snapshot!("help_chains_suspend", ran.stdout);
}

#[test]
fn every_command_has_a_page_examples_and_exit_codes() {
    let dir = Directory::new();
    let pages = dir.path().join("man1");
    let ran = run(["man", "--dir", pages.to_str().unwrap()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut names: Vec<String> = fs::read_dir(&pages)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for expect in [
        "pangolin.1",
        "pangolin-capture.1",
        "pangolin-order-recall.1",
        "pangolin-verify-product.1",
    ] {
        assert!(
            names.iter().any(|name| name == expect),
            "{expect}: {names:?}"
        );
    }
    for name in &names {
        let page = fs::read_to_string(pages.join(name)).unwrap();
        for expect in [".TH", "Examples:", "Exit codes:"] {
            assert!(page.contains(expect), "{name}: {expect}");
        }
    }
    for words in [
        vec!["capture"],
        vec!["verify-product"],
        vec!["order", "release"],
        vec!["node", "run"],
        vec!["genesis", "show"],
    ] {
        let ran = run(words.iter().chain(&["--help"]));
        assert!(
            ran.stdout.contains("Examples:") && ran.stdout.contains("Exit codes:"),
            "{words:?}"
        );
    }
}

#[test]
fn completions_know_every_command() {
    for shell in ["bash", "zsh", "fish"] {
        let ran = run(["completions", shell]);
        assert_eq!(ran.code, 0);
        for expect in ["capture", "verify-product", "trusted-dealer"] {
            assert!(ran.stdout.contains(expect), "{shell}: {expect}");
        }
    }
}

#[test]
fn what_is_not_understood_is_an_error_in_the_form_that_was_asked_for() {
    let ran = run(["capture"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("error: "), "{ran:?}");
    for args in [
        ["--output", "json", "capture"],
        ["--output=json", "trace", "--no-such"],
    ] {
        let ran = run(args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert_eq!(ran.error()["code"], "usage");
    }
    assert_eq!(run(["--version"]).code, 0);
}

#[test]
fn errors_have_a_stable_shape() {
    let ran = run([
        "--output",
        "json",
        "verify",
        "/no/such/file",
        "--genesis",
        "/no/such/genesis",
    ]);
    assert_eq!(ran.code, 2);
    let members: Vec<String> = ran.error().as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        members,
        ["causes", "code", "message", "place", "remedy", "status"]
    );
}

#[test]
fn keys_are_made_once_and_readable_by_their_owner_only() {
    let dir = Directory::new();
    let file = dir.path().join("our.key");
    let path = file.to_str().unwrap();
    let made = run(["--output", "json", "keys", "new", path]);
    assert_eq!(made.code, 0, "{made:?}");
    let public = made.value()["public_key"].as_str().unwrap().to_owned();
    assert_eq!(public.len(), 64);
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(run(["keys", "show", path]).stdout.contains(&public));
    assert_eq!(
        run(["keys", "new", path]).code,
        2,
        "an existing key is never overwritten"
    );
    fs::write(&file, "not a key").unwrap();
    let bad = run(["keys", "show", path]);
    assert_eq!(bad.code, 2);
    assert!(
        bad.stderr.contains("does not hold an ed25519 secret key"),
        "{bad:?}"
    );
}

#[test]
fn a_genesis_is_dealt_once_and_shown() {
    let dir = Directory::new();
    let base = dir.path().join("network");
    let base = base.to_str().unwrap();
    let members = dir.path().join("members.toml");
    fs::write(
        &members,
        support::members::toml(&support::members::members()),
    )
    .unwrap();
    let deal = [
        "genesis",
        "trusted-dealer",
        base,
        "--first-port",
        "20000",
        "--members",
        members.to_str().unwrap(),
    ];
    let made = run(deal);
    assert_eq!(made.code, 0, "{made:?}");
    assert!(made.stderr.contains("DEVELOPMENT ONLY"), "{made:?}");
    assert!(run(deal).stderr.contains("holds a network already"));

    let genesis = format!("{base}/genesis.json");
    let text = run(["genesis", "show", &genesis]);
    for expect in [
        "TRUSTED DEALER",
        "validator-4",
        "Acmegen",
        "manufacturer",
        "labeler",
    ] {
        assert!(text.stdout.contains(expect), "{expect}: {text:?}");
    }
    let json = run(["--output", "json", "genesis", "show", &genesis]).value();
    let names: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        [
            "chain",
            "chain_key",
            "key_origin",
            "members",
            "name",
            "profile",
            "validators"
        ]
    );

    let forged = format!("{base}/forged.json");
    let bytes = fs::read_to_string(&genesis).unwrap();
    fs::write(&forged, bytes.replace("validator-1", "validator-9")).unwrap();
    fs::write(format!("{base}/garbage.json"), "{").unwrap();
    let garbage = run(["genesis", "show", &format!("{base}/garbage.json")]);
    assert_eq!(garbage.code, 2);
    // a proof that is none is not verified: a no, and not a question that could not be asked
    let proof = run([
        "verify",
        &format!("{base}/garbage.json"),
        "--genesis",
        &genesis,
    ]);
    assert_eq!(proof.code, 1);
    assert!(
        proof.stdout.starts_with("NOT VERIFIED [proof-syntax]"),
        "{proof:?}"
    );
    assert!(proof.stdout.contains("at line 1 column 1"), "{proof:?}");
    for (words, code, place) in [
        (
            vec!["genesis", "show", &format!("{base}/garbage.json")],
            "genesis-syntax",
            "line 1, column 1",
        ),
        (
            vec!["keys", "show", &format!("{base}/garbage.json")],
            "key-syntax",
            "garbage.json",
        ),
        (
            vec!["status", "--node", "localhost:4105"],
            "client-setup",
            "",
        ),
        (vec!["status", "--ca", &genesis], "client-setup", ""),
        (vec!["keys", "new", &genesis], "file", ""),
        (deal.to_vec(), "directory-taken", "network"),
    ] {
        let ran = run(["--output", "json"].iter().chain(&words));
        let error = ran.error();
        assert_eq!(error["code"], code, "{words:?}: {ran:?}");
        assert!(error["remedy"].is_string(), "{words:?}: {ran:?}");
        assert!(
            error["place"].as_str().unwrap_or_default().ends_with(place),
            "{words:?}: {ran:?}"
        );
    }
}

#[test]
fn a_node_without_its_files_says_which_is_missing() {
    let dir = Directory::new();
    let ran = run(["node", "run", dir.path().to_str().unwrap()]);
    assert_eq!(ran.code, 1);
    for expect in [
        "node.toml",
        "pangolin node init",
        "No such file",
        "[file]",
        "; do: ",
    ] {
        assert_eq!(ran.stderr.matches(expect).count(), 1, "{expect}: {ran:?}");
    }
    assert_eq!(ran.stderr.lines().count(), 1, "it is said once: {ran:?}");
    let ran = run([
        "--output",
        "json",
        "node",
        "run",
        dir.path().to_str().unwrap(),
    ]);
    assert_eq!(ran.error()["code"], "file", "{ran:?}");
    assert_eq!(ran.stderr.lines().count(), 1, "it is said once: {ran:?}");
    // whoever keeps no log is told all the same
    let quiet = run_with(
        ["node", "run", dir.path().to_str().unwrap()],
        &[("RUST_LOG", "off")],
        b"",
    );
    assert!(quiet.stderr.starts_with("error [file]"), "{quiet:?}");
}

#[test]
fn the_demonstration_names_the_port_that_is_taken_and_keeps_what_is_not_its_own() {
    let dir = Directory::new();
    let first = support::directory::free_ports(10);
    let taken = TcpListener::bind(("127.0.0.1", first + 6)).unwrap();
    let place = dir.path().join("demo");
    let args = [
        "demo",
        "--dir",
        place.to_str().unwrap(),
        "--first-port",
        &first.to_string(),
    ];
    let ran = run(args);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains(&format!("port {} is taken", first + 6)),
        "{ran:?}"
    );
    assert!(!place.exists(), "nothing was written");
    drop(taken);
    fs::create_dir(&place).unwrap();
    fs::write(place.join("mine"), "x").unwrap();
    let ran = run(args);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("no demonstration made"), "{ran:?}");
    assert_eq!(fs::read(place.join("mine")).unwrap(), b"x");
}

#[test]
fn a_node_names_the_port_that_is_taken_before_anything_starts() {
    let dir = Directory::new();
    let base = dir.path().join("network");
    let first = support::directory::free_ports(4);
    let port = first.to_string();
    let made = run([
        "genesis",
        "trusted-dealer",
        base.to_str().unwrap(),
        "--validators",
        "1",
        "--first-port",
        &port,
    ]);
    assert_eq!(made.code, 0, "{made:?}");
    let node = base.join("validator-1");
    // peers of both nodes, then the interfaces of both
    for (place, setting) in [(first, "listen"), (first + 2, "http")] {
        let _taken = TcpListener::bind(("127.0.0.1", place)).unwrap();
        let ran = run(["--output", "json", "node", "run", node.to_str().unwrap()]);
        assert_eq!(ran.code, 1, "{ran:?}");
        let error = ran.error();
        assert_eq!(error["code"], "port-taken", "{ran:?}");
        assert_eq!(error["place"], format!("127.0.0.1:{place}"));
        let remedy = error["remedy"].as_str().unwrap();
        for expect in [
            format!("sport = :{place}"),
            format!("change `{setting}` in"),
            "node.toml".into(),
        ] {
            assert!(remedy.contains(&expect), "{expect}: {remedy}");
        }
        assert!(!ran.stderr.contains("panicked"), "{ran:?}");
        let ran = run(["node", "run", node.to_str().unwrap()]);
        let said = format!("cannot listen on 127.0.0.1:{place}");
        assert_eq!(ran.stderr.matches(&said).count(), 1, "{ran:?}");
        assert!(ran.stderr.contains("[port-taken]; do: "), "{ran:?}");
    }
    assert!(!node.join("data/chain").exists(), "nothing was started");
}

#[test]
fn first_ports_that_do_not_fit_are_refused_before_anything_is_written() {
    let dir = Directory::new();
    let base = dir.path().join("network");
    let place = base.to_str().unwrap();
    for args in [
        ["demo", "--dir", place, "--first-port", "65530"],
        ["bench", "latency", "--first-port", "65530", "--indexed"],
        ["genesis", "trusted-dealer", place, "--first-port", "65530"],
    ] {
        let ran = run(args);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(
            ran.stderr.contains("error [usage] at --first-port: "),
            "{ran:?}"
        );
        assert!(!base.exists(), "{args:?}");
    }
    // zero: free ones, which are written down
    let made = run(["genesis", "trusted-dealer", place, "--first-port", "0"]);
    assert_eq!(made.code, 0, "{made:?}");
    assert!(!made.stdout.contains(":0\n"), "{made:?}");
}
