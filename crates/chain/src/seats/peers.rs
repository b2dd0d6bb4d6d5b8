//! Whom a node connects to: the peers of its configuration, and the validators that the chain knows.
//!
//! Validators that the chain knows are remembered in the vault, so that a node that starts again reaches them before it has read
//! its state. Where the configuration and the chain name different addresses of one node, the configuration counts: its
//! operator knows the way from here.

use commonware_p2p::{Address, AddressableManager, AddressableTrackedPeers};
use commonware_utils::{TryCollect as _, ordered::Map};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tracing::warn;

use super::{Known, OnSeats, vault::Vault};
use crate::{genesis::parse_key, types::NodeKey};

/// Name in the vault.
const KNOWN: &str = "peers";

/// Validators for which there is room before a node that learns of them starts again, at least.
const ROOM: usize = 4;

/// The peers of a configuration, with their addresses.
pub(crate) type Configured = BTreeMap<NodeKey, SocketAddr>;

/// The validators that an earlier run of this node knew.
pub(crate) fn remembered(vault: &dyn Vault) -> Result<Vec<Known>, String> {
    let Some(bytes) = vault.load(KNOWN)? else {
        return Ok(Vec::new());
    };
    let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
    let known = text.lines().filter_map(|line| {
        let mut words = line.split(' ');
        Some(Known {
            key: parse_key(words.next()?)?,
            counts: words.next()? == "validator",
            address: words.next().and_then(|address| address.parse().ok()),
        })
    });
    Ok(known.collect())
}

fn remember(vault: &dyn Vault, known: &[Known]) -> Result<(), String> {
    let lines = known.iter().map(|known| {
        let role = if known.counts { "validator" } else { "former" };
        let address = known.address.map(|address| address.to_string());
        let address = address.unwrap_or_default();
        format!("{} {role} {address}\n", hex::encode(known.key.as_ref()))
    });
    vault.save(KNOWN, lines.collect::<String>().as_bytes())
}

/// Most peers that a node can have until it starts again.
pub(crate) fn most(configured: &Configured, known: &[Known]) -> usize {
    let strange = known
        .iter()
        .filter(|known| !configured.contains_key(&known.key))
        .count();
    let all = configured.len() + strange;
    all + ROOM.max(all / 3)
}

/// The peers to connect to, at most `most`: validators first.
pub(crate) fn tracked(
    configured: &Configured,
    known: &[Known],
    most: usize,
) -> AddressableTrackedPeers<NodeKey> {
    let mut roles = BTreeMap::new();
    for known in known {
        let address = configured.get(&known.key).copied().or(known.address);
        match address {
            Some(address) => drop(roles.insert(known.key.clone(), (known.counts, address))),
            None if known.counts => {
                warn!(validator = %known.key, "neither the chain nor the configuration says where a validator listens");
            }
            None => {}
        }
    }
    for (key, address) in configured {
        roles.entry(key.clone()).or_insert((false, *address));
    }
    let mut room = most;
    let mut side = |counts: bool| -> Map<NodeKey, Address> {
        let all = roles.iter().filter(|(_, (of, _))| *of == counts);
        let some: Vec<_> = all.take(room).collect();
        room -= some.len();
        let some = some
            .into_iter()
            .map(|(key, (_, address))| (key.clone(), Address::from(*address)));
        some.try_collect()
            .unwrap_or_else(|_| unreachable!("keys of a map are unique"))
    };
    let primary = side(true);
    let secondary = side(false);
    if primary.len() + secondary.len() < roles.len() {
        warn!(
            most,
            "there are more peers than this node has room for: start it again"
        );
    }
    AddressableTrackedPeers::new(primary, secondary)
}

/// Follows the validators with the peers' manager.
pub(crate) fn following<M>(
    manager: M,
    configured: Configured,
    most: usize,
    vault: Arc<dyn Vault>,
) -> OnSeats
where
    M: AddressableManager<PublicKey = NodeKey> + Send + 'static,
{
    let manager = Mutex::new((manager, 0u64));
    Arc::new(move |known| {
        remember(vault.as_ref(), known).unwrap_or_else(|error| {
            panic!("cannot keep the validators in the vault of this node: {error}")
        });
        let mut manager = manager.lock().unwrap_or_else(PoisonError::into_inner);
        let (manager, last) = &mut *manager;
        *last += 1;
        let _feedback = manager.track(*last, tracked(&configured, known, most));
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seats::vault::InMemory;
    use commonware_cryptography::{Signer as _, ed25519};

    fn known(n: u64, counts: bool, port: Option<u16>) -> Known {
        Known {
            key: ed25519::PrivateKey::from_seed(n).public_key(),
            address: port.map(|port| SocketAddr::from(([127, 0, 0, 1], port))),
            counts,
        }
    }

    #[test]
    fn what_is_remembered_is_what_was_known() {
        let vault = InMemory::default();
        assert!(remembered(&vault).unwrap().is_empty());
        let all = [
            known(1, true, Some(7)),
            known(2, false, None),
            known(3, true, None),
        ];
        remember(&vault, &all).unwrap();
        assert_eq!(remembered(&vault).unwrap(), all);
    }

    #[test]
    fn validators_come_first_and_the_configuration_knows_the_way() {
        let (one, two, former) = (
            known(1, true, Some(7)),
            known(2, true, None),
            known(3, false, Some(9)),
        );
        let here = SocketAddr::from(([10, 0, 0, 1], 70));
        let observer = known(4, false, None).key;
        let configured: Configured = [(one.key.clone(), here), (observer.clone(), here)].into();
        let all = [one.clone(), two, former.clone()];
        assert_eq!(most(&configured, &all), 4 + ROOM);
        let peers = tracked(&configured, &all, 8);
        assert_eq!(
            peers.primary.get_value(&one.key),
            Some(&Address::from(here))
        );
        assert_eq!(
            peers.primary.len(),
            1,
            "nobody knows where the second listens"
        );
        assert_eq!(peers.secondary.len(), 2);
        let few = tracked(&configured, &all, 1);
        assert_eq!((few.primary.len(), few.secondary.len()), (1, 0));
    }
}
