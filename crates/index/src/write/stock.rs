//! Quantities without objects of their own (K5): who has how much.

use pangolin_ledger::{
    codec::Wire as _,
    state::Holder,
    tx::{Quantities, Stock},
};
use rusqlite::{OptionalExtension as _, params};

use super::batch::Batch;
use crate::error::{During as _, IndexError};

impl Batch<'_> {
    /// Moves quantities; `None` stands for nowhere.
    pub(super) fn shift(
        &mut self,
        lines: &Quantities,
        from: Option<&Holder>,
        to: Option<&Holder>,
    ) -> Result<(), IndexError> {
        for (stock, amount) in lines {
            let amount = i64::try_from(amount.0).unwrap_or(i64::MAX);
            if let Some(from) = from {
                self.add(&stock.to_bytes(), from, amount.saturating_neg())?;
            }
            if let Some(to) = to {
                self.add(&stock.to_bytes(), to, amount)?;
            }
        }
        Ok(())
    }

    /// Moves everything that one holder has to another.
    pub(super) fn pour_out(&mut self, from: &Holder, to: &Holder) -> Result<(), IndexError> {
        let rows: Vec<(Vec<u8>, i64)> = self
            .db
            .prepare_cached("SELECT stock, amount FROM balances WHERE holder = ?1")
            .and_then(|mut statement| {
                statement
                    .query_map([from.to_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?
                    .collect()
            })
            .during("reading balances")?;
        for (stock, amount) in rows {
            self.add(&stock, from, amount.saturating_neg())?;
            self.add(&stock, to, amount)?;
        }
        Ok(())
    }

    /// Whether the holder has all of the quantities.
    pub(super) fn has_all(&self, lines: &Quantities, holder: &Holder) -> Result<bool, IndexError> {
        for (stock, amount) in lines {
            if self.balance(stock, holder)?.cast_unsigned() < amount.0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Quantities that come from another chain.
    pub(super) fn pour_in(
        &self,
        quantities: &Quantities,
        holder: &Holder,
    ) -> Result<(), IndexError> {
        for (stock, amount) in quantities {
            self.add(
                &stock.to_bytes(),
                holder,
                i64::try_from(amount.0).unwrap_or(i64::MAX),
            )?;
        }
        Ok(())
    }

    fn balance(&self, stock: &Stock, holder: &Holder) -> Result<i64, IndexError> {
        let amount = self
            .db
            .prepare_cached("SELECT amount FROM balances WHERE stock = ?1 AND holder = ?2")
            .and_then(|mut statement| {
                statement
                    .query_row(params![stock.to_bytes(), holder.to_bytes()], |row| {
                        row.get(0)
                    })
                    .optional()
            })
            .during("reading a balance")?;
        Ok(amount.unwrap_or(0))
    }

    /// Adds to a balance; one that reaches zero goes.
    fn add(&self, stock: &[u8], holder: &Holder, amount: i64) -> Result<(), IndexError> {
        let holder = holder.to_bytes();
        self.db
            .prepare_cached(
                "INSERT INTO balances (stock, holder, amount) VALUES (?1, ?2, ?3)
                 ON CONFLICT (stock, holder) DO UPDATE SET amount = amount + excluded.amount",
            )
            .and_then(|mut statement| statement.execute(params![stock, holder, amount]))
            .during("writing a balance")?;
        self.db
            .prepare_cached("DELETE FROM balances WHERE stock = ?1 AND holder = ?2 AND amount <= 0")
            .and_then(|mut statement| statement.execute(params![stock, holder]))
            .during("removing a balance")?;
        Ok(())
    }
}
