//! The socket: connections are counted, also those of one address, and their handshakes do not wait for one another. One over which
//! nothing goes is closed, so that nobody keeps others out by holding connections.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use axum::{extract::connect_info::Connected, serve::IncomingStream};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use crate::{
    auth::Peer,
    limits::{HANDSHAKE, MAX_CONNECTIONS, MAX_CONNECTIONS_OF_ONE, MAX_HANDSHAKES, QUIET},
    quiet::{Quiet, Share, Shares},
    tls::fingerprint,
};

/// Pause after the operating system gave no connection.
const PAUSE: Duration = Duration::from_millis(100);

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// A connection that was accepted. Dropping it makes room for another.
pub struct Connection {
    stream: Stream,
    peer: Peer,
    address: SocketAddr,
    quiet: Quiet,
    _room: Room,
}

/// The place of a connection among all, and among those of its address.
struct Room {
    _all: OwnedSemaphorePermit,
    _share: Share,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let went = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        self.quiet.watch(context, went)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &[u8],
    ) -> Poll<io::Result<usize>> {
        let went = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, buffer),
            Stream::Tls(stream) => Pin::new(stream).poll_write(context, buffer),
        };
        self.quiet.watch(context, went)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let went = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Tls(stream) => Pin::new(stream).poll_flush(context),
        };
        self.quiet.watch(context, went)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let went = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        };
        self.quiet.watch(context, went)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let went = match &mut self.stream {
            Stream::Plain(stream) => Pin::new(stream).poll_write_vectored(context, buffers),
            Stream::Tls(stream) => Pin::new(stream).poll_write_vectored(context, buffers),
        };
        self.quiet.watch(context, went)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }
}

/// How many connections there may be at once. Further ones of an address are closed; beyond all, they wait in the operating system's queue.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Of all together.
    pub all: usize,
    /// Of one address.
    pub of_one: usize,
}

impl Bounds {
    /// Those of a node.
    pub const NODE: Self = Self {
        all: MAX_CONNECTIONS,
        of_one: MAX_CONNECTIONS_OF_ONE,
    };
}

/// Gives out connections whose handshake is done.
pub struct Listener {
    ready: mpsc::Receiver<Connection>,
    address: SocketAddr,
}

impl Listener {
    /// Starts to accept; with TLS if an acceptor is given. `accepted` is told of each connection.
    pub fn start(
        bounds: Bounds,
        listener: TcpListener,
        acceptor: Option<TlsAcceptor>,
        accepted: impl Fn() + Send + 'static,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (sender, ready) = mpsc::channel(MAX_HANDSHAKES);
        tokio::spawn(accept(bounds, listener, acceptor, accepted, sender));
        Ok(Self { ready, address })
    }
}

