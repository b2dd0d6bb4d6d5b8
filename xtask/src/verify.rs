//! `cargo verify-all`: formatting, lints, tests, doc tests, and on request documentation, in one report.
//!
//! Every step runs even if an earlier one failed, so that one run shows as much as it can: after a finding of a lint, the
//! tests are compiled once more with findings as warnings. The report repeats why a step failed and ends with the test
//! runners' own counts.
//!
//! Nothing is built twice, because the dependencies take most of the time: clippy does not check the workspace on its own
//! (`cargo clippy` would need every dependency once more, in another form), it *compiles* it, standing in for the compiler, and
//! the tests run what it compiled. Nothing is built in release. `--docs` costs that second form, so it is asked for.

use std::{
    path::PathBuf,
    process::{Command, ExitCode},
    time::{Duration, Instant},
};

use crate::{machine, run, tally, wasm};

/// What checking and testing need.
const NEEDS: machine::Needs = machine::Needs {
    disk_mib: 8_000,
    components: &[
        ("fmt", "rustfmt", "rustfmt"),
        ("clippy", "clippy", "rust-clippy"),
    ],
    optional: &[(
        "faketime",
        &[
            "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
            "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
            "/usr/lib64/faketime/libfaketimeMT.so.1",
        ],
        "the test of a clock that is ten minutes off",
    )],
};

/// The step that runs on request only.
const DOCS: &str = "docs";

/// The step that compiles everything, and fails on whatever a lint finds.
const LINTS: &str = "lints";

/// The step that builds the package for browsers; only where Node can test it.
const WASM: &str = "wasm";

/// What clippy is told, in the form in which `cargo clippy -- ARGUMENTS` hands its arguments on.
const CLIPPY_ARGS: &str = "CLIPPY_ARGS";
const FAIL_ON_FINDINGS: &str = "-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__";
const SHOW_FINDINGS: &str = "--cap-lints__CLIPPY_HACKERY__warn__CLIPPY_HACKERY__";

struct Step {
    name: &'static str,
    what: String,
    command: Command,
    /// Whether its output holds a test runner's counts.
    counts: bool,
}

struct Done {
    name: &'static str,
    took: Duration,
    ended: run::Ended,
    counts: bool,
    again: String,
}

/// What a step showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Holds,
    Failed,
    /// What it needs is not on this machine and cannot be had: it says what.
    Missing,
}

impl Done {
    fn verdict(&self) -> Verdict {
        if self.ended.ok {
            Verdict::Holds
        } else if self.name == WASM && self.ended.code == Some(wasm::NO_COMPILER.into()) {
            Verdict::Missing
        } else {
            Verdict::Failed
        }
    }
}

/// Runs every step that is not skipped and prints the report.
pub(crate) fn verify_all(args: &[String]) -> ExitCode {
    let mut skip = match skipped(args) {
        Ok(skip) => skip,
        Err(message) => {
            println!("{message}");
            return ExitCode::from(2);
        }
    };
    let began = Instant::now();
    if let Err(missing) = machine::prepare(&NEEDS) {
        machine::print_missing(&missing);
        return ExitCode::FAILURE;
    }
    let node = skip.contains(&WASM) || wasm::has_node();
    if !node {
        skip.push(WASM);
    }
    let steps: Vec<Step> = steps()
        .into_iter()
        .filter(|step| !skip.contains(&step.name))
        .collect();
    let total = steps.len();
    let mut done = Vec::new();
    for (number, mut step) in steps.into_iter().enumerate() {
        if done
            .iter()
            .any(|done: &Done| done.name == LINTS && !done.ended.ok)
        {
            step.command.env(CLIPPY_ARGS, SHOW_FINDINGS);
        }
        let again = shown(&step.command);
        println!(
            "\n[{}/{total}] {}: {}\n      {again}",
            number + 1,
            step.name,
            step.what
        );
        let began = Instant::now();
        let ended = run::show_and_keep(step.command);
        done.push(Done {
            name: step.name,
            took: began.elapsed(),
            ended,
            counts: step.counts,
            again,
        });
    }
    report(&done, &skip, node, began.elapsed())
}

