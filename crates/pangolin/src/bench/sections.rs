//! What is measured.

use anyhow::Result;
use futures::future::BoxFuture;
use pangolin_sandbox::industry::{Plan, Subject, VrsQuery, one_pack_events, vrs_queries};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Semaphore;

use crate::{cli::BenchArgs, output};

use super::{
    between,
    drive::{self, Outcome, Way},
    figures::{Durations, Figure, ratio},
    inside,
    load::{self, Act, Load},
    network::Bench,
};

/// Manufacturers that send: enough that each node has several.
const MAKERS: u16 = 8;
/// Many transactions in each request, and enough requests that the chain never waits for one.
const FULL: Way = Way {
    requests: 12,
    batch: 256,
    batch_bytes: 4_000_000,
};
/// Verification requests under way at most.
const MAX_QUESTIONS: usize = 256;

/// A section.
pub(super) struct Section {
    /// Its name on the command line.
    pub(super) name: &'static str,
    /// What it measures.
    pub(super) what: &'static str,
    /// Runs it.
    pub(super) run: fn(&BenchArgs) -> BoxFuture<'_, Result<Vec<Figure>>>,
}

const ALL: [Section; 9] = [
    Section {
        name: "throughput",
        what: "one-pack transactions, each signed",
        run: |args| Box::pin(throughput(args)),
    },
    Section {
        name: "references",
        what: "the national model: lots, cases, pallets, orders",
        run: |args| Box::pin(references(args)),
    },
    Section {
        name: "latency",
        what: "from sending to final, 1 and 256 on their way",
        run: |args| Box::pin(latency(args)),
    },
    Section {
        name: "overload",
        what: "far more than the network takes",
        run: |args| Box::pin(overload(args)),
    },
    Section {
        name: "verify",
        what: "verification requests to one node",
        run: |args| Box::pin(verify(args)),
    },
    Section {
        name: "trace",
        what: "where packs came from, with many objects in the index",
        run: |args| Box::pin(async move { super::trace::run(args) }),
    },
    Section {
        name: "moves",
        what: "packs that go from one chain to another",
        run: |args| Box::pin(between::moves(args)),
    },
    Section {
        name: "foreign",
        what: "goods from another chain, and goods made here",
        run: |args| Box::pin(between::foreign(args)),
    },
    Section {
        name: "reach",
        what: "how fast an order gets around 2, 4 and 8 chains",
        run: |args| Box::pin(between::reach(args)),
    },
];

/// The sections that `only` names; all when it names none.
pub(super) fn chosen(only: &[String]) -> impl Iterator<Item = &'static Section> {
    ALL.iter()
        .filter(move |section| only.is_empty() || only.iter().any(|name| name == section.name))
}

/// The names of all sections.
pub(crate) const NAMES: [&str; 9] = [
    ALL[0].name,
    ALL[1].name,
    ALL[2].name,
    ALL[3].name,
    ALL[4].name,
    ALL[5].name,
    ALL[6].name,
    ALL[7].name,
    ALL[8].name,
];

fn makers(packs: u64) -> Plan {
    Plan {
        manufacturers: MAKERS,
        products: 1,
        ..Plan::load(packs)
    }
}

async fn throughput(args: &BenchArgs) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for per_signature in [1, 64] {
        let plan = makers(args.transactions);
        let bench = Bench::start(args, &plan).await?;
        let make = |act| {
            load::one_pack(
                &bench,
                one_pack_events(&plan, args.transactions)?,
                act,
                per_signature,
            )
        };
        let (commission, dispense) = (make(Act::Commission)?, make(Act::Dispense)?);
        let how = if per_signature == 1 {
            "own signature"
        } else {
            "64 a signature"
        };
        let bytes: usize = commission.iter().map(|load| load.bytes.len()).sum();
        if per_signature == 1 {
            figures.push(Figure::new(
                "size of a transaction",
                ratio(bytes as u64, 1.0) / ratio(args.transactions, 1.0),
                "bytes",
            ));
        }
        for (what, load) in [("commission", commission), ("dispense", dispense)] {
            let (outcome, cpu_ms) = timed(&bench, load, FULL).await?;
            bench.check()?;
            let rate = ratio(outcome.finals, outcome.took.as_secs_f64());
            let figure = Figure::new(format!("{what}, {how}"), rate, "tx/s");
            figures.push(if per_signature == 1 {
                figure.aim(">= 15000")
            } else {
                figure
            });
            let cost = Figure::new(
                format!("{what}, {how}, all nodes"),
                cpu_ms / ratio(outcome.finals, 1.0),
                "CPU ms/tx",
            );
            figures.push(if per_signature == 1 {
                cost.aim("<= 0.1")
            } else {
                cost
            });
        }
        let stored = ratio(bench.disk_bytes(), 1e6);
        figures.push(Figure::new(
            format!("memory of all nodes, {how}"),
            bench.usage().memory_mb,
            "MB",
        ));
        figures.push(Figure::new(
            format!("disk of all nodes, {how}"),
            stored,
            "MB",
        ));
        bench.stop()?;
    }
    Ok(figures)
}

