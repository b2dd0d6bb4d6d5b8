//! Tests of commitments and disclosures as a whole.

use pangolin_epcis::read::{self, Mode};
use proptest::prelude::*;

use super::*;

const SECRET: SaltSecret = SaltSecret::new([9; 32]);
const ID: EventId = EventId([5; 32]);

fn event(step: &str, packs: usize) -> Event {
    let list: Vec<_> = (0..packs)
        .map(|n| format!(r#""urn:epc:id:sgtin:030001.0012345.{n}""#))
        .collect();
    let text = format!(
        r#"{{"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", {{"x": "https://example.org/x/"}}],
        "type": "ObjectEvent", "eventTime": "2026-03-01T03:00:00-05:00", "eventTimeZoneOffset": "-05:00",
        "epcList": [{}], "action": "ADD", "bizStep": "{step}",
        "quantityList": [{{"epcClass": "urn:epc:class:lgtin:030001.0012345.A123", "quantity": 2.50, "uom": "KGM"}}],
        "destinationList": [{{"type": "owning_party", "destination": "urn:epc:id:sgln:039999.999999.0"}}],
        "ilmd": {{"cbvmda:lotNumber": "A/1"}},
        "sensorElementList": [{{"sensorReport": [{{"type": "Temperature", "value": 4.0, "uom": "CEL"}}]}}],
        "x:note": [{{"x:a": 1}}, {{"x:a": true}}]}}"#,
        list.join(",")
    );
    read::json(text.as_bytes(), Mode::Lenient)
        .next()
        .unwrap()
        .unwrap()
        .1
}

#[test]
fn fields_have_paths_and_canonical_values() {
    let got: Vec<_> = fields(&event("commissioning", 1))
        .into_iter()
        .map(|f| (f.path, f.value))
        .collect();
    let expected = [
        ("/type", "ObjectEvent"),
        ("/eventTime", "2026-03-01T08:00:00.000Z"),
        ("/eventTimeZoneOffset", "-05:00"),
        ("/action", "ADD"),
        ("/epcList/0", "https://id.gs1.org/01/00300010123455/21/0"),
        (
            "/quantityList/0/epcClass",
            "https://id.gs1.org/01/00300010123455/10/A123",
        ),
        ("/quantityList/0/quantity", "2.5"),
        ("/quantityList/0/uom", "KGM"),
        ("/bizStep", "https://ref.gs1.org/cbv/BizStep-commissioning"),
        (
            "/destinationList/0/type",
            "https://ref.gs1.org/cbv/SDT-owning_party",
        ),
        (
            "/destinationList/0/destination",
            "https://id.gs1.org/414/0399999999991",
        ),
        ("/ilmd/{urn:epcglobal:cbv:mda}lotNumber", "A/1"),
        (
            "/sensorElementList/0/sensorReport/0/type",
            "https://gs1.org/voc/Temperature",
        ),
        ("/sensorElementList/0/sensorReport/0/value", "4"),
        ("/sensorElementList/0/sensorReport/0/uom", "CEL"),
        (
            "/{https:~1~1example.org~1x~1}note/0/{https:~1~1example.org~1x~1}a",
            "1",
        ),
        (
            "/{https:~1~1example.org~1x~1}note/1/{https:~1~1example.org~1x~1}a",
            "true",
        ),
    ];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(p, v)| (p.to_owned(), v.to_owned()))
        .collect();
    assert_eq!(got, expected);
}

#[test]
fn every_field_can_be_shown_and_proved() {
    for packs in [1, 2, 7, 100] {
        let event = event("commissioning", packs);
        let commitment = commit(&event, &ID, &SECRET);
        let all = disclose(&event, &ID, &SECRET, |_| true);
        assert_eq!(all.fields.len(), all.count as usize);
        assert_eq!(all.verify(&commitment), Ok(()));
        for field in fields(&event) {
            let one = disclose(&event, &ID, &SECRET, |path| path == field.path);
            assert_eq!(one.fields.len(), 1);
            assert_eq!(one.verify(&commitment), Ok(()), "{}", field.path);
        }
    }
}

