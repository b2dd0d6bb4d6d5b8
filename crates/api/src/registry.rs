//! Who is who, asked of the chain: owners of keys, standing of parties.
//!
//! Answers are remembered for [`CACHED_KEY_MS`]; a revocation takes effect here at most that much later.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use pangolin_chain::handle::{Handle, ProveError};
use pangolin_ledger::{
    codec::Wire,
    id::{PartyId, PublicKey, Role, Scope, TimeMs},
    state::{Key, KeyRecord, Licence, Party, keys},
};
use thiserror::Error;

use crate::{
    clock::Clock,
    limits::{CACHED_KEY_MS, MAX_CACHED_KEYS},
};

/// The registry could not be read.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// The chain's state could not be read.
    #[error(transparent)]
    Chain(#[from] ProveError),
    /// A record cannot be decoded.
    #[error("the record under {0:?} cannot be decoded")]
    Corrupt(Key),
}

/// A party as the chain knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Its name.
    pub name: String,
    /// Whether it is suspended.
    pub suspended: bool,
    /// Roles in force, of those asked for.
    pub roles: Vec<Role>,
}

impl Standing {
    /// Whether it is an authority.
    pub fn is_authority(&self) -> bool {
        !self.suspended && self.roles.contains(&Role::AUTHORITY)
    }

    /// Whether it has any of `roles`.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        !self.suspended && self.roles.iter().any(|role| roles.contains(role))
    }
}

type Cached<K, V> = BTreeMap<K, (i64, Option<V>)>;

/// The registry of keys and parties.
pub struct Registry {
    chain: Handle,
    clock: Arc<dyn Clock>,
    roles: Vec<Role>,
    keys: Mutex<Cached<PublicKey, KeyRecord>>,
    parties: Mutex<Cached<PartyId, Arc<Standing>>>,
}

impl Registry {
    /// A registry that looks for these roles besides those of the ledger.
    pub fn new(chain: Handle, clock: Arc<dyn Clock>, roles: &[Role]) -> Self {
        let mut roles = roles.to_vec();
        roles.extend([Role::AUTHORITY, Role::REGISTRAR, Role::GOVERNOR]);
        roles.sort_unstable();
        roles.dedup();
        Self {
            chain,
            clock,
            roles,
            keys: Mutex::default(),
            parties: Mutex::default(),
        }
    }

    /// The party whose key this is, if the key is in force.
    pub async fn owner(&self, key: &PublicKey) -> Result<Option<PartyId>, RegistryError> {
        let now = self.clock.now_ms();
        let record = if let Some(known) = recall(&self.keys, key, now) {
            known
        } else {
            let found: Option<KeyRecord> = self.one(keys::party_key(key)).await?;
            remember(&self.keys, *key, now, found.clone());
            found
        };
        Ok(record
            .filter(|record| record.period.covers(TimeMs(now)))
            .map(|record| record.party))
    }

    /// A party with its roles; `None` if the chain does not know it.
    pub async fn standing(&self, party: &PartyId) -> Result<Option<Arc<Standing>>, RegistryError> {
        let now = self.clock.now_ms();
        if let Some(known) = recall(&self.parties, party, now) {
            return Ok(known);
        }
        let licence = |role: &Role| keys::licence(party, *role, &Scope::all());
        let asked: Vec<Key> = std::iter::once(keys::party(party))
            .chain(self.roles.iter().map(licence))
            .collect();
        let view = self.chain.read(asked.clone()).await?;
        let mut values = asked.into_iter().zip(view.values);
        let Some((key, record)) = values.next() else {
            return Ok(None);
        };
        let record: Option<Party> = decode(key, record)?;
        let mut roles = Vec::new();
        for (role, (key, value)) in self.roles.iter().zip(values) {
            let licence: Option<Licence> = decode(key, value)?;
            if licence.is_some_and(|licence| licence.covers(TimeMs(now))) {
                roles.push(*role);
            }
        }
        let standing = record.map(|party| {
            let suspended = party.suspended.is_some_and(|from| from <= TimeMs(now));
            Arc::new(Standing {
                name: party.name,
                suspended,
                roles,
            })
        });
        remember(&self.parties, party.clone(), now, standing.clone());
        Ok(standing)
    }

    async fn one<T: Wire>(&self, key: Key) -> Result<Option<T>, RegistryError> {
        let view = self.chain.read(vec![key]).await?;
        decode(key, view.values.into_iter().next().flatten())
    }
}

/// Decodes a record.
pub(crate) fn decode<T: Wire>(
    key: Key,
    bytes: Option<Arc<[u8]>>,
) -> Result<Option<T>, RegistryError> {
    bytes
        .map(|bytes| T::from_bytes(&bytes))
        .transpose()
        .map_err(|_| RegistryError::Corrupt(key))
}

#[expect(
    clippy::option_option,
    reason = "not remembered, and remembered as unknown, are two answers"
)]
fn recall<K: Ord, V: Clone>(cache: &Mutex<Cached<K, V>>, key: &K, now: i64) -> Option<Option<V>> {
    let cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    let (at, value) = cache.get(key)?;
    (now - at < CACHED_KEY_MS).then(|| value.clone())
}

/// Keeps an answer. A full cache is emptied: unknown keys, which anybody can invent, cannot make it grow.
fn remember<K: Ord, V>(cache: &Mutex<Cached<K, V>>, key: K, now: i64, value: Option<V>) {
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    if cache.len() >= MAX_CACHED_KEYS {
        cache.retain(|_, (at, _)| now - *at < CACHED_KEY_MS);
    }
    if cache.len() >= MAX_CACHED_KEYS {
        cache.clear();
    }
    cache.insert(key, (now, value));
}
