//! Moves between two chains, carried by one relay: how long one takes, how many a second, and how fast what has gathered is cleared.

use anyhow::{Context as _, Result, bail};
use bytes::BytesMut;
use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pangolin_client::Client;
use pangolin_gs1::Key as Gs1;
use pangolin_interchain::{NodePort, Port, Ports, Relay, Settings, Signer};
use pangolin_ledger::{
    BatchTree, Body, ChainId, Code, DataClass, Digest32, EventId, Height, ObjectId, PublicKey,
    Signature, SignedTransaction, TimeMs, Transaction, Wire as _,
    hash::sha256,
    id::Value,
    state::{Channel, Object, keys},
    tx::{Action, Event, EventKind},
};
use pangolin_profiles::{
    capture::{attribute, id},
    cbv::step,
    pharma::{STRICT, words::field},
};
use std::{
    fmt::Write as _,
    fs,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use super::figures::{Durations, Figure, ratio};
use crate::{cli::BenchArgs, network::topology::Started, node::machine, output};

const MAKER: &str = "0366159000019";
const RECEIVER: &str = "0355555555551";
const CARRIER: &str = "urn:pangolin:bench:carrier";
/// Single moves that are timed.
const SINGLE: u64 = 100;
/// Packs of one commissioning event.
const MADE_AT_ONCE: u64 = 10_000;
/// Transactions under one signature, and in one request.
const TOGETHER: u64 = 200;
/// Longest wait for anything.
const LIMIT: Duration = Duration::from_mins(10);
/// Time between two looks.
const STEP: Duration = Duration::from_millis(3);

/// Measures.
pub(super) async fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let dir = args.dir.join(format!("bench-moves-{}", std::process::id()));
    let measured = measure(args, &dir).await;
    if measured.is_ok() {
        fs::remove_dir_all(&dir).with_context(|| format!("cannot clear {}", dir.display()))?;
    }
    measured.with_context(|| format!("the files of the nodes are kept in {}", dir.display()))
}

async fn measure(args: &BenchArgs, dir: &std::path::Path) -> Result<Vec<Figure>> {
    let mut trade = Trade::start(args, dir).await?;
    let total = SINGLE + 2 * args.moves;
    trade.make(total).await?;
    let mut figures = Vec::new();
    let carrier = trade.carrier()?;
    figures.extend(trade.single().await?);
    output::note(format!(
        "  {} moves, carried while they are made",
        args.moves
    ));
    let before = trade.network.usage().cpu_ms;
    let took = trade.many(SINGLE, args.moves, true).await?;
    let cpu = trade.network.usage().cpu_ms - before;
    figures.push(
        Figure::new(
            "moves, locked to let in",
            ratio(args.moves, took.as_secs_f64()),
            "moves/s",
        )
        .aim("2000"),
    );
    figures.push(Figure::new(
        "processor time of all nodes",
        cpu / ratio(args.moves, 1.0),
        "CPU ms/move",
    ));
    drop(carrier);
    output::note(format!(
        "  {} moves, gathered before anybody carries them",
        args.moves
    ));
    trade.many(SINGLE + args.moves, args.moves, false).await?;
    let begun = Instant::now();
    let carrier = trade.carrier()?;
    trade.wait_for(total).await?;
    figures.push(Figure::new(
        "cleared by a relay that starts",
        ratio(args.moves, begun.elapsed().as_secs_f64()),
        "moves/s",
    ));
    drop(carrier);
    trade.network.check()?;
    Ok(figures)
}

/// Two chains, and who trades on them.
struct Trade {
    network: Started,
    there: ChainId,
    client: Client,
    key: SigningKey,
    height: u64,
}

fn topology(args: &BenchArgs) -> String {
    let mut text = format!(
        "format = \"pangolin-network/1\"\nfirst_port = {}\n",
        args.first_port
    );
    for (name, member, party, role, more) in [
        (
            "north",
            "maker",
            MAKER,
            "manufacturer",
            "prefixes = [\"036615\"]",
        ),
        ("south", "receiver", RECEIVER, "dispenser", ""),
    ] {
        let validators: Vec<String> = (1..=args.validators)
            .map(|n| format!("\"organisation {n}\""))
            .collect();
        let _ = write!(
            text,
            "[[chain]]\nname = \"{name}\"\ntitle = \"{name}\"\nprofile = \"pharma-strict\"\nvalidators = [{}]\nregulator = \"office\"\n\
             [[chain.member]]\nslug = \"{member}\"\nname = \"{member}\"\nid = \"{party}\"\nroles = [\"{role}\"]\n{more}\n\
             [[chain.member]]\nslug = \"carrier\"\nname = \"carrier\"\nid = \"{CARRIER}\"\nroles = [\"3pl\"]\n",
            validators.join(", ")
        );
    }
    text.push_str("[[link]]\nbetween = [\"north\", \"south\"]\nfreshness_ms = 60000\n");
    text
}