async fn timed(bench: &Bench, load: Vec<Load>, way: Way) -> Result<(Outcome, f64)> {
    let clients = bench.clients(usize::from(u8::MAX))?;
    let before = bench.usage().cpu_ms;
    let outcome = bench.during(drive::send(&clients, load, way)).await?;
    Ok((outcome.all_final()?, bench.usage().cpu_ms - before))
}

/// Files follow each other: a shipment is refused before what it ships is there. So they go to one node, one after the other.
async fn in_order(bench: &Bench, load: &[Load]) -> Result<(Outcome, f64)> {
    const WAY: Way = Way {
        requests: 1,
        batch: 64,
        batch_bytes: 2_000_000,
    };
    let client = bench.clients(1)?.remove(0);
    let before = bench.usage().cpu_ms;
    let mut after = before;
    let at_end = || after = bench.usage().cpu_ms;
    let sent = bench.during(drive::send_in_order(&client, load, WAY, at_end));
    let outcome = sent.await?.all_final()?;
    Ok((outcome, after - before))
}

async fn references(args: &BenchArgs) -> Result<Vec<Figure>> {
    let plan = Plan::load(args.packs);
    let bench = Bench::start(args, &plan).await?;
    let load = load::realistic(&bench, plan.history()?)?;
    let transactions = load.len() as u64;
    let bytes: u64 = load.iter().map(|load| load.bytes.len() as u64).sum();
    let (outcome, cpu_ms) = in_order(&bench, &load).await?;
    bench.check()?;
    let seconds = outcome.took.as_secs_f64();
    let figures = vec![
        Figure::new(
            "serial references",
            ratio(outcome.references, seconds),
            "refs/s",
        )
        .aim(">= 100000"),
        Figure::new("events", ratio(outcome.events, seconds), "events/s"),
        Figure::new("transactions", ratio(transactions, seconds), "tx/s"),
        Figure::new(
            "serial references in all",
            ratio(outcome.references, 1.0),
            "refs",
        ),
        Figure::new(
            "bytes on the wire per pack",
            ratio(bytes, ratio(args.packs, 1.0)),
            "bytes",
        ),
        Figure::new(
            "all nodes per 1000 references",
            cpu_ms * 1e3 / ratio(outcome.references, 1.0),
            "CPU ms",
        ),
        Figure::new("memory of all nodes", bench.usage().memory_mb, "MB")
            .aim("<= 300 with 10^6 objects"),
        Figure::new("disk of all nodes", ratio(bench.disk_bytes(), 1e6), "MB"),
    ];
    bench.stop()?;
    Ok(figures)
}

async fn latency(args: &BenchArgs) -> Result<Vec<Figure>> {
    const ALONE: u64 = 200;
    const MANY: u64 = 20_000;
    let plan = makers(ALONE + MANY);
    let bench = Bench::start(args, &plan).await?;
    let mut load = load::one_pack(
        &bench,
        one_pack_events(&plan, ALONE + MANY)?,
        Act::Commission,
        1,
    )?;
    let many = load.split_off(usize::try_from(ALONE)?);
    let clients = bench.clients(usize::from(u8::MAX))?;
    let mut alone = Durations::default();
    for one in load {
        let client = clients.get(one.home..=one.home).unwrap_or_default();
        let way = Way {
            requests: 1,
            batch: 1,
            batch_bytes: usize::MAX,
        };
        let sent = bench.during(drive::send(client, vec![Load { home: 0, ..one }], way));
        alone.extend(sent.await?.all_final()?.durations);
    }
    let way = Way {
        requests: 256 / clients.len(),
        batch: 1,
        batch_bytes: usize::MAX,
    };
    let crowd = bench.during(drive::send(&clients, many, way)).await?;
    let crowd = crowd.all_final()?;
    let [floor, floor99] = alone.figures("1 on its way");
    let [crowded, crowded99] = crowd.durations.figures("256 on their way");
    let rate = Figure::new(
        "256 on their way",
        ratio(crowd.finals, crowd.took.as_secs_f64()),
        "tx/s",
    );
    bench.stop()?;
    Ok(vec![floor.aim("<= 30"), floor99, crowded, crowded99, rate])
}

