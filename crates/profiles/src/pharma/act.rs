//! Acts: what an event means, found from its type, action, business step and disposition alone.

use pangolin_ledger::{
    id::Code,
    tx::{Action, Event, EventKind},
};

use super::words::disposition as own;
use crate::cbv::{self, disposition as word, step};

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident $text:literal $when:literal $does:literal;)*) => {
        /// What an event means.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Act {
            $($(#[$doc])* $name,)*
        }

        impl Act {
            /// Its name, for people.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }

        /// Every act: how an EPCIS event says it, and what it does.
        pub const TABLE: &[Entry] = &[$(Entry { act: Act::$name, when: $when, does: $does }),*];
    };
}

/// A line of the table of acts.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The act.
    pub act: Act,
    /// How an EPCIS event says it.
    pub when: &'static str,
    /// What it does.
    pub does: &'static str,
}

acts! {
    /// Packs or containers come into being.
    Commission "commission" "ObjectEvent ADD, bizStep commissioning"
        "packs come into being with the issuer, in their lot; logistic units without lot";
    /// Things are put into a container.
    Pack "pack" "AggregationEvent ADD, any bizStep"
        "the children are inside the parent from here on";
    /// Things are put into a container that goes back.
    PackReturn "pack for return"
        "AggregationEvent ADD, disposition returned, recalled, expired, damaged, non_sellable_other or non_conformant"
        "like pack, also for goods in quarantine or recalled; the parent can be shipped as a return only";
    /// Things are taken out of a container.
    Unpack "unpack" "AggregationEvent DELETE; without children everything comes out"
        "the children are with the custodian of the parent";
    /// The contents of a container were counted.
    VerifyContents "verify contents"
        "AggregationEvent OBSERVE, disposition or persistentDisposition completeness_verified"
        "refused unless the children are exactly what is inside";
    /// Goods leave for another party.
    Ship "ship" "bizStep shipping or consigning"
        "offered to the destination, who becomes custodian by receiving; with destinationChain, on that chain";
    /// Goods go back.
    Return "return"
        "bizStep shipping or consigning, disposition returned, recalled, expired, damaged, non_sellable_other or non_conformant"
        "like ship, also for goods in quarantine, recalled, expired or opened; they arrive as returned";
    /// A shipment is called off.
    VoidShip "void shipping" "bizStep void_shipping" "the offer ends, the goods stay";
    /// Goods arrive.
    Receive "receive" "bizStep receiving or accepting"
        "the issuer becomes custodian; a pack inside a shipped container may be received alone; called sellable, the goods may not have expired";
    /// Returned goods arrive.
    ReceiveReturn "receive a return" "bizStep receiving or accepting, disposition returned"
        "like receive; the goods may not be sold until they are verified";
    /// A pack reaches its patient.
    Dispense "dispense" "bizStep dispensing or retail_selling, unless disposition partially_dispensed"
        "the pack ends, once; one from another chain when its history is proven";
    /// Part of a pack reaches its patient.
    DispensePart "dispense in part" "bizStep dispensing or retail_selling with OBSERVE, disposition partially_dispensed"
        "like dispense, but part of the pack is used; the rest is dispensed later, returned or destroyed, and sold to nobody";
    /// Something leaves serialisation.
    Decommission "decommission" "ObjectEvent DELETE, bizStep decommissioning"
        "the object ends; its contents as the event says; one from another chain when its history is proven";
    /// Something is destroyed.
    Destroy "destroy" "ObjectEvent DELETE, bizStep destroying"
        "the object ends; its contents as the event says";
    /// A pack is used up as a sample.
    Sample "sample" "ObjectEvent DELETE, bizStep sampling"
        "the pack ends; one from another chain when its history is proven";
    /// Goods were stolen.
    Stolen "report theft" "disposition stolen" "the object ends with its contents, until it is recovered";
    /// Goods were lost.
    Lost "report loss" "disposition lost (this profile's word)"
        "the object ends with its contents, until it is recovered";
    /// Stolen or lost goods were found again.
    Recover "recover" "disposition recovered (this profile's word)"
        "the object is in being again, not to be sold until verified";
    /// Goods are kept back.
    Quarantine "quarantine" "bizStep holding, or disposition damaged"
        "held: may not be shipped or dispensed; taken out of its container by inference";
    /// Suspect goods are kept back.
    QuarantineSuspect "quarantine as suspect" "bizStep holding, disposition suspect (this profile's word)"
        "held and suspect";
    /// Goods are kept back no longer.
    Release "release from quarantine"
        "bizStep holding, disposition cleared (this profile's word), sellable_accessible, sellable_not_accessible, available, active or conformant"
        "no longer held, suspect or returned; goods from another chain when their history is proven";
    /// Goods are suspect.
    Suspect "declare suspect" "disposition suspect (this profile's word), any bizStep but holding"
        "suspect: may not be shipped or dispensed";
    /// Goods are illegitimate.
    Illegitimate "declare illegitimate" "disposition illegitimate (this profile's word)"
        "illegitimate for good: may be returned or destroyed only";
    /// Goods may be sold again.
    Restock "restock"
        "disposition cleared (this profile's word), sellable_accessible, sellable_not_accessible, available or active, any bizStep that is not named elsewhere, or inspecting"
        "verified returns may be sold again; other goods are observed; called cleared, goods from another chain wait for the proof of their history";
    /// A repackager makes packs of packs.
    Repackage "repackage" "TransformationEvent"
        "the inputs end, the outputs come into being in their lot";
    /// A thing is attached to another.
    Attach "attach" "AssociationEvent ADD" "associated until detached";
    /// A thing is detached from another.
    Detach "detach" "AssociationEvent DELETE" "no longer associated";
    /// The custodian reports on goods.
    Observe "observe" "any other bizStep with OBSERVE, or a TransactionEvent"
        "the event enters the history of the goods";
    /// Anybody in the trade reports on goods.
    Witness "witness"
        "bizStep arriving, unloading, transporting, departing, inspecting or sensor_reporting with OBSERVE, without a disposition named elsewhere"
        "recorded; the goods must exist, their history does not change";
}

