//! The command line.

mod chains;
mod find;
mod owner;
mod reasons;
mod sources;
mod validators;

use clap::{Args, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use pangolin_profiles::catalog;
use std::{path::PathBuf, time::Duration};

use crate::{help, output::Format};

pub(crate) use chains::{ChainsCommand, Deciding, ForkArgs, Mark, RecordArgs};
pub(crate) use find::{DirectoryArgs, FindArgs};
use reasons::{HOLD_REASONS, RECALL_REASONS};

pub(crate) use owner::{DisclosuresArgs, ProofArgs, ProofCommand};
pub(crate) use sources::{
    Anchor, AttestArgs, FactsArgs, RegisterSourceArgs, SourcesCommand, TellArgs,
};
pub(crate) use validators::{AddArgs, RemoveArgs, ValidatorsCommand};

/// A currencyless, permissioned chain for traceable goods: run a node, hand in EPCIS files, check proofs yourself.
#[derive(Debug, Parser)]
#[command(
    name = "pangolin",
    version,
    propagate_version = true,
    max_term_width = 110,
    after_long_help = help::MAIN
)]
pub(crate) struct Cli {
    /// How results are printed.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) output: Format,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

impl Cli {
    /// The command line as a whole: a command without examples of its own shows those of the command above it.
    pub(crate) fn tree() -> clap::Command {
        let signed = |command: clap::Command| {
            command
                .mut_arg("key", |arg| {
                    arg.required(true)
                        .help("Secret key file of the officer (ed25519): it signs the order, and the request")
                })
                .mut_arg("party", |arg| {
                    arg.help(
                        "The party whose officer signs, an authority or the maker of the product: a GLN, or a URI. Without it: the one whose key it is",
                    )
                })
                // a token signs nothing
                .mut_arg("token", |arg| arg.hide(true))
        };
        let command = Self::command().mut_subcommand("order", |order| {
            let signing = ["recall", "hold", "approve", "release"];
            signing
                .into_iter()
                .fold(order, |order, name| order.mut_subcommand(name, signed))
        });
        let command = sources::signed(chains::signed(validators::signed(command)));
        // a recall has a class, and what is only suspected is held: the help and the error list the reasons that fit
        let command = [("recall", RECALL_REASONS), ("hold", HOLD_REASONS)]
            .into_iter()
            .fold(command, |command, (kind, reasons)| {
                command.mut_subcommand("order", |order| {
                    order.mut_subcommand(kind, |order| {
                        order.mut_arg("reason", |arg| arg.value_parser(reasons.to_vec()))
                    })
                })
            });
        inherit(command, None)
    }

    /// Reads the command line of this process.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        Self::from_arg_matches(&Self::tree().try_get_matches()?)
    }
}

fn inherit(command: clap::Command, above: Option<&clap::builder::StyledStr>) -> clap::Command {
    let own = command.get_after_long_help().or(above).cloned();
    let names: Vec<String> = command
        .get_subcommands()
        .map(|below| below.get_name().to_owned())
        .collect();
    let mut command = match &own {
        Some(text) => command.after_long_help(text.clone()),
        None => command,
    };
    for name in names {
        command = command.mut_subcommand(name, |below| inherit(below, own.as_ref()));
    }
    command
}

impl Command {
    /// The node that the command asks, and as whom.
    pub(crate) const fn node(&self) -> Option<&NodeArgs> {
        match self {
            Self::Capture(args) => Some(&args.node),
            Self::Trace(args) => Some(&args.node),
            Self::VerifyProduct(args) => Some(&args.node),
            Self::Proof(
                ProofCommand::Receipt(args)
                | ProofCommand::Status(args)
                | ProofCommand::Custody(args)
                | ProofCommand::Header(args),
            ) => Some(&args.node),
            Self::Proof(ProofCommand::Fields(args)) => Some(&args.proof.node),
            Self::Disclosures(args) => Some(&args.node),
            Self::Order(OrderCommand::Recall(args) | OrderCommand::Hold(args)) => Some(&args.node),
            Self::Certificate(args) => Some(&args.node),
            Self::Find(args) => Some(&args.node),
            Self::Chains(ChainsCommand::Fork(args)) => Some(&args.node),
            Self::Directory(args) => Some(&args.node),
            Self::Status(node)
            | Self::Chains(ChainsCommand::List(node))
            | Self::Sources(SourcesCommand::List(node))
            | Self::Order(
                OrderCommand::Approve { node, .. }
                | OrderCommand::Release { node, .. }
                | OrderCommand::List { node, .. }
                | OrderCommand::Show { node, .. },
            ) => Some(node),
            _ => None,
        }
    }
}

/// Commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a node, or prepare one.
    #[command(subcommand, after_long_help = help::NODE)]
    Node(NodeCommand),
    /// Make and look at keys.
    #[command(subcommand, after_long_help = help::KEYS)]
    Keys(KeysCommand),
    /// Look at a genesis file.
    #[command(subcommand, after_long_help = help::GENESIS)]
    Genesis(GenesisCommand),
    /// Make the key of a chain together with the other validators; nobody ever holds it whole.
    #[command(subcommand, after_long_help = help::CEREMONY)]
    Ceremony(CeremonyCommand),
    /// Hand EPCIS files (1.2 XML, 2.0 XML, 2.0 JSON-LD) to a node and follow them until they are final.
    #[command(after_long_help = help::CAPTURE)]
    Capture(CaptureArgs),
    /// Ask a node for a proof file: a receipt, the status of a pack, its history, or fields of an event.
    #[command(subcommand, after_long_help = help::PROOF)]
    Proof(ProofCommand),
    /// Show to whom a node disclosed contents of your events, and by which right.
    #[command(after_long_help = help::DISCLOSURES)]
    Disclosures(DisclosuresArgs),
    /// Put together where a pack came from over all chains it was on, as one file that anybody checks from one key.
    #[command(after_long_help = help::CERTIFICATE)]
    Certificate(CertificateArgs),
    /// Check a proof file offline against a chain's one public key. Exits with 1 on any doubt.
    #[command(after_long_help = help::VERIFY)]
    Verify(VerifyArgs),
    /// Show where a pack, case or pallet came from, went to, or what is in it.
    #[command(after_long_help = help::TRACE)]
    Trace(TraceArgs),
    /// Ask whether a pack is genuine, by GTIN, lot, serial number and expiry date.
    #[command(after_long_help = help::VERIFY_PRODUCT)]
    VerifyProduct(VerifyProductArgs),
    /// Issue, approve or release a hold or recall.
    #[command(subcommand, after_long_help = help::ORDER)]
    Order(OrderCommand),
    /// Find what chains know of a pack, case, pallet or lot, without any business relation to them.
    #[command(after_long_help = help::FIND)]
    Find(FindArgs),
    /// Show which chains a node knows of, where they answer, and which are likely to know an identifier.
    #[command(after_long_help = help::DIRECTORY)]
    Directory(DirectoryArgs),
    /// Show how a node stands.
    #[command(after_long_help = help::STATUS)]
    Status(NodeArgs),
    /// Carry messages between chains, with proof; anyone may, several at once.
    #[command(subcommand, after_long_help = help::RELAY)]
    Relay(RelayCommand),
    /// Show which other chains are known, or decide about them as a governor; record chains in a registry.
    #[command(subcommand, after_long_help = help::CHAINS)]
    Chains(ChainsCommand),
    /// Show which systems and chains of other kinds are heard, and what they say, or decide about them as a governor.
    #[command(subcommand, after_long_help = help::SOURCES)]
    Sources(SourcesCommand),
    /// Sign what a source says, as somebody who attests it; `pangolin sources tell` hands it in.
    #[command(after_long_help = help::ATTEST)]
    Attest(AttestArgs),
    /// Show who validates the chain, or state as a governor who is to.
    #[command(subcommand, after_long_help = help::VALIDATORS)]
    Validators(ValidatorsCommand),
    /// Start a network of four organisations with a regulator, and let a small supply chain run on it.
    #[command(after_long_help = help::DEMO)]
    Demo(DemoArgs),
    /// Several chains on this machine from one file: made, started, and told of each other.
    #[command(subcommand, after_long_help = help::NETWORK)]
    Network(NetworkCommand),
    /// Measure a network of validators on this machine: throughput, latency, cost, verification.
    #[command(after_long_help = help::BENCH)]
    Bench(BenchArgs),
    /// Print completions for a shell.
    #[command(after_long_help = help::COMPLETIONS)]
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page, or write those of all commands into a directory.
    #[command(after_long_help = help::MAN)]
    Man {
        /// Directory to write one page per command into; made where it is missing.
        #[arg(long)]
        dir: Option<PathBuf>,
    },
}