async fn overload(args: &BenchArgs) -> Result<Vec<Figure>> {
    let count = args.transactions;
    let plan = makers(count);
    let bench = Bench::start(args, &plan).await?;
    let load = load::one_pack(&bench, one_pack_events(&plan, count)?, Act::Commission, 1)?;
    let clients = bench.clients(usize::from(u8::MAX))?;
    // everything at once, from many clients that come back as soon as they may
    let way = Way {
        requests: 64,
        batch: 1_024,
        batch_bytes: 8_000_000,
    };
    let outcome = bench.during(drive::send(&clients, load, way)).await?;
    let figures = vec![
        Figure::new("offered at once", ratio(count, 1.0), "tx"),
        Figure::new("final", ratio(outcome.finals, 1.0), "tx"),
        Figure::new(
            "told to come back",
            ratio(outcome.told_to_wait, 1.0),
            "times",
        ),
        Figure::new("failed", ratio(outcome.failed, 1.0), "tx").aim("0"),
        Figure::new(
            "throughput meanwhile",
            ratio(outcome.finals, outcome.took.as_secs_f64()),
            "tx/s",
        ),
    ];
    if let Some(failure) = &outcome.failure {
        output::note(format!("the first failure: {failure}"));
    }
    bench.stop()?;
    Ok(figures)
}

async fn verify(args: &BenchArgs) -> Result<Vec<Figure>> {
    let plan = Plan::load(args.packs.min(40_000));
    let bench = Bench::start(args, &plan).await?;
    let load = load::realistic(&bench, plan.history()?)?;
    in_order(&bench, &load).await?;
    let count = u64::from(args.verify_rate) * args.verify_seconds;
    // wrong guesses lock their requester out, as they should: a steady load asks about packs that exist
    let asked: Vec<VrsQuery> = vrs_queries(&plan, count * 2)?
        .filter(|query| matches!(query.subject, Subject::Genuine | Subject::Dispensed))
        .take(usize::try_from(count)?)
        .collect();
    let client = bench.clients(1)?.remove(0);
    let before = bench.usage().cpu_ms;
    let begun = Instant::now();
    let slots = Arc::new(Semaphore::new(MAX_QUESTIONS));
    let mut running = Vec::with_capacity(asked.len());
    for (i, query) in asked.into_iter().enumerate() {
        // by the clock, not by the answers: a slow node does not slow its askers down
        let due = Duration::from_secs_f64(ratio(i as u64, f64::from(args.verify_rate)));
        let early = due.saturating_sub(begun.elapsed());
        // a timer counts milliseconds, so who is late does not ask it
        if !early.is_zero() {
            tokio::time::sleep(early).await;
        }
        let slot = slots.clone().acquire_owned().await?;
        let client = client.clone();
        running.push(tokio::spawn(async move {
            let since = begun + due;
            let answer = client
                .send("GET", &query.target(), &[], bytes::Bytes::new())
                .await;
            drop(slot);
            let good = answer.is_ok_and(|answer| answer.status == query.expected.status);
            (since.elapsed(), good)
        }));
    }
    let (mut durations, mut wrong, total) = (Durations::default(), 0, running.len() as u64);
    for one in running {
        let (took, good) = one.await?;
        durations.push(took);
        wrong += u64::from(!good);
    }
    bench.check()?;
    let seconds = begun.elapsed().as_secs_f64();
    let cpu = (bench.usage().cpu_ms - before) / ratio(total, 1.0);
    let [p50, p99] = durations.figures("answer");
    let inside = inside::p99(&client, "/verify/").await?;
    bench.stop()?;
    Ok(vec![
        Figure::new("requests", ratio(total, seconds), "1/s").aim("2000"),
        p50,
        p99.aim("<= 5"),
        Figure::new("inside the node, p99 at most", inside, "ms"),
        Figure::new("all nodes", cpu, "CPU ms/request"),
        Figure::new(
            "answers that were not expected",
            ratio(wrong, 1.0),
            "answers",
        )
        .aim("0"),
    ])
}
