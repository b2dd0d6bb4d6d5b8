//! Four validators as four processes on loopback, loaded through the handle of the first: what the chain alone can do,
//! without HTTP and without an industry profile. `cargo run --release -p pangolin-chain --example cluster -- 20000 2048 1`
//! commits 20,000 one-object transactions with 2,048 in flight, one transaction per signature.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::redundant_closure_for_method_calls,
    reason = "a measuring tool: it prints, divides counts, and ends at the first surprise"
)]

use bytes::Bytes;
use commonware_runtime::{Runner as _, tokio as runtime};
use commonware_utils::{TryCollect as _, ordered::Set};
use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pangolin_chain::{
    genesis::{self, Genesis, GenesisFile, KeyOrigin, ValidatorEntry},
    handle::Handle,
    keys,
    node::{self, Peer, Settings},
    pool::Fate,
    seats::vault::InMemory,
    types::{NodeKey, NodeSecret},
};
use pangolin_ledger::{
    Action, Auth, BatchTree, Body, ChainId, ClassId, Code, DataClass, Digest32, Event, EventId,
    EventKind, Genesis as LedgerGenesis, GenesisParty, Height, Machine, ObjectId, ObjectSet,
    PartyId, ProfileRef, PublicKey, Refusal, Role, Scope, Signature, SignedTransaction, TimeMs,
    Transaction, Wire as _,
    hash::sha256,
    profile::{Claim, Op, Plan, Profile, Step, Target},
    state::{KeyUse, Params, Quota},
};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use std::{
    collections::VecDeque,
    io::{BufRead as _, Write as _},
    net::SocketAddr,
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

const VALIDATORS: u16 = 4;
const REFERENCE: ProfileRef = ProfileRef { id: 1, version: 1 };

struct Creating;

impl Profile for Creating {
    fn reference(&self) -> ProfileRef {
        REFERENCE
    }
    fn name(&self) -> &'static str {
        "creating"
    }
    fn digest(&self) -> Digest32 {
        Digest32([1; 32])
    }
    fn class_of(&self, _: &ObjectId) -> Option<ClassId> {
        None
    }
    fn classify(&self, event: &Event, _: &Claim<'_>) -> Result<Plan, Refusal> {
        let op = if event.step.0 == 1 {
            Op::Create { group: None }
        } else {
            Op::Observe
        };
        Ok(Plan::new().step(Step::new(op, Target::Objects)))
    }
}

fn secrets() -> Vec<NodeSecret> {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    (0..VALIDATORS).map(|_| keys::generate(&mut rng)).collect()
}

fn setup() -> (
    Vec<u8>,
    Vec<NodeSecret>,
    Vec<pangolin_chain::types::ChainShare>,
) {
    use commonware_cryptography::Signer as _;
    let secrets = secrets();
    let set: Set<NodeKey> = secrets
        .iter()
        .map(|s| s.public_key())
        .try_collect()
        .unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    let (sharing, shares) = keys::trusted_dealer(&mut rng, set).unwrap();
    let sign = signer();
    let party = GenesisParty {
        id: PartyId::new("maker").unwrap(),
        name: "Maker".into(),
        keys: vec![(
            PublicKey(VerificationKeyBytes::from(&sign).into()),
            KeyUse::Owner,
        )],
        roles: vec![
            (Role::GOVERNOR, Scope::all()),
            (Role::REGISTRAR, Scope::all()),
        ],
    };
    let quota = Quota {
        txs: u32::MAX,
        bytes: u64::MAX,
        parked: 1000,
    };
    let ledger = LedgerGenesis {
        chain: ChainId([0; 32]),
        time: TimeMs(0),
        params: Params {
            quota,
            future_ms: 1 << 40,
            ..Params::default()
        },
        profiles: vec![REFERENCE],
        parties: vec![party],
        chains: Vec::new(),
    };
    let file = GenesisFile {
        format: genesis::FORMAT.into(),
        name: "cluster".into(),
        key_origin: KeyOrigin::TrustedDealer,
        created_ms: std::env::var("CREATED").unwrap().parse().unwrap(),
        heartbeat_ms: 1000,
        epoch_blocks: None,
        validators: secrets
            .iter()
            .map(|s| ValidatorEntry {
                name: "v".into(),
                organisation: "o".into(),
                key: keys::public_hex(s),
            })
            .collect(),
        chain_key: genesis::encode_sharing(&sharing),
        ledger: hex::encode(ledger.to_bytes()),
    };
    let shares = secrets
        .iter()
        .map(|s| shares.get_value(&s.public_key()).unwrap().clone())
        .collect();
    (serde_json::to_vec(&file).unwrap(), secrets, shares)
}

