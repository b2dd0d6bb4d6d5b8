//! A ceremony on real sockets.

use commonware_cryptography::ChaCha20Poly1305;
use commonware_p2p::{
    Address, AddressableManager as _, AddressableTrackedPeers,
    authenticated::lookup::{self, Network},
    max_message_size,
};
use commonware_runtime::{Quota, Supervisor as _, tokio as runtime};
use commonware_stream::{
    cups::{self, Cups},
    sake::{self, Sake},
};
use commonware_utils::{NZU32, NZUsize, TryCollect as _, ordered::Map};
use std::{net::SocketAddr, num::NonZeroUsize, time::Duration};

use super::{
    CeremonyError, Done, Limits, Participant, Progress, Vault, run, wire::MAX_PACKET_BYTES,
};
use crate::{
    limits::MAILBOX,
    node::Peer,
    types::{NodeKey, NodeSecret},
};

/// Links of ceremonies are no links of chains. It does not name the draft: whoever has another one is to be told so.
const NAMESPACE: &[u8] = b"pangolin/ceremony/peer/1";

/// Messages per second that one peer may send.
const QUOTA: Quota = Quota::per_second(NZU32!(512));

/// This validator on the network.
pub struct Party {
    /// Its secret key.
    pub secret: NodeSecret,
    /// Where it listens.
    pub listen: SocketAddr,
    /// All validators with their addresses, this one included.
    pub peers: Vec<Peer>,
}

/// Connects to the other validators and takes part.
pub async fn join(
    context: runtime::Context,
    party: Party,
    participant: Participant,
    vault: &mut dyn Vault,
    limits: Limits,
    report: impl FnMut(&Progress),
) -> Result<Done, CeremonyError> {
    let terms = participant.terms();
    let validator = |key: &NodeKey| terms.validators().iter().any(|known| known == key);
    if party.peers.len() != terms.count() || !party.peers.iter().all(|peer| validator(&peer.key)) {
        return Err(CeremonyError::Addresses);
    }
    let addresses: Map<NodeKey, Address> = party
        .peers
        .iter()
        .map(|peer| (peer.key.clone(), Address::from(peer.address)))
        .try_collect()
        .map_err(|_| CeremonyError::Addresses)?;
    let mut config = lookup::Config::local(
        Cups::<_, ChaCha20Poly1305>::new(
            Sake {
                signer: party.secret,
                synchrony_bound: Duration::from_secs(5),
                max_handshake_age: Duration::from_secs(10),
                version: sake::Version::V1,
            },
            cups::Version::V1,
        ),
        NAMESPACE,
        party.listen,
        NonZeroUsize::new(party.peers.len()).unwrap_or(NonZeroUsize::MIN),
        max_message_size(&[MAX_PACKET_BYTES]),
        MAILBOX,
    );
    config.tracked_peer_sets = NZUsize!(1);
    let (mut network, mut oracle) = Network::new(context.child("network"), config);
    let nobody: Map<NodeKey, Address> = Vec::new()
        .into_iter()
        .try_collect()
        .map_err(|_| CeremonyError::Addresses)?;
    oracle.track(0, AddressableTrackedPeers::new(addresses, nobody));
    let channel = network.register(0, QUOTA);
    let links = network.start();
    let end = run(
        context.child("ceremony"),
        participant,
        vault,
        channel,
        limits,
        report,
    )
    .await;
    links.abort();
    end
}
