//! The tables and how older files become current ones.
//!
//! | table | one row per | written |
//! |---|---|---|
//! | `meta` | setting of the file | once |
//! | `blocks`, `transactions`, `events`, `bodies` | what its name says; a body is the object lists and the full event as carried | appended |
//! | `objects` | object: its key and where it is now | appended, then updated when it moves *by itself* |
//! | `postings` | 64 objects × event × role: which of the objects occur | appended |
//! | `terms`, `term_events` | value of a field; value × 64 events: which of the events have it | appended |
//! | `groups`, `group_objects` | lot; lot × 64 objects: which of them belong to it | appended |
//! | `releases` | container emptied as a whole: who got the contents | appended |
//! | `arrivals` | object and block in which it came from another chain | appended |
//! | `stocks`, `balances` | class or lot counted without serial numbers; amount by holder | updated |
//! | `orders`, `exemptions`, `parked`, `handovers`, `parties`, `places`, `prefixes`, `alerts` | what its name says | updated |
//!
//! **Invariants**: numbers (`id`, `no`) are given in the order of first appearance, so rebuilding gives the same file
//! contents. Nothing inside a container is written when the container moves.

use rusqlite::Connection;

use crate::error::{During as _, IndexError};

/// Marks the file as ours ("PGIX").
pub(super) const APPLICATION_ID: i64 = 0x5047_4958;

/// Each step leads from the schema before it (its place in the list) to the next. Steps are never edited.
const STEPS: &[&str] = &[
    include_str!("schema/001.sql"),
    include_str!("schema/002.sql"),
    include_str!("schema/003.sql"),
];

/// The schema this program writes.
pub(super) fn latest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Brings the file to the latest schema in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), IndexError> {
    let tx = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .during("beginning a migration")?;
    let found = version(&tx)?;
    if found > latest() {
        return Err(IndexError::Newer {
            found,
            known: latest(),
        });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for step in STEPS.iter().skip(done) {
        tx.execute_batch(step).during("migrating the schema")?;
    }
    if done < STEPS.len() {
        tx.pragma_update(None, "application_id", APPLICATION_ID)
            .during("marking the file")?;
        tx.pragma_update(None, "user_version", latest())
            .during("marking the schema")?;
    }
    tx.commit().during("committing a migration")
}

/// The schema of the file; 0 when it is empty.
pub(super) fn version(connection: &Connection) -> Result<i64, IndexError> {
    connection
        .pragma_query_value(None, "user_version", |row| row.get(0))
        .during("reading the schema version")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migration_is_idempotent_and_refuses_later_schemas() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        assert_eq!(version(&connection).unwrap(), latest());
        connection
            .pragma_update(None, "user_version", latest() + 1)
            .unwrap();
        assert_eq!(migrate(&mut connection).unwrap_err().code(), "index-newer");
    }
}
