//! True deliveries again and many times at once, edited, mixed with others, and said to be of another chain.

use pangolin_ledger::{
    Auth, ChainId, Delivery, Digest32, Height, Item, PartyId, ProfileRef, PublicKey, Signature,
    SignedTransaction, Transaction, Wire as _, Witness,
    state::{Channel, keys},
};
use pangolin_proof::{foreign, state::StateProof};

use super::{Net, Wrong, pack, tally};
use crate::support::{
    carrier::{Said, said},
    dice::Dice,
    events,
    signed::{Signed, key_in},
    trade::CARRIER,
};

/// How often something is handed in at the same time.
const AT_ONCE: usize = 48;
/// Places at which a proof, and a whole transaction, is edited.
const PLACES: u64 = 20;

/// Whether an item is the arrival under a number.
pub(super) fn arrival(of: u64) -> impl Fn(&Item) -> bool {
    move |item| matches!(item, Item::Arrival { seq, .. } if *seq == of)
}

/// The proof in a delivery, changed.
fn with_proof(delivery: &Delivery, change: impl FnOnce(&mut StateProof)) -> Delivery {
    let mut proof = foreign::decode(&delivery.evidence).unwrap();
    change(&mut proof);
    Delivery {
        evidence: foreign::encode(&proof),
        ..delivery.clone()
    }
}

#[test]
fn a_malicious_carrier_brings_nothing_but_the_truth_and_that_once() {
    let net = Net::up();
    let packs: Vec<String> = (0..3).map(pack).collect();
    net.states("north", "acme", events::made(&packs));
    net.ships("north", "acme", "south", &packs[..1]);
    let one = net.carrier.carried("south", arrival(0));
    net.ships("north", "acme", "south", &packs[1..]);
    // without what it shows of the first, which a relay brings along
    let south = net.carrier.id("south");
    let of_one = keys::outbox(&south, 0);
    let two = net.carrier.carried("south", arrival(1));
    let two = with_proof(&two, |proof| {
        proof.entries.retain(|entry| entry.key != of_one);
    });

    let before = net.carrier.heights();
    let mut wrong = Wrong::default();
    edited(&net, &one, &mut wrong);
    proofs_edited(&net, &one, &two, &mut wrong);
    signed_otherwise(&net, &one, &mut wrong);
    mixed(&net, &one, &two, &mut wrong);
    of_another_chain(&net, &one, &mut wrong);
    wrong.none();
    net.carrier.nothing_since(&before);
    for pack in &packs {
        assert_eq!(net.homes(pack), [""; 0]);
    }
    repeated(&net, &one, &two);
    for pack in &packs[..2] {
        assert_eq!(net.homes(pack), ["south"]);
    }
    assert_eq!(net.homes(&packs[2]), [""; 0]);
    net.states("south", "clinic", events::received(&packs[..2]));
    net.is_well();
}

