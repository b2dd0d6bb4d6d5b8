//! What the index is fed with: final blocks with the receipts of their transactions.

use pangolin_ledger::{
    id::{Digest32, Height, PartyId, TimeMs},
    report::{BlockEffects, Receipt},
    tx::SignedTransaction,
};

/// A final block as the index sees it.
#[derive(Debug, Clone)]
pub struct IndexBlock {
    /// Its number.
    pub height: Height,
    /// Its time: the record time of its events.
    pub time: TimeMs,
    /// Its digest; a block that comes again must have the same.
    pub digest: Digest32,
    /// Its transactions with their receipts, in order.
    pub transactions: Vec<(SignedTransaction, Receipt)>,
    /// What it did by itself, before and after its transactions.
    pub effects: Effects,
}

/// What a block did by itself.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// Before its transactions.
    pub begin: BlockEffects,
    /// After its transactions.
    pub end: BlockEffects,
}

/// A party that is a member from the beginning of the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenesisParty {
    /// The party.
    pub party: PartyId,
    /// Its name.
    pub name: String,
}

/// What became of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Applied {
    /// It was indexed.
    Now,
    /// It had been indexed before; nothing changed.
    Before,
}
