//! Every limit of carrying, in one place, with its unit and its reason.

use std::time::Duration;

/// Records read by one request.
pub const MAX_READ: usize = 4_096;
/// Rounds of asking the rules what is wanted for one delivery.
pub const MAX_ROUNDS: usize = 2_048;
/// Times a delivery is made anew because what it proves changed meanwhile.
pub const MAX_CHANGES: usize = 5;
/// Locks looked at by one request: each has an outbox entry and a settlement.
pub const LOOKED_AT: usize = 1_024;
/// Objects that arrive by one delivery: a proof of each is about 1,500 bytes, so they fit into what a transaction may carry. A hundred
/// at a time cost half as much again for each.
pub const ARRIVALS: usize = 400;
/// Outcomes told by one delivery.
pub const OUTCOMES: usize = 600;
/// Notices told by one delivery.
pub const NOTICES: usize = 200;
/// Records of a registry brought by one delivery.
pub const RECORDS: usize = 50;
/// Objects brought in by one delivery.
pub const CONTENTS: usize = 100;
/// Histories brought by one delivery: each rests on some records of every chain on its way, of about 700 bytes with their proofs.
pub const HISTORIES: usize = 64;
/// Histories put together at the same time.
pub const GATHERED: usize = 64;
/// Requests for parts of histories under way at the same time to one chain.
pub const ASKED_AT_ONCE: usize = 2;
/// Questions to all chains together for one history.
pub const MAX_QUESTIONS: usize = 256;
/// Deliveries of one direction under way at the same time.
pub const WINDOW: usize = 4;
/// Blocks within which a delivery is to be final; afterwards it is made anew.
pub const VALID_BLOCKS: u64 = 200;
/// First pause before something that failed is tried again; it doubles each time.
pub const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause before something that failed is tried again.
pub const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// Messages listed as stuck for each direction.
pub const STUCK_SHOWN: usize = 20;
/// Blocks of each chain that are kept in mind to compare others with: of about a kilobyte each.
pub const BLOCKS_KEPT: usize = 1_024;
/// Events that wait and are kept in mind for each chain.
pub const WAITING_KEPT: usize = 100_000;
