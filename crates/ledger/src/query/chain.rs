//! What this chain knows of another, and whether it believes it.

use super::{Answer, QueryError, reader::Reader};
use crate::{
    id::{ChainId, TimeMs},
    machine::Overlay,
    state::{ChainRecord, ChainState, Following, ForeignChain, Standing, keys},
};

/// Another chain as this one knows it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acquaintance {
    /// How it is registered.
    pub registration: Option<ForeignChain>,
    /// Who decides about it, where a registry does.
    pub standing: Option<Standing>,
    /// How the registry by whose word it is known is followed.
    pub following: Option<Following>,
    /// What this chain records of it as a registry.
    pub record: Option<ChainRecord>,
}

impl Acquaintance {
    /// What its proofs are checked with; `None` if it is neither registered nor recorded.
    pub fn key(&self) -> Option<&[u8]> {
        let registered = self.registration.as_ref().map(|known| &known.key);
        let recorded = self.record.as_ref().map(|record| &record.identity.key);
        registered.or(recorded).map(Vec::as_slice)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        let registered = self.registration.as_ref().map(|known| &known.name);
        let recorded = self.record.as_ref().map(|record| &record.about.name);
        registered.or(recorded).map_or("", String::as_str)
    }

    /// Whether what it proves is believed at `now`: it is registered, not suspended by anybody, and known by word that is young enough.
    /// A chain that is only recorded here, as in a registry, is believed while its record says so.
    pub fn is_believed(&self, now: TimeMs) -> bool {
        let Some(registered) = &self.registration else {
            let record = self.record.as_ref();
            return record.is_some_and(|record| record.state == ChainState::Active);
        };
        let stale = self.following.as_ref().filter(|_| self.by_registry());
        registered.suspended.is_none() && !stale.is_some_and(|following| following.is_stale(now))
    }

    /// Whether a registry decides about it.
    fn by_registry(&self) -> bool {
        self.standing.is_some_and(|s| s.registry.is_some())
    }
}

/// What this chain knows of another.
pub fn acquaintance(o: &Overlay, chain: &ChainId) -> Result<Answer<Acquaintance>, QueryError> {
    Reader::answer(o, |r| {
        let record = keys::chain_record(chain);
        r.want([keys::foreign_chain(chain), keys::standing(chain), record])?;
        let standing: Option<Standing> = r.get(keys::standing(chain))?;
        let following = match standing.and_then(|standing| standing.registry) {
            Some(registry) => r.get(keys::following(&registry))?,
            None => None,
        };
        Ok(Acquaintance {
            registration: r.get(keys::foreign_chain(chain))?,
            standing,
            following,
            record: r.get(record)?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        id::Height,
        state::{FollowTerms, Grade},
    };

    fn registered(suspended: Option<Height>) -> Acquaintance {
        let registration = ForeignChain {
            name: "north".into(),
            key: vec![7],
            freshness_ms: 1_000,
            registered: Height(1),
            suspended,
            seen: None,
        };
        Acquaintance {
            registration: Some(registration),
            ..Acquaintance::default()
        }
    }

    #[test]
    fn a_chain_is_believed_while_nobody_suspends_it_and_the_word_of_it_is_young() {
        let now = TimeMs(10_000);
        assert!(!Acquaintance::default().is_believed(now), "unknown");
        assert_eq!(Acquaintance::default().key(), None);
        let known = registered(None);
        assert_eq!((known.key(), known.name()), (Some(&[7][..]), "north"));
        assert!(known.is_believed(now));
        assert!(!registered(Some(Height(2))).is_believed(now));
        let by_word = |as_of: Option<i64>, word_ms| {
            let terms = FollowTerms {
                grade: Grade::Native,
                freshness_ms: 1_000,
                word_ms,
            };
            let mut following = Following::new(terms, Height(1));
            following.as_of = as_of.map(TimeMs);
            let standing = Standing {
                registry: Some(ChainId([9; 32])),
                own: None,
                told: ChainState::Active,
                since: Height(1),
            };
            let known = Acquaintance {
                standing: Some(standing),
                following: Some(following),
                ..registered(None)
            };
            known.is_believed(now)
        };
        assert!(by_word(Some(9_000), Some(1_000)));
        assert!(!by_word(Some(8_999), Some(1_000)), "the word is too old");
        assert!(!by_word(None, Some(1_000)), "it is not known");
        assert!(by_word(None, None), "any age");
    }
}