/// Fields of a true delivery, each changed and signed again with the carrier's own key.
fn edited(net: &Net, good: &Delivery, wrong: &mut Wrong) {
    let Item::Arrival { record, .. } = &good.items[0] else {
        unreachable!()
    };
    let item = |seq, record: Vec<u8>| vec![Item::Arrival { seq, record }];
    let items = |items| Delivery {
        items,
        ..good.clone()
    };
    let mut other_record = record.clone();
    *other_record.last_mut().unwrap() ^= 1;
    let bad = said(400, "bad-evidence");
    let cases = [
        (
            "another number",
            items(item(1, record.clone())),
            said(400, "not-proven"),
        ),
        (
            "a record with another end",
            items(item(0, other_record)),
            said(400, "wrong-record"),
        ),
        (
            "no record",
            items(item(0, Vec::new())),
            said(400, "wrong-record"),
        ),
        (
            "half a record",
            items(item(0, record[..record.len() / 2].into())),
            said(400, "wrong-record"),
        ),
        (
            "nothing delivered",
            items(Vec::new()),
            said(400, "nothing-delivered"),
        ),
        (
            "an outcome of it",
            items(vec![Item::Outcome { seq: 0 }]),
            said(409, "no-such-lock"),
        ),
        (
            "no proof",
            Delivery {
                evidence: Vec::new(),
                ..good.clone()
            },
            bad.clone(),
        ),
        (
            "a longer proof",
            Delivery {
                evidence: [&good.evidence[..], &[0]].concat(),
                ..good.clone()
            },
            bad.clone(),
        ),
        (
            "a witness of the same chain",
            Delivery {
                witnesses: vec![witness(good.chain, &good.evidence)],
                ..good.clone()
            },
            said(400, "repeated-chain"),
        ),
        (
            "a witness that nobody knows",
            Delivery {
                witnesses: vec![witness(ChainId([7; 32]), &good.evidence)],
                ..good.clone()
            },
            said(403, "unknown-chain"),
        ),
        (
            "a witness with the proof of another",
            Delivery {
                witnesses: vec![witness(net.carrier.id("east"), &good.evidence)],
                ..good.clone()
            },
            bad.clone(),
        ),
    ];
    for (what, delivery, expect) in cases {
        wrong.expects(what, &net.carrier.delivers("south", delivery), &expect);
    }
    let mut dice = Dice::new("a byte of a proof");
    let spoilt = (0..PLACES).map(|part| {
        let mut delivery = good.clone();
        let length = u64::try_from(delivery.evidence.len()).unwrap();
        let at = usize::try_from((part * length + dice.below(length)) / PLACES).unwrap();
        delivery.evidence[at] ^= 1 << dice.below(8);
        net.carrier.signed("south", delivery)
    });
    let answers = net.carrier.hand_in("south", spoilt.collect());
    for answer in answers {
        wrong.expects("a byte of the proof", &answer, &bad);
    }
}

fn witness(chain: ChainId, evidence: &[u8]) -> Witness {
    let evidence = evidence.to_vec();
    Witness { chain, evidence }
}

type Change<'a> = Box<dyn FnOnce(&mut StateProof) + 'a>;

/// What is in a true proof, changed and put together again.
fn proofs_edited(net: &Net, one: &Delivery, two: &Delivery, wrong: &mut Wrong) {
    let other = foreign::decode(&two.evidence).unwrap();
    let lock = keys::outbox(&net.carrier.id("south"), 0);
    let on_lock = |change: fn(&mut Option<Vec<u8>>)| -> Change<'_> {
        Box::new(move |proof| {
            let mut entries = proof.entries.iter_mut();
            change(&mut entries.find(|entry| entry.key == lock).unwrap().value);
        })
    };
    let bad = || said(400, "bad-evidence");
    let cases: [(&str, Change<'_>, Said); 12] = [
        (
            "a later time",
            Box::new(|proof| proof.header.headers[0].time_ms += 1),
            bad(),
        ),
        (
            "another state",
            Box::new(|proof| {
                proof.header.headers[0].state.rules = other.header.headers[0].state.rules.clone();
            }),
            bad(),
        ),
        (
            "another certificate",
            Box::new(|proof| {
                proof
                    .header
                    .certificate
                    .clone_from(&other.header.certificate);
            }),
            bad(),
        ),
        (
            "no certificate",
            Box::new(|proof| proof.header.certificate.clear()),
            bad(),
        ),
        (
            "no header",
            Box::new(|proof| proof.header.headers.clear()),
            bad(),
        ),
        (
            "another block",
            Box::new(|proof| proof.header = other.header.clone()),
            bad(),
        ),
        ("no lock", on_lock(|value| *value = None), bad()),
        (
            "an empty lock",
            on_lock(|value| *value = Some(Vec::new())),
            bad(),
        ),
        (
            "another lock",
            on_lock(|value| value.as_mut().unwrap()[3] ^= 1),
            bad(),
        ),
        (
            "the same twice",
            Box::new(|proof| proof.entries.extend(proof.entries.clone())),
            bad(),
        ),
        (
            "nothing",
            Box::new(|proof| proof.entries.clear()),
            said(400, "not-proven"),
        ),
        (
            "without the lock",
            Box::new(|proof| proof.entries.retain(|entry| entry.key != lock)),
            said(400, "not-proven"),
        ),
    ];
    for (what, change, expect) in cases {
        let answer = net.carrier.delivers("south", with_proof(one, change));
        wrong.expects(&format!("a proof of {what}"), &answer, &expect);
    }
}

