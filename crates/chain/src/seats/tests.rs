//! Resharing and ballots without a network: what honest nodes do, what is refused, and that the key stays.

use bytes::Bytes;
use commonware_codec::{Encode as _, ReadExt as _};
use commonware_consensus::{
    simplex::types::{Finalize, Notarize, Nullify, Proposal, Vote},
    types::{Epoch, Round, View},
};
use commonware_cryptography::{Signer as _, ed25519};
use commonware_utils::{
    TryCollect as _,
    ordered::{Map, Set},
};
use pangolin_ledger::{
    ChainId, PublicKey,
    evidence::{Resharing, Seats as _},
    state::Contradiction,
};
use rand::SeedableRng as _;
use rand_chacha::ChaCha20Rng;
use std::{collections::BTreeMap, sync::Arc};

use super::{
    ballot::{Ballot, Booth, Seen, evidence, namespace},
    deal::{Part, share_of},
    sharing::{Output, Referee, of_genesis, output},
    to_ledger,
    vault::{InMemory, Kept},
};
use crate::{
    genesis, keys,
    types::{ChainShare, Digest, NodeKey, NodeSecret, Scheme},
};

const CHAIN: [u8; 32] = [7; 32];

fn secret(n: u64) -> NodeSecret {
    ed25519::PrivateKey::from_seed(n)
}

fn set(numbers: &[u64]) -> Set<NodeKey> {
    numbers
        .iter()
        .map(|n| secret(*n).public_key())
        .try_collect()
        .unwrap()
}

/// A chain of four, with the vault of each node that will ever be in it.
struct World {
    output: Output,
    shares: Map<NodeKey, ChainShare>,
    vaults: BTreeMap<u64, Kept>,
}

impl World {
    fn new() -> Self {
        let four = set(&[0, 1, 2, 3]);
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let (sharing, shares) = keys::trusted_dealer(&mut rng, four.clone()).unwrap();
        let output = of_genesis(&Digest::from(CHAIN), &four, &sharing).unwrap();
        let vaults = (0..6)
            .map(|n| (n, Kept(Arc::new(InMemory::default()))))
            .collect();
        Self {
            output,
            shares,
            vaults,
        }
    }

    fn part(&self, n: u64, players: &[u64]) -> Part {
        let share = self.shares.get_value(&secret(n).public_key()).cloned();
        let kept = self.vaults[&n].clone();
        let chain = Digest::from(CHAIN);
        let before = self.output.clone();
        Part::new(&chain, 1, before, set(players), &secret(n), share, kept).unwrap()
    }
}

/// Lets dealers deal to players, but for those that are away.
fn exchange(parts: &mut BTreeMap<u64, Part>, away: &[u64]) {
    let dealt: Vec<_> = parts
        .iter()
        .flat_map(|(n, part)| part.to_send().into_iter().map(|dealing| (*n, dealing)))
        .collect();
    for (dealer, (player, public, private)) in dealt {
        let Some(player) = (0..6).find(|n| secret(*n).public_key() == player) else {
            panic!("nobody has this key")
        };
        if away.contains(&player) || away.contains(&dealer) {
            continue;
        }
        let dealer_key = secret(dealer).public_key();
        let player_key = secret(player).public_key();
        let ack = parts
            .get_mut(&player)
            .unwrap()
            .dealt(&dealer_key, public, private)
            .unwrap();
        parts
            .get_mut(&dealer)
            .unwrap()
            .acknowledged(&player_key, ack);
    }
}

fn ledger_keys(set: &Set<NodeKey>) -> Vec<PublicKey> {
    set.iter().map(to_ledger).collect()
}

/// The logs of dealers, each accepted by the referee.
fn logs(
    world: &World,
    parts: &mut BTreeMap<u64, Part>,
    dealers: &[u64],
    players: &[u64],
) -> BTreeMap<PublicKey, Vec<u8>> {
    let sharing = world.output.encode();
    let players = ledger_keys(&set(players));
    let resharing = Resharing {
        chain: &ChainId(CHAIN),
        number: 1,
        sharing: &sharing,
        players: &players,
    };
    let logs = dealers.iter().map(|n| {
        let log = parts.get_mut(n).unwrap().finish().unwrap();
        let dealer = to_ledger(&secret(*n).public_key());
        Referee.log(&resharing, &dealer, &log).unwrap();
        (dealer, log)
    });
    logs.collect()
}

