//! How the opaque bytes of the ledger read in the words of the trade.
//!
//! The index itself knows no industry: what an identifier, a code or a full event means is asked of a [`Lens`].

use std::sync::Arc;

use pangolin_epcis::Event;
use pangolin_gs1::Key;
use pangolin_ledger::{
    id::{ClassId, Code, GroupId, ObjectId, PartyId, ProfileRef, Value},
    profile::Profile,
    tx,
};

/// What identifiers, codes and full events mean.
///
/// All answers must be functions of their arguments alone: the index stores what follows from them.
pub trait Lens: Send + Sync {
    /// A version of the rules. Transactions are accepted under it, and the index follows its plans.
    fn profile(&self, reference: ProfileRef) -> Option<Arc<dyn Profile>>;

    /// The full event behind the bytes of [`tx::Payload::Full`]; `Err` says what is wrong with them.
    fn full_event(&self, payload: &[u8]) -> Result<Event, String>;

    /// Whether a reduced event says what its full event says; `Err` says where they differ.
    fn agrees(&self, profile: ProfileRef, event: &tx::Event) -> Result<(), String>;

    /// The identifier of an object as a URI in its canonical form.
    fn object_uri(&self, object: &ObjectId) -> String;

    /// The identifier of a group as a URI.
    fn group_uri(&self, group: &GroupId) -> String;

    /// The identifier of a class as a URI.
    fn class_uri(&self, class: &ClassId) -> String;

    /// The identifier of a party as a URI.
    fn party_uri(&self, party: &PartyId) -> String;

    /// The identifier of a place as a URI.
    fn place_uri(&self, place: &Value) -> String;

    /// The object that a key names; `None` if it cannot name one. Objects of one class must lie together in the order of their
    /// bytes, and so must those whose identifiers begin alike: the index looks at the first and last of a list only.
    fn object(&self, key: &Key) -> Option<ObjectId>;

    /// The group that a key names.
    fn group(&self, key: &Key) -> Option<GroupId>;

    /// The class that a key names.
    fn class(&self, key: &Key) -> Option<ClassId>;

    /// The party that a key names.
    fn party(&self, key: &Key) -> Option<PartyId>;

    /// The business step of a code, as the standard's word or a URI.
    fn biz_step(&self, profile: ProfileRef, code: Code) -> Option<String>;

    /// The disposition of a code, as the standard's word or a URI.
    fn disposition(&self, profile: ProfileRef, code: Code) -> Option<String>;

    /// The reason of an error declaration, as the standard's word or a URI.
    fn error_reason(&self, profile: ProfileRef, code: Code) -> Option<String>;
}

/// The canonical form of any identifier: forms of one GS1 key become one, anything else stays as it is.
pub(crate) fn canonical(text: &str) -> String {
    match Key::parse(text) {
        Ok(Key::Other(uri)) => uri.as_str().to_owned(),
        Ok(key) => key.canonical(),
        Err(_) => text.to_owned(),
    }
}
