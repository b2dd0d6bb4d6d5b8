//! Certificates over chains: checked from one key, whichever; whoever touches one shows less or nothing.

use std::collections::BTreeMap;

use pangolin_ledger::{
    EventId, Height, Wire as _,
    state::{ChainState, Grade, keys},
    walk::Step,
};
use pangolin_proof::{
    file::{Kind, ProofFile, ProofFileError, ProvenanceProof, Report, provenance_report},
    provenance::{
        Certificate, MAX_CODE_BYTES, code, decode, encode, from_text, is_encoded, to_text,
    },
    trust::TrustedChain,
};
use proptest::prelude::*;

use crate::route::{Route, chain_of, pack, registered};

pub(crate) fn file(trusted: &TrustedChain, certificate: &Certificate) -> ProofFile {
    let texts = BTreeMap::from([(EventId([1; 32]), "made".to_owned())]);
    let proof = ProvenanceProof::new(certificate, &texts);
    ProofFile::new(trusted, "a pack", Kind::Provenance(proof))
}

/// Writes, reads and checks a file.
fn checked(trusted: &TrustedChain, certificate: &Certificate) -> Report {
    let bytes = file(trusted, certificate).to_bytes();
    let read = ProofFile::parse(&bytes).unwrap();
    read.verify(trusted).unwrap()
}

fn refused(trusted: &TrustedChain, certificate: &Certificate) -> (&'static str, String) {
    let file = file(trusted, certificate);
    let error = file.verify(trusted).unwrap_err();
    (error.code(), file.place(&error).unwrap())
}

fn doubts(report: &Report) -> Vec<String> {
    report.doubts.iter().map(ToString::to_string).collect()
}

fn codes(report: &Report) -> Vec<String> {
    let code = |doubt: &String| doubt[1..].split(']').next().map(str::to_owned);
    doubts(report).iter().filter_map(code).collect()
}

#[test]
fn one_key_shows_the_whole_way() {
    let route = Route::new(3, 20);
    let report = checked(route.here(), &route.certificate());
    assert_eq!(doubts(&report), Vec::<String>::new());
    assert_eq!(report.height, 200);
    let count = |code| {
        report
            .checks
            .iter()
            .filter(|check| check.code == code)
            .count()
    };
    assert_eq!(
        [
            count("final"),
            count("chain"),
            count("origin"),
            count("moves")
        ],
        [1, 2, 1, 1]
    );
    assert_eq!(count("status"), 1, "what is in force where it is");
    let moves = report
        .facts
        .iter()
        .filter(|(name, _)| name == "move")
        .count();
    assert_eq!(moves, 2);
    assert!(report.facts.iter().any(|(_, fact)| {
        fact.to_string()
            .contains("stated by party maker in block 40")
    }));
}

#[test]
fn the_key_of_a_registry_does_as_well() {
    let route = Route::new(2, 20);
    let registry = &route.registry.trusted;
    let report = checked(registry, &route.by_registry(None));
    assert_eq!(doubts(&report), Vec::<String>::new());
    // of a chain that is suspended, what it says is shown and not believed
    let report = checked(registry, &route.by_registry(Some(0)));
    assert_eq!(codes(&report), ["chain-suspended"]);
    assert!(
        doubts(&report)[0].contains("height 77"),
        "{:?}",
        report.doubts
    );
    // whoever trusts another chain needs the way from that one
    let file = file(registry, &route.by_registry(None));
    let error = file.verify(route.here()).unwrap_err();
    assert_eq!(error.code(), "other-chain");
    let shown = route.by_registry(None).verify(route.here()).unwrap();
    let gaps: Vec<_> = shown.gaps.iter().map(|gap| gap.code).collect();
    assert_eq!(gaps, ["chain-not-vouched", "chain-not-vouched"]);
}

#[test]
fn the_records_of_a_registry_do_as_well() {
    let route = Route::new(3, 20);
    let registry = &route.registry.trusted;
    let with = |grade, state| checked(registry, &route.by_records(grade, state));
    let report = with(Grade::Native, ChainState::Active);
    assert_eq!(doubts(&report), Vec::<String>::new());
    for state in [ChainState::Suspended, ChainState::Retired] {
        let report = with(Grade::Native, state);
        assert_eq!(codes(&report), ["chain-suspended"], "{state:?}");
        assert!(
            doubts(&report)[0].contains("height 77"),
            "{:?}",
            report.doubts
        );
    }
    // the key of a chain of another kind is no key of this kind
    let report = with(Grade::Attested, ChainState::Active);
    assert_eq!(
        codes(&report),
        ["origin-not-shown", "lock-not-shown", "chain-not-vouched"]
    );
}

