//! A pack that went over several chains, with the state of each in real stores, among others.

use std::collections::BTreeSet;

use commonware_codec::Encode as _;
use commonware_cryptography::{Sha256, sha256::Digest};
use commonware_parallel::Sequential;
use commonware_runtime::{Runner as _, Supervisor as _, buffer::paged::CacheRef, deterministic};
use commonware_storage::{
    journal::contiguous::variable::Config as LogConfig,
    merkle::full::Config as MerkleConfig,
    mmr::{self, Location},
    qmdb::{
        current::{
            VariableConfig, ordered::variable as ordered_db, unordered::variable as unordered_db,
        },
        floor::Proportional,
    },
    translator::EightCap,
};
use commonware_utils::{NZU16, NZU64, NZUsize, non_empty_range};
use pangolin_ledger::{
    ChainId, Code, Digest32, EventId, Height, Key, ObjectId, PartyId, ProfileRef, TimeMs, TxId,
    Wire as _,
    hash::{arrival_mark, provenance, sha256},
    query::{QueryError, object_status},
    state::{
        ChainAbout, ChainIdentity, ChainRecord, ChainState, EventRecord, EventState, ForeignChain,
        Grade, Holder, InboxEntry, InboxResult, Object, OutboxEntry, OutboxKind, Status, keys,
    },
    walk::{Step, Walk},
};
use pangolin_proof::{
    header::{State, StoreRoot},
    provenance::{Certificate, Part},
    record::{CHUNK_BYTES, StateKey, Value},
    state::{Entry, StateProof, encode_proof, is_rule},
    trust::{FinalHeader, TrustedChain},
};

use crate::support::{Committee, digest};

type Records = unordered_db::Db<
    mmr::Family,
    deterministic::Context,
    StateKey,
    Value,
    Sha256,
    EightCap,
    CHUNK_BYTES,
    Sequential,
>;
type Rules = ordered_db::Db<
    mmr::Family,
    deterministic::Context,
    StateKey,
    Value,
    Sha256,
    EightCap,
    CHUNK_BYTES,
    Sequential,
>;

/// What a chain holds.
pub(crate) type Held = Vec<(Key, Vec<u8>)>;

fn config(name: &str) -> VariableConfig<EightCap, ((), ()), Sequential> {
    let page_cache = CacheRef::new(NZU16!(4_096), NZUsize!(2_048));
    let replay_buffer = NZUsize!(65_536);
    VariableConfig {
        merkle_config: MerkleConfig {
            journal_partition: format!("{name}-tree"),
            metadata_partition: format!("{name}-meta"),
            items_per_blob: NZU64!(100_000),
            write_buffer: NZUsize!(65_536),
            replay_buffer,
            strategy: Sequential,
            page_cache: page_cache.clone(),
        },
        journal_config: LogConfig {
            partition: format!("{name}-log"),
            items_per_section: NZU64!(100_000),
            compression: None,
            codec_config: ((), ()),
            page_cache,
            write_buffer: NZUsize!(65_536),
            replay_buffer,
        },
        grafted_metadata_partition: format!("{name}-bitmap"),
        translator: EightCap,
        init_cache: None,
        init_buffer: replay_buffer,
        init_concurrency: (),
    }
}

fn store_root(root: Digest) -> StoreRoot {
    StoreRoot {
        root,
        operations: digest(7),
        range: non_empty_range!(Location::new(3), Location::new(70_000)),
    }
}

/// Proves `wanted` in a state of `held` among `others` more records in each store.
pub(crate) fn prove(
    committee: &Committee,
    height: u64,
    held: Held,
    wanted: Vec<Key>,
    others: u32,
) -> StateProof {
    deterministic::Runner::default().start(|context| async move {
        let records = Records::init(context.child("records"), config("records"), None)
            .await
            .unwrap();
        let rules = Rules::init(context.child("rules"), config("rules"), None)
            .await
            .unwrap();
        let (mut record, mut rule) = (records.new_batch(), rules.new_batch());
        for n in 0..others {
            let key = |namespace: u8| {
                let mut key = sha256(&[&[namespace], &n.to_be_bytes()]);
                key[0] = namespace;
                StateKey::new(key)
            };
            let value = || Some(Value(vec![7; 150].into()));
            record = record.write(key(0x20), value());
            rule = rule.write(key(0x73), value());
        }
        for (key, value) in held {
            let (state_key, value) = (StateKey::new(key.0), Some(Value(value.into())));
            if is_rule(&key) {
                rule = rule.write(state_key, value);
            } else {
                record = record.write(state_key, value);
            }
        }
        let record = record
            .merkleize(&records, None, &mut Proportional)
            .await
            .unwrap();
        let records = records
            .apply_batch(record)
            .await
            .unwrap()
            .commit()
            .await
            .unwrap();
        let rule = rule
            .merkleize(&rules, None, &mut Proportional)
            .await
            .unwrap();
        let rules = rules
            .apply_batch(rule)
            .await
            .unwrap()
            .commit()
            .await
            .unwrap();
        let mut entries = Vec::new();
        for key in wanted {
            let state_key = StateKey::new(key.0);
            let (value, proof) = if is_rule(&key) {
                if let Some(value) = rules.get(&state_key).await.unwrap() {
                    let proof = rules.key_value_proof(state_key).await.unwrap();
                    (Some(value.0.to_vec()), encode_proof(&proof))
                } else {
                    let proof = rules.exclusion_proof(&state_key).await.unwrap();
                    (None, encode_proof(&proof))
                }
            } else if let Some(value) = records.get(&state_key).await.unwrap() {
                let proof = records.key_value_proof(state_key).await.unwrap();
                (Some(value.0.to_vec()), encode_proof(&proof))
            } else {
                continue;
            };
            entries.push(Entry { key, value, proof });
        }
        let mut header = committee.header(height, digest(1), digest(2));
        header.state = State {
            records: store_root(records.root()),
            rules: store_root(rules.root()),
        };
        let certificate = committee.certify(&header);
        StateProof {
            header: FinalHeader {
                headers: vec![header],
                certificate,
            },
            entries,
        }
    })
}

