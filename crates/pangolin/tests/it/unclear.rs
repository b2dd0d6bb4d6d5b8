//! Black box: what was sent may have been taken although no node said so. That is no "no", and it is asked later.

use std::process::Command;

use pangolin_ledger::{SignedTransaction, Wire as _};

use crate::support::{
    Directory, Ran, run,
    scripted::{Request, Scripted, answer},
};

/// Height of the scripted node's chain.
const HEIGHT: u64 = 7;

fn status() -> String {
    let zero = "00".repeat(32);
    let body = serde_json::json!({
        "node": {"name": "n", "key": zero}, "chain": zero, "chainName": "c", "height": HEIGHT,
        "time": "2026-01-05T13:00:00Z", "blockAgeMs": 1, "block": zero, "recordsRoot": zero, "rulesRoot": zero,
        "validator": true, "validators": [], "waitingTransactions": 0, "waitingBytes": 0, "profile": "1@1",
        "profileName": "p", "version": "1", "development": true,
    });
    answer("200 OK", "", &body.to_string())
}

/// A node that answers what is asked and, to what is handed in, whatever the test says.
fn node(handed_in: Option<String>) -> Scripted {
    Scripted::new(move |request: &Request| {
        let head = &request.head;
        if head.starts_with("POST ") {
            handed_in.clone()
        } else if head.starts_with("GET /status ") {
            Some(status())
        } else if head.starts_with("GET /orders?") {
            Some(answer("200 OK", "", r#"{"orders": [], "height": 7}"#))
        } else {
            let gone = r#"{"code": "unknown-order", "status": 404, "detail": "none"}"#;
            Some(answer("404 Not Found", "", gone))
        }
    })
}

struct Officer {
    dir: Directory,
}

impl Officer {
    fn new() -> Self {
        let dir = Directory::new();
        let officer = Self { dir };
        assert_eq!(run(["keys", "new", &officer.key()]).code, 0);
        officer
    }

    /// A name that a shell takes apart unless it is quoted.
    fn key(&self) -> String {
        let path = self.dir.path().join("officer's key");
        path.to_str().unwrap().to_owned()
    }

    fn hold(&self, url: &str, more: &[&str]) -> Ran {
        let key = self.key();
        let args = [
            "order",
            "hold",
            "(01)00301430957019(21)7",
            "--basis",
            "b",
            "--party",
            "0301430000005",
            "--key",
            &key,
            "--node",
            url,
        ];
        run(args.iter().chain(more))
    }
}

/// What the node was given: the transaction's identity and its last block.
fn given(node: &Scripted) -> (String, u64) {
    let posts = node.requests("POST /transactions");
    assert_eq!(posts.len(), 1, "it is sent once");
    let signed = SignedTransaction::from_bytes(&posts[0].body).unwrap();
    (signed.id().to_string(), signed.tx().valid_until.0)
}

#[test]
fn an_order_whose_outcome_is_unknown_is_not_refused() {
    let officer = Officer::new();
    let html = |status| Some(answer(status, "", "<html>proxy</html>"));
    let failed = r#"{"code": "internal", "status": 500, "detail": "the node failed"}"#;
    for handed_in in [
        html("500 Internal Server Error"),
        html("502 Bad Gateway"),
        html("503 Service Unavailable"),
        html("504 Gateway Timeout"),
        html("302 Found"),
        Some(answer("500 Internal Server Error", "", failed)),
        // an answer that breaks off, one that is none, and none at all
        Some("HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n[".into()),
        html("200 OK"),
        None,
    ] {
        let node = node(handed_in.clone());
        let text = officer.hold(&node.url, &[]);
        let (id, until) = given(&node);
        assert_eq!(until, HEIGHT + 1_000);
        assert_eq!((text.code, text.stdout.as_str()), (2, ""), "{text:?}");
        for expect in [
            format!("error [outcome-unknown] at /orders/{id}: order {id} may have been submitted"),
            format!("up to block {until}"),
            "  do: ask later: ".to_owned(),
        ] {
            assert!(text.stderr.contains(&expect), "{expect}: {text:?}");
        }
        // the command works as it is printed: the same node, signed by the same key
        let (_, later) = text.stderr.trim_end().split_once("ask later: ").unwrap();
        let asked = Command::new("sh").args(["-c", later]).output().unwrap();
        assert_eq!(asked.status.code(), Some(1), "unknown yet: {asked:?}");
        let asked = node.requests(&format!("GET /orders/{id} "));
        assert_eq!(asked.len(), 1, "{later}");
        assert!(asked[0].head.to_lowercase().contains("\nsignature: "));
    }
}

#[test]
fn programs_learn_what_may_have_been_submitted() {
    let officer = Officer::new();
    let node = node(None);
    let ran = officer.hold(&node.url, &["--output", "json"]);
    let (id, until) = given(&node);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    let error = ran.error();
    assert_eq!(error["code"], "outcome-unknown", "{error}");
    let submitted = &error["submitted"];
    assert_eq!(submitted["transaction"], id.as_str(), "{error}");
    assert_eq!(submitted["validUntil"], until, "{error}");
    let later = submitted["askLater"].as_str().unwrap();
    for expect in [&format!("order show {id}"), &node.url, "--key "] {
        assert!(later.contains(expect), "{expect}: {later}");
    }
    assert_eq!(error["remedy"], format!("ask later: {later}"));
}

#[test]
fn what_was_certainly_not_taken_is_told_from_it() {
    let officer = Officer::new();
    let problem = |status: &str, code: &str| {
        let body = format!(r#"{{"code": "{code}", "status": 1, "detail": "d"}}"#);
        Some(answer(status, "", &body))
    };
    let taken = |state: &str, code: &str| {
        let body =
            format!(r#"[{{"id": "ab", "state": "{state}", "code": "{code}", "detail": "d"}}]"#);
        Some(answer("200 OK", "", &body))
    };
    for (handed_in, code, says) in [
        (
            problem("401 Unauthorized", "unknown-key"),
            1,
            "[unknown-key]",
        ),
        (
            problem("503 Service Unavailable", "queue-full"),
            2,
            "[queue-full]",
        ),
        (
            Some(answer("413 Payload Too Large", "", "")),
            2,
            "[http-status]",
        ),
        (taken("not-taken", "bad-signature"), 1, ""),
        (taken("not-taken", "queue-full"), 2, ""),
        (taken("refused", "role-missing"), 1, ""),
    ] {
        let ran = officer.hold(&node(handed_in).url, &[]);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(ran.stderr.contains(says), "{says}: {ran:?}");
        assert!(!ran.stderr.contains("outcome-unknown"), "{ran:?}");
    }
}

#[test]
fn the_command_that_asks_for_the_proof_goes_to_the_same_node() {
    let officer = Officer::new();
    let done = r#"[{"id": "ab", "state": "final", "height": 9}]"#;
    let node = node(Some(answer("200 OK", "", done)));
    let ran = officer.hold(&node.url, &[]);
    let (id, _) = given(&node);
    assert_eq!(ran.code, 0, "{ran:?}");
    let (_, proof) = ran.stdout.trim_end().split_once("\n  proof: ").unwrap();
    let place = officer.dir.path();
    let mut asking = Command::new("sh");
    let asked = asking
        .args(["-c", proof])
        .current_dir(place)
        .output()
        .unwrap();
    assert_eq!(asked.status.code(), Some(1), "{asked:?}");
    let asked = node.requests(&format!("GET /proofs/receipt/{id} "));
    assert_eq!(asked.len(), 1, "{proof}");
    assert!(asked[0].head.to_lowercase().contains("\nsignature: "));
}

#[test]
fn a_document_that_may_have_been_taken_is_handed_in_again() {
    let dir = Directory::new();
    let file = dir.path().join("a.xml");
    std::fs::write(&file, "<epcis/>").unwrap();
    for handed_in in [None, Some(answer("502 Bad Gateway", "", "proxy"))] {
        let node = node(handed_in);
        let ran = run(["capture", file.to_str().unwrap(), "--node", &node.url]);
        assert_eq!(ran.code, 2, "{ran:?}");
        for expect in [
            "error [not-handed-in] at /capture: ",
            "may have taken the document",
            "do: hand it in again",
        ] {
            assert!(ran.stderr.contains(expect), "{expect}: {ran:?}");
        }
    }
}

fn verify_product(url: &str) -> Ran {
    run([
        "verify-product",
        "00301430957019",
        "7",
        "--lot",
        "A",
        "--exp",
        "991399",
        "--req-gln",
        "0366159000019",
        "--patience",
        "0",
        "--node",
        url,
    ])
}

#[test]
fn a_question_about_a_pack_without_an_answer_is_not_an_answer() {
    for (status, code) in [
        ("400 Bad Request", "bad-expiry"),
        ("401 Unauthorized", "unknown-requester"),
        ("403 Forbidden", "too-many-guesses"),
        ("404 Not Found", "no-responder"),
        ("503 Service Unavailable", "too-many-requests"),
    ] {
        let headers = format!("pangolin-code: {code}\r\npangolin-remedy: r\r\n");
        let text = answer(status, &headers, "");
        let ran = verify_product(&Scripted::new(move |_| Some(text.clone())).url);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
        assert!(ran.stderr.contains(&format!("[{code}]")), "{ran:?}");
    }
    let node = Scripted::new(|request| {
        let id = request.head.split_once("corrUUID=").unwrap().1;
        let id = id.split([' ', '&']).next().unwrap();
        let body = format!(
            r#"{{"data": {{"verified": false}}, "corrUUID": "{id}", "responderGLN": "0301430000005", "verificationTimestamp": "t"}}"#
        );
        Some(answer("200 OK", "", &body))
    });
    let ran = verify_product(&node.url);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.starts_with("NOT VERIFIED"), "{ran:?}");
}

#[test]
fn who_cannot_connect_is_not_sent_to_connect() {
    let ran = run(["status", "--node", "http://127.0.0.1:1"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let (_, remedy) = ran.stderr.split_once("  do: ").unwrap();
    assert!(!remedy.contains("pangolin status"), "{remedy}");
    assert!(
        remedy.contains("the node at http://127.0.0.1:1 runs"),
        "{remedy}"
    );
    // nor is who asks a node that something else answers for
    let node = Scripted::new(|_| Some(answer("404 Not Found", "", "<html>")));
    let ran = run(["status", "--node", &node.url]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("not one of a Pangolin node"), "{ran:?}");
}
