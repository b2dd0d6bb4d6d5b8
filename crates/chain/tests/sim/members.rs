//! Validators come and go while the chain runs: its key stays, certificates from before and after hold under it, and faults at
//! every moment of a resharing do no more than delay it.

use commonware_glue::simulate::{
    action::{Action, Crash, Schedule},
    plan::PlanResult,
    property::Property,
    tracker::ProgressTracker,
};
use pangolin_chain::{simulated::conduct::Vice, types::NodeKey};
use pangolin_ledger::{
    Body, GovernanceAction, GovernanceBody, PublicKey, Wire as _,
    state::{Member, Members, Misconduct, Roster, keys},
};
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::{future::Future, pin::Pin, time::Duration};

use crate::{
    load::Load,
    network::{Network, Node},
    run::{cut, good, run},
};

/// Blocks of an epoch here.
const EPOCH: u64 = 24;

fn ledger_key(key: &NodeKey) -> PublicKey {
    PublicKey(key.as_ref().try_into().unwrap())
}

/// The statement that the nodes at these places are wanted.
fn want(network: &Network, places: &[usize]) -> Body {
    let mut validators: Vec<Member> = places
        .iter()
        .map(|place| Member {
            key: ledger_key(&network.node(*place)),
            name: format!("v{place}"),
            organisation: "an organisation".into(),
            address: String::new(),
        })
        .collect();
    validators.sort_by_key(|member| member.key);
    Body::Governance(Box::new(GovernanceBody {
        action: GovernanceAction::SetValidators { validators },
        reason: "a test".into(),
    }))
}

/// Four validators and further nodes, with trade, and what the governance says at which millisecond.
fn governed(observers: u64, seed: u64, says: &[(u64, &[usize])]) -> Network {
    let network = Network::with_epochs(4, observers, Some(EPOCH));
    trading(network, seed, says)
}

fn trading(network: Network, seed: u64, says: &[(u64, &[usize])]) -> Network {
    let also = says
        .iter()
        .map(|(at_ms, places)| (*at_ms, want(&network, places)))
        .collect();
    let nodes = network.honest();
    network.load(Load {
        seed,
        packs: 3,
        span_ms: 1_500,
        nodes,
        valid_blocks: 100,
        also,
    })
}

/// Who must validate in the end, and what must be true of all blocks.
#[derive(Clone)]
struct Seated {
    network: Network,
    places: Vec<usize>,
    /// Nodes of which it is recorded that they contradicted themselves.
    liars: Vec<usize>,
    /// Validators that need not vote in the end: they were away too long to have a share.
    excused: Vec<usize>,
}

impl Property<NodeKey, Node> for Seated {
    fn name(&self) -> &str {
        "seated"
    }

    fn check<'a>(
        &'a self,
        _: &'a ProgressTracker<NodeKey>,
        states: &'a [&'a Node],
    ) -> Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>> {
        Box::pin(async move {
            for node in states.iter().filter(|node| node.honest) {
                self.members(node).await?;
                self.certificates(node).await?;
                let votes = node.chain().status().validator;
                let seated = self.places.contains(&node.index);
                if votes != seated && !self.excused.contains(&node.index) {
                    return Err(format!(
                        "node {}: votes {votes}, seated {seated}",
                        node.index
                    ));
                }
            }
            Ok(())
        })
    }
}

impl Seated {
    async fn members(&self, node: &Node) -> Result<(), String> {
        let mut asked = vec![keys::roster(), keys::members()];
        asked.extend(
            self.liars
                .iter()
                .map(|liar| keys::misconduct(&ledger_key(&self.network.node(*liar)))),
        );
        let view = node.chain().read(asked).await.map_err(|e| e.to_string())?;
        let roster = Roster::from_bytes(view.values[0].as_ref().ok_or("no roster")?).unwrap();
        let members = Members::from_bytes(view.values[1].as_ref().ok_or("no members")?).unwrap();
        let mut wanted: Vec<PublicKey> = self
            .places
            .iter()
            .map(|place| ledger_key(&self.network.node(*place)))
            .collect();
        wanted.sort_unstable();
        let found: Vec<PublicKey> = members.list.iter().map(|member| member.key).collect();
        if found != wanted {
            return Err(format!("node {}: other validators, {roster:?}", node.index));
        }
        for (liar, value) in self.liars.iter().zip(&view.values[2..]) {
            let record = value
                .as_ref()
                .map(|bytes| Misconduct::from_bytes(bytes).unwrap());
            record.ok_or_else(|| format!("nothing is recorded of node {liar}"))?;
        }
        Ok(())
    }