/// `pangolin node`.
#[derive(Debug, Subcommand)]
pub(crate) enum NodeCommand {
    /// Make the directory of a node: its key and a configuration to be filled in. Without a genesis file: a validator
    /// that is to take part in a key ceremony.
    Init {
        /// The directory; must not hold a node.
        dir: PathBuf,
        /// The chain's genesis file; a validator gets it from the ceremony.
        #[arg(long)]
        genesis: Option<PathBuf>,
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
        /// Stop when standard input ends: a parent that dies takes its nodes with it.
        #[arg(long, hide = true)]
        until_input_ends: bool,
        /// This validator's record of its votes may be lost or old, because its data come from a copy: follow without voting until
        /// it cannot contradict itself. Not needed where `data/chain` was moved away; the node notices that.
        #[arg(long, conflicts_with = "never_voted")]
        votes_lost: bool,
        /// This validator never voted on this chain, although its data are gone: for a whole network that begins anew.
        #[arg(long)]
        never_voted: bool,
    },
}

/// `pangolin relay`.
#[derive(Debug, Subcommand)]
pub(crate) enum RelayCommand {
    /// Carry until it is told to stop. It keeps nothing: started again, here or elsewhere, it goes on from the ledgers.
    Run {
        /// The relay's file (TOML): chains, nodes, in whose name.
        file: PathBuf,
        /// Stop when standard input ends: a parent that dies takes its relay with it.
        #[arg(long, hide = true)]
        until_input_ends: bool,
    },
    /// Show how a relay stands.
    Status {
        /// Address of its status page.
        #[arg(default_value = "http://127.0.0.1:4300", value_name = "URL")]
        address: String,
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
    /// Print a draft to be filled in: what the genesis file will say but the key.
    Draft {
        /// Number of validators.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(2..=100))]
        validators: u8,
        /// The rules of the chain.
        #[arg(long, default_value = "pharma-strict", value_parser = catalog::names())]
        profile: String,
    },
    /// Check a draft and print its hash, which must be the same for everybody.
    Check {
        /// The draft.
        draft: PathBuf,
    },
    /// DEVELOPMENT ONLY: deal the chain key of a network on this machine and write the directories of its nodes.
    TrustedDealer {
        /// Directory to write into; must not hold a network.
        dir: PathBuf,
        /// Number of validators.
        #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
        validators: u8,
        /// First of the ports the nodes use; 0: free ones.
        #[arg(long, default_value_t = 4100)]
        first_port: u16,
        /// File with the members (TOML): their identifiers, roles, company prefixes, and the node that captures for each.
        #[arg(long)]
        members: Option<PathBuf>,
        /// The rules of the chain.
        #[arg(long, default_value = "pharma-strict", value_parser = catalog::names())]
        profile: String,
        /// Blocks of an epoch: validators change between two of them.
        #[arg(long, default_value_t = pangolin_chain::genesis::EPOCH_BLOCKS, value_parser = clap::value_parser!(u64).range(pangolin_chain::genesis::EPOCH_RANGE))]
        epoch_blocks: u64,
    },
}

/// `pangolin ceremony`.
#[derive(Debug, Subcommand)]
pub(crate) enum CeremonyCommand {
    /// Take part: ends when every validator has its share and the genesis file. Run it again after any interruption.
    Run {
        /// The node's directory, as `pangolin node init` makes it.
        dir: PathBuf,
        /// The draft, the very same file for everybody.
        #[arg(long)]
        draft: PathBuf,
        /// Give up after so many seconds; without it, wait for the others as long as it takes.
        #[arg(long, value_name = "SECONDS")]
        patience: Option<u64>,
    },
    /// Check that the key in a genesis file comes from the ceremony of a record. Needs no secret and no network.
    Check {
        /// The genesis file.
        #[arg(long)]
        genesis: PathBuf,
        /// The record, `ceremony.json` in the directory of each validator.
        record: PathBuf,
    },
}

/// Which node, and as whom.
#[derive(Clone, Debug, Args)]
pub(crate) struct NodeArgs {
    /// The node's address.
    #[arg(
        long,
        env = "PANGOLIN_NODE",
        default_value = "http://127.0.0.1:4105",
        value_name = "URL",
        help_heading = "Which node, as whom"
    )]
    pub(crate) node: String,
    /// Sign every request with this secret key file (ed25519, as `pangolin keys new` makes it).
    #[arg(
        long,
        env = "PANGOLIN_KEY",
        value_name = "FILE",
        help_heading = "Which node, as whom"
    )]
    pub(crate) key: Option<PathBuf>,
    /// The party in whose name something is stated: a GLN, or a URI. Without it: the one whose key signs.
    #[arg(
        long,
        env = "PANGOLIN_PARTY",
        value_name = "ID",
        help_heading = "Which node, as whom"
    )]
    pub(crate) party: Option<String>,
    /// Development token, where the node accepts them.
    #[arg(
        long,
        env = "PANGOLIN_TOKEN",
        conflicts_with = "key",
        hide_env_values = true,
        help_heading = "Which node, as whom"
    )]
    pub(crate) token: Option<String>,
    /// PEM file with authorities to trust besides those of the system; may be given more than once.
    #[arg(long, value_name = "FILE", help_heading = "Which node, as whom")]
    pub(crate) ca: Vec<PathBuf>,
    /// PEM file with a client certificate and its key, for mutual TLS.
    #[arg(
        long,
        env = "PANGOLIN_CERT",
        value_name = "FILE",
        help_heading = "Which node, as whom"
    )]
    pub(crate) cert: Option<PathBuf>,
    /// How long to try again while the node says that it is busy.
    #[arg(
        long,
        default_value_t = 60,
        value_name = "SECONDS",
        help_heading = "Which node, as whom"
    )]
    pub(crate) patience: u64,
}

