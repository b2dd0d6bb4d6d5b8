//! A lot is recalled while the manufacturer, wholesalers, hospitals, pharmacies and a truck have some of it.
//!
//! The manufacturer reports that it sets its own stock aside, and issues the order ([`Recall`]) for the lot. From then on
//! nobody sells or dispenses it; destroying it is right.

use std::sync::Arc;

use super::Cast;
use crate::industry::{Company, Plan, Product, Stage, draft::Draft, expect, happening::Happening};

/// Most wholesalers that hold the lot.
const WHOLESALERS_MAX: usize = 3;
/// Most hospitals and pharmacies that hold the lot.
const DISPENSERS_MAX: usize = 4;
/// Packs that each of them has dispensed before the recall.
const DISPENSED: usize = 2;

/// An order to recall a lot, to be issued by its manufacturer or an authority after the file that carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recall {
    /// Who issues it.
    pub issuer: Arc<Company>,
    /// The product.
    pub product: Arc<Product>,
    /// The lot.
    pub lot: String,
    /// Why.
    pub reason: &'static str,
    /// Who has packs of the lot at that moment; nobody else has any.
    pub holdings: Vec<Holding>,
    /// Packs that were dispensed before.
    pub dispensed: u32,
}

/// Packs of a recalled lot with one holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Who has them.
    pub company: Arc<Company>,
    /// How many.
    pub packs: u32,
    /// Packs that this company has shipped and the next has not received; part of `packs`.
    pub in_transit: u32,
}

/// How many of each kind hold the lot.
fn holders(wholesalers: usize, dispensers: usize) -> (u32, u32) {
    let count = |n: usize, max: usize| u32::try_from(n.min(max)).unwrap_or(0);
    (
        count(wholesalers, WHOLESALERS_MAX),
        count(dispensers, DISPENSERS_MAX),
    )
}

/// Cases of the lot: one for the manufacturer, each wholesaler, each dispenser, and the truck.
pub(super) fn cases(plan: &Plan) -> u32 {
    let (wholesalers, dispensers) = holders(plan.wholesalers.into(), plan.dispensers().into());
    2 + wholesalers + dispensers
}

/// Who has which case. Case 0 stays with the manufacturer.
struct Places {
    /// Wholesaler and case.
    wholesalers: Vec<(usize, u32)>,
    /// Dispenser and case.
    dispensers: Vec<(usize, u32)>,
    truck: u32,
}

fn places(cast: &Cast<'_>) -> Places {
    let (wholesalers, dispensers) = holders(
        cast.world.wholesalers().len(),
        cast.world.dispensers().len(),
    );
    let of = |companies: &[Arc<Company>], first: u32| {
        companies
            .iter()
            .map(|company| company.index)
            .zip(first..)
            .collect::<Vec<_>>()
    };
    let mut places = Places {
        wholesalers: of(cast.world.wholesalers(), 1),
        dispensers: of(cast.world.dispensers(), 1 + wholesalers),
        truck: 1 + wholesalers + dispensers,
    };
    places.wholesalers.truncate(WHOLESALERS_MAX);
    places.dispensers.truncate(DISPENSERS_MAX);
    places
}

pub(super) fn drafts(cast: &Cast<'_>, stage: Stage) -> Vec<Draft> {
    let places = places(cast);
    let dispensers = || places.dispensers.iter().copied();
    // the first wholesaler also serves the dispensers and loads the truck
    let bought = |buyer: usize, own: u32| {
        let further = dispensers().map(|(_, case)| case).chain([places.truck]);
        let further = further.filter(move |_| buyer == cast.buyer);
        std::iter::once(own)
            .chain(further)
            .map(|case| cast.case(case))
            .collect::<Vec<_>>()
    };
    match stage {
        Stage::Commission => vec![cast.made()],
        Stage::Ship => {
            let sale = |(buyer, own)| cast.ship(cast.maker, buyer, own, bought(buyer, own));
            places.wholesalers.iter().copied().map(sale).collect()
        }
        Stage::Receive => {
            let receipt = |(buyer, own)| cast.receive(cast.maker, buyer, own, bought(buyer, own));
            places.wholesalers.iter().copied().map(receipt).collect()
        }
        Stage::Deliver => dispensers()
            .map(|(to, case)| cast.ship(cast.buyer, to, case, vec![cast.case(case)]))
            .collect(),
        Stage::Accept => dispensers()
            .map(|(to, case)| cast.receive(cast.buyer, to, case, vec![cast.case(case)]))
            .collect(),
        Stage::Open => dispensers()
            .map(|(place, case)| cast.open(place, case))
            .collect(),
        Stage::Dispense => {
            let mut drafts: Vec<Draft> = dispensers()
                .map(|(place, case)| cast.dispense(place, &cast.packs(case)[..DISPENSED]))
                .collect();
            let truck = vec![cast.case(places.truck)];
            drafts.push(cast.ship(cast.buyer, cast.last, places.truck, truck));
            drafts.push(recall(cast, &places));
            drafts
        }
        Stage::Return => against(cast, &places),
        Stage::Destroy => {
            let first = dispensers().next();
            first
                .map(|(place, case)| cast.destroy(place, &cast.packs(case)[DISPENSED..]))
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

fn recall(cast: &Cast<'_>, places: &Places) -> Draft {
    let case = cast.units_per_case;
    let dispensed = u32::try_from(DISPENSED).unwrap_or(0);
    let company = |index: usize| Arc::clone(&cast.world.companies()[index]);
    let mut holdings = vec![Holding {
        company: company(cast.maker),
        packs: case,
        in_transit: 0,
    }];
    for (place, _) in &places.wholesalers {
        let in_transit = if *place == cast.buyer { case } else { 0 };
        holdings.push(Holding {
            company: company(*place),
            packs: case + in_transit,
            in_transit,
        });
    }
    for (place, _) in &places.dispensers {
        holdings.push(Holding {
            company: company(*place),
            packs: case - dispensed,
            in_transit: 0,
        });
    }
    let story = format!(
        "{} sets its stock of lot {} aside and recalls the lot, which {} companies hold",
        cast.name(cast.maker),
        cast.lot.code,
        holdings.len()
    );
    let events = vec![Happening::set_aside(cast.maker, vec![cast.case(0)])];
    let mut draft = Draft::new(cast.maker, "recall", &cast.lot.code, events).story(story);
    draft.recall = Some(Recall {
        issuer: company(cast.maker),
        product: Arc::clone(&cast.world.products()[cast.lot.product]),
        lot: cast.lot.code.clone(),
        reason: "particles found in retained samples",
        holdings,
        dispensed: dispensed * u32::try_from(places.dispensers.len()).unwrap_or(0),
    });
    draft
}

/// What the recall must stop.
fn against(cast: &Cast<'_>, places: &Places) -> Vec<Draft> {
    let mut drafts = Vec::new();
    if let Some((place, case)) = places.dispensers.last() {
        let story = format!("{} dispenses a pack of the recalled lot", cast.name(*place));
        drafts.push(
            cast.dispense(*place, &cast.packs(*case)[DISPENSED..=DISPENSED])
                .story(story),
        );
    }
    if let Some((place, case)) = places.wholesalers.first() {
        let story = format!("{} ships a case of the recalled lot", cast.name(*place));
        // its number must not be that of a sale that took place
        let number = places.truck + 1;
        drafts.push(
            cast.ship(*place, cast.first, number, vec![cast.case(*case)])
                .story(story),
        );
    }
    drafts
        .into_iter()
        .map(|draft| draft.expect(expect::RECALLED))
        .collect()
}
