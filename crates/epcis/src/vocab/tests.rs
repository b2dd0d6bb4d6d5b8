use super::*;

const ALL: [Vocabulary; 8] = [
    Vocabulary::BizStep,
    Vocabulary::Disposition,
    Vocabulary::BizTransaction,
    Vocabulary::SourceDestination,
    Vocabulary::ErrorReason,
    Vocabulary::Component,
    Vocabulary::Measurement,
    Vocabulary::Alert,
];

#[test]
fn tables_can_be_searched() {
    for vocabulary in ALL {
        let words = vocabulary.words();
        assert!(
            words.windows(2).all(|pair| pair[0] < pair[1]),
            "{vocabulary:?}"
        );
    }
}

#[test]
fn every_spelling_finds_its_word() {
    for vocabulary in ALL {
        for word in vocabulary.words() {
            for spelled in [
                (*word).to_owned(),
                vocabulary.web_uri(word),
                vocabulary.urn(word),
            ] {
                assert_eq!(vocabulary.find(&spelled), Some(*word), "{spelled}");
            }
        }
    }
}

#[test]
fn spellings() {
    let step = Vocabulary::BizStep;
    assert_eq!(
        step.web_uri("shipping"),
        "https://ref.gs1.org/cbv/BizStep-shipping"
    );
    assert_eq!(step.urn("shipping"), "urn:epcglobal:cbv:bizstep:shipping");
    assert_eq!(step.find("cbv:BizStep-shipping"), Some("shipping"));
    assert_eq!(step.find("shipped"), None);
    assert_eq!(step.find("urn:epcglobal:cbv:disp:shipping"), None);
    assert!(step.claims("urn:epcglobal:cbv:bizstep:shipped"));
    assert!(step.claims("https://ref.gs1.org/cbv/BizStep-shipped"));
    assert!(!step.claims("https://example.org/step"));
    let kind = Vocabulary::Measurement;
    assert_eq!(
        kind.web_uri("Temperature"),
        "https://gs1.org/voc/Temperature"
    );
    assert_eq!(kind.find("gs1:Temperature"), Some("Temperature"));
    assert_eq!(
        kind.find("https://www.gs1.org/voc/Temperature"),
        Some("Temperature")
    );
}