/// Why no act fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAct {
    /// An event that begins or ends something does not say what.
    NoStep,
    /// The business step does not go with type and action.
    StepMismatch {
        /// The action that would.
        expected: &'static str,
    },
}

/// Dispositions of goods that go back rather than on.
const GOING_BACK: &[Code] = &[
    word::RETURNED,
    word::RECALLED,
    word::EXPIRED,
    word::DAMAGED,
    word::NON_SELLABLE_OTHER,
    word::NON_CONFORMANT,
];
/// Dispositions of goods that may be sold.
const SALEABLE: &[Code] = &[
    own::CLEARED,
    word::SELLABLE_ACCESSIBLE,
    word::SELLABLE_NOT_ACCESSIBLE,
    word::AVAILABLE,
    word::ACTIVE,
];
/// Dispositions with which somebody says that goods may be sold.
const SELLABLE: &[Code] = &[
    word::SELLABLE_ACCESSIBLE,
    word::SELLABLE_NOT_ACCESSIBLE,
    word::AVAILABLE,
];
/// What somebody else than the custodian may report.
const WITNESSED: &[Code] = &[
    step::ARRIVING,
    step::UNLOADING,
    step::TRANSPORTING,
    step::DEPARTING,
    step::INSPECTING,
    step::SENSOR_REPORTING,
];

