//! The command line of searches over chains.

use clap::Args;

use super::NodeArgs;

/// `pangolin find`.
#[derive(Debug, Args)]
pub(crate) struct FindArgs {
    /// The pack, case, pallet or lot: EPC URN, Digital Link, (01)…(21)…, (00)… or (01)…(10)….
    pub(crate) epc: String,
    /// Ask every chain, also those to which neither a prefix nor another chain leads.
    #[arg(long)]
    pub(crate) everywhere: bool,
    /// Ask each chain that knows it for the events that you may read, and put them into one trace. Needs --key.
    #[arg(long)]
    pub(crate) contents: bool,
    /// Also get the fields of events that are not on their chain, with proof, which is checked.
    #[arg(long, requires = "contents")]
    pub(crate) fields: bool,
    /// Where to begin, as whom. It says which chains there are and what their proofs are checked with.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}

/// `pangolin directory`.
#[derive(Debug, Args)]
pub(crate) struct DirectoryArgs {
    /// A pack, case, pallet or lot: chains that are likely to know it come first.
    #[arg(long = "for", value_name = "EPC")]
    pub(crate) epc: Option<String>,
    /// Which node, as whom.
    #[command(flatten)]
    pub(crate) node: NodeArgs,
}
