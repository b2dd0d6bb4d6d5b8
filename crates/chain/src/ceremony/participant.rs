//! One validator in a ceremony, without network, clock or disk: messages in, messages out.
//!
//! Whatever it must not forget is in its [`Journal`]; a step that changes it says so, and its answers may be sent only
//! when the journal is on disk.

use commonware_codec::{Copying, Decode as _};
use commonware_cryptography::{
    Signer as _,
    bls12381::dkg::feldman_desmedt::{DealerPrivMsg, Logs},
    transcript::{Summary, Transcript, Version},
};
use commonware_math::algebra::Random as _;
use commonware_parallel::Sequential;
use commonware_utils::N3f1;
use rand_core::CryptoRng;
use std::{
    collections::BTreeMap,
    num::NonZeroU32,
    time::{Duration, SystemTime},
};
use tracing::debug;

use super::{
    Ack, CeremonyError, Dealer, Fault, Info, Journal, JournalError, Log, Misdeed, Peer, Player,
    Presence, Progress, Public, Record, RecordError, Terms, everybody,
    evidence::{Checked, check_log, judge},
    journal::Held,
    wire::{Body, Confirm, Dealing, Packet, Proof, Status},
};
use crate::{
    genesis::Genesis,
    types::{ChainShare, Digest, NodeKey, NodeSecret},
};

/// A validator that was not heard of for this long counts as missing.
const ABSENT: Duration = Duration::from_secs(5);

/// What a finished ceremony leaves.
#[derive(Clone, Debug)]
pub struct Completed {
    /// The chain's identity.
    pub chain: Digest,
    /// The genesis file, the same bytes everywhere.
    pub genesis: Vec<u8>,
    /// This validator's share: secret.
    pub share: ChainShare,
    /// What shows anybody that the key comes from this ceremony.
    pub record: Record,
}

/// To whom a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    One(usize),
    All,
}

/// What follows from a message.
#[derive(Debug, Default)]
pub(crate) struct Step {
    /// The journal changed: it has to be on disk before anything is sent.
    pub(crate) save: bool,
    /// What to send.
    pub(crate) send: Vec<(To, Body)>,
}

impl Step {
    fn say(&mut self, to: To, body: Body) {
        self.send.push((to, body));
    }
}

struct Outcome {
    chain: Digest,
    genesis: Vec<u8>,
    share: Option<ChainShare>,
}

#[derive(Clone, Default)]
struct View {
    seen: Option<SystemTime>,
    other: Option<Digest>,
    status: Option<Status>,
}

/// A validator's part of the ceremony.
pub struct Participant {
    terms: Terms,
    info: Info,
    secret: NodeSecret,
    me: usize,
    seed: Summary,
    /// Until the own log is signed.
    dealer: Option<Dealer>,
    dealings: Vec<(Public, DealerPrivMsg)>,
    acks: u128,
    /// Until the key is computed.
    player: Option<Player>,
    held: BTreeMap<usize, (Held, Ack)>,
    logs: Vec<Option<Log>>,
    confirms: Vec<Option<Confirm>>,
    outcome: Option<Outcome>,
    finished: bool,
    fault: Option<Fault>,
    complaint: Option<(u32, Proof)>,
    views: Vec<View>,
}

