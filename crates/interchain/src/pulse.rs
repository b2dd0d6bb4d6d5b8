//! What all directions need to know of a chain, asked for once: how far it is, what it has for others, and what it knows of them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use pangolin_ledger::{
    ChainId, Height, TimeMs,
    state::{Channel, Directory, Feed, Following, ForeignChain, Notices, keys},
};
use tokio::sync::watch;

use crate::{
    board::Board,
    port::{Port, PortError},
};

/// How a chain stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pulse {
    pub(crate) height: Height,
    pub(crate) time: TimeMs,
    /// How many notices of its orders it has written.
    pub(crate) notices: u64,
    /// How much it has recorded of chains.
    pub(crate) directory: Directory,
    /// What it has for each other chain, and knows of it.
    pub(crate) others: BTreeMap<ChainId, Other>,
}

/// What a chain has for another one, and knows of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Other {
    /// Number of the next entry for it.
    pub(crate) next_out: u64,
    /// How it is registered.
    pub(crate) record: Option<ForeignChain>,
    /// How far its notices are known.
    pub(crate) feed: Feed,
    /// Whether it follows the other as a registry, and how far it knows what that one recorded.
    pub(crate) following: Option<Following>,
}

impl Pulse {
    async fn take(port: &dyn Port, others: &[ChainId]) -> Result<Self, PortError> {
        let mut wanted = vec![keys::notices(), keys::directory()];
        for other in others {
            wanted.extend([
                keys::channel(other),
                keys::foreign_chain(other),
                keys::feed(other),
                keys::following(other),
            ]);
        }
        let view = port.read(wanted).await?;
        let wrong = |error| PortError::record(&error);
        let mut known = BTreeMap::new();
        for other in others {
            let channel: Option<Channel> = view.get(&keys::channel(other)).map_err(wrong)?;
            let found = Other {
                next_out: channel.unwrap_or_default().next_out,
                record: view.get(&keys::foreign_chain(other)).map_err(wrong)?,
                feed: view
                    .get(&keys::feed(other))
                    .map_err(wrong)?
                    .unwrap_or_default(),
                following: view.get(&keys::following(other)).map_err(wrong)?,
            };
            known.insert(*other, found);
        }
        let written: Option<Notices> = view.get(&keys::notices()).map_err(wrong)?;
        let directory: Option<Directory> = view.get(&keys::directory()).map_err(wrong)?;
        Ok(Self {
            directory: directory.unwrap_or_default(),
            height: view.height,
            time: view.time,
            notices: written.unwrap_or_default().next,
            others: known,
        })
    }
}

/// The pulses of a chain, as they come.
pub(crate) type Pulses = watch::Receiver<Option<Arc<Pulse>>>;

/// Takes the pulse of a chain for as long as somebody listens. While it cannot be taken, there is none.
pub(crate) async fn take(
    port: Arc<dyn Port>,
    others: Vec<ChainId>,
    every: Duration,
    board: Arc<Board>,
    tell: watch::Sender<Option<Arc<Pulse>>>,
) {
    while !tell.is_closed() {
        match Pulse::take(port.as_ref(), &others).await {
            Ok(pulse) => {
                board.reached(port.chain(), pulse.height, pulse.time);
                tell.send_if_modified(|known| {
                    let same = known.as_ref().is_some_and(|known| **known == pulse);
                    if !same {
                        *known = Some(Arc::new(pulse));
                    }
                    !same
                });
                board.sleep(every).await;
            }
            Err(error) => {
                board.unreached(port.chain(), &error);
                tell.send_if_modified(|known| known.take().is_some());
                board.sleep(every.max(Duration::from_secs(1))).await;
            }
        }
    }
}
