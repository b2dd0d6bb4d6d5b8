//! From the options of a command to a client of the node: who asks, how the connection is protected, how long to be patient.

use anyhow::{Context as _, Result};
use pangolin_client::{Client, Credentials, Options};
use pangolin_ledger::PartyId;
use pangolin_profiles::member;
use std::{path::PathBuf, time::Duration};

use crate::{cli::NodeArgs, failure::Failure, node::read_key};

/// Longest time for one request: a large document on a slow line.
const TIMEOUT: Duration = Duration::from_mins(15);

/// A client of the node that the options name.
pub(crate) fn client(args: &NodeArgs) -> Result<Client> {
    client_at(args, &args.node)
}

/// The same of a node at another address.
pub(crate) fn client_at(args: &NodeArgs, url: &str) -> Result<Client> {
    let credentials = match (&args.key, &args.token) {
        (Some(key), _) => Credentials::Key(read_key(key)?.into()),
        (None, Some(token)) => Credentials::Token(token.clone()),
        (None, None) => Credentials::None,
    };
    as_whom(args, url, credentials)
}

/// The same of a node that does not know whoever asks: as nobody.
pub(crate) fn unsigned_at(args: &NodeArgs, url: &str) -> Result<Client> {
    as_whom(args, url, Credentials::None)
}

fn as_whom(args: &NodeArgs, url: &str, credentials: Credentials) -> Result<Client> {
    let options = Options {
        timeout: TIMEOUT,
        trust: args.ca.clone(),
        identity: args.cert.clone(),
        patience: Duration::from_secs(args.patience),
        ..Options::default()
    };
    with(url, credentials, &options)
}

/// A client of a node of this machine, with a key file.
pub(crate) fn local(url: &str, key: Option<&PathBuf>) -> Result<Client> {
    let credentials = match key {
        Some(key) => Credentials::Key(read_key(key)?.into()),
        None => Credentials::None,
    };
    let options = Options {
        timeout: TIMEOUT,
        patience: Duration::from_mins(1),
        ..Options::default()
    };
    with(url, credentials, &options)
}

/// A client of a node of this machine that asks as nobody and does not wait long.
pub(crate) fn quick(url: &str, timeout: Duration) -> Result<Client> {
    let options = Options {
        timeout,
        ..Options::default()
    };
    with(url, Credentials::None, &options)
}

fn with(url: &str, credentials: Credentials, options: &Options) -> Result<Client> {
    Client::with(url, credentials, options)
        .with_context(|| format!("cannot prepare a connection to {url}"))
}

/// The party that an option names.
pub(crate) fn party(text: &str) -> Result<PartyId> {
    member::party_id(text).ok_or_else(|| {
        Failure::usage(format!("{text:?} is neither a GLN nor a URI"))
            .at("--party")
            .advising("give the 13 digits of a GLN, the last of which is its check digit, or a URI")
            .into()
    })
}
