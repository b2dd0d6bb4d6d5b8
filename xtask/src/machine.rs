//! What the machine must have, checked before anything long begins.
//!
//! What can be installed without asking is installed (components of the Rust toolchain through `rustup`); everything else
//! is named together with the command that installs it on Debian.

use std::process::Command;

use crate::run::{ask, root, show_and_keep};

/// What a task needs beside the Rust compiler that built this program.
pub(crate) struct Needs {
    /// Free disk space in MiB under the target folder.
    pub(crate) disk_mib: u64,
    /// Components of the Rust toolchain beside the compiler: `(cargo subcommand, rustup component, Debian package)`.
    pub(crate) components: &'static [(&'static str, &'static str, &'static str)],
    /// Debian packages without which something is skipped: `(package, its files, what is skipped)`.
    pub(crate) optional: &'static [(&'static str, &'static [&'static str], &'static str)],
}

/// Checks the needs and installs what can be; prints what was found.
///
/// # Errors
/// One line for each thing that is missing, with what to do.
pub(crate) fn prepare(needs: &Needs) -> Result<(), Vec<String>> {
    let mut missing = Vec::new();
    let rustc = ask(version("rustc")).unwrap_or_else(|| "rustc not found".to_owned());
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    println!("machine: {rustc}, {cores} cores");

    // The engine's curve arithmetic, TLS and the embedded database bring C sources with them.
    let cc = std::env::var_os("CC").unwrap_or_else(|| "cc".into());
    if ask(version(&cc)).is_none() {
        missing.push(format!(
            "a C compiler (`{}` does not run): apt-get install build-essential",
            cc.to_string_lossy()
        ));
    }
    for (subcommand, component, package) in needs.components {
        if have(subcommand) {
            continue;
        }
        println!("installing {component} (rustup component add {component})");
        let mut rustup = Command::new("rustup");
        rustup.args(["component", "add", component]);
        if !show_and_keep(rustup).ok || !have(subcommand) {
            missing.push(format!(
                "cargo {subcommand}: rustup component add {component}, or apt-get install {package}"
            ));
        }
    }
    for (package, files, skipped) in needs.optional {
        if !installed(files) && !install(package, files) {
            println!("{skipped} will be skipped: apt-get install {package}");
        }
    }
    match free_disk_mib() {
        Some(free) if free < needs.disk_mib => missing.push(format!(
            "disk space: {free} MiB are free, the build needs about {} MiB",
            needs.disk_mib
        )),
        _ => {}
    }
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing)
    }
}

fn installed(files: &[&str]) -> bool {
    files.iter().any(|file| std::path::Path::new(file).exists())
}

/// Installs a Debian package where this user may; whether its files are there now.
fn install(package: &str, files: &[&str]) -> bool {
    let root = ask(user()).is_some_and(|id| id == "0");
    if !root || ask(version("apt-get")).is_none() {
        return false;
    }
    println!("installing {package} (apt-get install {package})");
    let mut apt = Command::new("apt-get");
    apt.args(["install", "--yes", "--quiet", package])
        .env("DEBIAN_FRONTEND", "noninteractive");
    // what it says when it fails is of no use to whoever only wants the tests
    ask(apt).is_some() && installed(files)
}

fn user() -> Command {
    let mut id = Command::new("id");
    id.arg("-u");
    id
}

/// Prints what [`prepare`] found missing.
pub(crate) fn print_missing(missing: &[String]) {
    println!("\nmissing on this machine:");
    for line in missing {
        println!("  - {line}");
    }
}

/// Whether a cargo subcommand is installed.
pub(crate) fn have(subcommand: &str) -> bool {
    let mut command = crate::run::cargo(&[subcommand, "--version"]);
    command.stderr(std::process::Stdio::null());
    ask(command).is_some()
}

fn version(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(program);
    command.arg("--version");
    command
}

/// Free space of the disk the workspace is on; `None` where `df` does not answer in its POSIX form.
fn free_disk_mib() -> Option<u64> {
    let mut df = Command::new("df");
    df.args(["-P", "-k"]).arg(root());
    let answer = ask(df)?;
    let kib: u64 = answer
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()?;
    Some(kib / 1024)
}
