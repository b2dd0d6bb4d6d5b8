//! The demonstration: four organisations, a regulator, six companies, and about 2,000 packs on their way, some of which
//! should not be there.

mod story;

use anyhow::{Context as _, Result, bail};
use pangolin_profiles::pharma::{self, Member, role};
use pangolin_sandbox::industry::{Plan, Role, World};
use std::{
    fs,
    process::ExitCode,
    time::{Duration, Instant, SystemTime},
};

use crate::{
    cli::DemoArgs,
    http::Remote,
    network::{self, Company, Created, Processes, Spec},
    output,
};

/// How long the nodes may take until they answer.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Runs the demonstration.
pub(crate) async fn run(args: &DemoArgs) -> Result<ExitCode> {
    let plan = Plan::demo();
    let world = World::new(&plan)?;
    if args.dir.exists() {
        let marked =
            args.dir.join("genesis.json").exists() || fs::read_dir(&args.dir)?.next().is_none();
        if !marked {
            bail!(
                "{} holds something else; name another directory with --dir",
                args.dir.display()
            );
        }
        fs::remove_dir_all(&args.dir)
            .with_context(|| format!("cannot clear {}", args.dir.display()))?;
    }
    let begun = Instant::now();
    output::line(
        "1. four validators of four organisations, one observer for the regulator: keys, genesis",
    );
    let spec = spec(&world, args.first_port)?;
    let network = network::create(&args.dir, &spec, &mut rand::rng())?;
    output::line("   (the chain key was dealt by this program: development only)");
    let mut processes = Processes::start(&network)?;
    ready(&network, &mut processes).await?;
    output::line(format!(
        "2. five processes agree on blocks after {:.1} s",
        begun.elapsed().as_secs_f64()
    ));
    story::tell(args, &plan, &spec, &network).await?;
    let usage = processes.usage();
    output::line(format!(
        "\nall five nodes together: {:.0} MB of memory, {:.1} s of processor time",
        usage.memory_mb,
        usage.cpu_ms / 1e3
    ));
    if args.exit {
        return Ok(ExitCode::SUCCESS);
    }
    for (name, _, http) in &network.nodes {
        if let Some(http) = http {
            output::line(format!("   {name:12} http://{http}/"));
        }
    }
    output::line("\nthe network runs until you press Ctrl-C");
    tokio::signal::ctrl_c()
        .await
        .context("cannot wait for Ctrl-C")?;
    Ok(ExitCode::SUCCESS)
}

async fn ready(network: &Created, processes: &mut Processes) -> Result<()> {
    let begun = Instant::now();
    for (name, _, http) in &network.nodes {
        let Some(http) = http else { continue };
        let remote = Remote::new(&format!("http://{http}"), None)?;
        loop {
            processes.check(network)?;
            if let Ok(answer) = remote.get("/readyz").await
                && answer.status == 200
            {
                break;
            }
            if begun.elapsed() > START_LIMIT {
                bail!(
                    "node {name} did not get ready within {} s",
                    START_LIMIT.as_secs()
                );
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    Ok(())
}

/// The network of the demonstration.
pub(crate) fn spec(world: &World, first_port: u16) -> Result<Spec> {
    let names = ["north", "south", "east", "west"];
    let organisations = [
        "Manufacturers' Association",
        "Wholesalers' Union",
        "Hospital Trust",
        "Pharmacy Board",
    ];
    let companies = world
        .companies()
        .iter()
        .enumerate()
        .map(|(i, company)| {
            let kind = match company.role {
                Role::Manufacturer => role::MANUFACTURER,
                Role::Wholesaler => role::WHOLESALER,
                Role::Hospital | Role::Pharmacy => role::DISPENSER,
            };
            // who labels cases and pallets only needs no licence for a prefix
            let labels = match company.role {
                Role::Manufacturer => world
                    .labels(company)
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                Role::Wholesaler | Role::Hospital | Role::Pharmacy => Vec::new(),
            };
            Company {
                slug: company.slug.clone(),
                member: Member {
                    name: company.name.clone(),
                    id: company.gln.as_str().to_owned(),
                    roles: vec![kind],
                    prefixes: labels,
                    ..Member::default()
                },
                home: i % names.len(),
            }
        })
        .collect();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .context("the clock is before 1970")?;
    Ok(Spec {
        name: "demo pharma chain".into(),
        validators: names
            .iter()
            .zip(organisations)
            .map(|(n, o)| ((*n).to_owned(), o.to_owned()))
            .collect(),
        observers: vec![("regulator".into(), "Office of Medicines Supervision".into())],
        companies,
        params: pharma::params(),
        first_port,
        created_ms: u64::try_from(now.as_millis())?,
        heartbeat_ms: 1_000,
        http: (true, true),
    })
}
