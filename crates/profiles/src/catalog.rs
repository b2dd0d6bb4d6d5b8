//! The industries this software knows, by the names and numbers of their rules. The one place that lists them: a chain's genesis
//! names its rules, and everything that its nodes speak follows from that.
//!
//! **Invariant**: numbers of words are unique over all industries. What a stage means travels with the object: on a chain of another
//! industry it stays what it is, and is described in the words of the one that gave it.

use std::sync::Arc;

use pangolin_ledger::{
    id::{Code, ProfileRef, Role, Scope, Value},
    machine::Genesis,
    profile::Profile,
    state::{Group, Params},
};

use crate::{
    capture::{Field, Lexicon},
    customs,
    member::{Claims, Member, MemberError},
    pharma, registry,
    speech::Speech,
};

/// A version of an industry's rules.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Its name in files: `pharma-strict`.
    pub name: &'static str,
    /// Its number.
    pub reference: ProfileRef,
    /// The rules themselves.
    pub profile: fn() -> Arc<dyn Profile>,
}

/// What speaks against an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Concern {
    /// Suspected.
    Suspect,
    /// Known to be illegitimate.
    Illegitimate,
    /// Not for sale any more: dispensed, destroyed, stolen, sampled.
    NotForSale,
}

/// Licences, or why the member cannot have what it asks for.
pub type Licences = Result<Vec<(Role, Scope)>, MemberError>;

/// An industry: all versions of its rules, its words and its roles.
#[derive(Debug)]
pub struct Industry {
    /// The number that all versions share.
    pub number: u16,
    /// The versions.
    pub versions: &'static [Rules],
    /// Its words.
    pub speech: &'static Speech,
    /// The role of that name.
    pub role: fn(&str) -> Option<Role>,
    /// Roles that make a party one of the trade, or an authority: who may ask about goods.
    pub trading: &'static [Role],
    /// Further roles that are shown of a party.
    pub kinds: &'static [Role],
    /// Parameters for a chain of the trade.
    pub params: fn() -> Params,
    /// The licences of a member; what it claims must not be another's.
    pub licences: fn(&Member, &mut Claims) -> Licences,
    /// Reasons of orders: their names in commands.
    pub order_reasons: &'static [(&'static str, Code)],
    /// Every number of its own with its word or URI.
    pub words: fn() -> Vec<(Code, &'static str)>,
    /// What a stage of its own says against an object.
    pub concern: fn(Code) -> Option<Concern>,
    /// Whether things come into being on its chains. What is made on a chain that only handles things is no business of its trade.
    pub makes: bool,
    /// The attribute of a group that is the expiry date of its members, `YYYYMMDD`.
    pub expiry: Option<Code>,
}

/// All industries.
pub const INDUSTRIES: &[&Industry] = &[&pharma::INDUSTRY, &customs::INDUSTRY, &registry::INDUSTRY];

/// The rules of that name.
pub fn named(name: &str) -> Option<&'static Rules> {
    all().find(|rules| rules.name == name)
}

/// The names of all rules.
pub fn names() -> Vec<&'static str> {
    all().map(|rules| rules.name).collect()
}

/// The rules of that number and version.
pub fn rules(reference: ProfileRef) -> Option<&'static Rules> {
    all().find(|rules| rules.reference == reference)
}

/// The rules of all industries.
pub fn all() -> impl Iterator<Item = &'static Rules> {
    INDUSTRIES.iter().flat_map(|industry| industry.versions)
}

/// All rules, for the ledger.
pub fn profiles() -> Vec<Arc<dyn Profile>> {
    all().map(|rules| (rules.profile)()).collect()
}

/// The industry that a profile is of, whatever its version.
pub fn industry(profile: ProfileRef) -> Option<&'static Industry> {
    let mut known = INDUSTRIES.iter().copied();
    known.find(|industry| industry.number == profile.id)
}

/// The rules that the nodes of a chain speak: the first ones of its genesis. `None` if this software does not know them.
pub fn spoken(genesis: &Genesis) -> Option<&'static Rules> {
    genesis
        .profiles
        .first()
        .and_then(|reference| rules(*reference))
}

/// The word for a code of any industry, for people.
pub fn describe(code: Code) -> Option<&'static str> {
    INDUSTRIES
        .iter()
        .find_map(|industry| (industry.speech.describe)(code))
}

/// What a stage of any industry says against an object.
pub fn concern(stage: Code) -> Option<Concern> {
    INDUSTRIES
        .iter()
        .find_map(|industry| (industry.concern)(stage))
}

/// The expiry date of a group's members as `YYYYMMDD`, whichever industry stated it.
pub fn expiry(group: &Group) -> Option<&Value> {
    INDUSTRIES
        .iter()
        .find_map(|industry| group.attributes.get(&industry.expiry?))
}

/// The field behind an attribute of any industry.
pub fn field(code: Code) -> Option<&'static Field> {
    INDUSTRIES.iter().find_map(|industry| {
        let fields = industry.speech.lexicon.fields;
        fields.iter().find(|field| field.code == code)
    })
}

