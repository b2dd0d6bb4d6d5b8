//! The command line of proofs, of fields of events, and of what was disclosed.

use clap::{Args, Subcommand};
use std::path::PathBuf;

use super::NodeArgs;

/// `pangolin proof`.
#[derive(Debug, Subcommand)]
pub(crate) enum ProofCommand {
    /// That a transaction or event is final, and what it did.
    Receipt(ProofArgs),
    /// What the state says about a pack, case or pallet, with every order on it, its containers and its lot.
    Status(ProofArgs),
    /// That the record of a pack commits to exactly this history.
    Custody(ProofArgs),
    /// Which block is final at a height.
    Header(ProofArgs),
    /// Fields of an event, with what proves that they belong to what the chain recorded.
    Fields(FieldsArgs),
}

/// Of what, and where to.
#[derive(Debug, Args)]
pub(crate) struct ProofArgs {
    /// The pack, case or pallet; for a receipt the transaction (64 hexadecimal characters) or the event's
    /// hash URI; for fields the event's hash URI; for a header the height, or `latest`.
    pub(crate) of: String,
    /// Where to write the file; `-` is standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Which node, as whom.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

/// Which fields, and where to.
#[derive(Debug, Args)]
pub(crate) struct FieldsArgs {
    /// Of which event, and where to.
    #[command(flatten)]
    pub(crate) proof: ProofArgs,
    /// A field, in the names of EPCIS 2.0 JSON: `/bizStep`; with a `/` at the end everything below it: `/epcList/`. May be repeated.
    /// Without any: all fields.
    #[arg(long, value_name = "PATH")]
    pub(crate) path: Vec<String>,
}

/// `pangolin disclosures`.
#[derive(Debug, Args)]
pub(crate) struct DisclosuresArgs {
    /// Only those after this number.
    #[arg(long, default_value_t = 0, value_name = "NO")]
    pub(crate) after: i64,
    /// Which node, as whom.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}
