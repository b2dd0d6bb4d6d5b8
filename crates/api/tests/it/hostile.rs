//! Ten thousand wrong documents from one seed: each gets a clear answer, none takes the node along, nothing is half applied.

use std::{collections::BTreeMap, sync::Arc};

use axum::{body::Body, http::StatusCode};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng as _};
use serde_json::Value;

use crate::common::{
    MAKER, Node, REGULATOR, WHOLESALER,
    documents::{XML, commission, document, pack, receive, ship},
    mutate::{Wrong, wrong},
};

const DOCUMENTS: usize = 10_000;
/// Requests under way at the same time.
const TOGETHER: usize = 16;
/// Megabytes by which the process may have grown.
const GROWTH_MB_MAX: u64 = 400;

/// What became of one document.
enum Became {
    Refused { code: String },
    Taken { job: String, greedy: bool },
}

async fn send(node: &Node, round: usize, wrong: &Wrong) -> Became {
    let (path, greedy): (_, &[(&str, &str)]) = match round % 5 {
        0 => ("/capture", &[("gs1-capture-error-behaviour", "proceed")]),
        1 => ("/capture?mode=strict", &[]),
        2 if round % 10 == 2 => ("/events", &[]),
        _ => ("/capture", &[]),
    };
    let mut headers = wrong.headers.clone();
    if !headers
        .iter()
        .any(|(name, _)| *name == "gs1-capture-error-behaviour")
    {
        headers.extend(greedy);
    }
    let answer = node
        .call(MAKER, "POST", path, &headers, wrong.body.clone())
        .await;
    let shown = || {
        let body = String::from_utf8_lossy(&wrong.body);
        let body: String = body.chars().take(2_000).collect();
        format!(
            "round {round}, {}: {} {}\n{body}",
            wrong.kind,
            answer.status,
            answer.text()
        )
    };
    match answer.status {
        StatusCode::ACCEPTED => Became::Taken {
            job: answer.header("location"),
            greedy: !greedy.is_empty(),
        },
        // one event that is good in spite of everything
        StatusCode::CREATED => Became::Refused {
            code: String::new(),
        },
        status if status.is_client_error() => {
            let code = answer.code();
            let problem = answer.json();
            let kebab = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            assert!(!code.is_empty() && code.bytes().all(kebab), "{}", shown());
            for member in ["place", "remedy", "detail"] {
                let text = problem[member].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "no {member}: {}", shown());
                assert!(
                    text.len() < 4_000,
                    "{member} repeats the document: {}",
                    shown()
                );
            }
            Became::Refused { code }
        }
        _ => panic!("{}", shown()),
    }
}

/// Holds the end of a job: what is wrong is told, and nothing is half applied.
async fn ended(node: &Node, location: &str, greedy: bool) {
    let answer = node
        .get(MAKER, &format!("{location}?wait=30&events=0"))
        .await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let job = answer.json();
    assert_eq!(job["running"], false, "{job:#}");
    let count = |name: &str| job["counts"][name].as_u64().unwrap();
    if job["success"] == true {
        assert_eq!(job["errors"], Value::Array(Vec::new()), "{job:#}");
        assert_eq!(count("rejected"), 0, "{job:#}");
        return;
    }
    let errors = job["errors"].as_array().unwrap();
    assert!(!errors.is_empty(), "{job:#}");
    for error in errors {
        for member in ["type", "title", "code", "detail", "remedy"] {
            assert!(
                !error[member].as_str().unwrap().is_empty(),
                "{member} in {job:#}"
            );
        }
    }
    if !greedy {
        assert_eq!(
            count("captured") + count("parked"),
            0,
            "all or nothing: {job:#}"
        );
    }
}

/// The largest size the process has had, in megabytes, where the system tells.
fn peak_mb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kb: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kb / 1_024)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_wrong_documents_get_clear_answers() {
    let node = Arc::new(Node::new());
    let epcs = [pack("1")];
    let documents = [
        document(&[commission(1, &["1"])]),
        document(&[
            ship(2, &epcs, MAKER, WHOLESALER),
            receive(3, &epcs, WHOLESALER, MAKER),
        ]),
        document(&[
            commission(4, &["4"]),
            commission(5, &["5"]),
            commission(6, &["4"]),
        ]),
    ];
    let before = peak_mb();
    let mut random = ChaCha8Rng::seed_from_u64(2026);
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    let mut jobs = Vec::new();
    let mut rounds = (0..DOCUMENTS).map(|round| {
        (
            round,
            wrong(round, &documents[round % documents.len()], XML, &mut random),
        )
    });
    loop {
        let batch: Vec<_> = rounds.by_ref().take(TOGETHER).collect();
        if batch.is_empty() {
            break;
        }
        let sent = batch
            .iter()
            .map(|(round, wrong)| send(&node, *round, wrong));
        for became in futures::future::join_all(sent).await {
            match became {
                Became::Refused { code } => *codes.entry(code).or_default() += 1,
                Became::Taken { job, greedy } => jobs.push((job, greedy)),
            }
        }
    }
    for (job, greedy) in &jobs {
        ended(&node, job, *greedy).await;
    }
    println!("{} taken; refused: {codes:?}", jobs.len());
    let refused: usize = codes.values().sum();
    assert!(refused > 6_000 && codes.len() > 20, "{codes:?}");
    assert!(jobs.len() > 100, "{} of {DOCUMENTS} taken", jobs.len());
    let metrics = node.get(REGULATOR, "/metrics").await.text();
    assert!(metrics.contains("pangolin_api_panics_total 0"), "{metrics}");
    assert!(!node.app.engine().has_failed());
    if let (Some(before), Some(after)) = (before, peak_mb()) {
        println!("{before} MB before, at most {after} MB");
        assert!(after - before < GROWTH_MB_MAX, "{before} → {after} MB");
    }
    // and the node goes on
    let job = node
        .accept(MAKER, document(&[commission(30, &["good"])]))
        .await;
    assert_eq!(job["counts"]["captured"], 1, "{job:#}");
    let location = format!("/epcs/{}/events", crate::common::segment(&pack("good")));
    let found = node
        .call(MAKER, "GET", &location, &[], Body::empty())
        .await
        .json();
    let events = &found["epcisBody"]["queryResults"]["resultsBody"]["eventList"];
    assert_eq!(events.as_array().unwrap().len(), 1, "{found:#}");
}
