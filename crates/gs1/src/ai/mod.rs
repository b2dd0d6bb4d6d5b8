//! GS1 application identifiers (AIs): what each one's value looks like and beside which others it may stand.
//!
//! The table knows every AI of the GS1 Barcode Syntax Dictionary; an [`Ai`] can only be made of one that is in it.

mod association;
mod error;
mod format;
mod table;
#[cfg(test)]
mod tests;

use crate::lint::{AnyPrefix, LintError, PrefixDirectory};
use core::fmt;
use core::hash::{Hash, Hasher};

pub use association::{AssociationError, check_associations};
pub use error::ValueError;
pub use format::{AI_DIGITS_MAX, AiDef, Class, Component};

/// An application identifier that GS1 has assigned.
#[derive(Clone, Copy)]
pub struct Ai {
    number: u16,
    def: &'static AiDef,
}

impl Ai {
    /// SSCC.
    pub const SSCC: Self = Self::known("00");
    /// GTIN.
    pub const GTIN: Self = Self::known("01");
    /// Batch or lot number.
    pub const LOT: Self = Self::known("10");
    /// Expiration date.
    pub const EXPIRY: Self = Self::known("17");
    /// Serial number.
    pub const SERIAL: Self = Self::known("21");
    /// Consumer product variant.
    pub const CPV: Self = Self::known("22");
    /// Third-party controlled serialised extension of a GTIN.
    pub const TPX: Self = Self::known("235");
    /// GDTI.
    pub const GDTI: Self = Self::known("253");
    /// GLN extension component.
    pub const GLN_EXTENSION: Self = Self::known("254");
    /// GCN.
    pub const GCN: Self = Self::known("255");
    /// GINC.
    pub const GINC: Self = Self::known("401");
    /// GSIN.
    pub const GSIN: Self = Self::known("402");
    /// GLN of a physical location.
    pub const GLN: Self = Self::known("414");
    /// GLN of the invoicing party.
    pub const PAY_TO: Self = Self::known("415");
    /// GLN of a party.
    pub const PARTY: Self = Self::known("417");
    /// GRAI.
    pub const GRAI: Self = Self::known("8003");
    /// GIAI.
    pub const GIAI: Self = Self::known("8004");
    /// ITIP.
    pub const ITIP: Self = Self::known("8006");
    /// CPID.
    pub const CPI: Self = Self::known("8010");
    /// CPID serial number.
    pub const CPI_SERIAL: Self = Self::known("8011");
    /// GMN.
    pub const GMN: Self = Self::known("8013");
    /// GSRN of a provider.
    pub const GSRN_PROVIDER: Self = Self::known("8017");
    /// GSRN of a recipient.
    pub const GSRN_RECIPIENT: Self = Self::known("8018");
    /// Service relation instance number.
    pub const SRIN: Self = Self::known("8019");
    /// Payment slip reference.
    pub const PAYMENT_REFERENCE: Self = Self::known("8020");
    /// Digital signature.
    pub const SIGNATURE: Self = Self::known("8030");

    /// The AI with these digits; `None` if GS1 has assigned none.
    ///
    /// ```
    /// use pangolin_gs1::ai::Ai;
    ///
    /// let net_weight = Ai::new("3103").unwrap();
    /// assert_eq!(net_weight.def().title, "NET WEIGHT (kg)");
    /// assert_eq!(Ai::new("05"), None);
    /// ```
    pub fn new(digits: &str) -> Option<Self> {
        if !(2..=AI_DIGITS_MAX).contains(&digits.len())
            || !digits.bytes().all(|b| b.is_ascii_digit())
        {
            return None;
        }
        let number = format::number(digits);
        let rows = ROWS[usize::from(AiDef::rank(number, digits.len()).0 / 100)];
        let def = table::TABLE[rows.0..rows.1]
            .iter()
            .find(|def| def.digits == digits.len() && def.first <= number && number <= def.last)?;
        Some(Self { number, def })
    }

    /// The AI that starts `data`, if any. AIs are prefix-free, so there is at most one.
    pub fn at_start_of(data: &str) -> Option<Self> {
        (2..=AI_DIGITS_MAX).find_map(|len| Self::new(data.get(..len)?))
    }

    /// Every AI, in the order of its digits.
    pub fn all() -> impl Iterator<Item = Self> {
        table::TABLE
            .iter()
            .flat_map(|def| (def.first..=def.last).map(move |number| Self { number, def }))
    }