impl Trade {
    async fn start(args: &BenchArgs, dir: &std::path::Path) -> Result<Self> {
        let indexed = args.indexed;
        let network = Started::new(&topology(args), dir, |config| {
            config.relays.push(CARRIER.to_owned());
            config.index = indexed;
        })
        .await?;
        let (client, key) = network.client(0, 0, "maker")?;
        let height = client.status().await?.height;
        Ok(Self {
            there: network.identity(1)?,
            network,
            client,
            key,
            height,
        })
    }

    fn port(&self, at: usize) -> Result<NodePort> {
        let (client, key) = self.network.client(at, 0, "carrier")?;
        let name = if at == 0 { "north" } else { "south" };
        let signer = Signer {
            party: Started::party(CARRIER)?,
            key,
        };
        Ok(NodePort::new(
            name.into(),
            self.network.identity(at)?,
            STRICT,
            client,
            signer,
        ))
    }

    /// A relay between both; it ends when it is dropped.
    fn carrier(&self) -> Result<Carrier> {
        let mut ports = Ports::new();
        for at in [0, 1] {
            ports.insert(self.network.identity(at)?, Arc::new(self.port(at)?));
        }
        let relay = Relay::new(machine().as_ref().clone(), ports, Settings::default());
        Ok(Carrier(tokio::spawn(Arc::new(relay).run())))
    }

    fn transaction(&self, event: Event) -> Result<Transaction> {
        Ok(Transaction {
            chain: self.network.identity(0)?,
            profile: STRICT,
            class: DataClass::Transaction,
            issuer: Started::party(MAKER)?,
            key: PublicKey(VerificationKeyBytes::from(&self.key).into()),
            valid_until: Height(self.height + 500_000),
            body: Body::Events(vec![event]),
        })
    }

    /// Signs transactions together.
    fn signed(&self, transactions: Vec<Transaction>) -> Result<Vec<SignedTransaction>> {
        let ids: Vec<_> = transactions.iter().map(Transaction::id).collect();
        let tree = BatchTree::new(&ids).context("too many transactions for one signature")?;
        let signature = Signature(self.key.sign(&tree.statement()).into());
        let signed = transactions.into_iter().enumerate().map(|(i, tx)| {
            let auth = tree.auth(i, signature).context("a place in the tree")?;
            Ok(SignedTransaction::new(tx, auth))
        });
        signed.collect()
    }

    async fn send(&self, signed: &[SignedTransaction], wait: Duration) -> Result<()> {
        let mut body = BytesMut::new();
        for signed in signed {
            body.extend_from_slice(&signed.to_bytes());
        }
        let body = body.freeze();
        let begun = Instant::now();
        loop {
            let fates = self.client.submit(body.clone(), wait).await?;
            let failed = fates.iter().find(|fate| {
                let known = fate.code.as_deref() == Some("already-recorded");
                !matches!(fate.state.as_str(), "final" | "sent") && !known
            });
            match failed {
                None => return Ok(()),
                Some(fate) if fate.state == "not-taken" && begun.elapsed() < LIMIT => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                Some(fate) => bail!(
                    "a transaction is {}: {} {}",
                    fate.state,
                    fate.code.as_deref().unwrap_or_default(),
                    fate.detail.as_deref().unwrap_or_default()
                ),
            }
        }
    }

    async fn make(&mut self, packs: u64) -> Result<()> {
        let mut from = 0;
        while from < packs {
            let to = packs.min(from + MADE_AT_ONCE);
            let mut event = event(Action::Add, step::COMMISSIONING, from)?;
            event.objects = (from..to).map(pack).collect::<Result<_>>()?;
            event.attributes.insert(field::LOT, Value::new("A1")?);
            event
                .attributes
                .insert(field::EXPIRY, Value::new("20400101")?);
            let signed = self.signed(vec![self.transaction(event)?])?;
            self.send(&signed, Duration::from_secs(20)).await?;
            from = to;
        }
        Ok(())
    }

