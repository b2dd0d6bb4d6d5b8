//! What chains know of a pack is found from any of them, whatever nodes answer.

use std::{
    collections::BTreeSet,
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use futures::future::{BoxFuture, FutureExt as _};
use pangolin_client::{Finding, Findings, Knows};
use pangolin_interchain::find::{
    Atlas, MAX_CHAINS, Outside, Place, Reply, Search, Source, Stands, Subject,
};
use pangolin_ledger::{ChainId, TimeMs, Wire as _, walk::local::Want};

use crate::{
    nodes::{Node, Running, answer},
    paper::{Believer, Paper, key_of},
    trade::{CHAINS, MAKER, PHARMACY, Trade, WHOLESALER, applied, code, pack, pallet},
};

const LONG: u64 = 3_650 * 86_400_000;
const DAY: i64 = 86_400_000;
const PACK: &str = "urn:epc:id:sgtin:030001.0012345.0";
const LOT: &str = "urn:epc:class:lgtin:030001.0012345.A1";

/// The own chain, asked without a network.
struct Own(Arc<Paper>);

impl Source for Own {
    fn ends(&self, wants: Vec<Vec<u8>>) -> BoxFuture<'_, Result<Reply, (String, String)>> {
        let wants: BTreeSet<Want> = wants
            .iter()
            .map(|want| Want::from_bytes(want).unwrap())
            .collect();
        let answer = answer(&self.0, self.0.id(), &wants, |_| ());
        let reply = answer.map_or(Reply::Unknown, |text| {
            Reply::Told(serde_json::from_str(&text).unwrap())
        });
        async move { Ok(reply) }.boxed()
    }
}

/// A directory of these nodes, drawn at one chain. The first chain's prefix is known.
fn atlas(here: usize, nodes: &[(usize, &Running)]) -> Atlas {
    let mut atlas = Atlas::new(CHAINS[here], "own", key_of(CHAINS[here]));
    for (at, chain) in CHAINS.into_iter().enumerate() {
        let place = atlas.places.entry(chain).or_insert_with(|| Place {
            name: format!("chain {at}"),
            key: Some(key_of(chain)),
            stands: Stands::Active,
            believed: true,
            ..Place::default()
        });
        let of_chain = nodes.iter().filter(|(of, _)| *of == at);
        place.answers_at(of_chain.map(|(_, node)| node.url()));
        if at == 0 {
            place.prefixes.insert("030001".into());
        }
    }
    atlas
}

async fn find(trade: &Trade, here: usize, atlas: &Atlas, what: &str) -> Findings {
    let outside = Outside::default();
    let search = Search {
        atlas,
        own: Arc::new(Own(trade.chains[here].clone())),
        outside: &outside,
        light: &Believer::default(),
        everywhere: false,
        now: trade.chains[here].time(),
    };
    search.run(&Subject::parse(what).unwrap()).await
}

async fn honest(trade: &Trade) -> Vec<Running> {
    let mut nodes = Vec::new();
    for chain in &trade.chains {
        nodes.push(Node::Honest(chain.clone()).run().await);
    }
    nodes
}

fn of(found: &Findings, at: usize) -> &Finding {
    let chain = CHAINS[at].to_string();
    let mut all = found.chains.iter();
    all.find(|finding| finding.chain == chain).unwrap()
}

fn troubles(finding: &Finding) -> Vec<&str> {
    finding
        .troubles
        .iter()
        .map(|trouble| trouble.code.as_str())
        .collect()
}

/// A pack goes by itself over the second chain to the third one.
async fn sent() -> Trade {
    let trade = Trade::new(LONG);
    let _carrier = trade.carrier();
    trade.makes(0, &[pack(0)]);
    for (from, by, to) in [(0, MAKER, (1, WHOLESALER)), (1, WHOLESALER, (2, PHARMACY))] {
        applied(&trade.ships(from, by, &[pack(0)], to, DAY));
        trade
            .until("the pack is there", || trade.lives(to.0, &pack(0)))
            .await;
        assert_eq!(code(&trade.receives(to.0, to.1, &[pack(0)])), "applied");
    }
    trade
        .until("the first chain knows", || trade.is_settled(1, 2, 0))
        .await;
    trade
}