/// What the event means.
pub(super) fn find(event: &Event) -> Result<Act, NoAct> {
    let is = |list: &[Code]| {
        event
            .disposition
            .is_some_and(|disposition| list.contains(&disposition))
    };
    match (event.kind, event.action) {
        (EventKind::Transformation, _) => Ok(Act::Repackage),
        (EventKind::Association, Action::Add) => Ok(Act::Attach),
        (EventKind::Association, Action::Delete) => Ok(Act::Detach),
        (EventKind::Aggregation, Action::Add) if is(GOING_BACK) => Ok(Act::PackReturn),
        (EventKind::Aggregation, Action::Add) => Ok(Act::Pack),
        (EventKind::Aggregation, Action::Delete) => Ok(Act::Unpack),
        (EventKind::Object, Action::Add) => match event.step {
            step::COMMISSIONING => Ok(Act::Commission),
            cbv::NONE => Err(NoAct::NoStep),
            _ => Err(NoAct::StepMismatch {
                expected: "OBSERVE",
            }),
        },
        (EventKind::Object, Action::Delete) => end(event),
        (EventKind::Aggregation, Action::Observe)
            if completeness_verified(event) && !moves(event.step) =>
        {
            Ok(Act::VerifyContents)
        }
        _ => observed(event),
    }
}

/// Whether the event says that the goods may be sold.
pub(super) fn says_sellable(event: &Event) -> bool {
    event
        .disposition
        .is_some_and(|disposition| SELLABLE.contains(&disposition))
}

/// Whether the event says that the contents were counted.
pub(super) fn completeness_verified(event: &Event) -> bool {
    let wanted = word::COMPLETENESS_VERIFIED;
    let set = event
        .attributes
        .get(&crate::capture::attribute::DISPOSITIONS_SET);
    let among = |value: &pangolin_ledger::id::Value| {
        value
            .as_bytes()
            .chunks_exact(2)
            .any(|pair| *pair == wanted.0.to_be_bytes())
    };
    event.disposition == Some(wanted) || set.is_some_and(among)
}

const fn moves(step: Code) -> bool {
    matches!(
        step,
        step::SHIPPING | step::CONSIGNING | step::VOID_SHIPPING | step::RECEIVING | step::ACCEPTING
    )
}

/// ObjectEvent DELETE.
fn end(event: &Event) -> Result<Act, NoAct> {
    match (event.step, event.disposition) {
        (_, Some(word::STOLEN)) => Ok(Act::Stolen),
        (_, Some(own::LOST)) => Ok(Act::Lost),
        (step::DECOMMISSIONING, _) => Ok(Act::Decommission),
        (step::DESTROYING, _) => Ok(Act::Destroy),
        // What is ended has no rest.
        (step::DISPENSING | step::RETAIL_SELLING, Some(word::PARTIALLY_DISPENSED)) => {
            Err(NoAct::StepMismatch {
                expected: "OBSERVE",
            })
        }
        (step::DISPENSING | step::RETAIL_SELLING, _) => Ok(Act::Dispense),
        (step::SAMPLING, _) => Ok(Act::Sample),
        (cbv::NONE, _) => Err(NoAct::NoStep),
        _ => Err(NoAct::StepMismatch {
            expected: "OBSERVE",
        }),
    }
}

