//! Orders of authorities.

use pangolin_ledger::{
    codec::Wire as _,
    tx::{OrderBody, OrderKind, OrderScope, SignedTransaction},
};
use rusqlite::params;

use super::{
    batch::{Batch, pack_profile},
    height,
};
use crate::error::{During as _, IndexError};

impl Batch<'_> {
    /// Writes what an order transaction says. What it brought about is in the effects of its receipt.
    pub(super) fn order(
        &mut self,
        signed: &SignedTransaction,
        body: &OrderBody,
    ) -> Result<(), IndexError> {
        match body {
            OrderBody::Issue(terms) => {
                let issuer = self.dictionary.party(self.db, &signed.tx().issuer)?;
                if let OrderScope::Object(object) = &terms.scope {
                    self.slot_of(object)?;
                }
                let kind = match terms.kind {
                    OrderKind::Hold => 0,
                    OrderKind::Recall => 1,
                };
                self.db
                    .prepare_cached(
                        "INSERT INTO orders (id, kind, scope, issuer, reason, legal_basis, expires, officers, signed,
                         document, profile, state, issued, changed)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1, ?9, ?10, 0, ?11, ?11)",
                    )
                    .and_then(|mut statement| {
                        statement.execute(params![
                            signed.id().0,
                            kind,
                            terms.scope.to_bytes(),
                            issuer,
                            terms.reason.0,
                            terms.legal_basis,
                            terms.expires.map(|time| time.0),
                            terms.officers,
                            terms.document.map(|digest| digest.0),
                            pack_profile(signed.tx().profile),
                            height(self.height)
                        ])
                    })
                    .during("inserting an order")?;
            }
            OrderBody::Approve { order } => {
                self.db
                    .prepare_cached(
                        "UPDATE orders SET signed = signed + 1, changed = ?2 WHERE id = ?1",
                    )
                    .and_then(|mut statement| {
                        statement.execute(params![order.0, height(self.height)])
                    })
                    .during("signing an order")?;
            }
            OrderBody::Release { .. } => {}
        }
        Ok(())
    }
}
