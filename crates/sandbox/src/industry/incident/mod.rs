//! What goes wrong, and what a system is expected to do about it.
//!
//! Incidents ride along with the first wave: at the end of each stage they send their files. They have lots of their own
//! and touch the ordinary trade only where the ordinary trade must win, so that a refused file changes nothing. A file of
//! an incident holds only what its expectation is about.

mod cast;
mod defect;
mod expired;
mod misfiled;
mod quantity;
mod recall;
mod serials;
mod stolen;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    IndustryError, Lot, Plan, Stage, World,
    clock::Clock,
    draft::Draft,
    item::{FIRST_INCIDENT_PACK, Item},
    lot,
    wave::Wave,
};

use cast::Cast;
pub use defect::Defect;
pub use recall::{Holding, Recall};

/// A kind of incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Incident {
    /// A pack is dispensed that nobody commissioned.
    Counterfeit,
    /// A company commissions a serial number of another, which is in use.
    DuplicateSerial,
    /// A pallet is reported stolen, and somebody else offers it.
    StolenPallet,
    /// A pack is dispensed whose lot has expired.
    ExpiredPack,
    /// A pack is dispensed a second time.
    DispensedTwice,
    /// The file about the shipment arrives before the file about the commissioning.
    WrongOrder,
    /// The receiver finds fewer packs in a case than were packed.
    WrongQuantity,
    /// Files that do not follow the standard.
    MalformedFiles,
    /// A lot is recalled that every holder has some of.
    LotRecall,
}

impl Incident {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::Counterfeit,
        Self::DuplicateSerial,
        Self::StolenPallet,
        Self::ExpiredPack,
        Self::DispensedTwice,
        Self::WrongOrder,
        Self::WrongQuantity,
        Self::MalformedFiles,
        Self::LotRecall,
    ];

    /// Kebab-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counterfeit => "counterfeit",
            Self::DuplicateSerial => "duplicate-serial",
            Self::StolenPallet => "stolen-pallet",
            Self::ExpiredPack => "expired-pack",
            Self::DispensedTwice => "dispensed-twice",
            Self::WrongOrder => "wrong-order",
            Self::WrongQuantity => "wrong-quantity",
            Self::MalformedFiles => "malformed-files",
            Self::LotRecall => "lot-recall",
        }
    }

    /// Its place, which numbers its packs and containers.
    fn number(self) -> u32 {
        let place = Self::ALL.iter().position(|other| *other == self);
        place
            .and_then(|place| u32::try_from(place).ok())
            .unwrap_or(0)
    }

    /// Letter of its lot number, and how many cases its lot fills; `None` if it needs no lot.
    fn lot(self, plan: &Plan) -> Option<(char, u32)> {
        match self {
            Self::Counterfeit | Self::DuplicateSerial | Self::DispensedTwice => None,
            Self::StolenPallet => Some(('S', stolen::cases(plan))),
            Self::ExpiredPack => Some(('E', 1)),
            Self::WrongOrder => Some(('W', 1)),
            Self::WrongQuantity => Some(('Q', 1)),
            Self::MalformedFiles => Some(('M', 0)),
            Self::LotRecall => Some(('R', recall::cases(plan))),
        }
    }
}

/// The incidents of a plan.
#[derive(Debug)]
pub(super) struct Troubles {
    kinds: BTreeSet<Incident>,
    lots: BTreeMap<Incident, Lot>,
    units_per_case: u32,
    /// A pack of the ordinary trade that was commissioned.
    commissioned: Option<Item>,
    /// A pack of the ordinary trade that was dispensed, and by whom.
    dispensed: Option<(usize, Item)>,
}

impl Troubles {
    /// The incidents that ride along with a wave.
    pub(super) fn new(plan: &Plan, world: &World, wave: &Wave) -> Result<Self, IndustryError> {
        let stocks = wave.stocks.iter().enumerate();
        let dispensed =
            stocks.filter_map(|(by, stock)| Some((by, wave.item(*stock.dispensed.first()?))));
        Ok(Self {
            kinds: plan.incidents.clone(),
            lots: lots(plan, world, wave.clock)?,
            units_per_case: units_per_case(plan),
            commissioned: wave.lots.first().map(|lot| lot.pack(0)),
            dispensed: { dispensed }.next(),
        })
    }
    /// What the incidents send at the end of a stage.
    pub(super) fn drafts(
        &self,
        stage: Stage,
        world: &World,
        clock: Clock,
    ) -> Result<Vec<Draft>, IndustryError> {
        let mut drafts = Vec::new();
        for kind in &self.kinds {
            let lot = self.lots.get(kind);
            let cast = |lot| Cast::new(world, *kind, lot, self.units_per_case);
            let mut files = match (kind, lot) {
                (Incident::Counterfeit, _) => serials::counterfeit(world, stage),
                (Incident::DuplicateSerial, _) => serials::duplicate(
                    world,
                    stage,
                    self.commissioned,
                    lot::date(clock.wave().begin()?),
                )?,
                (Incident::DispensedTwice, _) => {
                    serials::dispensed_twice(world, stage, self.dispensed)
                }
                (Incident::StolenPallet, Some(lot)) => stolen::drafts(&cast(lot), stage),
                (Incident::ExpiredPack, Some(lot)) => expired::drafts(&cast(lot), stage),
                (Incident::WrongOrder, Some(lot)) => misfiled::wrong_order(&cast(lot), stage),
                (Incident::MalformedFiles, Some(lot)) => misfiled::malformed(&cast(lot), stage),
                (Incident::WrongQuantity, Some(lot)) => quantity::drafts(&cast(lot), stage),
                (Incident::LotRecall, Some(lot)) => recall::drafts(&cast(lot), stage),
                (_, None) => Vec::new(),
            };
            for file in &mut files {
                file.incident = Some(*kind);
            }
            drafts.append(&mut files);
        }
        Ok(drafts)
    }
}

/// The lots of the incidents of a plan.
pub(super) fn lots(
    plan: &Plan,
    world: &World,
    clock: Clock,
) -> Result<BTreeMap<Incident, Lot>, IndustryError> {
    let mut lots = BTreeMap::new();
    let made = lot::date(clock.wave().begin()?);
    for kind in &plan.incidents {
        let Some((letter, cases)) = kind.lot(plan) else {
            continue;
        };
        let expiry = match kind {
            Incident::ExpiredPack => lot::date(clock.incidents(Stage::Open).end()?),
            _ => lot::shelf_life(made)?,
        };
        let product = &world.products()[0];
        let units = match kind {
            Incident::MalformedFiles => {
                Defect::PACKS * u32::try_from(Defect::ALL.len()).unwrap_or(0)
            }
            _ => units_per_case(plan) * cases,
        };
        let lot = Lot {
            product: product.index,
            maker: product.maker,
            code: lot::code(made, letter, 1),
            expiry,
            units,
            first: FIRST_INCIDENT_PACK + (u64::from(kind.number()) << 32),
        };
        lots.insert(*kind, lot);
    }
    Ok(lots)
}

/// Packs in a case of an incident: at least three, so that some can be missing, dispensed or kept.
pub(super) fn units_per_case(plan: &Plan) -> u32 {
    plan.units_per_case.max(3)
}

/// Packs that the incidents of a plan commission.
pub(super) fn packs(plan: &Plan) -> u64 {
    let cases = plan
        .incidents
        .iter()
        .filter_map(|kind| kind.lot(plan))
        .map(|(_, cases)| u64::from(cases));
    cases.sum::<u64>() * u64::from(units_per_case(plan))
}
