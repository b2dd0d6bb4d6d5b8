//! Asking nodes of other chains, as nobody.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
};

use futures::future::{BoxFuture, FutureExt as _};
use pangolin_client::{Client, Credentials, Options, Piece, Trouble};

use super::{ANSWER, MAX_ANSWER, failed, trouble};

/// Nodes whose connections are kept.
const MAX_CLIENTS: usize = 256;

/// What a node says to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// What its chain has, with proof.
    Told(Box<Piece>),
    /// Its chain has nothing.
    Unknown,
}

/// Whoever can be asked for a chain.
pub trait Source: Send + Sync {
    /// What the chain has of what is asked for, without events. An error is its code and what happened.
    fn ends(&self, wants: Vec<Vec<u8>>) -> BoxFuture<'_, Result<Reply, (String, String)>>;
}

impl Source for Client {
    fn ends(&self, wants: Vec<Vec<u8>>) -> BoxFuture<'_, Result<Reply, (String, String)>> {
        async move {
            match Self::ends(self, &wants).await {
                Ok(piece) => Ok(Reply::Told(Box::new(piece))),
                Err(error) if error.status() == Some(404) && error.is_refusal() => {
                    Ok(Reply::Unknown)
                }
                Err(error) => Err(failed(&error)),
            }
        }
        .boxed()
    }
}

/// Clients of the nodes that a directory names.
#[derive(Debug, Default)]
pub struct Outside {
    trust: Vec<PathBuf>,
    clients: Mutex<BTreeMap<String, Client>>,
}

impl Outside {
    /// Clients that trust the authorities in these PEM files besides those of the system.
    pub fn new(trust: Vec<PathBuf>) -> Self {
        Self {
            trust,
            clients: Mutex::default(),
        }
    }

    /// The client of a node. It asks as nobody, follows no redirect, and reads no more than an answer may have.
    pub fn client(&self, endpoint: &str) -> Result<Client, Trouble> {
        let lock = || self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(endpoint) {
            return Ok(known.clone());
        }
        let options = Options {
            timeout: ANSWER,
            trust: self.trust.clone(),
            max_answer: MAX_ANSWER,
            ..Options::default()
        };
        let client = Client::with(endpoint, Credentials::None, &options).map_err(|error| {
            let (code, message) = failed(&error);
            trouble(Some(endpoint), &code, message)
        })?;
        let mut clients = lock();
        if clients.len() >= MAX_CLIENTS {
            clients.clear();
        }
        clients.insert(endpoint.to_owned(), client.clone());
        Ok(client)
    }
}