/// How long to wait for finality.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct WaitArgs {
    /// Stop waiting for finality after so many seconds; without it, wait as long as it takes. What was submitted stays submitted.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) wait: Option<u64>,
}

impl WaitArgs {
    /// The same as a time.
    pub(crate) fn limit(self) -> Option<Duration> {
        self.wait.map(Duration::from_secs)
    }
}

/// `pangolin capture`.
#[derive(Debug, Args)]
pub(crate) struct CaptureArgs {
    /// The files; `-` is standard input.
    #[arg(required_unless_present = "follow", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Hand nothing in: follow the job that an earlier capture began, to its end.
    #[arg(long, value_name = "JOB", conflicts_with_all = ["files", "strict"])]
    pub(crate) follow: Option<String>,
    /// How long to wait.
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
    /// Refuse files with any defect instead of taking what is unambiguous.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Where the full events go: `full`, into blocks; `committed`, to this node alone, and the chain gets what the rules need and a
    /// commitment. Without it, as the node is configured.
    #[arg(long, value_parser = ["full", "committed"])]
    pub(crate) placement: Option<String>,
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
    /// Recall a lot, a pack, a product, or everything of a party.
    Recall(OrderArgs),
    /// Hold a lot, a pack, a product, or everything of a party.
    Hold(OrderArgs),
    /// Add an officer's signature to an order that needs several.
    Approve {
        /// The order.
        order: String,
        /// How long to wait.
        #[command(flatten)]
        wait: WaitArgs,
        /// Which node, as whom.
        #[command(flatten)]
        node: NodeArgs,
    },
    /// Release an order.
    Release {
        /// The order.
        order: String,
        /// Legal basis: the provision that the release rests on.
        #[arg(long)]
        basis: String,
        /// How long to wait.
        #[command(flatten)]
        wait: WaitArgs,
        /// Which node, as whom.
        #[command(flatten)]
        node: NodeArgs,
    },
    /// List orders, the ones issued first at the top.
    List {
        /// Only those in this state.
        #[arg(long, value_parser = ["pending", "active", "released", "expired"])]
        state: Option<String>,
        /// Which node, as whom.
        #[command(flatten)]
        node: NodeArgs,
    },
    /// Show one order.
    Show {
        /// The order.
        order: String,
        /// Which node, as whom.
        #[command(flatten)]
        node: NodeArgs,
    },
}

