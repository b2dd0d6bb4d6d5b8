//! Where a node keeps what nobody else has and nobody else may see: its shares of the chain's key, and the dealings that it
//! acknowledged.
//!
//! How it is kept is the affair of whoever runs the node; the engine's stores are not the place, because copies of them are
//! handed around. What cannot be kept or read stops the node: a share that was acknowledged and is lost is gone for good.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Named secrets.
pub trait Vault: Send + Sync {
    /// What is kept under a name.
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, String>;
    /// Keeps something, instead of what was there. It is durable when this returns.
    fn save(&self, name: &str, secret: &[u8]) -> Result<(), String>;
    /// Forgets something.
    fn remove(&self, name: &str) -> Result<(), String>;
    /// All names.
    fn names(&self) -> Result<Vec<String>, String>;
}

/// A vault in memory, for tests and for nodes of chains whose validators stay.
#[derive(Clone, Debug, Default)]
pub struct InMemory(Arc<Mutex<BTreeMap<String, Vec<u8>>>>);

impl Vault for InMemory {
    fn load(&self, name: &str) -> Result<Option<Vec<u8>>, String> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(held.get(name).cloned())
    }

    fn save(&self, name: &str, secret: &[u8]) -> Result<(), String> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.insert(name.to_owned(), secret.to_vec());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<(), String> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.remove(name);
        Ok(())
    }

    fn names(&self) -> Result<Vec<String>, String> {
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(held.keys().cloned().collect())
    }
}

/// Name of the epoch in which this validator votes, or voted last.
const VOTED: &str = "voted";
/// Names of shares, followed by the number of the resharing that made them.
const SHARE: &str = "share-";
/// Names of acknowledged dealings, followed by the number of the resharing.
const DEALINGS: &str = "dealings-";

/// A vault with the names that this crate uses. Its failures end the node.
#[derive(Clone)]
pub(crate) struct Kept(pub(crate) Arc<dyn Vault>);

impl Kept {
    pub(crate) fn share(&self, round: u64) -> Option<Vec<u8>> {
        sure("read a share from", self.0.load(&format!("{SHARE}{round}")))
    }

    pub(crate) fn keep_share(&self, round: u64, share: &[u8]) {
        sure(
            "keep a share in",
            self.0.save(&format!("{SHARE}{round}"), share),
        );
    }

    pub(crate) fn dealings(&self, round: u64) -> Option<Vec<u8>> {
        let name = format!("{DEALINGS}{round}");
        sure("read dealings from", self.0.load(&name))
    }

    pub(crate) fn keep_dealings(&self, round: u64, dealings: &[u8]) {
        let name = format!("{DEALINGS}{round}");
        sure("keep dealings in", self.0.save(&name, dealings));
    }

    /// The epoch in which this validator began to vote last.
    pub(crate) fn voted(&self) -> Option<u64> {
        let bytes = sure("read from", self.0.load(VOTED))?;
        Some(u64::from_be_bytes(bytes.try_into().unwrap_or([u8::MAX; 8])))
    }

    pub(crate) fn votes_in(&self, epoch: u64) {
        sure("write to", self.0.save(VOTED, &epoch.to_be_bytes()));
    }

    /// Forgets the shares and dealings of all resharings but these: shares of an earlier epoch sign under the same key, and must
    /// not lie around.
    pub(crate) fn retain(&self, rounds: &[u64]) {
        for name in sure("list", self.0.names()) {
            let number = name
                .strip_prefix(SHARE)
                .or_else(|| name.strip_prefix(DEALINGS));
            let number = number.and_then(|number| number.parse::<u64>().ok());
            if number.is_some_and(|number| !rounds.contains(&number)) {
                sure("remove from", self.0.remove(&name));
            }
        }
    }
}

fn sure<T>(what: &str, result: Result<T, String>) -> T {
    result.unwrap_or_else(|error| panic!("cannot {what} the vault of this node: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_no_use_any_more_is_forgotten_and_nothing_else() {
        let vault = InMemory::default();
        let kept = Kept(Arc::new(vault.clone()));
        for round in 1..=3 {
            kept.keep_share(round, &[1]);
            kept.keep_dealings(round, &[2]);
        }
        kept.votes_in(7);
        kept.retain(&[2, 3]);
        assert_eq!(
            vault.names().unwrap(),
            ["dealings-2", "dealings-3", "share-2", "share-3", "voted"]
        );
        assert_eq!((kept.share(1), kept.share(3)), (None, Some(vec![1])));
        assert_eq!((kept.dealings(2), kept.voted()), (Some(vec![2]), Some(7)));
    }
}
