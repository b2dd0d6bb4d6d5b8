//! Plans: the authority an event needs and the steps it means.

use super::Op;
use crate::id::{PartyId, Role, Scope};

/// What an event means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Authority; every need must be met (K2).
    pub needs: Vec<Need>,
    /// Steps in order, all or nothing (at most [`MAX_STEPS_PER_EVENT`](crate::limits::MAX_STEPS_PER_EVENT)).
    pub steps: Vec<Step>,
    /// What the event may wait for, and how long.
    pub patience: Patience,
}

impl Plan {
    /// A plan that needs no role and does nothing: the event is recorded.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a need.
    #[must_use]
    pub fn need(mut self, need: Need) -> Self {
        self.needs.push(need);
        self
    }

    /// Adds a step.
    #[must_use]
    pub fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Replaces the patience.
    #[must_use]
    pub const fn patience(mut self, patience: Patience) -> Self {
        self.patience = patience;
        self
    }
}

/// Whose authority is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// The party that states the event.
    Issuer,
    /// A party the event names.
    Party(PartyId),
}

/// When the authority must be in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// When the event happened.
    Event,
    /// When the block was made that first contained the event.
    Block,
    /// At both moments: nobody backdates an act to before a revocation.
    Both,
}

/// A party needs one of several roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// Who.
    pub who: Who,
    /// Any one of these (at most [`MAX_ROLES`](crate::limits::MAX_ROLES)).
    pub any_of: Vec<(Role, Scope)>,
    /// When.
    pub when: When,
}

impl Need {
    /// The issuer needs `role` for everything, at both moments.
    pub fn role(role: Role) -> Self {
        Self {
            who: Who::Issuer,
            any_of: vec![(role, Scope::all())],
            when: When::Both,
        }
    }

    /// The issuer needs any of `roles` for everything, at both moments.
    pub fn any(roles: impl IntoIterator<Item = Role>) -> Self {
        let any_of = roles.into_iter().map(|role| (role, Scope::all())).collect();
        Self {
            who: Who::Issuer,
            any_of,
            when: When::Both,
        }
    }

    /// `role` for `scope` would do as well.
    #[must_use]
    pub fn or_scoped(mut self, role: Role, scope: Scope) -> Self {
        self.any_of.push((role, scope));
        self
    }

    /// Somebody else needs it.
    #[must_use]
    pub fn of(mut self, party: PartyId) -> Self {
        self.who = Who::Party(party);
        self
    }

    /// Sets the moment.
    #[must_use]
    pub const fn at(mut self, when: When) -> Self {
        self.when = when;
        self
    }
}

/// What a step is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// The event's objects and quantities.
    Objects,
    /// The event's outputs.
    Outputs,
    /// The event's parent alone.
    Parent,
}

/// Who may do a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// The present custodian of each object only.
    Custodian,
    /// Anybody with the authority the plan asks for: observations, acts of authorities.
    Anyone,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub op: Op,
    /// To what.
    pub on: Target,
    /// By whom.
    pub actor: Actor,
    /// What forbids it.
    pub blocked_by: Blocks,
    /// Whether an object inside containers is taken out of them first (inference). Otherwise it is refused.
    pub infer: bool,
}

impl Step {
    /// A step by the custodian that every order and hold blocks, on objects that are in no container.
    pub const fn new(op: Op, on: Target) -> Self {
        Self {
            op,
            on,
            actor: Actor::Custodian,
            blocked_by: Blocks::ALL,
            infer: false,
        }
    }

    /// Sets what forbids it.
    #[must_use]
    pub const fn blocked_by(mut self, blocks: Blocks) -> Self {
        self.blocked_by = blocks;
        self
    }

    /// Lets anybody with authority do it.
    #[must_use]
    pub const fn by_anyone(mut self) -> Self {
        self.actor = Actor::Anyone;
        self
    }

    /// Takes objects out of their containers first.
    #[must_use]
    pub const fn inferring(mut self) -> Self {
        self.infer = true;
        self
    }
}

macro_rules! bits {
    ($(#[$doc:meta])* $name:ident { $( $(#[$fdoc:meta])* $flag:ident = $bit:expr ),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub struct $name(u16);

        impl $name {
            /// Nothing.
            pub const NONE: Self = Self(0);
            $( $(#[$fdoc])* pub const $flag: Self = Self($bit); )*
            /// All of them.
            pub const ALL: Self = Self($($bit)|*);

            /// Both.
            #[must_use]
            pub const fn and(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// Without `other`.
            #[must_use]
            pub const fn except(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// Whether all of `other` are in it.
            pub const fn has(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }
        }
    };
}

bits! {
    /// What forbids a step.
    Blocks {
        /// An order of kind hold in force on the object, a container of it, something in it, its group, class or custodian.
        HOLD = 1,
        /// The same of kind recall.
        RECALL = 1 << 1,
        /// The custodian's own hold on the object or a container of it.
        HELD = 1 << 2,
    }
}

bits! {
    /// What an event may wait for when it came before its predecessor.
    Waits {
        /// An object that does not exist yet.
        ABSENT = 1,
        /// Another custodian, or a hand-over that was not yet offered or not yet accepted.
        CUSTODY = 1 << 1,
        /// Another container, or none.
        PLACE = 1 << 2,
        /// Another stage or flag.
        STAGE = 1 << 3,
        /// More of a stock.
        AMOUNT = 1 << 4,
        /// The event it names as the object's last one.
        PREVIOUS = 1 << 5,
        /// Later word of another chain's orders. Every event waits for that: which is why it is not refused.
        FRESH = 1 << 6,
        /// The walk of an object's history over other chains. Every event waits for that: which is why it is not refused.
        ANCESTRY = 1 << 7,
        /// What a source says. Every event waits for that: which is why it is not refused.
        FACT = 1 << 8,
    }
}

/// What an event may wait for, and how long. Whatever it may not wait for is a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// What for.
    pub waits: Waits,
    /// How long, in milliseconds; `None`: as long as the chain's parameters say.
    pub ms: Option<u64>,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            waits: Waits::ALL,
            ms: None,
        }
    }
}

impl Patience {
    /// Whether an event with this patience waits for this.
    pub const fn suffices(&self, kind: Waits) -> bool {
        self.waits.has(kind)
            || Waits::FRESH.has(kind)
            || Waits::ANCESTRY.has(kind)
            || Waits::FACT.has(kind)
    }

    /// Waits for nothing.
    pub const NONE: Self = Self {
        waits: Waits::NONE,
        ms: None,
    };
}
