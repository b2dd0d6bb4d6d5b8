//! Which rules a node speaks: those of its chain's genesis.

use anyhow::{Context as _, Result};
use pangolin_chain::genesis::Genesis;
use pangolin_ledger::Wire as _;
use pangolin_profiles::catalog::{self, Rules};

use crate::failure::Failure;

/// The rules that nodes of this chain capture and sign under.
pub(crate) fn spoken(genesis: &Genesis) -> Result<&'static Rules> {
    let ledger = pangolin_ledger::Genesis::from_bytes(&genesis.ledger)
        .context("the genesis ledger cannot be read")?;
    let named = ledger.profiles.iter().map(ToString::to_string);
    let named = named.collect::<Vec<_>>().join(", ");
    catalog::spoken(&ledger).ok_or_else(|| {
        Failure::local(
            "unknown-profile",
            format!(
                "chain {:?} follows the rules {named:?} (profile@version), which this program does not have; it has {}",
                genesis.file.name,
                catalog::names().join(", ")
            ),
        )
        .advising("run a version of this program that has them, or name the genesis file of another chain")
        .into()
    })
}

#[cfg(test)]
mod tests {
    use pangolin_chain::{genesis::GenesisFile, keys};
    use pangolin_ledger::{ChainId, ProfileRef, TimeMs};
    use pangolin_profiles::{pharma, registry};

    use super::*;

    fn genesis(profiles: Vec<ProfileRef>) -> Genesis {
        let mut rng = rand::rng();
        let secret = keys::generate(&mut rng);
        let key = commonware_cryptography::Signer::public_key(&secret);
        let set = commonware_utils::TryFromIterator::try_from_iter([key]).unwrap();
        let (sharing, _) = keys::trusted_dealer(&mut rng, set).unwrap();
        let params = pharma::params();
        let ledger = pharma::genesis(ChainId([0; 32]), TimeMs(0), params, profiles, &[]).unwrap();
        let file = GenesisFile {
            format: pangolin_chain::genesis::FORMAT.into(),
            name: "x".into(),
            key_origin: pangolin_chain::genesis::KeyOrigin::TrustedDealer,
            created_ms: 0,
            heartbeat_ms: 1_000,
            epoch_blocks: None,
            validators: vec![pangolin_chain::genesis::ValidatorEntry {
                name: "a".into(),
                organisation: "a".into(),
                key: keys::public_hex(&secret),
            }],
            chain_key: pangolin_chain::genesis::encode_sharing(&sharing),
            ledger: hex::encode(ledger.to_bytes()),
        };
        Genesis::parse(&serde_json::to_vec(&file).unwrap()).unwrap()
    }

    #[test]
    fn the_genesis_decides() {
        let name = |profiles| spoken(&genesis(profiles)).map(|rules| rules.name);
        assert_eq!(
            name(vec![pharma::LENIENT, pharma::STRICT]).unwrap(),
            "pharma-lenient"
        );
        assert_eq!(name(vec![registry::RULES]).unwrap(), "registry");
        let toys = ProfileRef {
            id: 999,
            version: 4,
        };
        for other in [vec![toys], vec![]] {
            let error = Failure::of(&name(other).unwrap_err()).json();
            assert_eq!(error["code"], "unknown-profile");
            assert!(
                error["remedy"].as_str().unwrap().contains("genesis file"),
                "{error}"
            );
        }
    }
}