#[test]
fn five_get_shares_of_the_key_of_four_and_sign_under_it() {
    let world = World::new();
    let players = [0, 1, 2, 3, 4];
    let mut parts: BTreeMap<u64, Part> = players.map(|n| (n, world.part(n, &players))).into();
    assert!(!parts[&4].deals(), "it has no share yet");
    // one dealer is away: three of four are enough
    exchange(&mut parts, &[3]);
    assert_eq!((parts[&0].missing(), parts[&0].is_complete()), (1, false));
    parts.insert(3, world.part(3, &players));
    exchange(&mut parts, &[]);
    assert!(parts[&0].is_complete());
    let logs = logs(&world, &mut parts, &[0, 1, 2], &players);
    let (sharing, keys) = (world.output.encode(), ledger_keys(&set(&players)));
    let resharing = Resharing {
        chain: &ChainId(CHAIN),
        number: 1,
        sharing: &sharing,
        players: &keys,
    };
    let bytes = Referee.conclude(&resharing, &logs).unwrap();
    assert_eq!(
        Referee.conclude(&resharing, &logs).unwrap(),
        bytes,
        "everybody computes the same"
    );
    let after = output(&bytes).unwrap();
    assert_eq!(
        after.public().public(),
        world.output.public().public(),
        "the key stays"
    );
    assert!(after.revealed().is_empty());
    let schemes: Vec<Scheme> = players
        .iter()
        .map(|n| {
            let share = share_of(&resharing, &logs, &after, &secret(*n), &world.vaults[n]).unwrap();
            let namespace = genesis::namespace(&Digest::from(CHAIN));
            Scheme::signer(&namespace, set(&players), after.public().clone(), share).unwrap()
        })
        .collect();
    assert_eq!(schemes.len(), 5);
    // who was not dealt to has none
    assert!(share_of(&resharing, &logs, &after, &secret(5), &world.vaults[&5]).is_none());
    // two logs are too few
    let few: BTreeMap<_, _> = logs.into_iter().take(2).collect();
    assert!(Referee.conclude(&resharing, &few).is_err());
}

#[test]
fn who_was_away_gets_its_share_from_what_is_revealed() {
    let world = World::new();
    let players = [0, 1, 2, 3, 4];
    let mut parts: BTreeMap<u64, Part> = players.map(|n| (n, world.part(n, &players))).into();
    exchange(&mut parts, &[4]);
    let logs = logs(&world, &mut parts, &[0, 1, 2, 3], &players);
    let (sharing, keys) = (world.output.encode(), ledger_keys(&set(&players)));
    let resharing = Resharing {
        chain: &ChainId(CHAIN),
        number: 1,
        sharing: &sharing,
        players: &keys,
    };
    let after = output(&Referee.conclude(&resharing, &logs).unwrap()).unwrap();
    assert_eq!(after.revealed().len(), 1);
    assert!(share_of(&resharing, &logs, &after, &secret(4), &world.vaults[&4]).is_some());
    assert!(share_of(&resharing, &logs, &after, &secret(0), &world.vaults[&0]).is_some());
}

#[test]
fn who_is_killed_deals_and_holds_the_same_as_before() {
    let world = World::new();
    let players = [0, 1, 2, 3, 4];
    let dealt = |part: &Part| -> Vec<_> {
        let dealt = part.to_send().into_iter();
        dealt
            .map(|(player, public, private)| (player, public.encode(), private.encode()))
            .collect()
    };
    assert_eq!(
        dealt(&world.part(0, &players)),
        dealt(&world.part(0, &players))
    );
    assert_ne!(
        dealt(&world.part(0, &players)),
        dealt(&world.part(1, &players))
    );
    let mut parts: BTreeMap<u64, Part> = players.map(|n| (n, world.part(n, &players))).into();
    exchange(&mut parts, &[]);
    // all of them are killed after they acknowledged; nobody deals to them again
    let mut parts: BTreeMap<u64, Part> = parts
        .into_keys()
        .map(|n| (n, world.part(n, &players)))
        .collect();
    exchange(&mut parts, &[]);
    let logs = logs(&world, &mut parts, &[0, 1, 2], &players);
    let (sharing, keys) = (world.output.encode(), ledger_keys(&set(&players)));
    let resharing = Resharing {
        chain: &ChainId(CHAIN),
        number: 1,
        sharing: &sharing,
        players: &keys,
    };
    let after = output(&Referee.conclude(&resharing, &logs).unwrap()).unwrap();
    for n in players {
        assert!(
            share_of(&resharing, &logs, &after, &secret(n), &world.vaults[&n]).is_some(),
            "{n}"
        );
    }
}

