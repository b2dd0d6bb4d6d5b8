//! Chains of CometBFT that never were, for tests: validators, headers, commits, and state with proofs, in its formats.

#![expect(clippy::missing_panics_doc, reason = "tests may panic")]

use std::collections::BTreeMap;

use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use ics23::{
    CommitmentProof, ExistenceProof, HashOp, InnerOp, LeafOp, LengthOp, NonExistenceProof,
    commitment_proof::Proof,
};
use pangolin_ledger::{
    FactKey, TimeMs,
    hash::sha256,
    state::{CometBft, Mark, Tree},
    tx::Stated,
};
use prost_ics23::Message as _;
use serde_json::{Value, json};
use tendermint::{
    AppHash, Hash, PublicKey, Signature, Time, account,
    block::{self, Commit, CommitSig, Header, header::Version, parts, signed_header::SignedHeader},
    validator, vote,
};

use crate::{
    comet::{self, Step},
    facts,
};

/// A validator with its secret.
#[derive(Debug, Clone)]
pub struct Validator {
    key: SigningKey,
    power: u32,
}

impl Validator {
    /// One by number.
    pub fn new(number: u8, power: u32) -> Self {
        Self {
            key: SigningKey::from([number; 32]),
            power,
        }
    }

    /// One of many.
    pub fn numbered(number: u32, power: u32) -> Self {
        Self {
            key: SigningKey::from(sha256(&[&number.to_be_bytes()])),
            power,
        }
    }

    fn info(&self) -> validator::Info {
        let public: [u8; 32] = VerificationKeyBytes::from(&self.key).into();
        let public = PublicKey::from_raw_ed25519(&public).expect("a public key");
        validator::Info::new(public, self.power.into())
    }
}

/// A list of validators.
pub fn set(validators: &[Validator]) -> validator::Set {
    validator::Set::without_proposer(validators.iter().map(Validator::info).collect())
}

/// Stores of a state, by name.
pub type State = BTreeMap<Vec<u8>, BTreeMap<Vec<u8>, Vec<u8>>>;

/// A chain.
#[derive(Debug, Clone)]
pub struct Chain {
    /// Its id.
    pub id: String,
    /// Its headers, the first of height 1.
    pub headers: Vec<SignedHeader>,
    /// The validators of each height.
    pub validators: Vec<Vec<Validator>>,
    /// The state after each height.
    pub states: Vec<State>,
}

impl Chain {
    /// One without blocks.
    pub fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            headers: Vec::new(),
            validators: Vec::new(),
            states: Vec::new(),
        }
    }

    /// The next block, which all validators sign.
    pub fn block(&mut self, time: TimeMs, by: &[Validator], next: &[Validator], state: State) {
        let header = self.header(time, by, next);
        let signed = sign(header, by, |_| true);
        self.headers.push(signed);
        self.validators.push(by.to_vec());
        self.states.push(state);
    }

    /// The header of the next height.
    pub fn header(&self, time: TimeMs, by: &[Validator], next: &[Validator]) -> Header {
        let empty = Some(Hash::Sha256(sha256(&[])));
        let last = self.headers.last();
        let root = self.states.last().map_or_else(|| sha256(&[]), root);
        Header {
            version: Version { block: 11, app: 0 },
            chain_id: self.id.parse().expect("a chain id"),
            height: (u32::try_from(self.headers.len()).expect("few blocks") + 1).into(),
            time: moment(time),
            last_block_id: last.map(|last| last.commit.block_id),
            last_commit_hash: empty,
            data_hash: empty,
            validators_hash: set(by).hash(),
            next_validators_hash: set(next).hash(),
            consensus_hash: Hash::Sha256(sha256(&[b"consensus"])),
            app_hash: AppHash::try_from(root.to_vec()).expect("a hash"),
            last_results_hash: empty,
            evidence_hash: empty,
            proposer_address: set(by).validators()[0].address,
        }
    }

    /// The latest height.
    pub fn height(&self) -> u64 {
        self.headers.len() as u64
    }

    /// The header of a height.
    pub fn signed(&self, height: u64) -> &SignedHeader {
        &self.headers[at(height)]
    }

    /// What is kept of the header of a height.
    pub fn mark(&self, height: u64) -> Mark {
        comet::mark_of(self.signed(height)).expect("a header")
    }

    /// The step to a height from one that is believed.
    pub fn step(&self, from: u64, to: u64) -> Step {
        let to = at(to);
        let neighbours = from + 1 == to as u64 + 1;
        Step {
            signed: self.headers[to].clone(),
            validators: set(&self.validators[to]),
            trusted: (!neighbours).then(|| set(&self.validators[at(from) + 1])),
        }
    }

    /// A fact of the state after a height, which the header of the next height commits to.
    pub fn fact(&self, height: u64, store: &[u8], key: &[u8]) -> Stated {
        let (value, proofs) = prove(&self.states[at(height)], store, key);
        Stated {
            key: FactKey::new(key).expect("a key"),
            value,
            proof: facts::encode(&proofs),
        }
    }

    /// What a node of the chain answers to a request by GET, `/path?query`.
    pub fn answer(&self, path: &str) -> Value {
        let (method, query) = path.split_once('?').unwrap_or((path, ""));
        let parameter = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(known, _)| *known == name).map(|(_, value)| {
                value
                    .replace("%22", "\"")
                    .replace("%2F", "/")
                    .trim_matches('"')
                    .to_owned()
            })
        };
        let height = parameter("height").and_then(|text| text.parse().ok());
        let height = height.filter(|height| *height > 0).unwrap_or(self.height());
        let fault = |message: &str| json!({"jsonrpc": "2.0", "id": -1, "error": {"code": -32603, "message": "Internal error", "data": message}});
        if height > self.height() {
            return fault("height must be less than or equal to the current blockchain height");
        }
        let result = match method.trim_start_matches('/') {
            "status" => json!({
                "node_info": {"network": self.id, "version": "0.38.0"},
                "sync_info": {"latest_block_height": self.height().to_string()},
            }),
            "commit" => json!({"signed_header": self.signed(height), "canonical": true}),
            "validators" => {
                let all = set(&self.validators[at(height)]);
                let page: usize = parameter("page")
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(1);
                let size: usize = parameter("per_page")
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(30);
                let some: Vec<_> = all
                    .validators()
                    .iter()
                    .skip((page - 1) * size)
                    .take(size)
                    .collect();
                json!({"block_height": height.to_string(), "validators": some,
                    "count": some.len().to_string(), "total": all.validators().len().to_string()})
            }
            "abci_query" => {
                let path = parameter("path").unwrap_or_default();
                let store = path
                    .trim_start_matches("/store/")
                    .trim_end_matches("/key")
                    .to_owned();
                let data = parameter("data").unwrap_or_default();
                let Some(key) = unhex(data.trim_start_matches("0x")) else {
                    return fault("no key");
                };
                let (value, proofs) = prove(&self.states[at(height)], store.as_bytes(), &key);
                let types = ["ics23:iavl", "ics23:simple"];
                let ops: Vec<_> = proofs
                    .iter()
                    .zip(types)
                    .map(|(proof, kind)| {
                        json!({
                            "type": kind, "key": base64(&key), "data": base64(proof),
                        })
                    })
                    .collect();
                json!({"response": {"code": 0, "log": "", "info": "", "index": "0", "key": base64(&key),
                    "value": value.map(|value| base64(&value)), "proofOps": {"ops": ops}, "height": height.to_string(), "codespace": ""}})
            }
            other => return fault(&format!("no method {other}")),
        };
        json!({"jsonrpc": "2.0", "id": -1, "result": result})
    }
}

