//! Executing the declaration that an event was in error (K12).

use std::borrow::Cow;

use crate::{
    id::EventId,
    kernel::{k02_authority, k07_matching, k08_parking, k12_correction},
    machine::{
        BlockContext, Machine, Overlay,
        act::Act,
        admit::Admitted,
        cascade::{self, Consequences},
        halt::Halt,
    },
    profile::Claim,
    report::{Effect, Receipt, Subject, reasons},
    say,
    state::{Correctives, Declaration, EventRecord, EventState, Parked, keys},
    tx::{Correction, EventKeys, SignedTransaction},
};

const PLACE: &str = "/correction/event";

/// Executes a correction.
pub(super) fn execute(
    machine: &Machine,
    block: &BlockContext,
    tx: &SignedTransaction,
    body: &Correction,
    admitted: &Admitted<'_>,
    o: &mut Overlay,
) -> Result<Receipt, Halt> {
    let event = &body.event;
    let subject = || Subject::Event(event.id);
    let record = recorded(o, tx, body, admitted)?;
    let key = keys::correctives(&event.id);
    let mut correctives = o.get::<Correctives>(&key)?.unwrap_or_default();
    if let Some(declared) = &correctives.declared {
        let message = format!("declared in error at height {}", declared.height);
        return Err(Halt::refuse(
            &reasons::ALREADY_CORRECTED,
            subject(),
            PLACE,
            message,
        ));
    }
    correctives.declared = Some(Declaration {
        tx: tx.id(),
        height: block.height,
        time: body.declared,
        reason: body.reason,
    });
    o.put(key, &correctives);
    for corrective in &body.correctives {
        k12_correction::link(o, &event.id, corrective, "/correction/correctives")?;
    }
    k12_correction::mark(o, &event.id)?;
    let mut done = Consequences::default();
    done.effects.push(Effect::DeclaredInError(event.id));
    match record.state {
        EventState::Applied => {
            let Some(profile) = machine.profile(record.profile) else {
                let message = say![record.profile, " is not known to this software"];
                return Err(Halt::refuse(
                    &reasons::UNKNOWN_PROFILE,
                    subject(),
                    PLACE,
                    message,
                ));
            };
            let claim = Claim {
                issuer: &record.issuer,
                class: tx.tx().class,
                place: PLACE,
            };
            let plan = profile.classify(event, &claim)?;
            let mark = EventId(tx.id().0);
            let event_keys = match tx.keyring().events.first() {
                Some(known) => Cow::Borrowed(known),
                None => Cow::Owned(EventKeys::new(event)),
            };
            let mut act = Act::new(o, profile, event, event_keys, mark, &claim, admitted.moment);
            k12_correction::revert(&mut act, &plan)?;
            k07_matching::record_arrivals(&mut act)?;
            done.effects.append(&mut act.effects);
            done.woken = std::mem::take(&mut act.woken);
        }
        EventState::Parked => {
            if let Some(parked) = o.get::<Parked>(&keys::parked(&event.id))? {
                k08_parking::unpark(o, &parked)?;
                let code = "declared-in-error".to_owned();
                cascade::settle(o, &parked, EventState::Rejected(code.clone()))?;
                done.effects.push(Effect::Rejected {
                    event: event.id,
                    code,
                });
            }
        }
        EventState::Expired | EventState::Rejected(_) => {}
    }
    done.conclude(machine, block, tx, &admitted.params, o, Vec::new())
}

/// The record of the event in error, if the issuer may declare it so.
fn recorded(
    o: &Overlay,
    tx: &SignedTransaction,
    body: &Correction,
    admitted: &Admitted<'_>,
) -> Result<EventRecord, Halt> {
    let event = &body.event;
    let subject = || Subject::Event(event.id);
    let Some(record) = o.get::<EventRecord>(&keys::event(&event.id))? else {
        return Err(Halt::refuse(
            &reasons::EVENT_UNKNOWN,
            subject(),
            PLACE,
            "no such event is recorded",
        ));
    };
    let digest = tx
        .digests()
        .first()
        .copied()
        .unwrap_or_else(|| event.digest());
    if record.digest != digest {
        let message = "the event was recorded with another content";
        return Err(Halt::refuse(
            &reasons::EVENT_UNKNOWN,
            subject(),
            PLACE,
            message,
        ));
    }
    let issuer = &tx.tx().issuer;
    let signer = Some((&admitted.signer, &tx.tx().key));
    let time = body.declared;
    if record.issuer == *issuer {
        return Ok(record);
    }
    let Some(needs) = admitted.profile.correction(body, issuer) else {
        let message = say![&record.issuer, " stated it"];
        return Err(Halt::refuse(
            &reasons::NOT_ISSUER,
            subject(),
            PLACE,
            message,
        ));
    };
    k02_authority::needs(o, &needs, issuer, signer, time, admitted.moment, PLACE)?;
    Ok(record)
}
