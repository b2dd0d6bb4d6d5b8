//! Every limit of the ledger, in one place, with its unit and its reason.
//!
//! Decoders refuse what exceeds a limit before they allocate for it; the machine refuses what would exceed one in
//! state. A limit that an operator may lower per chain is a field of [`crate::state::Params`]; these are the ceilings.

/// Bytes of one encoded transaction.
pub const MAX_TX_BYTES: usize = 4 * 1024 * 1024;
/// Events in one transaction.
pub const MAX_EVENTS_PER_TX: usize = 1_000;
/// Objects named by one event, in each of its lists.
pub const MAX_REFS_PER_EVENT: usize = 100_000;
/// Objects named by all events of one transaction together.
pub const MAX_REFS_PER_TX: usize = 200_000;
/// Quantity lines of one event, in each of its lists.
pub const MAX_QUANTITIES_PER_EVENT: usize = 1_000;
/// Document references of one event.
pub const MAX_REFERENCES_PER_EVENT: usize = 256;
/// Attributes of one event or group.
pub const MAX_ATTRIBUTES: usize = 64;
/// Bytes of one attribute value, reference or place.
pub const MAX_ATTRIBUTE_BYTES: usize = 1_024;
/// Bytes of a full event carried in a transaction.
pub const MAX_PAYLOAD_BYTES: usize = 3 * 1024 * 1024;
/// Bytes of the URI of a payload kept elsewhere.
pub const MAX_URI_BYTES: usize = 2_048;
/// Blocks a transaction may stay valid, counted from the block that executes it.
pub const MAX_VALIDITY_BLOCKS: u64 = 1_000_000;
/// Levels of the tree under one batch signature.
pub const MAX_BATCH_LEVELS: usize = 16;

/// Bytes of an object identifier.
pub const MAX_OBJECT_ID_BYTES: usize = 128;
/// Bytes of a group (lot) identifier.
pub const MAX_GROUP_ID_BYTES: usize = 128;
/// Bytes of a class identifier.
pub const MAX_CLASS_ID_BYTES: usize = 128;
/// Bytes of a party identifier.
pub const MAX_PARTY_ID_BYTES: usize = 64;
/// Bytes of a document identifier.
pub const MAX_DOCUMENT_ID_BYTES: usize = 256;
/// Bytes of a thing that may happen once, and of a licence scope.
pub const MAX_SCOPE_BYTES: usize = 256;
/// Bytes of a human-readable name, title or reason.
pub const MAX_TEXT_BYTES: usize = 512;
/// Bytes of the threshold public key of a foreign chain.
pub const MAX_CHAIN_KEY_BYTES: usize = 256;

/// Chains that one registry records, and chains that a follower takes note of.
pub const MAX_CHAIN_RECORDS: u64 = 4_096;
/// Versions of rules in the record of a chain.
pub const MAX_CHAIN_PROFILES: usize = 16;
/// Endpoints in the record of a chain.
pub const MAX_ENDPOINTS: usize = 16;
/// Supervisors in the record of a chain.
pub const MAX_SUPERVISORS: usize = 16;
/// Prefixes of issuers in the record of a chain.
pub const MAX_CHAIN_PREFIXES: usize = 1_024;
/// Bytes of the name of a jurisdiction.
pub const MAX_JURISDICTION_BYTES: usize = 128;

/// Most validators of a chain.
pub const MAX_VALIDATORS: usize = 100;
/// Fewest validators that the governance may want: with fewer, none may fail. A chain that has fewer may grow.
pub const MIN_VALIDATORS: usize = 4;
/// Fewest validators that are left when one is taken out because it contradicted itself: four with a liar among them bear no
/// other fault either.
pub const MIN_HONEST_VALIDATORS: usize = 3;
/// Bytes of the network address of a validator.
pub const MAX_ADDRESS_BYTES: usize = 64;
/// Bytes of the public part of the validators' shares.
pub const MAX_SHARING_BYTES: usize = 64 * 1024;
/// Bytes of what one validator dealt to all others.
pub const MAX_LOG_BYTES: usize = 64 * 1024;
/// Bytes of two votes that contradict each other, with their signatures.
pub const MAX_CONTRADICTION_BYTES: usize = 2 * 1024;

/// Bytes of one proof of another chain in a transaction, and of what is packed in it.
pub const MAX_EVIDENCE_BYTES: usize = 1024 * 1024;
/// Messages between chains in one transaction.
pub const MAX_DELIVERIES: usize = 1_000;
/// Chains that an object may have come over.
pub const MAX_PASSED: usize = 64;
/// Chains on the way of one filling of a container, or of one object since it was here.
pub const MAX_STAYS: usize = 16;