impl Participant {
    /// Takes part, from the beginning or from where an earlier run was ended.
    pub fn start(
        terms: Terms,
        secret: NodeSecret,
        earlier: Option<Journal>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, CeremonyError> {
        let (seed, kept) = match earlier {
            Some(journal) if journal.session != terms.session() => {
                return Err(JournalError::OtherSession.into());
            }
            Some(journal) => (journal.seed, journal.held),
            None => (Summary::random(&mut *rng), Vec::new()),
        };
        let mut this = Self::new(terms, secret, seed)?;
        let mut player =
            Player::new(this.info.clone(), this.secret.clone()).map_err(mathematics)?;
        for held in kept {
            let place = held.dealer as usize;
            let wrong = || JournalError::Dealing(this.terms.name(place));
            let dealer = this.key(place).ok_or_else(wrong)?;
            let ack =
                player.dealer_message::<N3f1>(dealer, held.public.clone(), held.private.clone());
            let ack = ack.ok().flatten().ok_or_else(wrong)?;
            this.held.insert(place, (held, ack));
        }
        // the same seed deals the same shares: a validator that was killed does not deal twice
        let rng = Transcript::resume(seed, Version::V1).noise(b"dealer");
        let (mut dealer, public, privates) =
            Dealer::start::<N3f1>(rng, this.info.clone(), this.secret.clone(), None)
                .map_err(mathematics)?;
        this.dealings = privates
            .into_iter()
            .map(|(_, private)| (public.clone(), private))
            .collect();
        if !this.held.contains_key(&this.me) {
            let (public, private) = this.dealings[this.me].clone();
            let me = this.secret.public_key();
            let ack = player.dealer_message::<N3f1>(me, public.clone(), private.clone());
            let ack = ack.map_err(mathematics)?;
            let ack = ack.ok_or_else(|| CeremonyError::Mathematics("own dealing".into()))?;
            let dealer = index(this.me);
            this.held.insert(
                this.me,
                (
                    Held {
                        dealer,
                        public,
                        private,
                    },
                    ack,
                ),
            );
        }
        if let Some((_, ack)) = this.held.get(&this.me) {
            dealer
                .receive_player_ack(this.secret.public_key(), ack.clone())
                .map_err(mathematics)?;
            this.acks |= bit(this.me);
        }
        this.dealer = Some(dealer);
        this.player = Some(player);
        Ok(this)
    }

    /// Helps others to finish: this validator has its share already.
    pub fn finished(
        terms: Terms,
        secret: NodeSecret,
        record: &Record,
        genesis: Vec<u8>,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, CeremonyError> {
        if record.draft != terms.draft().to_string() {
            return Err(RecordError::OtherDraft(record.draft.clone()).into());
        }
        // nobody needs this validator's dealings any more: all acknowledged them
        let mut this = Self::new(terms, secret, Summary::random(&mut *rng))?;
        let parts = record.parts(&this.terms)?;
        this.logs = parts.logs.into_iter().map(Some).collect();
        this.confirms = parts.confirms.into_iter().map(Some).collect();
        this.outcome = Some(Outcome {
            chain: record.chain()?,
            genesis,
            share: None,
        });
        this.finished = true;
        Ok(this)
    }

    fn new(terms: Terms, secret: NodeSecret, seed: Summary) -> Result<Self, CeremonyError> {
        let key = secret.public_key();
        let me = terms
            .validators()
            .position(&key)
            .ok_or_else(|| CeremonyError::NotAValidator(hex::encode(key.as_ref())))?;
        let count = terms.count();
        Ok(Self {
            info: terms.info()?,
            terms,
            secret,
            me,
            seed,
            dealer: None,
            dealings: Vec::new(),
            acks: 0,
            player: None,
            held: BTreeMap::new(),
            logs: vec![None; count],
            confirms: vec![None; count],
            outcome: None,
            finished: false,
            fault: None,
            complaint: None,
            views: vec![View::default(); count],
        })
    }

    /// What must be on disk before anything is sent.
    pub fn journal(&self) -> Journal {
        Journal {
            session: self.terms.session(),
            seed: self.seed,
            held: self.held.values().map(|(held, _)| held.clone()).collect(),
        }
    }

    /// Its terms.
    pub const fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Whom this validator caught.
    pub const fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// Another validator that stopped, and the one it names.
    pub(crate) fn stopped(&self) -> Option<(usize, usize)> {
        let halted = |view: &View| Some(view.status.as_ref()?.halted? as usize);
        let mut found = self.views.iter().enumerate();
        found.find_map(|(place, view)| Some((place, halted(view)?)))
    }

    /// The result, when everybody confirmed it.
    pub fn completed(&self) -> Option<Completed> {
        let outcome = self.outcome.as_ref()?;
        let share = outcome.share.clone()?;
        let logs: Option<Vec<Log>> = self.logs.iter().cloned().collect();
        let confirms: Option<Vec<Confirm>> = self.confirms.iter().cloned().collect();
        (self.fault.is_none()).then_some(())?;
        Some(Completed {
            chain: outcome.chain,
            genesis: outcome.genesis.clone(),
            share,
            record: Record::new(&self.terms, outcome.chain, &logs?, &confirms?),
        })
    }

    /// Share and genesis file are on disk.
    pub(crate) fn set_finished(&mut self) {
        self.finished = true;
    }

    /// Whether share and genesis file are on disk.
    pub const fn is_finished(&self) -> bool {
        self.finished
    }

    /// Whether everybody said that it has finished.
    pub(crate) fn all_finished(&self) -> bool {
        let finished = |view: &View| view.status.as_ref().is_some_and(|status| status.finished);
        let mut others = self
            .views
            .iter()
            .enumerate()
            .filter(|(place, _)| *place != self.me);
        self.finished && others.all(|(_, view)| finished(view))
    }

    /// What everybody is told again and again.
    pub(crate) fn status(&self) -> Body {
        let halted = self.fault.as_ref().map(|fault| index(fault.accused));
        Body::Status(Status {
            draft: self.terms.draft(),
            acks: self.acks,
            logs: mask(&self.logs),
            confirms: mask(&self.confirms),
            finished: self.finished,
            halted,
        })
    }

    /// Takes what the validator at `from` sent. Malformed and foreign messages have no effect.
    pub(crate) fn receive(
        &mut self,
        rng: &mut impl CryptoRng,
        now: SystemTime,
        from: usize,
        bytes: &[u8],
    ) -> Result<Step, CeremonyError> {
        let mut step = Step::default();
        let count = u32::try_from(self.terms.count())
            .ok()
            .and_then(NonZeroU32::new);
        let packet = Packet::decode_cfg(Copying(bytes), &count.unwrap_or(NonZeroU32::MIN));
        let name = self.terms.name(from);
        let (Ok(packet), Some(view)) = (packet, self.views.get_mut(from)) else {
            debug!(from = name, "a malformed message is ignored");
            return Ok(step);
        };
        view.seen = Some(now);
        if packet.session != self.terms.session() {
            if let Body::Status(status) = packet.body {
                view.other = Some(status.draft);
                view.status = None;
            }
            return Ok(step);
        }
        view.other = None;
        match packet.body {
            Body::Status(status) => self.on_status(from, status, &mut step),
            _ if self.fault.is_some() => {}
            Body::Dealing(dealing) => self.on_dealing(from, dealing, &mut step),
            Body::Ack(ack) => self.on_ack(from, ack, &mut step),
            Body::Log(log) => self.on_log(rng, &log, &mut step),
            Body::Confirm(confirm) => self.on_confirm(confirm),
            Body::Complaint(accused, proof) => {
                self.on_complaint(rng, from, accused, proof, &mut step);
            }
        }
        self.conclude(rng, &mut step)?;
        Ok(step)
    }

    /// Sends what its status shows that a validator lacks.
    fn on_status(&mut self, from: usize, status: Status, step: &mut Step) {
        if let Some((accused, proof)) = &self.complaint {
            step.say(To::One(from), Body::Complaint(*accused, proof.clone()));
        }
        let lacks = |mask: u128, place: usize| mask & bit(place) == 0;
        if self.fault.is_none() {
            if lacks(self.acks, from) && self.dealer.is_some() {
                step.say(To::One(from), Body::Dealing(self.dealing_for(from)));
            }
            // the own ones always; those of others when their owners may have left
            for place in (0..self.terms.count()).filter(|place| *place == self.me || self.finished)
            {
                if let (true, Some(Some(log))) = (lacks(status.logs, place), self.logs.get(place)) {
                    step.say(To::One(from), Body::Log(log.clone()));
                }
                if let (true, Some(Some(confirm))) =
                    (lacks(status.confirms, place), self.confirms.get(place))
                {
                    step.say(To::One(from), Body::Confirm(confirm.clone()));
                }
            }
        }
        if let Some(view) = self.views.get_mut(from) {
            view.status = Some(status);
        }
    }

    pub(crate) fn dealing_for(&self, player: usize) -> Dealing {
        let (public, private) = self.dealings[player].clone();
        let session = self.terms.session();
        Dealing::sign(&session, &self.secret, index(player), public, private)
    }

    fn on_dealing(&mut self, from: usize, dealing: Dealing, step: &mut Step) {
        let Some(dealer) = self.key(from) else { return };
        if dealing.player as usize != self.me || !dealing.is_of(&self.terms.session(), &dealer) {
            debug!(
                from = self.terms.name(from),
                "a dealing for somebody else is ignored"
            );
            return;
        }
        if let Some((held, ack)) = self.held.get(&from) {
            if held.public == dealing.public && held.private == dealing.private {
                step.say(To::One(from), Body::Ack(ack.clone()));
            } else {
                self.accuse(from, Misdeed::DealtTwice, None, step);
            }
            return;
        }
        let Some(player) = self.player.as_mut() else {
            return;
        };
        let (public, private) = (dealing.public.clone(), dealing.private.clone());
        match player.dealer_message::<N3f1>(dealer, public.clone(), private.clone()) {
            Ok(Some(ack)) => {
                step.save = true;
                step.say(To::One(from), Body::Ack(ack.clone()));
                let held = Held {
                    dealer: index(from),
                    public,
                    private,
                };
                self.held.insert(from, (held, ack));
            }
            Ok(None) => {}
            Err(_) => self.accuse(from, Misdeed::BadShare, Some(Proof::Dealing(dealing)), step),
        }
    }

    fn on_ack(&mut self, from: usize, ack: Ack, step: &mut Step) {
        let (Some(key), Some(dealer)) = (self.key(from), self.dealer.as_mut()) else {
            return;
        };
        if dealer.receive_player_ack(key, ack).is_err() {
            // it acknowledged something that was not dealt here: its next status shows what it lacks
            debug!(
                from = self.terms.name(from),
                "an acknowledgement of another dealing is ignored"
            );
            return;
        }
        self.acks |= bit(from);
        if !everybody(self.acks, self.terms.count()) {
            return;
        }
        if let Some(dealer) = self.dealer.take() {
            let log = dealer.finalize::<N3f1>();
            step.say(To::All, Body::Log(log.clone()));
            self.logs[self.me] = Some(log);
        }
    }

    fn on_log(&mut self, rng: &mut impl CryptoRng, log: &Log, step: &mut Step) {
        match check_log(rng, &self.terms, &self.info, log) {
            Checked::Good(dealer) => {
                if dealer == self.me {
                    // it comes back to a validator that was killed after it had sent it
                    self.dealer = None;
                    self.acks = u128::MAX >> (u128::BITS as usize - self.terms.count());
                }
                if let Some(place @ None) = self.logs.get_mut(dealer) {
                    *place = Some(log.clone());
                }
            }
            Checked::Wrong(dealer, why) => {
                let proof = Proof::Log(log.clone());
                self.accuse(dealer, Misdeed::BadLog(why), Some(proof), step);
            }
            Checked::Foreign => debug!("a log of nobody here is ignored"),
        }
    }

    fn on_confirm(&mut self, confirm: Confirm) {
        let signer = confirm.signer as usize;
        let Some(key) = self.key(signer) else { return };
        if !confirm.is_of(&self.terms.session(), &key) {
            debug!("a confirmation that its validator did not sign is ignored");
            return;
        }
        if let Some(place @ None) = self.confirms.get_mut(signer) {
            *place = Some(confirm);
        }
    }

    fn on_complaint(
        &mut self,
        rng: &mut impl CryptoRng,
        from: usize,
        accused: u32,
        proof: Proof,
        step: &mut Step,
    ) {
        let place = accused as usize;
        match judge(rng, &self.terms, &self.info, place, &proof) {
            Some(misdeed) => self.accuse(place, misdeed, Some(proof), step),
            None => self.accuse(from, Misdeed::FalseComplaint, None, step),
        }
    }

    /// Computes the key when all logs are here, and holds the confirmations against it.
    fn conclude(&mut self, rng: &mut impl CryptoRng, step: &mut Step) -> Result<(), CeremonyError> {
        let complete =
            self.held.len() == self.terms.count() && self.logs.iter().all(Option::is_some);
        if self.fault.is_none()
            && complete
            && let Some(player) = self.player.take()
        {
            let outcome = self.compute(rng, player)?;
            let confirm = Confirm::sign(
                &self.terms.session(),
                &self.secret,
                index(self.me),
                outcome.chain,
            );
            step.say(To::All, Body::Confirm(confirm.clone()));
            self.confirms[self.me] = Some(confirm);
            self.outcome = Some(outcome);
        }
        if let Some(outcome) = &self.outcome {
            let other = |confirm: &Option<Confirm>| {
                confirm.as_ref().is_some_and(|c| c.chain != outcome.chain)
            };
            if let Some(place) = self.confirms.iter().position(other) {
                self.accuse(place, Misdeed::OtherChain, None, step);
            }
        }
        Ok(())
    }

    fn compute(&self, rng: &mut impl CryptoRng, player: Player) -> Result<Outcome, CeremonyError> {
        let mut logs = Logs::<_, _, N3f1>::new(self.info.clone());
        for log in self.logs.iter().flatten() {
            let (dealer, log) = log
                .clone()
                .check(&self.info)
                .ok_or_else(|| CeremonyError::Mathematics("a log lost its signature".into()))?;
            logs.record(dealer, log);
        }
        let (output, share) = player
            .finalize::<N3f1>(rng, logs, &Sequential)
            .map_err(mathematics)?;
        let bytes = self.terms.genesis(output.public());
        let genesis = Genesis::parse(&bytes).map_err(mathematics)?;
        if genesis.signer(share.clone()).is_none() {
            return Err(CeremonyError::Mathematics(
                "the share is not of this key".into(),
            ));
        }
        Ok(Outcome {
            chain: genesis.chain,
            genesis: bytes,
            share: Some(share),
        })
    }

    fn accuse(&mut self, accused: usize, misdeed: Misdeed, proof: Option<Proof>, step: &mut Step) {
        if self.fault.is_some() || self.finished {
            return;
        }
        if let Some(proof) = proof {
            let complaint = (index(accused), proof);
            step.say(To::All, Body::Complaint(complaint.0, complaint.1.clone()));
            self.complaint = Some(complaint);
        }
        self.fault = Some(Fault { accused, misdeed });
        step.say(To::All, self.status());
    }

    /// How everybody stands.
    pub fn progress(&self, now: SystemTime) -> Progress {
        let others = (0..self.terms.count()).filter(|place| *place != self.me);
        Progress {
            peers: others.map(|place| self.peer(place, now)).collect(),
            chain: self.outcome.as_ref().map(|outcome| outcome.chain),
            finished: self.finished,
        }
    }

    fn peer(&self, place: usize, now: SystemTime) -> Peer {
        let view = &self.views[place];
        let recent = |seen: SystemTime| now.duration_since(seen).unwrap_or_default() < ABSENT;
        let presence = match (view.seen, view.other) {
            (Some(seen), Some(draft)) if recent(seen) => Presence::OtherDraft(draft),
            (Some(seen), None) if recent(seen) => Presence::Here,
            _ => Presence::Missing,
        };
        let status = view.status.as_ref();
        let lacking = |acks: u128| {
            let lacking = (0..self.terms.count()).filter(|other| acks & bit(*other) == 0);
            lacking.map(|other| self.terms.name(other)).collect()
        };
        Peer {
            name: self.terms.name(place),
            presence,
            dealt: self.held.contains_key(&place),
            acknowledged: self.acks & bit(place) != 0,
            log: self.logs[place].is_some(),
            lacks: status
                .map(|status| lacking(status.acks))
                .unwrap_or_default(),
            confirmed: self.confirms[place].is_some(),
            finished: status.is_some_and(|status| status.finished),
            halted: status
                .and_then(|status| status.halted)
                .map(|accused| self.terms.name(accused as usize)),
        }
    }

    fn key(&self, place: usize) -> Option<NodeKey> {
        self.terms.validators().get(place).cloned()
    }
}

/// A place as it is written: there are at most [`crate::limits::MAX_VALIDATORS`].
fn index(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

const fn bit(place: usize) -> u128 {
    1 << place
}

fn mask<T>(slots: &[Option<T>]) -> u128 {
    let filled = slots.iter().enumerate().filter(|(_, slot)| slot.is_some());
    filled.map(|(place, _)| bit(place)).sum()
}

fn mathematics(error: impl std::fmt::Display) -> CeremonyError {
    CeremonyError::Mathematics(error.to_string())
}
