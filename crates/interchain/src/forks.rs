//! Noticing that a chain certified two blocks of one height, and telling those who believe it.
//!
//! Several nodes of a chain (*witnesses*) are asked for the blocks that they show: each for its last one, for the last ones of the others,
//! and for one that was compared before. Every block is checked under the chain's key; two of one height that differ are a fork,
//! whoever showed them and whenever. It is handed to every chain that knows the one that forked, until each knows of it.
//!
//! Nothing is asked of the witnesses but to show blocks: one that shows nothing, or what does not hold, is listed with a code, and the
//! others go on. What no witness shows is not noticed: they should be run by several organisations.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use futures::future::{BoxFuture, FutureExt as _, join_all};
use pangolin_client::{Client, Proof, ProofForm};
use pangolin_ledger::{
    ChainId, Delivery, Height, Item,
    state::{ChainRecord, ChainState, ForeignChain, Fork as Known, keys},
};
use pangolin_proof::{
    file::ProofFile,
    fork::Fork,
    header::Header,
    trust::{FinalHeader, TrustedChain},
};
use serde::{Deserialize, Serialize};

use crate::{
    board::Board,
    limits::{BLOCKS_KEPT, VALID_BLOCKS},
    node_port::failed,
    port::{Fate, Port, PortError, Ports},
};

/// A node of a chain, as whoever compares blocks sees it.
pub trait Witness: Send + Sync {
    /// Its address, for people.
    fn address(&self) -> &str;
    /// The block that it shows at a height; its last one where none is given.
    fn header(&self, height: Option<Height>) -> BoxFuture<'_, Result<FinalHeader, PortError>>;
}

/// A node, through its interface.
#[derive(Debug)]
pub struct NodeWitness {
    address: String,
    client: Client,
}

impl NodeWitness {
    /// The node at this address, which the client asks.
    pub const fn new(address: String, client: Client) -> Self {
        Self { address, client }
    }
}

impl Witness for NodeWitness {
    fn address(&self) -> &str {
        &self.address
    }

    fn header(&self, height: Option<Height>) -> BoxFuture<'_, Result<FinalHeader, PortError>> {
        async move {
            let asked = Proof::Header(height.map(|height| height.0));
            let answer = self.client.proof(&asked, ProofForm::Json).await;
            let answer = answer.map_err(|error| failed(&error))?;
            let headers = ProofFile::parse(&answer.bytes).and_then(|file| file.headers());
            let headers =
                headers.map_err(|error| PortError::new(error.code(), error.to_string()))?;
            let first = headers.into_iter().next();
            first.ok_or_else(|| PortError::new("no-header", "the answer has no header"))
        }
        .boxed()
    }
}

/// How a witness stands.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WitnessStatus {
    /// The last height that it showed.
    pub height: u64,
    /// Why it shows nothing that counts, if it does not.
    pub trouble: Option<String>,
}

/// Two certified blocks of one height that were noticed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ForkStatus {
    /// The height.
    pub height: u64,
    /// The two blocks.
    pub blocks: Vec<String>,
    /// Which witness showed which.
    pub shown_by: Vec<String>,
    /// What became of telling it, by the chain that is told.
    pub told: BTreeMap<String, String>,
}

/// Compares the blocks of one chain.
pub struct Detector {
    trusted: TrustedChain,
    witnesses: Vec<Arc<dyn Witness>>,
    ports: Ports,
    board: Arc<Board>,
    every: Duration,
    /// Blocks that were shown, with who showed them; the latest [`BLOCKS_KEPT`].
    seen: BTreeMap<u64, (String, FinalHeader)>,
    /// A height that was compared before.
    compared: Option<u64>,
    /// The highest fork that was noticed.
    fork: Option<Fork>,
}

impl fmt::Debug for Detector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Detector")
            .field("chain", &self.trusted.chain)
            .field("witnesses", &self.witnesses.len())
            .finish_non_exhaustive()
    }
}

impl Detector {
    /// Compares what these witnesses show of a chain so often, and tells the chains of `ports` what it notices.
    pub const fn new(
        trusted: TrustedChain,
        witnesses: Vec<Arc<dyn Witness>>,
        ports: Ports,
        board: Arc<Board>,
        every: Duration,
    ) -> Self {
        Self {
            trusted,
            witnesses,
            ports,
            board,
            every,
            seen: BTreeMap::new(),
            compared: None,
            fork: None,
        }
    }

    const fn chain(&self) -> ChainId {
        ChainId(self.trusted.chain.0)
    }

    /// Compares until it is dropped.
    pub async fn run(mut self) {
        loop {
            self.round().await;
            self.board.sleep(self.every).await;
        }
    }

    /// Compares once, and tells what is known of a fork to those who do not know it.
    pub async fn round(&mut self) {
        self.compare().await;
        if let Some(fork) = self.fork.clone() {
            let told = self.ports.iter().filter(|(id, _)| **id != self.chain());
            join_all(told.map(|(_, port)| self.tell(port.as_ref(), &fork))).await;
        }
    }

