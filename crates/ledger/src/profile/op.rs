//! The generic operations. Each is one file under `kernel/`, whose header is its specification.

use std::collections::BTreeMap;

use crate::{
    id::{ChainId, Code, Digest32, DocumentId, GroupId, PartyId, Scope, TimeMs, Value},
    state::Rest,
};

/// What a step does to its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Objects and quantities come into being with the issuer, in a group if one is given (K3).
    Create {
        /// Their group.
        group: Option<NewGroup>,
    },
    /// Objects and quantities go into the event's parent (K6, K9).
    Enclose {
        /// What if the parent does not exist.
        missing: MissingParent,
    },
    /// Objects and quantities come out of the event's parent.
    Disclose,
    /// Everything comes out of the target, without a list; costs the same for 4 and for 40,000 children.
    Empty,
    /// Objects are offered to `to`, who becomes custodian by accepting (K6).
    Offer {
        /// Who may accept.
        to: PartyId,
        /// By when it should be complete, in milliseconds after the block (K8).
        within_ms: Option<u64>,
        /// Stage at which what is accepted arrives, unless its own is greater; the first stage changes nothing.
        arrives: Code,
    },
    /// The issuer accepts what was offered to it.
    Accept {
        /// Who offered; required when there are quantities, checked when it is given.
        from: Option<PartyId>,
    },
    /// The custodian takes back what it offered.
    Withdraw,
    /// The issuer declines what was offered to it.
    Decline,
    /// Objects are locked here and offered to a party of another chain, which lets them in or refuses them (K6).
    Depart {
        /// That chain.
        chain: ChainId,
        /// Who may accept them there.
        to: PartyId,
        /// Last moment, by the time of that chain, at which it lets them in.
        until: TimeMs,
    },
    /// Objects and quantities end for good.
    Terminate {
        /// Why.
        reason: Code,
        /// What becomes of what is inside.
        contents: Contents,
    },
    /// Objects that had ended are in being again.
    Reinstate {
        /// Only those that ended for one of these reasons.
        reasons: Vec<Code>,
    },
    /// Objects are seen: the event enters their history.
    Observe,
    /// Part of each object is used up. The rest stays in being and is whole no more.
    Use,
    /// An authority clears objects, with whatever is inside (K6).
    Clear,
    /// The custodian holds objects back.
    Hold,
    /// The custodian no longer holds objects back.
    Unhold,
    /// Objects go from one stage of the profile's transition table to another (K4).
    Advance {
        /// From one of these; empty: from any.
        from: Vec<Code>,
        /// To this.
        to: Code,
    },
    /// The event's objects and quantities are used up, its outputs come into being (K5).
    Transform {
        /// Why the inputs ended.
        reason: Code,
        /// Group of the outputs.
        group: Option<NewGroup>,
        /// Identity of a transformation that is spread over several events of this issuer.
        process: Option<Scope>,
        /// How much may come out.
        conserve: Conserve,
    },
    /// Objects are attached to the event's parent, each staying in its own custody (K9).
    Associate,
    /// Objects are detached from the event's parent.
    Dissociate,
    /// Something happens that may happen once (K3).
    Once {
        /// Kind of thing.
        kind: Code,
        /// Which one.
        what: Scope,
    },
    /// A version of a document is stated; who states another predecessor than the tip is refused (K4, K6).
    PutDocument {
        /// The document.
        document: DocumentId,
        /// SHA-256 of this version.
        digest: Digest32,
        /// SHA-256 of the version before; `None` for the first.
        previous: Option<Digest32>,
        /// Who controls it from here on; `None`: as before, or the issuer.
        controller: Option<PartyId>,
    },
    /// Changes nothing; waits until a source is known to say this, and refuses if it says something else. It comes before the steps
    /// that write (K6).
    Rest(Rest),
    /// Changes nothing; refuses where the target is not as it must be.
    Require(Guard),
}

/// A condition on the target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guard {
    /// The objects are in being. Unlike an observation, this enters no history.
    Live,
    /// An attribute of each object's group, and of every group inside it at any level, passes a test. Costs a record for
    /// each group inside, not for each object.
    GroupAttribute {
        /// The attribute.
        code: Code,
        /// The test. Values are compared byte by byte: dates must be written year first.
        test: Test,
        /// Whether an object that has itself no group, or a group without the attribute, is refused.
        required: bool,
        /// Reason code of the refusal, stable and kebab-case.
        refusal: &'static str,
    },
    /// The objects belong to this group.
    InGroup(GroupId),
    /// The objects, the containers around them and everything inside them are at one of these stages.
    Stage(Vec<Code>),
    /// No part of the objects, or of anything inside them, was used up.
    Whole,
    /// The objects were cleared since they came to this chain.
    Cleared,
    /// What came over other chains was walked back to its origins since it came here, and its history is whole (K6). Objects that
    /// were never elsewhere need no walk. Of a container, this is about the container itself: what is inside has histories of its own.
    Ancestry,
    /// The objects came over this chain: sent there, they go back.
    CameOver(ChainId),
    /// The objects are directly inside the event's parent.
    Inside,
    /// The objects are directly inside the event's parent, and nothing else is: nothing is missing, nothing is left over.
    ExactContents,
}

/// A comparison of bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    /// Equal.
    Equals(Value),
    /// Equal or greater.
    AtLeast(Value),
    /// Equal or less.
    AtMost(Value),
}

impl Test {
    /// Whether `value` passes.
    pub fn passes(&self, value: &Value) -> bool {
        match self {
            Self::Equals(bound) => value == bound,
            Self::AtLeast(bound) => value >= bound,
            Self::AtMost(bound) => value <= bound,
        }
    }
}

/// A group that objects are created in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewGroup {
    /// The group.
    pub group: GroupId,
    /// What its members share. Whoever names the group again must say the same.
    pub attributes: BTreeMap<Code, Value>,
    /// Most objects that may ever be created in it (K5); counts when the group is first named.
    pub limit: Option<u64>,
}

/// What if the container does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingParent {
    /// The event waits for it.
    Wait,
    /// It comes into being with the issuer.
    Create,
}

/// What becomes of the contents of a container that ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contents {
    /// A container that is not empty is refused.
    Refuse,
    /// They come out and live on.
    Release,
    /// They end with it.
    Take,
}

/// How much may come out of a transformation. Amounts of all lines are summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conserve {
    /// Anything.
    Nothing,
    /// For `inputs` put in at most `outputs` come out: `sum(out) × inputs ≤ sum(in) × outputs`.
    AtMost {
        /// Amount that comes out …
        outputs: u32,
        /// … of this amount.
        inputs: u32,
    },
}
