//! A compiler for WebAssembly: the one at hand, or Debian's, unpacked where it disturbs nobody.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::TARGET;
use crate::run;

/// What compiles for the target.
pub(super) struct Toolchain {
    /// The folder that Debian's packages were unpacked into; `None`: the compiler at hand knows the target.
    unpacked: Option<PathBuf>,
    /// The folder whose libraries are needed.
    libraries: Option<PathBuf>,
    clang: PathBuf,
    archiver: PathBuf,
    linker: Option<PathBuf>,
}

/// `debian` here: what is at hand is not used.
const PREFER: &str = "PANGOLIN_WASM_TOOLCHAIN";
/// Debian's compiler for its browsers, and the source of its standard library.
const COMPILER: [&str; 3] = ["rustc-web", "libstd-rust-web-dev", "rust-web-src"];
/// A clang that knows the target, for the few parts that are C.
const CLANG: [&str; 3] = ["clang-19", "llvm-19", "libclang-common-19-dev"];

impl Toolchain {
    /// The toolchain at hand, or one that is fetched into `home`.
    pub(super) fn find(home: &Path) -> Result<Self, String> {
        // whoever changes this tries both ways on one machine
        let at_hand = env::var_os(PREFER).is_none_or(|value| value != "debian");
        let knows = at_hand && target_library().is_some();
        let clang = clang_at_hand().filter(|_| at_hand);
        if let (true, Some((clang, archiver))) = (knows, &clang) {
            return Ok(Self {
                unpacked: None,
                libraries: None,
                clang: clang.clone(),
                archiver: archiver.clone(),
                linker: None,
            });
        }
        let root = home.join("toolchain");
        let wanted = COMPILER.iter().filter(|_| !knows);
        let wanted: Vec<&str> = wanted
            .chain(CLANG.iter().filter(|_| clang.is_none()))
            .copied()
            .collect();
        unpack(&wanted, home, &root)?;
        let bin = root.join("usr/lib/llvm-19/bin");
        let private = clang.is_none();
        let (clang, archiver) = clang.unwrap_or_else(|| (bin.join("clang"), bin.join("llvm-ar")));
        let linker = if knows { None } else { Some(rust_lld()?) };
        Ok(Self {
            unpacked: (!knows).then(|| root.clone()),
            libraries: (!knows || private).then_some(root),
            clang,
            archiver,
            linker,
        })
    }

    /// What it is, for people.
    pub(super) const fn what(&self) -> &'static str {
        match self.unpacked {
            Some(_) => "Debian's compiler for browsers, unpacked below target/wasm",
            None => "the compiler at hand",
        }
    }

    /// Lets a cargo command use it.
    pub(super) fn apply(&self, cargo: &mut Command) {
        cargo.env("CC_wasm32_unknown_unknown", &self.clang);
        cargo.env("AR_wasm32_unknown_unknown", &self.archiver);
        // never called: see `web/verify/src/lib.rs`
        let flags = r#"--cfg getrandom_backend="wasm_js""#;
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
        let root = self.unpacked.as_deref();
        if let Some(linker) = &self.linker {
            cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
        }
        if let Some(root) = root {
            cargo.arg("-Zbuild-std=std,panic_abort");
            cargo.env("RUSTC", root.join("usr/bin/rustc"));
            cargo.env("RUSTC_BOOTSTRAP", "1");
        }
        if let Some(root) = &self.libraries {
            cargo.env("LD_LIBRARY_PATH", libraries(root));
        }
    }
}

/// Where the libraries of the unpacked packages are.
fn libraries(root: &Path) -> String {
    let each = [
        "usr/lib/x86_64-linux-gnu",
        "usr/lib/aarch64-linux-gnu",
        "usr/lib/llvm-19/lib",
    ];
    let each = each
        .iter()
        .map(|dir| root.join(dir).to_string_lossy().into_owned());
    let known = env::var("LD_LIBRARY_PATH").ok();
    each.chain(known).collect::<Vec<_>>().join(":")
}

/// The standard library for the target, where the compiler at hand has it.
fn target_library() -> Option<PathBuf> {
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--print", "target-libdir", "--target", TARGET]);
    let dir = PathBuf::from(run::ask(rustc)?);
    dir.is_dir().then_some(dir)
}

/// A clang on the path that knows the target, with its archiver.
fn clang_at_hand() -> Option<(PathBuf, PathBuf)> {
    let versions = (14..=22).rev().map(|version| format!("-{version}"));
    versions.chain([String::new()]).find_map(|version| {
        let (clang, archiver) = (format!("clang{version}"), format!("llvm-ar{version}"));
        let asked = |program: &str, argument: &str| {
            let mut command = Command::new(program);
            command.arg(argument);
            run::ask(command)
        };
        let targets = asked(&clang, "--print-targets")?;
        let archiver = [archiver, "llvm-ar".to_owned()]
            .into_iter()
            .find(|name| asked(name, "--version").is_some())?;
        targets
            .contains("wasm32")
            .then(|| (clang.into(), archiver.into()))
    })
}

/// The linker that comes with the compiler at hand.
fn rust_lld() -> Result<PathBuf, String> {
    let mut rustc = Command::new("rustc");
    rustc.args(["--print", "sysroot"]);
    let sysroot = PathBuf::from(run::ask(rustc).ok_or("rustc does not say where it is")?);
    let rustlib = sysroot.join("lib/rustlib");
    let targets = fs::read_dir(&rustlib).map_err(|error| super::said(&rustlib, &error))?;
    targets
        .filter_map(Result::ok)
        .map(|entry| entry.path().join("bin/rust-lld"))
        .find(|path| path.is_file())
        .ok_or_else(|| format!("there is no rust-lld below {}", rustlib.display()))
}

