//! Orders: issued by the maker's key, seen by everybody, released.

use std::process::{Command, Stdio};

use pangolin_sandbox::industry::Document;

use super::reading::Pack;
use crate::support::{NODES, Network, PROGRAM, Ran, run};

/// The proven status of a pack of the lot says which order is in force, on what, since when and why.
fn a_proof_names_the_order(network: &Network, pack: &Pack, order: &str) {
    let genesis = network.genesis();
    let file = network.dir.path().join("recalled.json");
    let (path, genesis) = (file.to_str().unwrap(), genesis.to_str().unwrap());
    let args = ["proof", "status", &pack.epc, "--out", path];
    let got = network.ask("observer", &args);
    assert_eq!(got.code, 0, "{got:?}");
    let text = run(["verify", path, "--genesis", genesis]);
    assert_eq!(text.code, 0, "{text:?}");
    let maker = network.member(&pack.maker);
    let lot = format!("on its lot (lot {} of GTIN {})", pack.lot, pack.gtin);
    for expect in [
        lot.as_str(),
        ", in force since block ",
        &maker.name,
        "reason: class I recall (code ",
        "legal basis: 21 CFR 7.46",
        order,
        "ATTENTION: a hold or recall concerns this object",
    ] {
        assert!(text.stdout.contains(expect), "{expect}: {text:?}");
    }
    let json = run(["--output", "json", "verify", path, "--genesis", genesis]).value();
    let orders = json["orders"].as_array().unwrap();
    let found = orders.iter().find(|found| found["order"] == order).unwrap();
    assert_eq!(
        (&found["kind"], &found["on"]),
        (&"recall".into(), &"lot".into())
    );
    assert_eq!(found["exempted"], false);
    assert!(found["since"].is_u64(), "{found}");
    assert!(found["reasonCode"].is_u64(), "{found}");
}

pub(crate) fn a_recall_is_issued_seen_and_released(network: &Network, pack: &Pack) {
    let maker = network.member(&pack.maker);
    let home = network.home(&pack.maker).name.clone();
    let lot = format!("(01){}(10){}", pack.gtin, pack.lot);
    let recall = |reason| {
        let args = [
            "--output",
            "json",
            "order",
            "recall",
            &lot,
            "--basis",
            "21 CFR 7.46",
            "--reason",
            reason,
            "--party",
            &maker.id,
        ];
        network.ask_as(&pack.maker, &home, &args)
    };
    let ran = recall("because");
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(ran.error()["code"], "usage");
    let ran = recall("recall-class-1");
    assert_eq!(ran.code, 0, "{ran:?}");
    let sent = ran.value();
    assert_eq!(sent["state"], "final", "{sent}");
    let order = sent["id"].as_str().unwrap();
    network.wait_height("observer", sent["height"].as_u64().unwrap());

    assert_eq!(sent["warnings"], serde_json::json!([]), "{sent}");

    // the same again is taken, and said
    let second = recall("recall-class-1");
    let warnings = second.value()["warnings"].clone();
    assert_eq!(warnings[0]["code"], "same-order", "{second:?}");
    assert!(
        warnings[0]["message"].as_str().unwrap().contains(order),
        "{second:?}"
    );
    assert_eq!(second.stderr, "", "{second:?}");
    // so is a lot of which nothing is known
    let nothing = format!("(01){}(10)NEVERMADE", pack.gtin);
    let args = [
        "order", "recall", &nothing, "--basis", "x", "--party", &maker.id,
    ];
    let unknown = network.ask_as(&pack.maker, &home, &args);
    assert_eq!(unknown.code, 0, "{unknown:?}");
    let expect = "warning [not-known-yet]: no object of this lot is known yet";
    assert!(unknown.stderr.starts_with(expect), "{unknown:?}");
    assert_eq!(unknown.stderr.lines().count(), 1, "{unknown:?}");

    let list = network.ask("observer", &["order", "list", "--state", "active"]);
    assert_eq!(list.code, 0, "{list:?}");
    for expect in ["active", "recall", &pack.lot, order, "as of block"] {
        assert!(list.stdout.contains(expect), "{expect}: {list:?}");
    }
    let shown = network.ask("observer", &["order", "show", order]);
    assert!(shown.stdout.contains("21 CFR 7.46"), "{shown:?}");
    let json = network.ask("observer", &["--output", "json", "order", "show", order]);
    assert_eq!(json.value()["state"], "active");
    let verified = pack.verify(network, &pack.lot);
    assert_eq!(verified.code, 1, "{verified:?}");
    assert!(verified.stdout.contains("it is recalled"), "{verified:?}");

    a_proof_names_the_order(network, pack, order);

    // nobody orders without an officer's key
    let unsigned = run([
        "order",
        "release",
        order,
        "--basis",
        "x",
        "--node",
        "http://127.0.0.1:1",
    ]);
    assert_eq!(unsigned.code, 2, "{unsigned:?}");
    for expect in ["--key <FILE>", "required"] {
        assert!(unsigned.stderr.contains(expect), "{expect}: {unsigned:?}");
    }

    // whose key it is, the node knows
    let release = ["order", "release", order, "--basis", "21 CFR 7.55"];
    let ran = network.ask_as(&pack.maker, &home, &release);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.starts_with("final in block"), "{ran:?}");
    // about the order, and not about the transaction that released it
    assert!(ran.stdout.contains(&format!("order {order}")), "{ran:?}");
}

