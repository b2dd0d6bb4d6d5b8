//! Ceremonies between participants that are driven by hand: every message may be lost, repeated, changed, and everybody
//! may be killed between any two.

use commonware_cryptography::Signer as _;
use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha20Rng;
use std::time::{Duration, SystemTime};

use super::{
    participant::{Step, To},
    wire::{Body, Confirm, Dealing, Packet, Proof},
    *,
};
use crate::{
    genesis::{FORMAT, Genesis, ValidatorEntry},
    keys,
};

/// More messages than any ceremony here needs.
const MANY: usize = 20_000;

fn secrets(count: usize) -> Vec<NodeSecret> {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut secrets: Vec<_> = (0..count).map(|_| keys::generate(&mut rng)).collect();
    secrets.sort_by_key(NodeSecret::public_key);
    secrets
}

fn template(secrets: &[NodeSecret]) -> GenesisFile {
    let entry = |(i, secret): (usize, &NodeSecret)| ValidatorEntry {
        name: format!("v{i}"),
        organisation: format!("organisation {i}"),
        key: keys::public_hex(secret),
    };
    GenesisFile {
        format: FORMAT.into(),
        name: "test".into(),
        key_origin: KeyOrigin::TrustedDealer,
        created_ms: 1_700_000_000_000,
        heartbeat_ms: 1_000,
        epoch_blocks: None,
        validators: secrets.iter().enumerate().map(entry).collect(),
        chain_key: "00".into(),
        ledger: String::new(),
    }
}

fn terms_of(secrets: &[NodeSecret], draft: &[u8]) -> Terms {
    Terms::new(template(secrets), hash_draft(draft)).unwrap()
}

struct Room {
    secrets: Vec<NodeSecret>,
    terms: Terms,
    members: Vec<Participant>,
    disks: Vec<String>,
    results: Vec<Option<Completed>>,
    queue: Vec<(usize, usize, Vec<u8>)>,
    delivered: Vec<usize>,
    now: SystemTime,
    rng: ChaCha20Rng,
    /// One message in so many is lost; none with 0.
    loss: u32,
}

impl Room {
    fn new(count: usize, seed: u64) -> Self {
        let secrets = secrets(count);
        let terms = terms_of(&secrets, b"draft");
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let members: Vec<_> = secrets
            .iter()
            .map(|secret| {
                Participant::start(terms.clone(), secret.clone(), None, &mut rng).unwrap()
            })
            .collect();
        Self {
            disks: members
                .iter()
                .map(|member| member.journal().to_text())
                .collect(),
            results: vec![None; count],
            delivered: vec![0; count],
            queue: Vec::new(),
            now: SystemTime::UNIX_EPOCH,
            loss: 0,
            secrets,
            terms,
            members,
            rng,
        }
    }

    fn packet(&self, body: Body) -> Vec<u8> {
        Packet {
            session: self.terms.session(),
            body,
        }
        .bytes()
    }

    fn post(&mut self, from: usize, step: Step) {
        if step.save {
            self.disks[from] = self.members[from].journal().to_text();
        }
        for (to, body) in step.send {
            let bytes = self.packet(body);
            let all = 0..self.members.len();
            let to = all.filter(|place| *place != from && (to == To::All || to == To::One(*place)));
            self.queue.extend(to.map(|to| (from, to, bytes.clone())));
        }
    }

    fn receive(&mut self, from: usize, to: usize, bytes: &[u8]) {
        let step = self.members[to]
            .receive(&mut self.rng, self.now, from, bytes)
            .unwrap();
        self.post(to, step);
        if !self.members[to].is_finished()
            && let Some(result) = self.members[to].completed()
        {
            self.results[to] = Some(result);
            self.members[to].set_finished();
        }
    }

    fn tick(&mut self) {
        self.now += Duration::from_secs(1);
        for from in 0..self.members.len() {
            let status = self.members[from].status();
            self.post(
                from,
                Step {
                    save: false,
                    send: vec![(To::All, status)],
                },
            );
        }
    }

