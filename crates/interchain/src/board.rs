//! How carrying goes: per chain and per direction, for people, programs and metrics.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use pangolin_ledger::{ChainId, Height, SourceId, TimeMs};
use serde::{Deserialize, Serialize};

use crate::{
    clock::Clock,
    forks::{ForkStatus, WitnessStatus},
    lane::{Lane, Stage},
    limits::STUCK_SHOWN,
    port::{PortError, Ports},
    sources::Brought,
};

/// How a chain stands, as seen from here.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChainStatus {
    /// Its name.
    pub name: String,
    /// Its identity, hexadecimal.
    pub chain: String,
    /// Its last height that was seen.
    pub height: u64,
    /// Time of that height, milliseconds since 1970.
    pub time_ms: i64,
    /// Why it is out of reach, if it is.
    pub trouble: Option<String>,
    /// Objects brought in at it because events needed them.
    pub brought_in: u64,
    /// Histories of objects brought to it because events waited for them.
    #[serde(default)]
    pub walked: u64,
    /// What went wrong the last time that objects or histories were brought in.
    pub trouble_inside: Option<String>,
    /// What is brought to it from chains of other kinds, by source.
    #[serde(default)]
    pub sources: BTreeMap<String, SourceStatus>,
    /// Nodes of it whose blocks are compared, by address.
    #[serde(default)]
    pub witnesses: BTreeMap<String, WitnessStatus>,
    /// Two certified blocks of one height, if such were noticed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<ForkStatus>,
}

/// How a chain of another kind is carried to one chain.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceStatus {
    /// Facts brought from here.
    pub facts: u64,
    /// Headers brought from here.
    pub headers: u64,
    /// What went wrong the last time.
    pub trouble: Option<String>,
}

/// How one direction stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LaneStatus {
    /// Name of the chain that objects leave.
    pub from: String,
    /// Name of the chain that they go to.
    pub to: String,
    /// `carrying`, or why not.
    pub state: String,
    /// Locks that are not settled.
    pub open: u64,
    /// Those of which it is not known how they stand.
    pub unknown: u64,
    /// Those to be brought to the other chain.
    pub arriving: u64,
    /// Those to be settled at home.
    pub settling: u64,
    /// For how long the oldest of them is open, as far as is known here, in milliseconds.
    pub oldest_ms: u64,
    /// Objects brought to the other chain from here.
    pub arrived: u64,
    /// Locks settled from here.
    pub settled: u64,
    /// Times that the other chain was told of orders, or that there are no more.
    pub noticed: u64,
    /// Records of chains brought to the other chain, which follows this one as a registry.
    #[serde(default)]
    pub recorded: u64,
    /// Messages that do not go on.
    pub stuck: Vec<Stuck>,
    /// How many do not go on.
    pub stuck_count: u64,
    /// What went wrong last.
    pub last_trouble: Option<String>,
}

/// A message that does not go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stuck {
    /// Its number.
    pub seq: u64,
    /// Code of the refusal.
    pub code: String,
    /// Why.
    pub message: String,
    /// How often it was tried.
    pub times: u32,
}

/// Upper bounds of the classes that ages are counted in, in milliseconds.
const BOUNDS_MS: [u64; 12] = [
    50, 100, 200, 300, 500, 1_000, 2_000, 5_000, 10_000, 60_000, 600_000, 3_600_000,
];

#[derive(Debug, Clone, Default)]
struct Ages {
    classes: [u64; BOUNDS_MS.len()],
    count: u64,
    sum_ms: u64,
}

impl Ages {
    fn note(&mut self, age: Option<Duration>) {
        let Some(age) = age else { return };
        let ms = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        for (class, bound) in self.classes.iter_mut().zip(BOUNDS_MS) {
            *class += u64::from(ms <= bound);
        }
        self.count += 1;
        self.sum_ms = self.sum_ms.saturating_add(ms);
    }
}

#[derive(Debug, Default)]
struct Way {
    status: LaneStatus,
    arrivals: Ages,
    settlements: Ages,
}

#[derive(Debug)]
struct State {
    chains: BTreeMap<ChainId, ChainStatus>,
    ways: BTreeMap<(ChainId, ChainId), Way>,
}