fn party(name: &str) -> PartyId {
    PartyId::new(name).unwrap()
}

/// The pack's identifier.
pub(crate) fn pack() -> ObjectId {
    ObjectId::new("0100300010000017211A2B3C4D5E").unwrap()
}

fn event(n: u64) -> EventId {
    EventId(sha256(&[b"event", &n.to_be_bytes()]))
}

fn event_record() -> EventRecord {
    EventRecord {
        state: EventState::Applied,
        issuer: party("maker"),
        profile: ProfileRef { id: 1, version: 1 },
        tx: TxId([1; 32]),
        index: 0,
        height: Height(40),
        digest: Digest32([3; 32]),
        corrected: false,
    }
}

/// A pack that was made on the first chain and went over all to the last, four events on each.
pub(crate) struct Route {
    pub(crate) committees: Vec<Committee>,
    pub(crate) registry: Committee,
    pub(crate) held: Vec<Held>,
    pub(crate) walk: Walk,
    others: u32,
}

pub(crate) fn chain_of(committee: &Committee) -> ChainId {
    ChainId(committee.trusted.chain.0)
}

/// What one chain says of another.
pub(crate) fn registered(of: &Committee, suspended: Option<Height>) -> ForeignChain {
    ForeignChain {
        name: of.trusted.name.clone(),
        key: of.trusted.key.encode().to_vec(),
        freshness_ms: 60_000,
        registered: Height(3),
        suspended,
        seen: None,
    }
}

/// What a registry records of a chain.
fn recorded(of: &Committee, grade: Grade, state: ChainState) -> ChainRecord {
    ChainRecord {
        identity: ChainIdentity {
            grade,
            key: of.trusted.key.encode().to_vec(),
            genesis: Digest32([8; 32]),
        },
        about: ChainAbout {
            name: of.trusted.name.clone(),
            jurisdiction: String::new(),
            profiles: [].into(),
            endpoints: Vec::new(),
            supervisors: Vec::new(),
            prefixes: [].into(),
            freshness_ms: 60_000,
        },
        state,
        revision: 2,
        recorded: Height(3),
        changed: Height(77),
    }
}

impl Route {
    pub(crate) fn new(chains: u8, others: u32) -> Self {
        let committees: Vec<Committee> = (0..chains)
            .map(|n| Committee::of(u64::from(n) + 10, digest(100 + n), &format!("chain {n}")))
            .collect();
        let registry = Committee::of(99, digest(99), "registry");
        let ids: Vec<ChainId> = committees.iter().map(chain_of).collect();
        let index = |at: usize| u8::try_from(ids.len() - 1 - at).unwrap();
        let mut held: Vec<Held> = vec![Vec::new(); ids.len()];
        let mut steps = Vec::new();
        let mut digest = Digest32([0; 32]);
        let mut number = 0;
        let last = ids.len() - 1;
        for at in 0..=last {
            let mut happens = |digest: &mut Digest32, steps: &mut Vec<Step>| {
                number += 1;
                let first = steps.is_empty();
                let parents = if first { Vec::new() } else { vec![*digest] };
                *digest = provenance(parents, &event(number));
                steps.push(Step::Event {
                    chain: index(at),
                    event: event(number),
                    parents: if first { Vec::new() } else { vec![1] },
                });
            };
            let events = if at == 0 { 4 } else { 3 };
            for _ in 0..events {
                happens(&mut digest, &mut steps);
            }
            let mut record = Object::unknown();
            record.status = if at == last {
                Status::Live
            } else {
                Status::Away(ids[at + 1])
            };
            record.holder = Some(Holder::Party(party("0614141000005")));
            record.stage = Code(2);
            record.last_event = event(number);
            record.last_time = TimeMs(1_700_000_000_000);
            record.provenance = digest;
            record.seq = u32::try_from(steps.len()).unwrap();
            record.passed = ids[..at].iter().copied().collect();
            held[at].push((keys::object(&pack()), record.to_bytes()));
            if at == 0 {
                held[0].push((keys::event(&event(1)), event_record().to_bytes()));
            }
            if at == last {
                break;
            }
            let lock = OutboxEntry {
                kind: OutboxKind::Lock {
                    to: party("0614141000005"),
                    until: TimeMs(1_800_000_000_000),
                },
                object: pack(),
                record: Digest32(sha256(&[&record.travelling().to_bytes()])),
                provenance: digest,
                height: Height(50),
            };
            let inbox = InboxEntry {
                result: InboxResult::Accepted,
                object: pack(),
                provenance: digest,
                entry: Digest32(sha256(&[&lock.to_bytes()])),
                proven_at: Height(51),
                height: Height(60),
            };
            held[at].push((keys::outbox(&ids[at + 1], 5), lock.to_bytes()));
            held[at + 1].push((keys::inbox(&ids[at], 5), inbox.to_bytes()));
            digest = provenance(vec![digest], &arrival_mark(&ids[at], 5));
            steps.push(Step::Arrival {
                parent: 1,
                chain: index(at + 1),
                seq: 5,
            });
        }
        let walk = Walk {
            object: pack(),
            chains: ids.into_iter().rev().collect(),
            steps,
            hints: Vec::new(),
        };
        Self {
            committees,
            registry,
            held,
            walk,
            others,
        }
    }