#[tokio::test]
async fn a_pack_is_found_from_any_chain_along_its_way() {
    let trade = sent().await;
    let nodes = honest(&trade).await;
    let all: Vec<(usize, &Running)> = nodes.iter().enumerate().collect();
    for (here, own) in CHAINS.iter().enumerate() {
        let found = find(&trade, here, &atlas(here, &all), PACK).await;
        assert!(found.complete, "{found:#?}");
        assert_eq!(found.kind, "object");
        assert_eq!(found.chains.len(), 3);
        assert_eq!(found.chains[0].chain, own.to_string());
        let status = |at: usize| {
            let finding = of(&found, at);
            assert!(finding.proven && finding.knows == Knows::Yes, "{finding:?}");
            let object = finding.object.as_ref().unwrap();
            (
                object.status.clone(),
                object.away.clone(),
                object.since.is_some(),
            )
        };
        let to = |at: usize| Some(CHAINS[at].to_string());
        assert_eq!(status(0), ("away".into(), to(1), false));
        assert_eq!(status(1), ("away".into(), to(2), true));
        assert_eq!(status(2), ("live".into(), None, true));
        let passed = &of(&found, 2).object.as_ref().unwrap().passed;
        assert_eq!(passed, &[CHAINS[0].to_string(), CHAINS[1].to_string()]);
    }
    trade.recalls(2, &pack(0));
    let found = find(&trade, 0, &atlas(0, &all), PACK).await;
    let orders = &of(&found, 2).object.as_ref().unwrap().orders;
    assert_eq!(orders.len(), 1);
    assert_eq!((&*orders[0].kind, &*orders[0].on), ("recall", "lot"));
}

#[tokio::test]
async fn what_went_inside_a_pallet_is_followed_by_the_pallet() {
    let trade = Trade::new(LONG);
    let _carrier = trade.carrier();
    trade.makes(0, &[pack(0)]);
    trade.makes(0, &[pallet(1)]);
    trade.packs(0, MAKER, &pallet(1), &[pack(0)]);
    for (from, by, to) in [(0, MAKER, (1, WHOLESALER)), (1, WHOLESALER, (2, PHARMACY))] {
        applied(&trade.ships(from, by, &[pallet(1)], to, DAY));
        trade
            .until("the pallet is there", || trade.lives(to.0, &pallet(1)))
            .await;
        assert_eq!(code(&trade.receives(to.0, to.1, &[pallet(1)])), "applied");
    }
    let nodes = honest(&trade).await;
    let all: Vec<(usize, &Running)> = nodes.iter().enumerate().collect();
    let found = find(&trade, 0, &atlas(0, &all), PACK).await;
    assert_eq!(of(&found, 0).knows, Knows::Yes);
    assert_eq!(of(&found, 0).object.as_ref().unwrap().status, "away");
    for at in [1, 2] {
        let finding = of(&found, at);
        assert_eq!(finding.knows, Knows::Inside, "{found:#?}");
        let container = finding.object.as_ref().unwrap();
        assert!(container.uri.contains("/00/"), "{container:?}");
    }
    assert!(found.complete, "{found:#?}");
    // from the far end nothing leads there but the issuer's prefix
    let found = find(&trade, 2, &atlas(2, &all), PACK).await;
    assert_eq!(of(&found, 0).knows, Knows::Yes);
    assert_eq!(of(&found, 2).knows, Knows::Inside, "{found:#?}");
}

#[tokio::test]
async fn a_lot_is_found_with_its_count_and_what_nobody_knows_is_asked_of_all() {
    let trade = sent().await;
    let nodes = honest(&trade).await;
    let all: Vec<(usize, &Running)> = nodes.iter().enumerate().collect();
    let found = find(&trade, 2, &atlas(2, &all), LOT).await;
    assert_eq!(found.kind, "lot");
    let made: Vec<Option<u64>> = (0..3)
        .map(|at| of(&found, at).lot.as_ref().map(|lot| lot.made))
        .collect();
    assert_eq!(made[0], Some(1), "{found:#?}");
    assert!(found.complete);

    let unknown = find(
        &trade,
        2,
        &atlas(2, &all),
        "urn:epc:id:sgtin:030001.0012345.777",
    )
    .await;
    assert_eq!(unknown.chains.len(), 3);
    for at in 0..3 {
        let finding = of(&unknown, at);
        assert_eq!((finding.knows, finding.proven), (Knows::No, false));
    }
    assert!(of(&unknown, 1).why.contains(&"everywhere".to_owned()));
    assert!(unknown.complete, "all that can be said was said");
}

