//! What walks over chains need besides the lineage: which lock an arrival is about, and what came inside what.

use anyhow::Result;
use pangolin_ledger::{
    Digest32, Effect, EventId, Link, ObjectId, Wire as _,
    state::Placement,
    walk::{
        Origin,
        local::{Brought, CameBy, Memory, Remember, remember},
    },
};
use rusqlite::{Connection, OptionalExtension as _, params};

use super::Evidence;

/// What was remembered of a filling first counts; an object may be brought in several times with one digest.
pub(super) const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS moves (mark BLOB PRIMARY KEY, origin BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS brought (
        digest BLOB NOT NULL, height INTEGER NOT NULL, brought BLOB NOT NULL,
        PRIMARY KEY (digest, height, brought)) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS fillings (
        container BLOB NOT NULL, epoch INTEGER NOT NULL, came BLOB NOT NULL,
        PRIMARY KEY (container, epoch)) WITHOUT ROWID;
";

/// Keeps what an effect of a block at this height says of moves between chains.
pub(super) fn keep(write: &Connection, height: i64, effect: &Effect) -> Result<()> {
    for kept in remember(effect) {
        match kept {
            Remember::Move(mark, origin) => {
                let mut insert =
                    write.prepare_cached("INSERT OR REPLACE INTO moves VALUES (?1, ?2)")?;
                insert.execute(params![mark.0.as_slice(), origin.to_bytes()])?;
            }
            Remember::Brought(digest, brought) => {
                let mut insert =
                    write.prepare_cached("INSERT OR IGNORE INTO brought VALUES (?1, ?2, ?3)")?;
                insert.execute(params![digest.0.as_slice(), height, brought.to_bytes()])?;
            }
            Remember::CameBy(filling, by) => {
                let Placement { container, epoch } = filling;
                let mut insert =
                    write.prepare_cached("INSERT OR IGNORE INTO fillings VALUES (?1, ?2, ?3)")?;
                insert.execute(params![container.as_bytes(), epoch, by.to_bytes()])?;
            }
        }
    }
    Ok(())
}

/// Reads at most one value of a row.
fn one(evidence: &Evidence, sql: &str, key: impl rusqlite::Params) -> Result<Option<Vec<u8>>> {
    let connection = evidence.lock();
    let mut select = connection.prepare_cached(sql)?;
    Ok(select.query_row(key, |row| row.get(0)).optional()?)
}

fn said<T>(result: Result<T>) -> Result<T, String> {
    result.map_err(|error| format!("{error:#}"))
}

fn read<T: pangolin_ledger::Wire>(bytes: &[u8]) -> Result<T, String> {
    T::from_bytes(bytes).map_err(|error| format!("what was kept cannot be read: {error}"))
}

impl Memory for Evidence {
    fn link(&self, digest: &Digest32) -> Result<Option<Link>, String> {
        said(self.link(digest))
    }

    fn move_of(&self, mark: &EventId) -> Result<Option<Origin>, String> {
        let sql = "SELECT origin FROM moves WHERE mark = ?1";
        let found = said(one(self, sql, [mark.0.as_slice()]))?;
        found.map(|bytes| read(&bytes)).transpose()
    }

    fn brought(&self, digest: &Digest32) -> Result<Vec<Brought>, String> {
        let rows = || -> Result<Vec<Vec<u8>>> {
            let connection = self.lock();
            let sql = "SELECT brought FROM brought WHERE digest = ?1 ORDER BY height, brought";
            let mut select = connection.prepare_cached(sql)?;
            let rows = select.query_map([digest.0.as_slice()], |row| row.get(0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        };
        said(rows())?.iter().map(|bytes| read(bytes)).collect()
    }

    fn came_by(&self, filling: &Placement) -> Result<Option<CameBy>, String> {
        let Placement { container, epoch } = filling;
        let key = params![ObjectId::as_bytes(container), epoch];
        let sql = "SELECT came FROM fillings WHERE container = ?1 AND epoch = ?2";
        let found = said(one(self, sql, key))?;
        found.map(|bytes| read(&bytes)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use pangolin_ledger::{
        ChainId,
        hash::{arrival_mark, return_mark},
        state::InboxResult,
    };

    use super::*;

    fn id(name: &str) -> ObjectId {
        ObjectId::new(name).unwrap()
    }

    fn within(container: &str, epoch: u32) -> Placement {
        let container = id(container);
        Placement { container, epoch }
    }

    fn arrived(seq: u64, result: InboxResult) -> Effect {
        Effect::Arrived {
            chain: ChainId([1; 32]),
            seq,
            object: id("case"),
            group: None,
            from: pangolin_ledger::PartyId::new("a").unwrap(),
            to: pangolin_ledger::PartyId::new("b").unwrap(),
            result,
            epoch: 2,
            inside: std::collections::BTreeMap::new(),
        }
    }

    fn brought(digest: u8, filling: u32) -> Effect {
        Effect::BroughtIn {
            object: id("pack"),
            container: id("case"),
            filling,
            chain: ChainId([1; 32]),
            provenance: Digest32([digest; 32]),
            group: None,
            epoch: 0,
            inside: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn moves_are_found_by_what_they_left_and_kept_once() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("evidence.db");
        let evidence = Evidence::open(&path).unwrap();
        let refused = InboxResult::Refused(pangolin_ledger::state::Unwelcome::Late);
        let gone = |gone| Effect::Settled {
            chain: ChainId([2; 32]),
            seq: 8,
            object: id("pack"),
            gone,
        };
        let effects = [
            arrived(5, InboxResult::Accepted),
            arrived(6, refused),
            brought(3, 2),
            brought(3, 4),
            gone(true),
        ];
        for _ in 0..2 {
            for effect in &effects {
                keep(&evidence.lock(), 9, effect).unwrap();
            }
        }
        drop(evidence);
        let evidence = Evidence::open(&path).unwrap();
        let chain = ChainId([1; 32]);
        let origin = Origin { chain, seq: 5 };
        assert_eq!(evidence.move_of(&arrival_mark(&chain, 5)), Ok(Some(origin)));
        assert_eq!(evidence.move_of(&arrival_mark(&chain, 6)), Ok(None));
        let home = return_mark(&ChainId([2; 32]), 8);
        assert_eq!(evidence.move_of(&home), Ok(None), "it is gone");
        keep(&evidence.lock(), 9, &gone(false)).unwrap();
        assert_eq!(evidence.move_of(&home).unwrap().unwrap().seq, 8);
        let found = evidence.brought(&Digest32([3; 32])).unwrap();
        let found: Vec<u32> = found.iter().map(|brought| brought.within.epoch).collect();
        assert_eq!(found, [2, 4]);
        assert_eq!(evidence.brought(&Digest32([4; 32])), Ok(Vec::new()));
        let by = Ok(Some(CameBy::Lock(origin)));
        assert_eq!(evidence.came_by(&within("case", 2)), by);
        assert_eq!(evidence.came_by(&within("case", 3)), Ok(None));
    }
}
