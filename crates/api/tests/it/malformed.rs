//! Addresses, headers, transactions and connections that are wrong: a clear answer, never a panic.

use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::common::{
    MAKER, NOW_MS, Node,
    documents::{commission, document},
    mutate::mutate,
};

#[tokio::test]
async fn hostile_addresses_and_headers_get_clear_answers() {
    let node = Node::new();
    for path in [
        "/nothing",
        "/events/%ff",
        "/epcs/%00",
        "/trace/x",
        "/trace/%22%3E%3Cscript%3E",
        "/lots/1/2/whereabouts",
        "/lots/00300010123455/%20/whereabouts",
        "/proofs/receipt/xyz",
        "/proofs/status/x",
        "/transactions/xyz",
        "/orders/xyz",
        "/orders?state=x",
        "/parties/x",
        "/capture/%F0%9F%92%8A",
        "/events?a=%ff",
        "/capture?perPage=-1",
        "/trace/urn%3Aepc%3Aid%3Asgtin%3A030001.0012345.1?depth=9999",
        "/parties?after=%00",
    ] {
        let answer = node.get(MAKER, path).await;
        assert!(answer.status.is_client_error(), "{path} {}", answer.status);
        answer.code();
    }
    let long = format!("/events?MATCH_epc={}", "x".repeat(40_000));
    let answer = node.get(MAKER, &long).await;
    assert_eq!(
        (answer.status.as_u16(), answer.code().as_str()),
        (414, "uri-too-long")
    );
    for (method, path) in [("DELETE", "/capture"), ("PUT", "/events"), ("PATCH", "/")] {
        let answer = node.call(MAKER, method, path, &[], "").await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_str()),
            (405, "method-not-allowed")
        );
        assert!(answer.header("allow").contains("GET"), "{path}");
    }
    let headers = [("accept", "image/png")];
    assert_eq!(
        node.call(MAKER, "GET", "/events", &headers, "")
            .await
            .code(),
        "not-acceptable"
    );
}

#[tokio::test]
async fn mutated_transactions_are_refused() {
    let node = Node::new();
    let good = crate::common::signed(
        &node,
        crate::common::REGULATOR,
        pangolin_ledger::tx::Body::Order(crate::common::recall_lot("A")),
    );
    let mut random = ChaCha8Rng::seed_from_u64(7);
    for _ in 0..2_000 {
        let body = mutate(&good, &mut random);
        let changed = body != good;
        let answer = node.call(MAKER, "POST", "/transactions", &[], body).await;
        if changed && answer.status.is_success() {
            // something readable was in it, and was not taken
            assert!(
                answer
                    .json()
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|t| t["state"] == "not-taken" || t["state"] == "sent"),
                "{}",
                answer.text()
            );
        } else if changed {
            answer.code();
        }
    }
}

/// Sends bytes as they are to a node on a socket, ends the sending side if `end` says so, and gives what came back.
async fn raw(address: std::net::SocketAddr, bytes: &[u8], end: bool) -> String {
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    socket.write_all(bytes).await.unwrap();
    if end {
        socket.shutdown().await.unwrap();
    }
    let mut answer = Vec::new();
    // a connection that is reset is an answer too
    let _reset = socket.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_refused_before_it_is_sent() {
    let directory = crate::common::directory();
    let data = directory.path();
    let clock = pangolin_api::clock::ManualClock::at(NOW_MS);
    let (deps, _) = crate::common::deps(data, &clock, NOW_MS - 1_000);
    let mut config = crate::common::config(data);
    config.capture.max_bytes = 20_000_000;
    let running = pangolin_api::serve(config, deps).await.unwrap();
    for (path, limit) in [
        ("/capture", 20_000_000_u64),
        ("/events", 16 * 1024 * 1024),
        ("/transactions", 32 * 1024 * 1024),
        ("/orders", 1024 * 1024),
    ] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: n\r\nauthorization: Bearer {}\r\ncontent-type: application/octet-stream\r\n\
             content-length: {}\r\n\r\n",
            crate::common::token(MAKER),
            limit + 1
        );
        let begun = std::time::Instant::now();
        // the body never comes, and the connection stays open
        let answer = raw(running.address(), head.as_bytes(), false).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{path}: {answer}");
        assert!(answer.contains("too-large"), "{path}: {answer}");
        // what is on its way of it would be taken for another request
        let head = answer.to_ascii_lowercase();
        assert!(
            head.contains("\r\nconnection: close\r\n"),
            "{path}: {answer}"
        );
        assert!(
            begun.elapsed() < std::time::Duration::from_secs(5),
            "{path}"
        );
    }
    running.stop().await;
}