/// Runs the rules of the repository only.
pub(crate) fn tidy() -> ExitCode {
    let ended = run::show_and_keep(run::cargo(&[
        "test",
        "--quiet",
        "--package",
        "xtask",
        "--test",
        "tidy",
    ]));
    if ended.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn steps() -> Vec<Step> {
    let what = "unit, property, conformance, simulation and black-box tests";
    let (runner, tests) = if machine::have("nextest") {
        let mut tests = cargo(&[
            "nextest",
            "run",
            "--locked",
            "--workspace",
            "--no-fail-fast",
        ]);
        if std::env::var_os("CI").is_some() {
            tests.args(["--profile", "ci"]);
        }
        ("cargo nextest", tests)
    } else {
        (
            "cargo test",
            cargo(&[
                "test",
                "--locked",
                "--workspace",
                "--tests",
                "--no-fail-fast",
            ]),
        )
    };
    let mut docs = cargo(&["doc", "--locked", "--workspace", "--no-deps"]);
    docs.env("RUSTDOCFLAGS", "-D warnings");
    let step = |name, what: &str, command, counts| Step {
        name,
        what: what.to_owned(),
        command,
        counts,
    };
    vec![
        step(
            "format",
            "rustfmt",
            cargo(&["fmt", "--all", "--check"]),
            false,
        ),
        step(
            LINTS,
            "everything is compiled by clippy; whatever it finds is an error",
            cargo(&[
                "test",
                "--locked",
                "--workspace",
                "--all-targets",
                "--no-run",
            ]),
            false,
        ),
        step("tests", &format!("{what} ({runner})"), tests, true),
        step(
            "doc-tests",
            "the examples in the documentation",
            cargo(&["test", "--locked", "--workspace", "--doc", "--no-fail-fast"]),
            true,
        ),
        step(
            WASM,
            "the package for browsers, tested in Node",
            own(WASM),
            false,
        ),
        step(DOCS, "rustdoc, broken links are errors", docs, false),
    ]
}

/// A cargo command that compiles the workspace with clippy. Its artifacts are not kept for the next edit: that would cost a
/// third more time and disk.
fn cargo(args: &[&str]) -> Command {
    let mut command = run::cargo(args);
    command.env("CARGO_INCREMENTAL", "0");
    command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    command.env(CLIPPY_ARGS, FAIL_ON_FINDINGS);
    command
}

/// Another task of this program.
fn own(task: &str) -> Command {
    let program = std::env::current_exe().unwrap_or_else(|_| "xtask".into());
    let mut command = Command::new(program);
    command.arg(task);
    command
}

/// The steps to leave out; the documentation, unless it is asked for.
fn skipped(args: &[String]) -> Result<Vec<&'static str>, String> {
    let names = ["format", LINTS, "tests", "doc-tests", WASM];
    let mut skip = vec![DOCS];
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let step = match arg.as_str() {
            "--docs" => {
                skip.retain(|name| *name != DOCS);
                continue;
            }
            "--skip" => args.next().map(String::as_str),
            other => other.strip_prefix("--skip="),
        };
        let known = step.and_then(|step| names.iter().find(|name| **name == step));
        let Some(name) = known else {
            return Err(format!(
                "`{arg}` is not understood; there are `--docs` and `--skip STEP`, STEP one of: {}",
                names.join(", ")
            ));
        };
        skip.push(*name);
    }
    Ok(skip)
}

