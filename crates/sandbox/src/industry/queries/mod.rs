//! Verification requests about the packs of a plan, good and bad, with the answers they must get (STANDARDS §5).
//!
//! The answers hold once the whole history was captured, or for a history of several waves, its first wave. Refused
//! requesters and malformed requests are answered alike at any time.

mod subject;

use super::{
    Incident, IndustryError, Lot, Plan, World,
    dice::{Dice, Stream},
    incident,
    item::{FIRST_COUNTERFEIT_PACK, Item, Serials},
    wave::{Pack, UnitNumbers, Wave},
    world::with_check_digit,
};

pub use subject::{Subject, VrsAnswer};

/// A verification request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VrsQuery {
    /// What it is about.
    pub subject: Subject,
    /// GTIN, 14 digits.
    pub gtin: String,
    /// Serial number.
    pub serial: String,
    /// Lot.
    pub lot: String,
    /// Expiry date, `YYMMDD`.
    pub expiry: String,
    /// GLN of who asks.
    pub requester: String,
    /// Correlation identifier, a version 4 UUID.
    pub correlation: Option<String>,
    /// What must be answered.
    pub expected: VrsAnswer,
}

impl VrsQuery {
    /// Path and query of the request. Nothing in it needs percent-encoding.
    pub fn target(&self) -> String {
        let correlation = self
            .correlation
            .as_ref()
            .map(|uuid| format!("&corrUUID={uuid}"));
        format!(
            "/verify/gtin/{}/lot/{}/ser/{}?exp={}&linkType=verificationService&context=dscsaSaleableReturn&reqGLN={}{}",
            self.gtin,
            self.lot,
            self.serial,
            self.expiry,
            self.requester,
            correlation.unwrap_or_default()
        )
    }
}

/// Verification requests, one after the other. Made by [`vrs_queries`].
#[derive(Debug)]
pub struct VrsQueries {
    world: World,
    serials: Serials,
    dice: Dice,
    wave: Wave,
    in_stock: Vec<Pack>,
    dispensed: Vec<Pack>,
    /// Packs of incidents by subject: lot and units.
    troubled: Vec<(Subject, Lot)>,
    subjects: Vec<Subject>,
    left: u64,
}

/// Share of requests about genuine packs, in percent.
const GENUINE_PERCENT: u8 = 70;

/// `count` requests about the packs of a plan. Subjects of which the plan has no packs do not occur.
pub fn vrs_queries(plan: &Plan, count: u64) -> Result<VrsQueries, IndustryError> {
    let world = World::new(plan)?;
    let wave = Wave::new(plan, &world, 0, &mut UnitNumbers::default())?;
    let mut in_stock: Vec<Pack> = wave
        .stocks
        .iter()
        .flat_map(|stock| stock.kept.iter().copied())
        .collect();
    for seller in world.wholesalers() {
        for dispenser in world.dispensers() {
            let back = wave.returns(dispenser.index, seller.index);
            let destroyed = back.len() * usize::from(plan.destroyed_percent) / 100;
            in_stock.extend(&back[destroyed..]);
        }
    }
    let dispensed: Vec<Pack> = wave
        .stocks
        .iter()
        .flat_map(|stock| stock.dispensed.iter().copied())
        .collect();
    let of = |kind| match kind {
        Incident::LotRecall => Some(Subject::Recalled),
        Incident::ExpiredPack => Some(Subject::Expired),
        Incident::StolenPallet => Some(Subject::Stolen),
        _ => None,
    };
    let lots = incident::lots(plan, &world, wave.clock)?;
    // the first case of the recalled lot is still with its manufacturer, and of the expired lot the first pack is left
    let case = incident::units_per_case(plan);
    let troubled: Vec<(Subject, Lot)> = lots
        .into_iter()
        .filter_map(|(kind, lot)| {
            let subject = of(kind)?;
            let units = if subject == Subject::Expired { 1 } else { case };
            Some((subject, Lot { units, ..lot }))
        })
        .collect();
    let has = |subject: &Subject| match subject {
        Subject::Recalled | Subject::Expired | Subject::Stolen => {
            troubled.iter().any(|(of, _)| of == subject)
        }
        Subject::Dispensed => !dispensed.is_empty(),
        Subject::UnknownGtin => true,
        Subject::UnknownSerial => !wave.lots.is_empty(),
        _ => !in_stock.is_empty(),
    };
    Ok(VrsQueries {
        subjects: Subject::ALL.into_iter().filter(has).collect(),
        dice: Dice::new(plan.seed, Stream::Queries),
        serials: Serials::new(plan.seed),
        world,
        wave,
        in_stock,
        dispensed,
        troubled,
        left: count,
    })
}

