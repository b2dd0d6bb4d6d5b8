//! Nodes of chains on paper that answer over HTTP, honest ones and others.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use pangolin_ledger::{ChainId, Wire as _, walk::local::Want};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
};

use crate::paper::Paper;

/// How a node behaves.
#[derive(Clone)]
pub(crate) enum Node {
    /// It answers what its chain has.
    Honest(Arc<Paper>),
    /// It says that its chain has nothing.
    Denies,
    /// It takes the question and never answers.
    Hangs,
    /// It answers without end.
    Floods,
    /// It answers with something that is no answer.
    Garbage,
    /// It answers for one chain with the proof of another.
    Borrows(Arc<Paper>, ChainId),
    /// It leaves the last record out of the proof.
    Omits(Arc<Paper>),
    /// It answers about another thing than it was asked for.
    Confuses(Arc<Paper>, BTreeSet<Want>),
    /// It sends whoever asks elsewhere.
    Redirects(SocketAddr),
    /// It wants to know who asks.
    Closed,
}

/// A node that runs, and what it did.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    /// Questions that it was asked.
    pub(crate) asked: Arc<AtomicU64>,
    /// Bytes that it got rid of.
    pub(crate) sent: Arc<AtomicU64>,
}

impl Running {
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Node {
    pub(crate) async fn run(self) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let running = Running {
            address: listener.local_addr().unwrap(),
            asked: Arc::default(),
            sent: Arc::default(),
        };
        let (asked, sent) = (running.asked.clone(), running.sent.clone());
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                asked.fetch_add(1, Ordering::SeqCst);
                let (node, sent) = (self.clone(), sent.clone());
                // whoever asks may hang up
                tokio::spawn(async move { node.serve(socket, &sent).await.ok() });
            }
        });
        running
    }

    async fn serve(&self, socket: TcpStream, sent: &AtomicU64) -> std::io::Result<()> {
        let mut stream = BufReader::new(socket);
        let mut line = String::new();
        stream.read_line(&mut line).await?;
        let target = line.split(' ').nth(1).unwrap_or_default().to_owned();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? <= 2 {
                break;
            }
        }
        let socket = stream.get_mut();
        if let Self::Floods = self {
            let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1073741824\r\n\r\n";
            socket.write_all(head.as_bytes()).await?;
            let piece = vec![b' '; 1 << 16];
            for _ in 0..1 << 14 {
                socket.write_all(&piece).await?;
                sent.fetch_add(piece.len() as u64, Ordering::SeqCst);
            }
            return Ok(());
        }
        let (status, more, body) = match self {
            Self::Honest(paper) => found(answer(paper, paper.id(), &wants(&target), |_| ())),
            Self::Borrows(paper, name) => found(answer(paper, *name, &wants(&target), |_| ())),
            Self::Omits(paper) => found(answer(paper, paper.id(), &wants(&target), |keys| {
                keys.pop();
            })),
            Self::Confuses(paper, instead) => found(answer(paper, paper.id(), instead, |_| ())),
            Self::Denies => (404, String::new(), problem("not-on-this-chain", 404)),
            Self::Closed => (401, String::new(), problem("not-signed-in", 401)),
            Self::Garbage => (200, String::new(), "{\"chain\": 7".to_owned()),
            Self::Redirects(to) => (302, format!("location: http://{to}/\r\n"), String::new()),
            Self::Hangs | Self::Floods => {
                tokio::time::sleep(Duration::from_mins(10)).await;
                return Ok(());
            }
        };
        let text = format!(
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{more}content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        socket.write_all(text.as_bytes()).await
    }
}

fn found(answer: Option<String>) -> (u16, String, String) {
    match answer {
        Some(body) => (200, String::new(), body),
        None => (404, String::new(), problem("not-on-this-chain", 404)),
    }
}

fn problem(code: &str, status: u16) -> String {
    format!(r#"{{"type": "x", "status": {status}, "code": "{code}", "detail": "no"}}"#)
}

/// The questions in a query string.
fn wants(target: &str) -> BTreeSet<Want> {
    let (_, query) = target.split_once('?').unwrap();
    assert!(
        query.ends_with("events=none"),
        "contents are not asked for: {query}"
    );
    let wants = query
        .split('&')
        .filter_map(|pair| pair.strip_prefix("want="));
    wants
        .map(|text| Want::from_bytes(&hex::decode(text).unwrap()).unwrap())
        .collect()
}

/// An answer as a node gives it.
pub(crate) fn answer(
    paper: &Paper,
    name: ChainId,
    wants: &BTreeSet<Want>,
    change: impl Fn(&mut Vec<pangolin_ledger::Key>),
) -> Option<String> {
    let (piece, evidence) = paper.ends(wants, change)?;
    Some(format!(
        r#"{{"format": "pangolin-piece/1", "chain": "{name}", "piece": "{}", "state": "{}", "texts": {{}}}}"#,
        hex::encode(piece.to_bytes()),
        hex::encode(evidence)
    ))
}