    /// Every block of every epoch is final under the key of the genesis file.
    async fn certificates(&self, node: &Node) -> Result<(), String> {
        let trusted = self.network.genesis.trusted();
        let top = node.chain().status().height;
        let mut epochs = Vec::new();
        for height in 1..top.saturating_sub(8) {
            let Ok(header) = node.chain().final_header(height).await else {
                // who fetched its state has no blocks from before
                continue;
            };
            let header = header
                .verify(&trusted)
                .map_err(|e| format!("block {height}: {e}"))?;
            if header.context.round.epoch().get() != height / EPOCH {
                return Err(format!("block {height} is of another epoch"));
            }
            epochs.push(height / EPOCH);
        }
        epochs.dedup();
        if epochs.len() < 2 {
            return Err(format!(
                "node {} saw no two epochs up to height {top}",
                node.index
            ));
        }
        Ok(())
    }
}

/// Runs a network, and holds against it who must validate in the end.
fn reign(
    network: Network,
    seed: u64,
    height: u64,
    places: &[usize],
    faults: Schedule<NodeKey>,
) -> PlanResult<Network> {
    let seated = Seated {
        network: network.clone(),
        places: places.to_vec(),
        liars: Vec::new(),
        excused: Vec::new(),
    };
    run(network, seed, height, |plan| {
        plan.crash(Crash::Schedule(faults)).property(seated)
    })
}

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Crashes a node and starts it again.
fn crash(
    network: &Network,
    schedule: Schedule<NodeKey>,
    node: usize,
    from: u64,
    to: u64,
) -> Schedule<NodeKey> {
    schedule
        .at(at(from), Action::Crash(network.node(node)))
        .at(at(to), Action::Restart(network.node(node)))
}

#[test]
fn a_chain_with_epochs_that_changes_nobody_goes_on_over_them() {
    let network = governed(1, 1, &[]);
    reign(network, 1, 3 * EPOCH + 5, &[0, 1, 2, 3], Schedule::new());
}

#[test]
fn a_fifth_validator_joins() {
    let network = governed(1, 2, &[(200, &[0, 1, 2, 3, 4])]);
    reign(network, 2, 3 * EPOCH, &[0, 1, 2, 3, 4], Schedule::new());
}

#[test]
fn one_joins_one_leaves_and_one_takes_the_place_of_another() {
    let says: [(u64, &[usize]); 3] = [
        (200, &[0, 1, 2, 3, 4]),
        (15_000, &[1, 2, 3, 4]),
        (30_000, &[1, 2, 4, 5]),
    ];
    let network = governed(2, 3, &says);
    reign(network, 3, 10 * EPOCH, &[1, 2, 4, 5], Schedule::new());
}

#[test]
fn validators_that_are_killed_during_a_resharing_go_on_with_it() {
    for seed in 4..8 {
        let network = governed(1, seed, &[(200, &[0, 1, 2, 3, 4])]);
        // a dealer and player, and the one to come, each twice
        let mut faults = Schedule::new();
        let first = 600 + 150 * (seed - 4);
        faults = crash(&network, faults, 1, first, first + 900);
        faults = crash(&network, faults, 4, first + 1_000, first + 1_700);
        faults = crash(&network, faults, 1, first + 1_900, first + 2_300);
        reign(network, seed, 4 * EPOCH, &[0, 1, 2, 3, 4], faults);
    }
}

#[test]
fn the_whole_network_is_killed_at_the_end_of_an_epoch_and_comes_back() {
    for (seed, when) in [(8, 4_300), (9, 4_600), (10, 4_900)] {
        let network = governed(1, seed, &[(200, &[0, 1, 2, 3, 4])]);
        let mut faults = Schedule::new();
        for node in 0..5 {
            faults = faults.at(
                at(when + node),
                Action::Crash(network.node(usize::try_from(node).unwrap())),
            );
        }
        for node in 0..5 {
            faults = faults.at(
                at(when + 900 + 50 * node),
                Action::Restart(network.node(usize::try_from(node).unwrap())),
            );
        }
        reign(network, seed, 4 * EPOCH, &[0, 1, 2, 3, 4], faults);
    }
}