    /// The chain where the pack is.
    pub(crate) fn here(&self) -> &TrustedChain {
        &self.committees.last().unwrap().trusted
    }

    /// What a chain proves: what it holds of the history, and the status of the pack where it is.
    fn part(&self, at: usize, more: Held) -> Part {
        let committee = &self.committees[at];
        let mut wanted: BTreeSet<Key> = more.iter().map(|(key, _)| *key).collect();
        let own = keys::object(&pack());
        let kept = self.held[at].iter().map(|(key, _)| *key);
        wanted.extend(kept.filter(|key| *key != own));
        if at + 1 == self.committees.len() {
            wanted.extend(status_keys(&self.held[at]));
        }
        let held = self.held[at].iter().cloned().chain(more).collect();
        Part {
            chain: chain_of(committee),
            state: prove(
                committee,
                200,
                held,
                wanted.into_iter().collect(),
                self.others,
            ),
        }
    }

    /// The certificate for whoever trusts the chain where the pack is: each chain vouches for the one before.
    pub(crate) fn certificate(&self) -> Certificate {
        let parts = (0..self.committees.len()).rev().map(|at| {
            let before = at.checked_sub(1).map(|before| &self.committees[before]);
            let known = before.map(|before| {
                let key = keys::foreign_chain(&chain_of(before));
                (key, registered(before, None).to_bytes())
            });
            self.part(at, known.into_iter().collect())
        });
        Certificate {
            parts: parts.collect(),
            walk: self.walk.clone(),
        }
    }

    /// The certificate for whoever trusts the registry, which knows all chains.
    pub(crate) fn by_registry(&self, suspended: Option<usize>) -> Certificate {
        let known = self.committees.iter().enumerate().map(|(at, chain)| {
            let since = (suspended == Some(at)).then_some(Height(77));
            let record = registered(chain, since);
            (keys::foreign_chain(&chain_of(chain)), record.to_bytes())
        });
        self.vouched(known.collect())
    }

    /// The same, of a registry that records chains and has registered none.
    pub(crate) fn by_records(&self, grade: Grade, state: ChainState) -> Certificate {
        let known = self.committees.iter().enumerate().map(|(at, chain)| {
            let (grade, state) = match at {
                0 => (grade, state),
                _ => (Grade::Native, ChainState::Active),
            };
            let record = recorded(chain, grade, state);
            (keys::chain_record(&chain_of(chain)), record.to_bytes())
        });
        self.vouched(known.collect())
    }

    fn vouched(&self, known: Held) -> Certificate {
        let wanted = known.iter().map(|(key, _)| *key).collect();
        let registry = Part {
            chain: chain_of(&self.registry),
            state: prove(&self.registry, 300, known, wanted, self.others),
        };
        let chains = (0..self.committees.len()).rev();
        let parts = chains.map(|at| self.part(at, Vec::new()));
        Certificate {
            parts: std::iter::once(registry).chain(parts).collect(),
            walk: self.walk.clone(),
        }
    }
}

/// The keys that the pack's status rests on, in a state of these records.
fn status_keys(held: &Held) -> BTreeSet<Key> {
    let mut overlay = pangolin_ledger::Overlay::new();
    loop {
        match object_status(&overlay, &pack(), TimeMs(1_700_000_000_000)) {
            Ok(answer) => return answer.consulted.into_iter().collect(),
            Err(QueryError::Need(wanted)) => {
                for key in wanted {
                    let found = held.iter().find(|(known, _)| *known == key);
                    overlay.supply(key, found.map(|(_, value)| value.as_slice().into()));
                }
            }
            Err(error) => panic!("{error}"),
        }
    }
}
