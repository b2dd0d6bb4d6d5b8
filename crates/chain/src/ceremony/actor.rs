//! Drives a [`Participant`]: links, clock and disk.

use commonware_p2p::{Receiver, Recipients, Sender};
use commonware_runtime::{Clock, IoBuf};
use rand_core::CryptoRng;
use std::{io, time::Duration};

use super::{
    CeremonyError, Completed, Fault, Journal, Participant, Progress,
    participant::{Step, To},
    wire::{Body, Packet},
};
use crate::types::{Digest, NodeKey};

/// Where a ceremony's secrets and results are kept. What is given here must be durable when the call returns.
pub trait Vault: Send {
    /// Keeps what must not be forgotten.
    fn keep(&mut self, journal: &Journal) -> io::Result<()>;
    /// Keeps the result; the journal is not needed afterwards.
    fn finish(&mut self, result: &Completed) -> io::Result<()>;
}

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Between two statements of how this validator stands.
    pub tick: Duration,
    /// For the whole ceremony; without end when `None`.
    pub patience: Option<Duration>,
    /// For the others to finish, once this validator has.
    pub linger: Duration,
    /// For the others to hear whom this validator caught.
    pub accuse: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            tick: Duration::from_secs(1),
            patience: None,
            linger: Duration::from_mins(1),
            accuse: Duration::from_secs(5),
        }
    }
}

/// How a ceremony ended for this validator.
#[derive(Clone, Debug)]
pub struct Done {
    /// The chain's identity.
    pub chain: Option<Digest>,
    /// Names of those that had not said that they have finished too.
    pub unfinished: Vec<String>,
}

/// Takes part until the result is written and the others have it too.
pub async fn run<E, S, R>(
    mut context: E,
    mut participant: Participant,
    vault: &mut dyn Vault,
    (mut sender, mut receiver): (S, R),
    limits: Limits,
    mut report: impl FnMut(&Progress),
) -> Result<Done, CeremonyError>
where
    E: Clock + CryptoRng,
    S: Sender<PublicKey = NodeKey>,
    R: Receiver<PublicKey = NodeKey>,
{
    if !participant.is_finished() {
        vault
            .keep(&participant.journal())
            .map_err(CeremonyError::Storage)?;
    }
    let begin = context.current();
    let mut next_tick = begin;
    // since when there is a fault, somebody has stopped, the result is written, all have finished
    let (mut caught, mut stopped, mut written, mut complete) = (None, None, None, None);
    let mut shown = None;
    loop {
        let now = context.current();
        if next_tick <= now {
            let status = participant.status();
            send(&participant, &mut sender, vec![(To::All, status)]);
            next_tick = now + limits.tick;
        }
        if !participant.is_finished()
            && let Some(result) = participant.completed()
        {
            vault.finish(&result).map_err(CeremonyError::Storage)?;
            participant.set_finished();
            send(
                &participant,
                &mut sender,
                vec![(To::All, participant.status())],
            );
        }
        let progress = participant.progress(now);
        if shown.as_ref() != Some(&progress) {
            report(&progress);
            shown = Some(progress.clone());
        }
        let since = |moment: &mut Option<_>, holds: bool| {
            *moment = if holds { moment.or(Some(now)) } else { None };
            moment.map_or(Duration::ZERO, |moment| {
                now.duration_since(moment).unwrap_or_default()
            })
        };
        // two more ticks so that the others hear of the end
        let all = since(&mut complete, participant.all_finished()) > limits.tick * 2;
        if all || since(&mut written, participant.is_finished()) > limits.linger {
            let unfinished = progress.peers.iter().filter(|peer| !peer.finished);
            return Ok(Done {
                chain: progress.chain,
                unfinished: unfinished.map(|peer| peer.name.clone()).collect(),
            });
        }
        if since(&mut caught, participant.fault().is_some()) > limits.accuse
            && let Some(fault) = participant.fault()
        {
            return Err(named(&participant, fault));
        }
        let halted = participant.stopped().filter(|_| !participant.is_finished());
        if since(&mut stopped, halted.is_some()) > limits.accuse
            && participant.fault().is_none()
            && let Some((witness, accused)) = halted
        {
            return Err(CeremonyError::Stopped {
                witness: participant.terms().name(witness),
                accused: participant.terms().name(accused),
            });
        }
        let spent = now.duration_since(begin).unwrap_or_default();
        if !participant.is_finished() && limits.patience.is_some_and(|patience| spent > patience) {
            return Err(match participant.fault() {
                Some(fault) => named(&participant, fault),
                None => CeremonyError::Timeout(progress.waiting()),
            });
        }
        let wait = next_tick.duration_since(now).unwrap_or_default();
        let message = commonware_macros::select! {
            () = context.sleep(wait) => None,
            message = receiver.recv() => Some(message.map_err(|_| CeremonyError::Network)?),
        };
        let Some((peer, message)) = message else {
            continue;
        };
        let Some(from) = participant.terms().validators().position(&peer) else {
            continue;
        };
        let now = context.current();
        let bytes = bytes::Bytes::from(message);
        let step = participant.receive(&mut context, now, from, &bytes)?;
        perform(&participant, vault, &mut sender, step)?;
    }
}

fn perform<S: Sender<PublicKey = NodeKey>>(
    participant: &Participant,
    vault: &mut dyn Vault,
    sender: &mut S,
    step: Step,
) -> Result<(), CeremonyError> {
    if step.save {
        vault
            .keep(&participant.journal())
            .map_err(CeremonyError::Storage)?;
    }
    send(participant, sender, step.send);
    Ok(())
}

fn send<S: Sender<PublicKey = NodeKey>>(
    participant: &Participant,
    sender: &mut S,
    messages: Vec<(To, Body)>,
) {
    let terms = participant.terms();
    for (to, body) in messages {
        let recipients = match to {
            To::All => Recipients::All,
            To::One(place) => match terms.validators().get(place) {
                Some(key) => Recipients::One(key.clone()),
                None => continue,
            },
        };
        let packet = Packet {
            session: terms.session(),
            body,
        };
        // whom it does not reach, it reaches after the next status
        let _reached = sender.send(recipients, IoBuf::from(packet.bytes()), false);
    }
}

fn named(participant: &Participant, fault: &Fault) -> CeremonyError {
    CeremonyError::Fault {
        validator: participant.terms().name(fault.accused),
        fault: fault.misdeed.clone(),
    }
}
