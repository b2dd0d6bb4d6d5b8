//! The lens of EPCIS profiles: identifiers as `capture` packs them, codes by each profile's lexicon.

use std::{collections::BTreeMap, sync::Arc};

use pangolin_epcis::{Event, vocab::Vocabulary};
use pangolin_gs1::Key;
use pangolin_ledger::{
    id::{ClassId, Code, GroupId, ObjectId, PartyId, ProfileRef, Value},
    profile::Profile,
    tx,
};
use pangolin_profiles::{
    capture::{self, Lexicon},
    payload,
};

use crate::lens::Lens;

/// The lens of profiles whose events are EPCIS events.
#[derive(Clone, Default)]
pub struct TradeLens {
    profiles: BTreeMap<ProfileRef, (Arc<dyn Profile>, Lexicon)>,
}

impl TradeLens {
    /// A lens for these profiles, each with the words it reduces events by.
    pub fn new(profiles: impl IntoIterator<Item = (Arc<dyn Profile>, Lexicon)>) -> Self {
        let keyed = profiles
            .into_iter()
            .map(|(profile, lexicon)| (profile.reference(), (profile, lexicon)));
        Self {
            profiles: keyed.collect(),
        }
    }

    fn word(&self, profile: ProfileRef, vocabulary: Vocabulary, code: Code) -> Option<String> {
        let (_, lexicon) = self.profiles.get(&profile)?;
        lexicon.word(vocabulary, code).map(str::to_owned)
    }
}

impl std::fmt::Debug for TradeLens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.profiles.keys()).finish()
    }
}

impl Lens for TradeLens {
    fn profile(&self, reference: ProfileRef) -> Option<Arc<dyn Profile>> {
        self.profiles
            .get(&reference)
            .map(|(profile, _)| Arc::clone(profile))
    }

    fn full_event(&self, bytes: &[u8]) -> Result<Event, String> {
        payload::decode(bytes).map_err(|error| error.to_string())
    }

    fn agrees(&self, profile: ProfileRef, event: &tx::Event) -> Result<(), String> {
        let (_, lexicon) = self
            .profiles
            .get(&profile)
            .ok_or_else(|| format!("profile {profile} is not known"))?;
        capture::verify_reduction(lexicon, event).map_err(|error| error.to_string())
    }

    fn object_uri(&self, object: &ObjectId) -> String {
        capture::object_uri(object)
    }

    fn group_uri(&self, group: &GroupId) -> String {
        capture::group_uri(group)
    }

    fn class_uri(&self, class: &ClassId) -> String {
        capture::class_uri(class)
    }

    fn party_uri(&self, party: &PartyId) -> String {
        capture::party_uri(party)
    }

    fn place_uri(&self, place: &Value) -> String {
        capture::place_uri(place)
    }

    fn object(&self, key: &Key) -> Option<ObjectId> {
        capture::id::object(key).ok()
    }

    fn group(&self, key: &Key) -> Option<GroupId> {
        let names_group = matches!(key, Key::Lgtin { .. } | Key::ItipLot { .. } | Key::Other(_));
        names_group.then(|| capture::id::group(key).ok()).flatten()
    }

    fn class(&self, key: &Key) -> Option<ClassId> {
        capture::id::class(key).ok()
    }

    fn party(&self, key: &Key) -> Option<PartyId> {
        capture::id::party(key).ok()
    }

    fn biz_step(&self, profile: ProfileRef, code: Code) -> Option<String> {
        self.word(profile, Vocabulary::BizStep, code)
    }

    fn disposition(&self, profile: ProfileRef, code: Code) -> Option<String> {
        self.word(profile, Vocabulary::Disposition, code)
    }

    fn error_reason(&self, profile: ProfileRef, code: Code) -> Option<String> {
        self.word(profile, Vocabulary::ErrorReason, code)
    }
}