    async fn compare(&mut self) {
        let mut latest = BTreeMap::new();
        for (witness, shown) in self.ask(None).await {
            let shown = shown.and_then(|header| self.holds(header, None));
            let height = shown.as_ref().map(|(height, _)| *height);
            self.board.witnessed(self.chain(), &witness, height);
            if let Ok((height, header)) = shown {
                self.note(&witness, height, header);
                latest.insert(witness, height);
            }
        }
        // a witness that stands still must not keep those ahead of it from being compared with each other
        let heights: BTreeSet<u64> = latest.values().copied().chain(self.compared).collect();
        for height in heights {
            for (witness, shown) in self.ask(Some(height)).await {
                // one that is behind, or keeps no old blocks, says so: it was not asked for its last one
                let Ok(header) = shown else { continue };
                match self.holds(header, Some(height)) {
                    Ok((height, header)) => self.note(&witness, height, header),
                    Err(error) => self.board.witnessed(self.chain(), &witness, Err(&error)),
                }
            }
        }
        self.compared = latest.values().min().copied().or(self.compared);
    }

    /// What all witnesses show, at the same time.
    async fn ask(&self, height: Option<u64>) -> Vec<(String, Result<FinalHeader, PortError>)> {
        let asked = self.witnesses.iter().map(async |witness| {
            let shown = witness.header(height.map(Height)).await;
            (witness.address().to_owned(), shown)
        });
        join_all(asked).await
    }

    /// The header with its height, if it is final on the chain, and of the height that was asked for.
    fn holds(
        &self,
        header: FinalHeader,
        asked: Option<u64>,
    ) -> Result<(u64, FinalHeader), PortError> {
        let first = header.verify(&self.trusted);
        let first = first.map_err(|error| PortError::new(error.code(), error.to_string()))?;
        let height = first.height.get();
        match asked.filter(|asked| *asked != height) {
            Some(asked) => {
                let message = format!("asked for block {asked}, it shows block {height}");
                Err(PortError::new("other-height", message))
            }
            None => Ok((height, header)),
        }
    }

    /// Keeps a block in mind, unless another one of its height is.
    fn note(&mut self, witness: &str, height: u64, header: FinalHeader) {
        let Some((by, known)) = self.seen.get(&height) else {
            self.seen.insert(height, (witness.to_owned(), header));
            if self.seen.len() > BLOCKS_KEPT {
                self.seen.pop_first();
            }
            return;
        };
        let block = |run: &FinalHeader| run.headers.first().map(Header::digest);
        if block(known) == block(&header) {
            return;
        }
        let Ok(fork) = Fork::find(&self.trusted, known, &header) else {
            return;
        };
        let higher = self.fork.as_ref().is_none_or(|fork| fork.height < height);
        if higher {
            let blocks = fork.blocks().map(|block| block.to_string());
            let status = ForkStatus {
                height: fork.height,
                blocks: blocks.into(),
                shown_by: vec![by.clone(), witness.to_owned()],
                told: BTreeMap::new(),
            };
            self.board.forked(self.chain(), status);
            self.fork = Some(fork);
        }
    }

    /// Tells one chain, unless it knows.
    async fn tell(&self, port: &dyn Port, fork: &Fork) {
        let told = match self.hand_in(port, fork).await {
            Ok(told) => told.to_owned(),
            Err(error) => error.to_string(),
        };
        self.board.told(self.chain(), port.name(), &told);
    }

    /// What became of telling it, in words.
    async fn hand_in(&self, port: &dyn Port, fork: &Fork) -> Result<&'static str, PortError> {
        let wrong = |error| PortError::record(&error);
        let chain = self.chain();
        let of = [
            keys::foreign_chain(&chain),
            keys::chain_record(&chain),
            keys::fork(&chain),
        ];
        let view = port.read(of.to_vec()).await?;
        let registered: Option<ForeignChain> = view.get(&of[0]).map_err(wrong)?;
        let recorded: Option<ChainRecord> = view.get(&of[1]).map_err(wrong)?;
        let known: Option<Known> = view.get(&of[2]).map_err(wrong)?;
        if registered.is_none() && recorded.is_none() {
            return Ok("does not know the chain");
        }
        let believed = registered.is_some_and(|known| known.suspended.is_none())
            || recorded.is_some_and(|record| record.state == ChainState::Active);
        if known.is_some_and(|known| !believed || known.at.0 >= fork.height) {
            return Ok("knows it");
        }
        let [evidence, other] = fork.evidence();
        let delivery = Delivery {
            chain,
            evidence,
            witnesses: Vec::new(),
            items: vec![Item::Forked { evidence: other }],
        };
        let signer = port.signer();
        let until = Height(view.height.0 + VALID_BLOCKS);
        let tx = signer.transaction(port.chain(), port.profile(), until, delivery);
        match port.submit(&signer.sign(tx)).await? {
            Fate::Final => Ok("knows it"),
            // somebody else was first
            Fate::Refused { code, .. } if code == "already-recorded" => Ok("knows it"),
            Fate::Refused { code, message, .. } => Err(PortError::new(&code, message)),
            Fate::Unknown => Err(PortError::new("not-final", "the evidence is not final yet")),
        }
    }
}