fn signer() -> SigningKey {
    SigningKey::from([7; 32])
}

fn address(i: u16) -> SocketAddr {
    let base: u16 = std::env::var("BASE").unwrap().parse().unwrap();
    SocketAddr::from(([127, 0, 0, 1], base + i))
}

fn make(
    chain: ChainId,
    first: u64,
    count: u64,
    per_signature: usize,
    payload: usize,
) -> Vec<Bytes> {
    let key = signer();
    let public = PublicKey(VerificationKeyBytes::from(&key).into());
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis();
    let txs: Vec<Transaction> = (0..count)
        .map(|i| {
            let i = i + first;
            let id = EventId(sha256(&[&i.to_be_bytes()]));
            let time = TimeMs(i64::try_from(now).unwrap());
            let mut event = Event::new(
                id,
                EventKind::Object,
                Action::Add,
                time,
                Code(1),
                Digest32(id.0),
            );
            event.objects = ObjectSet::unique(vec![
                ObjectId::new(format!("(01)09521141000010(21)S{i:012}")).unwrap(),
            ])
            .unwrap();
            event.payload = pangolin_ledger::Payload::Full(vec![7; payload].into());
            Transaction {
                chain,
                profile: REFERENCE,
                class: DataClass::Transaction,
                issuer: PartyId::new("maker").unwrap(),
                key: public,
                valid_until: Height(100_000),
                body: Body::Events(vec![event]),
            }
        })
        .collect();
    let sign = |bytes: &[u8]| Signature(key.sign(bytes).into());
    txs.chunks(per_signature)
        .flat_map(|chunk| {
            if per_signature == 1 {
                let tx = chunk[0].clone();
                let statement = Auth::Single(Signature([0; 64])).statement(&tx.id());
                return vec![Bytes::from(
                    SignedTransaction::new(tx, Auth::Single(sign(&statement))).to_bytes(),
                )];
            }
            let ids: Vec<_> = chunk.iter().map(Transaction::id).collect();
            let tree = BatchTree::new(&ids).unwrap();
            let signature = sign(&tree.statement());
            chunk
                .iter()
                .enumerate()
                .map(|(i, tx)| {
                    let auth = tree.auth(i, signature).unwrap();
                    Bytes::from(SignedTransaction::new(tx.clone(), auth).to_bytes())
                })
                .collect()
        })
        .collect()
}

async fn load(chain: Handle, id: ChainId, count: u64, window: usize, per_signature: usize) {
    while chain.status().height < 2 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let txs = make(id, count, count, per_signature, 300);
    println!("tx bytes {}", txs[0].len());
    let started = Instant::now();
    let mut waiting = VecDeque::new();
    let mut latencies = Vec::new();
    for tx in txs {
        if waiting.len() >= window {
            settle(&mut waiting, &mut latencies).await;
        }
        let id = chain.submit(tx).unwrap();
        waiting.push_back((Instant::now(), chain.watch(id)));
    }
    while !waiting.is_empty() {
        settle(&mut waiting, &mut latencies).await;
    }
    let took = started.elapsed().as_secs_f64();
    latencies.sort();
    let at = |p: usize| latencies[(latencies.len() - 1) * p / 100];
    println!(
        "{count} transactions in {took:.2} s: {:.0} tx/s, final p50 {:?} p99 {:?}, height {}",
        count as f64 / took,
        at(50),
        at(99),
        chain.status().height
    );
}

async fn settle(
    waiting: &mut VecDeque<(Instant, tokio::sync::oneshot::Receiver<Fate>)>,
    out: &mut Vec<Duration>,
) {
    let (since, fate) = waiting.pop_front().unwrap();
    match fate.await {
        Ok(Fate::Final { .. }) => out.push(since.elapsed()),
        other => panic!("{other:?}"),
    }
}

