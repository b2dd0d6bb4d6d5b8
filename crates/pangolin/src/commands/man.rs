//! `pangolin man`: the manual pages.

use anyhow::{Context as _, Result};
use std::{fs, path::Path, process::ExitCode};

use crate::{cli::Cli, output};

/// Prints the page of the program, or writes those of all commands.
pub(super) fn run(dir: Option<&Path>) -> Result<ExitCode> {
    let Some(dir) = dir else {
        let page = page(Cli::tree())?;
        output::line(String::from_utf8_lossy(&page).trim_end());
        return Ok(ExitCode::SUCCESS);
    };
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let mut command = Cli::tree().disable_help_subcommand(true);
    command.build();
    let mut pages = 0;
    write(dir, "pangolin", &command, &mut pages)?;
    output::line(format!("{pages} pages in {}", dir.display()));
    Ok(ExitCode::SUCCESS)
}

fn page(command: clap::Command) -> Result<Vec<u8>> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .context("cannot write a manual page")?;
    Ok(page)
}

/// A page for the command and for each one below it: `pangolin-order-recall.1`.
fn write(dir: &Path, name: &str, command: &clap::Command, pages: &mut usize) -> Result<()> {
    let path = dir.join(format!("{name}.1"));
    // a page is called by its whole name, as `man pangolin-order` looks for it
    let whole: &'static str = Box::leak(name.to_owned().into_boxed_str());
    let page = page(command.clone().name(whole))?;
    fs::write(&path, page).with_context(|| format!("cannot write {}", path.display()))?;
    *pages += 1;
    for below in command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
    {
        write(dir, &format!("{name}-{}", below.get_name()), below, pages)?;
    }
    Ok(())
}
