//! What is recorded and decided of chains, in sentences.

use pangolin_ledger::{
    GovernanceAction,
    report::Message,
    say,
    state::{ChainState, FollowTerms},
};

/// What a governance transaction asks for that is about a registry.
pub(super) fn governance(action: &GovernanceAction) -> Message {
    use GovernanceAction as A;
    match action {
        A::RecordChain {
            chain,
            identity,
            about,
        } => say![
            "records ",
            chain,
            " under the name ",
            about.name.clone(),
            ", of grade ",
            identity.grade.name()
        ],
        A::AmendChain { chain, about } => say![
            "changes what is recorded of ",
            chain,
            ", called ",
            about.name.clone()
        ],
        A::MarkChain { chain, state } => match state {
            ChainState::Active => say!["records that ", chain, " is active again"],
            ChainState::Suspended => say!["records that ", chain, " is suspended"],
            ChainState::Retired => say!["records that ", chain, " is retired for good"],
        },
        A::FollowRegistry { registry, terms } => {
            say!["follows ", registry, " as a registry", aged(terms)]
        }
        A::LeaveRegistry { registry } => say!["follows ", registry, " as a registry no more"],
        A::EntrustChain {
            chain,
            registry: Some(registry),
        } => say![
            "leaves it to ",
            registry,
            " whether ",
            chain,
            " is believed"
        ],
        A::EntrustChain {
            chain,
            registry: None,
        } => say!["decides by itself whether ", chain, " is believed"],
        _ => say!["decides something else"],
    }
}

/// How old the registry's word may be.
fn aged(terms: &FollowTerms) -> String {
    let age = terms
        .word_ms
        .map(|ms| format!(", whose word may be {ms} ms old"));
    age.unwrap_or_default()
}