#[test]
fn a_network_cut_in_halves_during_a_resharing_hands_the_key_on_when_it_heals() {
    let network = governed(1, 11, &[(200, &[0, 1, 2, 3, 4])]);
    let mut faults = Schedule::new();
    for a in [0, 1] {
        for b in [2, 3, 4] {
            for (from, to) in [(a, b), (b, a)] {
                let (from, to) = (network.node(from), network.node(to));
                let link = cut();
                faults = faults.at(at(700), Action::UpdateLink { from, to, link });
            }
        }
    }
    faults = faults.at(at(6_000), Action::Heal(good()));
    reign(network, 11, 4 * EPOCH, &[0, 1, 2, 3, 4], faults);
}

#[test]
fn one_who_is_away_when_it_is_to_join_delays_nobody() {
    // more than one player that is away is more than the chain bears; one is not: its shares become public
    let network = governed(1, 12, &[(200, &[0, 1, 2, 3, 4])]);
    let faults = crash(&network, Schedule::new(), 4, 100, 8_000);
    reign(network, 12, 4 * EPOCH, &[0, 1, 2, 3, 4], faults);
}

#[test]
fn a_validator_that_says_nothing_does_not_stop_the_others_from_changing() {
    let network =
        Network::with_epochs(4, 1, Some(EPOCH)).seat(1, |seat| seat.vice = Some(Vice::Silent));
    let network = trading(network, 13, &[(200, &[0, 1, 2, 3, 4])]);
    reign(network, 13, 4 * EPOCH, &[0, 1, 2, 3, 4], Schedule::new());
}

#[test]
fn one_who_deals_wrongly_and_acknowledges_nothing_stops_nobody() {
    for seed in 20..22 {
        let vice = Some(Vice::WrongDealings);
        let network = Network::with_epochs(4, 1, Some(EPOCH)).seat(1, |seat| seat.vice = vice);
        let network = trading(network, seed, &[(200, &[0, 1, 2, 3, 4])]);
        reign(network, seed, 4 * EPOCH, &[0, 1, 2, 3, 4], Schedule::new());
    }
}

#[test]
fn garbage_on_the_channel_of_resharings_stops_nobody() {
    let vice = Some(Vice::Garbage(Some(pangolin_chain::engine::CHANNELS - 1)));
    let network = Network::with_epochs(4, 1, Some(EPOCH)).seat(1, |seat| seat.vice = vice);
    let network = trading(network, 14, &[(200, &[0, 1, 2, 3, 4])]);
    reign(network, 14, 4 * EPOCH, &[0, 1, 2, 3, 4], Schedule::new());
}

#[test]
fn one_who_equivocates_is_recorded_and_goes() {
    for seed in 15..18 {
        let network = Network::with_epochs(5, 0, Some(EPOCH))
            .seat(1, |seat| seat.vice = Some(Vice::Equivocate));
        let network = trading(network, seed, &[]);
        let seated = Seated {
            network: network.clone(),
            places: vec![0, 2, 3, 4],
            liars: vec![1],
            excused: Vec::new(),
        };
        run(network, seed, 3 * EPOCH, |plan| plan.property(seated));
    }
}

#[test]
fn a_late_node_replays_or_fetches_its_way_over_an_epoch() {
    for (seed, sync_state) in [(18, false), (19, true)] {
        let says: [(u64, &[usize]); 1] = [(200, &[0, 1, 2, 3, 4])];
        let network =
            Network::with_epochs(4, 2, Some(EPOCH)).seat(5, |seat| seat.sync_state = sync_state);
        let network = trading(network, seed, &says);
        let late = Crash::DelayRound {
            participants: vec![network.node(5)],
            round: commonware_consensus::types::Round::new(
                commonware_consensus::types::Epoch::new(1),
                commonware_consensus::types::View::new(9),
            ),
        };
        let seated = Seated {
            network: network.clone(),
            places: vec![0, 1, 2, 3, 4],
            liars: Vec::new(),
            excused: Vec::new(),
        };
        run(network, seed, 4 * EPOCH, |plan| {
            plan.crash(late).property(seated)
        });
    }
}

