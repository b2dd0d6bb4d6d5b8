//! What validators state: their part in a resharing, and that one of them contradicted itself.

use crate::{
    evidence::{BadEvidence, Resharing, Seats},
    id::PublicKey,
    kernel::k08_quota,
    limits::MIN_HONEST_VALIDATORS,
    machine::{BlockContext, Machine, Overlay, admit::once, halt::Halt},
    report::{Effect, Reason, Receipt, Subject, ValidatorChange, reasons},
    say,
    state::{Key, Members, Misconduct, Outcome, Params, Roster, Round, Wanted, keys},
    tx::{SignedTransaction, Transaction, ValidatorBody, validator_issuer},
};

use super::present;

const PLACE: &str = "/validator";

/// Keys that a statement reads and that can be named beforehand.
pub(in crate::machine) fn hints(tx: &Transaction, body: &ValidatorBody) -> Vec<Key> {
    let mut out = vec![keys::roster(), keys::members()];
    match body {
        ValidatorBody::Dealt { round, .. } => {
            out.extend([keys::round(*round), keys::round_log(*round, &tx.key)]);
        }
        ValidatorBody::Contradicted { .. } => out.push(keys::wanted()),
    }
    out
}

/// Executes what a validator states. Such transactions name no party and no profile: whoever they come from is known by the key
/// of its node.
pub(in crate::machine) fn execute(
    machine: &Machine,
    block: &BlockContext,
    signed: &SignedTransaction,
    body: &ValidatorBody,
    o: &mut Overlay,
) -> Result<Receipt, Halt> {
    let tx = signed.tx();
    let subject = Subject::Transaction(signed.id());
    if let Err(error) = tx.check() {
        let message = format!("{error} ({})", error.code());
        return Err(Halt::refuse(
            &reasons::MALFORMED,
            subject,
            error.place(),
            message,
        ));
    }
    if tx.chain != block.chain {
        let message = say!["the transaction is for ", tx.chain];
        let chain = Subject::Chain(tx.chain);
        return Err(Halt::refuse(
            &reasons::WRONG_CHAIN,
            chain,
            "/chain",
            message,
        ));
    }
    let params = o.look::<Params>(&keys::params())?.unwrap_or_default();
    k08_quota::validity(signed, &params, block.height)?;
    if validator_issuer(&tx.key).as_ref() != Some(&tx.issuer) {
        let message = "a validator's statement names the key of its node as its issuer";
        return Err(Halt::refuse(
            &reasons::NOT_A_VALIDATOR,
            subject,
            "/issuer",
            message,
        ));
    }
    let (roster, members) = present(o, subject, PLACE)?;
    if !members.list.iter().any(|member| member.key == tx.key) {
        let message = "this is not the key of a present validator";
        let key = Subject::Key(tx.key);
        return Err(Halt::refuse(
            &reasons::NOT_A_VALIDATOR,
            key,
            "/key",
            message,
        ));
    }
    let Some(seats) = machine.seats() else {
        let message = "this software does not judge validators";
        return Err(Halt::refuse(
            &reasons::BAD_LOG,
            Subject::Key(tx.key),
            PLACE,
            message,
        ));
    };
    once(o, block, signed)?;
    let change = match body {
        ValidatorBody::Dealt { round, log } => {
            dealt(seats, block, &tx.key, &roster, *round, log, o)?
        }
        ValidatorBody::Contradicted { evidence } => {
            contradicted(seats, block, roster, &members, evidence, o)?
        }
    };
    Ok(Receipt {
        tx: signed.id(),
        events: Vec::new(),
        effects: vec![Effect::Validators(change)],
    })
}

fn bad(reason: &Reason, subject: Subject, bad: BadEvidence) -> Halt {
    let BadEvidence { code, message } = bad;
    Halt::refuse(reason, subject, PLACE, format!("{message} ({code})"))
}

/// Records what a validator dealt.
fn dealt(
    seats: &dyn Seats,
    block: &BlockContext,
    dealer: &PublicKey,
    roster: &Roster,
    number: u64,
    log: &[u8],
    o: &mut Overlay,
) -> Result<ValidatorChange, Halt> {
    let subject = || Subject::Key(*dealer);
    let refuse = |message| Halt::refuse(&reasons::NO_ROUND, subject(), PLACE, message);
    if !roster.open || roster.round != number {
        return Err(refuse("no resharing of this number is under way"));
    }
    let key = keys::round(number);
    let mut round: Round = o.get(&key)?.ok_or(Halt::Corrupt(key))?;
    if round.outcome != Outcome::Open || !round.dealers.contains(dealer) {
        return Err(refuse("this validator does not deal in it"));
    }
    if !round.logs.insert(*dealer) {
        let message = "what this validator dealt is recorded";
        return Err(Halt::refuse(
            &reasons::ALREADY_RECORDED,
            subject(),
            PLACE,
            message,
        ));
    }
    let players: Vec<PublicKey> = round.players.iter().map(|player| player.key).collect();
    let resharing = Resharing {
        chain: &block.chain,
        number,
        sharing: &round.sharing,
        players: &players,
    };
    seats
        .log(&resharing, dealer, log)
        .map_err(|error| bad(&reasons::BAD_LOG, subject(), error))?;
    o.put(
        keys::round_log(number, dealer),
        &super::turn::Log(log.to_vec()),
    );
    o.put(key, &round);
    Ok(ValidatorChange::Dealt {
        round: number,
        dealer: *dealer,
    })
}

/// Records that a validator contradicted itself, and takes it out of those that are wanted.
fn contradicted(
    seats: &dyn Seats,
    block: &BlockContext,
    mut roster: Roster,
    members: &Members,
    evidence: &[u8],
    o: &mut Overlay,
) -> Result<ValidatorChange, Halt> {
    let shown = seats
        .contradicted(&block.chain, evidence)
        .map_err(|error| {
            bad(
                &reasons::NO_CONTRADICTION,
                Subject::Chain(block.chain),
                error,
            )
        })?;
    let validator = shown.validator;
    let subject = || Subject::Key(validator);
    let wanted: Option<Wanted> = o.get(&keys::wanted())?;
    let mut wanted = wanted.map_or_else(|| members.list.clone(), |wanted| wanted.list);
    let seated = members
        .list
        .iter()
        .chain(&wanted)
        .any(|member| member.key == validator);
    if !seated {
        let message = "the votes are not those of a present or wanted validator";
        return Err(Halt::refuse(
            &reasons::NOT_A_VALIDATOR,
            subject(),
            PLACE,
            message,
        ));
    }
    let key = keys::misconduct(&validator);
    if o.has(&key)? {
        let message = "that this validator contradicted itself is recorded";
        return Err(Halt::refuse(
            &reasons::ALREADY_RECORDED,
            subject(),
            PLACE,
            message,
        ));
    }
    let record = Misconduct {
        kind: shown.kind,
        epoch: shown.epoch,
        view: shown.view,
        height: block.height,
    };
    o.put(key, &record);
    let before = wanted.len();
    wanted.retain(|member| member.key != validator);
    if wanted.len() < before && wanted.len() >= MIN_HONEST_VALIDATORS {
        let same = super::keys_of(&wanted) == super::keys_of(&members.list);
        if same {
            o.remove_if_present(keys::wanted())?;
        } else {
            o.put(keys::wanted(), &Wanted { list: wanted });
        }
        roster.wanted = !same;
        roster.changed = block.height;
        o.put(keys::roster(), &roster);
    }
    Ok(ValidatorChange::Contradicted { validator })
}