/// Fetches Debian packages with the libraries they need and unpacks them.
fn unpack(wanted: &[&str], home: &Path, root: &Path) -> Result<(), String> {
    let done = root.join(".packages");
    let list = wanted.join(" ");
    if fs::read_to_string(&done).is_ok_and(|known| known == list) {
        return Ok(());
    }
    let cannot = "the compiler at hand does not know wasm32-unknown-unknown (`rustup target add wasm32-unknown-unknown` \
                  and a clang would do), and Debian's packages cannot be had";
    if let Err(_lists_are_old) = available(wanted) {
        let mut update = Command::new("apt-get");
        update.arg("update");
        let _tried = run::ask(update);
        available(wanted).map_err(|why| format!("{cannot}: {why}"))?;
    }
    let debs = home.join("debs");
    for dir in [&debs, &root.to_path_buf()] {
        fs::create_dir_all(dir).map_err(|error| super::said(dir, &error))?;
    }
    let mut names: Vec<String> = wanted.iter().map(|&name| name.to_owned()).collect();
    names.extend(wanted.iter().flat_map(|name| libraries_of(name)));
    names.sort();
    names.dedup();
    println!("fetching {}", names.join(" "));
    let mut download = Command::new("apt-get");
    download.arg("download").args(&names).current_dir(&debs);
    run::ask(download).ok_or(cannot)?;
    for file in fs::read_dir(&debs).map_err(|error| super::said(&debs, &error))? {
        let file = file.map_err(|error| super::said(&debs, &error))?.path();
        let mut dpkg = Command::new("dpkg");
        dpkg.arg("-x").arg(&file).arg(root);
        run::ask(dpkg).ok_or_else(|| format!("{} cannot be unpacked", file.display()))?;
    }
    let _freed = fs::remove_dir_all(&debs);
    fs::write(&done, list).map_err(|error| super::said(&done, &error))
}

/// Whether Debian offers all of them, and a compiler that is not older than what the workspace is written for; or what is missing.
fn available(names: &[&str]) -> Result<(), String> {
    let mut policy = Command::new("apt-cache");
    policy.arg("show").arg("--no-all-versions").args(names);
    let shown = run::ask(policy).unwrap_or_default();
    let manifest = run::root().join("Cargo.toml");
    let manifest = fs::read_to_string(&manifest).map_err(|error| super::said(&manifest, &error))?;
    offered(&shown, names, wanted_version(&manifest))
}

/// Reads what `apt-cache show` printed.
fn offered(shown: &str, names: &[&str], wanted: Option<(u32, u32)>) -> Result<(), String> {
    let mut versions = BTreeMap::new();
    let mut package = None;
    for line in shown.lines() {
        if let Some(name) = line.strip_prefix("Package: ") {
            package = Some(name);
        } else if let (Some(name), Some(version)) = (package, line.strip_prefix("Version: ")) {
            versions.insert(name, version);
        }
    }
    for &name in names {
        let Some(version) = versions.get(name) else {
            return Err(format!("there is no package {name}"));
        };
        if COMPILER.contains(&name) && parts(version) < wanted {
            let (major, minor) = wanted.unwrap_or_default();
            return Err(format!(
                "{name} is offered as {version}, and {major}.{minor} is needed"
            ));
        }
    }
    Ok(())
}

/// The compiler that the workspace is written for.
fn wanted_version(manifest: &str) -> Option<(u32, u32)> {
    let line = manifest
        .lines()
        .find(|line| line.starts_with("rust-version"))?;
    parts(line.split('"').nth(1)?)
}

/// The first two numbers of a version.
fn parts(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split(|c: char| !c.is_ascii_digit());
    let mut next = || numbers.next()?.parse().ok();
    Some((next()?, next()?))
}

/// The packages of the same toolchain that a package needs: other libraries are there, or the compiler says which is not.
fn libraries_of(name: &str) -> Vec<String> {
    let mut depends = Command::new("apt-cache");
    depends.args([
        "depends",
        "--recurse",
        "--no-recommends",
        "--no-suggests",
        "--no-conflicts",
    ]);
    depends.args(["--no-breaks", "--no-replaces", "--no-enhances", name]);
    let shown = run::ask(depends).unwrap_or_default();
    let own = ["libstd-rust-web-", "libllvm", "libclang", "rust-web-src"];
    let names = shown.lines().filter(|line| !line.starts_with(' '));
    names
        .filter(|name| own.iter().any(|start| name.starts_with(start)))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = "Package: rustc-web\nVersion: 1.85.0+dfsg3-1~deb12u3\n\nPackage: clang-19\nVersion: 1:19.1.7-3\n";

    #[test]
    fn a_compiler_that_is_too_old_is_not_taken() {
        let wanted = wanted_version("[workspace.package]\nrust-version = \"1.95\"\n");
        assert_eq!(wanted, Some((1, 95)));
        let why = offered(SHOWN, &["rustc-web", "clang-19"], wanted).unwrap_err();
        assert!(why.contains("1.85.0") && why.contains("1.95"), "{why}");
        assert_eq!(offered(SHOWN, &["rustc-web"], Some((1, 85))), Ok(()));
        assert_eq!(offered(SHOWN, &["clang-19"], wanted), Ok(()));
        let why = offered(SHOWN, &["llvm-19"], wanted).unwrap_err();
        assert!(why.contains("llvm-19"), "{why}");
    }
}
