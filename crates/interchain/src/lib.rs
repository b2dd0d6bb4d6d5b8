//! Carrying messages between chains: what one chain decided, to another that acts on it, with proof.
//!
//! Whoever carries has no say. A delivery is judged by its proof alone, and counts once, whoever brings it; a carrier that lies,
//! repeats or stops can delay and nothing else. Anyone may run one, several at once. What is to be carried stands in the two
//! ledgers: a carrier that starts anew reads them and goes on, and keeps no file.
//!
//! * [`Port`]: how a chain is reached; [`NodePort`] reaches one through the interface of a node.
//! * [`Drafter`]: makes deliveries. It runs the destination's own rules on what the chains say before anything is proven or sent, so it
//!   learns from the rules themselves which records of which chains are wanted, and what would be refused.
//! * [`Relay`]: what is to be carried between each two chains, and carrying it.
//! * [`Herald`]: carrying what a chain of another kind says to where it is waited for.
//! * [`Detector`]: noticing that a chain certified two blocks of one height, and telling those who believe it.
//! * [`Board`]: how that goes, for people and for metrics.
//! * [`find`]: what chains know of an identifier, asked by anybody.
//! * [`Clock`]: where all of it takes its time from.

mod board;
mod clock;
mod contents;
mod draft;
pub mod find;
mod forks;
mod histories;
mod lane;
pub mod limits;
mod node_port;
mod notices;
mod port;
mod pulse;
mod questions;
mod records;
mod relay;
mod sources;

pub use board::{Board, ChainStatus, LaneStatus, SourceStatus, Stuck};
pub use clock::{Clock, Wall};
pub use draft::{Draft, Drafter, Expected, LeftOut};
pub use forks::{Detector, ForkStatus, NodeWitness, Witness, WitnessStatus};
pub use node_port::NodePort;
pub use port::{Fate, Piecewise, Port, PortError, Ports, Proof, Signer, Told, View};
pub use relay::{Relay, Settings};
pub use sources::{Brought, Herald, Outlook};