fn report(done: &[Done], skip: &[&str], node: bool, took: Duration) -> ExitCode {
    for step in done.iter().filter(|step| step.verdict() == Verdict::Failed) {
        println!("\nwhy `{}` failed (again: {})", step.name, step.again);
        for line in tally::reasons(&step.ended.lines) {
            println!("  {line}");
        }
    }
    println!(
        "\nverify-all, {} min {} s",
        took.as_secs() / 60,
        took.as_secs() % 60
    );
    for step in done {
        let verdict = match step.verdict() {
            Verdict::Holds => "ok     ",
            Verdict::Failed => "FAILED ",
            Verdict::Missing => "missing",
        };
        println!("  {verdict} {:<10} {:>5} s", step.name, step.took.as_secs());
        if step.verdict() == Verdict::Missing {
            let said = step.ended.lines.iter().rev();
            let mut said = said.filter(|line| line.starts_with("missing: "));
            println!("          {}", said.next().map_or("", String::as_str));
        }
    }
    for name in skip {
        let why = if *name == DOCS {
            "(`--docs` runs it)"
        } else if *name == WASM && !node {
            "Node is not installed"
        } else {
            "as asked"
        };
        println!("  skipped {name:<10} {why}");
    }
    match test_material() {
        Some(path) => println!("  public test material: {}", path.display()),
        None => println!(
            "  skipped the public test material: neither PANGOLIN_TESTDATA nor ../shared/testdata is there; \
             the tests that read it pass without looking"
        ),
    }
    let ok = done.iter().all(|step| step.verdict() != Verdict::Failed);
    println!(
        "{}",
        if ok {
            "everything holds"
        } else {
            "something failed: the reasons are above"
        }
    );
    for step in done.iter().filter(|step| step.counts) {
        let counts = tally::counts(&step.ended.lines);
        if counts.is_empty() {
            println!("{}: no test ran", step.name);
        }
        for line in counts {
            println!("{}: {line}", step.name);
        }
    }
    if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The folder of test cases that others wrote, where the tests look for it.
fn test_material() -> Option<PathBuf> {
    let given = std::env::var_os("PANGOLIN_TESTDATA").map(PathBuf::from);
    let beside = || {
        run::root()
            .parent()
            .map(|above| above.join("shared").join("testdata"))
    };
    given.or_else(beside).filter(|path| path.is_dir())
}

fn shown(command: &Command) -> String {
    let mut words = vec!["cargo".to_owned()];
    if command.get_program() == own("").get_program() {
        words.push("xtask".to_owned());
    }
    words.extend(
        command
            .get_args()
            .map(|arg| arg.to_string_lossy().into_owned()),
    );
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn only_a_compiler_that_cannot_be_had_is_no_failure() {
        let done = |name, code| Done {
            name,
            took: Duration::ZERO,
            ended: run::Ended {
                ok: code == Some(0),
                code,
                lines: Vec::new(),
            },
            counts: false,
            again: String::new(),
        };
        assert_eq!(done(WASM, Some(0)).verdict(), Verdict::Holds);
        assert_eq!(done(WASM, Some(3)).verdict(), Verdict::Missing);
        for (name, code) in [(WASM, Some(1)), (WASM, None), ("tests", Some(3))] {
            assert_eq!(done(name, code).verdict(), Verdict::Failed);
        }
    }

    #[test]
    fn what_is_shown_can_be_typed() {
        assert_eq!(shown(&own(WASM)), "cargo xtask wasm");
        assert_eq!(shown(&cargo(&["test", "--doc"])), "cargo test --doc");
    }

    #[test]
    fn steps_can_be_skipped_and_asked_for() {
        assert_eq!(skipped(&[]), Ok(vec!["docs"]));
        assert_eq!(
            skipped(&words("--skip tests --docs --skip=lints")),
            Ok(vec!["tests", "lints"])
        );
        assert!(skipped(&words("--skip everything")).is_err());
        assert!(skipped(&words("--skip")).is_err());
        assert!(skipped(&words("docs")).is_err());
    }

    #[test]
    fn every_step_has_a_name_that_can_be_skipped() {
        for step in steps().iter().filter(|step| step.name != DOCS) {
            assert_eq!(
                skipped(&words(&format!("--docs --skip {}", step.name))),
                Ok(vec![step.name])
            );
        }
    }
}
