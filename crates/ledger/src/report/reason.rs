//! The catalogue of reasons: every code with which the ledger itself refuses.

use std::fmt;

use crate::codec::{CodecError, Reader, Wire, Writer};

/// The twelve rule kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kernel {
    /// Identifier and schema.
    K1 = 1,
    /// Authority.
    K2,
    /// At most once.
    K3,
    /// State and compare-and-swap.
    K4,
    /// Conservation.
    K5,
    /// Exclusive control.
    K6,
    /// Matching.
    K7,
    /// Deadline and receipt.
    K8,
    /// Graph.
    K9,
    /// Statistics.
    K10,
    /// Disclosure.
    K11,
    /// Append-only correction.
    K12,
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "K{}", *self as u8)
    }
}

impl Wire for Kernel {
    fn put(&self, w: &mut Writer) {
        w.u8(*self as u8);
    }
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        use Kernel::{K1, K2, K3, K4, K5, K6, K7, K8, K9, K10, K11, K12};
        let at = r.position();
        let tag = r.u8()?;
        let all = [K1, K2, K3, K4, K5, K6, K7, K8, K9, K10, K11, K12];
        let found = all.into_iter().find(|kernel| *kernel as u8 == tag);
        found.ok_or(CodecError::UnknownTag {
            at,
            tag: u64::from(tag),
        })
    }
}

/// The name of a rule: `area.rule`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleId(pub &'static str);

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Why something may be refused. Profiles define their own beside their rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// Stable code, kebab-case.
    pub code: &'static str,
    /// The rule.
    pub rule: RuleId,
    /// The kernel it belongs to.
    pub kernel: Kernel,
    /// What to do.
    pub remedy: &'static str,
}

macro_rules! reasons {
    ($( $name:ident = $kernel:ident $rule:literal $code:literal $remedy:literal; )*) => {
        /// The ledger's own reasons.
        pub mod reasons {
            use super::{Kernel, Reason, RuleId};
            $(
                #[doc = concat!("`", $code, "`: ", $remedy)]
                pub const $name: Reason =
                    Reason { code: $code, rule: RuleId($rule), kernel: Kernel::$kernel, remedy: $remedy };
            )*
            /// All of them.
            pub const ALL: &[Reason] = &[$($name),*];
        }
    };
}

