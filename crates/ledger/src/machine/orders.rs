//! Orders of authorities: issuing, approving, releasing, lapsing.
//!
//! * The profile says who may issue an order on a scope. An order needs at least as many officers as the chain's parameters
//!   ask for its kind; each officer signs with a key of its own, none twice.
//! * An order in force stands in the index of its scope; an object with one carries a flag, and so do the containers around
//!   it, so that an act that no order concerns reads nothing for it.
//! * A release needs as many officers as the order did. It comes from the issuer or from a party with
//!   [`Role::AUTHORITY`](crate::id::Role::AUTHORITY). An exemption releases a single object from an order on its group,
//!   class or custodian.
//! * An order ends by itself at its expiry, and, if it did not collect its signatures in time, without having been in force.

use crate::{
    id::{ChainId, ObjectId, OrderId, Role, TimeMs},
    kernel::{k02_authority, k09_containment::uncount},
    limits::{MAX_ORDERS_PER_SUBJECT, MAX_SCOPES_INSIDE},
    machine::{
        BlockContext, Overlay,
        act::{Found, locate},
        admit::Admitted,
        cascade,
        halt::Halt,
    },
    profile::{Need, When},
    report::{Effect, Message, Receipt, Subject, reasons},
    say,
    state::{
        ActiveOrder, Change, Content, Flags, Key, Notice, Notices, Object, Order, OrderState,
        OrdersOn, ReleaseProposal, TxRecord, keys,
    },
    tx::{OrderBody, OrderKind, OrderScope, OrderTerms, SignedTransaction},
};

const PLACE: &str = "/order";

/// Executes an order transaction.
pub(super) fn execute(
    block: &BlockContext,
    tx: &SignedTransaction,
    body: &OrderBody,
    admitted: &Admitted<'_>,
    o: &mut Overlay,
) -> Result<Receipt, Halt> {
    k02_authority::owner_only(&admitted.signer, &tx.tx().key)?;
    let mut work = Work {
        block,
        tx,
        admitted,
        o,
    };
    let effects = match body {
        OrderBody::Issue(terms) => work.issue(terms)?,
        OrderBody::Approve { order } => work.approve(*order)?,
        OrderBody::Release { order, only, .. } => work.release(*order, only.as_ref())?,
    };
    Ok(Receipt {
        tx: tx.id(),
        events: Vec::new(),
        effects,
    })
}

struct Work<'a> {
    block: &'a BlockContext,
    tx: &'a SignedTransaction,
    admitted: &'a Admitted<'a>,
    o: &'a mut Overlay,
}

