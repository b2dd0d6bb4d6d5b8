//! Who validates this chain.
//!
//! * The governance says who is wanted (`want`). Nothing changes by that yet.
//! * The present validators hand the chain's key on to the wanted ones within an epoch (`turn`): each deals, and its signed
//!   log is recorded (`execute`). With the last block of the epoch the ledger works out whether it succeeded. If so, the next
//!   epoch has the wanted validators; if not, it has the same as before, with the same shares, and another attempt begins. So it is
//!   if others are wanted by then.
//! * A validator of which two votes contradict each other is not wanted any more, whatever the governance said.
//!
//! What is mathematics is asked of [`Seats`](crate::evidence::Seats); the ledger decides who, when and whether.
//!
//! **Invariants**
//! * The present validators change with the last block of an epoch only, and together with the public part of their shares.
//! * The key under which the chain is known is not among these records: it never changes.
//! * A chain without epochs has no [`Roster`], and nothing here writes anything.

mod statement;
mod turn;
mod want;

use std::collections::BTreeSet;

use crate::{
    codec::Wire as _,
    id::{Height, PublicKey},
    machine::{Overlay, halt::Halt},
    report::{Subject, reasons},
    state::{Key, Member, Members, Roster, keys},
};

pub(super) use statement::{execute, hints};
pub(super) use turn::turn;
pub(super) use want::want;

/// The records of a chain that begins with these validators, in the order of their keys.
pub fn seats(epoch_blocks: u64, list: Vec<Member>, sharing: Vec<u8>) -> [(Key, Vec<u8>); 2] {
    let roster = Roster {
        epoch_blocks,
        since: 0,
        round: 0,
        open: false,
        wanted: false,
        changed: Height(0),
    };
    let members = Members {
        list,
        round: 0,
        sharing,
    };
    [
        (keys::roster(), roster.to_bytes()),
        (keys::members(), members.to_bytes()),
    ]
}

/// The roster and the present validators; refused where the chain has no epochs.
fn present(o: &Overlay, subject: Subject, place: &str) -> Result<(Roster, Members), Halt> {
    let Some(roster) = o.get::<Roster>(&keys::roster())? else {
        let message = "the validators of this chain do not change";
        return Err(Halt::refuse(&reasons::NO_EPOCHS, subject, place, message));
    };
    let key = keys::members();
    let members = o.get::<Members>(&key)?.ok_or(Halt::Corrupt(key))?;
    Ok((roster, members))
}

fn keys_of(list: &[Member]) -> BTreeSet<PublicKey> {
    list.iter().map(|member| member.key).collect()
}
