//! Black box: the demonstration tells its story, every command it prints works as it stands, and Ctrl-C ends all of it.

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{
    self, Directory, PROGRAM,
    process::{children, runs, signal},
};

/// Longest time for the nodes to end.
const END: Duration = Duration::from_secs(20);

#[test]
fn its_story_its_commands_and_its_end() {
    let dir = Directory::new();
    let first = support::directory::free_ports(10);
    let mut demo = Demo::start(&dir, first);
    let story = demo.story();
    for expect in [
        "five processes agree on blocks",
        "counterfeit",
        "REFUSED [object-absent]",
        "RECALL of lot",
        " with ",
        "every file got the answer that it should get",
        "status pages:",
    ] {
        assert!(story.contains(expect), "{expect}:\n{story}");
    }
    assert!(!story.contains("NOT what was expected"), "{story}");
    assert!(!story.contains('{'), "words, not JSON:\n{story}");

    let again = support::run([
        "demo",
        "--dir",
        "elsewhere",
        "--first-port",
        &first.to_string(),
    ]);
    assert_eq!(again.code, 2);
    assert!(
        again.stderr.contains(&format!("port {first} is taken")),
        "{again:?}"
    );

    let mut commands = 0;
    let mut refused = false;
    for line in story.lines() {
        // what the line before a command announces
        if line.contains("-> ") || line.contains("ask it yourself") {
            refused = line.contains("REFUSED");
        } else if line.contains("and this one?") {
            refused = true;
        }
        let Some(command) = line.trim_start().strip_prefix("$ ") else {
            continue;
        };
        let ran = Command::new("sh")
            .args(["-c", command])
            .current_dir(dir.path())
            .output()
            .unwrap();
        let asks = command.contains(" capture ") || command.contains(" verify-product ");
        let expect = i32::from(asks && refused);
        assert_eq!(ran.status.code(), Some(expect), "{command}\n{ran:?}");
        commands += 1;
    }
    assert!(commands >= 10, "{commands} commands:\n{story}");

    let nodes = children(demo.child.id());
    assert_eq!(nodes.len(), 5);
    demo.interrupt();
    assert!(demo.child.wait().unwrap().success());
    let begun = Instant::now();
    while nodes.iter().any(|pid| runs(*pid)) {
        assert!(begun.elapsed() < END, "nodes are left over: {nodes:?}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_node_that_dies_before_all_agree_ends_it() {
    let dir = Directory::new();
    let first = support::directory::free_ports(10);
    let mut demo = Demo::start(&dir, first);
    let victim = first_child(demo.child.id());
    signal("-KILL", victim);
    let output = demo.child.wait().unwrap();
    assert_eq!(output.code(), Some(2));
    let text = demo.errors();
    for expect in [
        "[node-ended]",
        "node north was ended by signal 9 (SIGKILL)",
        "node.log",
    ] {
        assert!(text.contains(expect), "{expect}: {text}");
    }
}

#[test]
fn it_goes_on_without_a_node_and_ends_when_none_is_left() {
    let dir = Directory::new();
    let first = support::directory::free_ports(10);
    let mut demo = Demo::start(&dir, first);
    let mut story = demo.until("six companies send their files");
    // one node of each kind: a validator with companies of its own, which send elsewhere then
    let nodes = children(demo.child.id());
    assert_eq!(nodes.len(), 5);
    signal("-KILL", nodes[0]);
    story.push_str(&demo.until("press Ctrl-C"));
    for expect in [
        "NODE north was ended by signal 9 (SIGKILL)",
        "3 of 4 validators run, and 3 are enough: the chain goes on",
        "every file got the answer that it should get",
    ] {
        assert!(story.contains(expect), "{expect}:\n{story}");
    }
    signal("-KILL", nodes[1]);
    let told = demo.until("node run 'demo data/south'");
    assert!(
        told.contains("NODE south was ended by signal 9 (SIGKILL)"),
        "{told}"
    );
    assert!(
        told.contains("2 of 4 validators run, and the chain needs 3: it stands still"),
        "{told}"
    );

    // the command that it prints works, and it notices
    let again = told.lines().last().unwrap();
    let command = again.trim_start().strip_prefix("$ ").unwrap();
    let log = std::fs::File::create(dir.path().join("again.log")).unwrap();
    let mut south = Command::new("sh")
        .args(["-c", &format!("exec {command}")])
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let told = demo.until("the chain goes on");
    assert!(told.contains("south runs again"), "{told}");

    for pid in &nodes[2..] {
        signal("-KILL", *pid);
    }
    south.kill().unwrap();
    south.wait().unwrap();
    assert_eq!(demo.child.wait().unwrap().code(), Some(2));
    let text = demo.errors();
    assert!(
        text.contains("error [network-ended] at demo data:"),
        "{text}"
    );
}

#[test]
fn a_node_that_dies_ends_a_measurement() {
    let dir = Directory::new();
    let first = support::directory::free_ports(8);
    let mut bench = Command::new(PROGRAM)
        .args(["bench", "overload", "--transactions", "4000"])
        .args(["--first-port", &first.to_string()])
        .current_dir(dir.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let victim = first_child(bench.id());
    // once it serves, the load is made or under way
    let log = || {
        let path = dir
            .path()
            .join(format!("bench-{}/validator-1/node.log", bench.id()));
        std::fs::read_to_string(path).unwrap_or_default()
    };
    let begun = Instant::now();
    while !log().contains("serving") {
        assert!(begun.elapsed() < END, "{}", log());
        std::thread::sleep(Duration::from_millis(20));
    }
    signal("-KILL", victim);
    assert_eq!(bench.wait().unwrap().code(), Some(2));
    let text = read(bench.stderr.take().unwrap());
    for expect in [
        "[node-ended]",
        "section overload failed",
        "node validator-1 was ended by signal 9",
    ] {
        assert!(text.contains(expect), "{expect}: {text}");
    }
}

fn first_child(parent: u32) -> u32 {
    let begun = Instant::now();
    loop {
        if let Some(pid) = children(parent).first() {
            return *pid;
        }
        assert!(begun.elapsed() < END, "{parent} has no child");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn read(mut from: impl std::io::Read) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).unwrap();
    text
}

struct Demo {
    child: Child,
    output: BufReader<std::process::ChildStdout>,
}

impl Demo {
    fn start(dir: &Directory, first: u16) -> Self {
        let mut child = Command::new(PROGRAM)
            .args([
                "demo",
                "--dir",
                "demo data",
                "--first-port",
                &first.to_string(),
            ])
            .current_dir(dir.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        Self { child, output }
    }

    /// What it tells until it is done and the network is left running.
    fn story(&mut self) -> String {
        self.until("press Ctrl-C")
    }

    /// What it tells up to a line that says so.
    fn until(&mut self, end: &str) -> String {
        let mut told = String::new();
        while !told.contains(end) {
            let read = self.output.read_line(&mut told).unwrap();
            assert!(read > 0, "it broke off before {end:?}:\n{told}");
        }
        told
    }

    /// Why it failed.
    fn errors(&mut self) -> String {
        read(self.child.stderr.take().unwrap())
    }

    fn interrupt(&self) {
        signal("-INT", self.child.id());
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
