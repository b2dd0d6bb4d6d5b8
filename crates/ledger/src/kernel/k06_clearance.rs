//! K6, clearance: what passes through a chain leaves it only when an authority lets it.
//!
//! * *Clear*: an authority clears an object, with whatever is inside. What is in a container is not cleared by itself, and is not
//!   cleared either when it comes out of one that was: it goes through with its container or by a clearance of its own.
//! * Clearance is this chain's affair. It does not travel, and what arrives is not cleared, whatever its record says.
//! * It ends when the object leaves; a lock that comes to nothing leaves it as it was.
//! * Going *back* is going to a chain that the object came over.

use crate::{
    id::ChainId,
    kernel::k04_state,
    machine::{
        act::{Act, Loaded},
        halt::Halt,
    },
    profile::Step,
    report::reasons,
    say,
    state::Flags,
};

/// An authority clears objects.
pub(crate) fn clear(act: &mut Act<'_>, step: &Step) -> Result<(), Halt> {
    act.each(step.on, |act, named| {
        let mut loaded = k04_state::free(act, step, named)?;
        if loaded.object.flags.has(Flags::CLEARED) {
            let message = "it was cleared before";
            return Err(act.refuses(&loaded, &reasons::ALREADY_CLEARED, message));
        }
        loaded.object.flags.set(Flags::CLEARED, true);
        act.save(loaded);
        Ok(())
    })
}

/// The object was cleared since it came to this chain.
pub(super) fn is_cleared(act: &Act<'_>, loaded: &Loaded) -> Result<(), Halt> {
    if loaded.object.flags.has(Flags::CLEARED) {
        return Ok(());
    }
    let message = "no authority of this chain cleared it";
    Err(act.refuses(loaded, &reasons::NOT_CLEARED, message))
}

/// The object came over the chain.
pub(super) fn came_over(act: &Act<'_>, loaded: &Loaded, chain: &ChainId) -> Result<(), Halt> {
    if loaded.object.passed.contains(chain) {
        return Ok(());
    }
    let message = say!["it did not come over ", chain];
    Err(act.refuses(loaded, &reasons::NOT_FROM_THERE, message))
}
