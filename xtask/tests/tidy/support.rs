//! The files of the repository, and the graph of its packages.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use serde_json::Value;

/// Folders that hold nothing of ours.
const FOREIGN: [&str; 4] = ["target", "node_modules", ".git", "demo-data"];

/// The package for browsers: a workspace of its own, because it is built for another target.
pub(crate) const FOR_BROWSERS: &str = "web/verify/";

/// A text file of the repository.
pub(crate) struct File {
    /// Path from the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

pub(crate) fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().expect("xtask is a folder of the workspace")
}

/// Every text file, sorted by path: what git would take, or all files where there is no git.
pub(crate) fn all_files() -> &'static [File] {
    static FILES: OnceLock<Vec<File>> = OnceLock::new();
    FILES.get_or_init(|| {
        let mut paths = git_paths().unwrap_or_else(|| {
            let mut paths = Vec::new();
            walk(root(), &mut paths);
            paths
        });
        paths.sort();
        paths.dedup();
        paths
            .into_iter()
            .filter_map(|path| {
                // Not every file is text, and git may list one that is deleted on disk.
                let text = std::fs::read_to_string(root().join(&path)).ok()?;
                Some(File { path, text })
            })
            .collect()
    })
}

/// The files with one of the endings.
pub(crate) fn files(endings: &'static [&'static str]) -> impl Iterator<Item = &'static File> {
    all_files()
        .iter()
        .filter(move |file| endings.iter().any(|ending| file.path.ends_with(ending)))
}

/// The file at a path from the root.
pub(crate) fn file(path: &str) -> Option<&'static File> {
    all_files().iter().find(|file| file.path == path)
}

/// What `cargo metadata` says of the workspace and everything it builds on, on this platform: packages of other platforms
/// need not have been downloaded.
pub(crate) fn metadata() -> &'static Value {
    static METADATA: OnceLock<Value> = OnceLock::new();
    METADATA.get_or_init(|| {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args([
                "metadata",
                "--format-version",
                "1",
                "--all-features",
                "--filter-platform",
            ])
            .arg(platform())
            .current_dir(root())
            .output()
            .expect("cargo starts");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "cargo metadata: {errors}");
        serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON")
    })
}

/// The platform this is built for, as the compiler calls it.
fn platform() -> String {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .arg("-vV")
        .output()
        .expect("rustc starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.expect("rustc names its host").to_owned()
}

/// A text field that `cargo metadata` always has.
pub(crate) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_default()
}

/// The items of a list that `cargo metadata` always has.
pub(crate) fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value[field].as_array().map_or(&[], Vec::as_slice)
}

/// Fails with all findings, one a line.
#[track_caller]
pub(crate) fn none(rule: &str, findings: &[String]) {
    assert!(
        findings.is_empty(),
        "{rule}:\n  {}\n",
        findings.join("\n  ")
    );
}

fn git_paths() -> Option<Vec<String>> {
    let output = Command::new("git")
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .current_dir(root())
        .output()
        .ok()?;
    let paths = String::from_utf8(output.stdout).ok()?;
    let paths: Vec<String> = paths.split_terminator('\0').map(str::to_owned).collect();
    (output.status.success() && !paths.is_empty()).then_some(paths)
}

fn walk(folder: &Path, paths: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).expect("folders can be read") {
        let path: PathBuf = entry.expect("entries can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if FOREIGN.contains(&name.as_ref()) {
            continue;
        }
        if path.is_dir() {
            walk(&path, paths);
        } else if let Ok(path) = path.strip_prefix(root()) {
            paths.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
}