    /// An AI of the table, for constants: a missing one fails the build.
    const fn known(digits: &str) -> Self {
        let number = format::number(digits);
        let mut row = 0;
        loop {
            let def = &table::TABLE[row];
            if def.digits == digits.len() && def.first <= number && number <= def.last {
                return Self { number, def };
            }
            row += 1;
        }
    }

    /// What the table says about it.
    pub const fn def(self) -> &'static AiDef {
        self.def
    }

    /// The number its digits spell, without leading zeros.
    pub const fn number(self) -> u16 {
        self.number
    }

    /// How many decimal places the value has, for the measures and amounts whose last digit says so.
    pub fn decimal_places(self) -> Option<u32> {
        (self.def.last > self.def.first && self.def.digits == 4)
            .then(|| u32::from(self.number - self.def.first))
    }

    /// Checks `value` against components and linters; company prefixes for their form only.
    pub fn check(self, value: &str) -> Result<(), ValueError> {
        self.check_with(value, &AnyPrefix)
    }

    /// Checks `value` against components and linters, asking `directory` about company prefixes.
    pub fn check_with(
        self,
        value: &str,
        directory: &dyn PrefixDirectory,
    ) -> Result<(), ValueError> {
        let mut start = 0;
        for part in self.def.components {
            let rest = value.len() - start;
            if rest == 0 && part.optional {
                break;
            }
            if rest < part.len_min {
                let (min, found) = (start + part.len_min, value.len());
                // A wrong character explains more than a length: it may not even be a value of this AI.
                self.lint_part(value, start, value.len(), &[part.class.linter()], directory)?;
                return Err(ValueError::TooShort {
                    ai: self,
                    min,
                    found,
                });
            }
            let end = start + rest.min(part.len_max);
            self.lint_part(value, start, end, &[part.class.linter()], directory)?;
            self.lint_part(value, start, end, part.linters, directory)?;
            start = end;
        }
        if start < value.len() {
            let (max, found) = (self.def.len_max(), value.len());
            return Err(ValueError::TooLong {
                ai: self,
                max,
                found,
            });
        }
        Ok(())
    }

    fn lint_part(
        self,
        value: &str,
        start: usize,
        end: usize,
        linters: &[crate::lint::Linter],
        directory: &dyn PrefixDirectory,
    ) -> Result<(), ValueError> {
        let lint = |source: LintError| ValueError::Lint { ai: self, source };
        for linter in linters {
            linter
                .check_bytes(&value.as_bytes()[start..end], directory)
                .map_err(|error| lint(error.shifted(start)))?;
        }
        Ok(())
    }

    /// Whether its digits match `pattern`, in which `n` stands for any digit.
    pub(crate) fn matches(self, pattern: &str) -> bool {
        let mut rest = self.number;
        pattern.len() == self.def.digits
            && pattern.bytes().rev().all(|wanted| {
                let digit = (rest % 10).to_le_bytes()[0] + b'0';
                rest /= 10;
                wanted == b'n' || wanted == digit
            })
    }
}

/// By the first two digits of an AI: the first of its rows, and the first behind them.
static ROWS: [(usize, usize); 100] = rows();

const fn rows() -> [(usize, usize); 100] {
    let mut rows = [(0, 0); 100];
    let mut row = 0;
    while row < table::TABLE.len() {
        let def = &table::TABLE[row];
        let prefix = &mut rows[(AiDef::rank(def.first, def.digits).0 / 100) as usize];
        if prefix.1 == 0 {
            prefix.0 = row;
        }
        prefix.1 = row + 1;
        // A row never spans two prefixes except (91) to (99), of two digits each.
        let mut other = def.first + 1;
        while def.digits == 2 && other <= def.last {
            rows[other as usize] = (row, row + 1);
            other += 1;
        }
        row += 1;
    }
    rows
}

impl fmt::Display for Ai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:0width$}", self.number, width = self.def.digits)
    }
}

impl fmt::Debug for Ai {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({self})")
    }
}

impl PartialEq for Ai {
    fn eq(&self, other: &Self) -> bool {
        (self.number, self.def.digits) == (other.number, other.def.digits)
    }
}

impl Eq for Ai {}

impl Ord for Ai {
    /// The order of the digits as text.
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        let rank = |ai: &Self| AiDef::rank(ai.number, ai.def.digits);
        rank(self).cmp(&rank(other))
    }
}

impl PartialOrd for Ai {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for Ai {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (self.number, self.def.digits).hash(state);
    }
}
