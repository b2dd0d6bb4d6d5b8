//! What happened at each step of a history, in words: read from the blocks that stated the events, with the names that
//! parties have now.
//!
//! Nothing is kept for it beforehand. A step whose block this node does not hold any more says so, and so does one of an event
//! that whoever asks may not read; it is proven all the same.

use bytes::Bytes;
use pangolin_api::{
    authorise::Entitled,
    deps::ProofError,
    own::{Right, Tally},
};
use pangolin_chain::handle::{Handle, ProveError};
use pangolin_ledger::{
    Body, EventId, PartyId, ProfileRef, SignedTransaction, TxId, Wire as _,
    report::{Message, Part},
    say,
    state::{Party, keys},
};
use pangolin_profiles::speech::{self, Happened};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::node::evidence::Evidence;

/// What is said of a step whose block is not here.
pub(super) const NOT_HERE: &str = "what happened is not kept by this node";

/// What is said of a step to whoever may not read its event.
pub(super) const NOT_SHOWN: &str = "what happened is told to the parties of this event and to authorities: ask for the proof with a signed request (--key)";

/// What was stated, and under whose rules.
struct Stated {
    profile: ProfileRef,
    message: Message,
    /// Whose event is told by it, and by which right; `None`: none, or the asker's own.
    of: Option<(PartyId, Right)>,
}

/// What is said of events.
#[derive(Default)]
pub(super) struct Told {
    /// A sentence for each.
    pub(super) texts: BTreeMap<EventId, String>,
    /// What they tell of events of others.
    pub(super) disclosed: Tally,
}

/// The sentence for each event, as far as its block is here and whoever asks may read it.
pub(super) async fn sentences(
    chain: &Handle,
    evidence: &Evidence,
    events: &[EventId],
    entitled: &Entitled,
) -> Result<Told, ProofError> {
    let mut told = Told::default();
    if entitled.events.is_none() {
        let each = events.iter().map(|event| (*event, NOT_SHOWN.to_owned()));
        told.texts.extend(each);
        return Ok(told);
    }
    let stated = stated(chain, evidence, events, entitled).await?;
    let names = names(chain, stated.values()).await?;
    let name = |party: &PartyId| names.get(party).cloned();
    for (event, stated) in stated {
        let text = speech::of(stated.profile).say(&stated.message, &name);
        told.texts.insert(event, text);
        if let Some((owner, right)) = stated.of {
            told.disclosed.add(&owner, right, event);
        }
    }
    Ok(told)
}

/// Reads each block once, whatever the number of its events in the history.
async fn stated(
    chain: &Handle,
    evidence: &Evidence,
    events: &[EventId],
    entitled: &Entitled,
) -> Result<BTreeMap<EventId, Stated>, ProofError> {
    let mut by_height: BTreeMap<u64, Vec<(usize, EventId)>> = BTreeMap::new();
    for event in events {
        let kept = |error: anyhow::Error| ProofError::Missing(format!("{error:#}"));
        // A declaration in error enters histories under the identity of its transaction.
        let tx = evidence.transaction_of(event).map_err(kept)?;
        let tx = tx.unwrap_or(TxId(event.0));
        if let Some(placed) = evidence.receipt(&tx).map_err(kept)? {
            let places = by_height.entry(placed.height).or_default();
            places.push((placed.place, *event));
        }
    }
    let mut all = BTreeMap::new();
    for (height, places) in by_height {
        let transactions = match chain.transactions(height).await {
            Ok(transactions) => transactions,
            Err(ProveError::Pruned { .. }) => continue,
            Err(error) => return Err(error.into()),
        };
        all.extend(in_block(&transactions, &places, entitled));
    }
    Ok(all)
}

fn in_block(
    transactions: &[Bytes],
    places: &[(usize, EventId)],
    entitled: &Entitled,
) -> Vec<(EventId, Stated)> {
    let mut read: BTreeMap<usize, Option<SignedTransaction>> = BTreeMap::new();
    let mut found = Vec::new();
    for (place, event) in places {
        let signed = read.entry(*place).or_insert_with(|| {
            let bytes = transactions.get(*place)?;
            SignedTransaction::from_bytes(bytes).ok()
        });
        let message = signed
            .as_ref()
            .and_then(|signed| sentence(signed, event, entitled));
        found.extend(message.map(|stated| (*event, stated)));
    }
    found
}

