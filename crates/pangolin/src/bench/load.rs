//! Transactions made and signed before they are timed.

use anyhow::{Context as _, Result, anyhow};
use bytes::Bytes;
use ed25519_zebra::VerificationKeyBytes;
use pangolin_epcis::{Event, model::Header};
use pangolin_ledger::{
    Auth, BatchTree, Body, ChainId, DataClass, Height, PartyId, PublicKey, Signature,
    SignedTransaction, Transaction, Wire as _, tx,
};
use pangolin_profiles::{
    capture::{CaptureDefect, Placement, Reducer},
    disclosure::SaltSecret,
    pharma::{LEXICON, STRICT},
};
use pangolin_sandbox::industry::{History, OnePackEvents};
use std::collections::BTreeMap;

use super::network::{Bench, Sender, party};

/// Height until which transactions are valid: longer than any run.
const VALID_UNTIL: Height = Height(900_000);

/// Most serial references and bytes of a transaction, as the capture path joins events.
const MAX_TX_EVENTS: usize = 1_000;
const MAX_TX_BYTES: usize = 1_500_000;
const MAX_TX_REFERENCES: usize = pangolin_ledger::limits::MAX_REFS_PER_TX;

/// A signed transaction on its way.
#[derive(Clone, Debug)]
pub(super) struct Load {
    /// The node it is handed to, by place.
    pub(super) home: usize,
    /// Canonical bytes.
    pub(super) bytes: Bytes,
    /// Events in it.
    pub(super) events: u64,
    /// Serial numbers in them, each as often as it is named.
    pub(super) references: u64,
}

/// A sender with what its signatures need.
struct Signing {
    sender: Sender,
    party: PartyId,
    public: PublicKey,
    chain: ChainId,
}

impl Signing {
    fn new(bench: &Bench, slug: &str) -> Result<Self> {
        let sender = bench.sender(slug)?;
        Ok(Self {
            party: party(&sender.id)?,
            public: PublicKey(VerificationKeyBytes::from(&sender.key).into()),
            sender,
            chain: bench.chain,
        })
    }

    fn transaction(&self, events: Vec<tx::Event>) -> Transaction {
        Transaction {
            chain: self.chain,
            profile: STRICT,
            class: DataClass::Transaction,
            issuer: self.party.clone(),
            key: self.public,
            valid_until: VALID_UNTIL,
            body: Body::Events(events),
        }
    }

    fn sign(&self, statement: &[u8]) -> Signature {
        Signature(self.sender.key.sign(statement).into())
    }

    fn single(&self, transaction: Transaction) -> SignedTransaction {
        let statement = Auth::Single(Signature([0; 64])).statement(&transaction.id());
        SignedTransaction::new(transaction, Auth::Single(self.sign(&statement)))
    }

    /// Signs several independent transactions with one signature.
    fn together(&self, transactions: Vec<Transaction>) -> Result<Vec<SignedTransaction>> {
        let ids: Vec<_> = transactions.iter().map(Transaction::id).collect();
        let tree = BatchTree::new(&ids).context("too many transactions for one signature")?;
        let signature = self.sign(&tree.statement());
        let signed = transactions
            .into_iter()
            .enumerate()
            .map(|(i, transaction)| {
                let auth = tree.auth(i, signature).context("a place in the tree")?;
                Ok(SignedTransaction::new(transaction, auth))
            });
        signed.collect()
    }

    fn load(&self, signed: &SignedTransaction) -> Load {
        let events = match &signed.tx().body {
            Body::Events(events) => events.as_slice(),
            _ => &[],
        };
        Load {
            home: self.sender.home,
            bytes: signed.to_bytes().into(),
            events: events.len() as u64,
            references: events.iter().map(references).sum(),
        }
    }
}

fn references(event: &tx::Event) -> u64 {
    (event.objects.len() + event.outputs.objects.len() + usize::from(event.parent.is_some())) as u64
}

fn salts() -> SaltSecret {
    SaltSecret::new([7; 32])
}

