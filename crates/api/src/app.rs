//! What all handlers share.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use pangolin_ledger::id::PartyId;
use thiserror::Error;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::{
    auth::{marks::MarksError, replay::Replays, token::Tokens},
    authorise::Rules,
    capture::{
        engine::{Engine, Parts},
        send::Sender,
        spool::{Spool, SpoolError},
        store::{JobStore, StoreError},
    },
    config::{Assigned, Checked, Config, ConfigError},
    deps::Deps,
    finding::Finder,
    limits::{MAX_BODIES_BYTES, MAX_SURVEYS},
    metrics::Metrics,
    own::{Own, OwnError},
    problem::Problem,
    registry::Registry,
    room::Rooms,
    verify::{directory::Directory, guess::Guesses},
};

/// The interface cannot start.
#[derive(Debug, Error)]
pub enum StartError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The documents cannot be kept.
    #[error(transparent)]
    Spool(#[from] SpoolError),
    /// The jobs cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is kept for owners cannot be opened.
    #[error(transparent)]
    Own(#[from] OwnError),
    /// Which signatures were accepted cannot be read.
    #[error(transparent)]
    Signatures(#[from] MarksError),
}

/// What all handlers share. Clones share it.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    deps: Deps,
    registry: Registry,
    rules: Rules,
    certificates: BTreeMap<[u8; 32], Assigned>,
    tokens: Option<Tokens>,
    origins: Vec<(String, String)>,
    replays: Arc<Replays>,
    directory: Directory,
    finder: Finder,
    guesses: Guesses,
    engine: Engine,
    own: Arc<Own>,
    metrics: Metrics,
    bodies: Rooms,
    surveys: Semaphore,
}

impl App {
    /// Checks the configuration, opens the files and takes up unfinished jobs. Files are opened on the calling thread.
    pub fn new(config: Config, deps: Deps) -> Result<Self, StartError> {
        let Checked {
            rules,
            certificates,
            tokens,
            origins,
            directory,
            neighbours,
        } = config.check()?;
        let finder = Finder::new(neighbours, config.find.trust.clone());
        let spool = Spool::open(
            &config.data_dir.join("spool"),
            config.capture.max_bytes,
            config.capture.spool_bytes,
        )?;
        let jobs = config.data_dir.join("jobs.sqlite");
        let served_before = jobs.exists();
        let store = JobStore::open(&jobs)?;
        let now_s = deps.clock.now_ms().div_euclid(1_000);
        let replays = Replays::open(&config.data_dir, served_before, now_s)?;
        let own = Arc::new(Own::open(&config.data_dir, config.disclosures)?);
        // when in doubt, a document is kept
        spool.sweep(|job| store.needs_document(job).unwrap_or(true))?;
        let engine = Engine::new(Parts {
            store: Arc::new(store),
            spool: Arc::new(spool),
            own: Arc::clone(&own),
            sender: Sender {
                chain: Arc::clone(&deps.chain),
                chain_id: deps.chain_id,
                profile: deps.trade.profile(),
                signer: Arc::clone(&deps.signer),
                trade: Arc::clone(&deps.trade),
            },
            trade: Arc::clone(&deps.trade),
            clock: Arc::clone(&deps.clock),
            max_events: config.capture.max_events,
        });
        let mut roles = deps.trade.trading_roles().to_vec();
        roles.extend_from_slice(deps.trade.known_roles());
        let registry = Registry::new(Arc::clone(&deps.chain), Arc::clone(&deps.clock), &roles);
        let guesses = Guesses::new(config.verify.guesses, config.verify.rate);
        Ok(Self(Arc::new(Inner {
            config,
            deps,
            registry,
            rules,
            certificates,
            tokens,
            origins,
            replays: Arc::new(replays),
            directory,
            finder,
            guesses,
            engine,
            own,
            metrics: Metrics::default(),
            bodies: Rooms::new(MAX_BODIES_BYTES, 0),
            surveys: Semaphore::new(MAX_SURVEYS),
        })))
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.0.config
    }

    /// What the node gives.
    pub fn deps(&self) -> &Deps {
        &self.0.deps
    }

    /// Who is who.
    pub fn registry(&self) -> &Registry {
        &self.0.registry
    }

    /// Who may do what.
    pub fn rules(&self) -> &Rules {
        &self.0.rules
    }

    /// Signatures seen.
    pub fn replays(&self) -> &Arc<Replays> {
        &self.0.replays
    }

    /// Who answers for which items.
    pub fn directory(&self) -> &Directory {
        &self.0.directory
    }

    /// What searches over chains share.
    pub fn finder(&self) -> &Finder {
        &self.0.finder
    }

    /// Failed guesses.
    pub fn guesses(&self) -> &Guesses {
        &self.0.guesses
    }

    /// Capture jobs.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// What this node keeps for owners.
    pub fn own(&self) -> &Arc<Own> {
        &self.0.own
    }

    /// Counters.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }

    /// Room for bodies that are read into memory.
    pub fn bodies(&self) -> &Rooms {
        &self.0.bodies
    }

    /// Leave to read a document before it is acknowledged: so many are read at the same time that memory stays bounded.
    pub async fn survey(&self) -> Result<SemaphorePermit<'_>, Problem> {
        let permit = self.0.surveys.acquire().await;
        permit.map_err(|_| Problem::internal("interrupted"))
    }

    /// Milliseconds since 1970.
    pub fn now_ms(&self) -> i64 {
        self.0.deps.clock.now_ms()
    }

    /// Whose certificate it is.
    pub fn certificate(&self, fingerprint: &[u8; 32]) -> Option<(PartyId, BTreeSet<PartyId>)> {
        self.0.certificates.get(fingerprint).cloned()
    }

    /// Fingerprints of certificates that are accepted.
    pub fn fingerprints(&self) -> BTreeSet<[u8; 32]> {
        self.0.certificates.keys().copied().collect()
    }

    /// The tokens, in development.
    pub fn tokens(&self) -> Option<&Tokens> {
        self.0.tokens.as_ref()
    }

    /// Scheme and host under which a sender may have addressed this node, given the host that arrived.
    pub fn origins<'a>(&'a self, host: &'a str) -> Vec<(&'a str, &'a str)> {
        if self.0.origins.is_empty() {
            let scheme = if self.0.config.tls.is_some() {
                "https"
            } else {
                "http"
            };
            return vec![(scheme, host)];
        }
        self.0
            .origins
            .iter()
            .map(|(scheme, authority)| (scheme.as_str(), authority.as_str()))
            .collect()
    }
}
