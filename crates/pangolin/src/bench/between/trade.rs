//! Chains that know each other, and who trades on them.

use anyhow::{Context as _, Result, bail};
use bytes::BytesMut;
use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pangolin_client::Client;
use pangolin_gs1::Key as Gs1;
use pangolin_interchain::{NodePort, Port as _, Ports, Relay, Settings, Signer};
use pangolin_ledger::{
    BatchTree, Body, Code, DataClass, Digest32, EventId, Height, ObjectId, PartyId, PublicKey,
    Signature, SignedTransaction, TimeMs, Transaction, Wire as _,
    hash::sha256,
    id::Value,
    state::{Object, keys},
    tx::{Action, Event, EventKind},
};
use pangolin_profiles::{
    capture::{attribute, id},
    cbv::step,
    pharma::{STRICT, words::field},
};
use std::{
    fmt::Write as _,
    ops::Range,
    path::Path,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use crate::{cli::BenchArgs, network::topology::Started, node::machine};

/// Who makes packs, on every chain.
pub(super) const MAKER: Trader = Trader {
    slug: "maker",
    party: "0366159000019",
};
/// Who gets them, on every chain.
pub(super) const RECEIVER: Trader = Trader {
    slug: "receiver",
    party: "0355555555551",
};
const CARRIER: Trader = Trader {
    slug: "carrier",
    party: "urn:pangolin:bench:carrier",
};
/// The product that all packs are of.
pub(super) const GTIN: &str = "00366150123458";
/// Transactions under one signature, and in one request.
const TOGETHER: usize = 200;
/// Packs of one commissioning event.
const MADE_AT_ONCE: u64 = 10_000;
/// Longest wait for anything.
pub(super) const LIMIT: Duration = Duration::from_mins(3);
/// Time between two looks.
const STEP: Duration = Duration::from_millis(3);
/// Records looked at by one request.
const LOOKED_AT: usize = 4_000;

/// A member of every chain.
pub(super) struct Trader {
    slug: &'static str,
    party: &'static str,
}

impl Trader {
    fn id(&self) -> Result<PartyId> {
        Started::party(self.party)
    }
}

/// The node that relays and whoever watches ask.
const FIRST: &str = "validator-1";

/// What happens to a pack.
#[derive(Debug, Clone, Copy)]
pub(super) enum Act {
    /// It is sent to the receiver on this chain.
    Ship,
    /// It is sent to the receiver on another chain.
    Move(usize),
    /// The receiver has it.
    Receive,
    /// A patient gets it.
    Dispense,
}

/// Chains that know each other.
pub(super) struct Trade {
    pub(super) network: Started,
    /// Heights of the chains when they began.
    heights: Vec<u64>,
}

fn topology(args: &BenchArgs, chains: usize, freshness: Duration) -> String {
    let mut text = format!(
        "format = \"pangolin-network/1\"\nfirst_port = {}\n",
        args.first_port
    );
    let validators: Vec<String> = (1..=args.validators)
        .map(|n| format!("\"organisation {n}\""))
        .collect();
    let validators = validators.join(", ");
    for at in 0..chains {
        let _ = write!(
            text,
            "[[chain]]\nname = \"{name}\"\ntitle = \"{name}\"\nprofile = \"pharma-strict\"\nvalidators = [{validators}]\nregulator = \"office\"\n",
            name = name(at),
        );
        for (trader, roles, prefixes) in [
            (&MAKER, "\"manufacturer\"", "\"036615\""),
            (&RECEIVER, "\"wholesaler\", \"dispenser\"", ""),
            (&CARRIER, "\"3pl\"", ""),
        ] {
            let Trader { slug, party } = trader;
            let _ = writeln!(
                text,
                "[[chain.member]]\nslug = \"{slug}\"\nname = \"{slug}\"\nid = \"{party}\"\nroles = [{roles}]\nprefixes = [{prefixes}]"
            );
        }
    }
    let names: Vec<String> = (0..chains).map(|at| format!("{:?}", name(at))).collect();
    let _ = writeln!(
        text,
        "[[link]]\nbetween = [{}]\nfreshness_ms = {}",
        names.join(", "),
        freshness.as_millis()
    );
    text
}

fn name(at: usize) -> String {
    format!("chain-{}", at + 1)
}

impl Trade {
    /// Starts so many chains. With `histories` the first node of each keeps an index, which tells where goods came from.
    pub(super) async fn start(
        args: &BenchArgs,
        dir: &Path,
        chains: usize,
        (freshness, histories): (Duration, bool),
    ) -> Result<Self> {
        let indexed = args.indexed;
        let network = Started::new(&topology(args, chains, freshness), dir, |config| {
            config.relays.push(CARRIER.party.to_owned());
            config.index = indexed || histories && config.name == FIRST;
        })
        .await?;
        let mut heights = Vec::new();
        for at in 0..chains {
            let (client, _) = network.client(at, 0, MAKER.slug)?;
            heights.push(client.status().await?.height);
        }
        Ok(Self { network, heights })
    }

    /// How a relay and whoever watches reach a chain.
    pub(super) fn port(&self, at: usize) -> Result<NodePort> {
        let (client, key) = self.network.client(at, 0, CARRIER.slug)?;
        let signer = Signer {
            party: CARRIER.id()?,
            key,
        };
        Ok(NodePort::new(
            name(at),
            self.network.identity(at)?,
            STRICT,
            client,
            signer,
        ))
    }

    /// A relay between all chains; it ends when it is dropped.
    pub(super) fn carrier(&self) -> Result<Carrier> {
        let mut ports = Ports::new();
        for at in 0..self.heights.len() {
            ports.insert(self.network.identity(at)?, Arc::new(self.port(at)?));
        }
        let relay = Relay::new(machine().as_ref().clone(), ports, Settings::default());
        Ok(Carrier(tokio::spawn(Arc::new(relay).run())))
    }

    fn transaction(
        &self,
        at: usize,
        who: &Trader,
        key: &SigningKey,
        event: Event,
    ) -> Result<Transaction> {
        let began = self.heights.get(at).context("a chain of the network")?;
        Ok(Transaction {
            chain: self.network.identity(at)?,
            profile: STRICT,
            class: DataClass::Transaction,
            issuer: who.id()?,
            key: PublicKey(VerificationKeyBytes::from(key).into()),
            valid_until: Height(began + 500_000),
            body: Body::Events(vec![event]),
        })
    }

    /// Makes packs of a lot on a chain.
    pub(super) async fn make(&self, at: usize, lot: &str, packs: Range<u64>) -> Result<()> {
        let (client, key) = self.network.client(at, 0, MAKER.slug)?;
        let mut from = packs.start;
        while from < packs.end {
            let to = packs.end.min(from + MADE_AT_ONCE);
            let mut event = event(
                Action::Add,
                step::COMMISSIONING,
                &format!("made {at} {lot} {from}"),
            )?;
            event.objects = (from..to).map(pack).collect::<Result<_>>()?;
            event.attributes.insert(field::LOT, Value::new(lot)?);
            event
                .attributes
                .insert(field::EXPIRY, Value::new("20400101")?);
            let tx = self.transaction(at, &MAKER, &key, event)?;
            let signed = together(&key, vec![tx])?;
            send(&client, &signed, Duration::from_secs(20)).await?;
            from = to;
        }
        Ok(())
    }

    /// Hands in that something happens to packs on a chain, each by a transaction of its own; how long it took until the last of them
    /// was final.
    pub(super) async fn act(
        &self,
        at: usize,
        who: &Trader,
        act: Act,
        packs: Range<u64>,
    ) -> Result<Duration> {
        let (client, key) = self.network.client(at, 0, who.slug)?;
        let all: Vec<u64> = packs.collect();
        let mut loads = Vec::new();
        for serials in all.chunks(TOGETHER) {
            let transactions = serials.iter().map(|serial| {
                let event = self.event(at, act, *serial)?;
                self.transaction(at, who, &key, event)
            });
            loads.push(together(&key, transactions.collect::<Result<_>>()?)?);
        }
        let begun = Instant::now();
        let last = loads.len().saturating_sub(1);
        for (i, load) in loads.iter().enumerate() {
            let wait = if i == last { 20 } else { 0 };
            send(&client, load, Duration::from_secs(wait)).await?;
        }
        Ok(begun.elapsed())
    }

    fn event(&self, at: usize, act: Act, serial: u64) -> Result<Event> {
        let (action, step) = match act {
            Act::Ship | Act::Move(_) => (Action::Observe, step::SHIPPING),
            Act::Receive => (Action::Observe, step::RECEIVING),
            Act::Dispense => (Action::Delete, step::DISPENSING),
        };
        let mut event = event(action, step, &format!("{at} {act:?} {serial}"))?;
        event.objects = std::iter::once(pack(serial)?).collect();
        if let Act::Ship | Act::Move(_) = act {
            event.destination = Some(RECEIVER.id()?);
            event.attributes.insert(field::STATEMENT, Value::new("1")?);
        }
        if let Act::Move(to) = act {
            let chain = self.network.identity(to)?.to_string();
            event
                .attributes
                .insert(attribute::CHAIN_TO, Value::new(chain)?);
        }
        Ok(event)
    }

    /// Waits until all of these packs are live on a chain, or until none of them is.
    pub(super) async fn until_live(&self, at: usize, packs: Range<u64>, live: bool) -> Result<()> {
        let port = self.port(at)?;
        let mut open: Vec<u64> = packs.collect();
        let begun = Instant::now();
        while begun.elapsed() < LIMIT {
            // those at the end come last: while they are not as they should be, the others need not be looked at
            let last = open.len().saturating_sub(LOOKED_AT);
            let Some(looked) = open.get(last..).filter(|looked| !looked.is_empty()) else {
                return Ok(());
            };
            let named = looked
                .iter()
                .map(|serial| Ok((*serial, keys::object(&pack(*serial)?))));
            let named: Vec<_> = named.collect::<Result<_>>()?;
            let view = port
                .read(named.iter().map(|(_, key)| *key).collect())
                .await?;
            let mut left = Vec::new();
            for (serial, key) in named {
                let object: Option<Object> = view.get(&key)?;
                if object.is_some_and(|object| object.is_live()) != live {
                    left.push(serial);
                }
            }
            let all_good = left.is_empty();
            open.truncate(last);
            open.extend(left);
            if !all_good {
                tokio::time::sleep(STEP).await;
            }
        }
        bail!("it took longer than {} s", LIMIT.as_secs())
    }
}

/// Looks at a record until it is as it should be.
pub(super) async fn until(
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

/// A relay that ends when it is dropped.
pub(super) struct Carrier(tokio::task::JoinHandle<()>);

impl Drop for Carrier {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Signs transactions together.
fn together(key: &SigningKey, transactions: Vec<Transaction>) -> Result<Vec<SignedTransaction>> {
    let ids: Vec<_> = transactions.iter().map(Transaction::id).collect();
    let tree = BatchTree::new(&ids).context("too many transactions for one signature")?;
    let signature = Signature(key.sign(&tree.statement()).into());
    let signed = transactions.into_iter().enumerate().map(|(i, tx)| {
        let auth = tree.auth(i, signature).context("a place in the tree")?;
        Ok(SignedTransaction::new(tx, auth))
    });
    signed.collect()
}

/// Hands transactions in; again, as long as the node has no room.
async fn send(client: &Client, signed: &[SignedTransaction], wait: Duration) -> Result<()> {
    let mut body = BytesMut::new();
    for signed in signed {
        body.extend_from_slice(&signed.to_bytes());
    }
    let body = body.freeze();
    let begun = Instant::now();
    loop {
        let fates = client.submit(body.clone(), wait).await?;
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

/// A pack.
pub(super) fn pack(serial: u64) -> Result<ObjectId> {
    let uri = format!("urn:epc:id:sgtin:036615.0012345.{serial}");
    Ok(id::object(&Gs1::parse(&uri)?)?)
}

fn event(action: Action, step: Code, name: &str) -> Result<Event> {
    let id = EventId(sha256(&[b"pangolin/bench/between", name.as_bytes()]));
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