/// Everything that neither begins nor ends a relation by its action.
fn observed(event: &Event) -> Result<Act, NoAct> {
    let disposition = event.disposition;
    let is = |list: &[Code]| disposition.is_some_and(|disposition| list.contains(&disposition));
    Ok(match event.step {
        step::COMMISSIONING => return Err(NoAct::StepMismatch { expected: "ADD" }),
        step::DECOMMISSIONING | step::DESTROYING => {
            return Err(NoAct::StepMismatch { expected: "DELETE" });
        }
        step::SHIPPING | step::CONSIGNING if is(GOING_BACK) => Act::Return,
        step::SHIPPING | step::CONSIGNING => Act::Ship,
        step::VOID_SHIPPING => Act::VoidShip,
        step::RECEIVING | step::ACCEPTING if is(&[word::RETURNED]) => Act::ReceiveReturn,
        step::RECEIVING | step::ACCEPTING => Act::Receive,
        step::DISPENSING | step::RETAIL_SELLING if is(&[word::PARTIALLY_DISPENSED]) => {
            Act::DispensePart
        }
        step::DISPENSING | step::RETAIL_SELLING => Act::Dispense,
        step::HOLDING if is(&[own::SUSPECT]) => Act::QuarantineSuspect,
        step::HOLDING if is(SALEABLE) || is(&[word::CONFORMANT]) => Act::Release,
        _ => match disposition {
            Some(word::STOLEN) => Act::Stolen,
            Some(own::LOST) => Act::Lost,
            Some(own::RECOVERED) => Act::Recover,
            Some(own::ILLEGITIMATE) => Act::Illegitimate,
            Some(own::SUSPECT) => Act::Suspect,
            _ if event.step == step::HOLDING || is(&[word::DAMAGED]) => Act::Quarantine,
            _ if event.step == step::INSPECTING && is(SALEABLE) => Act::Restock,
            _ if WITNESSED.contains(&event.step) => Act::Witness,
            _ if is(SALEABLE) => Act::Restock,
            _ => Act::Observe,
        },
    })
}

#[cfg(test)]
mod tests {
    use pangolin_ledger::id::{Digest32, EventId, TimeMs};

    use super::*;

    fn act(
        kind: EventKind,
        action: Action,
        step: Code,
        disposition: Option<Code>,
    ) -> Result<Act, NoAct> {
        let mut event = Event::new(
            EventId([0; 32]),
            kind,
            action,
            TimeMs(0),
            step,
            Digest32([0; 32]),
        );
        event.disposition = disposition;
        find(&event)
    }

