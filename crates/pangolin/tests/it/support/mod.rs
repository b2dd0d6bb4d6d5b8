//! A network of real processes for the black-box tests: four validators and an observer on free ports of this machine, in a
//! directory of its own, with the six companies of the synthetic industry as members.
//!
//! ```ignore
//! let mut network = Network::start();
//! let file = network.file(&documents[0]);
//! assert_eq!(network.capture(&documents[0].sender.slug, &file).code, 0);
//! network.kill("validator-2");
//! network.restart("validator-2");
//! ```
//!
//! The network ends with its value. Its directory is removed unless the test fails or `PANGOLIN_KEEP` is set.

pub(crate) mod carrier;
pub(crate) mod chains;
pub(crate) mod dice;
pub(crate) mod directory;
pub(crate) mod events;
pub(crate) mod http;
pub(crate) mod members;
pub(crate) mod process;
pub(crate) mod program;
pub(crate) mod scripted;
pub(crate) mod signed;
pub(crate) mod trade;

use std::{
    fs::{self, File},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use pangolin_sandbox::industry::Document;
use serde_json::Value;

pub(crate) use chains::Chains;
pub(crate) use directory::Directory;
pub(crate) use members::Member;
pub(crate) use process::Process;
pub(crate) use program::{PROGRAM, Ran, run, run_with};

/// Names of the nodes: validators, then the observer.
pub(crate) const NODES: [&str; 5] = [
    "validator-1",
    "validator-2",
    "validator-3",
    "validator-4",
    "observer",
];
/// Longest wait for anything, in a debug build on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// Time between two looks at something that is waited for.
const STEP: Duration = Duration::from_millis(50);

/// A node of the network.
pub(crate) struct Node {
    /// Its name.
    pub(crate) name: String,
    /// Its directory.
    pub(crate) dir: PathBuf,
    /// Where it serves HTTP.
    pub(crate) http: SocketAddr,
    /// Where its peers reach it.
    pub(crate) listen: SocketAddr,
    child: Option<Child>,
}

impl Node {
    /// A node in a directory of its own, which does not run.
    pub(crate) fn new(name: &str, dir: PathBuf, http: SocketAddr, listen: SocketAddr) -> Self {
        Self {
            name: name.to_owned(),
            dir,
            http,
            listen,
            child: None,
        }
    }

    /// Its address, for `--node`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.http)
    }

    /// Everything it has logged.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.dir.join("node.log")).unwrap_or_default()
    }
}

/// A network of processes.
pub(crate) struct Network {
    /// Its directory.
    pub(crate) dir: Directory,
    /// Its nodes, in the order of [`NODES`].
    pub(crate) nodes: Vec<Node>,
    /// Its members but the regulator.
    pub(crate) members: Vec<Member>,
}

impl Network {
    /// Makes a network and starts all of it.
    pub(crate) fn start() -> Self {
        Self::start_with(members::members())
    }

    /// Makes a network with these members and starts all of it.
    pub(crate) fn start_with(members: Vec<Member>) -> Self {
        let mut network = Self::prepare_with(members);
        for name in NODES {
            network.begin(name);
        }
        for name in NODES {
            network.wait_ready(name);
        }
        network
    }

    /// Makes the files of a network and starts nothing.
    pub(crate) fn prepare_with(members: Vec<Member>) -> Self {
        Self::prepare_saying(members, &[])
    }

    /// The same, with epochs of so many blocks.
    pub(crate) fn prepare_with_epochs(members: Vec<Member>, blocks: u64) -> Self {
        Self::prepare_saying(members, &["--epoch-blocks", &blocks.to_string()])
    }

    fn prepare_saying(members: Vec<Member>, more: &[&str]) -> Self {
        let dir = Directory::new();
        let file = dir.path().join("members.toml");
        fs::write(&file, members::toml(&members)).unwrap();
        let base = dir.path().join("network");
        let first = directory::free_ports(2 * u16::try_from(NODES.len()).unwrap());
        let (path, port) = (base.to_str().unwrap(), first.to_string());
        let said = [
            "genesis",
            "trusted-dealer",
            path,
            "--first-port",
            &port,
            "--members",
        ];
        let made = run(said.iter().chain(&[file.to_str().unwrap()]).chain(more));
        assert_eq!(made.code, 0, "{made:?}");
        let count = u16::try_from(NODES.len()).unwrap();
        let nodes = NODES.iter().zip(first..).map(|(name, port)| Node {
            name: (*name).to_owned(),
            dir: base.join(name),
            http: SocketAddr::from(([127, 0, 0, 1], port + count)),
            listen: SocketAddr::from(([127, 0, 0, 1], port)),
            child: None,
        });
        Self {
            nodes: nodes.collect(),
            dir,
            members,
        }
    }

    /// The genesis file.
    pub(crate) fn genesis(&self) -> PathBuf {
        self.dir.path().join("network/genesis.json")
    }

