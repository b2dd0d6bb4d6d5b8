//! The two authenticated stores of a node and how they lie on disk.
//!
//! *records* is the bulk: one entry per object, event and balance, written once or rarely. It is unordered,
//! because keeping an order costs ten times as much per new key (ADR 002). *rules* is small and decides:
//! parties, licences, orders, nullifiers, profiles. It is ordered, so that it can also prove that an entry
//! does not exist, which is what "no recall on this lot" needs.

use commonware_cryptography::Sha256;
use commonware_glue::stateful::db::{
    Shared,
    current::{CurrentMerkleized, CurrentUnmerkleized},
};
use commonware_parallel::Sequential;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_storage::{
    Context,
    index::{ordered::Index as OrderedIndex, unordered::Index as UnorderedIndex},
    journal::contiguous::variable::{Config as LogConfig, Journal},
    merkle::full::Config as MerkleConfig,
    mmr::{self, Location},
    qmdb::{
        any::{operation::Operation, ordered, unordered},
        current::{
            VariableConfig, ordered::variable as ordered_db, unordered::variable as unordered_db,
        },
    },
    translator::EightCap,
};
use commonware_utils::{NZU64, NZUsize, non_empty_range};
use pangolin_proof::{
    header::StoreRoot,
    record::{CHUNK_BYTES, StateKey, Value, ValueCodec},
};
use std::num::NonZeroUsize;

use crate::types::Digest;

/// The records store.
pub type Records<E> =
    unordered_db::Db<mmr::Family, E, StateKey, Value, Sha256, EightCap, CHUNK_BYTES, Sequential>;
/// The rules store.
pub type Rules<E> =
    ordered_db::Db<mmr::Family, E, StateKey, Value, Sha256, EightCap, CHUNK_BYTES, Sequential>;
/// Both stores, as the engine manages them.
pub type Databases<E> = (Shared<Records<E>>, Shared<Rules<E>>);

type RecordsUpdate = unordered::Update<StateKey, ValueCodec>;
type RulesUpdate = ordered::Update<StateKey, ValueCodec>;
/// One entry of the log of the records store.
pub type RecordsOperation = Operation<mmr::Family, RecordsUpdate>;
/// One entry of the log of the rules store.
pub type RulesOperation = Operation<mmr::Family, RulesUpdate>;
type RecordsLog<E> = Journal<E, RecordsOperation>;
type RulesLog<E> = Journal<E, RulesOperation>;
type RecordsIndex = UnorderedIndex<EightCap, Location>;
type RulesIndex = OrderedIndex<EightCap, Location>;

/// Speculative changes of the records store.
pub type RecordsBatch<E> = CurrentUnmerkleized<
    mmr::Family,
    E,
    RecordsLog<E>,
    RecordsIndex,
    Sha256,
    RecordsUpdate,
    CHUNK_BYTES,
    Sequential,
>;
/// Speculative changes of the rules store.
pub type RulesBatch<E> = CurrentUnmerkleized<
    mmr::Family,
    E,
    RulesLog<E>,
    RulesIndex,
    Sha256,
    RulesUpdate,
    CHUNK_BYTES,
    Sequential,
>;
/// Sealed changes of the records store.
pub type RecordsSealed<E> = CurrentMerkleized<
    mmr::Family,
    E,
    RecordsLog<E>,
    RecordsIndex,
    Sha256,
    RecordsUpdate,
    CHUNK_BYTES,
    Sequential,
>;
/// Sealed changes of the rules store.
pub type RulesSealed<E> = CurrentMerkleized<
    mmr::Family,
    E,
    RulesLog<E>,
    RulesIndex,
    Sha256,
    RulesUpdate,
    CHUNK_BYTES,
    Sequential,
>;

/// How one store is configured.
pub type StoreConfig = VariableConfig<EightCap, ((), ()), Sequential>;

/// Operations per file of a log: a store of 10^6 records spans a few files.
const LOG_SECTION: std::num::NonZeroU64 = NZU64!(262_144);
/// Nodes per file of the tree over a log.
const TREE_SECTION: std::num::NonZeroU64 = NZU64!(1_048_576);
/// Bytes gathered before a write reaches the operating system.
const WRITE_BUFFER: NonZeroUsize = NZUsize!(256 * 1024);
/// Bytes read at once while a log is replayed at start.
const REPLAY_BUFFER: NonZeroUsize = NZUsize!(1024 * 1024);

/// Configurations of both stores under a partition prefix.
pub fn configs(prefix: &str, cache: &CacheRef) -> (StoreConfig, StoreConfig) {
    (
        config(prefix, "records", cache),
        config(prefix, "rules", cache),
    )
}

fn config(prefix: &str, name: &str, cache: &CacheRef) -> StoreConfig {
    StoreConfig {
        merkle_config: MerkleConfig {
            journal_partition: format!("{prefix}-{name}-tree"),
            metadata_partition: format!("{prefix}-{name}-tree-meta"),
            items_per_blob: TREE_SECTION,
            write_buffer: WRITE_BUFFER,
            replay_buffer: REPLAY_BUFFER,
            strategy: Sequential,
            page_cache: cache.clone(),
        },
        journal_config: LogConfig {
            partition: format!("{prefix}-{name}-log"),
            items_per_section: LOG_SECTION,
            compression: None,
            codec_config: ((), ()),
            page_cache: cache.clone(),
            write_buffer: WRITE_BUFFER,
            replay_buffer: REPLAY_BUFFER,
        },
        grafted_metadata_partition: format!("{prefix}-{name}-bitmap-meta"),
        translator: EightCap,
        init_cache: None,
        init_buffer: REPLAY_BUFFER,
        init_concurrency: (),
    }
}

/// What a header says of sealed changes to the records store.
pub fn records_root<E: Context + commonware_runtime::Spawner>(
    sealed: &RecordsSealed<E>,
) -> StoreRoot {
    let bounds = sealed.bounds();
    root_of(
        sealed.root(),
        sealed.ops_root(),
        sealed.sync_boundary(),
        bounds.tip.size,
    )
}

/// What a header says of sealed changes to the rules store.
pub fn rules_root<E: Context + commonware_runtime::Spawner>(sealed: &RulesSealed<E>) -> StoreRoot {
    let bounds = sealed.bounds();
    root_of(
        sealed.root(),
        sealed.ops_root(),
        sealed.sync_boundary(),
        bounds.tip.size,
    )
}

fn root_of(root: Digest, operations: Digest, floor: Location, size: Location) -> StoreRoot {
    StoreRoot {
        root,
        operations,
        range: non_empty_range!(floor, size),
    }
}