/// How carrying goes.
#[derive(Debug)]
pub struct Board {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

impl Board {
    pub(crate) fn new(ports: &Ports, clock: Arc<dyn Clock>) -> Self {
        let name = |chain: &ChainId| {
            ports
                .get(chain)
                .map_or_else(String::new, |port| port.name().to_owned())
        };
        let chains = ports.keys().map(|chain| {
            let status = ChainStatus {
                name: name(chain),
                chain: chain.to_string(),
                trouble: Some("not asked yet".to_owned()),
                ..ChainStatus::default()
            };
            (*chain, status)
        });
        let pairs = ports
            .keys()
            .flat_map(|from| ports.keys().map(move |to| (*from, *to)));
        let ways = pairs.filter(|(from, to)| from != to).map(|(from, to)| {
            let status = LaneStatus {
                from: name(&from),
                to: name(&to),
                state: "starting".to_owned(),
                ..LaneStatus::default()
            };
            let way = Way {
                status,
                ..Way::default()
            };
            ((from, to), way)
        });
        Self {
            clock,
            state: Mutex::new(State {
                chains: chains.collect(),
                ways: ways.collect(),
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Time since the beginning.
    pub(crate) fn now(&self) -> Duration {
        self.clock.now()
    }

    /// Ends when so much time has passed.
    pub(crate) async fn sleep(&self, time: Duration) {
        self.clock.sleep(time).await;
    }

    pub(crate) fn reached(&self, chain: ChainId, height: Height, time: TimeMs) {
        if let Some(status) = self.state().chains.get_mut(&chain) {
            if let Some(trouble) = status.trouble.take() {
                tracing::info!(
                    chain = status.name,
                    height = height.0,
                    "in reach; before: {trouble}"
                );
            }
            (status.height, status.time_ms) = (height.0, time.0);
        }
    }

    pub(crate) fn unreached(&self, chain: ChainId, error: &PortError) {
        if let Some(status) = self.state().chains.get_mut(&chain) {
            let trouble = error.to_string();
            if status.trouble.as_ref() != Some(&trouble) {
                tracing::warn!(chain = status.name, "out of reach: {trouble}");
            }
            status.trouble = Some(trouble);
        }
    }

    pub(crate) fn brought_in(&self, chain: ChainId, objects: u64) {
        if let Some(status) = self.state().chains.get_mut(&chain) {
            status.brought_in += objects;
            status.trouble_inside = None;
        }
    }

    pub(crate) fn walked(&self, chain: ChainId, histories: u64) {
        if let Some(status) = self.state().chains.get_mut(&chain) {
            status.walked += histories;
        }
    }

    pub(crate) fn trouble_inside(&self, chain: ChainId, error: &PortError) {
        if let Some(status) = self.state().chains.get_mut(&chain) {
            tracing::warn!(chain = status.name, "bringing in: {error}");
            status.trouble_inside = Some(error.to_string());
        }
    }

    /// What a look at a source came to.
    pub fn heralded(&self, chain: ChainId, source: &SourceId, came: &Result<Brought, PortError>) {
        if let Some(status) = self.state().chains.get_mut(&chain) {
            let known = status.sources.entry(source.to_string()).or_default();
            known.trouble = came.as_ref().err().map(ToString::to_string);
            if let Ok(brought) = came {
                known.facts += brought.facts as u64;
                known.headers += brought.headers as u64;
            }
        }
    }

    /// What a witness showed: a height, or why it does not count.
    pub(crate) fn witnessed(&self, chain: ChainId, witness: &str, shown: Result<u64, &PortError>) {
        if let Some(status) = self.state().chains.get_mut(&chain) {
            let known = status.witnesses.entry(witness.to_owned()).or_default();
            let trouble = shown.err().map(ToString::to_string);
            if let Some(trouble) = trouble
                .as_ref()
                .filter(|now| known.trouble.as_ref() != Some(now))
            {
                tracing::warn!(
                    chain = status.name,
                    witness,
                    "it shows no block that counts: {trouble}"
                );
            }
            known.trouble = trouble;
            known.height = shown.unwrap_or(known.height);
        }
    }

    pub(crate) fn forked(&self, chain: ChainId, fork: ForkStatus) {
        if let Some(status) = self.state().chains.get_mut(&chain) {
            let (height, blocks, by) = (fork.height, &fork.blocks, &fork.shown_by);
            tracing::error!(
                chain = status.name,
                height,
                ?blocks,
                ?by,
                "certified two blocks of one height"
            );
            status.fork = Some(fork);
        }
    }

    /// What became of telling a chain that another one forked.
    pub(crate) fn told(&self, chain: ChainId, at: &str, told: &str) {
        let mut state = self.state();
        let fork = state.chains.get_mut(&chain);
        if let Some(fork) = fork.and_then(|status| status.fork.as_mut()) {
            let before = fork.told.insert(at.to_owned(), told.to_owned());
            if before.is_none_or(|before| before != told) {
                tracing::warn!(%chain, at, "two blocks of one height: {told}");
            }
        }
    }

    fn on(&self, way: (ChainId, ChainId), change: impl FnOnce(&mut Way)) {
        if let Some(way) = self.state().ways.get_mut(&way) {
            change(way);
        }
    }

    pub(crate) fn lane(&self, way: (ChainId, ChainId), state: &str, lane: &Lane, now: Duration) {
        let at = |stage| lane.at(stage) as u64;
        self.on(way, |way| {
            let status = &mut way.status;
            if status.state != state {
                tracing::info!(from = status.from, to = status.to, "{state}");
                state.clone_into(&mut status.state);
            }
            status.open = lane.open() as u64;
            status.unknown = at(Stage::Look);
            status.arriving = at(Stage::Arrive);
            status.settling = at(Stage::Settle);
            let oldest = lane.oldest(now).unwrap_or_default().as_millis();
            status.oldest_ms = u64::try_from(oldest).unwrap_or(u64::MAX);
            let stuck = lane.stuck();
            status.stuck_count = stuck.count() as u64;
            let shown = lane.stuck().take(STUCK_SHOWN);
            status.stuck = shown
                .map(|(seq, failure)| Stuck {
                    seq,
                    code: failure.code.clone(),
                    message: failure.message.clone(),
                    times: failure.times,
                })
                .collect();
        });
    }

    pub(crate) fn arrived(&self, way: (ChainId, ChainId), age: Option<Duration>) {
        self.on(way, |way| {
            way.status.arrived += 1;
            way.arrivals.note(age);
        });
    }

    pub(crate) fn settled(&self, way: (ChainId, ChainId), age: Option<Duration>) {
        self.on(way, |way| {
            way.status.settled += 1;
            way.settlements.note(age);
        });
    }

    pub(crate) fn noticed(&self, way: (ChainId, ChainId)) {
        self.on(way, |way| way.status.noticed += 1);
    }

    pub(crate) fn recorded(&self, way: (ChainId, ChainId), records: u64) {
        self.on(way, |way| way.status.recorded += records);
    }

    pub(crate) fn trouble(&self, way: (ChainId, ChainId), error: &PortError) {
        self.on(way, |way| {
            tracing::warn!(from = way.status.from, to = way.status.to, "{error}");
            way.status.last_trouble = Some(error.to_string());
        });
    }

    /// The chains.
    pub fn chains(&self) -> Vec<ChainStatus> {
        let mut chains: Vec<ChainStatus> = self.state().chains.values().cloned().collect();
        chains.sort_by(|one, other| one.name.cmp(&other.name));
        chains
    }

    /// The directions, by the names of their chains.
    pub fn lanes(&self) -> Vec<LaneStatus> {
        let state = self.state();
        let mut lanes: Vec<LaneStatus> =
            state.ways.values().map(|way| way.status.clone()).collect();
        lanes.sort_by(|one, other| (&one.from, &one.to).cmp(&(&other.from, &other.to)));
        lanes
    }

    /// Everything as text for Prometheus.
    pub fn metrics(&self) -> String {
        let state = self.state();
        let mut text = String::new();
        let of_chains: [(&str, &str, &str, Read<ChainStatus>); 5] = [
            (
                "pangolin_relay_chain_up",
                "gauge",
                "Whether the chain is in reach.",
                |c| u64::from(c.trouble.is_none()),
            ),
            (
                "pangolin_relay_chain_height",
                "gauge",
                "Last height of the chain that was seen.",
                |c| c.height,
            ),
            (
                "pangolin_relay_brought_in_total",
                "counter",
                "Objects brought in because events needed them.",
                |c| c.brought_in,
            ),
            (
                "pangolin_relay_walked_total",
                "counter",
                "Histories of objects brought because events waited for them.",
                |c| c.walked,
            ),
            (
                "pangolin_relay_forked",
                "gauge",
                "Whether two certified blocks of one height of the chain were noticed.",
                |c| u64::from(c.fork.is_some()),
            ),
        ];
        for (name, kind, help, read) in of_chains {
            head(&mut text, name, kind, help);
            for chain in state.chains.values() {
                line(&mut text, name, &[("chain", &chain.name)], read(chain));
            }
        }
        of_sources(&mut text, &state);
        of_witnesses(&mut text, &state);
        let of_lanes: [(&str, &str, &str, Read<LaneStatus>); 9] = [
            (
                "pangolin_relay_open",
                "gauge",
                "Locks that are not settled.",
                |l| l.open,
            ),
            (
                "pangolin_relay_arriving",
                "gauge",
                "Locks to be brought to the other chain.",
                |l| l.arriving,
            ),
            (
                "pangolin_relay_settling",
                "gauge",
                "Locks to be settled at home.",
                |l| l.settling,
            ),
            (
                "pangolin_relay_oldest_ms",
                "gauge",
                "For how long the oldest lock is open, milliseconds.",
                |l| l.oldest_ms,
            ),
            (
                "pangolin_relay_stuck",
                "gauge",
                "Locks that do not go on.",
                |l| l.stuck_count,
            ),
            (
                "pangolin_relay_arrived_total",
                "counter",
                "Objects brought to the other chain.",
                |l| l.arrived,
            ),
            (
                "pangolin_relay_settled_total",
                "counter",
                "Locks settled.",
                |l| l.settled,
            ),
            (
                "pangolin_relay_noticed_total",
                "counter",
                "Times that the other chain was told of orders.",
                |l| l.noticed,
            ),
            (
                "pangolin_relay_recorded_total",
                "counter",
                "Records of chains brought to a follower of the registry.",
                |l| l.recorded,
            ),
        ];
        for (name, kind, help, read) in of_lanes {
            head(&mut text, name, kind, help);
            for Way { status, .. } in state.ways.values() {
                line(
                    &mut text,
                    name,
                    &[("from", &status.from), ("to", &status.to)],
                    read(status),
                );
            }
        }
        let of_ages: [(&str, &str, ReadAges); 2] = [
            (
                "pangolin_relay_arrival_ms",
                "Time from when a lock was seen until its object arrived, milliseconds.",
                |w| &w.arrivals,
            ),
            (
                "pangolin_relay_settlement_ms",
                "Time from when a lock was seen until it was settled, milliseconds.",
                |w| &w.settlements,
            ),
        ];
        for (name, help, read) in of_ages {
            head(&mut text, name, "histogram", help);
            for way in state.ways.values() {
                ages(&mut text, name, &way.status, read(way));
            }
        }
        text
    }
}

/// Reads a number of a chain or a direction.
type Read<T> = fn(&T) -> u64;
/// Reads the ages of a direction.
type ReadAges = fn(&Way) -> &Ages;

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// What is carried from chains of other kinds, if anything is.
fn of_sources(text: &mut String, state: &State) {
    let columns: [(&str, &str, &str, Read<SourceStatus>); 3] = [
        (
            "pangolin_relay_source_up",
            "gauge",
            "Whether the last look at the source went well.",
            |s| u64::from(s.trouble.is_none()),
        ),
        (
            "pangolin_relay_source_facts_total",
            "counter",
            "Facts of the source that were brought.",
            |s| s.facts,
        ),
        (
            "pangolin_relay_source_headers_total",
            "counter",
            "Headers of the source that were brought.",
            |s| s.headers,
        ),
    ];
    let heard = state.chains.values().any(|chain| !chain.sources.is_empty());
    for (name, kind, help, read) in columns.into_iter().filter(|_| heard) {
        head(text, name, kind, help);
        for chain in state.chains.values() {
            for (source, status) in &chain.sources {
                let labels = [("source", source.as_str()), ("chain", chain.name.as_str())];
                line(text, name, &labels, read(status));
            }
        }
    }
}

/// Whose blocks are compared.
fn of_witnesses(text: &mut String, state: &State) {
    let name = "pangolin_relay_witness_up";
    let help = "Whether the node showed a block that counts the last time.";
    let all = state.chains.values().flat_map(|chain| {
        let witnesses = chain.witnesses.iter();
        witnesses.map(move |(address, status)| (&chain.name, address, status))
    });
    for (number, (chain, address, status)) in all.enumerate() {
        if number == 0 {
            head(text, name, "gauge", help);
        }
        let labels = [("chain", chain.as_str()), ("witness", address.as_str())];
        line(text, name, &labels, u64::from(status.trouble.is_none()));
    }
}

fn line(text: &mut String, name: &str, labels: &[(&str, &str)], value: u64) {
    let escaped = |value: &str| {
        value
            .replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
    };
    let labels: Vec<String> = labels
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect();
    let _ = writeln!(text, "{name}{{{}}} {value}", labels.join(","));
}

fn ages(text: &mut String, name: &str, status: &LaneStatus, ages: &Ages) {
    let way = [("from", status.from.as_str()), ("to", status.to.as_str())];
    for (bound, count) in BOUNDS_MS.iter().zip(ages.classes) {
        let bound = bound.to_string();
        let labels = [way[0], way[1], ("le", bound.as_str())];
        line(text, &format!("{name}_bucket"), &labels, count);
    }
    line(
        text,
        &format!("{name}_bucket"),
        &[way[0], way[1], ("le", "+Inf")],
        ages.count,
    );
    line(text, &format!("{name}_sum"), &way, ages.sum_ms);
    line(text, &format!("{name}_count"), &way, ages.count);
}
