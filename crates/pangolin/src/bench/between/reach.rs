//! How long an order of one chain takes until the last of several chains knows it.

use anyhow::{Result, ensure};
use pangolin_ledger::{
    Body, OrderBody, OrderKind, Wire as _,
    state::{Feed, keys},
};
use pangolin_profiles::pharma::words::order_reason::RECALL_CLASS_1;
use std::{
    path::Path,
    time::{Duration, Instant},
};

use super::{
    in_directory,
    trade::{Act, GTIN, MAKER, RECEIVER, Trade, until},
};
use crate::{
    bench::figures::{Durations, Figure},
    cli::BenchArgs,
    commands::{Officer, scope, terms},
    network::{REGULATOR, topology::Started},
    output,
};

/// How many chains the goods go over.
const CHAINS: [usize; 3] = [2, 4, 8];
/// Recalls that are timed; each is of another lot.
const RECALLS: u64 = 20;
/// How old word of another chain's orders may be: the bound Δ.
const FRESHNESS: Duration = Duration::from_secs(5);

/// Measures.
pub(in crate::bench) async fn run(args: &BenchArgs) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for chains in CHAINS {
        let name = format!("reach-{chains}");
        let measured = in_directory(args, &name, |dir| {
            Box::pin(async move { measure(args, &dir, chains).await })
        })
        .await;
        figures.extend(measured?);
    }
    Ok(figures)
}

/// Name of a lot.
fn lot(number: u64) -> String {
    format!("L{number}")
}

async fn measure(args: &BenchArgs, dir: &Path, chains: usize) -> Result<Vec<Figure>> {
    let mut trade = Trade::start(args, dir, chains, (FRESHNESS, false)).await?;
    let carrier = trade.carrier()?;
    output::note(format!("  {chains} chains: goods go over all of them"));
    let packs = 0..RECALLS;
    for number in packs.clone() {
        trade.make(0, &lot(number), number..number + 1).await?;
    }
    for at in 1..chains {
        let who = if at == 1 { &MAKER } else { &RECEIVER };
        trade.act(at - 1, who, Act::Move(at), packs.clone()).await?;
        trade.until_live(at, packs.clone(), true).await?;
        trade
            .act(at, &RECEIVER, Act::Receive, packs.clone())
            .await?;
    }
    output::note(format!("  {RECALLS} recalls, one after the other"));
    let (client, key) = trade.network.client(0, 0, REGULATOR)?;
    let officer = Officer {
        party: Started::party(trade.network.regulator(0)?)?,
        key,
    };
    let far = chains - 1;
    let (port, feed) = (trade.port(far)?, keys::feed(&trade.network.identity(0)?));
    let mut reached = Durations::default();
    for number in packs.clone() {
        let scope = scope(&format!("(01){GTIN}(10){}", lot(number)))?;
        let terms = terms(OrderKind::Recall, scope, "21 CFR 7.3(m)(1)", RECALL_CLASS_1);
        let body = Body::Order(OrderBody::Issue(terms));
        let signed = officer.sign(&client.status().await?, body)?;
        let begun = Instant::now();
        let sent = signed.submit(&client, Duration::from_secs(20)).await?;
        ensure!(sent.state == "final", "the recall is {}", sent.state);
        until(begun, &port, feed, |record| {
            let feed = record.and_then(|bytes| Feed::from_bytes(bytes).ok());
            feed.is_some_and(|feed| feed.next > number)
        })
        .await?;
        reached.push(begun.elapsed());
    }
    let refused = trade.act(far, &RECEIVER, Act::Dispense, 0..1).await;
    let why = refused.map_or_else(|error| error.to_string(), |_| "was not refused".into());
    ensure!(
        why.contains("on-recall"),
        "dispensing a recalled pack {why}"
    );
    drop(carrier);
    trade.network.check()?;
    let what = format!("a recall, from handing in to known on the last of {chains} chains");
    Ok(reached.figures(&what).into())
}
