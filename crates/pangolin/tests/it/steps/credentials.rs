//! Who asks, and who answers.

use pangolin_sandbox::industry::Document;

use crate::support::{Network, run};

pub(crate) fn who_is_not_known_is_told_what_to_do(network: &Network, document: &Document) {
    let file = network.file(document);
    let file = file.to_str().unwrap();
    let url = network.home(&document.sender.slug).url();
    let stranger = network.dir.path().join("stranger.key");
    let stranger = stranger.to_str().unwrap();
    assert_eq!(run(["keys", "new", stranger]).code, 0);

    let signed = [
        "--output", "json", "capture", file, "--node", &url, "--key", stranger,
    ];
    let ran = run(signed);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    let error = ran.error();
    assert_eq!(error["code"], "unknown-key");
    assert_eq!(error["status"], 401);
    assert!(
        error["remedy"]
            .as_str()
            .unwrap()
            .contains("pangolin keys show"),
        "{error}"
    );

    let ran = run(["capture", file, "--node", &url]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stderr.contains("[not-signed-in]") && ran.stderr.contains("--key"),
        "{ran:?}"
    );

    let ran = run(["order", "list", "--node", &url, "--token", "no-such-token"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("[unknown-token]"), "{ran:?}");

    // the key of one company does not speak for another
    let other = &network.members[1];
    let key = network.key(&document.sender.slug);
    let ran = run([
        "--output",
        "json",
        "capture",
        file,
        "--node",
        &url,
        "--key",
        key.to_str().unwrap(),
        "--party",
        &other.id,
    ]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert_eq!(ran.error()["code"], "not-your-party");
}

pub(crate) fn a_node_that_is_not_there_is_said_plainly() {
    let port = crate::support::directory::free_ports(1);
    let node = format!("http://127.0.0.1:{port}");
    let ran = run(["--output", "json", "status", "--node", &node]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let error = ran.error();
    assert_eq!(error["code"], "connection");
    assert!(
        error["remedy"].as_str().unwrap().contains("--node"),
        "{error}"
    );
    let ran = run(["status", "--node", "not an address"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("[client-setup]"), "{ran:?}");
}