#[test]
fn a_chain_without_proof_or_without_key_leaves_gaps() {
    let route = Route::new(3, 20);
    let mut missing = route.certificate();
    missing.parts.remove(2);
    let report = checked(route.here(), &missing);
    assert_eq!(codes(&report), ["origin-not-shown", "lock-not-shown"]);
    let mut unvouched = route.certificate();
    let key = keys::foreign_chain(&chain_of(&route.committees[0]));
    unvouched.parts[1]
        .state
        .entries
        .retain(|entry| entry.key != key);
    let report = checked(route.here(), &unvouched);
    assert_eq!(
        codes(&report),
        ["origin-not-shown", "lock-not-shown", "chain-not-vouched"]
    );
    // the order of the proofs does not matter
    let mut turned = route.certificate();
    turned.parts.reverse();
    assert!(checked(route.here(), &turned).is_clean());
}

#[test]
fn what_contradicts_a_proof_is_refused_with_its_place() {
    let route = Route::new(2, 20);
    let good = route.certificate();
    let here = route.here();
    let with = |change: &dyn Fn(&mut Certificate)| {
        let mut certificate = good.clone();
        change(&mut certificate);
        refused(here, &certificate)
    };
    let other = registered(&route.registry, None).to_bytes();
    let vouched = keys::foreign_chain(&chain_of(&route.committees[0]));
    let at = good.parts[0]
        .state
        .entries
        .iter()
        .position(|entry| entry.key == vouched)
        .unwrap();
    assert_eq!(
        with(&|c| c.parts[0].state.entries[at].value = Some(other.clone())),
        ("wrong-proof", format!("/proof/chains/0/state/entries/{at}"))
    );
    assert_eq!(
        with(&|c| c.parts[1].state.header.certificate = c.parts[0].state.header.certificate.clone()),
        (
            "certificate-of-other-block",
            "/proof/chains/1/state/final".to_owned()
        )
    );
    assert_eq!(
        with(&|c| c.parts.push(c.parts[1].clone())),
        ("repeated-chain", "/proof/chains/2".to_owned())
    );
    assert_eq!(with(&|c| drop(c.parts.remove(0))).0, "no-anchor");
    assert_eq!(
        with(&|c| {
            if let Step::Event { event, .. } = &mut c.walk.steps[2] {
                event.0[0] ^= 1;
            }
        }),
        ("wrong-crossing", "/proof/steps/4".to_owned())
    );
    assert_eq!(
        with(&|c| drop(c.walk.steps.pop())),
        ("broken-history", "/proof/steps/6".to_owned())
    );
    assert_eq!(
        with(&|c| c.walk.chains.swap(0, 1)),
        ("record-not-shown", "/proof/object".to_owned())
    );
}

#[test]
fn a_code_holds_as_much_as_it_can_and_says_what_it_leaves_out() {
    let route = Route::new(3, 3_000);
    let certificate = route.certificate();
    let whole = encode(&certificate);
    assert!(whole.len() > MAX_CODE_BYTES && is_encoded(&whole));
    assert_eq!(code(&certificate, whole.len()), Some(whole));
    let small = code(&certificate, MAX_CODE_BYTES).unwrap();
    assert!(small.len() <= MAX_CODE_BYTES);
    assert_eq!(from_text(&to_text(&small)).as_ref(), Some(&small));
    let read = decode(&small).unwrap();
    assert_eq!(read.walk.object, pack());
    // nothing in it leads from the registry to that chain, and it says which genesis file it is checked with
    let error = provenance_report(&read, &route.registry.trusted).unwrap_err();
    let message = error.to_string();
    let error = ProofFileError::from(error);
    assert_eq!(error.code(), "no-anchor");
    assert!(
        message.contains(&route.here().chain.to_string()),
        "{message}"
    );
    assert!(
        error
            .remedy()
            .contains("genesis file of a chain that it shows")
    );
    let report = provenance_report(&read, route.here()).unwrap();
    assert!(!report.is_clean());
    assert_eq!(
        report
            .facts
            .iter()
            .filter(|(name, _)| name.starts_with("step "))
            .count(),
        certificate.walk.steps.len()
    );
    // with less room the oldest steps go first
    let mut shown = certificate.walk.steps.len();
    for limit in [1_900, 1_700, 1_650] {
        let Some(less) = code(&certificate, limit) else {
            continue;
        };
        let read = decode(&less).unwrap();
        assert!(read.walk.steps.len() <= shown);
        shown = read.walk.steps.len();
        let report = provenance_report(&read, route.here()).unwrap();
        assert!(!report.is_clean());
    }
    assert_eq!(code(&certificate, 300), None, "not even the record fits");
}

