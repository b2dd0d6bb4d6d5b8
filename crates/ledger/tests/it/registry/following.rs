//! What becomes of a registry's word where it is followed.

use super::*;

#[test]
fn what_a_registry_records_registers_a_chain() {
    let mut p = Pair::strangers();
    let (list, there) = (p.chain(LIST), p.chain(THERE));
    p.records(there, Grade::Native);
    let word = p.word(there);
    assert_eq!(p.undelivered(HERE, word.clone()), "unknown-chain");
    p.registers(HERE, LIST);
    assert_eq!(p.undelivered(HERE, word.clone()), "registry-not-followed");
    assert_eq!(p.undelivered(HERE, p.all()), "registry-not-followed");
    p.follows(HERE, LIST, TERMS);
    assert_eq!(p.undelivered(HERE, p.saying()), "unknown-chain");
    let effects = p.delivered(HERE, word.clone());
    let heard = Effect::Heard {
        registry: list,
        chain: there,
        revision: 1,
        heeded: true,
    };
    assert_eq!(effects, [heard, Effect::Foreign(there)]);
    let known = p.chains[HERE].foreign(&there).unwrap();
    assert_eq!(known.key, Pair::key_of(there));
    assert_eq!(
        (known.name.as_str(), known.freshness_ms),
        ("North", 5_000),
        "as fresh as this chain wants it"
    );
    assert_eq!(p.chains[HERE].listed(), [list, there]);
    p.delivered(HERE, p.saying());
    assert_eq!(p.undelivered(HERE, word), "already-recorded");
    let stranger = ChainId([9; 32]);
    let nothing = p.word(stranger);
    assert_eq!(p.undelivered(HERE, nothing), "no-such-record");
    let unproven = p.message(LIST, &[], Item::Recorded { chain: stranger });
    assert_eq!(p.undelivered(HERE, unproven), "not-proven");
}

#[test]
fn its_word_suspends_resumes_and_retires() {
    let (mut p, there) = following(TERMS);
    for (state, believed) in [
        (ChainState::Suspended, false),
        (ChainState::Active, true),
        (ChainState::Suspended, false),
        (ChainState::Retired, false),
    ] {
        p.marks(there, state);
        let word = p.word(there);
        p.delivered(HERE, word);
        assert_eq!(p.chains[HERE].believes(&there), believed, "{state:?}");
        let said = p.deliver(HERE, p.saying());
        let code = said.refusal().map(|refusal| refusal.code);
        assert_eq!(code, (!believed).then_some("chain-suspended"), "{state:?}");
    }
    // a registry that is corrupt as a whole lets it live again
    let mut lie = p.proven(LIST, &[keys::chain_record(&there)]);
    forge(&mut lie, &there, |record| {
        record.state = ChainState::Active;
        record.revision += 1;
    });
    let word = Delivery {
        evidence: p.deposit(LIST, lie),
        ..p.word(there)
    };
    assert_eq!(p.undelivered(HERE, word), "chain-retired");
}

/// Changes what a proof shows of the record of a chain.
fn forge(
    proven: &mut pangolin_ledger::evidence::Proven,
    chain: &ChainId,
    change: impl FnOnce(&mut ChainRecord),
) {
    use pangolin_ledger::Wire as _;
    let entry = proven.entries.get_mut(&keys::chain_record(chain)).unwrap();
    let mut record = ChainRecord::from_bytes(entry.as_ref().unwrap()).unwrap();
    change(&mut record);
    *entry = Some(record.to_bytes());
}

/// Neither more changes nor fewer than are known are all of them: a registry that counts fewer than it proved contradicts itself.
#[test]
fn a_registry_that_counts_fewer_changes_than_it_proved_is_not_heard() {
    use pangolin_ledger::Wire as _;
    let (mut p, there) = following(TERMS);
    p.marks(there, ChainState::Suspended);
    p.delivered(HERE, p.word(there));
    for (less, code) in [(1, "records-missing"), (0, "applied")] {
        let mut said = p.proven(LIST, &[keys::directory()]);
        let entry = said.entries.get_mut(&keys::directory()).unwrap();
        let mut directory = Directory::from_bytes(entry.as_ref().unwrap()).unwrap();
        directory.changes -= less;
        *entry = Some(directory.to_bytes());
        let all = Delivery {
            evidence: p.deposit(LIST, said),
            ..p.all()
        };
        let outcome = p.deliver(HERE, all);
        let refused = outcome.refusal().map_or("applied", |refusal| refusal.code);
        assert_eq!(refused, code, "{less} less");
    }
}

#[test]
fn an_earlier_word_never_undoes_a_later_one() {
    let (mut p, there) = following(TERMS);
    let mut words = vec![p.word(there)];
    for state in [
        ChainState::Suspended,
        ChainState::Active,
        ChainState::Suspended,
    ] {
        p.marks(there, state);
        words.push(p.word(there));
    }
    p.delivered(HERE, words.pop().unwrap());
    for word in words {
        assert_eq!(p.undelivered(HERE, word), "already-recorded");
        assert!(!p.chains[HERE].believes(&there));
    }
    let known: Following = p.chains[HERE].get(keys::following(&p.chain(LIST))).unwrap();
    assert_eq!((known.chains, known.known), (1, 4));
}

