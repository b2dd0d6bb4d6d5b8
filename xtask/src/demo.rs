//! `cargo demo`: build the binary, then hand over to `pangolin demo`.

use std::{
    path::PathBuf,
    process::{Command, ExitCode, ExitStatus},
    time::Instant,
};

use crate::{machine, run};

/// What a release build needs.
const NEEDS: machine::Needs = machine::Needs {
    disk_mib: 3_000,
    components: &[],
    optional: &[],
};

/// Builds `pangolin` in release with cargo's own progress bar and runs `pangolin demo` with the arguments.
pub(crate) fn demo(args: &[String]) -> ExitCode {
    let args = own(args);
    if let Err(missing) = machine::prepare(&NEEDS) {
        machine::print_missing(&missing);
        return ExitCode::FAILURE;
    }
    println!("[1/3] sources of the dependencies");
    if !succeeds(run::cargo(&["fetch", "--locked"])) {
        println!(
            "the sources could not be fetched: see cargo's message above (is the registry reachable?)"
        );
        return ExitCode::FAILURE;
    }
    println!("[2/3] building pangolin in release; the first time takes several minutes");
    let began = Instant::now();
    let build = run::cargo(&[
        "build",
        "--locked",
        "--release",
        "--package",
        "pangolin",
        "--bin",
        "pangolin",
    ]);
    if !succeeds(build) {
        println!("the build failed: see cargo's message above");
        return ExitCode::FAILURE;
    }
    println!("      built in {} s", began.elapsed().as_secs());
    let Some(binary) = binary() else {
        println!("the build left no `pangolin` beside this program");
        return ExitCode::FAILURE;
    };
    println!("[3/3] {} demo {}", binary.display(), args.join(" "));
    match Command::new(&binary).arg("demo").args(args).status() {
        Ok(status) => code(status),
        Err(error) => {
            println!("{} could not be started: {error}", binary.display());
            ExitCode::FAILURE
        }
    }
}

/// The arguments without the `--` that other commands of cargo need before those of the program.
fn own(args: &[String]) -> &[String] {
    match args {
        [first, rest @ ..] if first == "--" => rest,
        all => all,
    }
}

/// The release binary, in the target folder this program was built into.
fn binary() -> Option<PathBuf> {
    let here = std::env::current_exe().ok()?;
    let target = here.parent()?.parent()?;
    let name = format!("pangolin{}", std::env::consts::EXE_SUFFIX);
    Some(target.join("release").join(name)).filter(|path| path.is_file())
}

fn succeeds(mut command: Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

fn code(status: ExitStatus) -> ExitCode {
    // A program that ended by a signal has no code.
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    ExitCode::from(code.unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::own;

    #[test]
    fn two_dashes_before_the_arguments_do_no_harm() {
        let given = ["--", "--import"].map(str::to_owned);
        assert_eq!(own(&given), &given[1..]);
        assert_eq!(own(&given[1..]), &given[1..]);
        assert_eq!(own(&[]), &[] as &[String]);
    }
}
