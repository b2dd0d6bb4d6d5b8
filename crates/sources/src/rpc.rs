//! What a CometBFT node answers to JSON-RPC: `/commit`, `/validators`, `/status` and `/abci_query`.

use pangolin_ledger::state::Tree;
use serde::{Deserialize, de::DeserializeOwned};
use tendermint::{block::signed_header::SignedHeader, merkle::proof::ProofOps, validator};
use thiserror::Error;

/// An answer cannot be used.
#[derive(Debug, Error)]
pub enum RpcError {
    /// It is not what the node should answer.
    #[error("the node's answer cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The node says that it cannot.
    #[error("the node answers {code}: {message}")]
    Refused {
        /// Its code.
        code: i64,
        /// What it says.
        message: String,
    },
    /// The application says that it cannot.
    #[error("the application answers {code}: {log}")]
    Application {
        /// Its code.
        code: u32,
        /// What it says.
        log: String,
    },
    /// The proof is not of the trees that the source is registered with.
    #[error("the proof has the parts {found:?}, and not one for each tree of the source")]
    Trees {
        /// Types of its parts.
        found: Vec<String>,
    },
}

impl RpcError {
    /// Stable code.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed(_) => "rpc-malformed",
            Self::Refused { .. } => "rpc-refused",
            Self::Application { .. } => "rpc-application",
            Self::Trees { .. } => "rpc-proof",
        }
    }
}

#[derive(Deserialize)]
#[serde(bound = "T: DeserializeOwned")]
struct Envelope<T> {
    result: Option<T>,
    error: Option<Fault>,
}

#[derive(Deserialize)]
struct Fault {
    code: i64,
    message: String,
    #[serde(default)]
    data: String,
}

fn result<T: DeserializeOwned>(text: &str) -> Result<T, RpcError> {
    let envelope: Envelope<T> = serde_json::from_str(text)?;
    if let Some(Fault {
        code,
        message,
        data,
    }) = envelope.error
    {
        let message = if data.is_empty() {
            message
        } else {
            format!("{message}: {data}")
        };
        return Err(RpcError::Refused { code, message });
    }
    envelope.result.ok_or_else(|| {
        let error = <serde_json::Error as serde::de::Error>::missing_field("result");
        RpcError::Malformed(error)
    })
}

/// `/commit`: the header with its commit.
pub fn commit(text: &str) -> Result<SignedHeader, RpcError> {
    #[derive(Deserialize)]
    struct Answer {
        signed_header: SignedHeader,
    }
    result::<Answer>(text).map(|answer| answer.signed_header)
}

/// One page of `/validators`, and how many there are on all pages.
pub fn validators(text: &str) -> Result<(Vec<validator::Info>, usize), RpcError> {
    #[derive(Deserialize)]
    struct Answer {
        validators: Vec<validator::Info>,
        total: String,
    }
    let answer: Answer = result(text)?;
    let total = answer.total.parse().map_err(|_| {
        let error = <serde_json::Error as serde::de::Error>::custom("the total is no number");
        RpcError::Malformed(error)
    })?;
    Ok((answer.validators, total))
}

/// The validators of a height.
pub type ValidatorSet = validator::Set;

/// A list of validators as a set, if there are as many votes as a chain can have.
pub fn set(validators: Vec<validator::Info>) -> Result<ValidatorSet, RpcError> {
    let votes = validators.iter().map(validator::Info::power);
    let votes = votes.fold(0u64, u64::saturating_add);
    if votes > validator::Set::MAX_TOTAL_VOTING_POWER {
        let error = <serde_json::Error as serde::de::Error>::custom("too many votes");
        return Err(RpcError::Malformed(error));
    }
    Ok(validator::Set::without_proposer(validators))
}

/// `/status`: the chain's id and its latest height.
pub fn status(text: &str) -> Result<(String, u64), RpcError> {
    #[derive(Deserialize)]
    struct Node {
        network: String,
    }
    #[derive(Deserialize)]
    struct Sync {
        latest_block_height: String,
    }
    #[derive(Deserialize)]
    struct Answer {
        node_info: Node,
        sync_info: Sync,
    }
    let answer: Answer = result(text)?;
    let height = answer.sync_info.latest_block_height.parse().map_err(|_| {
        let error = <serde_json::Error as serde::de::Error>::custom("the height is no number");
        RpcError::Malformed(error)
    })?;
    Ok((answer.node_info.network, height))
}

/// What the state says under a key, with its proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The value; `None`: there is none.
    pub value: Option<Vec<u8>>,
    /// Height of the state: the header of the next height commits to it.
    pub height: u64,
    /// Its proofs, the innermost first, as [`facts::encode`](crate::facts::encode) takes them.
    pub proofs: Vec<Vec<u8>>,
}

#[derive(Deserialize)]
struct Base64(#[serde(with = "tendermint::serializers::bytes::base64string")] Vec<u8>);

/// `/abci_query` with `prove=true`.
pub fn query(text: &str, trees: &[Tree]) -> Result<Found, RpcError> {
    #[derive(Deserialize)]
    struct Response {
        #[serde(default)]
        code: u32,
        #[serde(default)]
        log: String,
        #[serde(default)]
        value: Option<Base64>,
        #[serde(default, alias = "proofOps")]
        proof: Option<ProofOps>,
        #[serde(default)]
        height: String,
    }
    #[derive(Deserialize)]
    struct Answer {
        response: Response,
    }
    let Response {
        code,
        log,
        value,
        proof,
        height,
    } = result::<Answer>(text)?.response;
    if code != 0 {
        return Err(RpcError::Application { code, log });
    }
    let height = height.parse().map_err(|_| {
        let error = <serde_json::Error as serde::de::Error>::custom("the height is no number");
        RpcError::Malformed(error)
    })?;
    let ops = proof.map(|proof| proof.ops).unwrap_or_default();
    let wanted = trees.iter().map(|tree| match tree {
        Tree::Iavl => "ics23:iavl",
        Tree::Simple => "ics23:simple",
    });
    if !wanted.eq(ops.iter().map(|op| op.field_type.as_str())) {
        let found = ops.into_iter().map(|op| op.field_type).collect();
        return Err(RpcError::Trees { found });
    }
    Ok(Found {
        // an empty value cannot be told from none, and no proof shows one
        value: value
            .map(|Base64(value)| value)
            .filter(|value| !value.is_empty()),
        height,
        proofs: ops.into_iter().map(|op| op.data).collect(),
    })
}