#[tokio::test]
async fn whatever_a_node_answers_is_proven_or_not_believed() {
    let trade = sent().await;
    let trap = Node::Denies.run().await;
    let (first, second) = (trade.chains[0].clone(), trade.chains[1].clone());
    let other: BTreeSet<Want> = [Want::Object(pack(0))].into();
    let begun = Instant::now();
    for (node, expect) in [
        (Node::Hangs, &["connection", "time"][..]),
        (Node::Floods, &["answer-too-large"]),
        (Node::Garbage, &["answer-syntax"]),
        (Node::Borrows(second.clone(), CHAINS[0]), &["paper"]),
        (Node::Honest(second.clone()), &["other-chain"]),
        (Node::Omits(first.clone()), &["proof-incomplete"]),
        (Node::Confuses(first.clone(), other), &["proof-incomplete"]),
        (Node::Redirects(trap.address), &["http-status"]),
        (Node::Closed, &["not-signed-in"]),
    ] {
        let liar = node.run().await;
        let alone = find(&trade, 2, &atlas(2, &[(0, &liar)]), PACK).await;
        let finding = of(&alone, 0);
        assert_eq!(
            (finding.knows, finding.proven),
            (Knows::NotKnown, false),
            "{expect:?}"
        );
        let found = troubles(finding);
        assert!(
            expect.contains(&found[0]),
            "{found:?} is none of {expect:?}"
        );
        assert!(!alone.complete);
        assert!(
            liar.sent.load(Ordering::SeqCst) < 64 << 20,
            "no more is taken than an answer may have"
        );
        // another node of the chain tells the truth
        let honest = Node::Honest(first.clone()).run().await;
        let both = find(&trade, 2, &atlas(2, &[(0, &liar), (0, &honest)]), PACK).await;
        let finding = of(&both, 0);
        assert_eq!(
            (finding.knows, finding.proven),
            (Knows::Yes, true),
            "{expect:?}"
        );
        assert_eq!(finding.endpoint.as_deref(), Some(honest.url().as_str()));
        assert_eq!(troubles(finding).len(), 1);
    }
    assert_eq!(
        trap.asked.load(Ordering::SeqCst),
        0,
        "no answer leads anywhere else"
    );
    assert!(begun.elapsed().as_secs() < 60);
}

#[tokio::test]
async fn there_is_an_end_to_the_chains_that_are_asked() {
    let trade = sent().await;
    let mut many = atlas(2, &[]);
    for n in 10..200 {
        let place = many.places[&CHAINS[0]].clone();
        many.places.insert(ChainId([n; 32]), place);
    }
    let found = find(&trade, 2, &many, PACK).await;
    assert_eq!(
        (found.chains.len(), &*found.limits),
        (MAX_CHAINS, &["chains".to_owned()][..])
    );
    assert!(!found.complete);
}

/// An answer of the first chain in which something was changed.
struct Changed {
    paper: Arc<Paper>,
    place: usize,
    bits: u8,
    /// Which part: the steps, or the proof.
    proof: bool,
}

impl Source for Changed {
    fn ends(&self, wants: Vec<Vec<u8>>) -> BoxFuture<'_, Result<Reply, (String, String)>> {
        async move {
            let reply = Own(self.paper.clone()).ends(wants).await?;
            let Reply::Told(mut piece) = reply else {
                return Ok(reply);
            };
            let part = if self.proof {
                &mut piece.state
            } else {
                &mut piece.piece
            };
            let mut bytes = hex::decode(&*part).unwrap();
            let place = self.place % bytes.len();
            if self.bits == 0 {
                bytes.truncate(place);
            } else {
                bytes[place] ^= self.bits;
            }
            *part = hex::encode(bytes);
            Ok(Reply::Told(piece))
        }
        .boxed()
    }
}

