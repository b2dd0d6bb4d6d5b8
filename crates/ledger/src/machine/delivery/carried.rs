//! What comes with an object: the groups it and its contents are of, and the quantities inside it.

use crate::{
    id::{ChainId, GroupId, Height, ObjectId},
    kernel::k09_containment::stock_of,
    machine::halt::{Halt, Needs},
    report::reasons,
    say,
    state::{Balance, Content, Filling, Group, Holder, Object, Placement, Stay, keys},
    tx::{Quantities, Stock},
};

use super::Work;

/// The inside of a container, as proven.
pub(super) struct Inside {
    /// Its filling there.
    stay: Stay,
    /// The quantities in it.
    stocks: Vec<(Stock, Balance)>,
}

/// The groups that an object and whatever is inside it are of.
pub(super) fn groups_of(object: &Object) -> impl Iterator<Item = &GroupId> {
    let inside = object.inside.keys().filter_map(|content| match content {
        Content::Group(group) => Some(group),
        _ => None,
    });
    object.group.iter().chain(inside)
}

impl Work<'_> {
    /// Groups of another chain.
    pub(super) fn groups<'g>(
        &self,
        chain: &ChainId,
        ids: impl IntoIterator<Item = &'g GroupId>,
        place: &str,
    ) -> Result<Vec<(GroupId, Group)>, Halt> {
        let mut groups = Vec::new();
        for id in ids {
            let shown = self.shown_of(chain, &keys::group(id), "a group", place)?;
            let Some(shown) = shown else {
                let message = say!["there is no record of ", id];
                return Err(self.refuse(&reasons::WRONG_RECORD, place, message));
            };
            groups.push((id.clone(), self.read(shown, "a group", place)?));
        }
        Ok(groups)
    }

    /// Whether a group of the same name says something else here.
    pub(super) fn contradicted(&self, groups: &[(GroupId, Group)]) -> Result<bool, Halt> {
        let mut needs = Needs::default();
        let mut contradicted = false;
        for (id, there) in groups {
            let here = needs.note(self.o.get::<Group>(&keys::group(id)).map_err(Halt::from))?;
            contradicted |= here.flatten().is_some_and(|here| {
                here.attributes != there.attributes
                    || here.class != there.class
                    || here.made_of != there.made_of
            });
        }
        needs.done()?;
        Ok(contradicted)
    }

    /// Makes groups known that are not. Their members are made where they are made: nothing of them is made here.
    pub(super) fn learn(&mut self, groups: Vec<(GroupId, Group)>) -> Result<(), Halt> {
        for (id, record) in groups {
            let key = keys::group(&id);
            if !self.o.has(&key)? {
                let here = Group {
                    made: 0,
                    limit: Some(0),
                    ..record
                };
                self.o.put(key, &here);
            }
        }
        Ok(())
    }

    /// The inside of a container that was locked at `locked`, alone or with a container around it.
    pub(super) fn inside(
        &self,
        chain: &ChainId,
        id: &ObjectId,
        there: &Object,
        locked: Height,
        place: &str,
    ) -> Result<Option<Inside>, Halt> {
        if !there.has_contents() {
            return Ok(None);
        }
        let holder = Holder::Container(Placement {
            container: id.clone(),
            epoch: there.epoch,
        });
        let mut stocks = Vec::new();
        for stock in there.inside.keys().filter_map(stock_of) {
            let key = keys::balance(&holder, &stock);
            if let Some(shown) = self.shown_of(chain, &key, "a quantity inside", place)? {
                let balance = self.read(shown, "a quantity inside", place)?;
                stocks.push((stock, balance));
            }
        }
        let stay = Stay {
            chain: *chain,
            epoch: there.epoch,
            locked,
        };
        Ok(Some(Inside { stay, stocks }))
    }

    /// The container begins a filling here, which `object` has from now on. Returns the quantities in it.
    pub(super) fn begin_filling(
        &mut self,
        id: &ObjectId,
        object: &mut Object,
        inside: Inside,
    ) -> Quantities {
        object.epoch = inside.stay.epoch.saturating_add(1);
        let key = keys::filling(id, object.epoch);
        let filling = Filling {
            came: Some(inside.stay),
            went: None,
        };
        self.o.put(key, &filling);
        let holder = Holder::Container(Placement {
            container: id.clone(),
            epoch: object.epoch,
        });
        let mut quantities = Quantities::new();
        for (stock, balance) in inside.stocks {
            let here = Balance {
                awaited: false,
                ..balance
            };
            self.o.put(keys::balance(&holder, &stock), &here);
            quantities.insert(stock, here.amount);
        }
        quantities
    }

    /// The filling with which the container went from here has ended here: it went to `chain`.
    pub(super) fn end_filling(
        &mut self,
        id: &ObjectId,
        here: &Object,
        chain: ChainId,
    ) -> Result<(), Halt> {
        if !here.has_contents() {
            return Ok(());
        }
        let key = keys::filling(id, here.epoch);
        let mut filling: Filling = self.o.get(&key)?.unwrap_or_default();
        filling.went = Some(chain);
        self.o.put(key, &filling);
        Ok(())
    }
}
