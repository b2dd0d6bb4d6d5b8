//! What a chain may set.

use pangolin_ledger::codec::Writer;

/// Milliseconds of a day.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;

/// A shipment that changes ownership without an affirmed transaction statement (§581(27)).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statement {
    /// Is refused.
    Require,
    /// Is accepted and reported.
    Watch,
}

/// An event that does not fit the recorded state, for another reason than that its objects do not exist yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Late {
    /// Is refused, unless it is a receipt, which waits for the shipment.
    Refuse,
    /// Waits for a predecessor that may still come.
    Wait,
}

/// A logistic unit or returnable container that was not commissioned and that goods are packed into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewContainers {
    /// The packing waits for the commissioning.
    Wait,
    /// It comes into being by the packing.
    Create,
}

/// What a chain may set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Transaction statements.
    pub statement: Statement,
    /// Events that do not fit.
    pub late: Late,
    /// Containers that were not commissioned.
    pub new_containers: NewContainers,
    /// How long a receipt waits for its shipment, in milliseconds.
    pub receipt_ms: u64,
    /// By when a shipment should be received, in milliseconds.
    pub handover_ms: u64,
}

impl Settings {
    /// As the law has it.
    pub const STRICT: Self = Self {
        statement: Statement::Require,
        late: Late::Refuse,
        new_containers: NewContainers::Wait,
        receipt_ms: 10 * DAY_MS,
        handover_ms: 30 * DAY_MS,
    };

    /// For a chain that still educates its senders.
    pub const LENIENT: Self = Self {
        statement: Statement::Watch,
        late: Late::Wait,
        new_containers: NewContainers::Create,
        ..Self::STRICT
    };

    /// Appends the settings in their order, for the digest of the rules.
    pub(super) fn put(&self, w: &mut Writer) {
        w.u8(u8::from(self.statement == Statement::Require));
        w.u8(u8::from(self.late == Late::Refuse));
        w.u8(u8::from(self.new_containers == NewContainers::Wait));
        w.varint(self.receipt_ms);
        w.varint(self.handover_ms);
    }
}