impl Rules {
    /// The industry that they are of.
    pub fn industry(&self) -> &'static Industry {
        industry(self.reference)
            .unwrap_or_else(|| unreachable!("every version is listed with its industry"))
    }

    /// What they add to the reduction of events.
    pub fn lexicon(&self) -> Lexicon {
        Lexicon {
            profile: self.reference,
            ..*self.industry().speech.lexicon
        }
    }
}

impl Industry {
    /// The name of a role, as in configuration files.
    pub fn role_name(&self, role: Role) -> Option<&'static str> {
        (self.speech.role)(role)
    }

    /// The reason of an order by its name.
    pub fn order_reason(&self, name: &str) -> Option<Code> {
        let mut known = self.order_reasons.iter();
        known
            .find(|(known, _)| *known == name)
            .map(|(_, code)| *code)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::{capture::attribute, cbv};

    #[test]
    fn a_number_means_one_thing_in_all_industries() {
        let mut owners: BTreeMap<Code, u16> = BTreeMap::new();
        for industry in INDUSTRIES {
            let words = (industry.words)();
            for (code, word) in &words {
                assert!(
                    code.0 >= cbv::FIRST_OF_PROFILE && *code != cbv::OTHER,
                    "{code} {word}"
                );
                assert!(
                    attribute::ALL.iter().all(|(known, _)| known != code),
                    "{word}"
                );
                if let Some(other) = owners.insert(*code, industry.number) {
                    panic!(
                        "{code} ({word}) is of profile {} and of {other}",
                        industry.number
                    );
                }
            }
            let lexicon = industry.speech.lexicon;
            let named = lexicon.fields.iter().map(|field| field.code);
            let lists = [lexicon.steps, lexicon.dispositions, lexicon.documents];
            let named = named.chain(lists.into_iter().flatten().map(|(code, _)| *code));
            let named = named.chain(industry.order_reasons.iter().map(|(_, code)| *code));
            for code in named.chain(industry.expiry) {
                assert!(
                    words.iter().any(|(known, _)| *known == code),
                    "{code} has no word"
                );
            }
        }
    }

    #[test]
    fn names_and_numbers_are_of_one_set_of_rules_each() {
        let names: BTreeSet<_> = names().into_iter().collect();
        let references: BTreeSet<_> = all().map(|rules| rules.reference).collect();
        let digests: BTreeSet<_> = profiles().iter().map(|profile| profile.digest()).collect();
        let count = all().count();
        assert_eq!(
            (names.len(), references.len(), digests.len()),
            (count, count, count)
        );
        for rules in all() {
            assert_eq!((rules.profile)().reference(), rules.reference);
            assert_eq!(rules.lexicon().profile, rules.reference);
            assert_eq!(rules.industry().number, rules.reference.id);
            assert_eq!(
                named(rules.name).map(|found| found.reference),
                Some(rules.reference)
            );
        }
        let numbers: BTreeSet<_> = INDUSTRIES.iter().map(|industry| industry.number).collect();
        assert_eq!(numbers.len(), INDUSTRIES.len());
        assert!(named("toys").is_none() && industry(ProfileRef { id: 0, version: 1 }).is_none());
    }

    #[test]
    fn roles_have_numbers_of_their_own_and_the_reserved_ones_their_names() {
        let mut owners: BTreeMap<Role, u16> = BTreeMap::new();
        for industry in INDUSTRIES {
            for (role, name) in [
                (Role::GOVERNOR, "governor"),
                (Role::REGISTRAR, "registrar"),
                (Role::AUTHORITY, "authority"),
            ] {
                assert_eq!(
                    (industry.role_name(role), (industry.role)(name)),
                    (Some(name), Some(role))
                );
            }
            let shown: BTreeSet<Role> = industry
                .trading
                .iter()
                .chain(industry.kinds)
                .copied()
                .collect();
            for role in shown
                .into_iter()
                .filter(|role| role.0 < Role::FIRST_RESERVED)
            {
                let name = industry
                    .role_name(role)
                    .unwrap_or_else(|| panic!("{role} has no name"));
                assert_eq!((industry.role)(name), Some(role));
                assert_eq!(owners.insert(role, industry.number), None, "{name}");
            }
        }
    }

    #[test]
    fn words_and_stages_are_understood_whoever_gave_them() {
        let suspect = pharma::words::stage::SUSPECT;
        assert_eq!(
            (describe(suspect), concern(suspect)),
            (Some("suspect"), Some(Concern::Suspect))
        );
        assert_eq!(
            (
                describe(Code(0xfff0)),
                concern(pharma::words::stage::NORMAL)
            ),
            (None, None)
        );
        let maker = pangolin_ledger::id::PartyId::new("x").unwrap();
        let mut group = Group::bare(maker, pangolin_ledger::id::EventId([0; 32]));
        assert_eq!(expiry(&group), None);
        let day = Value::new("20270331").unwrap();
        group
            .attributes
            .insert(pharma::words::field::EXPIRY, day.clone());
        assert_eq!(expiry(&group), Some(&day));
    }
}
