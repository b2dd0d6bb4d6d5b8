//! Executing a report: what a source of another kind says, by its evidence.
//!
//! The evidence is judged by the rules of the source's kind and by what is believed of it here, with the block's time as the present. All
//! facts count or none. Facts of which the same or later word is known are left out, and a report that tells nothing is refused.

use crate::{
    evidence::{Claimed, Heard},
    hash::sha256,
    id::Digest32,
    limits::MAX_FACT_SHOWN,
    machine::{
        BlockContext, Machine, Overlay,
        admit::Admitted,
        cascade::{self, Consequences},
        halt::Halt,
    },
    report::{Effect, Message, Reason, Receipt, SourceChange, Subject, reasons},
    state::{Fact, Key, Mark, Missing, Source, keys},
    tx::{Report, SignedTransaction, Stated},
};

const PLACE: &str = "/report";

/// Executes a report.
pub(super) fn execute(
    machine: &Machine,
    block: &BlockContext,
    tx: &SignedTransaction,
    body: &Report,
    admitted: &Admitted<'_>,
    o: &mut Overlay,
) -> Result<Receipt, Halt> {
    let refuse = |reason: &Reason, place: &str, message: Message| {
        Halt::refuse(reason, Subject::Transaction(tx.id()), place, message)
    };
    cascade::require(o, &hints(body))?;
    let key = keys::source(&body.source);
    let named = format!("{PLACE}/source");
    let Some(mut source) = o.get::<Source>(&key)? else {
        let message = format!("no source {} is registered", body.source);
        return Err(refuse(&reasons::UNKNOWN_SOURCE, &named, message.into()));
    };
    if source.suspended.is_some() {
        let message = format!("the source {} is suspended", body.source);
        return Err(refuse(&reasons::SOURCE_SUSPENDED, &named, message.into()));
    }
    let claimed = Claimed {
        source: &body.source,
        assurance: &source.assurance,
        marks: &source.marks,
        now: block.time,
        evidence: &body.evidence,
        facts: &body.facts,
    };
    let evidence = format!("{PLACE}/evidence");
    let bad = |message: String| refuse(&reasons::BAD_REPORT, &evidence, message.into());
    let sources = machine
        .sources()
        .ok_or_else(|| bad("this software hears no sources of other kinds".into()))?;
    let heard = sources
        .hear(&claimed)
        .map_err(|error| bad(format!("{} ({})", error.message, error.code)))?;
    let of = |change| Effect::Source {
        source: body.source.clone(),
        change,
    };
    let mut done = Consequences::default();
    match heard {
        Heard::Contradicted { at } => {
            source.suspended = Some(block.height);
            o.put(key, &source);
            done.effects.push(of(SourceChange::Contradicted { at }));
        }
        Heard::Shown { marks, at } => {
            let mut highest = None;
            for mark in marks {
                if source.remember(mark) {
                    highest = highest.max(Some(mark.height));
                }
            }
            if let Some(height) = highest {
                o.put(key, &source);
                done.effects.push(of(SourceChange::Followed { height }));
            }
            for stated in &body.facts {
                if learn(block, body, stated, &at, o)? {
                    done.effects.push(of(SourceChange::Told {
                        key: stated.key.clone(),
                        present: stated.value.is_some(),
                    }));
                    done.woken.insert(Missing::Fact {
                        source: body.source.clone(),
                        key: stated.key.clone(),
                    });
                }
            }
            if done.effects.is_empty() {
                let message = "the same, or later word, is known of all of it";
                return Err(refuse(&reasons::ALREADY_RECORDED, PLACE, message.into()));
            }
        }
    }
    done.conclude(machine, block, tx, &admitted.params, o, Vec::new())
}

/// Takes note of a fact, unless the same or later word of it is known; whether it did.
fn learn(
    block: &BlockContext,
    body: &Report,
    stated: &Stated,
    at: &Mark,
    o: &mut Overlay,
) -> Result<bool, Halt> {
    let key = keys::fact(&body.source, &stated.key);
    let known: Option<Fact> = o.get(&key)?;
    if known.is_some_and(|known| known.height >= at.height) {
        return Ok(false);
    }
    let value = stated.value.as_deref();
    let shown = value.filter(|value| value.len() <= MAX_FACT_SHOWN);
    let fact = Fact {
        value: value.map(|value| Digest32(sha256(&[value]))),
        shown: shown.unwrap_or_default().to_vec(),
        height: at.height,
        time: at.time,
        recorded: block.height,
    };
    o.put(key, &fact);
    Ok(true)
}

/// The keys that a report reads in any case.
pub(super) fn hints(body: &Report) -> Vec<Key> {
    let mut out = vec![keys::source(&body.source)];
    for stated in &body.facts {
        out.push(keys::fact(&body.source, &stated.key));
        out.push(keys::waiting(&Missing::Fact {
            source: body.source.clone(),
            key: stated.key.clone(),
        }));
    }
    out
}
