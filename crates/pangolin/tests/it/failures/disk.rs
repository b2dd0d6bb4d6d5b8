//! A disk that takes no more.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{
    agree,
    load::{self, Load},
};
use crate::support::Network;

const VICTIM: &str = "validator-3";
/// What is left on the disk that fills up.
const LEFT_BYTES: u64 = 1024 * 1024;

/// A limit on the size of files, as a service manager sets it: works without any right.
pub(super) fn a_limit_on_files(network: &mut Network, load: &Load) {
    network.terminate(VICTIM);
    network.take_log(VICTIM);
    // in units of 512 bytes; whoever does not ignore the signal is ended by it without a word
    network.begin_after(VICTIM, "trap '' XFSZ; ulimit -f 64");
    ends_and_says_why(network);
    network.restart(VICTIM);
    load.wait_more(1);
    agree(network);
}

/// A small file system that fills up.
pub(super) fn a_full_disk(network: &mut Network, load: &Load) {
    network.terminate(VICTIM);
    let data = network.node(VICTIM).dir.join("data");
    let aside = network.node(VICTIM).dir.join("data-before");
    fs::rename(&data, &aside).unwrap();
    fs::create_dir(&data).unwrap();
    let Some(disk) = Disk::mount(&data) else {
        eprintln!("SKIPPED a full disk: mounting a file system needs root");
        fs::remove_dir(&data).unwrap();
        fs::rename(&aside, &data).unwrap();
        network.restart(VICTIM);
        return;
    };
    let copied = Command::new("cp")
        .arg("-a")
        .arg(aside.join("."))
        .arg(&data)
        .status();
    assert!(copied.unwrap().success());
    network.take_log(VICTIM);
    disk.fill();
    network.begin(VICTIM);
    ends_and_says_why(network);
    load::goes_on_without(network, VICTIM);
    fs::remove_file(disk.ballast()).unwrap();
    network.restart(VICTIM);
    load.wait_more(1);
    agree(network);
    // back to the ordinary disk, with all that was written to the small one
    network.terminate(VICTIM);
    fs::remove_dir_all(&aside).unwrap();
    let copied = Command::new("cp").arg("-a").arg(&data).arg(&aside).status();
    assert!(copied.unwrap().success());
    drop(disk);
    fs::remove_dir(&data).unwrap();
    fs::rename(&aside, &data).unwrap();
    network.restart(VICTIM);
}

fn ends_and_says_why(network: &mut Network) {
    let status = network.wait_end(VICTIM);
    let log = network.take_log(VICTIM);
    assert!(matches!(status.code(), Some(1 | 2)), "{status:?}:\n{log}");
    let last = log.lines().rev().take(3).collect::<Vec<_>>().join("\n");
    for expect in ["the disk takes no more", "data", "make room", "[disk-full]"] {
        assert!(last.contains(expect), "{expect}:\n{log}");
    }
    assert!(!last.contains("panicked"), "{log}");
    eprintln!("a full disk: {}", log.lines().last().unwrap());
}

/// A small file system in memory; unmounted at the end.
struct Disk(PathBuf);

impl Disk {
    fn mount(at: &Path) -> Option<Self> {
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=256m", "tmpfs"])
            .arg(at)
            .output();
        mounted.ok()?.status.success().then(|| Self(at.to_owned()))
    }

    fn ballast(&self) -> PathBuf {
        self.0.join("ballast")
    }

    /// Fills it until [`LEFT_BYTES`] are left.
    fn fill(&self) {
        let output = Command::new("df")
            .args(["--output=avail", "-B1"])
            .arg(&self.0)
            .output();
        let text = String::from_utf8(output.unwrap().stdout).unwrap();
        let free: u64 = text.lines().last().unwrap().trim().parse().unwrap();
        let ballast = usize::try_from(free - LEFT_BYTES).unwrap();
        fs::write(self.ballast(), vec![1; ballast]).unwrap();
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _unmounted = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}
