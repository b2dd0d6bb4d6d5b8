//! Who a node is and whom it knows, as its status says it: from the genesis file and the configuration.

use pangolin_api::deps::{Identity, Member};
use pangolin_chain::genesis::Genesis;

use super::config::Config;

/// The identity of the node with the public key `key`, in hexadecimal.
pub(super) fn of(config: &Config, genesis: &Genesis, key: String) -> Identity {
    let validators: Vec<Member> = genesis
        .file
        .validators
        .iter()
        .map(|entry| Member {
            name: entry.name.clone(),
            organisation: Some(entry.organisation.clone()),
            key: entry.key.to_lowercase(),
        })
        .collect();
    let validator = |key: &str| validators.iter().find(|member| member.key == key);
    let peers = config
        .peers
        .iter()
        .map(|peer| Member {
            name: peer.name.clone(),
            organisation: None,
            key: peer.key.to_lowercase(),
        })
        .collect();
    let organisation = validator(&key).and_then(|member| member.organisation.clone());
    Identity {
        node: Member {
            name: config.name.clone(),
            organisation,
            key,
        },
        chain_name: genesis.file.name.clone(),
        validators,
        peers,
    }
}
