//! Every limit of the interface, in one place, with its unit and its reason.

use std::time::Duration;

/// Bytes of a request line's path and query: the longest identifiers, percent-encoded, with room for a query.
pub const MAX_URI_BYTES: usize = 32 * 1024;
/// Bytes of a small body: orders, JSON questions.
pub const MAX_JSON_BYTES: usize = 1024 * 1024;
/// Bytes of one event, in a document or sent to `POST /events`: 100,000 identifiers, the most that the ledger takes, as long
/// Digital Links.
pub const MAX_EVENT_BYTES: usize = 16 * 1024 * 1024;
/// Values in one event: the same identifiers, each with what an XML element around it has.
pub const MAX_EVENT_VALUES: usize = 400_000;
/// Bytes of all bodies that are read into memory at the same time.
pub const MAX_BODIES_BYTES: u64 = 256 * 1024 * 1024;
/// Documents read at the same time before they are acknowledged.
pub const MAX_SURVEYS: usize = 8;
/// Bytes of one capture document unless the configuration says otherwise.
pub const DEFAULT_CAPTURE_BYTES: u64 = 256 * 1024 * 1024;
/// Events of one capture document unless the configuration says otherwise.
pub const DEFAULT_CAPTURE_EVENTS: usize = 1_000_000;
/// Bytes of all documents waiting in the spool unless the configuration says otherwise.
pub const DEFAULT_SPOOL_BYTES: u64 = 8 * 1024 * 1024 * 1024;
/// Bytes of a document that are looked at to tell its syntax.
pub const SNIFF_BYTES: usize = 4 * 1024;

/// Entries of the log of disclosures unless the configuration says otherwise: about 300 bytes each.
pub const DEFAULT_DISCLOSURES: u64 = 1_000_000;
/// Entries in one page of `GET /disclosures`.
pub const MAX_DISCLOSURES_PAGE: u32 = 1_000;
/// Fields that are disclosed at once, with about 1,500 bytes of proof each.
pub const MAX_FIELDS_ASKED: usize = 4_096;
/// Paths that one request may name.
pub const MAX_PATHS_ASKED: usize = 64;
/// Events that are kept here and looked up at a time, to see whether the chain recorded them.
pub const KEPT_LOOKED_UP: u32 = 1_000;
/// Milliseconds after which an event that is kept here and that the chain has not recorded is forgotten.
pub const KEPT_UNRECORDED_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// Searches over chains that a node makes at the same time.
pub const MAX_SEARCHES: usize = 4;
/// Chains in a directory: each has five records, and as many are read at once as a question may need.
pub const MAX_DIRECTORY: u64 = 512;
/// Milliseconds for which what a registry recorded is used before it is asked again.
pub const REGISTRY_HEARD_MS: i64 = 30_000;
/// Bytes of a `POST /contents`: a name and a proof in hexadecimal.
pub const MAX_CONTENTS_REQUEST: usize = 256 * 1024;
/// Events of one history that are given at once.
pub const MAX_CONTENTS_EVENTS: usize = 1_000;
/// Bytes of the events that are given at once.
pub const MAX_CONTENTS_BYTES: usize = 8 * 1024 * 1024;
/// Events that are not on the chain of which fields are given at once.
pub const MAX_CONTENTS_FIELDS: usize = 16;
/// Bytes of another chain's proof of who somebody is: two records with their paths, a header and a certificate.
pub const MAX_IDENTITY_BYTES: usize = 64 * 1024;
/// Age of the state by which another chain proves who somebody is, in milliseconds.
pub const IDENTITY_AGE_MS: u64 = 5 * 60 * 1_000;
/// Milliseconds by which that chain's time may be ahead of this node's.
pub const IDENTITY_AHEAD_MS: u64 = 60_000;

/// Longest list of questions about histories, in bytes.
pub const MAX_QUESTIONS_BYTES: usize = 256 * 1024;
/// Keys in one `POST /state`: as many as one proof has entries.
pub const MAX_KEYS_ASKED: usize = pangolin_proof::state::MAX_ENTRIES;
/// Transactions in one `POST /transactions`.
pub const MAX_TXS_PER_REQUEST: usize = 1_024;
/// Bytes of one `POST /transactions`.
pub const MAX_TXS_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of one signed transaction that the capture path builds: what the chain takes, with room for the signature.
pub const MAX_BATCH_BYTES: usize = 1_500_000;
/// Events in one transaction that the capture path builds.
pub const MAX_BATCH_EVENTS: usize = 1_000;
/// Blocks for which a transaction of the capture path stays valid: a full queue is 25 full blocks, and no longer is a refusal open.
pub const BATCH_VALIDITY_BLOCKS: u64 = 300;
/// Times a transaction is sent again because its validity ended: for 24,000 blocks in all.
pub const MAX_RESENDS: u32 = 80;
/// Refused transactions that are followed at the same time until they cannot be taken any more; others wait for a place.
pub const MAX_FOLLOWED_REFUSALS: usize = 1_000;
/// Time between two looks whether a refused transaction can still be taken.
pub const VERDICT_LOOK: Duration = Duration::from_millis(500);
/// Longest pause before a busy chain is asked again.
pub const BUSY_PAUSE: Duration = Duration::from_secs(2);
/// Longest wait for the fate of one transaction before its state is looked up instead.
pub const FATE_WAIT: Duration = Duration::from_mins(1);
/// Refused events taken out of one batch one by one before the batch is halved each time.
pub const MAX_PEELS: u32 = 4;

