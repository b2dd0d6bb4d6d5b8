//! Proofs of what systems and chains of other kinds say, for validators to check before they vote.
//!
//! [`Listener`] implements what the ledger asks for ([`pangolin_ledger::evidence::Sources`]):
//! * [`comet`]: chains that run CometBFT (Tendermint). A header is believed by the published verifier of the light client, its state by
//!   ICS-23 proofs ([`facts`]);
//! * [`attested`]: systems without verifiable finality. Enough of those who attest it have signed.
//!
//! [`rpc`] reads what a CometBFT node answers, for whoever carries reports.
//!
//! Pure: no clock but the block's, no network. What the crates of others do with bytes of strangers ends here: if one of them
//! panics, the report is refused.

pub mod attested;
pub mod comet;
pub mod facts;
mod listener;
#[cfg(feature = "made-up")]
pub mod made_up;
pub mod rpc;

pub use listener::Listener;

use pangolin_ledger::evidence::BadEvidence;

fn bad(code: &'static str, message: impl Into<String>) -> BadEvidence {
    BadEvidence {
        code,
        message: message.into(),
    }
}