reasons! {
    MALFORMED = K1 "schema.form" "malformed" "correct the transaction; the message names the offending part";
    TOO_LARGE = K1 "schema.size" "transaction-too-large" "split the transaction";
    WRONG_CHAIN = K1 "schema.chain" "wrong-chain" "send the transaction to the chain it names, or name this one";
    UNKNOWN_PROFILE = K1 "schema.profile" "unknown-profile" "use a profile version that is in force on this chain";
    BAD_PLAN = K1 "schema.plan" "bad-plan" "report this to the maintainers of the profile";
    MISSING_FIELD = K1 "schema.field" "missing-field" "state the field that the message names";
    NOT_FOR_QUANTITIES = K1 "schema.quantities" "not-for-quantities" "state single objects, or leave the quantities out";
    UNKNOWN_KEY = K2 "authority.key" "unknown-key" "have the key registered for the party";
    KEY_NOT_VALID = K2 "authority.key-validity" "key-not-valid" "sign with a key that is in force";
    KEY_NOT_OF_PARTY = K2 "authority.key-owner" "key-not-of-party" "sign with a key of the issuer, or have the issuer delegate to the key's owner";
    KEY_NOT_ENTITLED = K2 "authority.key-use" "key-not-entitled" "sign with a key that may be used for this";
    UNKNOWN_PARTY = K2 "authority.party" "unknown-party" "have the party admitted to the chain";
    PARTY_SUSPENDED = K2 "authority.suspension" "party-suspended" "resolve the suspension with the registrar of the chain";
    ROLE_MISSING = K2 "authority.role" "role-missing" "obtain the role or licence, or let a party act that has it";
    ROLE_REVOKED = K2 "authority.revocation" "role-revoked" "the role or licence was revoked; let a party act that has one";
    NOT_ISSUER = K2 "authority.own-statement" "not-issuer" "let the party act that made the original statement";
    EVENT_IN_FUTURE = K1 "schema.time" "event-in-future" "correct the event time or the clock it came from";
    EVENT_TOO_OLD = K1 "schema.age" "event-too-old" "ask the chain's governance to admit late reports";
    EXPIRED = K8 "deadline.validity" "transaction-expired" "sign the transaction again with a later height";
    VALID_TOO_LONG = K8 "deadline.validity-bound" "valid-too-long" "sign the transaction again with an earlier height";
    QUOTA = K8 "deadline.quota" "quota-exhausted" "wait for the next window, or have the quota raised";
    PARKING_FULL = K8 "deadline.parking" "parking-full" "send the missing predecessors first";
    ALREADY_RECORDED = K3 "once.event" "already-recorded" "nothing: what this states is recorded";
    EVENT_CONFLICT = K3 "once.event-content" "event-conflict" "the event id is recorded with another content; state the content that belongs to the id";
    EVENT_OF_OTHER = K3 "once.event-issuer" "event-of-other-party" "nothing: another party stated this event; state your own observation as an event of its own";
    ALREADY_CREATED = K3 "once.creation" "already-created" "use another identifier; this one was used";
    ALREADY_DONE = K3 "once.nullifier" "already-done" "nothing: this may happen once, and did";
    ABSENT = K4 "state.existence" "object-absent" "state the creation of the object first";
    TERMINATED = K4 "state.terminated" "object-terminated" "the object has ended; check its identifier";
    WRONG_STAGE = K4 "state.stage" "wrong-stage" "state the missing step first";
    NOT_HELD = K4 "state.held" "not-held" "the object is not held back";
    ALREADY_HELD = K4 "state.already-held" "already-held" "nothing: the object is held back";
    NOT_WHOLE = K4 "state.whole" "not-whole" "leave out what is no longer whole";
    NOT_TERMINATED = K4 "state.not-terminated" "not-terminated" "the object has not ended";
    STALE_PREVIOUS = K4 "state.previous" "stale-previous" "read the present state and state the event against it";
    CLASS_LOWERED = K4 "state.data-class" "class-lowered" "state the event as a tracked transaction";
    GROUP_DIFFERS = K4 "state.group" "group-differs" "state the group's attributes as they were first stated";
    GROUP_UNKNOWN = K4 "state.group-known" "group-unknown" "state an object of the group, with the group's attributes";
    GUARD_FAILED = K4 "state.guard" "guard-failed" "the object is not as the act requires; check the group and its attributes";
    DOCUMENT_ABSENT = K4 "state.document" "document-absent" "state the first version of the document";
    UNKNOWN_CHAIN = K2 "authority.chain" "unknown-chain" "have the other chain registered by the governance of this one";
    CHAIN_SUSPENDED = K2 "authority.chain-suspension" "chain-suspended" "nothing of that chain is believed until its suspension ends";
    BAD_EVIDENCE = K1 "schema.evidence" "bad-evidence" "make the proof again, from a node of the other chain";
    NOT_PROVEN = K1 "schema.proven" "not-proven" "add the record that the message names to the proof";
    WRONG_RECORD = K1 "schema.record" "wrong-record" "send the object's record as it was when it was locked";
    NO_LOCK = K6 "control.lock" "no-such-lock" "name a lock of this chain that is not settled";
    ELSEWHERE = K6 "control.elsewhere" "object-elsewhere" "act on the chain that the object lives on";
    NOT_BROUGHT_IN = K6 "control.brought-in" "not-brought-in" "have the object brought in by proof of the chains on its way";
    STATUS_STALE = K6 "control.status" "status-stale" "nothing: it is tried again when the other chain's orders are known anew";
    BAD_WALK = K1 "schema.walk" "bad-walk" "gather the history again, from nodes of all chains on the way";
    WALK_INCOMPLETE = K6 "control.walk" "walk-incomplete" "add what the message names to the history and its proofs";
    ANCESTRY_OPEN = K6 "control.ancestry" "ancestry-unproven" "nothing: it is tried again when the object's history over other chains is proven";
    ANCESTRY_REFUTED = K6 "control.ancestry-refuted" "ancestry-refuted" "keep the object out of trade: a chain that it came over invented it, or its history";
    MAKER_UNKNOWN = K6 "control.maker" "maker-not-allowed" "have the governance of this chain decide whether what is made there may be traded here";
    NOTICE_GAP = K6 "control.notice" "notice-gap" "deliver the notices in their order, first the one that the message names";
    NO_NOTICE = K6 "control.notice-known" "no-such-notice" "name a notice that the other chain has written";
    NO_FILLING = K9 "graph.filling" "no-such-filling" "name a filling of a container that came from another chain";
    STALE_PROOF = K1 "schema.proof-age" "stale-proof" "make the proof at the height that the message names, or later";
    UNDECIDED = K6 "control.undecided" "move-undecided" "wait until the other chain has decided, or until the time of the lock is over there";
    INSUFFICIENT = K5 "conservation.balance" "insufficient-quantity" "state the receipt of the missing quantity first";
    OVERFLOW = K5 "conservation.range" "quantity-overflow" "the sum of the quantities exceeds what can be represented";
    TOO_MUCH_OUT = K5 "conservation.transformation" "too-much-out" "correct the inputs or the outputs";
    GROUP_EXHAUSTED = K5 "conservation.group" "group-exhausted" "no more objects may be created in this group";
    NOT_CUSTODIAN = K6 "control.custodian" "not-custodian" "let the present custodian act, or state the missing hand-over first";
    ALREADY_OFFERED = K6 "control.offer" "already-offered" "let the offer be accepted, declined or withdrawn first";
    NOT_OFFERED = K6 "control.accept" "not-offered" "let the present custodian offer the object first";
    OFFER_TO_SELF = K6 "control.offer-to-self" "offer-to-self" "name the party that is to accept";
    NOT_CONTROLLER = K6 "control.document" "not-controller" "let the controller of the document act";
    ON_HOLD = K6 "control.hold-order" "on-hold" "wait for the release of the order";
    ON_RECALL = K6 "control.recall-order" "on-recall" "return or destroy the object as the order says";
    NOT_CLEARED = K6 "control.cleared" "not-cleared" "have the authority clear the object first";
    ALREADY_CLEARED = K6 "control.already-cleared" "already-cleared" "nothing: the object is cleared";
    NOT_FROM_THERE = K6 "control.way-back" "not-from-there" "send the object to a chain that it came over";
    HELD_BACK = K6 "control.held" "held-back" "let the custodian release the object first";
    INSIDE_CONTAINER = K9 "graph.inside" "inside-container" "take the object out of its container first";
    NOT_INSIDE = K9 "graph.not-inside" "not-inside" "state the container the object is in";
    NOT_EMPTY = K9 "graph.not-empty" "not-empty" "empty the container first";
    NOT_OUTERMOST = K9 "graph.outermost" "not-outermost" "act on the outermost container";
    CYCLE = K9 "graph.cycle" "relation-cycle" "the objects are attached the other way round; detach them first";
    TOO_DEEP = K9 "graph.depth" "too-deep" "use fewer levels of containers";
    TOO_MIXED = K9 "graph.mixed" "too-mixed" "use containers with fewer different groups and classes";
    CONTENTS_DIFFER = K9 "graph.contents" "contents-differ" "report the difference; the listed contents are not the recorded ones";
    NOT_ASSOCIATED = K9 "graph.association" "not-associated" "state the attachment first";
    ALREADY_ASSOCIATED = K9 "graph.association-exists" "already-associated" "nothing: the objects are attached";
    ORDER_UNKNOWN = K6 "order.unknown" "order-unknown" "check the identity of the order";
    ORDER_NOT_PENDING = K6 "order.pending" "order-not-pending" "the order does not collect signatures any more";
    ORDER_NOT_ACTIVE = K6 "order.active" "order-not-active" "the order is not in force";
    ORDER_SIGNED = K3 "order.signed" "already-signed" "let another officer sign";
    ORDER_EXPIRY = K8 "order.expiry" "order-expired" "state an expiry that lies ahead";
    TOO_FEW_OFFICERS = K2 "order.officers" "too-few-officers" "state at least as many officers as the chain asks for";
    TOO_MANY_ORDERS = K6 "order.limit" "too-many-orders" "release orders on this subject first";
    EVENT_UNKNOWN = K12 "correction.unknown" "event-unknown" "state the event as it was recorded";
    ALREADY_CORRECTED = K12 "correction.once" "already-corrected" "nothing: the event is declared in error";
    TOO_MANY_CORRECTIVES = K12 "correction.limit" "too-many-correctives" "link fewer corrective events";
    GOVERNANCE = K2 "governance.subject" "governance-subject" "the message says what does not exist or exists already";
    NO_EPOCHS = K2 "governance.epochs" "no-epochs" "the validators of a chain whose genesis file states no epochs stay as they are";
    VALIDATOR_SET = K2 "governance.validators" "validator-set" "state a set of validators that the message allows";
    NOT_A_VALIDATOR = K2 "authority.validator" "not-a-validator" "let a validator of the chain state it";
    NO_ROUND = K8 "deadline.resharing" "no-such-resharing" "nothing: the validators do not hand the key on under this number";
    BAD_LOG = K1 "schema.log" "bad-log" "deal again, as the protocol says";
    NO_CONTRADICTION = K1 "schema.contradiction" "no-contradiction" "send two votes of one validator that contradict each other";
    CHAIN_RECORDED = K3 "once.chain-record" "chain-recorded" "change the record of the chain; who it is never changes";
    CHAIN_NOT_RECORDED = K2 "authority.chain-record" "chain-not-recorded" "record the chain first";
    CHAIN_RETIRED = K2 "authority.chain-retirement" "chain-retired" "nothing: a chain retires for good; record the one that takes its place";
    CHAIN_UNCHANGED = K2 "governance.chain" "chain-unchanged" "nothing: this is what is decided about the chain already";
    REGISTRY_FULL = K2 "governance.registry-size" "registry-full" "record further chains in another registry";
    NOT_FOLLOWED = K2 "authority.registry" "registry-not-followed" "have this chain follow the registry by its governance";
    NO_CHAIN_RECORD = K2 "authority.registry-record" "no-such-record" "name a chain that the registry has recorded";
    RECORDS_MISSING = K2 "authority.registry-gap" "records-missing" "deliver first what the registry has recorded and is not known here";
    REGISTRY_STALE = K2 "authority.registry-age" "registry-stale" "deliver the registry's latest word first";
    IDENTITY_DIFFERS = K2 "authority.identity" "identity-differs" "have the governance decide: what is said of the chain is not about the chain that is known here";
    NO_FORK = K1 "schema.fork" "no-fork" "send the proofs of two different headers of one height";
    UNKNOWN_SOURCE = K2 "authority.source" "unknown-source" "have the governance register the source";
    SOURCE_SUSPENDED = K2 "authority.source-suspension" "source-suspended" "resolve the suspension of the source with the governance";
    BAD_REPORT = K1 "schema.report" "bad-report" "send what shows it, from what is believed of the source here; the message says what does not";
    FACT_UNPROVEN = K6 "control.fact" "fact-unproven" "nothing: it is tried again when it is shown what the source says";
    FACT_STALE = K6 "control.fact-age" "fact-stale" "nothing: it is tried again when later word of the source is shown";
    FACT_DIFFERS = K6 "control.fact-value" "fact-differs" "state what the source says, or have it corrected there and send the event again";
    STATE_CORRUPT = K1 "state.corrupt" "state-corrupt" "stop the node and restore it: a state record cannot be read";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_and_rules_are_unique_and_kebab_case() {
        let mut codes: Vec<_> = reasons::ALL.iter().map(|r| r.code).collect();
        let mut rules: Vec<_> = reasons::ALL.iter().map(|r| r.rule).collect();
        assert!(
            codes
                .iter()
                .all(|c| c.bytes().all(|b| b.is_ascii_lowercase() || b == b'-'))
        );
        codes.sort_unstable();
        rules.sort_unstable();
        assert!(codes.array_windows().all(|[a, b]| a != b));
        assert!(rules.array_windows().all(|[a, b]| a != b), "{rules:?}");
        assert!(Kernel::from_bytes(&[13]).is_err() && Kernel::from_bytes(&[12]) == Ok(Kernel::K12));
    }
}
