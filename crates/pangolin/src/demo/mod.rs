//! The demonstration: four organisations, a regulator, six companies, and about 2,000 packs on their way, some of which
//! should not be there.

mod clients;
mod commands;
mod import;
mod network;
mod recall;
mod story;
mod watch;
mod yourself;

use anyhow::{Context as _, Result, bail};
use pangolin_sandbox::industry::{Plan, World};
use std::{
    fs::{self, File, TryLockError},
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use crate::{
    cli::DemoArgs,
    connect, failure,
    interrupt::interrupted,
    network::{Created, Processes, create, ports},
    output,
    shell::quoted,
};
use commands::Commands;
pub(crate) use network::spec;
use watch::Watch;

/// How long the nodes may take until they answer.
const START_LIMIT: Duration = Duration::from_mins(1);
/// Marks a directory as one that the demonstration made and may make afresh.
const MARK: &str = ".pangolin-demo";

/// Runs the demonstration until its end, or until it is interrupted.
pub(crate) async fn run(args: &DemoArgs) -> Result<ExitCode> {
    let interrupted = interrupted()?;
    let story = async {
        if args.import {
            import::play(args).await
        } else {
            play(args).await
        }
    };
    tokio::select! {
        ended = story => ended,
        () = interrupted => {
            // the nodes ended when the story was dropped
            output::line("\nthe nodes have ended");
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn play(args: &DemoArgs) -> Result<ExitCode> {
    let plan = Plan::demo();
    let world = World::new(&plan)?;
    let mut spec = spec(&world, args.first_port)?;
    // before anything of another network is touched
    let nodes = spec.validators.len() + spec.observers.len();
    spec.first_port = ports::first(args.first_port, nodes)?;
    ports::check_free(&ports::of(spec.first_port, nodes)?, ports::BY_OPTION)?;
    let _lock = prepare(&args.dir)?;
    let begun = Instant::now();
    output::line(
        "1. four validators of four organisations, and an observer for the regulator: keys, genesis",
    );
    let network = create(&args.dir, &spec, &mut rand::rng())?;
    let commands = Commands::new(&args.dir, &spec, &network);
    output::line("   (the chain key was dealt by this program: development only)");
    let genesis = quoted(network.genesis.display().to_string());
    output::line(format!(
        "   $ {}",
        commands.local(&format!("genesis show {genesis}"))
    ));
    let mut processes = Processes::start(&network)?;
    ready(&network, &mut processes).await?;
    output::line(format!(
        "\n2. five processes agree on blocks, {:.1} s after the start",
        begun.elapsed().as_secs_f64()
    ));
    output::line(format!(
        "   $ {}",
        commands.open("status", crate::network::REGULATOR)
    ));
    output::line(
        "\n3. six companies send their files (EPCIS 1.2 XML and 2.0 JSON-LD), each signed with its own key;\n   companies and goods are invented; this is what stands out",
    );
    let bar = indicatif::ProgressBar::new_spinner();
    let mut watch = Watch::new(&commands, processes, &bar)?;
    let told = tokio::select! {
        told = story::tell(&plan, &commands, &bar) => told?,
        ended = watch.run() => return Err(ended),
    };
    output::line("\n4. ask it yourself");
    yourself::show(&plan, &commands)?;
    let usage = watch.processes().usage();
    output::line(format!(
        "\nall nodes together: {:.0} MB of memory, {:.1} s of processor time",
        usage.memory_mb,
        usage.cpu_ms / 1e3
    ));
    let verdict = if told.surprises == 0 {
        output::line("every file got the answer that it should get");
        ExitCode::SUCCESS
    } else {
        output::line(format!(
            "{} files did NOT get the answer that they should get",
            told.surprises
        ));
        ExitCode::from(failure::REFUSED)
    };
    if args.exit {
        return Ok(verdict);
    }
    output::line("\nstatus pages:");
    for (name, _, http) in &network.nodes {
        if let Some(http) = http {
            output::line(format!("   {name:12} http://{http}/"));
        }
    }
    output::line("\nthe network runs until you press Ctrl-C");
    Err(watch.run().await)
}

/// Makes an empty directory, in place of what an earlier demonstration left there. The lock keeps it while this process runs.
fn prepare(dir: &Path) -> Result<File> {
    let mark = dir.join(MARK);
    let holds_something = dir.exists()
        && fs::read_dir(dir)
            .with_context(|| format!("cannot read {}", dir.display()))?
            .next()
            .is_some();
    if holds_something {
        if !mark.exists() {
            bail!(
                "{} holds something that no demonstration made; name another directory with --dir",
                dir.display()
            );
        }
        let _free = lock(&mark, dir)?;
        fs::remove_dir_all(dir).with_context(|| format!("cannot clear {}", dir.display()))?;
    }
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    lock(&mark, dir)
}

fn lock(mark: &Path, dir: &Path) -> Result<File> {
    let file = File::create(mark).with_context(|| format!("cannot write {}", mark.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => bail!(
            "another demonstration runs in {}: end it, or name another directory with --dir",
            dir.display()
        ),
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("cannot lock {}", mark.display()))
        }
    }
}

async fn ready(network: &Created, processes: &mut Processes) -> Result<()> {
    let begun = Instant::now();
    for (name, _, http) in &network.nodes {
        let Some(http) = http else { continue };
        let client = connect::local(&format!("http://{http}"), None)?;
        loop {
            processes.check()?;
            if matches!(client.ready().await, Ok(true)) {
                break;
            }
            if begun.elapsed() > START_LIMIT {
                bail!(
                    "node {name} did not get ready within {} s",
                    START_LIMIT.as_secs()
                );
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_demonstration_left_is_cleared() {
        let dir = std::env::temp_dir().join(format!("pangolin-demo-{}", std::process::id()));
        let lock = prepare(&dir).unwrap();
        let busy = prepare(&dir).unwrap_err().to_string();
        assert!(busy.starts_with("another demonstration runs in"), "{busy}");
        drop(lock);
        fs::write(dir.join("old"), "x").unwrap();
        drop(prepare(&dir).unwrap());
        assert!(!dir.join("old").exists());
        fs::remove_file(dir.join(MARK)).unwrap();
        fs::write(dir.join("mine"), "x").unwrap();
        let other = prepare(&dir).unwrap_err().to_string();
        assert!(other.contains("no demonstration made"), "{other}");
        assert!(dir.join("mine").exists());
        fs::remove_dir_all(&dir).unwrap();
    }
}