#[test]
fn an_earlier_version_under_a_later_header_is_no_news() {
    let (mut p, there) = following(TERMS);
    p.marks(there, ChainState::Suspended);
    p.delivered(HERE, p.word(there));
    // the header is later, the record is not
    p.chains[LIST].wait(10_000);
    let word = p.word(there);
    assert_eq!(p.undelivered(HERE, word), "already-recorded");
}

#[test]
fn a_suspension_of_the_own_governance_is_not_lifted_by_the_registry() {
    let (mut p, there) = following(TERMS);
    p.chains[HERE].decides(Action::SuspendChain { chain: there });
    for state in [ChainState::Suspended, ChainState::Active] {
        p.marks(there, state);
        p.delivered(HERE, p.word(there));
        assert!(!p.chains[HERE].believes(&there));
    }
    p.chains[HERE].decides(Action::ResumeChain { chain: there });
    assert!(p.chains[HERE].believes(&there));
    // nor does the own governance lift what the registry says
    p.marks(there, ChainState::Suspended);
    p.delivered(HERE, p.word(there));
    let resume = Action::ResumeChain { chain: there };
    assert_eq!(p.chains[HERE].denies(resume), "governance-subject");
    p.chains[HERE].decides(Action::SuspendChain { chain: there });
    p.chains[HERE].decides(Action::ResumeChain { chain: there });
    assert!(!p.chains[HERE].believes(&there));
}

#[test]
fn a_chain_of_the_own_registration_stays_the_own_affair() {
    let mut p = Pair::strangers();
    let there = p.chain(THERE);
    p.registers(HERE, LIST);
    p.registers(HERE, THERE);
    p.follows(HERE, LIST, TERMS);
    // the registry knows it under another key
    let mut identity = identity();
    identity.key = vec![9; 96];
    p.chains[LIST].decides(Action::RecordChain {
        chain: there,
        identity,
        about: about(),
    });
    let before = p.chains[HERE].foreign(&there);
    for state in [ChainState::Suspended, ChainState::Active] {
        p.marks(there, state);
        let effects = p.delivered(HERE, p.word(there));
        assert!(matches!(effects[..], [Effect::Heard { heeded: false, .. }]));
        assert_eq!(p.chains[HERE].foreign(&there), before);
    }
    let registry = Some(p.chain(LIST));
    let entrust = Action::EntrustChain {
        chain: there,
        registry,
    };
    assert_eq!(p.chains[HERE].denies(entrust), "identity-differs");
}

#[test]
fn a_chain_is_left_to_the_registry_and_taken_back() {
    let mut p = Pair::strangers();
    let (list, there) = (p.chain(LIST), p.chain(THERE));
    p.registers(HERE, THERE);
    p.registers(HERE, LIST);
    let entrust = |registry| Action::EntrustChain {
        chain: there,
        registry,
    };
    assert_eq!(
        p.chains[HERE].denies(entrust(Some(list))),
        "registry-not-followed"
    );
    assert_eq!(p.chains[HERE].denies(entrust(None)), "chain-unchanged");
    p.follows(HERE, LIST, TERMS);
    assert_eq!(p.chains[HERE].denies(entrust(Some(list))), "no-such-record");
    p.records(there, Grade::Native);
    p.marks(there, ChainState::Suspended);
    p.delivered(HERE, p.word(there));
    assert!(p.chains[HERE].believes(&there));
    p.chains[HERE].decides(entrust(Some(list)));
    assert!(
        !p.chains[HERE].believes(&there),
        "what is known counts at once"
    );
    assert_eq!(
        p.chains[HERE].denies(entrust(Some(list))),
        "chain-unchanged"
    );
    p.chains[HERE].decides(entrust(None));
    assert!(p.chains[HERE].believes(&there));
    p.marks(there, ChainState::Retired);
    p.delivered(HERE, p.word(there));
    assert!(p.chains[HERE].believes(&there));
    let stranger = Action::EntrustChain {
        chain: ChainId([9; 32]),
        registry: None,
    };
    assert_eq!(p.chains[HERE].denies(stranger), "governance-subject");
}

#[test]
fn a_registry_that_says_another_key_is_not_heard() {
    let (mut p, there) = following(TERMS);
    let mut lie = p.proven(LIST, &[keys::chain_record(&there)]);
    forge(&mut lie, &there, |record| {
        record.identity.key = vec![9; 96];
        record.revision += 1;
    });
    let word = Delivery {
        evidence: p.deposit(LIST, lie),
        ..p.word(there)
    };
    assert_eq!(p.undelivered(HERE, word), "identity-differs");
    assert_eq!(
        p.chains[HERE].foreign(&there).unwrap().key,
        Pair::key_of(there)
    );
}