#[test]
fn what_a_dealer_does_wrong_is_not_acknowledged_and_not_recorded() {
    let world = World::new();
    let players = [0, 1, 2, 3, 4];
    let mut parts: BTreeMap<u64, Part> = players.map(|n| (n, world.part(n, &players))).into();
    let (zero, one) = (secret(0).public_key(), secret(1).public_key());
    let of = |part: &Part, n: u64| {
        let key = secret(n).public_key();
        part.to_send()
            .into_iter()
            .find(|(player, ..)| *player == key)
            .unwrap()
    };
    let (_, public, private) = of(&parts[&0], 2);
    let (_, _, of_another) = of(&parts[&0], 3);
    let player = parts.get_mut(&2).unwrap();
    assert!(
        player.dealt(&zero, public.clone(), of_another).is_none(),
        "a share of somebody else"
    );
    assert!(
        player
            .dealt(&one, public.clone(), private.clone())
            .is_none(),
        "under another's name"
    );
    assert!(
        player
            .dealt(&secret(4).public_key(), public.clone(), private.clone())
            .is_none(),
        "of no dealer"
    );
    assert!(
        player
            .dealt(&zero, public.clone(), private.clone())
            .is_some()
    );
    assert!(
        player.dealt(&zero, public, private).is_some(),
        "sent again, acknowledged again"
    );
    // a log that too few acknowledged counts for nothing
    let log = parts.get_mut(&0).unwrap().finish().unwrap();
    let (sharing, keys) = (world.output.encode(), ledger_keys(&set(&players)));
    let mut resharing = Resharing {
        chain: &ChainId(CHAIN),
        number: 1,
        sharing: &sharing,
        players: &keys,
    };
    let refused = |resharing: &Resharing<'_>, dealer: u64, log: &[u8]| {
        let dealer = to_ledger(&secret(dealer).public_key());
        Referee.log(resharing, &dealer, log).unwrap_err().code
    };
    assert_eq!(refused(&resharing, 0, &log), "log-empty");
    exchange(&mut parts, &[]);
    let log = parts.get_mut(&1).unwrap().finish().unwrap();
    assert_eq!(refused(&resharing, 0, &log), "log-of-other");
    for at in (0..log.len()).step_by(29) {
        let mut touched = log.clone();
        touched[at] ^= 1;
        let code = refused(&resharing, 1, &touched);
        assert!(code.starts_with("log-"), "byte {at}: {code}");
    }
    resharing.number = 2;
    assert_eq!(
        refused(&resharing, 1, &log),
        "log-signature",
        "of another resharing"
    );
    resharing.sharing = &[1, 2, 3];
    assert_eq!(refused(&resharing, 1, &log), "resharing");
}

/// Votes of a validator in a turn, in ballots.
struct Voter {
    scheme: Scheme,
    secret: NodeSecret,
    epoch: u64,
}

impl Voter {
    /// Validator 0, in the first epoch.
    fn new() -> Self {
        Self::of(&World::new(), 0, 0)
    }

    fn of(world: &World, n: u64, epoch: u64) -> Self {
        let secret = secret(n);
        let share = world
            .shares
            .get_value(&secret.public_key())
            .unwrap()
            .clone();
        let public = world.output.public().clone();
        let scheme = Scheme::signer(b"votes", set(&[0, 1, 2, 3]), public, share).unwrap();
        Self {
            scheme,
            secret,
            epoch,
        }
    }

    fn ballot(&self, vote: &Vote<Scheme, Digest>) -> Ballot {
        Ballot::sign(&self.secret, &namespace(&CHAIN), vote.encode())
    }

    fn notarizes(&self, view: u64, block: u8) -> Ballot {
        let vote = Notarize::sign(&self.scheme, self.proposal(view, block)).unwrap();
        self.ballot(&Vote::Notarize(vote))
    }

    fn finalizes(&self, view: u64, block: u8) -> Ballot {
        let vote = Finalize::sign(&self.scheme, self.proposal(view, block)).unwrap();
        self.ballot(&Vote::Finalize(vote))
    }

    fn nullifies(&self, view: u64) -> Ballot {
        let round = Round::new(Epoch::new(self.epoch), View::new(view));
        self.ballot(&Vote::Nullify(
            Nullify::sign::<Digest>(&self.scheme, round).unwrap(),
        ))
    }

    fn proposal(&self, view: u64, block: u8) -> Proposal<Digest> {
        let round = Round::new(Epoch::new(self.epoch), View::new(view));
        Proposal::new(round, View::new(view - 1), Digest::from([block; 32]))
    }
}

