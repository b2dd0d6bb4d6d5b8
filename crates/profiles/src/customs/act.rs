//! Acts: what an event means, found from its type, action, business step and disposition alone.

use pangolin_ledger::tx::{Action, Event, EventKind};

use super::words::step as own;
use crate::cbv::{self, disposition as word, step};

/// What an event means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// Goods arrive with an operator.
    Receive,
    /// Goods are handed over to another operator, or go on to another chain.
    Send,
    /// Goods go back to a chain that they came over.
    Return,
    /// A hand-over is called off.
    Void,
    /// A declaration is lodged.
    Declare,
    /// The authority looks at goods.
    Examine,
    /// The authority clears the goods of a declaration.
    Clear,
    /// The authority refuses a declaration.
    Refuse,
    /// Things are taken out of a container.
    Unpack,
    /// A seal is attached.
    Seal,
    /// A seal is taken off.
    Unseal,
    /// Goods are destroyed under control.
    Destroy,
    /// The keeper reports on goods.
    Observe,
}

/// A line of the table of acts.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The act.
    pub act: Act,
    /// Its name, for people.
    pub name: &'static str,
    /// How an EPCIS event says it.
    pub when: &'static str,
    /// What it does.
    pub does: &'static str,
}

const fn entry(act: Act, name: &'static str, when: &'static str, does: &'static str) -> Entry {
    Entry {
        act,
        name,
        when,
        does,
    }
}

/// Every act: how an EPCIS event says it, and what it does.
pub const TABLE: &[Entry] = &[
    entry(
        Act::Receive,
        "receive",
        "bizStep receiving or accepting",
        "the issuer becomes keeper of what was sent to it, from another chain or on this one",
    ),
    entry(
        Act::Send,
        "send",
        "bizStep shipping or consigning",
        "offered to another operator; with destinationChain, cleared goods leave for a party there",
    ),
    entry(
        Act::Return,
        "return",
        "bizStep shipping or consigning, disposition returned, with destinationChain",
        "the goods go back to a chain that they came over, cleared or not",
    ),
    entry(
        Act::Void,
        "void shipping",
        "bizStep void_shipping",
        "the offer ends, the goods stay",
    ),
    entry(
        Act::Declare,
        "declare",
        "bizStep declaring (this profile's word), with the number of the declaration and the office",
        "the declaration is recorded for exactly these goods; the office decides on it",
    ),
    entry(
        Act::Examine,
        "examine",
        "bizStep inspecting",
        "the authority's finding enters the history of the goods",
    ),
    entry(
        Act::Clear,
        "clear",
        "bizStep clearing (this profile's word), with the number of the declaration",
        "the goods of the declaration may go on, with whatever is inside; they wait until it is proven where they, as declared, come from",
    ),
    entry(
        Act::Refuse,
        "refuse",
        "bizStep refusing (this profile's word), with the number of the declaration",
        "the declaration is over; the goods go back, are destroyed, or are declared again",
    ),
    entry(
        Act::Unpack,
        "unpack",
        "AggregationEvent DELETE; without children everything comes out",
        "what comes out is declared and cleared by itself",
    ),
    entry(
        Act::Seal,
        "seal",
        "AssociationEvent ADD",
        "attached until taken off",
    ),
    entry(
        Act::Unseal,
        "unseal",
        "AssociationEvent DELETE",
        "no longer attached",
    ),
    entry(
        Act::Destroy,
        "destroy",
        "ObjectEvent DELETE, bizStep destroying",
        "the goods end with whatever is inside",
    ),
    entry(
        Act::Observe,
        "observe",
        "any other bizStep with OBSERVE, such as arriving or storing",
        "the event enters the history of the goods",
    ),
];

/// Why no act fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAct {
    /// An event that begins or ends something does not say what.
    NoStep,
    /// The business step does not go with type and action.
    StepMismatch,
    /// Goods are made elsewhere.
    Made,
    /// Goods are packed elsewhere.
    Packed,
    /// Goods are processed elsewhere.
    Processed,
}

