//! Peers and clients that send garbage, or nothing, over real sockets.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use super::{Dice, VALIDATORS, agree, load::Load};
use crate::support::{Network, http};

/// Connections that say nothing, or something else than they should.
const CONNECTIONS: usize = 300;
/// Documents of the one client.
const DOCUMENTS: usize = 10_000;
/// Connections over which it sends them.
const LINES: usize = 4;
/// Lines a node may log for all that is thrown at it here.
const MOST_LINES: usize = 200;

/// Random bytes, half of a connection, and far too many connections at the port for peers.
pub(super) fn peers_that_send_garbage(network: &Network, load: &Load) {
    let victim = network.node(VALIDATORS[0]);
    network.take_log(VALIDATORS[0]);
    let mut dice = Dice::new("garbage at the port for peers");
    let mut open = Vec::new();
    for _ in 0..CONNECTIONS {
        let Ok(mut stream) = TcpStream::connect_timeout(&victim.listen, Duration::from_secs(5))
        else {
            continue;
        };
        let bytes: Vec<u8> = (0..dice.below(4_096))
            .map(|_| dice.below(256).to_le_bytes()[0])
            .collect();
        // it may have hung up already
        let _gone = stream.write_all(&bytes);
        open.push(stream);
    }
    load.wait_more(1);
    drop(open);
    still_well(network, load, VALIDATORS[0]);
}

/// No HTTP, half a request, and requests that never end.
pub(super) fn clients_that_send_garbage(network: &Network, load: &Load) {
    let address = network.node(VALIDATORS[1]).http;
    network.take_log(VALIDATORS[1]);
    let mut dice = Dice::new("garbage at the interface");
    let mut slow = Vec::new();
    for i in 0..CONNECTIONS {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5)).unwrap();
        let bytes: Vec<u8> = match i % 3 {
            0 => (0..=dice.below(2_048))
                .map(|_| dice.below(256).to_le_bytes()[0])
                .collect(),
            1 => {
                b"POST /capture HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n<epc".to_vec()
            }
            _ => b"GET /status HTTP/1.1\r\nx-slow: ".to_vec(),
        };
        let _gone = stream.write_all(&bytes);
        slow.push(stream);
    }
    for _ in 0..5 {
        for stream in &mut slow {
            let _gone = stream.write_all(b"a");
        }
        // others are answered meanwhile
        let begun = Instant::now();
        assert_eq!(http::get(address, "/status", None).unwrap().status, 200);
        assert!(begun.elapsed() < Duration::from_secs(5));
        std::thread::sleep(Duration::from_millis(100));
    }
    load.wait_more(1);
    drop(slow);
    still_well(network, load, VALIDATORS[1]);
}

/// One client with a token sends what is no document, while others send theirs.
pub(super) fn ten_thousand_malformed_documents(network: &Network, load: &Load) {
    let member = &network.members[0];
    let home = network.home(&member.slug);
    let (address, slug, name) = (home.http, member.slug.as_str(), home.name.clone());
    network.take_log(&name);
    let (before, begun) = (load.count(), Instant::now());
    let next = AtomicUsize::new(0);
    let mut answers: BTreeMap<u16, usize> = BTreeMap::new();
    std::thread::scope(|scope| {
        let lines: Vec<_> = (0..LINES)
            .map(|_| scope.spawn(|| send(address, slug, &next)))
            .collect();
        for line in lines {
            for (status, count) in line.join().unwrap() {
                *answers.entry(status).or_default() += count;
            }
        }
    });
    eprintln!(
        "{DOCUMENTS} malformed documents in {:?}: {answers:?}; {} good ones meanwhile",
        begun.elapsed(),
        load.count() - before
    );
    assert_eq!(answers.values().sum::<usize>(), DOCUMENTS);
    // each one is refused, or told to come later; none is an error of the node
    assert!(
        answers.keys().all(|status| (400..500).contains(status)),
        "{answers:?}"
    );
    still_well(network, load, &name);
}

fn send(address: SocketAddr, slug: &str, next: &AtomicUsize) -> BTreeMap<u16, usize> {
    let mut answers = BTreeMap::new();
    let mut line: Option<TcpStream> = None;
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= DOCUMENTS {
            return answers;
        }
        let status = loop {
            let stream = line.get_or_insert_with(|| TcpStream::connect(address).unwrap());
            match ask(stream, address, slug, &document(number)) {
                Some(status) => break status,
                // the node closed the connection: a further one
                None => line = None,
            }
        };
        *answers.entry(status).or_default() += 1;
    }
}

/// One request on a connection that stays open.
fn ask(stream: &mut TcpStream, address: SocketAddr, slug: &str, body: &[u8]) -> Option<u16> {
    let head = format!(
        "POST /capture HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        Network::token(slug),
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    loop {
        let read = stream.read(&mut piece).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&piece[..read]);
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.unwrap_or("0").parse().unwrap();
        if bytes.len() >= end + 4 + length {
            return head.split(' ').nth(1)?.parse().ok();
        }
    }
}

/// Something that is not a document of events, each time another.
fn document(number: usize) -> Vec<u8> {
    match number % 6 {
        0 => format!("{{\"type\": \"EPCISDocument\", \"n\": {number}").into_bytes(),
        1 => format!("<epcis:EPCISDocument n=\"{number}\"><EPCISBody>").into_bytes(),
        2 => vec![0xff; 1 + number % 500],
        3 => "[".repeat(1 + number % 5_000).into_bytes(),
        4 => format!("{{\"type\": \"EPCISDocument\", \"schemaVersion\": \"2.0\", \"epcisBody\": {{\"eventList\": [{{\"type\": {number}}}]}}}}").into_bytes(),
        _ => format!("not a document {number}").into_bytes(),
    }
}

fn still_well(network: &Network, load: &Load, name: &str) {
    load.wait_more(1);
    agree(network);
    let log = network.take_log(name);
    let lines = log.lines().count();
    assert!(
        lines <= MOST_LINES,
        "{name} logged {lines} lines, of which:\n{}",
        log.lines().take(40).collect::<Vec<_>>().join("\n")
    );
    assert!(!log.contains("panicked"), "{log}");
}