/// Capture jobs that run at the same time.
pub const MAX_RUNNING_JOBS: usize = 32;
/// Capture jobs of one party that run at the same time.
pub const MAX_RUNNING_JOBS_PER_PARTY: usize = 8;
/// Capture jobs of one party that wait or run at the same time.
pub const MAX_OPEN_JOBS_PER_PARTY: usize = 10_000;
/// Days a finished job is kept unless the configuration says otherwise.
pub const DEFAULT_JOB_DAYS: u32 = 90;
/// Results of single events kept of one job's success; errors are kept up to [`MAX_JOB_ERRORS`].
pub const MAX_JOB_RESULTS: usize = 1_000_000;
/// Errors kept of one job; further ones are counted.
pub const MAX_JOB_ERRORS: usize = 10_000;
/// Errors and results shown in one answer about a job.
pub const MAX_JOB_PAGE: usize = 1_000;
/// Parked events of one job whose present state is looked up for one answer.
pub const MAX_JOB_PARKED_LOOKUPS: usize = 200;
/// Jobs in one page of `GET /capture`.
pub const MAX_JOBS_PAGE: u32 = 500;
/// Longest `wait` of `GET /capture/{id}` and of `POST /events`.
pub const MAX_WAIT: Duration = Duration::from_secs(30);

/// Age of a signed request, in seconds.
pub const SIGNATURE_AGE_S: i64 = 300;
/// Seconds by which a client's clock may be ahead.
pub const SIGNATURE_AHEAD_S: i64 = 30;
/// Seconds by which the mark of accepted signatures is ahead when it is written, so that it is written rarely: for as long, a
/// node that was restarted asks for signatures anew.
pub const SIGNATURE_LEASE_S: i64 = 2;
/// Keys of senders whose clocks are ahead that have a mark of their own.
pub const MAX_AHEAD_KEYS: usize = 10_000;
/// Bytes of the headers that carry a signature.
pub const MAX_SIGNATURE_HEADER_BYTES: usize = 4 * 1024;
/// Signatures of one request.
pub const MAX_SIGNATURES: usize = 4;
/// Components under one signature.
pub const MAX_COMPONENTS: usize = 32;
/// Signatures remembered against replay, in each of two generations.
pub const MAX_REPLAYS: usize = 500_000;
/// Keys whose owner is remembered between blocks.
pub const MAX_CACHED_KEYS: usize = 10_000;
/// Milliseconds for which the owner of a key and the roles of a party are remembered.
pub const CACHED_KEY_MS: i64 = 2_000;

/// Connections at the same time.
pub const MAX_CONNECTIONS: usize = 4_096;
/// Connections of one address at the same time; a proxy has one address for all whom it serves.
pub const MAX_CONNECTIONS_OF_ONE: usize = 1_024;
/// Longest time from the opening of a connection, or from the end of an answer, to the end of the next request's head; longer than proxies
/// and Pangolin's own client keep a connection that they do not use (60 s), so that none is closed while it is used again.
pub const HEAD: Duration = Duration::from_secs(75);
/// Longest time for which nothing goes over a connection in either direction, and longest time that a reader of an answer may be behind
/// [`SLOWEST`]; longer than looking through the largest document takes.
pub const QUIET: Duration = Duration::from_mins(5);
/// Bytes of a body or of an answer that must go in a second, counted while this node waits for the other end.
pub const SLOWEST: u64 = 1_024;
/// Handshakes under way at the same time.
pub const MAX_HANDSHAKES: usize = 256;
/// Longest TLS handshake.
pub const HANDSHAKE: Duration = Duration::from_secs(10);
/// Longest time to answer a request without a large body.
pub const REQUEST: Duration = Duration::from_secs(35);
/// Longest time to receive and answer a request with a large body.
pub const UPLOAD: Duration = Duration::from_mins(15);
/// How long the rest of a body that nobody reads is taken in after it was answered: a connection that is closed with bytes on their way is
/// reset, and whoever sends them loses the answer.
pub const LINGER: Duration = Duration::from_secs(1);
/// Bytes of such a rest.
pub const LINGER_BYTES: usize = 1024 * 1024;
/// Longest pause between two pieces of a body, and longest time that its sender may be behind [`SLOWEST`].
pub const BODY_PAUSE: Duration = Duration::from_secs(30);
/// Longest time that open requests have when the node stops.
pub const DRAIN: Duration = Duration::from_secs(10);

/// Requesters whose failed guesses are remembered.
pub const MAX_GUESSERS: usize = 100_000;
/// Milliseconds after which failed guesses are forgotten.
pub const GUESS_WINDOW_MS: i64 = 10 * 60 * 1_000;
/// Failed guesses within the window after which a requester is turned away, unless the configuration says otherwise.
pub const DEFAULT_GUESSES: u32 = 30;
/// Packs that were found for which a requester may have one more failed guess in the same window.
pub const ANSWERS_PER_FAILURE: u32 = 20;
/// Verification requests per second of one requester, unless the configuration says otherwise.
pub const DEFAULT_VERIFY_RATE: u32 = 500;

/// Containers around an object that are followed for its status.
pub const MAX_DEPTH: usize = pangolin_ledger::limits::MAX_DEPTH;
/// State keys read for one question.
pub const MAX_STATE_KEYS: usize = 4_096;
/// Rounds of reading state for one question.
pub const MAX_READ_ROUNDS: usize = 32;
/// Characters of an identifier shown on a page.
pub const MAX_SHOWN_CHARS: usize = 256;