/// What a transaction says about an event, or about the event it declares in error, to whoever may read it.
fn sentence(signed: &SignedTransaction, id: &EventId, entitled: &Entitled) -> Option<Stated> {
    let tx = signed.tx();
    let (event, message) = match &tx.body {
        Body::Events(events) => {
            let event = events.iter().find(|event| event.id == *id)?;
            let message = speech::happened(&Happened {
                profile: tx.profile,
                issuer: &tx.issuer,
                event,
            });
            (event, message)
        }
        Body::Correction(correction) => {
            let event = &correction.event;
            let message = speech::declared_in_error(&tx.issuer, correction.declared, &event.id);
            (event, message)
        }
        Body::Order(_)
        | Body::Governance(_)
        | Body::Delivery(_)
        | Body::Validator(_)
        | Body::Report(_) => return None,
    };
    let right = entitled.right(&tx.issuer, event);
    let message = if right.is_some() {
        message
    } else {
        say![NOT_SHOWN]
    };
    Some(Stated {
        profile: tx.profile,
        message,
        of: right.flatten().map(|right| (tx.issuer.clone(), right)),
    })
}

/// The names of all parties that are mentioned.
async fn names(
    chain: &Handle,
    stated: impl Iterator<Item = &Stated>,
) -> Result<BTreeMap<PartyId, String>, ProofError> {
    let parts = stated.flat_map(|stated| stated.message.parts());
    let parties: BTreeSet<PartyId> = parts
        .filter_map(|part| match part {
            Part::Party(party) => Some(party.clone()),
            _ => None,
        })
        .collect();
    let wanted = parties.iter().map(keys::party).collect();
    let view = chain.read(wanted).await?;
    let name = |(party, value): (PartyId, Option<Arc<[u8]>>)| {
        let record = Party::from_bytes(&value?).ok()?;
        (!record.name.is_empty()).then_some((party, record.name))
    };
    Ok(parties
        .into_iter()
        .zip(view.values)
        .filter_map(name)
        .collect())
}

#[cfg(test)]
mod tests {
    use pangolin_ledger::{
        Action, Auth, ChainId, DataClass, Digest32, Event, EventKind, Height, ObjectSet, PublicKey,
        Signature, TimeMs, Transaction,
    };
    use pangolin_profiles::{capture::id, cbv::step, pharma};

    use pangolin_api::authorise::Sight;

    use super::*;

    fn of(events: Sight) -> Entitled {
        Entitled {
            events: Some(events),
            ..Entitled::default()
        }
    }

    fn signed() -> (SignedTransaction, EventId) {
        let pack = pangolin_gs1::Key::parse("urn:epc:id:sgtin:030001.0012345.11").unwrap();
        let mut event = Event::new(
            EventId([1; 32]),
            EventKind::Object,
            Action::Observe,
            TimeMs(1_772_352_000_000),
            step::STORING,
            Digest32([0; 32]),
        );
        event.objects = ObjectSet::unique(vec![id::object(&pack).unwrap()]).unwrap();
        let event_id = event.id;
        let tx = Transaction {
            chain: ChainId([0; 32]),
            profile: pharma::STRICT,
            class: DataClass::Transaction,
            issuer: PartyId::new("0300011111116").unwrap(),
            key: PublicKey([0; 32]),
            valid_until: Height(9),
            body: Body::Events(vec![event]),
        };
        let signed = SignedTransaction::new(tx, Auth::Single(Signature([0; 64])));
        (signed, event_id)
    }

    #[test]
    fn the_sentence_comes_from_the_block() {
        let (signed, event) = signed();
        let block = [
            Bytes::from_static(b"garbage"),
            Bytes::from(signed.to_bytes()),
        ];
        let all = of(Sight::Everything);
        let found = in_block(&block, &[(1, event), (0, event), (7, event)], &all);
        let [(id, stated)] = &found[..] else {
            panic!("{} are told", found.len())
        };
        assert_eq!(*id, event);
        let owner = PartyId::new("0300011111116").unwrap();
        assert_eq!(stated.of, Some((owner, Right::Authority)));
        let name = |_: &PartyId| Some("Acmegen Pharma".to_owned());
        assert_eq!(
            speech::of(stated.profile).say(&stated.message, &name),
            "2026-03-01: pack GTIN 00300010123455 serial 11 reported (storing) by Acmegen Pharma (GLN 0300011111116)"
        );
        assert!(in_block(&block, &[(1, EventId([2; 32]))], &all).is_empty());
    }

    #[test]
    fn the_sentence_is_for_the_parties_of_the_event() {
        let (signed, event) = signed();
        let block = [Bytes::from(signed.to_bytes())];
        let told = |entitled: &Entitled| {
            let found = in_block(&block, &[(0, event)], entitled);
            let [(_, stated)] = &found[..] else {
                panic!("{} are told", found.len())
            };
            assert_eq!(stated.of, None, "its own, or nothing");
            speech::of(stated.profile).say(&stated.message, &|_| None)
        };
        let party = |id: &str| of(Sight::Of(PartyId::new(id).unwrap()));
        assert!(told(&party("0300011111116")).contains("serial 11 reported"));
        for stranger in [party("0399999999991"), Entitled::default()] {
            assert_eq!(told(&stranger), NOT_SHOWN);
        }
    }
}
