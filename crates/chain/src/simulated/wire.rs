//! What leaves a node, seen and changed on its way: the place where a simulated validator lies.

use bytes::Bytes;
use commonware_actor::{Feedback, Unreliable};
use commonware_p2p::{CheckedSender, LimitedSender, Recipients, Sender as _, simulated};
use commonware_runtime::{IoBufs, deterministic};
use std::{sync::Arc, time::SystemTime};

use crate::{simulated::clock::Local, types::NodeKey};

type Plain = simulated::Sender<NodeKey, deterministic::Context>;

/// A message on its way: to whom, and what.
pub type Outgoing = (Vec<NodeKey>, Bytes);

/// How a node behaves towards its peers.
pub trait Conduct: Send + Sync {
    /// What is sent instead of `message` on `channel`.
    fn send(&self, channel: usize, message: Outgoing) -> Vec<Outgoing>;
}

/// A channel of the network with a node's conduct in it.
#[derive(Clone)]
pub(super) struct Tapped {
    pub(super) inner: Plain,
    pub(super) channel: usize,
    pub(super) ahead_ms: i64,
    pub(super) conduct: Arc<dyn Conduct>,
}

/// A message whose recipients passed the limits of the channel.
pub(super) struct Checked<'a> {
    inner: <Plain as LimitedSender>::Checked<'a>,
    again: Plain,
    channel: usize,
    conduct: &'a dyn Conduct,
}

impl LimitedSender for Tapped {
    type PublicKey = NodeKey;
    type Checked<'a> = Checked<'a>;

    fn check(&mut self, recipients: Recipients<NodeKey>) -> Result<Checked<'_>, SystemTime> {
        let again = self.inner.clone();
        let ahead_ms = self.ahead_ms;
        let inner = self
            .inner
            .check(recipients)
            .map_err(|until| Local::shown(ahead_ms, until))?;
        Ok(Checked {
            inner,
            again,
            channel: self.channel,
            conduct: &*self.conduct,
        })
    }
}

impl CheckedSender for Checked<'_> {
    type PublicKey = NodeKey;

    fn recipients(&self) -> Vec<NodeKey> {
        self.inner.recipients()
    }

    fn send(mut self, message: impl Into<IoBufs> + Send, priority: bool) -> Unreliable<Feedback> {
        let to = self.inner.recipients();
        let bytes = Bytes::from(message.into().coalesce());
        let mut instead = self.conduct.send(self.channel, (to.clone(), bytes));
        if instead.len() == 1 && instead.first().is_some_and(|(instead, _)| *instead == to) {
            return instead.pop().map_or(Unreliable::Rejected, |(_, bytes)| {
                self.inner.send(bytes, priority)
            });
        }
        for (to, bytes) in instead {
            self.again.send(Recipients::Some(to), bytes, priority);
        }
        Unreliable::Outcome(Feedback::Ok)
    }
}
