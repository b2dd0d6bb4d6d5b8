//! Answers that are given before the request's body was read to its end: the connection carries nothing else any more, and the answer says so.
//!
//! Whoever is answered early, because the body is too large or because of who asks, leaves the rest of the body on the connection, and the
//! server closes it. Whoever keeps connections for further requests has to know before it sends the next one: a proxy sends those of many
//! over the same ones, and one of them must not make requests of the others fail. What is on its way already is taken in for a moment, so that
//! whoever sends it gets to read the answer.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    http::{HeaderValue, header::CONNECTION},
    response::Response,
};
use futures::StreamExt as _;
use http_body::{Body as _, Frame, SizeHint};
use tokio::runtime::Handle;

use crate::limits::{LINGER, LINGER_BYTES};

/// Whether the body of a request was read to its end.
#[derive(Debug)]
pub(crate) struct Unread {
    /// None: there is no body.
    ended: Option<Arc<AtomicBool>>,
}

/// Watches how far the body of a request is read.
pub(crate) fn watched(request: Request) -> (Request, Unread) {
    if request.body().is_end_stream() {
        return (request, Unread { ended: None });
    }
    let ended = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| {
        let ended = Arc::clone(&ended);
        Body::new(Watched { body, ended })
    });
    (request, Unread { ended: Some(ended) })
}

impl Unread {
    /// Says in the answer that the connection ends with it, where it does.
    pub(crate) fn tell(&self, response: &mut Response) {
        let ended = self.ended.as_ref();
        if ended.is_some_and(|ended| !ended.load(Ordering::Relaxed)) {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
    }
}

struct Watched {
    body: Body,
    ended: Arc<AtomicBool>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        if self.ended.load(Ordering::Relaxed) {
            return;
        }
        if let Ok(runtime) = Handle::try_current() {
            let rest = take_in(std::mem::take(&mut self.body));
            runtime.spawn(tokio::time::timeout(LINGER, rest));
        }
    }
}

/// Takes in the rest of a body, as far as that is no matter.
async fn take_in(body: Body) {
    let mut rest = body.into_data_stream();
    let mut left = LINGER_BYTES;
    while let Some(Ok(piece)) = rest.next().await {
        left = match left.checked_sub(piece.len()) {
            Some(left) => left,
            None => return,
        };
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if matches!(polled, Poll::Ready(None)) || self.body.is_end_stream() {
            self.ended.store(true, Ordering::Relaxed);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn said(unread: &Unread) -> Option<String> {
        let mut response = Response::new(Body::empty());
        unread.tell(&mut response);
        let stated = response.headers().get(CONNECTION);
        stated.map(|value| value.to_str().unwrap().to_owned())
    }

    fn request(body: &'static str) -> (Request, Unread) {
        watched(Request::new(Body::from(body)))
    }

    #[tokio::test]
    async fn an_answer_before_the_end_of_the_body_ends_the_connection() {
        let close = Some("close".to_owned());
        let (sent, unread) = request("abc");
        assert_eq!(said(&unread), close, "nobody read it");
        let body = sent.into_body();
        assert_eq!(body.size_hint().exact(), Some(3));
        assert_eq!(body.collect().await.unwrap().to_bytes(), "abc");
        assert_eq!(said(&unread), None);

        let (sent, unread) = request("abc");
        drop(sent);
        assert_eq!(said(&unread), close, "nobody will");
        let (_sent, unread) = request("");
        assert_eq!(said(&unread), None, "there is nothing to read");
    }
}
