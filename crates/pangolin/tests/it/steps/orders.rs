//! Orders: issued by the maker's key, seen by everybody, released.

use super::reading::Pack;
use crate::support::{Network, run};

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
    assert!(
        unsigned.stderr.contains("--party ID and --key FILE"),
        "{unsigned:?}"
    );

    let release = [
        "order",
        "release",
        order,
        "--basis",
        "21 CFR 7.55",
        "--party",
        &maker.id,
    ];
    let ran = network.ask_as(&pack.maker, &home, &release);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.starts_with("final in block"), "{ran:?}");
}