/// `pangolin certificate`.
#[derive(Debug, Args)]
pub(crate) struct CertificateArgs {
    /// The pack, case or pallet: EPC URN, Digital Link or (01)…(21)….
    #[arg(long)]
    pub(crate) epc: String,
    /// The genesis file of the chain that is trusted: the one where the object is, or a registry.
    #[arg(long)]
    pub(crate) genesis: PathBuf,
    /// A node of another chain on the way, or of the registry; may be repeated. A chain without one leaves a gap.
    #[arg(long, value_name = "URL")]
    pub(crate) also: Vec<String>,
    /// Leave out what happened on each chain: only what came and what left.
    #[arg(long)]
    pub(crate) ends_only: bool,
    /// Where to write the certificate.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Where to write as much of it as one QR code holds, as text for the alphanumeric mode (Base45).
    #[arg(long, value_name = "FILE")]
    pub(crate) code: Option<PathBuf>,
    /// A node of the chain where the object is; as whom.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

/// What an order is about.
#[derive(Debug, Args)]
pub(crate) struct OrderArgs {
    /// What it is on: a lot as `(01)GTIN(10)LOT`, a pack as `(01)GTIN(21)SERIAL`, a case or pallet as `(00)SSCC`, a product as
    /// `(01)GTIN`, a party as `(417)GLN`; or the same as a URI.
    pub(crate) subject: String,
    /// Legal basis: the provision that the order rests on.
    #[arg(long)]
    pub(crate) basis: String,
    /// Why.
    #[arg(long, default_value = "other")]
    pub(crate) reason: String,
    /// How long to wait.
    #[command(flatten)]
    pub(crate) wait: WaitArgs,
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
    /// First of the ports the nodes use; 0: free ones.
    #[arg(long, default_value_t = 4100)]
    pub(crate) first_port: u16,
    /// End when the story is told instead of leaving the network running.
    #[arg(long)]
    pub(crate) exit: bool,
    /// The story across chains instead: an import from one region through customs into another, and a recall that follows it.
    #[arg(long)]
    pub(crate) import: bool,
    /// Validators of each chain of that story, each its own process.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16), requires = "import")]
    pub(crate) validators: u8,
}

/// `pangolin network`.
#[derive(Debug, Subcommand)]
pub(crate) enum NetworkCommand {
    /// Start the network of a file: make what is missing, start every process, let chains get to know each other. Ends all on
    /// Ctrl-C; the same command on the same directory goes on from there.
    Up(NetworkUpArgs),
    /// Say what a file describes, or everything that is wrong with it, without starting anything.
    Check {
        /// The file (TOML).
        file: PathBuf,
    },
}

/// `pangolin network up`.
#[derive(Debug, Args)]
pub(crate) struct NetworkUpArgs {
    /// The file (TOML) that describes the chains, which knows which, and what carries messages between them.
    pub(crate) file: PathBuf,
    /// Where keys, genesis files and data are kept.
    #[arg(long, default_value = "network-data")]
    pub(crate) dir: PathBuf,
    /// End when everything runs and the chains know each other.
    #[arg(long)]
    pub(crate) exit: bool,
}

/// `pangolin bench`.
#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// Only these sections.
    #[arg(value_parser = crate::bench::NAMES)]
    pub(crate) only: Vec<String>,
    /// Validators, each its own process.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub(crate) validators: u8,
    /// Packs, and so transactions, of sections throughput and overload.
    #[arg(long, default_value_t = 100_000)]
    pub(crate) transactions: u64,
    /// Packs of sections references and verify.
    #[arg(long, default_value_t = 200_000)]
    pub(crate) packs: u64,
    /// Objects in the index of section trace.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) objects: u64,
    /// Moves of section moves, twice, and of section foreign.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) moves: u64,
    /// Verification requests per second.
    #[arg(long, default_value_t = 2_000)]
    pub(crate) verify_rate: u32,
    /// Seconds of verification requests.
    #[arg(long, default_value_t = 20)]
    pub(crate) verify_seconds: u64,
    /// Let every validator keep an index of events and the evidence for proofs as well, which observers otherwise do.
    #[arg(long)]
    pub(crate) indexed: bool,
    /// Write the results to this file as JSON.
    #[arg(long)]
    pub(crate) write: Option<PathBuf>,
    /// Where the networks' files are kept while they run: a disk, not memory.
    #[arg(long, default_value = ".")]
    pub(crate) dir: PathBuf,
    /// First of the ports the nodes use; 0: free ones.
    #[arg(long, default_value_t = 4300)]
    pub(crate) first_port: u16,
}
