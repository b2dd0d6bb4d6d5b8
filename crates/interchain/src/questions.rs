//! Questions to chains about histories, asked together: while some are under way, those that come meanwhile gather, and go as one request.
//!
//! Nobody waits for others to ask: what is there goes at once, as much as one request takes. Whoever asks gets its own answer; what goes
//! wrong with a request goes wrong for all who were in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
    sync::Arc,
};

use futures::{
    StreamExt as _,
    channel::{mpsc, oneshot},
    future::join_all,
};
use pangolin_ledger::{
    ChainId,
    walk::{local::Want, together::MAX_TOGETHER},
};

use crate::{
    limits::ASKED_AT_ONCE,
    port::{Piecewise, Port, PortError, Ports},
};

/// What is asked, and where the answer goes.
type Question = (BTreeSet<Want>, oneshot::Sender<Piecewise>);

/// Where questions are handed in.
#[derive(Clone)]
pub(crate) struct Asking(BTreeMap<ChainId, mpsc::UnboundedSender<Question>>);

impl Asking {
    /// What a chain has of a history; nothing of a chain that cannot be reached.
    pub(crate) async fn piece(&self, chain: &ChainId, wants: BTreeSet<Want>) -> Piecewise {
        let Some(asked) = self.0.get(chain) else {
            return Ok(None);
        };
        let gone = || PortError::new("not-asked", "the question was not asked");
        let (answer, answered) = oneshot::channel();
        asked.unbounded_send((wants, answer)).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

/// Where questions are handed in, and what asks them: to be driven until whoever asks is done and every [`Asking`] is gone.
pub(crate) fn together(ports: &Ports) -> (Asking, impl Future<Output = ()> + '_) {
    let mut asking = BTreeMap::new();
    let mut drivers = Vec::new();
    for (chain, port) in ports {
        let (sender, receiver) = mpsc::unbounded();
        asking.insert(*chain, sender);
        drivers.push(drive(port, receiver));
    }
    let drivers = async move { drop(join_all(drivers).await) };
    (Asking(asking), drivers)
}

async fn drive(port: &Arc<dyn Port>, questions: mpsc::UnboundedReceiver<Question>) {
    let requests = questions.ready_chunks(MAX_TOGETHER);
    requests
        .for_each_concurrent(ASKED_AT_ONCE, |some| async move {
            let (wants, answers): (Vec<_>, Vec<_>) = some.into_iter().unzip();
            let told = port.pieces(wants).await;
            for (answer, told) in answers.into_iter().zip(told) {
                // whoever asked may be gone
                let _gone = answer.send(told);
            }
        })
        .await;
}

#[cfg(test)]
mod tests;
