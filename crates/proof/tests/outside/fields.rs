//! Files of fields: what is shown belongs to the event that the chain recorded, and nothing else is told.

use pangolin_ledger::{
    Digest32, EventId, EventParts, Height, PartyId, ProfileRef, TxId, Wire as _,
    kernel::k11_disclosure::{Disclosed, Disclosure, Tree, leaf},
    state::{EventRecord, EventState, keys},
};
use pangolin_proof::file::{FieldsProof, Kind, ProofFile, ProofFileError, Report};
use proptest::prelude::*;

use crate::{route::prove, support::Committee};

const ID: EventId = EventId([7; 32]);

/// An event of four fields, of which some are shown.
struct Shown {
    committee: Committee,
    parts: EventParts,
    record: EventRecord,
    disclosure: Disclosure,
}

fn shown(places: &[u32]) -> Shown {
    let fields = [
        ("/type", "ObjectEvent"),
        ("/bizStep", "shipping"),
        ("/price", "12.5"),
        ("/note", "x"),
    ];
    let salt = |n: usize| [u8::try_from(n).unwrap() + 50; 32];
    let leaves = fields.iter().enumerate();
    let leaves = leaves.map(|(n, (path, value))| leaf(&salt(n), path, value));
    let tree = Tree::new(leaves.collect());
    let field = |place: &u32| {
        let n = usize::try_from(*place).unwrap();
        Disclosed {
            index: *place,
            path: fields[n].0.into(),
            value: fields[n].1.into(),
            salt: salt(n),
            siblings: tree.siblings(n),
        }
    };
    let parts = EventParts {
        inputs: Digest32([1; 32]),
        commitment: tree.commitment(),
        payload: tree.commitment(),
    };
    Shown {
        committee: Committee::new(1),
        parts,
        record: EventRecord {
            state: EventState::Applied,
            issuer: PartyId::new("maker").unwrap(),
            profile: ProfileRef { id: 1, version: 1 },
            tx: TxId([1; 32]),
            index: 0,
            height: Height(40),
            digest: parts.digest(),
            corrected: false,
        },
        disclosure: Disclosure {
            event: ID,
            count: 4,
            fields: places.iter().map(field).collect(),
        },
    }
}

impl Shown {
    fn file(&self) -> ProofFile {
        let held = vec![(keys::event(&ID), self.record.to_bytes())];
        let state = prove(&self.committee, 90, held, vec![keys::event(&ID)], 20);
        let proof = FieldsProof::new(&state, &self.parts, &self.disclosure);
        ProofFile::new(&self.committee.trusted, "a shipment", Kind::Fields(proof))
    }

    fn checked(&self) -> Result<Report, ProofFileError> {
        let read = ProofFile::parse(&self.file().to_bytes()).unwrap();
        read.verify(&self.committee.trusted)
    }
}

#[test]
fn single_fields_are_shown_and_the_others_are_not_in_the_file() {
    let shown = shown(&[1, 3]);
    let report = shown.checked().unwrap();
    assert!(report.is_clean());
    assert_eq!(report.height, 90);
    let fact = |name: &str| {
        let found = report.facts.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.to_string())
    };
    assert_eq!(fact("/bizStep").as_deref(), Some("shipping"));
    assert_eq!(fact("/price"), None);
    let codes: Vec<_> = report.checks.iter().map(|check| check.code).collect();
    assert_eq!(codes, ["final", "event", "fields"]);
    assert!(report.checks[2].text.starts_with("2 of 4"));
    let text = String::from_utf8(shown.file().to_bytes()).unwrap();
    assert!(!text.contains("12.5") && !text.contains("/price"), "{text}");
}

#[test]
fn all_fields_are_the_whole_event() {
    let report = shown(&[0, 1, 2, 3]).checked().unwrap();
    assert!(report.checks[2].text.contains("the whole event"));
}

#[test]
fn what_became_of_the_event_is_told() {
    let mut event = shown(&[1]);
    event.record.corrected = true;
    event.record.state = EventState::Rejected("not-the-custodian".into());
    let warnings = event.checked().unwrap().warnings;
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("not-the-custodian"));
}

#[test]
fn fields_of_another_event_or_of_none_are_refused() {
    let check = |expect: &str, place: &str, change: &dyn Fn(&mut Shown)| {
        let mut other = shown(&[1, 2]);
        change(&mut other);
        let file = other.file();
        let error = file.verify(&other.committee.trusted).unwrap_err();
        assert_eq!(error.code(), expect, "{error}");
        assert_eq!(file.place(&error).as_deref(), Some(place));
    };
    let fields = "/proof/fields";
    check("disclosure-mismatch", fields, &|s| {
        s.disclosure.fields[1].value = "1.5".into();
    });
    check("disclosure-mismatch", fields, &|s| {
        s.disclosure.fields[0].salt[9] ^= 1;
    });
    check("disclosure-empty", fields, &|s| s.disclosure.fields.clear());
    check("disclosure-out-of-place", fields, &|s| {
        s.disclosure.count = 1;
    });
    check("other-event", "/proof/commitment", &|s| {
        s.record.digest = Digest32([9; 32]);
    });
    // another commitment, to which the field would lead, is not the one that the chain recorded
    check("other-event", "/proof/commitment", &|s| {
        s.parts.commitment = Digest32([9; 32]);
    });
    check("proof-incomplete", "/proof/state/entries", &|s| {
        s.disclosure.event = EventId([8; 32]);
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A file in which any character was changed is refused, or shows the same.
    #[test]
    fn a_touched_file_shows_nothing_else(at in any::<prop::sample::Index>(), to in "[0-9a-z]") {
        let shown = shown(&[1, 2]);
        let told = shown.checked().unwrap();
        let mut text = String::from_utf8(shown.file().to_bytes()).unwrap();
        let at = at.index(text.len());
        text.replace_range(at..=at, &to);
        if let Ok(file) = ProofFile::parse(text.as_bytes())
            && let Ok(mut other) = file.verify(&shown.committee.trusted)
        {
            other.about.clone_from(&told.about);
            prop_assert_eq!(other, told);
        }
    }
}