/// The transaction around a true delivery: of others, for others, too late, and with bytes turned after it was signed.
fn signed_otherwise(net: &Net, good: &Delivery, wrong: &mut Wrong) {
    let acme = PartyId::new("0366159000019").unwrap();
    let key_of = |chain: &str, who: &str| key_in(&net.chains.key(chain, who));
    let public = |key| PublicKey(ed25519_zebra::VerificationKeyBytes::from(&key).into());
    let mut change = |what: &str, change: &dyn Fn(&mut Transaction), expect: Said| {
        let mut tx = net.carrier.transaction("south", good.clone());
        change(&mut tx);
        let answer = net
            .carrier
            .hand_in("south", vec![net.carrier.sign("south", tx)]);
        wrong.expects(what, &answer[0], &expect);
    };
    change(
        "for another chain",
        &|tx| tx.chain = net.carrier.id("north"),
        said(400, "other-chain"),
    );
    change(
        "under rules of nobody",
        &|tx| tx.profile = ProfileRef { id: 99, version: 1 },
        said(400, "unknown-profile"),
    );
    change(
        "in the clinic's name",
        &|tx| tx.issuer = PartyId::new("0355555555551").unwrap(),
        said(403, "key-not-of-party"),
    );
    change(
        "in the name of nobody here",
        &|tx| tx.issuer = acme.clone(),
        said(403, "unknown-party"),
    );
    change(
        "with the clinic's key",
        &|tx| tx.key = public(key_of("south", "clinic")),
        said(401, "bad-signature"),
    );
    change(
        "valid until long ago",
        &|tx| tx.valid_until = Height(1),
        said(409, "transaction-expired"),
    );
    change(
        "valid for ever",
        &|tx| tx.valid_until = Height(u64::MAX),
        said(409, "valid-too-long"),
    );

    let unsigned = net.carrier.transaction("south", good.clone());
    let unsigned = SignedTransaction::new(unsigned, Auth::Single(Signature([0; 64]))).to_bytes();
    let answer = net.carrier.hand_in("south", vec![unsigned]);
    wrong.expects("not signed", &answer[0], &said(401, "bad-signature"));

    let signed = net.carrier.signed("south", good.clone());
    let mut dice = Dice::new("a byte of what is signed");
    let turned = (0..PLACES).map(|_| {
        let mut bytes = signed.clone();
        let at = dice.place(bytes.len());
        bytes[at] ^= 1 << dice.below(8);
        bytes
    });
    for answer in net.carrier.hand_in("south", turned.collect()) {
        // a problem with a code: what was turned decides which
        let refused = matches!(answer.status, 400 | 401) && !answer.code.is_empty();
        if !refused {
            wrong
                .0
                .push(format!("a byte turned after signing: {answer:?}"));
        }
    }
}

/// Pieces of two true deliveries.
fn mixed(net: &Net, one: &Delivery, two: &Delivery, wrong: &mut Wrong) {
    let record = |delivery: &Delivery| match &delivery.items[0] {
        Item::Arrival { record, .. } => record.clone(),
        _ => unreachable!(),
    };
    let proof_of_one = |items: Vec<Item>| Delivery {
        items,
        ..one.clone()
    };
    let swapped = Item::Arrival {
        seq: 0,
        record: record(two),
    };
    let mut both = foreign::decode(&one.evidence).unwrap();
    both.entries
        .extend(foreign::decode(&two.evidence).unwrap().entries);
    let both = foreign::encode(&both);
    let all = [one.items.clone(), two.items.clone()].concat();
    for (what, delivery, expect) in [
        (
            "the second under the proof of the first",
            proof_of_one(two.items.clone()),
            said(400, "not-proven"),
        ),
        (
            "the second's record under the first's number",
            proof_of_one(vec![swapped]),
            said(400, "wrong-record"),
        ),
        (
            "both under the proof of one",
            proof_of_one(all.clone()),
            said(400, "not-proven"),
        ),
        (
            "entries of two heights under one header",
            Delivery {
                evidence: both,
                items: all,
                ..one.clone()
            },
            said(400, "bad-evidence"),
        ),
    ] {
        wrong.expects(what, &net.carrier.delivers("south", delivery), &expect);
    }
}

