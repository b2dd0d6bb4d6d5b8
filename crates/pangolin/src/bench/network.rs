//! A fresh network for a section, and its clients.

use anyhow::{Context as _, Result, bail};
use ed25519_zebra::SigningKey;
use pangolin_client::{Client, Credentials};
use pangolin_ledger::ChainId;
use pangolin_profiles::pharma::{self, role};
use pangolin_sandbox::industry::{Plan, World};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    cli::BenchArgs,
    demo,
    network::{self, Created, Processes, Spec, Usage, ports},
    node::read_key,
};

/// How long the nodes may take until they answer.
const START_LIMIT: Duration = Duration::from_mins(1);
/// Time between two looks at the nodes while something is measured.
const WATCH_STEP: Duration = Duration::from_millis(500);

/// A running network. Its files are removed when it ends.
pub(super) struct Bench {
    /// Where its files are.
    dir: PathBuf,
    created: Created,
    processes: Mutex<Processes>,
    /// Identity of the chain.
    pub(super) chain: ChainId,
    spec: Spec,
}

/// A company as a sender.
pub(super) struct Sender {
    /// Its identifier.
    pub(super) id: String,
    /// The key that signs its transactions.
    pub(super) key: SigningKey,
    /// The node it hands them to, by place.
    pub(super) home: usize,
}

impl Bench {
    /// Makes and starts a network whose companies are those of `plan`.
    pub(super) async fn start(args: &BenchArgs, plan: &Plan) -> Result<Self> {
        let world = World::new(plan)?;
        let mut spec = demo::spec(&world, args.first_port)?;
        let names = (1..=args.validators).map(|i| format!("validator-{i}"));
        spec.validators = names
            .map(|name| (name.clone(), format!("organisation of {name}")))
            .collect();
        spec.observers = Vec::new();
        spec.index = args.indexed;
        // the load names few requesters; a nation has thousands
        spec.verify_rate = u32::MAX;
        for (i, company) in spec.companies.iter_mut().enumerate() {
            company.home = i % usize::from(args.validators);
            // so that one company can take a pack through its whole life
            if company.member.roles.contains(&role::MANUFACTURER) {
                company.member.roles.push(role::DISPENSER);
            }
        }
        spec.params.quota.txs = u32::MAX;
        spec.params.quota.bytes = u64::MAX;
        let nodes = spec.validators.len();
        spec.first_port = ports::first(args.first_port, nodes)?;
        ports::check_free(&ports::of(spec.first_port, nodes)?, ports::BY_OPTION)?;
        let dir = args.dir.join(format!("bench-{}", std::process::id()));
        clear(&dir)?;
        let created = network::create(&dir, &spec, &mut rand::rng())?;
        let processes = Processes::start(&created)?;
        let mut bench = Self {
            dir,
            created,
            processes: Mutex::new(processes),
            chain: ChainId([0; 32]),
            spec,
        };
        bench.ready().await?;
        let status = bench
            .clients(1)?
            .first()
            .context("a network has a node")?
            .status()
            .await?;
        let chain: [u8; 32] = hex::decode(&status.chain)
            .ok()
            .and_then(|bytes| bytes.try_into().ok())
            .context("a node does not say which chain it is on")?;
        bench.chain = ChainId(chain);
        Ok(bench)
    }

    async fn ready(&self) -> Result<()> {
        let begun = Instant::now();
        for client in self.clients(usize::from(u8::MAX))? {
            while !client.ready().await.unwrap_or(false) {
                self.check()?;
                if begun.elapsed() > START_LIMIT {
                    bail!(
                        "the nodes did not get ready within {} s",
                        START_LIMIT.as_secs()
                    );
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    /// A client of each of the first `count` nodes, with the token of the regulator.
    pub(super) fn clients(&self, count: usize) -> Result<Vec<Client>> {
        let token = self
            .created
            .tokens
            .get(network::REGULATOR)
            .cloned()
            .unwrap_or_default();
        self.created
            .nodes
            .iter()
            .take(count)
            .filter_map(|(_, _, http)| *http)
            .map(|http| {
                Ok(Client::new(
                    &format!("http://{http}"),
                    Credentials::Token(token.clone()),
                )?)
            })
            .collect()
    }

    /// The company with this slug.
    pub(super) fn sender(&self, slug: &str) -> Result<Sender> {
        let company = self
            .spec
            .companies
            .iter()
            .find(|company| company.slug == slug);
        let company = company.with_context(|| format!("{slug} is no company of this network"))?;
        let key = self
            .created
            .keys
            .get(slug)
            .with_context(|| format!("{slug} has no key"))?;
        Ok(Sender {
            id: company.member.id.clone(),
            key: read_key(key)?,
            home: company.home,
        })
    }

    /// Processor time and memory of all nodes.
    pub(super) fn usage(&self) -> Usage {
        self.processes().usage()
    }

    /// Bytes that the nodes' files take.
    pub(super) fn disk_bytes(&self) -> u64 {
        self.created
            .nodes
            .iter()
            .map(|(_, dir, _)| size_of(dir))
            .sum()
    }

    fn processes(&self) -> MutexGuard<'_, Processes> {
        self.processes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails when a node has ended: what is measured with the others is not what was asked for.
    pub(super) fn check(&self) -> Result<()> {
        let kept = self.dir.display();
        self.processes().check().with_context(|| {
            format!("nothing can be measured; the files of the nodes are kept in {kept}")
        })
    }

    /// Does something with the network, and fails at once when a node ends meanwhile.
    pub(super) async fn during<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let ended = async {
            loop {
                tokio::time::sleep(WATCH_STEP).await;
                if let Err(ended) = self.check() {
                    return ended;
                }
            }
        };
        tokio::select! {
            // the end of a node makes requests fail, and is the reason that counts
            biased;
            ended = ended => Err(ended),
            done = work => match self.check() {
                Ok(()) => done,
                Err(ended) => Err(ended),
            },
        }
    }

    /// Ends the network and removes its files.
    pub(super) fn stop(self) -> Result<()> {
        let Self { dir, processes, .. } = self;
        drop(processes);
        clear(&dir)
    }
}

/// The party of a sender.
pub(super) fn party(id: &str) -> Result<pangolin_ledger::PartyId> {
    pharma::party_id(id).with_context(|| format!("{id} names no party"))
}

fn clear(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("cannot clear {}", dir.display()))?;
    }
    Ok(())
}

fn size_of(path: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(path) else {
        return fs::metadata(path).map_or(0, |found| found.len());
    };
    entries.flatten().map(|entry| size_of(&entry.path())).sum()
}
