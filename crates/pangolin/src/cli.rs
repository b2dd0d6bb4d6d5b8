//! The command line.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

use crate::output::Format;

/// A currencyless, permissioned chain for traceable goods: run a node, hand in EPCIS files, check proofs yourself.
#[derive(Debug, Parser)]
#[command(
    name = "pangolin",
    version,
    propagate_version = true,
    max_term_width = 110
)]
pub(crate) struct Cli {
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a node, or prepare one.
    #[command(subcommand)]
    Node(NodeCommand),
    /// Make and look at keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look at a genesis file.
    #[command(subcommand)]
    Genesis(GenesisCommand),
    /// Hand EPCIS files (1.2 XML, 2.0 XML, 2.0 JSON-LD) to a node and follow them until they are final.
    Capture(CaptureArgs),
    /// Check a proof file offline against a chain's one public key. Exits with 1 on any doubt.
    Verify(VerifyArgs),
    /// Show where a pack, case or pallet came from, went to, or what is in it.
    Trace(TraceArgs),
    /// Ask whether a pack is genuine, by GTIN, lot, serial number and expiry date.
    VerifyProduct(VerifyProductArgs),
    /// Issue, approve or release a hold or recall.
    #[command(subcommand)]
    Order(OrderCommand),
    /// Show how a node stands.
    Status(NodeArgs),
    /// Start a network of four organisations with a regulator, and let a small supply chain run on it.
    Demo(DemoArgs),
    /// Print completions for a shell.
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page.
    Man,
}

/// `pangolin node`.
#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// Make the directory of a node: its key and a configuration to be filled in.
    Init {
        /// The directory; must not hold a node.
        dir: PathBuf,
        /// The chain's genesis file.
        #[arg(long)]
        genesis: PathBuf,
        /// Name of the node.
        #[arg(long, default_value = "node")]
        name: String,
        /// Where to listen for peers.
        #[arg(long, default_value = "0.0.0.0:4001")]
        listen: std::net::SocketAddr,
        /// Where to serve HTTP.
        #[arg(long)]
        http: Option<std::net::SocketAddr>,
    },
    /// Run the node in a directory until it is told to stop.
    Run {
        /// The node's directory.
        dir: PathBuf,
    },
}

/// `pangolin keys`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Make an ed25519 key for a party or for its capture agent.
    New {
        /// File for the secret key; must not exist.
        file: PathBuf,
    },
    /// Print the public key of a secret key file.
    Show {
        /// File with the secret key.
        file: PathBuf,
    },
}

/// `pangolin genesis`.
#[derive(Debug, Subcommand)]
pub(crate) enum GenesisCommand {
    /// Print what a genesis file says: identity, key, validators, members.
    Show {
        /// The file.
        file: PathBuf,
    },
    /// DEVELOPMENT ONLY: deal the chain key of a network on this machine and write the directories of its nodes.
    TrustedDealer {
        /// Directory to write into; must not hold a network.
        dir: PathBuf,
        /// Number of validators.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
        validators: u8,
        /// First of the ports the nodes use.
        #[arg(long, default_value_t = 4100)]
        first_port: u16,
    },
}

/// Which node, and as whom.
#[derive(Clone, Debug, Args)]
pub(crate) struct NodeArgs {
    /// The node's address.
    #[arg(long, env = "PANGOLIN_NODE", default_value = "http://127.0.0.1:4105")]
    pub(crate) node: String,
    /// Sign requests with this party's key file.
    #[arg(long, env = "PANGOLIN_KEY", requires = "party")]
    pub(crate) key: Option<PathBuf>,
    /// The party whose key signs.
    #[arg(long, env = "PANGOLIN_PARTY")]
    pub(crate) party: Option<String>,
    /// Development token, where the node accepts them.
    #[arg(long, env = "PANGOLIN_TOKEN", conflicts_with = "key")]
    pub(crate) token: Option<String>,
}

/// `pangolin capture`.
#[derive(Debug, Args)]
pub(crate) struct CaptureArgs {
    /// The files.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Refuse files with any defect instead of taking what is unambiguous.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Which node, as whom.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

/// `pangolin verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The proof file.
    pub(crate) file: PathBuf,
    /// The genesis file of the chain that is trusted: its identity and its one public key.
    #[arg(long)]
    pub(crate) genesis: PathBuf,
}

/// `pangolin trace`.
#[derive(Debug, Args)]
pub(crate) struct TraceArgs {
    /// The pack, case or pallet: EPC URN, Digital Link or (01)…(21)….
    pub(crate) epc: String,
    /// Which way.
    #[arg(long, default_value = "back", value_parser = ["back", "forward", "contents"])]
    pub(crate) direction: String,
    /// Which node, as whom.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

/// `pangolin verify-product`.
#[derive(Debug, Args)]
pub(crate) struct VerifyProductArgs {
    /// GTIN (8 to 14 digits).
    pub(crate) gtin: String,
    /// Serial number.
    pub(crate) serial: String,
    /// Lot number.
    #[arg(long)]
    pub(crate) lot: String,
    /// Expiry date, YYMMDD.
    #[arg(long)]
    pub(crate) exp: String,
    /// GLN of whoever asks.
    #[arg(long)]
    pub(crate) req_gln: String,
    /// Which node, as whom.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

/// `pangolin order`.
#[derive(Debug, Subcommand)]
pub(crate) enum OrderCommand {
    /// Recall a lot.
    Recall(OrderArgs),
    /// Hold a pack, lot or product.
    Hold(OrderArgs),
    /// Add an officer's signature to an order that needs several.
    Approve {
        /// The order.
        order: String,
        /// Which node, as whom.
        #[command(flatten)]
        node: NodeArgs,
    },
    /// Release an order.
    Release {
        /// The order.
        order: String,
        /// Legal basis.
        #[arg(long)]
        basis: String,
        /// Which node, as whom.
        #[command(flatten)]
        node: NodeArgs,
    },
    /// List the orders in force.
    List(NodeArgs),
}

/// What an order is about.
#[derive(Debug, Args)]
pub(crate) struct OrderArgs {
    /// What it is on: a pack, or a lot as `(01)GTIN(10)LOT`.
    pub(crate) subject: String,
    /// Legal basis.
    #[arg(long)]
    pub(crate) basis: String,
    /// Why.
    #[arg(long, default_value = "other")]
    pub(crate) reason: String,
    /// Which node, as whom.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

/// `pangolin demo`.
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Where the network is kept; made afresh.
    #[arg(long, default_value = "demo-data")]
    pub(crate) dir: PathBuf,
    /// First of the ports the nodes use.
    #[arg(long, default_value_t = 4100)]
    pub(crate) first_port: u16,
    /// End when the story is told instead of leaving the network running.
    #[arg(long)]
    pub(crate) exit: bool,
}
