//! Changes of members, keys, licences, rules and limits.
//!
//! A change is in force when enough parties with the right role have sent the same action (threshold in
//! [`Params`](crate::state::Params)). A party changes its own keys and delegations alone.

use std::collections::BTreeSet;

use crate::{
    id::{
        ChainId, Digest32, Height, PartyId, ProfileRef, PublicKey, Role, Scope, SourceId, TimeMs,
    },
    limits::{MAX_CHAIN_KEY_BYTES, MAX_ROLES, MAX_TEXT_BYTES, MAX_VALIDATORS},
    state::{
        Assurance, ChainAbout, ChainIdentity, ChainState, FollowTerms, KeyUse, Mark, Member,
        Params, Quota,
    },
};

/// The body of a governance transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GovernanceBody {
    /// What is to change.
    pub action: GovernanceAction,
    /// Why, in words (at most 512 bytes). Not part of what others approve.
    pub reason: String,
}
wire_struct!(GovernanceBody { action, reason[text MAX_TEXT_BYTES] });

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GovernanceAction {
    /// Admits a party.
    AddParty {
        /// The party.
        party: PartyId,
        /// Its name (at most 512 bytes).
        name: String,
    },
    /// From `from` on the party may neither send nor act.
    SuspendParty {
        /// The party.
        party: PartyId,
        /// First moment.
        from: TimeMs,
    },
    /// Ends a suspension.
    ResumeParty {
        /// The party.
        party: PartyId,
    },
    /// Gives a party a key.
    AddKey {
        /// The party.
        party: PartyId,
        /// The key.
        key: PublicKey,
        /// What it may be used for.
        usage: KeyUse,
        /// First moment.
        from: TimeMs,
        /// First moment after.
        until: Option<TimeMs>,
    },
    /// From `from` on the key signs nothing.
    RevokeKey {
        /// The party.
        party: PartyId,
        /// The key.
        key: PublicKey,
        /// First moment.
        from: TimeMs,
    },
    /// Grants a role or licence.
    Grant {
        /// The party.
        party: PartyId,
        /// The role.
        role: Role,
        /// What it is limited to.
        scope: Scope,
        /// First moment.
        from: TimeMs,
        /// First moment after.
        until: Option<TimeMs>,
    },
    /// Revokes a role or licence.
    Revoke {
        /// The party.
        party: PartyId,
        /// The role.
        role: Role,
        /// What it was limited to.
        scope: Scope,
        /// First moment without it.
        from: TimeMs,
    },
    /// `principal` lets `agent` sign for it.
    Delegate {
        /// Who is acted for.
        principal: PartyId,
        /// Who signs.
        agent: PartyId,
        /// For acts that need one of these roles; empty: for all acts on goods.
        roles: BTreeSet<Role>,
        /// First moment.
        from: TimeMs,
        /// First moment after.
        until: Option<TimeMs>,
    },
    /// Ends a delegation.
    RevokeDelegation {
        /// Who was acted for.
        principal: PartyId,
        /// Who signed.
        agent: PartyId,
        /// First moment without it.
        from: TimeMs,
    },
    /// Puts a version of a profile in force from a height on.
    ActivateProfile {
        /// Profile and version.
        profile: ProfileRef,
        /// SHA-256 of its rules, as [`Profile::digest`](crate::profile::Profile::digest) gives it.
        digest: Digest32,
        /// First block.
        from: Height,
    },
    /// Ends a version of a profile.
    RetireProfile {
        /// Profile and version.
        profile: ProfileRef,
        /// First block without it.
        from: Height,
    },
    /// Replaces thresholds, deadlines and limits.
    SetParams(Params),
    /// Gives a party a quota of its own, or the common one again.
    SetQuota {
        /// The party.
        party: PartyId,
        /// The quota.
        quota: Option<Quota>,
    },
    /// Registers another chain whose final records are to be believed.
    RegisterChain {
        /// The chain.
        chain: ChainId,
        /// Its name (at most 512 bytes).
        name: String,
        /// Its threshold public key (at most 256 bytes).
        key: Vec<u8>,
        /// How old its statuses may be when relied upon, in milliseconds.
        freshness_ms: u64,
    },
    /// Nothing of that chain is believed any more.
    SuspendChain {
        /// The chain.
        chain: ChainId,
    },
    /// Ends the suspension of a chain.
    ResumeChain {
        /// The chain.
        chain: ChainId,
    },
    /// States who is to validate this chain. The key of the chain stays; it is handed on at the end of an epoch.
    SetValidators {
        /// All of them, in the order of their keys.
        validators: Vec<Member>,
    },
    /// As a registry: records a chain.
    RecordChain {
        /// The chain.
        chain: ChainId,
        /// Who it is, for good.
        identity: ChainIdentity,
        /// What is said of it.
        about: ChainAbout,
    },
    /// As a registry: says something else of a recorded chain.
    AmendChain {
        /// The chain.
        chain: ChainId,
        /// All that is said of it.
        about: ChainAbout,
    },
    /// As a registry: a recorded chain is suspended, active again, or retired for good.
    MarkChain {
        /// The chain.
        chain: ChainId,
        /// How it stands from now on.
        state: ChainState,
    },
    /// Follows a registry that is registered here, or changes the terms on which it is followed.
    FollowRegistry {
        /// The registry.
        registry: ChainId,
        /// The terms.
        terms: FollowTerms,
    },
    /// Follows a registry no more. Chains that became known by its word stay as they stand.
    LeaveRegistry {
        /// The registry.
        registry: ChainId,
    },
    /// Whether a chain is believed is left to a registry that is followed, or is the own affair again.
    EntrustChain {
        /// The chain.
        chain: ChainId,
        /// The registry; `None`: nobody.
        registry: Option<ChainId>,
    },
    /// Says whether what is made on another chain may be traded here, where a rule asks for the origin of things. A chain that is
    /// registered may send things on; that it may make them is a permission of its own.
    AllowMaker {
        /// The chain.
        chain: ChainId,
        /// Whether it may.
        allowed: bool,
    },
    /// Registers a system or chain of another kind, of which facts are to be heard.
    RegisterSource {
        /// What it is called in events.
        source: SourceId,
        /// What it is, for people (1 to 512 bytes).
        name: String,
        /// How what it says is shown. Never changes.
        assurance: Assurance,
        /// How old its facts may be when something rests on them, in milliseconds.
        freshness_ms: u64,
        /// The header from which on a chain is followed: somebody checked it by other means.
        mark: Option<Mark>,
    },
    /// Nothing is heard of a source, and nothing rests on it.
    SuspendSource {
        /// The source.
        source: SourceId,
    },
    /// Ends the suspension of a source, or says anew from which header on its chain is followed, or both.
    ResumeSource {
        /// The source.
        source: SourceId,
        /// The header; `None`: those that were believed are.
        mark: Option<Mark>,
    },
}
wire_enum!(GovernanceAction {
    0 => AddParty { party, name[text MAX_TEXT_BYTES] },
    1 => SuspendParty { party, from },
    2 => ResumeParty { party },
    3 => AddKey { party, key, usage, from, until },
    4 => RevokeKey { party, key, from },
    5 => Grant { party, role, scope, from, until },
    6 => Revoke { party, role, scope, from },
    7 => Delegate { principal, agent, roles[set MAX_ROLES], from, until },
    8 => RevokeDelegation { principal, agent, from },
    9 => ActivateProfile { profile, digest, from },
    10 => RetireProfile { profile, from },
    11 => SetParams(params),
    12 => SetQuota { party, quota },
    13 => RegisterChain { chain, name[text MAX_TEXT_BYTES], key[blob MAX_CHAIN_KEY_BYTES], freshness_ms },
    14 => SuspendChain { chain },
    15 => ResumeChain { chain },
    16 => SetValidators { validators[list MAX_VALIDATORS] },
    17 => RecordChain { chain, identity, about },
    18 => AmendChain { chain, about },
    19 => MarkChain { chain, state },
    20 => FollowRegistry { registry, terms },
    21 => LeaveRegistry { registry },
    22 => EntrustChain { chain, registry },
    23 => AllowMaker { chain, allowed },
    24 => RegisterSource { source, name[text MAX_TEXT_BYTES], assurance, freshness_ms, mark },
    25 => SuspendSource { source },
    26 => ResumeSource { source, mark },
});
