//! x
use crate::capture::Lexicon;
/// x
pub const LEXICON: Lexicon = Lexicon::plain(pangolin_ledger::id::ProfileRef { id: 1, version: 1 });