    /// The transaction by which a pack leaves.
    fn leaving(&self, serial: u64) -> Result<Transaction> {
        let mut event = event(Action::Observe, step::SHIPPING, 1 << 40 | serial)?;
        event.objects = std::iter::once(pack(serial)?).collect();
        event.destination = Some(Started::party(RECEIVER)?);
        for (code, text) in [
            (attribute::CHAIN_TO, self.there.to_string()),
            (field::STATEMENT, "1".to_owned()),
        ] {
            event.attributes.insert(code, Value::new(text)?);
        }
        self.transaction(event)
    }

    /// Single moves, one after the other: from handing the shipment in until the pack is there, and until it is settled at home.
    async fn single(&mut self) -> Result<Vec<Figure>> {
        output::note(format!("  {SINGLE} moves, one after the other"));
        let (home, there) = (self.port(0)?, self.port(1)?);
        let (mut arrivals, mut settlements) = (Durations::default(), Durations::default());
        for serial in 0..SINGLE {
            let signed = self.signed(vec![self.leaving(serial)?])?;
            let begun = Instant::now();
            self.send(&signed, Duration::ZERO).await?;
            let key = keys::object(&pack(serial)?);
            until(begun, &there, key, |record| {
                let object = record.and_then(|bytes| Object::from_bytes(bytes).ok());
                object.is_some_and(|object| object.is_live())
            })
            .await?;
            arrivals.push(begun.elapsed());
            // each lock and its settlement have a number
            let settled = keys::settlement(&self.there, serial * 2);
            until(begun, &home, settled, |record| record.is_some()).await?;
            settlements.push(begun.elapsed());
        }
        let [p50, p99] = arrivals.figures("from shipping to there");
        let mut figures = vec![p50.aim("500"), p99];
        figures.extend(settlements.figures("from shipping to settled at home"));
        Ok(figures)
    }

    /// Ships packs, each by a transaction of its own; waits until all are there, or only locked.
    async fn many(&mut self, from: u64, count: u64, carried: bool) -> Result<Duration> {
        let mut loads = Vec::new();
        let mut serial = from;
        while serial < from + count {
            let end = (from + count).min(serial + TOGETHER);
            let leaving = (serial..end).map(|serial| self.leaving(serial));
            loads.push(self.signed(leaving.collect::<Result<_>>()?)?);
            serial = end;
        }
        let begun = Instant::now();
        let last = loads.len().saturating_sub(1);
        for (i, load) in loads.iter().enumerate() {
            let wait = if i == last { 20 } else { 0 };
            self.send(load, Duration::from_secs(wait)).await?;
        }
        if carried {
            self.wait_for(from + count).await?;
        }
        self.network.check()?;
        Ok(begun.elapsed())
    }

    /// Waits until so many packs were let in.
    async fn wait_for(&self, total: u64) -> Result<()> {
        let key = keys::channel(&self.network.identity(0)?);
        let port = self.port(1)?;
        until(Instant::now(), &port, key, |record| {
            let channel = record.and_then(|bytes| Channel::from_bytes(bytes).ok());
            channel.is_some_and(|channel| channel.next_in >= total)
        })
        .await
    }
}

/// A relay that ends when it is dropped.
struct Carrier(tokio::task::JoinHandle<()>);

impl Drop for Carrier {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Looks at a record until it is as it should be.
async fn until(
    begun: Instant,
    port: &NodePort,
    key: pangolin_ledger::Key,
    good: impl Fn(Option<&Vec<u8>>) -> bool,
) -> Result<()> {
    while begun.elapsed() < LIMIT {
        let view = port.read(vec![key]).await?;
        if good(view.values.get(&key).and_then(Option::as_ref)) {
            return Ok(());
        }
        tokio::time::sleep(STEP).await;
    }
    bail!("it took longer than {} s", LIMIT.as_secs())
}

fn pack(serial: u64) -> Result<ObjectId> {
    let uri = format!("urn:epc:id:sgtin:036615.0012345.{serial}");
    Ok(id::object(&Gs1::parse(&uri)?)?)
}

fn event(action: Action, step: Code, number: u64) -> Result<Event> {
    let id = EventId(sha256(&[b"pangolin/bench/moves", &number.to_be_bytes()]));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let time = TimeMs(i64::try_from(now.as_millis())?);
    Ok(Event::new(
        id,
        EventKind::Object,
        action,
        time,
        step,
        Digest32(id.0),
    ))
}