#[tokio::test]
async fn whoever_sends_what_nobody_reads_gets_the_answer() {
    let directory = crate::common::directory();
    let clock = pangolin_api::clock::ManualClock::at(NOW_MS);
    let (deps, _) = crate::common::deps(directory.path(), &clock, NOW_MS - 1_000);
    let config = crate::common::config(directory.path());
    let running = pangolin_api::serve(config, deps).await.unwrap();
    let body = vec![b' '; 900_000];
    for (path, status) in [("/contents", 413), ("/orders", 415), ("/nothing", 404)] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: n\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            crate::common::token(MAKER),
            body.len()
        );
        for _ in 0..20 {
            let mut socket = tokio::net::TcpStream::connect(running.address())
                .await
                .unwrap();
            socket.write_all(head.as_bytes()).await.unwrap();
            // it is answered before it sends the rest, and reads only then
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            socket.write_all(&body).await.unwrap();
            let mut answer = String::new();
            socket.read_to_string(&mut answer).await.unwrap();
            assert!(
                answer.starts_with(&format!("HTTP/1.1 {status}")),
                "{answer}"
            );
            assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
        }
    }
    running.stop().await;
}

#[tokio::test]
async fn bodies_that_are_not_as_long_as_they_say_leave_nothing_behind() {
    let directory = crate::common::directory();
    let data = directory.path();
    let clock = pangolin_api::clock::ManualClock::at(NOW_MS);
    let (deps, _) = crate::common::deps(data, &clock, NOW_MS - 1_000);
    let running = pangolin_api::serve(crate::common::config(data), deps)
        .await
        .unwrap();
    let good = document(&[commission(1, &["1"])]);
    let request = |length: &str, body: &str| {
        format!(
            "POST /capture HTTP/1.1\r\nhost: n\r\nconnection: close\r\nauthorization: Bearer {}\r\n{length}\r\n\r\n{body}",
            crate::common::token(MAKER)
        )
        .into_bytes()
    };
    let size = good.len();
    // whoever goes away in the middle of a body may not even get an answer
    for length in [
        format!("content-length: {}", size + 100),
        "transfer-encoding: chunked".to_owned(),
    ] {
        let answer = raw(running.address(), &request(&length, &good), true).await;
        assert!(
            answer.is_empty() || answer.starts_with("HTTP/1.1 4"),
            "{length}: {answer}"
        );
    }
    for length in [
        // what was stated is read, and is no document
        format!("content-length: {}", size - 1),
        "content-length: -1".to_owned(),
        "content-length: 18446744073709551616".to_owned(),
        format!("content-length: {size}\r\ncontent-length: {}", size - 1),
    ] {
        let answer = raw(running.address(), &request(&length, &good), false).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{length}: {answer}");
    }
    let spool: Vec<_> = std::fs::read_dir(data.join("spool")).unwrap().collect();
    assert!(spool.is_empty(), "{spool:?}");
    let fine = raw(
        running.address(),
        &request(&format!("content-length: {size}"), &good),
        false,
    )
    .await;
    assert!(fine.starts_with("HTTP/1.1 202"), "{fine}");
    running.stop().await;
}
