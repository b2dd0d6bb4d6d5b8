//! A scripted node. One that is busy is asked again: as it asks for, signed anew, within the client's patience and no longer.
//! A list is read to its last page.

#![expect(clippy::unwrap_used, reason = "tests: a panic is the message")]

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::Duration,
};

use pangolin_client::{Capture, Client, Credentials, Document, Options, Progress};

/// What a scripted node received: head and body of each request.
type Received = JoinHandle<Vec<(String, Vec<u8>)>>;

/// A node that gives these answers one after the other, each on a connection of its own.
fn node(answers: Vec<String>) -> (SocketAddr, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let received = std::thread::spawn(move || {
        let answer = |answer: String| {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert!(reader.read_line(&mut head).unwrap() > 0, "{head}");
            }
            let size = header(&head, "content-length").map_or(0, |text| text.parse().unwrap());
            let mut body = vec![0; size];
            reader.read_exact(&mut body).unwrap();
            stream.write_all(answer.as_bytes()).unwrap();
            (head, body)
        };
        answers.into_iter().map(answer).collect()
    });
    (address, received)
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(": ")?;
        found.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
}

fn busy(after: &str) -> String {
    let problem =
        r#"{"type": "t", "title": "busy", "status": 503, "code": "spool-full", "detail": "full"}"#;
    answer("503 Service Unavailable", after, problem)
}

fn job(running: bool, captured: u64) -> String {
    let body = format!(
        r#"{{"captureID": "j", "createdAt": "2026-01-05T13:00:00Z", "running": {running}, "success": true,
            "captureErrorBehaviour": "rollback", "counts": {{"events": 1, "captured": {captured}}}}}"#
    );
    answer(if running { "202 Accepted" } else { "200 OK" }, "", &body)
}

fn client(address: SocketAddr, patience: u64) -> Client {
    let options = Options {
        patience: Duration::from_secs(patience),
        ..Options::default()
    };
    Client::with(
        &format!("http://{address}"),
        Credentials::Key([7; 32]),
        &options,
    )
    .unwrap()
}

fn document() -> PathBuf {
    let path = std::env::temp_dir().join(format!("pangolin-client-{}.xml", std::process::id()));
    std::fs::write(&path, "<epcis/>".repeat(100_000)).unwrap();
    path
}

#[tokio::test]
async fn a_document_is_sent_again_whole_and_under_another_signature() {
    let (address, received) = node(vec![
        busy("retry-after: 1\r\n"),
        answer("429 Too Many Requests", "retry-after: 0\r\n", ""),
        job(true, 0),
        job(false, 1),
    ]);
    let path = document();
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = told.clone();
    let progress = move |progress: Progress<'_>| {
        let line = match progress {
            Progress::Sent { bytes: 800_000 } => "all sent".to_owned(),
            Progress::Sent { .. } => return,
            Progress::Busy { wait } => format!("busy {}", wait.as_secs()),
            Progress::Working(job) => format!("final {}", job.counts.captured),
        };
        log.lock().unwrap().push(line);
    };
    let job = client(address, 30)
        .capture_to_end(Document::File(&path), &Capture::default(), progress)
        .await
        .unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(!job.running && job.success);
    assert_eq!(
        *told.lock().unwrap(),
        [
            "all sent", "busy 1", "all sent", "busy 0", "all sent", "final 0", "final 1"
        ]
    );
    let received = received.join().unwrap();
    let signatures: Vec<_> = received
        .iter()
        .map(|(head, _)| header(head, "signature").unwrap())
        .collect();
    for (place, signature) in signatures.iter().enumerate() {
        assert!(
            !signatures[..place].contains(signature),
            "a signature is accepted once"
        );
    }
    for (head, body) in &received[..3] {
        assert!(head.starts_with("POST /capture HTTP/1.1"), "{head}");
        assert_eq!(body.len(), 800_000);
        assert!(header(head, "content-digest").is_some());
    }
    assert!(received[3].0.starts_with("GET /capture/j?wait="));
}

#[tokio::test]
async fn without_patience_the_first_answer_counts() {
    let (address, received) = node(vec![busy("retry-after: 1\r\n")]);
    let error = client(address, 0).status().await.unwrap_err();
    assert_eq!((error.code(), error.status()), ("spool-full", Some(503)));
    assert!(error.may_succeed_later());
    assert_eq!(received.join().unwrap().len(), 1);
}

#[tokio::test]
async fn a_node_that_has_just_started_gets_another_signature_once() {
    let again = |after: &str| {
        let problem = r#"{"type": "t", "title": "t", "status": 503, "code": "signature-before-start", "detail": "d"}"#;
        answer("503 Service Unavailable", after, problem)
    };
    let soon = || again("retry-after: 1\r\n");
    let (address, received) = node(vec![soon(), job(false, 1)]);
    let captured = client(address, 0)
        .capture("<epcis/>".into(), &Capture::default())
        .await;
    assert_eq!(captured.unwrap().counts.captured, 1);
    let received = received.join().unwrap();
    let signature = |place: usize| header(&received[place].0, "signature").unwrap();
    assert_ne!(signature(0), signature(1));
    assert_eq!(received[0].1, received[1].1);
    // but neither again and again, nor after a long time
    for answers in [vec![soon(), soon()], vec![again("retry-after: 20\r\n")]] {
        let count = answers.len();
        let (address, received) = node(answers);
        let error = client(address, 0).status().await.unwrap_err();
        assert_eq!(error.code(), "signature-before-start");
        assert_eq!(received.join().unwrap().len(), count);
    }
}

#[tokio::test]
async fn a_node_that_names_no_time_and_one_that_is_not_ready_are_not_asked_again() {
    let (address, received) = node(vec![busy("")]);
    assert!(client(address, 30).status().await.is_err());
    received.join().unwrap();
    let (address, received) = node(vec![busy("retry-after: 1\r\n")]);
    assert!(!client(address, 30).ready().await.unwrap());
    assert_eq!(received.join().unwrap().len(), 1);
}

#[tokio::test]
async fn orders_are_read_to_the_last_page() {
    let page = |id: &str, next: &str| {
        let order = format!(
            r#"{{"id": "{id}", "kind": "hold", "scope": "group", "subject": "s", "issuer": "i", "reasonCode": 7,
                "legalBasis": "b", "officers": 1, "signed": 1, "state": "active", "issued": 1, "changed": 1}}"#
        );
        let body = format!(r#"{{"orders": [{order}], "height": 9{next}}}"#);
        answer("200 OK", "", &body)
    };
    let (address, received) = node(vec![page("a", r#", "next": 41"#), page("b", "")]);
    let found = client(address, 0).all_orders(Some("active")).await.unwrap();
    let ids: Vec<&str> = found.orders.iter().map(|order| order.id.as_str()).collect();
    assert_eq!((ids, found.next), (vec!["a", "b"], None));
    let heads: Vec<String> = received
        .join()
        .unwrap()
        .into_iter()
        .map(|one| one.0)
        .collect();
    assert!(
        heads[0].starts_with("GET /orders?limit=1000&state=active "),
        "{heads:?}"
    );
    assert!(heads[1].contains("state=active&after=41 "), "{heads:?}");
}
