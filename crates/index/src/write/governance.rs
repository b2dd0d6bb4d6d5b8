//! Members. What else governance changes is in the state of the chain.

use pangolin_ledger::{
    report::Effect,
    tx::{GovernanceAction, GovernanceBody},
};
use rusqlite::params;

use super::{batch::Batch, height};
use crate::error::{During as _, IndexError};

impl Batch<'_> {
    /// Writes a change of members, if this transaction put it in force.
    pub(super) fn governance(
        &mut self,
        body: &GovernanceBody,
        effects: &[Effect],
    ) -> Result<(), IndexError> {
        if !effects
            .iter()
            .any(|effect| matches!(effect, Effect::Enacted(_)))
        {
            return Ok(());
        }
        let (party, sql, value): (_, _, &dyn rusqlite::ToSql) = match &body.action {
            GovernanceAction::AddParty { party, name } => {
                let id = self.dictionary.party(self.db, party)?;
                self.db
                    .prepare_cached("UPDATE parties SET admitted = ?2 WHERE id = ?1")
                    .and_then(|mut statement| statement.execute([id, height(self.height)]))
                    .during("admitting a party")?;
                (party, "UPDATE parties SET name = ?2 WHERE id = ?1", name)
            }
            GovernanceAction::SuspendParty { party, from } => (
                party,
                "UPDATE parties SET suspended = ?2 WHERE id = ?1",
                &from.0,
            ),
            GovernanceAction::ResumeParty { party } => (
                party,
                "UPDATE parties SET suspended = ?2 WHERE id = ?1",
                &rusqlite::types::Null,
            ),
            _ => return Ok(()),
        };
        let id = self.dictionary.party(self.db, party)?;
        self.db
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params![id, value]))
            .during("writing a party")?;
        Ok(())
    }
}
