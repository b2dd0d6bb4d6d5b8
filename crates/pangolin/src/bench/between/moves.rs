//! Moves between two chains, carried by one relay: how long one takes, how many a second, and how fast what has gathered is cleared.

use anyhow::Result;
use pangolin_ledger::{
    Wire as _,
    state::{Channel, Object, keys},
};
use std::{
    path::Path,
    time::{Duration, Instant},
};

use super::{
    in_directory,
    trade::{Act, MAKER, Trade, pack, until},
};
use crate::{
    bench::figures::{Durations, Figure, ratio},
    cli::BenchArgs,
    output,
};

/// Single moves that are timed.
const SINGLE: u64 = 100;
/// How old word of orders may be: nothing here rests on it.
const FRESHNESS: Duration = Duration::from_mins(1);

/// Measures.
pub(in crate::bench) async fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    in_directory(args, "moves", |dir| {
        Box::pin(async move { measure(args, &dir).await })
    })
    .await
}

async fn measure(args: &BenchArgs, dir: &Path) -> Result<Vec<Figure>> {
    let mut trade = Trade::start(args, dir, 2, (FRESHNESS, false)).await?;
    let total = SINGLE + 2 * args.moves;
    trade.make(0, "A1", 0..total).await?;
    let mut figures = Vec::new();
    let carrier = trade.carrier()?;
    figures.extend(single(&trade).await?);
    output::note(format!(
        "  {} moves, carried while they are made",
        args.moves
    ));
    let first = SINGLE..SINGLE + args.moves;
    let before = trade.network.usage().cpu_ms;
    let begun = Instant::now();
    trade.act(0, &MAKER, Act::Move(1), first.clone()).await?;
    let_in(&trade, first.end).await?;
    let took = begun.elapsed();
    let cpu = trade.network.usage().cpu_ms - before;
    figures.push(
        Figure::new(
            "moves, locked to let in",
            ratio(args.moves, took.as_secs_f64()),
            "moves/s",
        )
        .aim("2000"),
    );
    figures.push(Figure::new(
        "processor time of all nodes",
        cpu / ratio(args.moves, 1.0),
        "CPU ms/move",
    ));
    drop(carrier);
    output::note(format!(
        "  {} moves, gathered before anybody carries them",
        args.moves
    ));
    trade.act(0, &MAKER, Act::Move(1), first.end..total).await?;
    let begun = Instant::now();
    let carrier = trade.carrier()?;
    let_in(&trade, total).await?;
    figures.push(Figure::new(
        "cleared by a relay that starts",
        ratio(args.moves, begun.elapsed().as_secs_f64()),
        "moves/s",
    ));
    drop(carrier);
    trade.network.check()?;
    Ok(figures)
}

/// Single moves, one after the other: from handing the shipment in until the pack is there, and until it is settled at home.
async fn single(trade: &Trade) -> Result<Vec<Figure>> {
    output::note(format!("  {SINGLE} moves, one after the other"));
    let (home, there) = (trade.port(0)?, trade.port(1)?);
    let other = trade.network.identity(1)?;
    let (mut arrivals, mut settlements) = (Durations::default(), Durations::default());
    for serial in 0..SINGLE {
        let begun = Instant::now();
        trade
            .act(0, &MAKER, Act::Move(1), serial..serial + 1)
            .await?;
        let key = keys::object(&pack(serial)?);
        until(begun, &there, key, |record| {
            let object = record.and_then(|bytes| Object::from_bytes(bytes).ok());
            object.is_some_and(|object| object.is_live())
        })
        .await?;
        arrivals.push(begun.elapsed());
        // each lock and its settlement have a number
        let settled = keys::settlement(&other, serial * 2);
        until(begun, &home, settled, |record| record.is_some()).await?;
        settlements.push(begun.elapsed());
    }
    let [p50, p99] = arrivals.figures("from shipping to there");
    let mut figures = vec![p50.aim("500"), p99];
    figures.extend(settlements.figures("from shipping to settled at home"));
    Ok(figures)
}

/// Waits until so many packs were let in.
async fn let_in(trade: &Trade, total: u64) -> Result<()> {
    let key = keys::channel(&trade.network.identity(0)?);
    let port = trade.port(1)?;
    until(Instant::now(), &port, key, |record| {
        let channel = record.and_then(|bytes| Channel::from_bytes(bytes).ok());
        channel.is_some_and(|channel| channel.next_in >= total)
    })
    .await
}
