//! What the end of a block does: opens a resharing, and decides it with the last block of its epoch.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    codec::{CodecError, Reader, Wire, Writer},
    evidence::Resharing,
    id::PublicKey,
    limits::MAX_LOG_BYTES,
    machine::{BlockContext, Machine, Overlay, halt::Halt},
    report::{Effect, ValidatorChange},
    state::{Key, Members, Outcome, Roster, Round, Wanted, keys},
};

use super::keys_of;

/// What a validator dealt, as it lies in the state.
pub(super) struct Log(pub(super) Vec<u8>);

impl Wire for Log {
    fn put(&self, w: &mut Writer) {
        w.bytes(&self.0);
    }
    fn take(r: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(Self(r.bytes(MAX_LOG_BYTES)?.into()))
    }
}

/// Ends a block.
pub(in crate::machine) fn turn(
    machine: &Machine,
    block: &BlockContext,
    o: &mut Overlay,
) -> Result<Vec<Effect>, Halt> {
    let Some(mut roster) = o.get::<Roster>(&keys::roster())? else {
        return Ok(Vec::new());
    };
    let before = roster;
    let mut effects = Vec::new();
    if roster.changed == block.height {
        effects.push(Effect::Validators(ValidatorChange::Wanted));
    }
    let last = roster.is_last(block.height);
    if last && roster.open {
        let change = decide(machine, block, &mut roster, o)?;
        effects.push(Effect::Validators(change));
    }
    // what begins later than in the first half of an epoch would be short of time
    let early = roster.position(block.height) < roster.epoch_blocks / 2;
    if roster.wanted && !roster.open && (last || early) && !attempted(block, &roster, o)? {
        open(block, &mut roster, o)?;
        let round = roster.round;
        effects.push(Effect::Validators(ValidatorChange::Opened { round }));
    }
    if roster != before {
        o.put(keys::roster(), &roster);
    }
    Ok(effects)
}

/// Whether the epoch of the next block has had its resharing.
fn attempted(block: &BlockContext, roster: &Roster, o: &Overlay) -> Result<bool, Halt> {
    let key = keys::round(roster.round);
    let latest: Option<Round> = if roster.round == 0 {
        None
    } else {
        o.get(&key)?
    };
    Ok(latest.is_some_and(|round| round.epoch >= roster.next_epoch(block.height)))
}

/// Begins to hand the key on to the wanted validators.
fn open(block: &BlockContext, roster: &mut Roster, o: &mut Overlay) -> Result<(), Halt> {
    let (wanted_key, members_key) = (keys::wanted(), keys::members());
    let wanted: Wanted = o.get(&wanted_key)?.ok_or(Halt::Corrupt(wanted_key))?;
    let members: Members = o.get(&members_key)?.ok_or(Halt::Corrupt(members_key))?;
    // the records of the resharing that made the present shares stay: a validator that was away computes its share from them
    if roster.round != members.round {
        for key in records(roster.round, o)? {
            o.remove(key);
        }
    }
    roster.round += 1;
    roster.open = true;
    let round = Round {
        number: roster.round,
        epoch: roster.next_epoch(block.height),
        opened: block.height,
        dealers: members.list.iter().map(|member| member.key).collect(),
        before: members.round,
        sharing: members.sharing,
        players: wanted.list,
        logs: BTreeSet::new(),
        outcome: Outcome::Open,
    };
    o.put(keys::round(round.number), &round);
    Ok(())
}

/// Works out whether enough was dealt, and seats the players if so and if they are still the ones that are wanted.
fn decide(
    machine: &Machine,
    block: &BlockContext,
    roster: &mut Roster,
    o: &mut Overlay,
) -> Result<ValidatorChange, Halt> {
    let key = keys::round(roster.round);
    let mut round: Round = o.get(&key)?.ok_or(Halt::Corrupt(key))?;
    let number = round.number;
    let logs = logs(&round, o)?;
    let past = records(round.before, o)?;
    let players = keys_of(&round.players);
    let wanted: Option<Wanted> = o.get(&keys::wanted())?;
    let wanted = wanted.filter(|wanted| keys_of(&wanted.list) == players);
    let players: Vec<PublicKey> = players.into_iter().collect();
    let resharing = Resharing {
        chain: &block.chain,
        number,
        sharing: &round.sharing,
        players: &players,
    };
    let seats = machine.seats().filter(|_| wanted.is_some());
    let sharing = seats.and_then(|seats| seats.conclude(&resharing, &logs).ok());
    roster.open = false;
    let (Some(sharing), Some(wanted)) = (sharing, wanted) else {
        round.outcome = Outcome::Failed;
        o.put(key, &round);
        return Ok(ValidatorChange::NotReshared { round: number });
    };
    for key in past {
        o.remove(key);
    }
    round.outcome = Outcome::Done;
    o.put(key, &round);
    let members = Members {
        list: wanted.list,
        round: number,
        sharing,
    };
    o.put(keys::members(), &members);
    o.remove(keys::wanted());
    roster.wanted = false;
    roster.since = roster.next_epoch(block.height);
    Ok(ValidatorChange::Reshared { round: number })
}

/// What was dealt in a resharing.
fn logs(round: &Round, o: &Overlay) -> Result<BTreeMap<PublicKey, Vec<u8>>, Halt> {
    let list: Vec<Key> = round
        .logs
        .iter()
        .map(|dealer| keys::round_log(round.number, dealer))
        .collect();
    let unknown = o.unknown(&list);
    if !unknown.is_empty() {
        return Err(Halt::Need(unknown));
    }
    let logs = round.logs.iter().zip(list).map(|(dealer, key)| {
        let log: Log = o.get(&key)?.ok_or(Halt::Corrupt(key))?;
        Ok((*dealer, log.0))
    });
    logs.collect()
}

/// What is kept of a resharing.
fn records(number: u64, o: &Overlay) -> Result<Vec<Key>, Halt> {
    let key = keys::round(number);
    if number == 0 {
        return Ok(Vec::new());
    }
    let Some(round) = o.get::<Round>(&key)? else {
        return Ok(Vec::new());
    };
    let dealers = round.logs.iter();
    let mut list: Vec<Key> = dealers
        .map(|dealer| keys::round_log(number, dealer))
        .collect();
    list.push(key);
    let unknown = o.unknown(&list);
    if unknown.is_empty() {
        Ok(list)
    } else {
        Err(Halt::Need(unknown))
    }
}