    /// Kills a validator and starts it again from its disk. What is on its way to it is lost.
    fn restart(&mut self, place: usize) {
        self.queue.retain(|(_, to, _)| *to != place);
        let (terms, secret) = (self.terms.clone(), self.secrets[place].clone());
        self.members[place] = if let Some(result) = &self.results[place] {
            let genesis = result.genesis.clone();
            Participant::finished(terms, secret, &result.record, genesis, &mut self.rng).unwrap()
        } else {
            let journal = Journal::parse(&self.disks[place], &terms).unwrap();
            Participant::start(terms, secret, Some(journal), &mut self.rng).unwrap()
        };
    }

    /// Delivers messages in a random order until everybody has finished or there is a fault; `each` is called before every message.
    fn go(&mut self, mut each: impl FnMut(&mut Self, usize)) {
        for _ in 0..MANY {
            if self.members.iter().all(Participant::all_finished)
                || self.members.iter().all(|m| m.fault().is_some())
            {
                return;
            }
            if self.queue.is_empty() {
                self.tick();
            }
            let next = self.rng.random_range(0..self.queue.len());
            let (from, to, bytes) = self.queue.swap_remove(next);
            if self.loss > 0 && self.rng.random_range(0..self.loss) == 0 {
                continue;
            }
            each(self, to);
            self.delivered[to] += 1;
            self.receive(from, to, &bytes);
        }
        panic!("no end: {:?}", self.members[0].progress(self.now).waiting());
    }

    fn assert_done(&mut self) {
        let results: Vec<_> = self
            .results
            .iter()
            .map(|result| result.clone().unwrap())
            .collect();
        for result in &results {
            assert_eq!(result.chain, results[0].chain);
            assert_eq!(result.genesis, results[0].genesis);
            let genesis = result
                .record
                .verify(&result.genesis, &mut self.rng)
                .unwrap();
            assert_eq!(genesis.chain, result.chain);
            assert!(genesis.signer(result.share.clone()).is_some());
        }
    }

    fn dealing(&self, from: usize, to: usize) -> Dealing {
        self.members[from].dealing_for(to)
    }

    /// A dealing by `from` for `to` that holds somebody else's share.
    fn bad_dealing(&self, from: usize, to: usize) -> Dealing {
        let other = self.dealing(from, (to + 1) % self.members.len());
        let (session, secret) = (self.terms.session(), &self.secrets[from]);
        Dealing::sign(&session, secret, index(to), other.public, other.private)
    }
}

fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap()
}

#[test]
fn everybody_ends_with_the_same_chain() {
    for count in [2, 3, 4, 7] {
        let mut room = Room::new(count, 1);
        room.go(|_, _| {});
        room.assert_done();
    }
}

#[test]
fn lost_messages_come_again() {
    for seed in 0..5 {
        let mut room = Room::new(4, seed);
        room.loss = 3;
        room.go(|_, _| {});
        room.assert_done();
    }
}

#[test]
fn a_validator_killed_at_any_step_goes_on_from_its_disk() {
    let mut step = 0;
    loop {
        let mut room = Room::new(4, 3);
        let mut killed = false;
        room.go(|room, to| {
            if to == 0 && room.delivered[0] == step && !killed {
                killed = true;
                room.restart(0);
            }
        });
        room.assert_done();
        if !killed {
            break;
        }
        step += 1;
    }
    assert!(step > 10, "it was killed at {step} steps only");
}

#[test]
fn everybody_may_be_killed_again_and_again() {
    for seed in 0..5 {
        let mut room = Room::new(4, seed);
        room.loss = 5;
        room.go(|room, _| {
            if room.rng.random_range(0..25) == 0 {
                let place = room.rng.random_range(0..4);
                room.restart(place);
            }
        });
        room.assert_done();
    }
}

