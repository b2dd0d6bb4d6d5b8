//! A refusal is of the state of a moment: another validator that has the transaction takes it when its obstacle is gone. Whoever asks again at
//! the node that refused it is told so.

use pangolin_chain::simulated::clock::START_MS;
use pangolin_ledger::{Body, GovernanceAction, GovernanceBody, Role, Scope, TimeMs};

use crate::{load::Load, network::Network, run::run, trade, world::Told};

/// Pairs of transactions of which the first needs the second.
const PAIRS: u64 = 12;

fn governance(action: GovernanceAction) -> Body {
    let reason = "a new member".into();
    Body::Governance(Box::new(GovernanceBody { action, reason }))
}

/// A role for a party that is not admitted, and then its admission, at the same moment.
fn pair(number: u64) -> [(u64, Body); 2] {
    let party = trade::party(&format!("late {number}"));
    let role = GovernanceAction::Grant {
        party: party.clone(),
        role: Role(1),
        scope: Scope::all(),
        from: TimeMs(START_MS),
        until: None,
    };
    let name = "Late".into();
    let admission = GovernanceAction::AddParty { party, name };
    [role, admission].map(|action| (300 + number * 130, governance(action)))
}

#[test]
fn what_one_refused_another_takes_and_the_first_tells_of_it() {
    let network = Network::new(4, 0).load(Load {
        seed: 1,
        packs: 0,
        span_ms: 1,
        // all are handed to one node: of some blocks it is the proposer
        nodes: vec![0],
        valid_blocks: 100,
        also: (0..PAIRS).flat_map(pair).collect(),
    });
    let world = network.world.clone();
    run(network, 1, 20, |plan| plan);
    let inner = world.lock();
    let late = inner.submissions.iter().filter(|submission| {
        matches!(submission.told, Some(Told::Refused("unknown-party")))
            && matches!(submission.again, Some(Told::Final { .. }))
    });
    let (late, all) = (late.count(), inner.submissions.len());
    assert!(
        late > 0,
        "none of {all} transactions was taken after it was refused"
    );
    eprintln!("{late} of {all} transactions were taken after they were refused");
}
