//! Every limit of the index, in one place, with its unit and its reason.

/// Texts of one query parameter.
pub const MAX_VALUES: usize = 1_000;
/// Parameters of one query.
pub const MAX_PARAMETERS: usize = 128;
/// Bytes of one query parameter's text.
pub const MAX_PARAMETER_BYTES: usize = 16 * 1024;
/// Events in one page.
pub const MAX_PER_PAGE: u32 = 1_000;
/// Events in one page when the query does not say.
pub const DEFAULT_PER_PAGE: u32 = 30;
/// Bytes of stored events in one page: a page ends early rather than exceed it.
pub const MAX_PAGE_BYTES: usize = 32 * 1024 * 1024;
/// Events looked at for one page; a page ends early, and says how to go on, rather than look at more.
pub const MAX_SCANNED_PER_PAGE: usize = 100_000;
/// Events whose full text is read for one page, because the query asks for something that is not indexed.
pub const MAX_DECODED_PER_PAGE: usize = 20_000;
/// Bytes of full text read for one page for that purpose.
pub const MAX_DECODED_BYTES_PER_PAGE: usize = 256 * 1024 * 1024;
/// Events that are sorted in memory for one query.
pub const MAX_SORTED: usize = 200_000;
/// Buckets of 64 events looked at together.
pub const WINDOW_BUCKETS: i64 = 1_024;
/// How long a page token stays valid, in milliseconds.
pub const TOKEN_LIFE_MS: i64 = 3_600_000;
/// Bytes of a page token.
pub const MAX_TOKEN_BYTES: usize = 512;
/// Values that one pattern may stand for.
pub const MAX_PATTERN_TERMS: usize = 200_000;
/// Company prefixes that are held against one pattern: longer ones than it gives.
pub const MAX_PREFIXES: u32 = 256;
/// Entries in one page of a vocabulary.
pub const MAX_VOCABULARY_PAGE: u32 = 1_000;
/// Places below one place that a query with descendants follows.
pub const MAX_PLACES_BELOW: usize = 100_000;
/// Levels of places.
pub const MAX_PLACE_DEPTH: usize = 16;

/// Nodes in one trace.
pub const MAX_TRACE_NODES: usize = 20_000;
/// Edges in one trace.
pub const MAX_TRACE_EDGES: usize = 100_000;
/// Steps through transformations and associations in one trace.
pub const MAX_TRACE_DEPTH: usize = 64;
/// Events of one object in one trace.
pub const MAX_TRACE_EVENTS_PER_OBJECT: usize = 5_000;
/// Objects of one transformation or container in one trace.
pub const MAX_TRACE_FAN_OUT: usize = 5_000;
/// Objects counted to answer where a group is.
pub const MAX_WHEREABOUTS_OBJECTS: u64 = 20_000_000;
/// Holders named in one answer.
pub const MAX_HOLDERS: usize = 100_000;

/// Connections that read at the same time.
pub const MAX_READERS: usize = 64;
/// How long a reader waits for a connection, in milliseconds.
pub const READER_WAIT_MS: u64 = 5_000;
/// Dictionary entries kept in memory by the writer.
pub const MAX_CACHED_TERMS: usize = 200_000;
/// Terms of one event: what exceeds it is found by reading the full event, which the event is marked for.
pub const MAX_TERMS_PER_EVENT: usize = 4_096;
/// Bytes of a term; a longer value is kept by its digest.
pub const MAX_TERM_BYTES: usize = 512;
/// Alerts in one page.
pub const MAX_ALERTS_PAGE: u32 = 1_000;