impl Work<'_> {
    fn authorise(&self, needs: &[Need]) -> Result<(), Halt> {
        let issuer = &self.tx.tx().issuer;
        k02_authority::needs(
            self.o,
            needs,
            issuer,
            None,
            self.block.time,
            self.admitted.moment,
            PLACE,
        )
    }

    fn issue(&mut self, terms: &OrderTerms) -> Result<Vec<Effect>, Halt> {
        let tx = self.tx.tx();
        let id = OrderId(self.tx.id().0);
        let now = self.block.time;
        self.authorise(&self.admitted.profile.order(terms, &tx.issuer)?)?;
        let least = match terms.kind {
            OrderKind::Hold => self.admitted.params.officers.hold,
            OrderKind::Recall => self.admitted.params.officers.recall,
        };
        if terms.officers < least {
            let message = format!(
                "{} officers are stated, at least {least} are needed",
                terms.officers
            );
            return Err(Halt::refuse(
                &reasons::TOO_FEW_OFFICERS,
                Subject::Order(id),
                "/order/officers",
                message,
            ));
        }
        if let Some(expires) = terms.expires {
            if expires <= now {
                let message = say!["it would end at ", expires, ", the block is at ", now];
                return Err(Halt::refuse(
                    &reasons::ORDER_EXPIRY,
                    Subject::Order(id),
                    "/order/expires",
                    message,
                ));
            }
            self.o.defer(expires, crate::state::Due::Order(id));
        }
        let until = now.plus(self.admitted.params.proposal_ms);
        let mut order = Order {
            issuer: tx.issuer.clone(),
            terms: terms.clone(),
            signed: [tx.key].into(),
            state: OrderState::Pending { until },
            issued: self.block.height,
        };
        let effects = self.activate_if_signed(id, &mut order)?;
        if effects.is_empty() {
            self.o.defer(until, crate::state::Due::Order(id));
        }
        self.o.put(keys::order(&id), &order);
        Ok(effects)
    }

    fn approve(&mut self, id: OrderId) -> Result<Vec<Effect>, Halt> {
        let tx = self.tx.tx();
        let mut order = self.known(id)?;
        let refuse = |reason, message: Message| {
            Err(Halt::refuse(reason, Subject::Order(id), PLACE, message))
        };
        match order.state {
            OrderState::Pending { until } if self.block.time < until => {}
            _ => {
                return refuse(
                    &reasons::ORDER_NOT_PENDING,
                    say!["it does not collect signatures"],
                );
            }
        }
        if order
            .terms
            .expires
            .is_some_and(|expires| expires <= self.block.time)
        {
            return refuse(&reasons::ORDER_NOT_PENDING, say!["its expiry has passed"]);
        }
        if order.issuer != tx.issuer {
            return refuse(
                &reasons::NOT_ISSUER,
                say!["it is an order of ", &order.issuer],
            );
        }
        self.authorise(&self.admitted.profile.order(&order.terms, &tx.issuer)?)?;
        if !order.signed.insert(tx.key) {
            return refuse(&reasons::ORDER_SIGNED, say!["this officer has signed"]);
        }
        let effects = self.activate_if_signed(id, &mut order)?;
        self.o.put(keys::order(&id), &order);
        Ok(effects)
    }

    fn activate_if_signed(&mut self, id: OrderId, order: &mut Order) -> Result<Vec<Effect>, Halt> {
        if order.signed.len() < usize::from(order.terms.officers) {
            return Ok(Vec::new());
        }
        order.state = OrderState::Active {
            since: self.block.height,
        };
        enlist(self.o, id, &order.terms)?;
        let began = Change::Began {
            kind: order.terms.kind,
            expires: order.terms.expires,
        };
        notify(self.o, self.block, id, &order.terms.scope, began)?;
        Ok(vec![Effect::OrderActive(id)])
    }

    fn release(&mut self, id: OrderId, only: Option<&ObjectId>) -> Result<Vec<Effect>, Halt> {
        let tx = self.tx.tx();
        let mut order = self.known(id)?;
        let refuse = |reason, message: Message| {
            Err(Halt::refuse(reason, Subject::Order(id), PLACE, message))
        };
        let ended = matches!(
            order.state,
            OrderState::Released { .. } | OrderState::Expired { .. }
        );
        let pending = matches!(order.state, OrderState::Pending { .. });
        if ended || pending && only.is_some() {
            return refuse(&reasons::ORDER_NOT_ACTIVE, say!["it is not in force"]);
        }
        if order.issuer == tx.issuer {
            self.authorise(&self.admitted.profile.order(&order.terms, &tx.issuer)?)?;
        } else {
            self.authorise(&[Need::role(Role::AUTHORITY).at(When::Block)])?;
        }
        // An order that is not in force yet is withdrawn by any one officer.
        let needed = if pending {
            1
        } else {
            usize::from(order.terms.officers)
        };
        if !self.collect(id, only, needed)? {
            return Ok(Vec::new());
        }
        if let Some(object) = only {
            self.o.put(
                keys::exemption(&id, object),
                &TxRecord {
                    height: self.block.height,
                },
            );
            let exempted = Change::Exempted(object.clone());
            notify(self.o, self.block, id, &order.terms.scope, exempted)?;
            return Ok(vec![Effect::Exempted {
                order: id,
                object: object.clone(),
            }]);
        }
        if !pending {
            delist(self.o, id, &order.terms.scope)?;
            notify(self.o, self.block, id, &order.terms.scope, Change::Ended)?;
        }
        order.state = OrderState::Released {
            at: self.block.height,
        };
        self.o.put(keys::order(&id), &order);
        Ok(vec![Effect::OrderReleased(id)])
    }

    /// Adds this officer's signature to a release; returns whether there are enough.
    fn collect(
        &mut self,
        id: OrderId,
        only: Option<&ObjectId>,
        needed: usize,
    ) -> Result<bool, Halt> {
        let key = keys::release(&id, only);
        let now: TimeMs = self.block.time;
        let until = now.plus(self.admitted.params.proposal_ms);
        let open = self
            .o
            .get::<ReleaseProposal>(&key)?
            .filter(|open| now < open.until);
        let mut open = open.unwrap_or(ReleaseProposal {
            signed: [].into(),
            until,
        });
        if !open.signed.insert(self.tx.tx().key) {
            let message = "this officer has signed";
            return Err(Halt::refuse(
                &reasons::ORDER_SIGNED,
                Subject::Order(id),
                PLACE,
                message,
            ));
        }
        let enough = open.signed.len() >= needed;
        if enough {
            self.o.remove(key);
        } else {
            self.o.put(key, &open);
        }
        Ok(enough)
    }

    fn known(&self, id: OrderId) -> Result<Order, Halt> {
        self.o.get(&keys::order(&id))?.ok_or_else(|| {
            let message = "no such order is recorded";
            Halt::refuse(&reasons::ORDER_UNKNOWN, Subject::Order(id), PLACE, message)
        })
    }
}

