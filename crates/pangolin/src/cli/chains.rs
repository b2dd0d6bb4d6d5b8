//! The command line of `pangolin chains`.

use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

use super::{NodeArgs, WaitArgs, validators::governed};

/// `pangolin chains`.
#[derive(Debug, Subcommand)]
pub(crate) enum ChainsCommand {
    /// List the chains that are registered or recorded, who decides about them, and what is recorded of them.
    List(NodeArgs),
    /// As a governor of a registry: record a chain. Who it is (its key and genesis) never changes.
    Record(RecordArgs),
    /// As a governor of a registry: replace everything that is said of a recorded chain.
    Amend(RecordArgs),
    /// As a governor of a registry: suspend a recorded chain, let it be active again, or retire it for good.
    Mark(MarkArgs),
    /// As a governor: register a chain by own decision.
    Register(RegisterArgs),
    /// As a governor: believe nothing of a registered chain any more, whatever a registry says.
    Suspend(ChainArgs),
    /// As a governor: end such a suspension.
    Resume(ChainArgs),
    /// As a governor: let what is made on a registered chain be traded here: without this it is let in, and neither dispensed nor cleared.
    Allow(ChainArgs),
    /// As a governor: end that. What was traded stays as it is.
    Disallow(ChainArgs),
    /// As a governor: follow a registered chain as a registry: what it records becomes known here.
    Follow(FollowArgs),
    /// As a governor: follow a registry no more. What became known by it stays as it stands.
    Leave(ChainArgs),
    /// As a governor: leave it to a registry whether a chain is believed, or take it back.
    Entrust(EntrustArgs),
    /// Check whether two files or nodes show two certified blocks of one height, and hand that in: a chain that certified both is believed
    /// no more.
    Fork(ForkArgs),
}

/// Who decides, and why.
#[derive(Debug, Args)]
pub(crate) struct Deciding {
    /// Why, in words that are recorded.
    #[arg(long, default_value = "")]
    pub(crate) reason: String,
    /// How long to wait.
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
    /// Which node, as whom.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

/// A chain and what is said of it.
#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// The chain's genesis file: it says which chain it is and which key it has.
    #[arg(value_name = "GENESIS")]
    pub(crate) genesis: PathBuf,
    /// Its name; that of the genesis file where it is not given.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Under whose law it is run.
    #[arg(long, default_value = "")]
    pub(crate) jurisdiction: String,
    /// Where a node of it answers. May be repeated.
    #[arg(long, value_name = "URL")]
    pub(crate) endpoint: Vec<String>,
    /// Who supervises it. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub(crate) supervisor: Vec<String>,
    /// A company prefix that is at home there. May be repeated.
    #[arg(long, value_name = "DIGITS")]
    pub(crate) prefix: Vec<String>,
    /// How old its statuses may be when relied upon, in milliseconds, by the registry's advice.
    #[arg(long, default_value_t = 60_000)]
    pub(crate) freshness_ms: u64,
    /// Who decides.
    #[command(flatten)]
    pub(crate) deciding: Deciding,
}

/// How a recorded chain stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mark {
    /// It may be believed.
    Active,
    /// It may not, until it is active again.
    Suspended,
    /// It has ended, for good.
    Retired,
}

/// How which chain stands.
#[derive(Debug, Args)]
pub(crate) struct MarkArgs {
    /// Its identity or its name.
    pub(crate) chain: String,
    /// How it stands from now on.
    pub(crate) state: Mark,
    /// Who decides.
    #[command(flatten)]
    pub(crate) deciding: Deciding,
}

/// A chain to be registered.
#[derive(Debug, Args)]
pub(crate) struct RegisterArgs {
    /// The chain's genesis file.
    #[arg(value_name = "GENESIS")]
    pub(crate) genesis: PathBuf,
    /// Its name; that of the genesis file where it is not given.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// How old its statuses may be when relied upon, in milliseconds.
    #[arg(long, default_value_t = 60_000)]
    pub(crate) freshness_ms: u64,
    /// Who decides.
    #[command(flatten)]
    pub(crate) deciding: Deciding,
}

/// Which chain.
#[derive(Debug, Args)]
pub(crate) struct ChainArgs {
    /// Its identity or its name.
    pub(crate) chain: String,
    /// Who decides.
    #[command(flatten)]
    pub(crate) deciding: Deciding,
}

/// Which registry, on which terms.
#[derive(Debug, Args)]
pub(crate) struct FollowArgs {
    /// The registry's identity or its name; it must be registered.
    pub(crate) chain: String,
    /// The weakest grade of chains that become known by its word.
    #[arg(long, default_value = "native", value_parser = ["attested", "light-client", "native"])]
    pub(crate) grade: String,
    /// How old the statuses of such a chain may be when relied upon, in milliseconds, at most.
    #[arg(long, default_value_t = 60_000)]
    pub(crate) freshness_ms: u64,
    /// How old the registry's own word may be when such a chain is believed, in milliseconds; any age where it is not given.
    #[arg(long)]
    pub(crate) word_ms: Option<u64>,
    /// Who decides.
    #[command(flatten)]
    pub(crate) deciding: Deciding,
}

/// Which chain, to whom.
#[derive(Debug, Args)]
pub(crate) struct EntrustArgs {
    /// Its identity or its name.
    pub(crate) chain: String,
    /// The registry that decides about it; without it the own governance does again.
    #[arg(long, value_name = "REGISTRY")]
    pub(crate) to: Option<String>,
    /// Who decides.
    #[command(flatten)]
    pub(crate) deciding: Deciding,
}

/// Two blocks.
#[derive(Debug, Args)]
pub(crate) struct ForkArgs {
    /// What shows one block: a proof file of any kind, or the address of a node of its chain.
    #[arg(value_name = "FILE|URL")]
    pub(crate) one: String,
    /// What shows the other.
    #[arg(value_name = "FILE|URL")]
    pub(crate) other: String,
    /// The height of which nodes are asked; where it is not given, that of the file, or the last that both nodes have.
    #[arg(long)]
    pub(crate) height: Option<u64>,
    /// Genesis file of the chain that certified both; where it is not given, its key is the one that --node knows it by.
    #[arg(long, value_name = "FILE")]
    pub(crate) genesis: Option<PathBuf>,
    /// Only say what they show: nothing is signed or handed in.
    #[arg(long)]
    pub(crate) check: bool,
    /// How long to wait.
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
    /// To a node of which chain it is handed in, and as whom: any party that the chain admitted.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

/// What is decided about chains is signed by a governor.
pub(super) fn signed(command: clap::Command) -> clap::Command {
    command.mut_subcommand("chains", |chains| {
        let deciding = [
            "record", "amend", "mark", "register", "suspend", "resume", "allow", "disallow",
            "follow", "leave", "entrust",
        ];
        deciding
            .into_iter()
            .fold(chains, |chains, name| chains.mut_subcommand(name, governed))
    })
}
