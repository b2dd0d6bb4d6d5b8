//! `cargo xtask wasm`: builds the npm package `@pangolin/verify`, and tests it where Node is there.
//!
//! Where the compiler at hand knows the target, it is used. Where it does not, and the machine is a Debian, the compiler that Debian
//! builds its browsers with is fetched, and a clang for the target, and unpacked below `target/wasm`: nothing is installed. That
//! compiler has no standard library for the target either, so it is built along. The package is an artefact below `target`, not in git.

mod toolchain;
mod trim;

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::Instant,
};

use crate::run;
use toolchain::Toolchain;

/// The target.
pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// Largest module after compression, in bytes: more is too much for a page.
const MAX_GZIPPED_BYTES: u64 = 400 * 1024;

/// What the package is made of, besides the module.
const FILES: [&str; 4] = ["package.json", "index.js", "index.d.ts", "README.md"];

/// The exit code where there is no compiler for the target and none can be had: nothing was built, and nothing is wrong with it.
pub(crate) const NO_COMPILER: u8 = 3;

/// Builds, assembles and tests.
pub(crate) fn wasm() -> ExitCode {
    let home = run::root().join("target/wasm");
    let toolchain = match Toolchain::find(&home) {
        Ok(toolchain) => toolchain,
        Err(message) => {
            println!("missing: {message}");
            return ExitCode::from(NO_COMPILER);
        }
    };
    match build(&toolchain, &home).and_then(|package| test(&package)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

/// Whether Node is there to test the package.
pub(crate) fn has_node() -> bool {
    let mut node = Command::new("node");
    node.arg("--version");
    run::ask(node).is_some()
}

fn build(toolchain: &Toolchain, home: &Path) -> Result<PathBuf, String> {
    let began = Instant::now();
    println!("building with {}", toolchain.what());
    let from = run::root().join("web/verify");
    // the same versions as everywhere; what this package does not need of them is left out
    let lock = from.join("Cargo.lock");
    copy(&run::root().join("Cargo.lock"), &lock)?;
    let built = home.join("build");
    let mut cargo = run::cargo(&["build", "--release", "--target", TARGET]);
    cargo.current_dir(&from);
    cargo.env("CARGO_TARGET_DIR", &built);
    cargo.env_remove("RUSTC_WORKSPACE_WRAPPER");
    toolchain.apply(&mut cargo);
    if !run::show_and_keep(cargo).ok {
        return Err("the module could not be built: the reasons are above".into());
    }
    let module = built.join(TARGET).join("release/pangolin_verify.wasm");
    let package = home.join("package");
    fs::create_dir_all(&package).map_err(|error| said(&package, &error))?;
    for file in FILES {
        copy(&from.join("package").join(file), &package.join(file))?;
    }
    copy(&run::root().join("LICENSE"), &package.join("LICENSE"))?;
    let whole = fs::read(&module).map_err(|error| said(&module, &error))?;
    let own = |name: &str| name == "memory" || name.starts_with("pangolin_");
    let trimmed = trim::trim(&whole, own).ok_or("the compiler made no module")?;
    let to = package.join("verify.wasm");
    fs::write(&to, trimmed).map_err(|error| said(&to, &error))?;
    println!("{} in {} s", package.display(), began.elapsed().as_secs());
    Ok(package)
}

fn test(package: &Path) -> Result<(), String> {
    if let Some(bytes) = gzipped(&package.join("verify.wasm")) {
        println!("verify.wasm: {bytes} bytes gzipped, at most {MAX_GZIPPED_BYTES}");
        if bytes > MAX_GZIPPED_BYTES {
            return Err("the module is too large for a page".into());
        }
    }
    if !has_node() {
        println!("Node is not installed: the package is built and not tested");
        return Ok(());
    }
    let mut node = Command::new("node");
    node.arg("--test");
    node.arg(run::root().join("web/verify/test/verify.test.mjs"));
    node.env("PANGOLIN_PACKAGE", package);
    if run::show_and_keep(node).ok {
        Ok(())
    } else {
        Err("the package does not do what it should".into())
    }
}

/// The size of a file after compression; `None` where there is no gzip.
fn gzipped(file: &Path) -> Option<u64> {
    let mut gzip = Command::new("gzip");
    gzip.arg("-9c").arg(file);
    let output = gzip
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    u64::try_from(output.stdout.len()).ok()
}

fn copy(from: &Path, to: &Path) -> Result<(), String> {
    fs::copy(from, to)
        .map(drop)
        .map_err(|error| said(from, &error))
}

fn said(path: &Path, error: &io::Error) -> String {
    format!("{}: {error}", path.display())
}
