//! What it costs to judge goods that came from another chain, beside goods that were made here: the same acts on both, on one chain, in
//! one run.

use anyhow::Result;
use std::{
    path::Path,
    time::{Duration, Instant},
};

use super::{
    in_directory,
    trade::{Act, MAKER, RECEIVER, Trade},
};
use crate::{
    bench::figures::{Figure, ratio},
    cli::BenchArgs,
    output,
};

/// How old word of the other chain's orders may be.
const FRESHNESS: Duration = Duration::from_secs(5);

/// Measures.
pub(in crate::bench) async fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    in_directory(args, "foreign", |dir| {
        Box::pin(async move { measure(args, &dir).await })
    })
    .await
}

async fn measure(args: &BenchArgs, dir: &Path) -> Result<Vec<Figure>> {
    let mut trade = Trade::start(args, dir, 2, (FRESHNESS, true)).await?;
    let carrier = trade.carrier()?;
    let (theirs, ours) = (0..args.moves, args.moves..2 * args.moves);
    trade.make(0, "A1", theirs.clone()).await?;
    trade.make(1, "B2", ours.clone()).await?;
    output::note(format!("  {} packs come from another chain", args.moves));
    trade.act(0, &MAKER, Act::Move(1), theirs.clone()).await?;
    trade.until_live(1, theirs.clone(), true).await?;
    trade.act(1, &MAKER, Act::Ship, ours.clone()).await?;
    let mut figures = Vec::new();
    for (act, what) in [(Act::Receive, "receive"), (Act::Dispense, "dispense")] {
        for (packs, whose) in [(&ours, "made here"), (&theirs, "from another chain")] {
            output::note(format!("  {what} what is {whose}"));
            let before = trade.network.usage().cpu_ms;
            let begun = Instant::now();
            trade.act(1, &RECEIVER, act, packs.clone()).await?;
            if let Act::Dispense = act {
                trade.until_live(1, packs.clone(), false).await?;
            }
            let took = begun.elapsed();
            let cpu = trade.network.usage().cpu_ms - before;
            figures.push(Figure::new(
                format!("{what}, {whose}"),
                ratio(args.moves, took.as_secs_f64()),
                "tx/s",
            ));
            figures.push(Figure::new(
                format!("{what}, {whose}, nodes of both chains"),
                cpu / ratio(args.moves, 1.0),
                "CPU ms/tx",
            ));
        }
    }
    drop(carrier);
    trade.network.check()?;
    Ok(figures)
}