fn booth() -> Booth {
    booth_of(&[0, 1, 2, 3], 0)
}

fn booth_of(validators: &[u64], epoch: u64) -> Booth {
    let validators = set(validators).iter().cloned().collect();
    Booth::new(&Digest::from(CHAIN), epoch, validators)
}

#[test]
fn ballots_that_contradict_each_other_are_evidence_and_others_are_not() {
    let voter = Voter::new();
    let me = voter.secret.public_key();
    let cases = [
        (
            voter.notarizes(9, 1),
            voter.notarizes(9, 2),
            Some(Contradiction::Notarized),
        ),
        (
            voter.finalizes(9, 1),
            voter.finalizes(9, 2),
            Some(Contradiction::Finalized),
        ),
        (
            voter.nullifies(9),
            voter.finalizes(9, 1),
            Some(Contradiction::Skipped),
        ),
        (voter.notarizes(9, 1), voter.notarizes(9, 1), None),
        (voter.notarizes(9, 1), voter.notarizes(10, 2), None),
        (voter.notarizes(9, 1), voter.finalizes(9, 1), None),
        // it saw the block and then its time was over: as the protocol has it
        (voter.notarizes(9, 1), voter.nullifies(9), None),
    ];
    for (one, other, kind) in cases {
        let booth = booth();
        assert_eq!(booth.hand_in(&me, &one), Some(Vec::new()));
        let seen = booth.hand_in(&me, &other).unwrap();
        let shown = seen.into_iter().find_map(|seen| match seen {
            Seen::Contradiction(evidence) => Some(evidence),
            Seen::Shared(_) => None,
        });
        let shown = shown.map(|evidence| {
            for at in (0..evidence.len()).step_by(17) {
                let mut touched = evidence.clone();
                touched[at] ^= 1;
                assert!(
                    Referee.contradicted(&ChainId(CHAIN), &touched).is_err(),
                    "byte {at}"
                );
            }
            assert!(Referee.contradicted(&ChainId([8; 32]), &evidence).is_err());
            Referee.contradicted(&ChainId(CHAIN), &evidence).unwrap()
        });
        assert_eq!(shown.map(|shown| shown.kind), kind);
        if let Some(shown) = shown {
            assert_eq!(
                (shown.validator, shown.epoch, shown.view),
                (to_ledger(&me), 0, 9)
            );
        }
    }
}

#[test]
fn what_a_node_did_not_sign_is_no_ballot_of_it() {
    let voter = Voter::new();
    let other = secret(1).public_key();
    let ballot = voter.notarizes(9, 1);
    assert_eq!(booth().hand_in(&other, &ballot), None);
    let bytes = ballot.to_bytes();
    assert_eq!(Ballot::from_bytes(bytes.clone()), Some(ballot));
    for at in 0..bytes.len() {
        let mut touched = bytes.to_vec();
        touched[at] ^= 1;
        let ballot = Ballot::from_bytes(Bytes::from(touched));
        let counted =
            ballot.and_then(|ballot| booth().hand_in(&voter.secret.public_key(), &ballot));
        assert_eq!(counted, None, "byte {at}");
    }
    assert_eq!(Ballot::from_bytes(Bytes::from_static(b"short")), None);
}

/// Whatever ballots of honest validators somebody puts together: they are evidence against nobody.
#[test]
fn ballots_that_do_not_exclude_each_other_are_no_evidence_whoever_brings_them() {
    let world = World::new();
    let (voter, later) = (Voter::of(&world, 0, 0), Voter::of(&world, 0, 1));
    let me = voter.secret.public_key();
    let code = |one: &Ballot, other: &Ballot| {
        let put_together = evidence(&me, one, other);
        let judged = Referee.contradicted(&ChainId(CHAIN), &put_together);
        judged.map_or_else(|bad| bad.code, |_| "contradicted")
    };
    for (one, other) in [
        // in another turn, and in a turn of another epoch, it votes for another block
        (voter.notarizes(9, 1), voter.notarizes(10, 2)),
        (voter.finalizes(9, 1), voter.finalizes(10, 2)),
        (voter.nullifies(9), voter.finalizes(10, 1)),
        (voter.notarizes(9, 1), later.notarizes(9, 2)),
        (voter.finalizes(9, 1), later.finalizes(9, 2)),
        (voter.nullifies(9), later.finalizes(9, 1)),
        (voter.notarizes(9, 1), voter.notarizes(9, 1)),
        (voter.notarizes(9, 1), voter.finalizes(9, 2)),
        (voter.notarizes(9, 1), voter.nullifies(9)),
    ] {
        assert_eq!(code(&one, &other), "ballots-agree");
        assert_eq!(code(&other, &one), "ballots-agree");
    }
    let (one, other) = (voter.finalizes(9, 1), voter.finalizes(9, 2));
    assert_eq!(code(&one, &other), "contradicted");
    // one form only: what was recorded does not come again with more behind it
    let mut longer = evidence(&me, &one, &other);
    longer.push(0);
    let refused = Referee.contradicted(&ChainId(CHAIN), &longer).unwrap_err();
    assert_eq!(refused.code, "ballots-syntax");
    // a ballot of each of two
    let second = Voter::of(&world, 1, 0).finalizes(9, 2);
    assert_eq!(code(&one, &second), "ballots-signature");
    assert_eq!(code(&second, &one), "ballots-signature");
}

