//! The command line of `pangolin validators`.

use clap::{Args, Subcommand};

use super::{NodeArgs, WaitArgs};

/// `pangolin validators`.
#[derive(Debug, Subcommand)]
pub(crate) enum ValidatorsCommand {
    /// Show who validates, who is wanted, and how far the chain's key is handed on.
    Show(NodeArgs),
    /// State that a node is to validate, in addition or in place of another one.
    Add(AddArgs),
    /// State that a node is to validate no longer.
    Remove(RemoveArgs),
    /// State that the present validators are to get new shares of the key: one of them lost its own, or somebody else may have some.
    Reshare(ReshareArgs),
}

/// Which node is to validate.
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    /// Public key of the node, as `pangolin node init` prints it.
    #[arg(long, value_name = "KEY")]
    pub(crate) node_key: String,
    /// Name of the node.
    #[arg(long)]
    pub(crate) name: String,
    /// Organisation that runs it.
    #[arg(long)]
    pub(crate) organisation: String,
    /// Where the others reach it.
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) address: std::net::SocketAddr,
    /// The validator whose place it takes: its name or its public key.
    #[arg(long, value_name = "VALIDATOR")]
    pub(crate) instead_of: Option<String>,
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

/// Which node is to validate no longer.
#[derive(Debug, Args)]
pub(crate) struct RemoveArgs {
    /// Its name or its public key.
    pub(crate) validator: String,
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

/// New shares for the present validators.
#[derive(Debug, Args)]
pub(crate) struct ReshareArgs {
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

/// What a governor signs: a key is asked for, and a token signs nothing.
pub(super) fn governed(command: clap::Command) -> clap::Command {
    command
        .mut_arg("key", |arg| {
            arg.required(true).help(
                "Secret key file of the governor (ed25519): it signs the statement, and the request",
            )
        })
        .mut_arg("party", |arg| {
            arg.help("The party that governs: a GLN, or a URI. Without it: the one whose key it is")
        })
        .mut_arg("token", |arg| arg.hide(true))
}

/// What is stated of validators is signed by a governor.
pub(super) fn signed(command: clap::Command) -> clap::Command {
    command.mut_subcommand("validators", |validators| {
        let signing = ["add", "remove", "reshare"].into_iter();
        signing.fold(validators, |validators, name| {
            validators.mut_subcommand(name, governed)
        })
    })
}
