//! What the final state here says about the validators.

use commonware_glue::stateful::db::Shared;
use commonware_runtime::{Clock, Metrics, Spawner, Storage};
use pangolin_ledger::{
    ChainId, Height, Key, PublicKey, Wire,
    evidence::Resharing,
    state::{Members, Misconduct, Roster, Round, Wanted, keys},
};
use pangolin_proof::{header::Header, record::StateKey};
use std::{collections::BTreeMap, time::Duration};
use tokio::sync::watch;

use super::keys_of;
use crate::{
    app::App,
    store::{Records, Rules},
};

/// Wait between two attempts to read the state between two blocks.
const RETRY: Duration = Duration::from_millis(10);

/// What a dealer dealt, as it lies in the state: bytes with their length.
struct Log(Vec<u8>);

impl Wire for Log {
    fn put(&self, w: &mut pangolin_ledger::codec::Writer) {
        w.bytes(&self.0);
    }
    fn take(
        r: &mut pangolin_ledger::codec::Reader<'_>,
    ) -> Result<Self, pangolin_ledger::CodecError> {
        Ok(Self(
            r.bytes(pangolin_ledger::limits::MAX_LOG_BYTES)?.into(),
        ))
    }
}

/// What is recorded about validators in one state.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// The header whose state it is.
    pub(crate) header: Header,
    /// In short; `None` before the first block, and in a chain without epochs.
    pub(crate) roster: Option<Roster>,
    /// The present validators.
    pub(crate) members: Option<Members>,
    /// The wanted ones, where others are present.
    pub(crate) wanted: Option<Wanted>,
    /// The last resharing.
    pub(crate) latest: Option<Round>,
    /// The resharing that made the present shares.
    pub(crate) own: Option<Round>,
}

impl Snapshot {
    /// Time of the block whose state it is, since 1970.
    pub(crate) const fn time(&self) -> Duration {
        Duration::from_millis(self.header.time_ms)
    }

    /// Height of the block whose state it is.
    pub(crate) const fn height(&self) -> Height {
        Height(self.header.height.get())
    }
}

/// Reads them. It holds the stores themselves, as the actors do with which it ends; asking the actor that owns them would be fatal
/// once that one has ended.
pub(crate) struct Reader<E: Clock + Spawner + Storage + Metrics> {
    records: watch::Receiver<Option<Shared<Records<E>>>>,
    rules: watch::Receiver<Option<Shared<Rules<E>>>>,
    app: App,
}

impl<E: Clock + Spawner + Storage + Metrics> Clone for Reader<E> {
    fn clone(&self) -> Self {
        Self {
            records: self.records.clone(),
            rules: self.rules.clone(),
            app: self.app.clone(),
        }
    }
}

/// A store, once it is open.
async fn opened<DB>(store: &watch::Receiver<Option<Shared<DB>>>) -> Shared<DB> {
    let mut store = store.clone();
    loop {
        let open = store.borrow_and_update().clone();
        if let Some(open) = open {
            return open;
        }
        if store.changed().await.is_err() {
            // the node is ending, and with it whoever waits here
            std::future::pending::<()>().await;
        }
    }
}

impl<E: Clock + Spawner + Storage + Metrics> Reader<E> {
    pub(crate) const fn new(
        records: watch::Receiver<Option<Shared<Records<E>>>>,
        rules: watch::Receiver<Option<Shared<Rules<E>>>>,
        app: App,
    ) -> Self {
        Self {
            records,
            rules,
            app,
        }
    }

    /// The present state. Waits while there is none, and while it is between two blocks.
    pub(crate) async fn snapshot(&self, clock: &impl Clock) -> Snapshot {
        loop {
            if let Some(snapshot) = self.attempt().await {
                return snapshot;
            }
            clock.sleep(RETRY).await;
        }
    }

    async fn attempt(&self) -> Option<Snapshot> {
        let (records, rules) = (opened(&self.records).await, opened(&self.rules).await);
        let (records, rules) = (records.read().await, rules.read().await);
        let header = self.app.header_of_state(&records.root(), &rules.root());
        drop(records);
        let get = async |key: Key| {
            let value = rules.get(&StateKey::new(key.0)).await;
            value.unwrap_or_else(|error| panic!("cannot read the rules store: {error}"))
        };
        macro_rules! record {
            ($t:ty, $key:expr) => {
                get($key).await.map(|value| {
                    let record = <$t>::from_bytes(&value.0);
                    record.unwrap_or_else(|error| {
                        panic!("a record about validators cannot be read: {error}")
                    })
                })
            };
        }
        let roster = record!(Roster, keys::roster());
        // before the first block, which writes the roster, the stores are empty, and no header says so
        let header = match header {
            None if roster.is_none() => Some(self.app.tip()).filter(|tip| tip.height.is_zero()),
            header => header,
        }?;
        let (mut members, mut wanted, mut latest, mut own) = (None, None, None, None);
        if let Some(roster) = &roster {
            members = record!(Members, keys::members());
            wanted = record!(Wanted, keys::wanted());
            latest = record!(Round, keys::round(roster.round));
            let number = members
                .as_ref()
                .map_or(0, |members: &Members| members.round);
            own = record!(Round, keys::round(number));
        }
        Some(Snapshot {
            header,
            roster,
            members,
            wanted,
            latest,
            own,
        })
    }

    /// What was dealt in a resharing.
    pub(crate) async fn logs(&self, round: &Round) -> BTreeMap<PublicKey, Vec<u8>> {
        let rules = opened(&self.rules).await;
        let rules = rules.read().await;
        let mut logs = BTreeMap::new();
        for dealer in &round.logs {
            let key = keys::round_log(round.number, dealer);
            let value = rules.get(&StateKey::new(key.0)).await;
            let value =
                value.unwrap_or_else(|error| panic!("cannot read the rules store: {error}"));
            if let Some(Ok(log)) = value.map(|value| Log::from_bytes(&value.0)) {
                logs.insert(*dealer, log.0);
            }
        }
        logs
    }

    /// Whether it is recorded that a validator contradicted itself.
    pub(crate) async fn is_recorded(&self, validator: &PublicKey) -> bool {
        let rules = opened(&self.rules).await;
        let rules = rules.read().await;
        let key = StateKey::new(keys::misconduct(validator).0);
        let value = rules.get(&key).await;
        let value = value.unwrap_or_else(|error| panic!("cannot read the rules store: {error}"));
        value.is_some_and(|value| Misconduct::from_bytes(&value.0).is_ok())
    }
}

/// A recorded resharing as the referee takes it; `players` are its players' keys.
pub(crate) fn resharing<'a>(
    chain: &'a ChainId,
    round: &'a Round,
    players: &'a [PublicKey],
) -> Resharing<'a> {
    debug_assert_eq!(players, keys_of(&round.players));
    Resharing {
        chain,
        number: round.number,
        sharing: &round.sharing,
        players,
    }
}
