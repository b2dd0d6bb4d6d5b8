//! K5, conservation of quantities.
//!
//! * A quantity is always somewhere: with a party, in a container, or on the way between two parties. Moving it takes
//!   exactly as much from one holder as it gives to the other.
//! * Nobody hands over, packs, uses up or ends more than it has; what is missing may still come, so the event waits.
//! * Each balance carries a provenance digest that joins those of all balances that flowed into it.

use std::collections::BTreeMap;

use crate::{
    id::{Amount, Digest32},
    machine::{
        act::Act,
        halt::{Halt, Needs},
    },
    profile::{Target, Waits},
    report::{Refusal, Subject, reasons},
    state::{Balance, Holder, Key, Missing, keys},
    tx::{Quantities, Stock},
};

static NOTHING: Quantities = BTreeMap::new();

/// The quantity lines of a target.
pub(crate) fn lines<'a>(act: &Act<'a>, target: Target) -> &'a Quantities {
    match target {
        Target::Objects => &act.event.quantities,
        Target::Outputs => &act.event.outputs.quantities,
        Target::Parent => &NOTHING,
    }
}

/// Does `work` for each line of the target, asking for all missing records at once.
pub(crate) fn each_line<'a>(
    act: &mut Act<'a>,
    target: Target,
    mut work: impl FnMut(&mut Act<'a>, &'a Stock, Amount) -> Result<(), Halt>,
) -> Result<(), Halt> {
    let mut needs = Needs::default();
    for (stock, amount) in lines(act, target) {
        let result = work(act, stock, *amount);
        needs.note(result)?;
    }
    needs.done()
}

/// `amount` comes into being.
pub(crate) fn produce(
    act: &mut Act<'_>,
    holder: &Holder,
    stock: &Stock,
    amount: Amount,
    parents: &[Digest32],
) -> Result<(), Halt> {
    let key = keys::balance(holder, stock);
    let mut balance = act.o.get::<Balance>(&key)?.unwrap_or_else(Balance::empty);
    let sum = balance.amount.0.checked_add(amount.0).ok_or_else(|| {
        let message = format!("{} are there, {amount} would be added", balance.amount);
        Halt::refuse(
            &reasons::OVERFLOW,
            Subject::Stock(stock.clone()),
            act.place,
            message,
        )
    })?;
    let own = (balance.amount.0 > 0).then_some(balance.provenance);
    balance.amount = Amount(sum);
    balance.provenance = act.descend(own.into_iter().chain(parents.iter().copied()).collect());
    write(act, key, holder, stock, balance);
    Ok(())
}

/// `amount` ends; returns the provenance digest of what it was taken from.
pub(crate) fn consume(
    act: &mut Act<'_>,
    holder: &Holder,
    stock: &Stock,
    amount: Amount,
) -> Result<Digest32, Halt> {
    let (key, mut balance) = enough(act, holder, stock, amount)?;
    let before = balance.provenance;
    balance.amount = Amount(balance.amount.0 - amount.0);
    balance.provenance = act.descend(vec![before]);
    write(act, key, holder, stock, balance);
    Ok(before)
}

/// `amount` goes from one holder to another.
pub(crate) fn shift(
    act: &mut Act<'_>,
    from: &Holder,
    to: &Holder,
    stock: &Stock,
    amount: Amount,
) -> Result<(), Halt> {
    let taken = consume(act, from, stock, amount)?;
    produce(act, to, stock, amount, &[taken])
}

/// The holder has at least `amount`.
pub(crate) fn at_least(
    act: &Act<'_>,
    holder: &Holder,
    stock: &Stock,
    amount: Amount,
) -> Result<(), Halt> {
    enough(act, holder, stock, amount).map(|_| ())
}

/// What a holder has.
pub(crate) fn balance(act: &Act<'_>, holder: &Holder, stock: &Stock) -> Result<Amount, Halt> {
    let balance: Option<Balance> = act.o.get(&keys::balance(holder, stock))?;
    Ok(balance.map_or(Amount(0), |balance| balance.amount))
}

fn enough(
    act: &Act<'_>,
    holder: &Holder,
    stock: &Stock,
    amount: Amount,
) -> Result<(Key, Balance), Halt> {
    let key = keys::balance(holder, stock);
    let balance = act.o.get::<Balance>(&key)?.unwrap_or_else(Balance::empty);
    if balance.amount >= amount {
        return Ok((key, balance));
    }
    let message = format!("{} of the {amount} needed are there", balance.amount);
    let place = format!("{}/quantities", act.place);
    let refusal = Refusal::new(
        &reasons::INSUFFICIENT,
        Subject::Stock(stock.clone()),
        place,
        message,
    );
    let missing = Missing::Stock {
        holder: holder.clone(),
        stock: stock.clone(),
    };
    Err(act.waits(Waits::AMOUNT, vec![missing], refusal))
}

fn write(act: &mut Act<'_>, key: Key, holder: &Holder, stock: &Stock, mut balance: Balance) {
    balance.last_event = act.mark;
    if balance.awaited {
        act.woken.insert(Missing::Stock {
            holder: holder.clone(),
            stock: stock.clone(),
        });
    }
    if balance.amount.0 == 0 && !balance.awaited {
        act.o.remove(key);
    } else {
        act.o.put(key, &balance);
    }
}
