//! The command line of `pangolin sources` and `pangolin attest`.

use clap::{Args, Subcommand};
use std::path::PathBuf;

use super::{Deciding, NodeArgs, WaitArgs, validators::governed};

/// `pangolin sources`.
#[derive(Debug, Subcommand)]
pub(crate) enum SourcesCommand {
    /// List the sources: systems and chains of other kinds of which facts are heard, and how each is assured.
    List(NodeArgs),
    /// Show what is known of a source under some keys.
    Facts(FactsArgs),
    /// As a governor: register a chain that runs CometBFT, or a system whose statements are attested.
    Register(RegisterSourceArgs),
    /// As a governor: hear nothing of a source any more.
    Suspend(SourceArgs),
    /// As a governor: end such a suspension, or say anew from which header on a chain is followed.
    Resume(ResumeSourceArgs),
    /// Hand in statements that `pangolin attest` signed: files of one statement are joined.
    Tell(TellArgs),
}

/// Which facts.
#[derive(Debug, Args)]
pub(crate) struct FactsArgs {
    /// The source.
    pub(crate) source: String,
    /// Keys of it, as text, or as 0x and hexadecimal digits.
    #[arg(required = true, value_name = "KEY")]
    pub(crate) keys: Vec<String>,
    /// Which node.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

/// A header of a CometBFT chain that somebody checked.
#[derive(Debug, Args)]
pub(crate) struct Anchor {
    /// A node of the chain: http://host:26657. It is asked for the header of --height.
    #[arg(long, value_name = "URL", requires = "height", requires = "hash")]
    pub(crate) rpc: Option<String>,
    /// Height of a header that you checked by other means.
    #[arg(long, requires = "rpc")]
    pub(crate) height: Option<u64>,
    /// Hash of that header, hexadecimal: the node must show this one.
    #[arg(long, value_name = "HEX", requires = "rpc")]
    pub(crate) hash: Option<String>,
}

/// A source to be registered.
#[derive(Debug, Args)]
pub(crate) struct RegisterSourceArgs {
    /// What it is called in events.
    pub(crate) source: String,
    /// What it is, for people.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// How old its facts may be when something rests on them, in milliseconds.
    #[arg(long, default_value_t = 3_600_000)]
    pub(crate) freshness_ms: u64,
    /// The header from which on it is followed.
    #[command(flatten)]
    pub(crate) anchor: Anchor,
    /// Store of the chain in which its facts lie, for example bank; where it is not given, its state is one IAVL tree.
    #[arg(long, requires = "rpc")]
    pub(crate) store: Option<String>,
    /// How long validators of the chain are believed, in hours: less than their stake stays bonded.
    #[arg(long, default_value_t = 336)]
    pub(crate) trusting_hours: u64,
    /// How far a header may be ahead of this chain's time, in milliseconds.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) drift_ms: u64,
    /// Public key of somebody who attests the source, hexadecimal. May be repeated.
    #[arg(
        long,
        value_name = "KEY",
        conflicts_with = "rpc",
        required_unless_present = "rpc"
    )]
    pub(crate) attester: Vec<String>,
    /// How many of them must sign; all where it is not given.
    #[arg(long, requires = "attester")]
    pub(crate) threshold: Option<u8>,
    /// Who decides.
    #[command(flatten)]
    pub(crate) deciding: Deciding,
}

/// Which source.
#[derive(Debug, Args)]
pub(crate) struct SourceArgs {
    /// The source.
    pub(crate) source: String,
    /// Who decides.
    #[command(flatten)]
    pub(crate) deciding: Deciding,
}

/// Which source, from where.
#[derive(Debug, Args)]
pub(crate) struct ResumeSourceArgs {
    /// The source.
    pub(crate) source: String,
    /// The header from which on it is followed; those that were believed are, where it is not given.
    #[command(flatten)]
    pub(crate) anchor: Anchor,
    /// Who decides.
    #[command(flatten)]
    pub(crate) deciding: Deciding,
}

/// What to hand in.
#[derive(Debug, Args)]
pub(crate) struct TellArgs {
    /// Files that `pangolin attest` wrote.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// How long to wait.
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
    /// Which node, as whom.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

/// `pangolin attest`.
#[derive(Debug, Args)]
pub(crate) struct AttestArgs {
    /// The source, as it is registered.
    pub(crate) source: String,
    /// Number of the statement: greater than that of any before. One number belongs to one statement, for good.
    #[arg(long)]
    pub(crate) number: u64,
    /// As of when it is so, such as 2027-03-31T12:00:00Z; now where it is not given.
    #[arg(long)]
    pub(crate) time: Option<String>,
    /// A fact: key and value. May be repeated.
    #[arg(long, value_name = "KEY=VALUE", required_unless_present = "absent")]
    pub(crate) fact: Vec<String>,
    /// A key under which there is nothing. May be repeated.
    #[arg(long, value_name = "KEY")]
    pub(crate) absent: Vec<String>,
    /// Secret key file of the attester (ed25519).
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
}

/// What is decided about sources is signed by a governor.
pub(super) fn signed(command: clap::Command) -> clap::Command {
    command.mut_subcommand("sources", |sources| {
        ["register", "suspend", "resume", "tell"]
            .into_iter()
            .fold(sources, |sources, name| {
                sources.mut_subcommand(name, governed)
            })
    })
}