/// The expiry of an order, or the end of the time for its signatures, may have come.
pub(super) fn lapse(
    o: &mut Overlay,
    block: &BlockContext,
    id: OrderId,
) -> Result<Option<Effect>, Halt> {
    let key = keys::order(&id);
    let Some(mut order) = o.get::<Order>(&key)? else {
        return Ok(None);
    };
    let expired = order
        .terms
        .expires
        .is_some_and(|expires| expires <= block.time);
    match order.state {
        OrderState::Active { .. } if expired => {
            delist(o, id, &order.terms.scope)?;
            notify(o, block, id, &order.terms.scope, Change::Ended)?;
        }
        OrderState::Pending { until } if expired || until <= block.time => {}
        _ => return Ok(None),
    }
    order.state = OrderState::Expired { at: block.height };
    o.put(key, &order);
    Ok(Some(Effect::OrderExpired(id)))
}

/// Tells other chains what became of an order.
fn notify(
    o: &mut Overlay,
    block: &BlockContext,
    order: OrderId,
    scope: &OrderScope,
    change: Change,
) -> Result<(), Halt> {
    let key = keys::notices();
    let Notices { next } = o.get(&key)?.unwrap_or_default();
    let notice = Notice {
        order,
        scope: scope.clone(),
        change,
        height: block.height,
    };
    o.put(keys::notice(next), &notice);
    o.put(key, &Notices { next: next + 1 });
    Ok(())
}

/// Puts an order in force.
fn enlist(o: &mut Overlay, id: OrderId, terms: &OrderTerms) -> Result<(), Halt> {
    let active = ActiveOrder {
        order: id,
        kind: terms.kind,
        expires: terms.expires,
    };
    add(
        o,
        keys::orders_on(&terms.scope),
        &terms.scope,
        active,
        PLACE,
    )?;
    match &terms.scope {
        OrderScope::Object(object) => flag(o, object),
        _ => Ok(()),
    }
}

/// Takes an order out of force.
fn delist(o: &mut Overlay, id: OrderId, scope: &OrderScope) -> Result<(), Halt> {
    remove(o, keys::orders_on(scope), id)?;
    match scope {
        OrderScope::Object(object) => flag(o, object),
        _ => Ok(()),
    }
}