    #[test]
    fn events_mean_acts() {
        use Action::{Add, Delete, Observe};
        use EventKind::{Aggregation, Association, Object, Transaction, Transformation};
        for (kind, action, step, disposition, expect) in [
            (
                Object,
                Add,
                step::COMMISSIONING,
                Some(word::ACTIVE),
                Ok(Act::Commission),
            ),
            (
                Object,
                Add,
                step::STORING,
                None,
                Err(NoAct::StepMismatch {
                    expected: "OBSERVE",
                }),
            ),
            (Object, Add, cbv::NONE, None, Err(NoAct::NoStep)),
            (
                Object,
                Observe,
                step::COMMISSIONING,
                None,
                Err(NoAct::StepMismatch { expected: "ADD" }),
            ),
            (
                Object,
                Observe,
                step::DESTROYING,
                None,
                Err(NoAct::StepMismatch { expected: "DELETE" }),
            ),
            (Object, Delete, cbv::NONE, None, Err(NoAct::NoStep)),
            (
                Object,
                Delete,
                step::SHIPPING,
                None,
                Err(NoAct::StepMismatch {
                    expected: "OBSERVE",
                }),
            ),
            (
                Object,
                Delete,
                step::DESTROYING,
                Some(word::STOLEN),
                Ok(Act::Stolen),
            ),
            (Object, Delete, step::SAMPLING, None, Ok(Act::Sample)),
            (
                Object,
                Delete,
                step::DISPENSING,
                Some(word::DISPENSED),
                Ok(Act::Dispense),
            ),
            (
                Aggregation,
                Add,
                step::PACKING,
                Some(word::IN_PROGRESS),
                Ok(Act::Pack),
            ),
            (
                Aggregation,
                Add,
                cbv::NONE,
                Some(word::RECALLED),
                Ok(Act::PackReturn),
            ),
            (Aggregation, Delete, step::UNPACKING, None, Ok(Act::Unpack)),
            (
                Aggregation,
                Observe,
                step::STORING,
                Some(word::COMPLETENESS_VERIFIED),
                Ok(Act::VerifyContents),
            ),
            (Aggregation, Observe, step::SHIPPING, None, Ok(Act::Ship)),
            (
                Transaction,
                Add,
                step::SHIPPING,
                Some(word::RETURNED),
                Ok(Act::Return),
            ),
            (Transaction, Delete, step::STORING, None, Ok(Act::Observe)),
            (Transformation, Add, cbv::NONE, None, Ok(Act::Repackage)),
            (Association, Add, cbv::NONE, None, Ok(Act::Attach)),
            (Association, Delete, cbv::NONE, None, Ok(Act::Detach)),
            (
                Object,
                Observe,
                step::ACCEPTING,
                Some(word::RETURNED),
                Ok(Act::ReceiveReturn),
            ),
            (
                Object,
                Observe,
                step::RECEIVING,
                Some(word::IN_PROGRESS),
                Ok(Act::Receive),
            ),
            (
                Object,
                Observe,
                step::VOID_SHIPPING,
                None,
                Ok(Act::VoidShip),
            ),
            (
                Object,
                Observe,
                step::RETAIL_SELLING,
                Some(word::RETAIL_SOLD),
                Ok(Act::Dispense),
            ),
            (
                Object,
                Observe,
                step::DISPENSING,
                Some(word::PARTIALLY_DISPENSED),
                Ok(Act::DispensePart),
            ),
            (
                Object,
                Delete,
                step::DISPENSING,
                Some(word::PARTIALLY_DISPENSED),
                Err(NoAct::StepMismatch {
                    expected: "OBSERVE",
                }),
            ),
            (Object, Observe, step::HOLDING, None, Ok(Act::Quarantine)),
            (
                Object,
                Observe,
                step::HOLDING,
                Some(own::SUSPECT),
                Ok(Act::QuarantineSuspect),
            ),
            (
                Object,
                Observe,
                step::HOLDING,
                Some(own::CLEARED),
                Ok(Act::Release),
            ),
            (
                Object,
                Observe,
                step::INSPECTING,
                Some(own::SUSPECT),
                Ok(Act::Suspect),
            ),
            (
                Object,
                Observe,
                step::INSPECTING,
                Some(own::ILLEGITIMATE),
                Ok(Act::Illegitimate),
            ),
            (
                Object,
                Observe,
                step::HOLDING,
                Some(own::ILLEGITIMATE),
                Ok(Act::Illegitimate),
            ),
            (
                Object,
                Observe,
                step::STOCKING,
                Some(word::DAMAGED),
                Ok(Act::Quarantine),
            ),
            (
                Object,
                Observe,
                step::STOCK_TAKING,
                Some(own::LOST),
                Ok(Act::Lost),
            ),
            (
                Object,
                Observe,
                step::STOCK_TAKING,
                Some(own::RECOVERED),
                Ok(Act::Recover),
            ),
            (
                Object,
                Observe,
                step::STOCKING,
                Some(word::SELLABLE_ACCESSIBLE),
                Ok(Act::Restock),
            ),
            (
                Object,
                Observe,
                step::ARRIVING,
                Some(word::ACTIVE),
                Ok(Act::Witness),
            ),
            (Object, Observe, step::INSPECTING, None, Ok(Act::Witness)),
            (
                Object,
                Observe,
                step::INSPECTING,
                Some(word::SELLABLE_ACCESSIBLE),
                Ok(Act::Restock),
            ),
            (Object, Observe, step::STORING, None, Ok(Act::Observe)),
            (
                Object,
                Observe,
                cbv::OTHER,
                Some(cbv::OTHER),
                Ok(Act::Observe),
            ),
        ] {
            assert_eq!(
                act(kind, action, step, disposition),
                expect,
                "{kind:?} {action:?} {step} {disposition:?}"
            );
        }
    }

    #[test]
    fn the_table_names_every_act_once() {
        let mut names: Vec<_> = TABLE.iter().map(|entry| entry.act.name()).collect();
        names.sort_unstable();
        assert!(names.array_windows().all(|[a, b]| a != b));
        assert!(
            TABLE
                .iter()
                .all(|entry| !entry.when.is_empty() && !entry.does.is_empty())
        );
    }
}