#[test]
fn ballots_of_other_epochs_and_of_nobody_here_are_not_kept() {
    let voter = Voter::new();
    let me = voter.secret.public_key();
    for booth in [booth_of(&[0, 1, 2, 3], 1), booth_of(&[1, 2, 3], 0)] {
        for block in [1, 2] {
            let seen = booth.hand_in(&me, &voter.notarizes(9, block));
            assert_eq!(seen, Some(Vec::new()));
        }
    }
}

#[test]
fn the_leader_of_a_turn_is_another_one_in_each_epoch() {
    let world = World::new();
    let order: Vec<NodeKey> = set(&[0, 1, 2, 3]).iter().cloned().collect();
    for epoch in [0, 1, 6] {
        let booth = booth_of(&[0, 1, 2, 3], epoch);
        let leader = &order[usize::try_from((epoch + 9) % 4).unwrap()];
        let mut shared = Vec::new();
        for n in 0..4 {
            let voter = Voter::of(&world, n, epoch);
            let block = u8::try_from(n % 2).unwrap();
            let ballot = voter.notarizes(9, block);
            let seen = booth.hand_in(&voter.secret.public_key(), &ballot).unwrap();
            shared.extend(seen.into_iter().map(|seen| match seen {
                Seen::Shared(shared) => shared.0,
                Seen::Contradiction(_) => panic!("nobody contradicted himself"),
            }));
        }
        assert_eq!(shared, std::slice::from_ref(leader), "epoch {epoch}");
    }
}

#[test]
fn a_leaders_ballot_is_sent_on_once_where_there_are_votes_for_two_blocks() {
    // in turn 8 of epoch 0 the first of four leads; which of the nodes that is, their keys decide
    let first = set(&[0, 1, 2, 3]).iter().next().cloned().unwrap();
    let world = World::new();
    let signed = |n: u64, block: u8| Voter::of(&world, n, 0).notarizes(8, block);
    let leader = (0..4).find(|n| secret(*n).public_key() == first).unwrap();
    let others: Vec<u64> = (0..4).filter(|n| *n != leader).collect();
    let booth = booth();
    assert_eq!(booth.hand_in(&first, &signed(leader, 1)), Some(Vec::new()));
    let key = |n: u64| secret(n).public_key();
    assert_eq!(
        booth.hand_in(&key(others[0]), &signed(others[0], 1)),
        Some(Vec::new())
    );
    let seen = booth
        .hand_in(&key(others[1]), &signed(others[1], 2))
        .unwrap();
    let shared = Seen::Shared(Box::new((first.clone(), signed(leader, 1))));
    assert_eq!(seen, [shared]);
    assert_eq!(
        booth.hand_in(&key(others[2]), &signed(others[2], 2)),
        Some(Vec::new())
    );
    // and with it, whoever got the other one has both
    let there = super::ballot::Booth::new(
        &Digest::from(CHAIN),
        0,
        set(&[0, 1, 2, 3]).iter().cloned().collect(),
    );
    there.hand_in(&first, &signed(leader, 2)).unwrap();
    let seen = there.hand_in(&first, &signed(leader, 1)).unwrap();
    assert!(matches!(seen[..], [Seen::Contradiction(_)]));
}

#[test]
fn decoders_bear_anything() {
    use super::network::Word;
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    for length in 0..400 {
        let mut bytes = vec![0; length];
        rand::Rng::fill_bytes(&mut rng, &mut bytes);
        let _maybe = Word::read(&mut commonware_codec::Copying(&bytes));
        let _maybe = output(&bytes);
        let _maybe = super::sharing::log(&bytes);
        let _maybe = Referee.contradicted(&ChainId(CHAIN), &bytes);
    }
}