    /// A node.
    pub(crate) fn node(&self, name: &str) -> &Node {
        self.nodes.iter().find(|node| node.name == name).unwrap()
    }

    fn node_mut(&mut self, name: &str) -> &mut Node {
        self.nodes
            .iter_mut()
            .find(|node| node.name == name)
            .unwrap()
    }

    /// What a node has logged since its log was last taken away.
    pub(crate) fn take_log(&self, name: &str) -> String {
        let node = self.node(name);
        let log = node.log();
        // the process that writes has it open for appending, and goes on at its end
        let earlier = node.dir.join("earlier.log");
        let mut all = fs::read_to_string(&earlier).unwrap_or_default();
        all.push_str(&log);
        fs::write(earlier, all).unwrap();
        let _cut = File::create(node.dir.join("node.log")).unwrap();
        log
    }

    /// All that a node logged until [`Network::take_log`] was called last.
    pub(crate) fn whole_log(&self, name: &str) -> String {
        fs::read_to_string(self.node(name).dir.join("earlier.log")).unwrap_or_default()
    }

    /// The process of a node that runs.
    pub(crate) fn pid(&self, name: &str) -> Option<u32> {
        self.node(name).child.as_ref().map(Child::id)
    }

    /// Starts a node without waiting for it.
    pub(crate) fn begin(&mut self, name: &str) {
        self.begin_with(name, &[]);
    }

    /// Starts a node with more environment, without waiting for it.
    pub(crate) fn begin_with(&mut self, name: &str, environment: &[(&str, &str)]) {
        self.begin_command(name, Command::new(PROGRAM), environment, &[]);
    }