#[test]
fn a_bad_share_is_shown_to_all_and_names_its_dealer() {
    let mut room = Room::new(4, 1);
    let bad = room.packet(Body::Dealing(room.bad_dealing(2, 0)));
    room.tick();
    room.receive(2, 0, &bad);
    // whatever the liar answers to the complaint, the honest agree
    for _ in 0..2_000 {
        if room.queue.is_empty() {
            room.tick();
        }
        let (from, to, bytes) = room.queue.remove(0);
        if to != 2 && from != 2 {
            room.receive(from, to, &bytes);
        }
        if [0, 1, 3]
            .iter()
            .all(|place| room.members[*place].fault().is_some())
        {
            break;
        }
    }
    for place in [0, 1, 3] {
        let fault = Fault {
            accused: 2,
            misdeed: Misdeed::BadShare,
        };
        assert_eq!(room.members[place].fault(), Some(&fault), "{place}");
        assert!(room.members[place].completed().is_none());
    }
}

#[test]
fn evidence_cannot_be_forged() {
    let mut room = Room::new(4, 1);
    let good = room.dealing(2, 0);
    let mut unsigned = room.bad_dealing(2, 0);
    unsigned.signature = good.signature.clone();
    // signed by the complainer itself
    let own = room.bad_dealing(1, 0);
    for dealing in [good, unsigned, own] {
        let complaint = Body::Complaint(2, Proof::Dealing(dealing));
        let bytes = room.packet(complaint);
        room.receive(1, 3, &bytes);
        let fault = room.members[3].fault().cloned().unwrap();
        assert_eq!((fault.accused, fault.misdeed), (1, Misdeed::FalseComplaint));
        room.restart(3);
    }
}

#[test]
fn a_share_for_another_place_is_no_evidence_and_no_dealing() {
    let mut room = Room::new(4, 1);
    let bytes = room.packet(Body::Dealing(room.dealing(2, 1)));
    room.receive(2, 0, &bytes);
    assert!(room.members[0].fault().is_none());
    assert!(!room.members[0].progress(room.now).peers[1].dealt);
    let mut outside = room.dealing(2, 1);
    outside.player = 77;
    assert!(!evidence::is_good_dealing(&room.terms, &outside));
}

#[test]
fn who_deals_twice_is_named() {
    let mut room = Room::new(4, 1);
    let first = room.packet(Body::Dealing(room.dealing(2, 0)));
    room.receive(2, 0, &first);
    room.receive(2, 0, &first);
    assert!(room.members[0].fault().is_none());
    let (terms, secret) = (room.terms.clone(), room.secrets[2].clone());
    // it lost its disk
    room.members[2] = Participant::start(terms, secret, None, &mut room.rng).unwrap();
    let second = room.packet(Body::Dealing(room.dealing(2, 0)));
    room.receive(2, 0, &second);
    let fault = room.members[0].fault().unwrap();
    assert_eq!(
        (fault.accused, fault.misdeed.clone()),
        (2, Misdeed::DealtTwice)
    );
}

#[test]
fn a_confirmation_of_another_chain_stops_the_ceremony() {
    let mut room = Room::new(3, 1);
    let other = hash_draft(b"another chain");
    let lie = Confirm::sign(&room.terms.session(), &room.secrets[1], 1, other);
    let lie = room.packet(Body::Confirm(lie));
    room.receive(1, 0, &lie);
    room.receive(1, 2, &lie);
    for _ in 0..2_000 {
        if room.queue.is_empty() {
            room.tick();
        }
        let (from, to, bytes) = room.queue.remove(0);
        room.receive(from, to, &bytes);
    }
    let fault = room.members[0].fault().unwrap();
    assert_eq!(
        (fault.accused, fault.misdeed.clone()),
        (1, Misdeed::OtherChain)
    );
    assert!(room.results[0].is_none() && room.results[2].is_none());
}

#[test]
fn garbage_changes_nothing() {
    let mut room = Room::new(4, 1);
    let good = room.packet(Body::Dealing(room.dealing(2, 0)));
    for _ in 0..500 {
        let mut bytes = good.clone();
        let place = room.rng.random_range(0..bytes.len());
        bytes[place] ^= 1 << room.rng.random_range(0..8);
        bytes.truncate(room.rng.random_range(1..=bytes.len()));
        // a changed share is not signed by its dealer, so it is no misdeed either
        room.receive(2, 0, &bytes);
        let mut noise = vec![0; room.rng.random_range(0..300)];
        room.rng.fill_bytes(&mut noise);
        room.receive(2, 0, &noise);
    }
    assert!(room.members[0].fault().is_none());
    assert_eq!(room.members[0].journal().held.len(), 1);
    room.go(|_, _| {});
    room.assert_done();
}