/// Lot, pack and how they are written on the pack.
struct Label {
    gtin: String,
    item: Item,
    lot: String,
    expiry: String,
}

impl VrsQueries {
    /// What the pack says on its label.
    fn label(&self, lot: &Lot, item: Item) -> Label {
        Label {
            gtin: self.world.products()[lot.product].gtin.as_str().to_owned(),
            item,
            lot: lot.code.clone(),
            expiry: lot.expiry_yymmdd(),
        }
    }

    fn any(&mut self, dispensed: bool) -> Option<Label> {
        let packs = if dispensed {
            &self.dispensed
        } else {
            &self.in_stock
        };
        let pack = *packs.get(self.dice.below(packs.len()))?;
        Some(self.label(self.wave.lot(pack), self.wave.item(pack)))
    }

    fn subject(&mut self) -> Option<Subject> {
        let first = *self.subjects.first()?;
        if first == Subject::Genuine && self.dice.percent(GENUINE_PERCENT) {
            return Some(first);
        }
        self.subjects
            .get(self.dice.below(self.subjects.len()))
            .copied()
    }

    fn pack(&mut self, subject: Subject) -> Option<Label> {
        match subject {
            Subject::Dispensed => self.any(true),
            Subject::Recalled | Subject::Expired | Subject::Stolen => {
                let at = self.troubled.iter().position(|(of, _)| *of == subject)?;
                let units = usize::try_from(self.troubled[at].1.units).ok()?;
                let unit = u32::try_from(self.dice.below(units)).ok()?;
                let lot = &self.troubled[at].1;
                Some(self.label(lot, lot.pack(unit)))
            }
            Subject::UnknownSerial => {
                let lot = &self.wave.lots[self.dice.below(self.wave.lots.len())];
                // above the counterfeit that is dispensed
                let number = FIRST_COUNTERFEIT_PACK + 1 + (self.dice.bits() >> 32);
                Some(self.label(
                    lot,
                    Item::Pack {
                        product: lot.product,
                        number,
                    },
                ))
            }
            Subject::UnknownGtin => {
                let digits = with_check_digit(format!("0037{:09}", self.dice.below(1_000_000_000)));
                let item = Item::Pack {
                    product: 0,
                    number: FIRST_COUNTERFEIT_PACK,
                };
                Some(Label {
                    gtin: digits,
                    item,
                    lot: "X1".to_owned(),
                    expiry: "271231".to_owned(),
                })
            }
            _ => self.any(false),
        }
    }

    fn query(&mut self) -> Option<VrsQuery> {
        let subject = self.subject()?;
        let mut label = self.pack(subject)?;
        if matches!(subject, Subject::WrongLot | Subject::WrongLotAndExpiry) {
            label.lot = format!("Z{}", label.lot);
        }
        if matches!(subject, Subject::WrongExpiry | Subject::WrongLotAndExpiry) {
            // ten years later, which no lot has
            let year: u32 = label
                .expiry
                .get(..2)
                .and_then(|year| year.parse().ok())
                .unwrap_or(0);
            label
                .expiry
                .replace_range(..2, &format!("{:02}", (year + 10) % 100));
        }
        if subject == Subject::WrongCheckDigit {
            let last = label
                .gtin
                .pop()
                .and_then(|digit| digit.to_digit(10))
                .unwrap_or(0);
            label.gtin.extend(char::from_digit((last + 1) % 10, 10));
        }
        let Item::Pack { number, .. } = label.item else {
            return None;
        };
        let askers = self.world.wholesalers();
        let requester = match subject {
            // a GLN of the range for examples that no company here has
            Subject::UnknownRequester => with_check_digit("952999900001".to_owned()),
            _ => askers[self.dice.below(askers.len())]
                .gln
                .as_str()
                .to_owned(),
        };
        let correlation = uuid(&mut self.dice);
        Some(VrsQuery {
            subject,
            gtin: label.gtin,
            serial: self.serials.text(number),
            lot: label.lot,
            expiry: label.expiry,
            requester,
            correlation: (subject != Subject::NoCorrelation).then_some(correlation),
            expected: subject.answer(),
        })
    }
}

impl Iterator for VrsQueries {
    type Item = VrsQuery;

    fn next(&mut self) -> Option<VrsQuery> {
        self.left = self.left.checked_sub(1)?;
        self.query()
    }
}

/// A version 4 UUID (RFC 9562 §5.4).
fn uuid(dice: &mut Dice) -> String {
    let (high, low) = (dice.bits(), dice.bits());
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | (low >> 48) & 0x3fff,
        low & 0xffff_ffff_ffff
    )
}
