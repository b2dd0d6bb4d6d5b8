//! The two commands of the repository, `cargo demo` and `cargo verify-all`, and what they share.
//!
//! Depends on nothing but the standard library, so that a fresh clone has the first line on the screen after one small
//! build. The tidy test has its own program, `tests/tidy`, because it reads `cargo metadata`.

#![expect(
    clippy::print_stdout,
    reason = "this program talks to a person at a terminal"
)]

mod demo;
mod machine;
mod run;
mod tally;
mod verify;
mod wasm;

use std::process::ExitCode;

const HELP: &str = "\
usage: cargo demo [ARGS…]        build `pangolin` in release and run `pangolin demo ARGS…`
       cargo verify-all          everything that must hold before a change lands
       cargo xtask tidy          the rules of the repository only (fast)
       cargo xtask wasm          the npm package @pangolin/verify, below target/wasm; tested where Node is there

cargo verify-all takes
  --docs                         build the documentation too, broken links are errors (several minutes more when cold)
  --skip STEP                    leave a step out; may be repeated. Steps: format, lints, tests, doc-tests, wasm (needs Node)
";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let command = args.next().unwrap_or_default();
    let args: Vec<String> = args.collect();
    match command.as_str() {
        "demo" => demo::demo(&args),
        "verify-all" => verify::verify_all(&args),
        "tidy" => verify::tidy(),
        "wasm" => wasm::wasm(),
        "" | "help" | "-h" | "--help" => {
            print!("{HELP}");
            ExitCode::SUCCESS
        }
        other => {
            println!("there is no task `{other}`\n\n{HELP}");
            ExitCode::from(2)
        }
    }
}