/// An order of another chain came into force.
pub(super) fn enlist_foreign(
    o: &mut Overlay,
    chain: &ChainId,
    notice: &Notice,
    kind: OrderKind,
    expires: Option<TimeMs>,
    place: &str,
) -> Result<(), Halt> {
    let active = ActiveOrder {
        order: notice.order,
        kind,
        expires,
    };
    let key = keys::foreign_orders(chain, &notice.scope);
    add(o, key, &notice.scope, active, place)?;
    match &notice.scope {
        OrderScope::Object(object) => flag(o, object),
        _ => Ok(()),
    }
}

/// An order of another chain is in force no more.
pub(super) fn delist_foreign(
    o: &mut Overlay,
    chain: &ChainId,
    notice: &Notice,
) -> Result<(), Halt> {
    remove(o, keys::foreign_orders(chain, &notice.scope), notice.order)?;
    match &notice.scope {
        OrderScope::Object(object) => flag(o, object),
        _ => Ok(()),
    }
}

fn add(
    o: &mut Overlay,
    key: Key,
    scope: &OrderScope,
    active: ActiveOrder,
    place: &str,
) -> Result<(), Halt> {
    let mut on = o.get::<OrdersOn>(&key)?.unwrap_or_default();
    if on.orders.len() >= MAX_ORDERS_PER_SUBJECT {
        let message = format!("{MAX_ORDERS_PER_SUBJECT} orders are in force on it");
        return Err(Halt::refuse(
            &reasons::TOO_MANY_ORDERS,
            Subject::from(scope),
            place,
            message,
        ));
    }
    on.orders.push(active);
    o.put(key, &on);
    Ok(())
}

fn remove(o: &mut Overlay, key: Key, id: OrderId) -> Result<(), Halt> {
    let mut on = o.get::<OrdersOn>(&key)?.unwrap_or_default();
    on.orders.retain(|active| active.order != id);
    if on.orders.is_empty() {
        o.remove(key);
    } else {
        o.put(key, &on);
    }
    Ok(())
}

/// Whether an order names the object: of this chain, or of one that it came over.
pub(super) fn concerns(o: &Overlay, id: &ObjectId, object: &Object) -> Result<bool, Halt> {
    let scope = OrderScope::Object(id.clone());
    let abroad = object.passed.iter();
    let mut lists: Vec<Key> = abroad
        .map(|chain| keys::foreign_orders(chain, &scope))
        .collect();
    lists.push(keys::orders_on(&scope));
    cascade::require(o, &lists)?;
    for key in &lists {
        if o.has(key)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Marks an object as having orders, or not, and counts it in the containers around it.
fn flag(o: &mut Overlay, id: &ObjectId) -> Result<(), Halt> {
    let key = keys::object(id);
    let known = o.object(&key)?;
    let mut object = known.unwrap_or_else(|| Object::unknown().into());
    let on = concerns(o, id, &object)?;
    if object.flags.has(Flags::ORDERS) == on {
        return Ok(());
    }
    object.flags.set(Flags::ORDERS, on);
    let around = match object.placement() {
        Some(placement) => match locate(o, placement)? {
            Found::Inside(location) => location.containers,
            Found::Free(_) => Vec::new(),
        },
        None => Vec::new(),
    };
    if object.exists() || !object.flags.is_empty() {
        o.put_object(key, object);
    } else {
        o.remove(key);
    }
    let scope = Content::Object(id.clone());
    for container in around {
        let key = keys::object(&container);
        let mut object = o.object(&key)?.ok_or(Halt::Corrupt(key))?;
        if on {
            *object.inside.entry(scope.clone()).or_default() += 1;
            if object.inside.len() > 2 * MAX_SCOPES_INSIDE {
                let message = say![
                    "too many objects inside ",
                    &container,
                    " have orders of their own"
                ];
                return Err(Halt::refuse(
                    &reasons::TOO_MANY_ORDERS,
                    Subject::Object(container),
                    PLACE,
                    message,
                ));
            }
        } else {
            uncount(&mut object.inside, &[(scope.clone(), 1)].into());
        }
        o.put_object(key, object);
    }
    Ok(())
}
