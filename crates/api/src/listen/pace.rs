//! The other end must keep some pace: whoever sends a body or reads an answer drop by drop would hold its place for as long as it likes.
//!
//! Only waiting counts: how long this node itself takes between two pieces is not the other end's fault.

use std::{
    future::poll_fn,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Body, BodyDataStream};
use bytes::Bytes;
use futures::StreamExt as _;
use tokio::time::{Instant, Sleep};

use crate::limits::{BODY_PAUSE, SLOWEST};

/// The other end was too slow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooSlow;

/// How long this node still waits. Each byte that goes gives a bit more, up to what there was in the beginning.
pub(crate) struct Pace {
    most: Duration,
    left: Duration,
    waits: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Pace {
    /// The other end may be behind by `most`.
    pub(crate) const fn new(most: Duration) -> Self {
        Self {
            most,
            left: most,
            waits: None,
        }
    }

    /// What came of reading or writing, by which so many bytes went.
    pub(crate) fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        went: Poll<T>,
        bytes: impl FnOnce(&T) -> usize,
    ) -> Poll<Result<T, TooSlow>> {
        let Poll::Ready(went) = went else {
            let left = self.left;
            let (_, end) = self
                .waits
                .get_or_insert_with(|| (Instant::now(), Box::pin(tokio::time::sleep(left))));
            ready!(end.as_mut().poll(context));
            return Poll::Ready(Err(TooSlow));
        };
        if let Some((since, _)) = self.waits.take() {
            self.left = self.left.saturating_sub(since.elapsed());
        }
        let earned = (bytes(&went) as u64).saturating_mul(1_000_000) / SLOWEST;
        let left = self.left.saturating_add(Duration::from_micros(earned));
        self.left = left.min(self.most);
        Poll::Ready(Ok(went))
    }
}

/// A body, piece by piece.
pub(crate) struct Pieces {
    stream: BodyDataStream,
    pace: Pace,
}

impl Pieces {
    /// The pieces of a body whose sender keeps the pace.
    pub(crate) fn of(body: Body) -> Self {
        Self::behind(body, BODY_PAUSE)
    }

    fn behind(body: Body, most: Duration) -> Self {
        Self {
            stream: body.into_data_stream(),
            pace: Pace::new(most),
        }
    }

    /// The next piece, or none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Result<Bytes, axum::Error>>, TooSlow> {
        let Self { stream, pace } = self;
        poll_fn(|context| {
            let went = stream.poll_next_unpin(context);
            pace.watch(context, went, |piece| match piece {
                Some(Ok(piece)) => piece.len(),
                Some(Err(_)) | None => 0,
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_millis(400);
    const PAUSE: Duration = Duration::from_millis(150);

    /// How many pieces of that size, each after a pause, are read until there are no more or the sender is too slow.
    async fn read(size: usize, pieces: usize) -> (usize, bool) {
        let body = futures::stream::unfold(0, move |sent| async move {
            (sent < pieces).then_some(())?;
            tokio::time::sleep(PAUSE).await;
            let piece = Bytes::from(vec![0; size]);
            Some((Ok::<_, std::io::Error>(piece), sent + 1))
        });
        let mut body = Pieces::behind(Body::from_stream(body), MOST);
        let mut read = 0;
        loop {
            match body.next().await {
                Ok(Some(piece)) => read += usize::from(piece.unwrap().len() == size),
                Ok(None) => return (read, true),
                Err(TooSlow) => return (read, false),
            }
        }
    }

    #[tokio::test]
    async fn a_body_that_comes_drop_by_drop_is_given_up() {
        let (read, whole) = read(1, 100).await;
        assert!(!whole && read <= 3, "{read} pieces");
    }

    #[tokio::test]
    async fn a_body_that_keeps_the_pace_is_read_however_long_it_takes() {
        // what comes after each pause is worth three of them
        let size = usize::try_from(SLOWEST / 2).unwrap();
        assert_eq!(read(size, 8).await, (8, true));
    }

    #[tokio::test]
    async fn what_this_node_takes_is_not_the_fault_of_the_sender() {
        // each piece is there before anybody asks for it
        let body = futures::stream::iter((0..4).map(|_| Ok::<_, std::io::Error>(Bytes::from("x"))));
        let mut body = Pieces::behind(Body::from_stream(body), MOST);
        for _ in 0..4 {
            assert!(matches!(body.next().await, Ok(Some(Ok(_)))));
            tokio::time::sleep(PAUSE).await;
        }
        assert!(matches!(body.next().await, Ok(None)));
    }

    #[tokio::test]
    async fn many_bytes_at_once_buy_no_long_pause() {
        let body =
            futures::stream::once(async { Ok::<_, std::io::Error>(Bytes::from(vec![0; 100_000])) });
        let body = body.chain(futures::stream::pending());
        let mut body = Pieces::behind(Body::from_stream(body), MOST);
        assert!(matches!(body.next().await, Ok(Some(Ok(_)))));
        let stuck = tokio::time::timeout(Duration::from_secs(20), body.next()).await;
        assert!(matches!(stuck, Ok(Err(TooSlow))), "it waits for ever");
    }
}
