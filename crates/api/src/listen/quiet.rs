//! Connections that do not last for ever: one over which nothing goes is given up, and one address has a share of all.

use std::{
    collections::BTreeMap,
    io,
    net::IpAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time::{Instant, Sleep};

/// Says when nothing went over a connection for too long.
pub(crate) struct Quiet {
    longest: Duration,
    end: Pin<Box<Sleep>>,
}

impl Quiet {
    /// Begins now.
    pub(crate) fn new(longest: Duration) -> Self {
        Self {
            longest,
            end: Box::pin(tokio::time::sleep(longest)),
        }
    }

    /// What came of reading or writing; an error where nothing came of either for too long.
    pub(crate) fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        went: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if went.is_ready() {
            self.end.as_mut().reset(Instant::now() + self.longest);
            return went;
        }
        ready!(self.end.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

/// How many connections each address has.
#[derive(Clone, Default)]
pub(crate) struct Shares(Arc<Mutex<BTreeMap<IpAddr, usize>>>);

/// The place of one connection. Dropping it makes room for another of the address.
pub(crate) struct Share {
    of: Shares,
    ip: IpAddr,
}

impl Shares {
    /// A place for one more connection of an address, unless it has `most` already.
    pub(crate) fn take(&self, ip: IpAddr, most: usize) -> Option<Share> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has = all.get(&ip).copied().unwrap_or(0);
        if has >= most {
            return None;
        }
        all.insert(ip, has + 1);
        Some(Share {
            of: self.clone(),
            ip,
        })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut all = self.of.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(&self.ip).copied() {
            Some(has) if has > 1 => {
                all.insert(self.ip, has - 1);
            }
            _ => {
                all.remove(&self.ip);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_share_and_gives_it_back() {
        let shares = Shares::default();
        let [one, other] = [[127, 0, 0, 1], [127, 0, 0, 2]].map(IpAddr::from);
        let first = shares.take(one, 2);
        let second = shares.take(one, 2);
        assert!(first.is_some() && second.is_some());
        assert!(shares.take(one, 2).is_none());
        assert!(shares.take(other, 2).is_some(), "others have their own");
        drop(first);
        assert!(shares.take(one, 2).is_some());
        drop(second);
        assert!(shares.0.lock().unwrap().is_empty(), "nothing is remembered");
    }
}