#[test]
fn any_change_breaks_the_proof() {
    let event = event("commissioning", 10);
    let commitment = commit(&event, &ID, &SECRET);
    let shown = disclose(&event, &ID, &SECRET, |path| path.starts_with("/epcList/"));
    let check = |expect: &str, change: &dyn Fn(&mut Disclosure)| {
        let mut other = shown.clone();
        change(&mut other);
        assert_eq!(
            other.verify(&commitment).map_err(|error| error.code()),
            Err(expect)
        );
    };
    check("disclosure-mismatch", &|d| {
        d.fields[3].value.push('1');
    });
    check("disclosure-mismatch", &|d| {
        d.fields[3].path = "/epcList/30".to_owned();
    });
    check("disclosure-mismatch", &|d| d.fields[3].salt[0] ^= 1);
    check("disclosure-mismatch", &|d| d.fields[3].siblings[0][0] ^= 1);
    check("disclosure-mismatch", &|d| {
        d.fields[3].siblings.pop();
    });
    check("disclosure-mismatch", &|d| d.count += 1);
    check("disclosure-out-of-place", &|d| d.fields.swap(0, 1));
    check("disclosure-out-of-place", &|d| d.fields[3].index = d.count);
    check("disclosure-out-of-place", &|d| d.count = u32::MAX);
    check("disclosure-empty", &|d| d.fields.clear());
}

/// Computed from the fields above with another implementation, after the definition in the module's header and the recursive
/// definition of RFC 6962.
#[test]
fn the_commitment_is_the_defined_one() {
    let commitment = commit(&event("commissioning", 1), &ID, &SECRET).to_string();
    assert_eq!(
        commitment,
        "ecc4c26ecda511e033d7bf69aabf1a08479b4a0acb1b1744a4089cc93c52d38b"
    );
}

#[test]
fn commitments_hide_and_bind() {
    let (storing, holding) = (event("storing", 1), event("holding", 1));
    let own = commit(&storing, &ID, &SECRET);
    assert_ne!(own, commit(&holding, &ID, &SECRET));
    assert_ne!(own, commit(&storing, &EventId([6; 32]), &SECRET));
    assert_ne!(own, commit(&storing, &ID, &SaltSecret::new([8; 32])));
    assert_eq!(own, commit(&storing, &ID, &SECRET));
}

proptest! {
    /// Whatever byte of whatever is shown is changed, it is not believed.
    #[test]
    fn a_changed_byte_is_refused(packs in 1usize..40, field in any::<prop::sample::Index>(), part in 0u8..4, at in any::<prop::sample::Index>(), bit in 0u8..8) {
        let event = event("commissioning", packs);
        let commitment = commit(&event, &ID, &SECRET);
        let all = fields(&event);
        let path = field.get(&all).path.clone();
        let mut shown = disclose(&event, &ID, &SECRET, |known| known == path);
        prop_assert_eq!(shown.verify(&commitment), Ok(()));
        let one = &mut shown.fields[0];
        let flip = |text: &mut String| {
            let mut bytes = std::mem::take(text).into_bytes();
            // stays ASCII, so that it stays text
            let at = at.index(bytes.len());
            bytes[at] ^= 1;
            *text = String::from_utf8(bytes).unwrap();
        };
        match part {
            0 => flip(&mut one.value),
            1 => flip(&mut one.path),
            2 => one.salt[at.index(32)] ^= 1 << bit,
            _ => {
                let siblings = one.siblings.len();
                one.siblings[at.index(siblings)][usize::from(bit)] ^= 1;
            }
        }
        prop_assert!(shown.verify(&commitment).is_err());
    }

    /// Whoever has every field but one, with salts, cannot tell which of two values that one has.
    #[test]
    fn a_field_that_is_not_shown_is_not_found_by_trying(secret in any::<[u8; 32]>(), tried in any::<[u8; 32]>()) {
        prop_assume!(secret != tried);
        let (secret, tried) = (SaltSecret::new(secret), SaltSecret::new(tried));
        let (storing, holding) = (event("storing", 2), event("holding", 2));
        let commitment = commit(&storing, &ID, &secret);
        let mut known = disclose(&storing, &ID, &secret, |_| true);
        let place = known.fields.iter().position(|field| field.path == "/bizStep").unwrap();
        for guess in [&storing, &holding] {
            let guessed = disclose(guess, &ID, &tried, |path| path == "/bizStep");
            known.fields[place].value.clone_from(&guessed.fields[0].value);
            known.fields[place].salt = guessed.fields[0].salt;
            prop_assert!(known.verify(&commitment).is_err());
        }
        let hash = EventId([3; 32]);
        prop_assert_ne!(secret.identity(&hash), tried.identity(&hash));
    }
}