fn at(height: u64) -> usize {
    usize::try_from(height).expect("a small height") - 1
}

/// Terms on which these chains are followed: 1 day, 10 seconds, one store in the list of stores.
pub fn terms(chain: &Chain, store: &str) -> CometBft {
    CometBft {
        chain: chain.id.clone(),
        trusting_ms: 86_400_000,
        drift_ms: 10_000,
        trees: vec![Tree::Iavl, Tree::Simple],
        stores: vec![FactKey::new(store).expect("a name")],
    }
}

/// A header with the votes of those of its validators, in their order, of which `votes` says so.
pub fn sign(header: Header, by: &[Validator], votes: impl Fn(usize) -> bool) -> SignedHeader {
    let block_id = block::Id {
        hash: header.hash(),
        part_set_header: parts::Header::new(1, Hash::Sha256(sha256(&[b"parts"]))).expect("parts"),
    };
    let set = set(by);
    let keys: BTreeMap<account::Id, &SigningKey> = by
        .iter()
        .map(|one| (one.info().address, &one.key))
        .collect();
    let signatures = set.validators().iter().enumerate().map(|(index, info)| {
        if !votes(index) {
            return CommitSig::BlockIdFlagAbsent;
        }
        let vote = vote::Vote {
            vote_type: vote::Type::Precommit,
            height: header.height,
            round: 0u16.into(),
            block_id: Some(block_id),
            timestamp: Some(header.time),
            validator_address: info.address,
            validator_index: u32::try_from(index).expect("few").try_into().expect("few"),
            signature: None,
            extension: Vec::new(),
            extension_signature: None,
        };
        let bytes = vote.into_signable_vec(header.chain_id.clone());
        let signature: [u8; 64] = keys[&info.address].sign(&bytes).into();
        CommitSig::BlockIdFlagCommit {
            validator_address: info.address,
            timestamp: header.time,
            signature: Signature::new(signature).expect("a signature"),
        }
    });
    let commit = Commit {
        height: header.height,
        round: 0u16.into(),
        block_id,
        signatures: signatures.collect(),
    };
    SignedHeader::new(header, commit).expect("one height")
}

fn moment(time: TimeMs) -> Time {
    let nanos = u32::try_from(time.0.rem_euclid(1_000)).unwrap_or(0) * 1_000_000;
    Time::from_unix_timestamp(time.0.div_euclid(1_000), nanos).expect("a time")
}

/// A tree over sorted pairs: its root, and a proof for each pair.
struct Grown {
    root: Vec<u8>,
    proofs: Vec<ExistenceProof>,
}

