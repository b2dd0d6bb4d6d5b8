//! What an industry profile gives the ledger: for each event the authority it needs and the generic steps it means.
//!
//! A profile is pure and stateless: it reads the event, never the state. Whatever depends on state is expressed as steps,
//! guards and blocks, which the kernels judge. That way `hints` can name most keys before anything is read, and a
//! profile cannot make two validators differ.

mod op;
mod plan;

use crate::{
    id::{ClassId, Code, Digest32, ObjectId, PartyId, ProfileRef, Role},
    report::Refusal,
    tx::{Correction, DataClass, Event, OrderTerms},
};

pub use op::{Conserve, Contents, Guard, MissingParent, NewGroup, Op, Test};
pub use plan::{Actor, Blocks, Need, Patience, Plan, Step, Target, Waits, When, Who};

/// Who states an event, and how.
#[derive(Debug, Clone, Copy)]
pub struct Claim<'a> {
    /// The party that states it.
    pub issuer: &'a PartyId,
    /// Whether its data are tracked.
    pub class: DataClass,
    /// Path of the event in the transaction, for refusals: `/events/3`.
    pub place: &'a str,
}

/// A version of the rules of an industry.
pub trait Profile: Send + Sync {
    /// Number and version.
    fn reference(&self) -> ProfileRef;

    /// Its name, for people.
    fn name(&self) -> &'static str;

    /// SHA-256 of its rules; governance activates exactly these.
    fn digest(&self) -> Digest32;

    /// K1 and the mapping: checks identifiers, codes and required data of `event`, and says what it means.
    ///
    /// The answer must not depend on whether the payload is here: an event that waits for a predecessor is classified
    /// again later, and then has only the digest.
    fn classify(&self, event: &Event, claim: &Claim<'_>) -> Result<Plan, Refusal>;

    /// The class of an object, where its identifier tells.
    fn class_of(&self, object: &ObjectId) -> Option<ClassId>;

    /// Who may issue an order. The default is the reserved role of authorities, in force when the order is issued.
    fn order(&self, terms: &OrderTerms, issuer: &PartyId) -> Result<Vec<Need>, Refusal> {
        let _ = (terms, issuer);
        Ok(vec![Need::role(Role::AUTHORITY).at(When::Block)])
    }

    /// Who may declare an event in error besides its own issuer. The default is nobody.
    fn correction(&self, correction: &Correction, issuer: &PartyId) -> Option<Vec<Need>> {
        let _ = (correction, issuer);
        None
    }

    /// Puts message and remedy of a refusal into the words of the industry. The default leaves the ledger's.
    fn tell(&self, refusal: &mut Refusal) {
        let _ = refusal;
    }

    /// Words for a code of this profile's lists, for messages.
    fn describe(&self, code: Code) -> Option<&'static str> {
        let _ = code;
        None
    }
}