#[test]
fn another_draft_is_said_by_name() {
    let mut room = Room::new(3, 1);
    let other = terms_of(&room.secrets, b"another draft");
    let stranger =
        Participant::start(other.clone(), room.secrets[1].clone(), None, &mut room.rng).unwrap();
    let bytes = Packet {
        session: other.session(),
        body: stranger.status(),
    }
    .bytes();
    room.receive(1, 0, &bytes);
    let waiting = room.members[0].progress(room.now).waiting();
    assert!(
        waiting[0].starts_with("v1 has another draft"),
        "{waiting:?}"
    );
    assert!(waiting[0].contains(&other.draft().to_string()));
}

#[test]
fn kept_state_of_another_draft_or_broken_state_is_refused() {
    let room = Room::new(3, 1);
    let other = terms_of(&room.secrets, b"another draft");
    let code = |text: &str, terms: &Terms| Journal::parse(text, terms).unwrap_err().code();
    assert_eq!(
        code(&room.disks[0], &other),
        "ceremony-state-of-other-draft"
    );
    assert_eq!(code("xyz", &room.terms), "ceremony-state-hexadecimal");
    assert_eq!(
        code(&room.disks[0][..40], &room.terms),
        "ceremony-state-syntax"
    );
}

#[test]
fn terms_refuse_what_is_no_ceremony() {
    let secrets = secrets(3);
    let code = |file: GenesisFile| Terms::new(file, hash_draft(b"")).unwrap_err().code();
    assert_eq!(code(template(&secrets[..1])), "ceremony-validators");
    let mut twice = template(&secrets);
    twice.validators[2].key = twice.validators[0].key.clone();
    assert_eq!(code(twice), "ceremony-validator-key");
    let mut wrong = template(&secrets);
    wrong.validators[1].key = "zz".into();
    assert_eq!(code(wrong), "ceremony-validator-key");
    let terms = terms_of(&secrets[..2], b"");
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let outsider = Participant::start(terms, secrets[2].clone(), None, &mut rng);
    assert_eq!(outsider.err().unwrap().code(), "not-a-validator");
}

#[test]
fn a_record_holds_for_its_own_genesis_only() {
    let mut room = Room::new(3, 1);
    room.go(|_, _| {});
    let done = room.results[0].clone().unwrap();
    let read = Record::parse(&done.record.to_bytes()).unwrap();
    assert_eq!(read, done.record);
    let rng = &mut room.rng;
    let text = String::from_utf8(done.genesis.clone()).unwrap();
    let renamed = text.replace("\"test\"", "\"tost\"");
    assert!(done.record.verify(renamed.as_bytes(), rng).is_err());
    // even a record that names the changed genesis does not hold: the logs are of another session
    let mut forged = done.record.clone();
    forged.chain = Genesis::parse(renamed.as_bytes())
        .unwrap()
        .chain
        .to_string();
    assert!(forged.verify(renamed.as_bytes(), rng).is_err());
    let mut swapped = done.record.clone();
    let confirmation = swapped.validators[0].confirmation.clone();
    swapped.validators[1].confirmation = confirmation;
    let error = swapped.verify(&done.genesis, rng).unwrap_err();
    assert_eq!(error.code(), "ceremony-record-confirmation");
    let other = terms_of(&room.secrets, b"another draft");
    let (genesis, secret) = (done.genesis.clone(), room.secrets[0].clone());
    let refused = Participant::finished(other, secret, &done.record, genesis, rng);
    assert_eq!(
        refused.err().unwrap().code(),
        "ceremony-record-of-other-draft"
    );
    let mut missing = done.record;
    missing.validators.pop();
    assert!(missing.verify(&done.genesis, rng).is_err());
}