fn grow(pairs: &[(&[u8], &[u8])], tree: Tree) -> Grown {
    let leaf = LeafOp {
        hash: HashOp::Sha256.into(),
        prehash_key: HashOp::NoHash.into(),
        prehash_value: HashOp::Sha256.into(),
        length: LengthOp::VarProto.into(),
        prefix: match tree {
            // height 0, size 1, version 1, each as a signed varint
            Tree::Iavl => vec![0, 2, 2],
            Tree::Simple => vec![0],
        },
    };
    let leaves = pairs.iter().map(|(key, value)| {
        let length = |bytes: &[u8]| u8::try_from(bytes.len()).expect("a short key");
        let hashed = sha256(&[value]);
        let hash = sha256(&[&leaf.prefix, &[length(key)], key, &[32], &hashed]).to_vec();
        let proof = ExistenceProof {
            key: key.to_vec(),
            value: value.to_vec(),
            leaf: Some(leaf.clone()),
            path: Vec::new(),
        };
        Grown {
            root: hash,
            proofs: vec![proof],
        }
    });
    join(leaves.collect(), tree).unwrap_or_else(|| Grown {
        root: sha256(&[]).to_vec(),
        proofs: Vec::new(),
    })
}

fn join(mut parts: Vec<Grown>, tree: Tree) -> Option<Grown> {
    if parts.len() <= 1 {
        return parts.pop();
    }
    let size = parts.len();
    let right = parts.split_off(size.next_power_of_two() / 2);
    let (mut left, right) = (join(parts, tree)?, join(right, tree)?);
    let small = |number: u32| u8::try_from(2 * number).expect("a small tree");
    let (head, between) = match tree {
        Tree::Iavl => {
            let height = size.next_power_of_two().trailing_zeros();
            let sizes = u32::try_from(size).expect("a small tree");
            (vec![small(height), small(sizes), 2, 32], vec![32])
        }
        Tree::Simple => (vec![1], Vec::new()),
    };
    let root = sha256(&[&head, &left.root, &between, &right.root]).to_vec();
    let op = |prefix: Vec<u8>, suffix: Vec<u8>| InnerOp {
        hash: HashOp::Sha256.into(),
        prefix,
        suffix,
    };
    for proof in &mut left.proofs {
        proof
            .path
            .push(op(head.clone(), [&between[..], &right.root].concat()));
    }
    let before = [&head[..], &left.root, &between].concat();
    left.proofs
        .extend(right.proofs.into_iter().map(|mut proof| {
            proof.path.push(op(before.clone(), Vec::new()));
            proof
        }));
    Some(Grown {
        root,
        proofs: left.proofs,
    })
}

fn store_root(store: &BTreeMap<Vec<u8>, Vec<u8>>) -> Grown {
    let pairs: Vec<_> = store
        .iter()
        .map(|(key, value)| (&key[..], &value[..]))
        .collect();
    grow(&pairs, Tree::Iavl)
}

fn stores(state: &State) -> (Vec<Vec<u8>>, Grown) {
    let roots: Vec<_> = state.values().map(|store| store_root(store).root).collect();
    let pairs: Vec<_> = state
        .keys()
        .zip(&roots)
        .map(|(name, root)| (&name[..], &root[..]))
        .collect();
    let grown = grow(&pairs, Tree::Simple);
    (roots, grown)
}

/// The application's hash.
pub fn root(state: &State) -> [u8; 32] {
    stores(state).1.root.try_into().expect("a hash")
}

fn exists(proof: &ExistenceProof) -> Vec<u8> {
    CommitmentProof {
        proof: Some(Proof::Exist(proof.clone())),
    }
    .encode_to_vec()
}

/// What a store says under a key, and its proofs, the innermost first.
pub fn prove(state: &State, store: &[u8], key: &[u8]) -> (Option<Vec<u8>>, Vec<Vec<u8>>) {
    let Some(at) = state.keys().position(|name| name == store) else {
        return (None, Vec::new());
    };
    let inside = &state[store];
    let grown = store_root(inside);
    let place = inside
        .keys()
        .position(|known| &known[..] >= key)
        .unwrap_or(inside.len());
    let value = inside.get(key).cloned();
    let inner = if value.is_some() {
        exists(&grown.proofs[place])
    } else {
        CommitmentProof {
            proof: Some(Proof::Nonexist(NonExistenceProof {
                key: key.to_vec(),
                left: place.checked_sub(1).map(|left| grown.proofs[left].clone()),
                right: grown.proofs.get(place).cloned(),
            })),
        }
        .encode_to_vec()
    };
    let (_, outer) = stores(state);
    (value, vec![inner, exists(&outer.proofs[at])])
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut word = [0u8; 4];
        word[1..=chunk.len()].copy_from_slice(chunk);
        let word = u32::from_be_bytes(word);
        for place in 0..4 {
            let digit = word >> (18 - 6 * place) & 63;
            text.push(if place <= chunk.len() {
                char::from(DIGITS[digit as usize])
            } else {
                '='
            });
        }
    }
    text
}
