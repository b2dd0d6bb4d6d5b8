//! What transactions state and do, in sentences.

mod chains;
mod sources;

pub(super) use sources::ATTESTED;

use pangolin_ledger::{
    Delivery, Effect, EventOutcome, GovernanceAction, OrderBody, OrderId, OrderKind, OrderTerms,
    TxId, ValidatorBody,
    report::{Message, Part, ValidatorChange},
    say,
    state::InboxResult,
    tx::Report,
};

/// Joins parts and messages.
fn join(parts: impl IntoIterator<Item = Message>) -> Message {
    let all = parts.into_iter().flat_map(|part| part.parts().to_vec());
    Message::new(all.collect())
}

/// The kind of an order.
pub(super) const fn kind(kind: OrderKind) -> &'static str {
    match kind {
        OrderKind::Hold => "hold",
        OrderKind::Recall => "recall",
    }
}

/// Why an order was issued and on which provision it rests.
pub(super) fn reason(terms: &OrderTerms) -> Message {
    let mut parts: Vec<Part> = vec![
        ", reason: ".into(),
        terms.reason.into(),
        format!(" (code {})", terms.reason.0).into(),
        ", legal basis: ".into(),
        terms.legal_basis.clone().into(),
    ];
    if let Some(document) = &terms.document {
        parts.push(format!(", notice with SHA-256 {document}").into());
    }
    Message::new(parts)
}

/// What an order transaction states.
pub(super) fn order(body: &OrderBody, id: TxId) -> Message {
    match body {
        OrderBody::Issue(terms) => {
            let until = match terms.expires {
                Some(time) => say![", until ", time],
                None => Message::default(),
            };
            join([
                say![kind(terms.kind), " of ", &terms.scope],
                reason(terms),
                until,
                say![
                    ", officers who must sign: ",
                    terms.officers,
                    "; it is ",
                    OrderId(id.0)
                ],
            ])
        }
        OrderBody::Approve { order } => say!["one more officer signs ", order],
        OrderBody::Release {
            order,
            only: None,
            legal_basis,
        } => say!["ends ", order, ", legal basis: ", legal_basis.clone()],
        OrderBody::Release {
            order,
            only: Some(object),
            legal_basis,
        } => say![
            "exempts ",
            object,
            " from ",
            order,
            ", legal basis: ",
            legal_basis.clone()
        ],
    }
}

/// What a governance transaction asks for.
pub(super) fn governance(action: &GovernanceAction) -> Message {
    use GovernanceAction as A;
    match action {
        A::AddParty { party, name } => say!["admits ", party, " under the name ", name.clone()],
        A::SuspendParty { party, from } => say!["suspends ", party, " from ", *from, " on"],
        A::ResumeParty { party } => say!["ends the suspension of ", party],
        A::AddKey {
            party, key, from, ..
        } => say!["gives ", party, " the ", key, " from ", *from, " on"],
        A::RevokeKey { party, key, from } => {
            say!["takes from ", party, " the ", key, " from ", *from, " on"]
        }
        A::Grant {
            party,
            role,
            scope,
            from,
            ..
        } => say![
            "gives ", party, " ", role, " for ", scope, " from ", *from, " on"
        ],
        A::Revoke {
            party,
            role,
            scope,
            from,
        } => say![
            "takes from ",
            party,
            " ",
            role,
            " for ",
            scope,
            " from ",
            *from,
            " on"
        ],
        A::Delegate {
            principal,
            agent,
            from,
            ..
        } => say![
            "lets ",
            agent,
            " sign for ",
            principal,
            " from ",
            *from,
            " on"
        ],
        A::RevokeDelegation {
            principal,
            agent,
            from,
        } => say![
            agent,
            " no longer signs for ",
            principal,
            " from ",
            *from,
            " on"
        ],
        A::ActivateProfile { profile, from, .. } => {
            say![profile, " is in force from block ", from.0, " on"]
        }
        A::RetireProfile { profile, from } => {
            say![profile, " is no longer in force from block ", from.0, " on"]
        }
        A::SetParams(_) => say!["changes thresholds, deadlines and limits of the chain"],
        A::SetQuota { party, quota } => match quota {
            Some(_) => say!["gives ", party, " a quota of its own"],
            None => say!["gives ", party, " the common quota again"],
        },
        A::RegisterChain { chain, name, .. } => {
            say!["registers ", chain, " under the name ", name.clone()]
        }
        A::SuspendChain { chain } => say!["nothing of ", chain, " is believed any more"],
        A::ResumeChain { chain } => say![chain, " is believed again"],
        A::AllowMaker {
            chain,
            allowed: true,
        } => say!["what is made on ", chain, " may be traded here"],
        A::AllowMaker { chain, .. } => {
            say![
                "what is made on ",
                chain,
                " may not be traded here any more"
            ]
        }
        A::SetValidators { validators } => say![
            "states who is to validate the chain: ",
            validators.len(),
            " validators"
        ],
        A::RecordChain { .. }
        | A::AmendChain { .. }
        | A::MarkChain { .. }
        | A::FollowRegistry { .. }
        | A::LeaveRegistry { .. }
        | A::EntrustChain { .. } => chains::governance(action),
        A::RegisterSource { .. } | A::SuspendSource { .. } | A::ResumeSource { .. } => {
            sources::governance(action)
        }
    }
}

/// What a source of another kind says.
pub(super) fn report(report: &Report) -> Message {
    sources::report(report)
}