/// Two validators are away: whoever waits learns why, and how to ask later; that works when they are back.
pub(crate) fn who_waits_without_a_quorum_is_told(
    network: &mut Network,
    pack: &Pack,
    document: &Document,
) {
    let maker = network.member(&pack.maker).id.clone();
    let home = network.home(&pack.maker).name.clone();
    let sender = document.sender.slug.clone();
    let second_home = network.home(&sender).name.clone();
    let away: Vec<&str> = NODES[..4]
        .iter()
        .copied()
        .filter(|name| *name != home && *name != second_home)
        .take(2)
        .collect();
    for name in &away {
        network.kill(name);
    }
    let order = [
        "order", "hold", &pack.epc, "--basis", "x", "--party", &maker,
    ];
    let given = |more: &[&'static str]| [&order, more].concat();
    let ran = network.ask_as(&pack.maker, &home, &given(&["--wait", "7"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    for expect in [
        "submitted as order ",
        ", waiting for finality",
        "still waiting after ",
        ": the chain stands still; it needs 3 of its 4 validators",
        away[0],
        "error [not-final] at /orders/",
    ] {
        assert!(ran.stderr.contains(expect), "{expect}: {ran:?}");
    }
    let json = given(&["--wait", "1", "--output", "json"]);
    let json = network.ask_as(&pack.maker, &home, &json);
    assert_eq!((json.code, json.stdout.as_str()), (2, ""), "{json:?}");
    assert_eq!(json.error()["code"], "not-final", "{json:?}");
    assert_eq!(json.stderr.lines().count(), 1, "{json:?}");

    let captured = interrupted_capture(network, &sender, document);
    assert_eq!(captured.code, 2, "{captured:?}");
    assert!(
        captured.stderr.starts_with("submitted as job "),
        "{captured:?}"
    );
    assert!(
        captured.stderr.contains("interrupted after"),
        "{captured:?}"
    );

    for name in &away {
        network.restart(name);
    }
    let followed = ask_later(&captured);
    assert_eq!(followed.status.code(), Some(0), "{followed:?}");
    let text = String::from_utf8(followed.stdout).unwrap();
    assert!(text.contains(": captured: "), "{text}");
    let (height, _) = network.heights(&home).unwrap();
    network.wait_height(&home, height + 1);
    let shown = ask_later(&ran);
    let text = String::from_utf8_lossy(&shown.stdout);
    assert!(text.contains("active"), "{shown:?}");
}

/// Runs the command that an error names.
fn ask_later(ran: &Ran) -> std::process::Output {
    let (_, command) = ran.stderr.trim_end().split_once("do: ask later: ").unwrap();
    Command::new("sh").args(["-c", command]).output().unwrap()
}

/// A capture that somebody ends with Ctrl-C once it says that it waits.
fn interrupted_capture(network: &Network, slug: &str, document: &Document) -> Ran {
    use std::io::{BufRead as _, Read as _};
    let mut child = Command::new(PROGRAM)
        .arg("capture")
        .arg(network.file(document))
        .args(["--node", &network.home(slug).url(), "--key"])
        .arg(network.key(slug))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut errors = std::io::BufReader::new(child.stderr.take().unwrap());
    let mut stderr = String::new();
    errors.read_line(&mut stderr).unwrap();
    let pid = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &pid])
            .status()
            .unwrap()
            .success()
    );
    errors.read_to_string(&mut stderr).unwrap();
    let output = child.wait_with_output().unwrap();
    Ran {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr,
    }
}
