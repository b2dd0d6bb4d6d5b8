//! A scripted node, or what stands between here and one: it keeps every request, and answers or breaks as it is told.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
};

/// A request as it came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Request line and headers.
    pub(crate) head: String,
    /// Body.
    pub(crate) body: Vec<u8>,
}

/// Something that listens and answers by a script, until the test ends.
pub(crate) struct Scripted {
    /// Its address, for `--node`.
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Scripted {
    /// Answers each request with what `script` says; `None` breaks the connection once the whole request was read.
    pub(crate) fn new(script: impl Fn(&Request) -> Option<String> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let kept = requests.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { continue };
                let Some(request) = read(&stream) else {
                    continue;
                };
                let answer = script(&request);
                kept.lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(request);
                if let Some(answer) = answer {
                    // whoever does not wait for it loses it
                    let _gone = stream.write_all(answer.as_bytes());
                }
            }
        });
        Self { url, requests }
    }

    /// The requests that begin so, in their order.
    pub(crate) fn requests(&self, begin: &str) -> Vec<Request> {
        let all = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().filter(|found| found.head.starts_with(begin));
        found.cloned().collect()
    }
}

/// An answer with a status, more headers (each with its line end) and a body.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    let size = body.len();
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {size}\r\n{headers}\r\n{body}"
    )
}

fn read(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let size = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        let named = name.eq_ignore_ascii_case("content-length");
        named.then(|| value.parse().ok()).flatten()
    });
    let mut body = vec![0; size.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request { head, body })
}