/// Bytes of the name of a source.
pub const MAX_SOURCE_ID_BYTES: usize = 64;
/// Bytes of the key of a fact.
pub const MAX_FACT_KEY_BYTES: usize = 256;
/// Bytes of the value of a fact, as it is reported.
pub const MAX_FACT_BYTES: usize = 4_096;
/// Bytes of the value of a fact that is kept as it is; of a longer one, its digest is kept.
pub const MAX_FACT_SHOWN: usize = 256;
/// Sources of one chain.
pub const MAX_SOURCES: usize = 64;
/// Facts in one report.
pub const MAX_FACTS: usize = 256;
/// Headers, or statements, of one source that are remembered.
pub const MAX_MARKS: usize = 16;
/// Headers in one report, each of which is checked.
pub const MAX_HEADERS: usize = 16;
/// Who may attest what one source says.
pub const MAX_ATTESTERS: usize = 16;
/// Trees in one another under the application's hash of a chain, and as many proofs of one fact.
pub const MAX_TREES: usize = 4;
/// Bytes of the name of a chain of another kind, as that kind allows.
pub const MAX_FOREIGN_NAME_BYTES: usize = 50;
/// Facts that one event may rest on.
pub const MAX_RESTS: usize = 8;

/// Bytes of the history of one object, as it is delivered to be walked.
pub const MAX_WALK_BYTES: usize = 512 * 1024;
/// Steps of such a history.
pub const MAX_WALK_STEPS: usize = 4_096;
/// Events of origin that are kept of a history that was walked.
pub const MAX_ROOTS: usize = 64;

/// Containers around one object (levels of nesting).
pub const MAX_DEPTH: usize = 8;
/// Groups, classes and ordered objects inside one container, at all levels, when it is filled. Orders that come later may
/// add as many again.
pub const MAX_SCOPES_INSIDE: usize = 512;
/// Groups that the members of one group were made of, at all levels.
pub const MAX_LINEAGE: usize = 256;
/// Operations a profile may derive from one event.
pub const MAX_STEPS_PER_EVENT: usize = 32;
/// Roles any one of which a profile may ask for in one requirement.
pub const MAX_ROLES: usize = 32;
/// Periods kept in one licence or delegation record.
pub const MAX_PERIODS: usize = 64;
/// Active orders on one subject.
pub const MAX_ORDERS_PER_SUBJECT: usize = 64;
/// Signatures one order or proposal may need or collect.
pub const MAX_APPROVALS: usize = 32;
/// Corrections and corrective events linked to one event.
pub const MAX_CORRECTIVES: usize = 16;
/// Events parked under one subject.
pub const MAX_PARKED_PER_SUBJECT: usize = 64;
/// Things any one of which a parked event waits for: an object, its containers and one more.
pub const MAX_MISSING: usize = MAX_DEPTH + 4;
/// Objects whose expected previous record one event states.
pub const MAX_EXPECTED: usize = 10_000;

/// Parked events tried again within one transaction; the rest continues at the end of the block.
pub const MAX_CASCADE_PER_TX: usize = 64;
/// Parked events tried again at the end of one block.
pub const MAX_CASCADE_PER_BLOCK: usize = 512;
/// Generations of parked events tried within one transaction or one block's end: how far one event's arrival reaches at
/// once through other objects. What comes later continues at the end of this or the next block.
pub const MAX_CASCADE_GENERATIONS: usize = 4;
/// Times one call may ask for further keys: a caller that reads what is asked for and calls again gets its answer within
/// so many rounds.
pub const MAX_READ_ROUNDS: usize = 256;
/// Deadline entries handled at the end of one block.
pub const MAX_DUE_PER_BLOCK: usize = 512;
/// Deadline buckets looked at in one block (a chain that stood still catches up over several blocks).
pub const MAX_BUCKETS_PER_BLOCK: u64 = 256;
/// Deadline entries in one page of a bucket.
pub const MAX_DUE_PER_PAGE: usize = 512;
/// Width of one deadline bucket in milliseconds: a deadline is acted upon at most this much late.
pub const DUE_BUCKET_MS: i64 = 60_000;

/// Event receipts and effects in one receipt.
pub const MAX_EFFECTS: usize = 1_000_000;
/// Entries in each list of a genesis document.
pub const MAX_GENESIS_ENTRIES: usize = 100_000;
/// Fields of one full event under its commitment: more than a transaction takes references.
pub const MAX_FIELDS: usize = 1 << 20;
/// Bytes of one state record: a parked event with the circumstances of its arrival is the longest.
pub const MAX_RECORD_BYTES: usize = MAX_TX_BYTES + 4_096;