#[test]
fn one_who_lost_its_votes_of_an_epoch_does_not_contradict_them() {
    // moments of the second epoch around turns in which it leads
    for (seed, when) in [(22, 5_600), (23, 5_900), (24, 6_200), (25, 6_500)] {
        let network = governed(1, seed, &[(200, &[0, 1, 2, 3, 4])]);
        let network = network.seat(2, |seat| seat.forgets_epochs = true);
        let faults = crash(&network, Schedule::new(), 2, when, when + 1);
        reign(network, seed, 5 * EPOCH, &[0, 1, 2, 3, 4], faults);
    }
}

/// Runs that are drawn from their seeds; `PANGOLIN_REIGNS` says how many, `PANGOLIN_FIRST_SEED` where to begin.
#[test]
fn reigns() {
    let number = |name: &str| -> Option<u64> { std::env::var(name).ok()?.parse().ok() };
    let first = number("PANGOLIN_FIRST_SEED").unwrap_or(1);
    let count = number("PANGOLIN_REIGNS").unwrap_or(REIGNS);
    for seed in first..first + count {
        if count > REIGNS {
            eprintln!("reign {seed} of {first}..{}", first + count);
        }
        drawn(seed);
    }
}

/// Reigns of the default run.
const REIGNS: u64 = 3;

fn drawn(seed: u64) {
    let mut rng = ChaCha20Rng::seed_from_u64(seed ^ 0x5ea7);
    let mut network = Network::with_epochs(4, 1, Some(EPOCH));
    // one validator may be faulty, and then it is the one that leaves, or stays
    let liar = rng.random_bool(0.4).then(|| rng.random_range(0..4usize));
    if let Some(liar) = liar {
        let vices = [
            Vice::Silent,
            Vice::WrongDealings,
            Vice::Garbage(Some(9)),
            Vice::Garbage(None),
        ];
        let vice = vices[rng.random_range(0..vices.len())];
        network = network.seat(liar, |seat| seat.vice = Some(vice));
    }
    let out = liar
        .filter(|_| rng.random_bool(0.5))
        .unwrap_or_else(|| rng.random_range(0..4));
    let first: Vec<usize> = vec![0, 1, 2, 3, 4];
    let second: Vec<usize> = first
        .iter()
        .copied()
        .filter(|place| *place != out)
        .collect();
    // whether the first change has come about by then or not, the second one is within what may change at once
    let says: [(u64, &[usize]); 2] = [
        (rng.random_range(100..3_000), &first),
        (rng.random_range(4_000..16_000), &second),
    ];
    let network = trading(network, seed, &says);
    let mut events: Vec<(u64, Action<NodeKey>)> = Vec::new();
    let honest = network.honest();
    if liar.is_none() {
        for _ in 0..rng.random_range(0..4u32) {
            let node = network.node(honest[rng.random_range(0..honest.len())]);
            let at = rng.random_range(500..16_000);
            events.push((at, Action::Crash(node.clone())));
            events.push((at + rng.random_range(1..900), Action::Restart(node)));
        }
    }
    if rng.random_bool(0.4) {
        let at = rng.random_range(500..9_000);
        let alone = rng.random_range(0..5usize);
        for other in (0..5).filter(|other| *other != alone) {
            for (from, to) in [(alone, other), (other, alone)] {
                let (from, to) = (network.node(from), network.node(to));
                events.push((
                    at,
                    Action::UpdateLink {
                        from,
                        to,
                        link: cut(),
                    },
                ));
            }
        }
        events.push((at + rng.random_range(300..2_500), Action::Heal(good())));
    }
    events.sort_by_key(|(at, _)| *at);
    let faults = events
        .into_iter()
        .fold(Schedule::new(), |faults, (ms, action)| {
            faults.at(at(ms), action)
        });
    reign(network, seed, 9 * EPOCH, &second, faults);
}