async fn accept(
    bounds: Bounds,
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    accepted: impl Fn(),
    ready: mpsc::Sender<Connection>,
) {
    let rooms = Arc::new(Semaphore::new(bounds.all));
    let handshakes = Arc::new(Semaphore::new(MAX_HANDSHAKES));
    let shares = Shares::default();
    loop {
        // both are held until they are not needed: whoever comes beyond waits in the operating system's queue
        let Ok(room) = Arc::clone(&rooms).acquire_owned().await else {
            return;
        };
        let Ok(handshake) = Arc::clone(&handshakes).acquire_owned().await else {
            return;
        };
        let (socket, address) = tokio::select! {
            () = ready.closed() => return,
            next = listener.accept() => match next {
                Ok(next) => next,
                Err(error) => {
                    // usually too many open files: others must close first
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
            },
        };
        accepted();
        let Some(share) = shares.take(address.ip(), bounds.of_one) else {
            tracing::debug!(%address, "the address has too many connections");
            continue;
        };
        let room = Room {
            _all: room,
            _share: share,
        };
        // small answers must not wait for further ones
        let _best_effort = socket.set_nodelay(true);
        let (acceptor, ready) = (acceptor.clone(), ready.clone());
        tokio::spawn(async move {
            let _handshake = handshake;
            if let Some(connection) = shake(socket, address, acceptor, room).await {
                // whoever listens may have stopped
                let _gone = ready.send(connection).await;
            }
        });
    }
}

async fn shake(
    socket: TcpStream,
    address: SocketAddr,
    acceptor: Option<TlsAcceptor>,
    room: Room,
) -> Option<Connection> {
    let ip = address.ip();
    let Some(acceptor) = acceptor else {
        let peer = Peer {
            ip,
            certificate: None,
        };
        return Some(Connection {
            stream: Stream::Plain(socket),
            peer,
            address,
            quiet: Quiet::new(QUIET),
            _room: room,
        });
    };
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(socket)).await {
        Ok(Ok(stream)) => {
            let certificate = stream
                .get_ref()
                .1
                .peer_certificates()
                .and_then(<[_]>::first)
                .map(fingerprint);
            let peer = Peer { ip, certificate };
            Some(Connection {
                stream: Stream::Tls(Box::new(stream)),
                peer,
                address,
                quiet: Quiet::new(QUIET),
                _room: room,
            })
        }
        Ok(Err(error)) => {
            tracing::debug!(%error, %address, "a handshake failed");
            None
        }
        Err(_) => {
            tracing::debug!(%address, "a handshake took too long");
            None
        }
    }
}

impl axum::serve::Listener for Listener {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => {
                let address = connection.address;
                (connection, address)
            }
            // the accepting task ended with the runtime
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        Ok(self.address)
    }
}

impl Connected<IncomingStream<'_, Listener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        stream.io().peer
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    /// A connection that is given up after a while, and its other end.
    async fn pair(longest: Duration) -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let other = TcpStream::connect(listener.local_addr().unwrap());
        let (accepted, other) = tokio::join!(listener.accept(), other);
        let (socket, address) = accepted.unwrap();
        let all = Arc::new(Semaphore::new(1)).acquire_owned().await.unwrap();
        let share = Shares::default().take(address.ip(), 1).unwrap();
        let room = Room {
            _all: all,
            _share: share,
        };
        let mut connection = shake(socket, address, None, room).await.unwrap();
        connection.quiet = Quiet::new(longest);
        (connection, other.unwrap())
    }

    #[tokio::test]
    async fn a_connection_over_which_nothing_goes_is_given_up() {
        let (mut connection, mut other) = pair(Duration::from_millis(400)).await;
        for _ in 0..4 {
            tokio::time::sleep(Duration::from_millis(150)).await;
            other.write_all(b"x").await.unwrap();
            assert_eq!(connection.read_u8().await.unwrap(), b'x', "it is used");
        }
        let silent = tokio::time::timeout(Duration::from_secs(20), connection.read_u8()).await;
        let error = silent.expect("it waits for ever").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    /// Whoever holds many connections gets no more; another one waits until there is room.
    #[tokio::test]
    async fn connections_are_bounded() {
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let bounds = Bounds { all: 3, of_one: 2 };
        let mut listener = Listener::start(bounds, socket, None, || {}).unwrap();
        let mut others = Vec::new();
        for _ in 0..3 {
            others.push(TcpStream::connect(address).await.unwrap());
        }
        let (first, _) = axum::serve::Listener::accept(&mut listener).await;
        let (second, _) = axum::serve::Listener::accept(&mut listener).await;
        let closed = others[2].read_u8().await.unwrap_err();
        assert!(
            [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset].contains(&closed.kind()),
            "{closed}"
        );
        drop((first, second));
        others.push(TcpStream::connect(address).await.unwrap());
        axum::serve::Listener::accept(&mut listener).await;
    }

    #[tokio::test]
    async fn an_answer_that_nobody_reads_is_given_up() {
        let (mut connection, _other) = pair(Duration::from_millis(300)).await;
        let answer = vec![0; 64 * 1024 * 1024];
        let stuck = tokio::time::timeout(Duration::from_secs(20), connection.write_all(&answer));
        let error = stuck.await.expect("it waits for ever").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
