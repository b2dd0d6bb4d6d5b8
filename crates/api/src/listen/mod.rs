//! The socket: connections are counted, also those of one address, and their handshakes do not wait for one another. One over which
//! nothing goes, or too little, is closed, so that nobody keeps others out by holding connections.

pub mod http1;
mod idle;
pub(crate) mod pace;
mod quiet;
pub(crate) mod unread;

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};

use self::{
    idle::{Idle, Seat},
    pace::{Pace, TooSlow},
    quiet::{Quiet, Share, Shares},
};
use crate::{
    auth::Peer,
    limits::{HANDSHAKE, HEAD, MAX_CONNECTIONS, MAX_CONNECTIONS_OF_ONE, MAX_HANDSHAKES, QUIET},
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
    quiet: Quiet,
    answer: Pace,
    room: Room,
}

/// The place of a connection among all, among those of its address, and among those that wait for a request.
struct Room {
    _all: OwnedSemaphorePermit,
    _share: Share,
    seat: Arc<Seat>,
    head: Duration,
}

impl Connection {
    fn new(stream: Stream, peer: Peer, room: Room) -> Self {
        Self {
            stream,
            peer,
            quiet: Quiet::new(QUIET),
            answer: Pace::new(QUIET),
            room,
        }
    }

    /// Who is at the other end.
    pub(crate) const fn peer(&self) -> Peer {
        self.peer
    }

    /// Longest time from now, or from the end of an answer, to the end of a head.
    pub(crate) const fn head(&self) -> Duration {
        self.room.head
    }

    /// Its place among those that wait for a request.
    pub(crate) const fn seat(&self) -> &Arc<Seat> {
        &self.room.seat
    }

    /// What came of writing; an error where the other end reads too slowly.
    fn written(
        &mut self,
        context: &mut Context<'_>,
        went: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        let bytes = |went: &io::Result<usize>| went.as_ref().copied().unwrap_or(0);
        let went = self.answer.watch(context, went, bytes);
        let went =
            went.map(|went| went.unwrap_or_else(|TooSlow| Err(io::ErrorKind::TimedOut.into())));
        self.quiet.watch(context, went)
    }
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
        self.written(context, went)
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
        self.written(context, went)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_write_vectored(),
            Stream::Tls(stream) => stream.is_write_vectored(),
        }
    }
}

/// How many connections there may be at once, and how long they wait for a request. Further ones of an address are closed; beyond all, the
/// one that has waited longest for a request makes room, and where all have one, others wait in the operating system's queue.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Of all together.
    pub all: usize,
    /// Of one address.
    pub of_one: usize,
    /// Longest time from the opening, or from the end of an answer, to the end of the next request's head.
    pub head: Duration,
}

impl Bounds {
    /// Those of a node.
    pub const NODE: Self = Self {
        all: MAX_CONNECTIONS,
        of_one: MAX_CONNECTIONS_OF_ONE,
        head: HEAD,
    };
}

/// Gives out connections whose handshake is done.
pub struct Listener {
    ready: mpsc::Receiver<Connection>,
}

impl Listener {
    /// Starts to accept; with TLS if an acceptor is given. `accepted` is told of each connection.
    pub fn start(
        bounds: Bounds,
        listener: TcpListener,
        acceptor: Option<TlsAcceptor>,
        accepted: impl Fn() + Send + 'static,
    ) -> Self {
        let (sender, ready) = mpsc::channel(MAX_HANDSHAKES);
        tokio::spawn(accept(bounds, listener, acceptor, accepted, sender));
        Self { ready }
    }

    /// The next connection; `None` when no more are accepted.
    pub(crate) async fn next(&mut self) -> Option<Connection> {
        self.ready.recv().await
    }
}

/// A place among all. Where there is none, whoever waits longest for a request makes room.
async fn place(rooms: &Arc<Semaphore>, idle: &Idle) -> Option<OwnedSemaphorePermit> {
    if let Ok(room) = Arc::clone(rooms).try_acquire_owned() {
        return Some(room);
    }
    loop {
        idle.free_one();
        // whoever was told to go may have got a request in the meantime
        let room = tokio::time::timeout(PAUSE, Arc::clone(rooms).acquire_owned());
        if let Ok(room) = room.await {
            return room.ok();
        }
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
    let (shares, idle) = (Shares::default(), Idle::default());
    loop {
        // held until it is not needed: whoever comes beyond waits in the operating system's queue
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
        let all = tokio::select! {
            () = ready.closed() => return,
            all = place(&rooms, &idle) => all,
        };
        let Some(all) = all else {
            return;
        };
        let room = Room {
            _all: all,
            _share: share,
            seat: idle.seat(),
            head: bounds.head,
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
        return Some(Connection::new(Stream::Plain(socket), peer, room));
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
            let stream = Stream::Tls(Box::new(stream));
            Some(Connection::new(stream, peer, room))
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
            seat: Idle::default().seat(),
            head: longest,
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
        let bounds = Bounds {
            all: 3,
            of_one: 2,
            head: HEAD,
        };
        let mut listener = Listener::start(bounds, socket, None, || {});
        let mut others = Vec::new();
        for _ in 0..3 {
            others.push(TcpStream::connect(address).await.unwrap());
        }
        let first = listener.next().await.unwrap();
        let second = listener.next().await.unwrap();
        let closed = tokio::time::timeout(Duration::from_secs(20), others[2].read_u8()).await;
        let closed = closed.expect("it has more than its share").unwrap_err();
        assert!(
            [io::ErrorKind::UnexpectedEof, io::ErrorKind::ConnectionReset].contains(&closed.kind()),
            "{closed}"
        );
        drop((first, second));
        others.push(TcpStream::connect(address).await.unwrap());
        listener.next().await.unwrap();
    }

    #[tokio::test]
    async fn an_answer_that_nobody_reads_is_given_up() {
        let (mut connection, _other) = pair(Duration::from_millis(300)).await;
        let answer = vec![0; 64 * 1024 * 1024];
        let stuck = tokio::time::timeout(Duration::from_secs(20), connection.write_all(&answer));
        let error = stuck.await.expect("it waits for ever").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    /// Something goes all the time, and yet the place would be held for hours.
    #[tokio::test]
    async fn an_answer_that_is_read_drop_by_drop_is_given_up() {
        let (mut connection, _other) = pair(Duration::from_secs(30)).await;
        connection.answer = Pace::new(Duration::from_millis(400));
        let mut drops = 0;
        let error = loop {
            let pause = tokio::time::sleep(Duration::from_millis(150));
            tokio::pin!(pause);
            let drop = std::future::poll_fn(|context| {
                let went = pause.as_mut().poll(context).map(|()| Ok(1));
                connection.written(context, went)
            });
            match drop.await {
                Ok(written) => drops += written,
                Err(error) => break error,
            }
            assert!(drops < 10, "it goes on");
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
