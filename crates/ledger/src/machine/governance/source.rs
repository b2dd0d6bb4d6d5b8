//! Sources: which are heard, and on what terms.

use crate::{
    id::SourceId,
    limits::MAX_SOURCES,
    machine::{BlockContext, Overlay, cascade, halt::Halt},
    report::{Effect, SourceChange, Subject, reasons},
    state::{Assurance, Mark, Source, SourceList, keys},
    tx::GovernanceAction as Action,
};

use super::PLACE;

fn refuse(block: &BlockContext, message: String) -> Halt {
    let subject = Subject::Chain(block.chain);
    Halt::refuse(&reasons::GOVERNANCE, subject, PLACE, message)
}

/// Puts a decision about a source in force.
pub(super) fn enact(
    block: &BlockContext,
    action: &Action,
    o: &mut Overlay,
) -> Result<Effect, Halt> {
    let (source, change) = match action {
        Action::RegisterSource {
            source,
            name,
            assurance,
            freshness_ms,
            mark,
        } => {
            let record = Source {
                name: name.clone(),
                assurance: assurance.clone(),
                freshness_ms: *freshness_ms,
                registered: block.height,
                suspended: None,
                marks: mark.iter().copied().collect(),
            };
            register(block, source, &record, o)?;
            (source, SourceChange::Registered)
        }
        Action::SuspendSource { source } => {
            let mut record = registered(block, source, o)?;
            if record.suspended.is_some() {
                return Err(refuse(block, format!("the source {source} is suspended")));
            }
            record.suspended = Some(block.height);
            o.put(keys::source(source), &record);
            (source, SourceChange::Suspended)
        }
        Action::ResumeSource { source, mark } => {
            let mut record = registered(block, source, o)?;
            resume(block, source, &mut record, mark.as_ref())?;
            o.put(keys::source(source), &record);
            (source, SourceChange::Resumed)
        }
        _ => return Err(Halt::Corrupt(keys::params())),
    };
    let source = source.clone();
    Ok(Effect::Source { source, change })
}

fn register(
    block: &BlockContext,
    source: &SourceId,
    record: &Source,
    o: &mut Overlay,
) -> Result<(), Halt> {
    let (key, list) = (keys::source(source), keys::sources());
    cascade::require(o, &[key, list])?;
    if o.has(&key)? {
        let message = format!("a source {source} is registered already");
        return Err(refuse(block, message));
    }
    let mut known: SourceList = o.get(&list)?.unwrap_or_default();
    if known.sources.len() >= MAX_SOURCES {
        let message = format!("{MAX_SOURCES} sources are registered already");
        return Err(refuse(block, message));
    }
    known.sources.push(source.clone());
    o.put(list, &known);
    o.put(key, record);
    Ok(())
}

fn registered(block: &BlockContext, source: &SourceId, o: &Overlay) -> Result<Source, Halt> {
    let known: Option<Source> = o.get(&keys::source(source))?;
    known.ok_or_else(|| refuse(block, format!("no source {source} is registered")))
}

/// Ends the suspension of a source, or says from which header on its chain is followed, or both.
fn resume(
    block: &BlockContext,
    source: &SourceId,
    record: &mut Source,
    mark: Option<&Mark>,
) -> Result<(), Halt> {
    if record.suspended.is_none() && mark.is_none() {
        return Err(refuse(
            block,
            format!("the source {source} is not suspended"),
        ));
    }
    if let Some(mark) = mark {
        if matches!(record.assurance, Assurance::Attested(_)) {
            let message = format!("the source {source} is attested: it has no headers");
            return Err(refuse(block, message));
        }
        record.marks = vec![*mark];
    }
    record.suspended = None;
    Ok(())
}
