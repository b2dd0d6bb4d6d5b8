//! A rule with its code, text and remedy, and the table of what a profile itself refuses.

use pangolin_ledger::report::{Kernel, reasons};

/// A rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    /// Stable code of its refusal.
    pub code: &'static str,
    /// Its name: `area.rule`.
    pub rule: &'static str,
    /// The kernel it belongs to.
    pub kernel: Kernel,
    /// What it says.
    pub text: &'static str,
    /// What to do when it refuses.
    pub remedy: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// A rule of the ledger in the words of a trade: code, text, remedy, source.
pub(crate) type Told = (&'static str, &'static str, &'static str, &'static str);

/// The ledger's own clause, where no clause of the trade applies.
pub(crate) const LEDGER: &str = "ledger of this chain";

/// Every rule whose code a transaction of a profile can be refused with: its own, and the ledger's in its words.
pub(crate) fn all(own: &[Rule], told: &[Told]) -> Vec<Rule> {
    let mut rules = own.to_vec();
    rules.extend(reasons::ALL.iter().map(|reason| {
        let trade = told.iter().find(|(code, ..)| *code == reason.code);
        let (_, text, remedy, source) = *trade.unwrap_or(&("", "", reason.remedy, LEDGER));
        Rule {
            code: reason.code,
            rule: reason.rule.0,
            kernel: reason.kernel,
            text,
            remedy,
            source,
        }
    }));
    rules
}

macro_rules! own {
    ($($name:ident = $kernel:ident $rule:literal $code:literal $text:literal $remedy:literal $source:literal;)*) => {
        $(
            pub(super) const $name: Reason =
                Reason { code: $code, rule: RuleId($rule), kernel: Kernel::$kernel, remedy: $remedy };
        )*
        /// Every reason of the profile itself.
        pub const REASONS: &[Reason] = &[$($name),*];
        /// Its rules.
        pub(super) const RULES: &[Rule] = &[$(
            Rule { code: $code, rule: $rule, kernel: Kernel::$kernel, text: $text, remedy: $remedy, source: $source }
        ),*];
    };
}
pub(crate) use own;