fn reduced(reducer: &Reducer, event: &Event) -> Result<tx::Event> {
    let reduced = reducer.reduce(event, &salts(), Placement::Full);
    reduced.map_err(|defects| {
        anyhow!(
            "{}",
            defects
                .iter()
                .map(CaptureDefect::to_string)
                .collect::<Vec<_>>()
                .join("; ")
        )
    })
}

/// What happens to each pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// It is commissioned.
    Commission,
    /// It is dispensed.
    Dispense,
}

/// One transaction per pack, `per_signature` of them under one signature.
pub(super) fn one_pack(
    bench: &Bench,
    packs: OnePackEvents,
    act: Act,
    per_signature: usize,
) -> Result<Vec<Load>> {
    let reducer = Reducer::of_document(&LEXICON, packs.header());
    let mut open: BTreeMap<String, (Signing, Vec<Transaction>)> = BTreeMap::new();
    let mut out = Vec::new();
    for pack in packs {
        let pack = pack?;
        let event = match act {
            Act::Commission => &pack.commission,
            Act::Dispense => &pack.dispense,
        };
        let event = reduced(&reducer, event)?;
        if !open.contains_key(&pack.company.slug) {
            open.insert(
                pack.company.slug.clone(),
                (Signing::new(bench, &pack.company.slug)?, Vec::new()),
            );
        }
        let (signing, waiting) = open.get_mut(&pack.company.slug).context("inserted above")?;
        waiting.push(signing.transaction(vec![event]));
        if waiting.len() >= per_signature {
            flush(signing, waiting, per_signature, &mut out)?;
        }
    }
    for (signing, waiting) in open.values_mut() {
        flush(signing, waiting, per_signature, &mut out)?;
    }
    Ok(out)
}

fn flush(
    signing: &Signing,
    waiting: &mut Vec<Transaction>,
    per_signature: usize,
    out: &mut Vec<Load>,
) -> Result<()> {
    let waiting = std::mem::take(waiting);
    if waiting.is_empty() {
        return Ok(());
    }
    let signed = if per_signature == 1 {
        waiting
            .into_iter()
            .map(|transaction| signing.single(transaction))
            .collect()
    } else {
        signing.together(waiting)?
    };
    out.extend(signed.iter().map(|signed| signing.load(signed)));
    Ok(())
}

/// The files of a history as the transactions that a capture agent makes of them, in order.
pub(super) fn realistic(bench: &Bench, history: History) -> Result<Vec<Load>> {
    let mut signers: BTreeMap<String, Signing> = BTreeMap::new();
    let mut out = Vec::new();
    for document in history {
        let document = document?;
        let slug = document.sender.slug.clone();
        if !signers.contains_key(&slug) {
            signers.insert(slug.clone(), Signing::new(bench, &slug)?);
        }
        let signing = signers.get(&slug).context("inserted above")?;
        file(signing, document.header(), document.events(), &mut out)?;
    }
    Ok(out)
}

fn file(signing: &Signing, header: &Header, events: &[Event], out: &mut Vec<Load>) -> Result<()> {
    let reducer = Reducer::of_document(&LEXICON, header);
    let mut batch: Vec<tx::Event> = Vec::new();
    let (mut size, mut named) = (0, 0);
    let mut send = |batch: &mut Vec<tx::Event>| {
        if !batch.is_empty() {
            let signed = signing.single(signing.transaction(std::mem::take(batch)));
            out.push(signing.load(&signed));
        }
    };
    for event in events {
        let event = reduced(&reducer, event)?;
        let bytes = event.to_bytes().len();
        let objects = event.objects.len() + event.outputs.objects.len();
        let full = batch.len() >= MAX_TX_EVENTS
            || size + bytes > MAX_TX_BYTES
            || named + objects > MAX_TX_REFERENCES;
        if full {
            send(&mut batch);
            (size, named) = (0, 0);
        }
        size += bytes;
        named += objects;
        batch.push(event);
    }
    send(&mut batch);
    Ok(())
}