#[tokio::test]
async fn no_changed_answer_breaks_a_search() {
    let trade = sent().await;
    let outside = Outside::default();
    let atlas = atlas(2, &[]);
    let mut refused = 0;
    for round in 0..2_000usize {
        let own = Changed {
            paper: trade.chains[2].clone(),
            place: round.wrapping_mul(2_654_435_761),
            bits: u8::try_from(round % 9).unwrap() * 31,
            proof: round % 3 > 0,
        };
        let search = Search {
            atlas: &atlas,
            own: Arc::new(own),
            outside: &outside,
            light: &Believer::default(),
            everywhere: false,
            now: trade.chains[2].time(),
        };
        let found = search.run(&Subject::parse(PACK).unwrap()).await;
        refused += usize::from(of(&found, 2).knows == Knows::NotKnown);
    }
    // on paper a changed record is believed if it can be read; what cannot be read is said
    assert!(refused > 200, "{refused}");
}

#[tokio::test]
async fn whoever_hides_what_others_prove_is_marked() {
    let trade = sent().await;
    let liar = Node::Denies.run().await;
    let honest = Node::Honest(trade.chains[1].clone()).run().await;
    let found = find(&trade, 0, &atlas(0, &[(1, &liar)]), PACK).await;
    assert_eq!(
        (of(&found, 1).knows, troubles(of(&found, 1))),
        (Knows::No, vec!["denied"])
    );
    assert!(!found.complete);
    // one node's no is not believed while another one shows the record
    let found = find(&trade, 0, &atlas(0, &[(1, &liar), (1, &honest)]), PACK).await;
    assert_eq!(of(&found, 1).knows, Knows::Yes);
    assert_eq!(
        troubles(of(&found, 2)),
        ["no-endpoint"],
        "it is known that it went there"
    );
    assert!(!found.complete);
}

#[tokio::test]
async fn what_is_not_believed_or_not_known_is_said() {
    let trade = sent().await;
    let nodes = honest(&trade).await;
    let all: Vec<(usize, &Running)> = nodes.iter().enumerate().collect();
    let with = |change: fn(&mut Atlas)| {
        let mut atlas = atlas(0, &all);
        change(&mut atlas);
        atlas
    };
    for (change, expect) in [
        (
            (|atlas| atlas.places.get_mut(&CHAINS[1]).unwrap().believed = false) as fn(&mut Atlas),
            "not-believed",
        ),
        (
            |atlas| atlas.places.get_mut(&CHAINS[1]).unwrap().key = None,
            "no-key",
        ),
        (
            |atlas| drop(atlas.places.remove(&CHAINS[1])),
            "not-in-directory",
        ),
        (
            |atlas| atlas.places.get_mut(&CHAINS[1]).unwrap().key = Some(vec![9; 48]),
            "paper",
        ),
        (
            |atlas| atlas.places.get_mut(&CHAINS[1]).unwrap().endpoints = vec!["ftp://x".into()],
            "client-setup",
        ),
    ] {
        let found = find(&trade, 0, &with(change), PACK).await;
        assert_eq!(
            (of(&found, 1).knows, troubles(of(&found, 1))),
            (Knows::NotKnown, vec![expect])
        );
        assert!(!found.complete);
    }
    let mut late = atlas(0, &all);
    late.places
        .get_mut(&CHAINS[1])
        .unwrap()
        .prefixes
        .insert("030001".into());
    let outside = Outside::default();
    let search = Search {
        atlas: &late,
        own: Arc::new(Own(trade.chains[0].clone())),
        outside: &outside,
        light: &Believer::default(),
        everywhere: false,
        now: TimeMs(trade.chains[1].time().0 + 10 * 60 * 1_000),
    };
    let found = search.run(&Subject::parse(PACK).unwrap()).await;
    assert_eq!(
        (of(&found, 1).knows, troubles(of(&found, 1))),
        (Knows::Yes, vec!["old-answer"])
    );
}

#[tokio::test]
async fn a_recall_of_a_lot_is_shown_to_everybody() {
    let trade = sent().await;
    trade.recalls(0, &pack(0));
    let nodes = honest(&trade).await;
    let all: Vec<(usize, &Running)> = nodes.iter().enumerate().collect();
    let found = find(&trade, 1, &atlas(1, &all), "(01)00300010123455(10)A1").await;
    let orders = &of(&found, 0).lot.as_ref().unwrap().orders;
    assert_eq!((orders.len(), orders[0].kind.as_str()), (1, "recall"));
}