    /// Starts a node from a shell that first does something to what the process may use.
    pub(crate) fn begin_after(&mut self, name: &str, first: &str) {
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{first}; exec \"$0\" \"$@\""), PROGRAM]);
        self.begin_command(name, shell, &[], &[]);
    }

    /// Starts a node with more arguments, without waiting for it.
    pub(crate) fn begin_saying(&mut self, name: &str, arguments: &[&str]) {
        self.begin_command(name, Command::new(PROGRAM), &[], arguments);
    }

    fn begin_command(
        &mut self,
        name: &str,
        mut command: Command,
        environment: &[(&str, &str)],
        arguments: &[&str],
    ) {
        let node = self.node_mut(name);
        assert!(node.child.is_none(), "{name} runs already");
        let log = File::options()
            .create(true)
            .append(true)
            .open(node.dir.join("node.log"))
            .unwrap();
        // the end of the input, which comes with the end of the test, however that ends, stops the node
        let child = command
            .args(["node", "run", "--until-input-ends"])
            .arg(&node.dir)
            .args(arguments)
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        node.child = Some(child);
    }

    /// Waits until a node says that it can be relied upon.
    pub(crate) fn wait_ready(&mut self, name: &str) {
        let begun = Instant::now();
        let address = self.node(name).http;
        while http::get(address, "/readyz", None).is_none_or(|answer| answer.status != 200) {
            let node = self.node_mut(name);
            let ended = node
                .child
                .as_mut()
                .and_then(|child| child.try_wait().unwrap());
            assert!(
                ended.is_none(),
                "{name} ended with {ended:?}:\n{}",
                node.log()
            );
            assert!(
                begun.elapsed() < PATIENCE,
                "{name} is not ready after {PATIENCE:?}:\n{}",
                node.log()
            );
            std::thread::sleep(STEP);
        }
    }

    /// Waits until a node answers, whether or not it can be relied upon.
    pub(crate) fn wait_answers(&self, name: &str) {
        let begun = Instant::now();
        while self.status(name).is_none() {
            assert!(
                begun.elapsed() < PATIENCE,
                "{name} does not answer:\n{}",
                self.node(name).log()
            );
            std::thread::sleep(STEP);
        }
    }

    /// Waits until a validator votes: one that lost its record of its votes abstains for a while.
    pub(crate) fn wait_votes(&self, name: &str) {
        let begun = Instant::now();
        while self
            .status(name)
            .is_none_or(|status| status["validator"] != true)
        {
            assert!(
                begun.elapsed() < PATIENCE,
                "{name} does not vote:\n{}",
                self.node(name).log()
            );
            std::thread::sleep(STEP);
        }
    }

    /// Waits until a node is ready (`true`) or has ended by itself.
    pub(crate) fn ready_or_ended(&mut self, name: &str) -> bool {
        let begun = Instant::now();
        let address = self.node(name).http;
        loop {
            let node = self.node_mut(name);
            if node.child.as_mut().unwrap().try_wait().unwrap().is_some() {
                node.child = None;
                return false;
            }
            if http::get(address, "/readyz", None).is_some_and(|answer| answer.status == 200) {
                return true;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{name}:\n{}",
                self.node(name).log()
            );
            std::thread::sleep(STEP);
        }
    }

    /// Kills a node at once, as a power cut of its process would.
    pub(crate) fn kill(&mut self, name: &str) {
        let mut child = self.node_mut(name).child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Sends SIGTERM to a node and waits for its end.
    pub(crate) fn terminate(&mut self, name: &str) -> ExitStatus {
        let pid = self.pid(name).unwrap().to_string();
        let sent = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(sent.success());
        self.wait_end(name)
    }

    /// Closes the input of a node, as the end of this process would.
    pub(crate) fn close_input(&mut self, name: &str) {
        drop(self.node_mut(name).child.as_mut().unwrap().stdin.take());
    }

    /// Waits until a node ends by itself.
    pub(crate) fn wait_end(&mut self, name: &str) -> ExitStatus {
        let begun = Instant::now();
        loop {
            let node = self.node_mut(name);
            if let Some(status) = node.child.as_mut().unwrap().try_wait().unwrap() {
                node.child = None;
                return status;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{name} has not ended:\n{}",
                node.log()
            );
            std::thread::sleep(STEP);
        }
    }

    /// Starts a node that does not run, and waits until it can be relied upon.
    pub(crate) fn restart(&mut self, name: &str) {
        self.begin(name);
        self.wait_ready(name);
    }

    /// The secret key file of a member, or of the `regulator`.
    pub(crate) fn key(&self, slug: &str) -> PathBuf {
        self.dir.path().join(format!("network/keys/{slug}.key"))
    }

    /// The development token of a member, or of the `regulator`.
    pub(crate) fn token(slug: &str) -> String {
        format!("demo-token-{slug}")
    }

    /// A member.
    pub(crate) fn member(&self, slug: &str) -> &Member {
        self.members
            .iter()
            .find(|member| member.slug == slug)
            .unwrap()
    }

    /// The node that captures for a member.
    pub(crate) fn home(&self, slug: &str) -> &Node {
        self.node(&self.member(slug).home)
    }

    /// Writes a document of the synthetic industry as a file.
    pub(crate) fn file(&self, document: &Document) -> PathBuf {
        let folder = self.dir.path().join("files");
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(document.file_name());
        fs::write(&path, document.bytes().unwrap()).unwrap();
        path
    }

    /// `pangolin capture` of a file by a member at its own node, with requests signed by its key; JSON output.
    pub(crate) fn capture(&self, slug: &str, file: &Path) -> Ran {
        let node = self.home(slug).url();
        let key = self.key(slug);
        run([
            "--output",
            "json",
            "capture",
            file.to_str().unwrap(),
            "--node",
            &node,
            "--key",
            key.to_str().unwrap(),
        ])
    }

    /// A command to a node, signed by the regulator: `args`, then `--node` and `--key`.
    pub(crate) fn ask(&self, name: &str, args: &[&str]) -> Ran {
        self.ask_as("regulator", name, args)
    }

    /// A command to a node, signed by a member.
    pub(crate) fn ask_as(&self, slug: &str, name: &str, args: &[&str]) -> Ran {
        let url = self.node(name).url();
        let key = self.key(slug);
        let more = ["--node", &url, "--key", key.to_str().unwrap()];
        run(args.iter().chain(&more))
    }

    /// What a node says about itself; `None` where it does not answer.
    pub(crate) fn status(&self, name: &str) -> Option<Value> {
        let answer = http::get(self.node(name).http, "/status", None)?;
        (answer.status == 200).then(|| serde_json::from_slice(&answer.body).unwrap())
    }

    /// Waits until a node says of a validator that it is connected, or that it is not.
    pub(crate) fn wait_connected(&self, name: &str, validator: &str, connected: bool) {
        let begun = Instant::now();
        loop {
            let status = self.status(name).unwrap();
            let validators = status["validators"].as_array().unwrap();
            let found = validators.iter().find(|entry| entry["name"] == validator);
            if found.unwrap()["connected"] == connected {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{status}");
            std::thread::sleep(STEP);
        }
    }

    /// The height of a node's chain and of its index.
    pub(crate) fn heights(&self, name: &str) -> Option<(u64, u64)> {
        let status = self.status(name)?;
        Some((status["height"].as_u64()?, status["indexed"].as_u64()?))
    }

    /// Waits until a node has a block and its index has it too.
    pub(crate) fn wait_height(&self, name: &str, height: u64) {
        let begun = Instant::now();
        loop {
            let found = self.heights(name);
            if found.is_some_and(|(chain, index)| chain >= height && index >= height) {
                return;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "{name} is at {found:?} and not at {height}:\n{}",
                self.node(name).log()
            );
            std::thread::sleep(STEP);
        }
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            if let Some(mut child) = node.child.take() {
                let _ended = child.kill();
                let _ended = child.wait();
            }
        }
    }
}