#[test]
fn chains_of_a_lower_grade_and_the_chain_itself_are_not_registered() {
    let mut p = Pair::strangers();
    let here = p.chain(HERE);
    let (weak, strong) = (ChainId([7; 32]), ChainId([8; 32]));
    p.registers(HERE, LIST);
    p.follows(HERE, LIST, TERMS);
    p.records(weak, Grade::Attested);
    p.records(strong, Grade::LightClient);
    p.records(here, Grade::Native);
    for (chain, heeds) in [(weak, false), (strong, true), (here, false)] {
        let effects = p.delivered(HERE, p.word(chain));
        let heard = effects
            .iter()
            .any(|effect| matches!(effect, Effect::Heard { heeded, .. } if *heeded == heeds));
        assert!(heard, "{chain}");
        assert_eq!(p.chains[HERE].foreign(&chain).is_some(), heeds);
    }
    p.delivered(HERE, p.all());
}

#[test]
fn a_registry_is_followed_by_decision_on_terms_and_left() {
    let (mut p, there) = following(TERMS);
    let list = p.chain(LIST);
    let follow = |registry, terms| Action::FollowRegistry { registry, terms };
    let w = &mut p.chains[HERE];
    assert_eq!(
        w.denies(follow(ChainId([9; 32]), TERMS)),
        "governance-subject"
    );
    assert_eq!(w.denies(follow(list, TERMS)), "chain-unchanged");
    // its key is known by the word of another registry only
    assert_eq!(w.denies(follow(there, TERMS)), "governance-subject");
    let stricter = FollowTerms {
        freshness_ms: 100,
        ..TERMS
    };
    w.decides(follow(list, stricter));
    p.marks(there, ChainState::Suspended);
    p.delivered(HERE, p.word(there));
    let known = p.chains[HERE].foreign(&there).unwrap();
    assert_eq!(known.freshness_ms, 100);
    p.chains[HERE].decides(Action::LeaveRegistry { registry: list });
    let leave = Action::LeaveRegistry { registry: list };
    assert_eq!(p.chains[HERE].denies(leave), "registry-not-followed");
    p.marks(there, ChainState::Active);
    let word = p.word(there);
    assert_eq!(p.undelivered(HERE, word.clone()), "registry-not-followed");
    assert!(!p.chains[HERE].believes(&there), "it stays as it stood");
    p.follows(HERE, LIST, TERMS);
    p.delivered(HERE, word);
    assert!(p.chains[HERE].believes(&there));
    p.delivered(HERE, p.all());
}

#[test]
fn that_nothing_else_is_recorded_is_proven() {
    let (mut p, there) = following(TERMS);
    let list = p.chain(LIST);
    let as_of = |p: &Pair| {
        let known: Following = p.chains[HERE].get(keys::following(&list)).unwrap();
        known.as_of
    };
    let early = p.all();
    p.records(ChainId([7; 32]), Grade::Native);
    assert_eq!(p.undelivered(HERE, p.all()), "records-missing");
    p.marks(there, ChainState::Suspended);
    p.delivered(HERE, p.word(there));
    // as many versions are known as there were then, but not the same ones
    p.delivered(HERE, p.word(ChainId([7; 32])));
    assert_eq!(p.undelivered(HERE, early), "stale-proof");
    assert_eq!(as_of(&p), None);
    let all = p.all();
    p.delivered(HERE, all.clone());
    assert_eq!(as_of(&p).map(|time| time.0), Some(p.chains[LIST].time));
    assert_eq!(p.undelivered(HERE, all), "already-recorded");
    assert_eq!(
        p.undelivered(HERE, p.message(LIST, &[], Item::AllRecorded)),
        "not-proven"
    );
}

#[test]
fn by_old_word_of_the_registry_nothing_is_believed() {
    let terms = FollowTerms {
        word_ms: Some(60_000),
        ..TERMS
    };
    let (mut p, there) = following(terms);
    assert_eq!(p.undelivered(HERE, p.saying()), "registry-stale");
    p.delivered(HERE, p.all());
    p.delivered(HERE, p.saying());
    for chain in &mut p.chains {
        chain.wait(70_000);
    }
    assert_eq!(p.undelivered(HERE, p.saying()), "registry-stale");
    p.delivered(HERE, p.all());
    p.delivered(HERE, p.saying());
    // a chain of which the own governance decides is not concerned
    for chain in &mut p.chains {
        chain.wait(70_000);
    }
    assert_eq!(p.undelivered(HERE, p.saying()), "registry-stale");
    p.chains[HERE].decides(Action::EntrustChain {
        chain: there,
        registry: None,
    });
    p.delivered(HERE, p.saying());
}

#[test]
fn a_registry_shows_whoever_asks_which_key_a_chain_has() {
    use pangolin_ledger::walk::local::Want;
    let (p, there) = following(TERMS);
    let shown = |at: usize, of: ChainId| {
        let piece = p.chains[at].piece(&[Want::Chain(of)].into(), false);
        piece.unwrap().keys.into_iter().collect::<Vec<_>>()
    };
    let stranger = ChainId([9; 32]);
    assert_eq!(shown(LIST, there), [keys::chain_record(&there)]);
    assert_eq!(shown(HERE, there), [keys::foreign_chain(&there)]);
    assert_eq!(shown(LIST, stranger), [keys::foreign_chain(&stranger)]);
}
