//! HTTP/1.1 over the connections of a listener.
//!
//! HTTP/2 is not offered: a connection has one request at a time, so that the bounds of connections are bounds of requests.
//! How long each part may take: the head of a request `Bounds::head`, its body and its answer what
//! `pace` and the handler give them.

use std::{convert::Infallible, sync::Arc};

use axum::{Router, body::Body, extract::ConnectInfo, response::Response};
use http_body_util::BodyExt as _;
use hyper::{
    Request,
    body::Incoming,
    server::conn::http1,
    service::{Service as _, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{sync::watch, task::JoinSet};

use super::{Connection, Listener};

/// Serves routes until told to stop; returns when the requests that are under way then have their answers.
pub async fn serve(mut listener: Listener, router: Router, stop: impl Future<Output = ()>) {
    let (closing, closed) = watch::channel(false);
    let mut connections = JoinSet::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            Some(ended) = connections.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a connection ended unexpectedly");
                }
            }
            next = listener.next() => match next {
                Some(connection) => {
                    connections.spawn(carry(connection, router.clone(), closed.clone()));
                }
                None => break,
            },
        }
    }
    drop(listener);
    // nobody may be connected
    let _nobody = closing.send(true);
    while connections.join_next().await.is_some() {}
}

async fn carry(connection: Connection, router: Router, mut closing: watch::Receiver<bool>) {
    let (peer, head) = (connection.peer(), connection.head());
    let seat = Arc::clone(connection.seat());
    let routes = TowerToHyperService::new(router);
    let service = service_fn(|request: Request<Incoming>| {
        let busy = seat.busy();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = routes.call(request);
        async move {
            let answer: Response = answer.await?;
            // the request is under way until the last piece of its answer is on its way
            Ok::<_, Infallible>(answer.map(|body| {
                body.map_frame(move |frame| {
                    let _until_dropped = &busy;
                    frame
                })
            }))
        }
    });
    let serving = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .serve_connection(TokioIo::new(connection), service);
    tokio::pin!(serving);
    let mut goes = false;
    loop {
        tokio::select! {
            ended = &mut serving => {
                if let Err(error) = ended {
                    tracing::debug!(%error, address = %peer.ip, "a connection ended");
                }
                return;
            }
            () = seat.told_to_go(), if !goes => {
                tracing::debug!(address = %peer.ip, "a connection without a request makes room for another");
            }
            // an error means that whoever served is gone
            _ = closing.wait_for(|closing| *closing), if !goes => {}
        }
        goes = true;
        if seat.is_new() {
            // nothing was answered yet; what there is of a head is not waited for
            return;
        }
        serving.as_mut().graceful_shutdown();
    }
}

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, time::Duration};

    use axum::routing::{get, post};
    use bytes::Bytes;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::{TcpListener, TcpStream},
        sync::oneshot,
        task::JoinHandle,
        time::{sleep, timeout},
    };

    use super::*;
    use crate::listen::Bounds;

    const HEAD: Duration = Duration::from_millis(600);
    const LONG: Duration = Duration::from_millis(900);
    const PATIENCE: Duration = Duration::from_secs(20);

    struct Server {
        address: SocketAddr,
        stop: oneshot::Sender<()>,
        served: JoinHandle<()>,
    }

    async fn server(all: usize, of_one: usize) -> Server {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let bounds = Bounds {
            all,
            of_one,
            head: HEAD,
        };
        let listener = Listener::start(bounds, socket, None, || {});
        let drops = || async {
            Body::from_stream(futures::stream::unfold(0, |sent| async move {
                (sent < 4).then_some(())?;
                sleep(HEAD / 2).await;
                Some((Ok::<_, Infallible>(Bytes::from("drop ")), sent + 1))
            }))
        };
        let waits = || async {
            sleep(LONG).await;
            "late"
        };
        let router = Router::new()
            .route("/", get(|| async { "here" }))
            .route("/late", get(waits))
            .route("/drops", get(drops))
            .route("/echo", post(|body: String| async { body }));
        let (stop, stopped) = oneshot::channel();
        let stopped = async {
            let _either = stopped.await;
        };
        let served = tokio::spawn(serve(listener, router, stopped));
        Server {
            address,
            stop,
            served,
        }
    }

    async fn connect(server: &Server) -> TcpStream {
        TcpStream::connect(server.address).await.unwrap()
    }

    /// Sends a request whose answer ends with `last`.
    async fn ask(stream: &mut TcpStream, path: &str, last: &str) -> String {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        hear(stream, last).await
    }

    async fn hear(stream: &mut TcpStream, last: &str) -> String {
        let mut heard = Vec::new();
        while !heard.ends_with(last.as_bytes()) {
            let read = timeout(PATIENCE, stream.read_buf(&mut heard)).await;
            let text = String::from_utf8_lossy(&heard);
            assert!(
                read.expect("no answer").unwrap() > 0,
                "closed after {text:?}"
            );
        }
        String::from_utf8(heard).unwrap()
    }

    /// Whether the other end closes; what it says before is no matter.
    async fn closes(stream: &mut TcpStream) {
        let mut rest = Vec::new();
        // it may be reset as well
        let _end = timeout(PATIENCE, stream.read_to_end(&mut rest))
            .await
            .expect("it is kept for ever");
    }

    #[tokio::test]
    async fn a_head_that_comes_drop_by_drop_is_given_up_and_its_place_is_free() {
        let server = server(1, 1).await;
        let mut slow = connect(&server).await;
        let begun = tokio::time::Instant::now();
        let (mut reads, mut writes) = slow.split();
        let mut rest = Vec::new();
        let drip = async {
            for byte in b"GET / HTTP/1.1\r\nx: "
                .iter()
                .chain(std::iter::repeat(&b'y'))
            {
                if writes.write_all(&[*byte]).await.is_err() {
                    break;
                }
                sleep(HEAD / 10).await;
            }
        };
        tokio::select! {
            _ = reads.read_to_end(&mut rest) => {}
            () = drip => {}
            () = sleep(PATIENCE) => panic!("it is kept for ever"),
        }
        assert!(begun.elapsed() >= HEAD, "it had its time");
        assert!(
            ask(&mut connect(&server).await, "/", "here")
                .await
                .contains("200 OK")
        );
    }

    #[tokio::test]
    async fn a_connection_is_used_again_and_an_answer_may_take_longer_than_a_head() {
        let server = server(1, 1).await;
        let mut stream = connect(&server).await;
        for (path, last) in [
            ("/", "here"),
            ("/late", "late"),
            ("/drops", "0\r\n\r\n"),
            ("/", "here"),
        ] {
            sleep(HEAD / 3).await;
            ask(&mut stream, path, last).await;
        }
        // a body may take longer as well
        let head = b"POST /echo HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\n";
        stream.write_all(head).await.unwrap();
        for byte in b"slow!" {
            sleep(HEAD / 3).await;
            stream.write_all(&[*byte]).await.unwrap();
        }
        hear(&mut stream, "slow!").await;
        closes(&mut stream).await;
    }

    #[tokio::test]
    async fn whoever_waits_without_a_request_makes_room_and_whoever_has_one_does_not() {
        let server = server(3, 8).await;
        let mut busy = connect(&server).await;
        ask(&mut busy, "/drops", "drop \r\n").await;
        let mut idle = connect(&server).await;
        ask(&mut idle, "/", "here").await;
        let mut half = connect(&server).await;
        half.write_all(b"GET / HT").await.unwrap();
        sleep(HEAD / 6).await;
        let begun = tokio::time::Instant::now();
        for _ in 0..3 {
            ask(&mut connect(&server).await, "/", "here").await;
        }
        assert!(begun.elapsed() < HEAD / 2, "nobody's time had to end");
        closes(&mut idle).await;
        closes(&mut half).await;
        hear(&mut busy, "0\r\n\r\n").await;
        // it was not told to go, and is used again
        ask(&mut busy, "/", "here").await;
    }

    #[tokio::test]
    async fn a_stop_waits_for_answers_and_for_nothing_else() {
        let server = server(8, 8).await;
        let mut idle = connect(&server).await;
        ask(&mut idle, "/", "here").await;
        let mut busy = connect(&server).await;
        busy.write_all(b"GET /late HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        sleep(LONG * 3 / 4).await;
        let mut half = connect(&server).await;
        half.write_all(b"GET / HT").await.unwrap();
        sleep(LONG / 18).await;
        server.stop.send(()).unwrap();
        hear(&mut busy, "late").await;
        let ended = timeout(HEAD / 3, server.served).await;
        ended.expect("it waits for others").unwrap();
        closes(&mut idle).await;
        closes(&mut half).await;
        TcpStream::connect(server.address).await.unwrap_err();
    }
}
