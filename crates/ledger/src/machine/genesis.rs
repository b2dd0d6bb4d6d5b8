//! The genesis document: what a chain begins with.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::{
    id::{ChainId, Height, PartyId, ProfileRef, PublicKey, Role, Scope, TimeMs},
    limits::{MAX_GENESIS_ENTRIES, MAX_TEXT_BYTES},
    machine::{Machine, Overlay, governance::check_params},
    state::{
        Channel, Directory, Due, DueCursor, ForeignChain, Key, KeyRecord, KeyUse, Licence, Listed,
        Params, Party, Period, ProfileRecord, keys,
    },
};

/// A party at genesis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenesisParty {
    /// The party.
    pub id: PartyId,
    /// Its name (at most 512 bytes).
    pub name: String,
    /// Its keys.
    pub keys: Vec<(PublicKey, KeyUse)>,
    /// Its roles, each for a scope, in force since ever and without end.
    pub roles: Vec<(Role, Scope)>,
}
wire_struct!(GenesisParty { id, name[text MAX_TEXT_BYTES], keys[list MAX_GENESIS_ENTRIES], roles[list MAX_GENESIS_ENTRIES] });

/// What a chain begins with. Its encoding is what the genesis block commits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genesis {
    /// The chain.
    pub chain: ChainId,
    /// Time of the genesis block.
    pub time: TimeMs,
    /// Parameters.
    pub params: Params,
    /// Profiles in force from the first block on.
    pub profiles: Vec<ProfileRef>,
    /// Parties.
    pub parties: Vec<GenesisParty>,
    /// Foreign chains.
    pub chains: Vec<(ChainId, ForeignChain)>,
}
wire_struct!(Genesis v 1 {
    chain, time, params, profiles[list MAX_GENESIS_ENTRIES], parties[list MAX_GENESIS_ENTRIES], chains[list MAX_GENESIS_ENTRIES],
});

/// A genesis document was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// The software lacks a profile.
    #[error("profile {profile} is not known to this software")]
    UnknownProfile {
        /// The profile.
        profile: ProfileRef,
    },
    /// A party is listed twice.
    #[error("party {party} is listed twice")]
    RepeatedParty {
        /// The party.
        party: PartyId,
    },
    /// A key is listed twice.
    #[error("key {key} is listed twice")]
    RepeatedKey {
        /// The key.
        key: PublicKey,
    },
    /// The parameters would make the chain unusable.
    #[error("the parameters are not usable: {reason}")]
    BadParams {
        /// Why.
        reason: &'static str,
    },
    /// Too few parties hold a reserved role to reach its threshold.
    #[error("{held} parties hold role {role}, {needed} are needed")]
    Ungovernable {
        /// The role.
        role: Role,
        /// Parties that hold it.
        held: usize,
        /// Parties that are needed.
        needed: u8,
    },
}

impl GenesisError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::UnknownProfile { .. } => "unknown-profile",
            Self::RepeatedParty { .. } => "repeated-party",
            Self::RepeatedKey { .. } => "repeated-key",
            Self::BadParams { .. } => "bad-params",
            Self::Ungovernable { .. } => "ungovernable",
        }
    }
}

/// The state a genesis document describes.
pub(super) fn state(
    machine: &Machine,
    genesis: &Genesis,
) -> Result<BTreeMap<Key, Vec<u8>>, GenesisError> {
    check_params(&genesis.params).map_err(|reason| GenesisError::BadParams { reason })?;
    let mut o = Overlay::new();
    o.put(keys::params(), &genesis.params);
    let cursor = DueCursor {
        bucket: Due::bucket_now(genesis.time),
        page: 0,
        entry: 0,
    };
    o.put(keys::due_cursor(), &cursor);
    for reference in &genesis.profiles {
        let profile = machine
            .profile(*reference)
            .ok_or(GenesisError::UnknownProfile {
                profile: *reference,
            })?;
        let record = ProfileRecord {
            digest: profile.digest(),
            from: Height(0),
            until: None,
        };
        o.put(keys::profile(*reference), &record);
    }
    let always = Period {
        from: TimeMs(i64::MIN),
        until: None,
        revoked: None,
        granted: Height(0),
    };
    for party in &genesis.parties {
        let key = keys::party(&party.id);
        if o.knows(&key) {
            return Err(GenesisError::RepeatedParty {
                party: party.id.clone(),
            });
        }
        o.put(
            key,
            &Party {
                name: party.name.clone(),
                admitted: Height(0),
                suspended: None,
                quota: None,
            },
        );
        for (public, usage) in &party.keys {
            let key = keys::party_key(public);
            if o.knows(&key) {
                return Err(GenesisError::RepeatedKey { key: *public });
            }
            o.put(
                key,
                &KeyRecord {
                    party: party.id.clone(),
                    usage: usage.clone(),
                    period: always.clone(),
                },
            );
        }
        for (role, scope) in &party.roles {
            o.put(
                keys::licence(&party.id, *role, scope),
                &Licence {
                    periods: vec![always.clone()],
                },
            );
        }
    }
    for (role, needed) in [
        (Role::GOVERNOR, genesis.params.governors),
        (Role::REGISTRAR, genesis.params.registrars),
    ] {
        let holds = |party: &&GenesisParty| party.roles.contains(&(role, Scope::all()));
        let held = genesis.parties.iter().filter(holds).count();
        if held < usize::from(needed) {
            return Err(GenesisError::Ungovernable { role, held, needed });
        }
    }
    for (number, (chain, record)) in (0..).zip(&genesis.chains) {
        o.put(keys::foreign_chain(chain), record);
        o.put(keys::channel(chain), &Channel::default());
        o.put(keys::listed(number), &Listed { chain: *chain });
    }
    if !genesis.chains.is_empty() {
        let directory = Directory {
            chains: genesis.chains.len() as u64,
            ..Directory::default()
        };
        o.put(keys::directory(), &directory);
    }
    let writes = o.into_writes().into_iter();
    Ok(writes
        .filter_map(|(key, record)| record.map(|record| (key, record)))
        .collect())
}
