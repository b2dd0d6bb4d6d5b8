//! What is traded: packs and logistic units, their numbers, and how each kind of file writes them.

use super::{
    IndustryError, World,
    dice::{Dice, Stream},
    world::with_check_digit,
};
use pangolin_epcis::model::Uri;

/// Characters of a serial number: no I, L, O, U, which people misread.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters in a serial number.
const SERIAL_CHARS: usize = 12;
/// Bits of the number behind a serial number.
const SERIAL_BITS: u32 = 60;
/// Rounds of the cipher that shuffles serial numbers.
const ROUNDS: usize = 4;

/// First pack number that incidents use; ordinary packs are counted from 0.
pub(super) const FIRST_INCIDENT_PACK: u64 = 1 << 50;
/// First pack number of [`one_pack_events`](super::one_pack_events).
pub(super) const FIRST_SINGLE_PACK: u64 = 1 << 51;
/// First pack number that is never commissioned.
pub(super) const FIRST_COUNTERFEIT_PACK: u64 = 1 << 52;

/// Serial numbers as a manufacturer who follows the rules makes them: unique and not to be guessed.
///
/// A Feistel network over 60 bits is a permutation, so that different packs never share a serial number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Serials {
    keys: [u64; ROUNDS],
}

impl Serials {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, Stream::Serials);
        Self {
            keys: std::array::from_fn(|_| dice.bits()),
        }
    }

    /// The serial number of a pack. Numbers from 2⁶⁰ on would repeat.
    pub(super) fn text(&self, pack: u64) -> String {
        const HALF: u32 = SERIAL_BITS / 2;
        const MASK: u64 = (1 << HALF) - 1;
        let (mut left, mut right) = ((pack >> HALF) & MASK, pack & MASK);
        for key in self.keys {
            (left, right) = (right, left ^ (mix(right ^ key) & MASK));
        }
        let number = left << HALF | right;
        (0..SERIAL_CHARS)
            .map(|at| {
                let digit = usize::try_from(number >> (5 * at) & 31).unwrap_or(0);
                char::from(ALPHABET[digit])
            })
            .collect()
    }
}

/// The finaliser of `SplitMix64`.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// What a logistic unit is; the extension digit of its SSCC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum UnitKind {
    Case = 1,
    Pallet = 2,
    Mixed = 3,
    Incident = 9,
}

/// Something with an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    /// A pack of a product, by the pack's number.
    Pack { product: usize, number: u64 },
    /// A logistic unit that a company numbered.
    Unit {
        company: usize,
        kind: UnitKind,
        number: u32,
    },
}

/// How identifiers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Notation {
    /// EPCIS 1.2: URNs, parties as SGLN.
    Old,
    /// EPCIS 2.0 with URNs, parties as PGLN.
    Urn,
    /// EPCIS 2.0 with Digital Link URIs.
    Link,
}

/// Writes identifiers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scribe<'w> {
    pub(super) world: &'w World,
    pub(super) serials: &'w Serials,
    pub(super) notation: Notation,
}

impl Scribe<'_> {
    /// A pack or logistic unit.
    pub(super) fn item(&self, item: Item) -> Result<Uri, IndustryError> {
        let text = match item {
            Item::Pack { product, number } => {
                let product = &self.world.products()[product];
                let stem = match self.notation {
                    Notation::Link => &product.link_stem,
                    Notation::Old | Notation::Urn => &product.urn_stem,
                };
                format!("{stem}{}", self.serials.text(number))
            }
            Item::Unit {
                company,
                kind,
                number,
            } => {
                let (prefix, extension) = (&self.world.companies()[company].prefix, kind as u8);
                match self.notation {
                    Notation::Link => {
                        let sscc = with_check_digit(format!("{extension}{prefix}{number:09}"));
                        format!("https://id.gs1.org/00/{sscc}")
                    }
                    Notation::Old | Notation::Urn => {
                        format!("urn:epc:id:sscc:{prefix}.{extension}{number:09}")
                    }
                }
            }
        };
        Ok(Uri::parse(&text)?)
    }

    /// Where a company keeps its goods.
    pub(super) fn site(&self, company: usize) -> Result<Uri, IndustryError> {
        let company = &self.world.companies()[company];
        self.location(&company.prefix, company.site.as_str(), "414", "sgln")
    }

    /// A company as a party.
    pub(super) fn party(&self, company: usize) -> Result<Uri, IndustryError> {
        let company = &self.world.companies()[company];
        let scheme = if self.notation == Notation::Old {
            "sgln"
        } else {
            "pgln"
        };
        self.location(&company.prefix, company.gln.as_str(), "417", scheme)
    }

    fn location(
        &self,
        prefix: &str,
        gln: &str,
        ai: &str,
        scheme: &str,
    ) -> Result<Uri, IndustryError> {
        let text = match self.notation {
            Notation::Link => format!("https://id.gs1.org/{ai}/{gln}"),
            Notation::Old | Notation::Urn => {
                let place = &gln[prefix.len()..gln.len() - 1];
                let extension = if scheme == "sgln" { ".0" } else { "" };
                format!("urn:epc:id:{scheme}:{prefix}.{place}{extension}")
            }
        };
        Ok(Uri::parse(&text)?)
    }

    /// A business document of a company.
    pub(super) fn document(&self, company: usize, number: &str) -> Result<Uri, IndustryError> {
        let gln = self.world.companies()[company].gln.as_str();
        Ok(Uri::parse(&format!("urn:epcglobal:cbv:bt:{gln}:{number}"))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn serial_numbers_do_not_repeat_and_cannot_be_counted_up() {
        let serials = Serials::new(3);
        let packs = (0..20_000).chain(FIRST_INCIDENT_PACK..FIRST_INCIDENT_PACK + 100);
        let texts: BTreeSet<String> = packs.map(|pack| serials.text(pack)).collect();
        assert_eq!(texts.len(), 20_100);
        assert!(texts.iter().all(|text| text.len() == SERIAL_CHARS));
        let start = &serials.text(0)[..3];
        assert!(
            (1..100)
                .filter(|pack| serials.text(*pack).starts_with(start))
                .count()
                < 5
        );
        assert_ne!(Serials::new(4).text(0), serials.text(0));
    }
}