/// One chain's proof under the name of another.
fn of_another_chain(net: &Net, good: &Delivery, wrong: &mut Wrong) {
    let [north, east, south] = ["north", "east", "south"].map(|name| net.carrier.id(name));
    let of = |chain: ChainId, evidence: &[u8]| Delivery {
        chain,
        evidence: evidence.to_vec(),
        ..good.clone()
    };
    let easts = net.carrier.proof("east", vec![keys::outbox(&south, 0)]);
    let own = net.carrier.proof("south", vec![keys::outbox(&south, 0)]);
    for (what, delivery, expect) in [
        (
            "the north's proof as the east's",
            of(east, &good.evidence),
            said(400, "bad-evidence"),
        ),
        (
            "the east's proof as the north's",
            of(north, &easts),
            said(400, "bad-evidence"),
        ),
        (
            "the south's own proof as the north's",
            of(north, &own),
            said(400, "bad-evidence"),
        ),
        (
            "the south's own proof as its own",
            of(south, &own),
            said(403, "unknown-chain"),
        ),
        (
            "a chain that nobody knows",
            of(ChainId([7; 32]), &good.evidence),
            said(403, "unknown-chain"),
        ),
        (
            "the east's own word of that lock",
            of(east, &easts),
            said(409, "no-such-lock"),
        ),
    ] {
        wrong.expects(what, &net.carrier.delivers("south", delivery), &expect);
    }
}

/// What is true counts once, however often and by however many it is handed in at the same time.
fn repeated(net: &Net, one: &Delivery, two: &Delivery) {
    let known = said(200, "already-recorded");
    let done = said(200, "final");
    // the same message in many transactions
    let many: Vec<Vec<u8>> = (0..AT_ONCE)
        .map(|_| net.carrier.signed("south", one.clone()))
        .collect();
    let first = net.carrier.hand_in("south", many.clone());
    let expect = [(done.clone(), 1), (known.clone(), AT_ONCE - 1)];
    assert_eq!(tally(first), expect.into());
    // the very same bytes, over and over: those that counted are told where they are
    let again = net.carrier.hand_in("south", many);
    let expect = [(done.clone(), 1), (known.clone(), AT_ONCE - 1)];
    assert_eq!(tally(again), expect.into());
    let channel = || -> Channel {
        let key = keys::channel(&net.carrier.id("north"));
        net.carrier.record("south", key).unwrap()
    };
    assert_eq!(channel().next_in, 1);

    // one request, signed once, from many connections: one of them is heard
    let twice = Delivery {
        items: [two.items.clone(), two.items.clone()].concat(),
        ..two.clone()
    };
    let bytes = net.carrier.signed("south", twice);
    let key = key_in(&net.chains.key("south", CARRIER.slug));
    let (node, media) = (net.running.url("south"), "application/octet-stream");
    let request = Signed::new(&node, "/transactions?wait=20", media, &key, &bytes);
    let answers: Vec<(u16, String)> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..AT_ONCE)
            .map(|_| scope.spawn(|| request.send()))
            .collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let heard = answers.iter().filter(|(status, _)| *status == 200).count();
    let replayed = (401, "signature-replayed".to_owned());
    let told = answers.iter().filter(|answer| **answer == replayed).count();
    assert_eq!((heard, told), (1, AT_ONCE - 1), "{answers:?}");
    assert_eq!(
        channel().next_in,
        2,
        "an item that stands there twice counts once"
    );
    assert_eq!(net.carrier.hand_in("south", vec![bytes]), [done]);
    assert_eq!(net.carrier.delivers("south", two.clone()), known);
    // with what is known already beside what is true in a way that no proof shows
    let third = Item::Arrival {
        seq: 2,
        record: Vec::new(),
    };
    let items = [one.items.clone(), vec![third]].concat();
    let beside = Delivery {
        items,
        ..one.clone()
    };
    assert_eq!(
        net.carrier.delivers("south", beside),
        said(400, "not-proven")
    );
    assert_eq!(channel().next_in, 2);
    let none: Option<Digest32> = net
        .carrier
        .record("south", keys::inbox(&net.carrier.id("north"), 2));
    assert_eq!(none, None);
}