/// What a validator states as one.
pub(super) fn validator(statement: &ValidatorBody) -> Message {
    match statement {
        ValidatorBody::Dealt { round, .. } => {
            say!["deals in resharing ", *round, " of the chain's key"]
        }
        ValidatorBody::Contradicted { .. } => {
            say!["shows two votes of one validator that contradict each other"]
        }
    }
}

/// What changed about the validators.
fn seats(change: &ValidatorChange) -> Message {
    use ValidatorChange as C;
    match change {
        C::Wanted => say!["other validators are wanted, or something else is said of them"],
        C::Opened { round } => {
            say![
                "the validators began resharing ",
                *round,
                " of the chain's key"
            ]
        }
        C::Dealt { round, dealer } => {
            say![
                "the validator with ",
                dealer,
                " dealt in resharing ",
                *round
            ]
        }
        C::Reshared { round } => say![
            "resharing ",
            *round,
            " succeeded: the next epoch has other validators, the chain's key is the same"
        ],
        C::NotReshared { round } => say![
            "resharing ",
            *round,
            " did not come about: the validators remain the same"
        ],
        C::Contradicted { validator } => say![
            "the validator with ",
            validator,
            " contradicted itself and is not wanted any more"
        ],
    }
}

/// What is delivered from another chain.
pub(super) fn delivery(delivery: &Delivery) -> Message {
    say![
        "brings what ",
        delivery.chain,
        " decided: ",
        delivery.items.len(),
        " messages"
    ]
}

/// What became of an event.
pub(super) fn outcome(outcome: &EventOutcome) -> Message {
    match outcome {
        EventOutcome::Applied => say!["applied"],
        EventOutcome::Parked { code, deadline, .. } => say![
            "waits for what must come before it, until ",
            *deadline,
            " (code ",
            code.clone(),
            ")"
        ],
        EventOutcome::Duplicate { height } => {
            say!["was already recorded in block ", height.0]
        }
    }
}

/// Something that happened besides what was stated.
pub(super) fn effect(effect: &Effect) -> Message {
    use Effect as E;
    match effect {
        E::Unparked(event) => say![event, ", which had waited, was applied"],
        E::Lapsed(event) => say![event, ", which had waited, lapsed"],
        E::Rejected { event, code } => {
            say![
                event,
                ", which had waited, was refused (code ",
                code.clone(),
                ")"
            ]
        }
        E::Inferred { object, container } => {
            say![object, " was taken out of ", container, " by inference"]
        }
        E::Completed(event) => say!["the hand-over that ", event, " opened is complete"],
        E::Overdue { offer, open } => {
            say![
                "the hand-over that ",
                offer,
                " opened is overdue, ",
                *open,
                " objects under way"
            ]
        }
        E::OrderActive(order) => say![order, " came into force"],
        E::OrderReleased(order) => say![order, " ended by a release"],
        E::OrderExpired(order) => say![order, " expired"],
        E::Exempted { order, object } => say![object, " was exempted from ", order],
        E::Enacted(action) => say!["the change ", action.to_string(), " is in force"],
        E::Proposed {
            action,
            signed,
            needed,
        } => say![
            "the change ",
            action.to_string(),
            " has ",
            *signed,
            " of ",
            *needed,
            " signatures"
        ],
        E::DeclaredInError(event) => say![event, " is marked as declared in error"],
        E::RolledForward(object) => {
            say![
                object,
                " has a record without the effect of the event in error"
            ]
        }
        E::Superseded(object) => say![object, " had moved on since and was left as it is"],
        E::Unreversed(event) => {
            say!["something else that ", event, " did was left as it is"]
        }
        E::Membership { party, key } => match key {
            Some(key) => say!["the ", key, " of ", party, " changed"],
            None => say![party, " was admitted, changed or suspended"],
        },
        E::Validators(change) => seats(change),
        E::Foreign(chain) => say![
            chain,
            " was registered, suspended or resumed, or may make things or not"
        ],
        E::Departed { chain, object, .. } => say![object, " is locked here and offered to ", chain],
        E::Arrived {
            chain,
            object,
            from,
            to,
            result,
            ..
        } => {
            let word = match result {
                InboxResult::Accepted => " was let in from ",
                InboxResult::Refused(_) => " was not let in from ",
            };
            say![object, word, chain, ", sent by ", from, " to ", to]
        }
        E::Settled {
            chain,
            object,
            gone,
            ..
        } => {
            if *gone {
                say![object, " lives on ", chain, " from here on"]
            } else {
                say![object, " did not go to ", chain, " and lives here again"]
            }
        }
        E::Relied { chain, as_of } => say![
            "this rests on the orders of ",
            chain,
            " as they were known up to ",
            *as_of
        ],
        E::Walked { object, whole, .. } => {
            let found = if *whole {
                " was walked back to its origins, over all chains"
            } else {
                " was walked and is not true"
            };
            say!["the history of ", object, found]
        }
        E::Noticed { chain, order, .. } => say![order, " of ", chain, " was taken note of"],
        E::Recorded { chain, revision } => {
            say!["version ", *revision, " of the record of ", chain]
        }
        E::Heard {
            registry,
            chain,
            revision,
            heeded,
        } => {
            let counts = if *heeded {
                ""
            } else {
                ", which does not count here"
            };
            say![
                "version ",
                *revision,
                " of the record that ",
                registry,
                " has of ",
                chain,
                " was taken note of",
                counts
            ]
        }
        E::Forked { chain, at } => say![
            "it is shown that ",
            chain,
            " certified two different blocks of height ",
            at.0
        ],
        E::Source { .. } | E::Rested { .. } => sources::effect(effect),
        E::BroughtIn {
            object, container, ..
        } => say![object, " was brought in; it came inside ", container],
    }
}