/// What the event means.
pub(super) fn find(event: &Event) -> Result<Act, NoAct> {
    Ok(match (event.kind, event.action) {
        (EventKind::Transformation, _) => return Err(NoAct::Processed),
        (EventKind::Association, Action::Add) => Act::Seal,
        (EventKind::Association, Action::Delete) => Act::Unseal,
        (EventKind::Aggregation, Action::Add) => return Err(NoAct::Packed),
        (EventKind::Aggregation, Action::Delete) => Act::Unpack,
        (EventKind::Object, Action::Add) => return Err(NoAct::Made),
        (EventKind::Object, Action::Delete) => match event.step {
            step::DESTROYING => Act::Destroy,
            cbv::NONE => return Err(NoAct::NoStep),
            _ => return Err(NoAct::StepMismatch),
        },
        _ => match event.step {
            step::DESTROYING | step::UNPACKING | step::PACKING => return Err(NoAct::StepMismatch),
            step::SHIPPING | step::CONSIGNING if event.disposition == Some(word::RETURNED) => {
                Act::Return
            }
            step::SHIPPING | step::CONSIGNING => Act::Send,
            step::VOID_SHIPPING => Act::Void,
            step::RECEIVING | step::ACCEPTING => Act::Receive,
            step::INSPECTING => Act::Examine,
            own::DECLARING => Act::Declare,
            own::CLEARING => Act::Clear,
            own::REFUSING => Act::Refuse,
            _ => Act::Observe,
        },
    })
}

#[cfg(test)]
mod tests {
    use pangolin_ledger::id::{Code, Digest32, EventId, TimeMs};

    use super::*;

    #[test]
    fn events_mean_acts() {
        use Action::{Add, Delete, Observe};
        use EventKind::{Aggregation, Association, Object, Transaction, Transformation};
        let back = Some(word::RETURNED);
        for (kind, action, step, disposition, expect) in [
            (Object, Observe, step::RECEIVING, None, Ok(Act::Receive)),
            (
                Aggregation,
                Observe,
                step::ACCEPTING,
                None,
                Ok(Act::Receive),
            ),
            (Object, Observe, step::SHIPPING, None, Ok(Act::Send)),
            (Transaction, Add, step::CONSIGNING, None, Ok(Act::Send)),
            (Object, Observe, step::SHIPPING, back, Ok(Act::Return)),
            (Object, Observe, step::VOID_SHIPPING, back, Ok(Act::Void)),
            (Object, Observe, own::DECLARING, None, Ok(Act::Declare)),
            (Transaction, Add, own::DECLARING, None, Ok(Act::Declare)),
            (Object, Observe, step::INSPECTING, None, Ok(Act::Examine)),
            (Object, Observe, own::CLEARING, None, Ok(Act::Clear)),
            (Object, Observe, own::REFUSING, None, Ok(Act::Refuse)),
            (Aggregation, Delete, cbv::NONE, None, Ok(Act::Unpack)),
            (Association, Add, cbv::NONE, None, Ok(Act::Seal)),
            (Association, Delete, cbv::NONE, None, Ok(Act::Unseal)),
            (Object, Delete, step::DESTROYING, None, Ok(Act::Destroy)),
            (Object, Observe, step::ARRIVING, None, Ok(Act::Observe)),
            (Object, Observe, cbv::OTHER, None, Ok(Act::Observe)),
            (Object, Delete, cbv::NONE, None, Err(NoAct::NoStep)),
            (
                Object,
                Delete,
                step::STORING,
                None,
                Err(NoAct::StepMismatch),
            ),
            (
                Object,
                Observe,
                step::DESTROYING,
                None,
                Err(NoAct::StepMismatch),
            ),
            (Object, Add, step::COMMISSIONING, None, Err(NoAct::Made)),
            (Aggregation, Add, step::PACKING, None, Err(NoAct::Packed)),
            (Transformation, Add, cbv::NONE, None, Err(NoAct::Processed)),
        ] {
            let zero = Digest32([0; 32]);
            let mut event = Event::new(EventId([0; 32]), kind, action, TimeMs(0), step, zero);
            event.disposition = disposition;
            assert_eq!(
                find(&event),
                expect,
                "{kind:?} {action:?} {step} {disposition:?}"
            );
        }
        assert_ne!(Code(0), own::DECLARING);
    }

    #[test]
    fn the_table_names_every_act_once() {
        let mut names: Vec<_> = TABLE.iter().map(|entry| entry.name).collect();
        let mut acts: Vec<_> = TABLE.iter().map(|entry| entry.act).collect();
        names.sort_unstable();
        names.dedup();
        acts.sort_unstable();
        acts.dedup();
        assert_eq!((names.len(), acts.len()), (TABLE.len(), TABLE.len()));
        let told = |entry: &Entry| !entry.when.is_empty() && !entry.does.is_empty();
        assert!(TABLE.iter().all(told));
    }
}
