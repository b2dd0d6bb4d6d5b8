//! Things that happen, before anybody writes them down: one constructor per act of the trade.

use jiff::civil::Date;
use pangolin_epcis::model::Action;

use super::{Lot, item::Item};

/// What happens to which items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Deed {
    /// Something happens to items.
    Object {
        action: Action,
        items: Vec<Item>,
        /// Lot number and expiry date.
        made: Option<(String, Date)>,
    },
    /// Items are put into, taken out of, or seen in a container.
    Aggregation {
        action: Action,
        parent: Item,
        children: Vec<Item>,
    },
}

/// A change of ownership.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shipment {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Number of the order, or of the permission to return.
    pub(super) order: String,
    /// Number of the despatch advice.
    pub(super) advice: String,
    pub(super) is_return: bool,
}

impl Shipment {
    /// A sale; `number` tells it from others between the two.
    pub(super) fn sale(from: usize, to: usize, number: &str) -> Self {
        Self {
            from,
            to,
            order: format!("PO{number}"),
            advice: format!("DEL{number}"),
            is_return: false,
        }
    }

    /// Goods that go back.
    pub(super) fn back(from: usize, to: usize, number: &str) -> Self {
        Self {
            order: format!("RMA{number}"),
            is_return: true,
            ..Self::sale(from, to, number)
        }
    }
}

/// Something that happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Happening {
    pub(super) deed: Deed,
    /// Business step.
    pub(super) step: &'static str,
    pub(super) disposition: Option<&'static str>,
    /// The company at whose site it happens.
    pub(super) place: usize,
    /// Whether the items are there afterwards.
    pub(super) stays: bool,
    pub(super) shipment: Option<Shipment>,
}

impl Happening {
    fn object(
        place: usize,
        action: Action,
        items: Vec<Item>,
        step: &'static str,
        disposition: &'static str,
    ) -> Self {
        Self {
            deed: Deed::Object {
                action,
                items,
                made: None,
            },
            step,
            disposition: Some(disposition),
            place,
            stays: true,
            shipment: None,
        }
    }

    fn aggregation(
        place: usize,
        action: Action,
        parent: Item,
        children: Vec<Item>,
        step: &'static str,
    ) -> Self {
        Self {
            deed: Deed::Aggregation {
                action,
                parent,
                children,
            },
            step,
            disposition: Some("in_progress"),
            place,
            stays: true,
            shipment: None,
        }
    }

    /// Packs of a lot come into being.
    pub(super) fn commission(place: usize, lot: &Lot, items: Vec<Item>) -> Self {
        let mut event = Self::object(place, Action::Add, items, "commissioning", "active");
        if let Deed::Object { made, .. } = &mut event.deed {
            *made = Some((lot.code.clone(), lot.expiry));
        }
        event
    }

    /// Logistic units come into being.
    pub(super) fn label(place: usize, units: Vec<Item>) -> Self {
        Self::object(place, Action::Add, units, "commissioning", "active")
    }

    /// Items go into a container.
    pub(super) fn pack(place: usize, parent: Item, children: Vec<Item>) -> Self {
        Self::aggregation(place, Action::Add, parent, children, "packing")
    }

    /// Items come out of a container.
    pub(super) fn unpack(place: usize, parent: Item, children: Vec<Item>) -> Self {
        Self::aggregation(place, Action::Delete, parent, children, "unpacking")
    }

    /// A container is opened and its contents are found complete.
    pub(super) fn verify(place: usize, parent: Item, children: Vec<Item>) -> Self {
        Self {
            disposition: Some("completeness_verified"),
            ..Self::aggregation(place, Action::Observe, parent, children, "inspecting")
        }
    }

    /// Items leave for the buyer, or go back.
    pub(super) fn ship(shipment: Shipment, items: Vec<Item>) -> Self {
        let disposition = if shipment.is_return {
            "returned"
        } else {
            "in_transit"
        };
        let mut event = Self::object(
            shipment.from,
            Action::Observe,
            items,
            "shipping",
            disposition,
        );
        event.stays = false;
        event.shipment = Some(shipment);
        event
    }

    /// Items arrive at the buyer.
    pub(super) fn receive(shipment: Shipment, items: Vec<Item>) -> Self {
        let disposition = if shipment.is_return {
            "returned"
        } else {
            "in_progress"
        };
        let mut event = Self::object(
            shipment.to,
            Action::Observe,
            items,
            "receiving",
            disposition,
        );
        event.shipment = Some(shipment);
        event
    }

    /// Items pass inspection.
    pub(super) fn inspect(place: usize, items: Vec<Item>) -> Self {
        Self::object(place, Action::Observe, items, "inspecting", "conformant")
    }

    /// Items are put into stock.
    pub(super) fn store(place: usize, items: Vec<Item>) -> Self {
        Self::object(
            place,
            Action::Observe,
            items,
            "storing",
            "sellable_not_accessible",
        )
    }

    /// Items are taken from stock for orders.
    pub(super) fn pick(place: usize, items: Vec<Item>) -> Self {
        Self::object(place, Action::Observe, items, "picking", "in_progress")
    }

    /// A pack goes to a patient.
    pub(super) fn dispense(place: usize, item: Item) -> Self {
        Self::object(place, Action::Delete, vec![item], "dispensing", "dispensed")
    }

    /// Items are destroyed.
    pub(super) fn destroy(place: usize, items: Vec<Item>) -> Self {
        let mut event = Self::object(place, Action::Delete, items, "destroying", "destroyed");
        event.stays = false;
        event
    }

    /// Items are set aside because their lot is recalled.
    pub(super) fn set_aside(place: usize, items: Vec<Item>) -> Self {
        Self::object(place, Action::Observe, items, "holding", "recalled")
    }

    /// Items were stolen.
    pub(super) fn stolen(place: usize, items: Vec<Item>) -> Self {
        let mut event = Self::object(place, Action::Observe, items, "stock_taking", "stolen");
        event.stays = false;
        event
    }

    /// Every item it names.
    pub(super) fn items(&self) -> impl Iterator<Item = Item> + '_ {
        let (parent, items) = match &self.deed {
            Deed::Object { items, .. } => (None, items),
            Deed::Aggregation {
                parent, children, ..
            } => (Some(*parent), children),
        };
        parent.into_iter().chain(items.iter().copied())
    }
}
