//! A disk that takes no more: what cannot be written down is not disclosed, and what is the asker's own goes on.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::common::{
    Answer, MAKER, Node, REGULATOR, WHOLESALER,
    documents::{commission, document, pack, ship},
    segment,
};

/// A small file system in memory; unmounted at the end.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=64m", "tmpfs"])
            .arg(at)
            .output();
        mounted.ok()?.status.success().then(|| Self(at.to_owned()))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Fills it until nothing is left.
    fn fill(&self) {
        let mut step = 1 << 20;
        let mut ballast = Vec::new();
        while step >= 1 << 10 {
            ballast.resize(ballast.len() + step, 1);
            if fs::write(self.ballast(), &ballast).is_err() {
                ballast.truncate(ballast.len() - step);
                step /= 2;
            }
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Contents of a pack's history, events one by one, and fields of one, as somebody who does not own them asks.
async fn asked(node: &Node, id: &str) -> Vec<Answer> {
    let headers = [("content-type", "application/json")];
    let body = json!({ "epc": pack("1") }).to_string();
    let contents = node.call(WHOLESALER, "POST", "/contents", &headers, body);
    let fields = format!("/fields/{}?path=/bizStep", segment(id));
    let event = format!("/events/{}", segment(id));
    vec![
        contents.await,
        node.get(WHOLESALER, &fields).await,
        node.get(WHOLESALER, &event).await,
        node.get(REGULATOR, "/events").await,
    ]
}

async fn log(node: &Node) -> Vec<Value> {
    let answer = node.get(MAKER, "/disclosures").await;
    answer.json()["disclosures"].as_array().unwrap().clone()
}

#[tokio::test]
async fn with_a_full_disk_nothing_is_disclosed() {
    let mut disk = None;
    let node = Node::with(|config| disk = Disk::mount(&config.data_dir));
    let Some(disk) = disk else {
        println!("SKIPPED a full disk: mounting a file system needs root");
        return;
    };
    node.accept(MAKER, document(&[commission(1, &["1"])])).await;
    let event = ship(2, &[pack("1")], MAKER, WHOLESALER);
    let job = node.accept(MAKER, document(&[event])).await;
    let id = job["events"][0]["eventID"].as_str().unwrap();
    for answer in asked(&node, id).await {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        assert!(answer.text().contains("shipping"), "{}", answer.text());
    }
    let before = log(&node).await;
    assert_eq!(before.len(), 4, "each is written down: {before:?}");

    disk.fill();
    for answer in asked(&node, id).await {
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (StatusCode::INSUFFICIENT_STORAGE, "disk-full"),
            "{}",
            answer.text()
        );
        assert!(!answer.text().contains("shipping"), "{}", answer.text());
        assert!(answer.json()["remedy"].is_string());
    }
    let own = node.get(MAKER, &format!("/events/{}", segment(id))).await;
    assert_eq!(own.status, StatusCode::OK, "what is one's own goes on");
    assert_eq!(log(&node).await, before, "nothing was disclosed");

    fs::remove_file(disk.ballast()).unwrap();
    for answer in asked(&node, id).await {
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    assert_eq!(log(&node).await.len(), 8);
    assert_eq!(node.app.own().log.broken().unwrap(), None);
    drop(node);
}