fn child(index: u16, count: u64, window: usize, per_signature: usize) {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::WARN)
        .with_writer(std::io::stderr)
        .init();
    let (file, secrets, shares) = setup();
    let genesis = Genesis::parse(&file).unwrap();
    let dir = format!("{}/{index}", std::env::var("DIR").unwrap());
    let config = runtime::Config::new()
        .with_storage_directory(&dir)
        .with_worker_threads(2);
    runtime::Runner::new(config).start(|context| async move {
        use commonware_cryptography::Signer as _;
        let peers = secrets
            .iter()
            .enumerate()
            .map(|(i, s)| Peer {
                key: s.public_key(),
                address: address(u16::try_from(i).unwrap()),
            })
            .collect();
        let settings = Settings {
            secret: secrets[usize::from(index)].clone(),
            share: Some(shares[usize::from(index)].clone()),
            silent: false,
            vault: Arc::new(InMemory::default()),
            listen: address(index),
            peers,
            cache_bytes: 16 << 20,
            keep_blocks: Some(1000),
            sync_state: false,
            keep: node::forget(),
        };
        let machine = Arc::new(Machine::new(vec![Arc::new(Creating)]));
        let mut node = node::start(context, &genesis, machine, settings)
            .await
            .unwrap();
        tokio::spawn(async move { while node.finals.recv().await.is_some() {} });
        if index == 0 {
            load(node.chain.clone(), ChainId(genesis.chain.0), 1, 1, 1).await;
        }
        println!("ready");
        std::io::stdout().flush().unwrap();
        if index == 0 {
            load_more(
                node.chain.clone(),
                ChainId(genesis.chain.0),
                count,
                window,
                per_signature,
            )
            .await;
            println!("done");
            std::io::stdout().flush().unwrap();
        }
        futures::future::pending::<()>().await;
    });
}

async fn load_more(chain: Handle, id: ChainId, count: u64, window: usize, per_signature: usize) {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).unwrap();
    load(chain, id, count, window, per_signature).await;
}

fn cpu_and_memory(pid: u32) -> (f64, f64) {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    let statm = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap();
    let pages: f64 = statm.split(' ').nth(1).unwrap().parse().unwrap();
    (ticks * 10.0, pages * 4096.0 / 1e6)
}

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args[1] == "child" {
        let number = |i: usize| args[i].parse::<u64>().unwrap();
        return child(
            u16::try_from(number(2)).unwrap(),
            number(3),
            usize::try_from(number(4)).unwrap(),
            usize::try_from(number(5)).unwrap(),
        );
    }
    let dir = std::env::temp_dir().join(format!("pangolin-cluster-{}", std::process::id()));
    let created = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis();
    let base = 20_000 + u16::try_from(std::process::id() % 20_000).unwrap();
    let mut children: Vec<_> = (0..VALIDATORS)
        .map(|i| {
            Command::new(&args[0])
                .args(["child", &i.to_string(), &args[1], &args[2], &args[3]])
                .env("DIR", &dir)
                .env("CREATED", created.to_string())
                .env("BASE", base.to_string())
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    let mut first = std::io::BufReader::new(children[0].stdout.take().unwrap()).lines();
    let mut print_until = |word: &str| {
        for line in first.by_ref() {
            let line = line.unwrap();
            if line == word {
                return;
            }
            println!("{line}");
        }
    };
    print_until("ready");
    let before: Vec<_> = children.iter().map(|c| cpu_and_memory(c.id())).collect();
    children[0]
        .stdin
        .take()
        .unwrap()
        .write_all(b"go\n")
        .unwrap();
    print_until("done");
    let after: Vec<_> = children.iter().map(|c| cpu_and_memory(c.id())).collect();
    let cpu: f64 = after.iter().zip(&before).map(|(a, b)| a.0 - b.0).sum();
    let memory: f64 = after.iter().map(|a| a.1).sum();
    let count: f64 = args[1].parse().unwrap();
    println!(
        "CPU {:.4} ms/tx over all nodes (first node's share includes making the load), memory {memory:.0} MB",
        cpu / count
    );
    for child in &mut children {
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let _gone = std::fs::remove_dir_all(&dir);
}