#[test]
fn base45_is_the_one_of_the_standard() {
    // RFC 9285, 4.3 and 4.4
    let text = |bytes: &[u8]| to_text(bytes).replacen("PGC:", "", 1);
    assert_eq!(text(b"AB"), "BB8");
    assert_eq!(text(b"Hello!!"), "%69 VD92EX0");
    assert_eq!(text(b"base-45"), "UJCLQE7W581");
    assert_eq!(from_text("PGC:QED8WEX0").unwrap(), b"ietf!");
    for bad in ["QED8WEX0", "PGC:::", "PGC:GGW", "PGC:a", "PGC:A"] {
        assert_eq!(from_text(bad), None, "{bad}");
    }
}

/// A suspended chain is shown also where only a later chain says so.
#[test]
fn a_registration_that_cannot_be_read_is_named() {
    let route = Route::new(2, 20);
    let mut certificate = route.by_registry(None);
    certificate.parts[0].state.entries[0].value = None;
    let code = refused(&route.registry.trusted, &certificate).0;
    assert!(["wrong-proof", "malformed-proof"].contains(&code), "{code}");
    assert_eq!(
        registered(&route.registry, Some(Height(7))).suspended,
        Some(Height(7))
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 64, ..ProptestConfig::default() })]

    /// Whatever byte of a certificate is touched: refused, or it shows no other history.
    #[test]
    fn a_certificate_that_was_touched_shows_nothing_else(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let route = Route::new(2, 20);
        let good = encode(&route.certificate());
        let mut touched = good.clone();
        touched[at.index(good.len())] ^= 1 << bit;
        if let Ok(read) = decode(&touched) {
            let again = decode(&encode(&read));
            prop_assert_eq!(again.as_ref(), Ok(&read));
            if let Ok(shown) = read.verify(route.here()) {
                let whole = shown.walked.is_whole() && shown.gaps.is_empty();
                prop_assert!(!whole || read.walk == route.walk);
            }
        }
    }

    /// The same, touching what is packed: a field at a time.
    #[test]
    fn a_part_that_was_touched_shows_nothing_else(part in any::<prop::sample::Index>(), entry in any::<prop::sample::Index>(), at in any::<prop::sample::Index>(), bit in 0..8_u8, field in 0..4) {
        let route = Route::new(2, 20);
        let mut touched = route.certificate();
        let part = part.index(touched.parts.len());
        let state = &mut touched.parts[part].state;
        let entry = entry.index(state.entries.len());
        let entry = &mut state.entries[entry];
        let bytes = match (field, &mut entry.value) {
            (0, _) => &mut entry.key.0[..],
            (1, Some(value)) => value,
            (2, _) => &mut state.header.certificate,
            _ => &mut entry.proof,
        };
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let packed = encode(&touched);
        let read = decode(&packed);
        prop_assert_eq!(read.as_ref(), Ok(&touched));
        if let Ok(shown) = touched.verify(route.here()) {
            let whole = shown.walked.is_whole() && shown.gaps.is_empty();
            prop_assert!(!whole || touched.walk == route.walk);
        }
    }

    #[test]
    fn random_bytes_are_no_certificate(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(decode(&bytes).is_err());
        let mut marked = b"PGC\x02".to_vec();
        marked.extend(&bytes);
        if let Ok(read) = decode(&marked) {
            let again = decode(&encode(&read));
            prop_assert_eq!(again, Ok(read));
        }
    }
}
