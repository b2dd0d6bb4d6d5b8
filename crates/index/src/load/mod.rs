//! A synthetic load: the blocks of a national trade in packs, for measuring an index of any size. A node does not use it.
//!
//! The trade follows the national model: lots of 40,000 packs, cases of 20, pallets of 100 cases. Each lot is commissioned and
//! packed by its manufacturer and shipped by pallet to a wholesaler. Some pallets stay there; the others are taken apart and go
//! in orders of 5 packs to dispensers, who dispense some of them. The events are events of the pharmaceutical profile with
//! their full text, applied through [`SqliteIndex::apply`](crate::SqliteIndex::apply) like those of a chain.
//!
//! **Deterministic**: the plan decides every byte. The `n`-th pack, case and pallet can be named without having made the
//! load, so that any of them can be asked for.
//!
//! **Deliberately absent**: signatures, commitments and event hashes, none of which the index looks at: identities of events are
//! digests of their number. Whether the rules would accept the events is not judged here; a test judges it.

mod blocks;
mod measure;
mod names;
mod template;

use thiserror::Error;

pub use blocks::Blocks;
pub use measure::{Filled, Latency, fill, latency, sample};

/// What a load is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// Lots.
    pub lots: u64,
    /// Packs in a lot.
    pub lot: u64,
    /// Packs in a case.
    pub case: u64,
    /// Cases on a pallet.
    pub pallet: u64,
    /// Of so many pallets one is taken apart and sold.
    pub sold_one_in: u64,
    /// Packs in an order of a dispenser.
    pub order: u64,
    /// Of so many packs sold one is dispensed.
    pub dispensed_one_in: u64,
    /// How serial numbers follow each other.
    pub serials: Serials,
}

/// How serial numbers follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Serials {
    /// One after the other.
    Counted,
    /// Scattered over twelve digits, as most manufacturers do against guessing.
    Scattered,
}

impl Default for Plan {
    /// One lot of the national model.
    fn default() -> Self {
        Self {
            lots: 1,
            lot: 40_000,
            case: 20,
            pallet: 100,
            sold_one_in: 4,
            order: 5,
            dispensed_one_in: 4,
            serials: Serials::Scattered,
        }
    }
}

impl Plan {
    /// The national model with at least so many objects: packs, cases and pallets.
    pub fn of_objects(objects: u64) -> Self {
        let one = Self::default();
        Self {
            lots: objects.div_ceil(one.objects()).max(1),
            ..one
        }
    }

    /// Packs in all.
    pub const fn packs(&self) -> u64 {
        self.lots * self.lot
    }

    /// Cases in a lot.
    pub const fn cases_of_lot(&self) -> u64 {
        self.lot.div_ceil(self.case)
    }

    /// Pallets in a lot.
    pub const fn pallets_of_lot(&self) -> u64 {
        self.cases_of_lot().div_ceil(self.pallet)
    }

    /// Packs, cases and pallets in all.
    pub const fn objects(&self) -> u64 {
        self.lots * (self.lot + self.cases_of_lot() + self.pallets_of_lot())
    }

    /// The blocks of the load.
    pub fn blocks(&self) -> Result<Blocks, LoadError> {
        Blocks::new(self.clone())
    }
}

/// Why a load cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LoadError {
    /// A number of the plan is zero or too large.
    #[error("a load needs {0}")]
    Plan(&'static str),
    /// An event cannot be written.
    #[error("an event of the load cannot be made: {0}")]
    Event(String),
    /// The index refused a block, or a trace.
    #[error(transparent)]
    Index(#[from] crate::IndexError),
}

impl LoadError {
    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Plan(_) => "load-plan",
            Self::Event(_) => "load-event",
            Self::Index(error) => error.code(),
        }
    }
}
