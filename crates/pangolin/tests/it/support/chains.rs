//! Several chains of real processes from one file, as `pangolin network up` starts them, in a directory of the test's own.
//!
//! ```ignore
//! let chains = Chains::new(FILE);
//! chains.once();                      // made, and ended again
//! let running = chains.start();       // goes on until the value ends
//! chains.ask("north", "acme", &running.url("north"), &["chains", "list"]);
//! ```

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use super::{
    Directory, PROGRAM, Process, Ran, directory::free_ports, events::document, run, trade::CARRIER,
};

/// A network of chains as a file, and what became of it.
pub(crate) struct Chains {
    /// Its directory, with `net.toml`, and with `net` once it was started.
    pub(crate) dir: Directory,
}

/// Chains that run.
pub(crate) struct Running {
    /// What was said about them.
    pub(crate) told: String,
    /// The process of `network up`.
    pub(crate) process: Process,
}

impl Chains {
    /// Writes the file of a network.
    pub(crate) fn new(file: &str) -> Self {
        let dir = Directory::new();
        fs::write(dir.path().join("net.toml"), file).unwrap();
        Self { dir }
    }

    /// Starts a network whose nodes list the carrier on these chains.
    pub(crate) fn carried(file: &str, names: &[&str]) -> (Self, Running) {
        let chains = Self::new(file);
        chains.once();
        for name in names {
            chains.lists(name, &[CARRIER.id]);
        }
        let running = chains.start();
        (chains, running)
    }

    /// A path within what `network up` makes.
    pub(crate) fn path(&self, within: &str) -> PathBuf {
        self.dir.path().join("net").join(within)
    }

    /// A start that ends again when all is done.
    pub(crate) fn up(&self, more: &[&str]) -> Ran {
        let (file, data) = (self.dir.path().join("net.toml"), self.path(""));
        let args = ["network", "up", text(&file), "--dir", text(&data), "--exit"];
        run(args.iter().chain(more))
    }

    /// The same, which must succeed: what it says.
    pub(crate) fn once(&self) -> String {
        let ran = self.up(&[]);
        assert_eq!(ran.code, 0, "{ran:?}");
        ran.stdout
    }

    /// Starts it and waits until all is done.
    pub(crate) fn start(&self) -> Running {
        let mut command = Command::new(PROGRAM);
        command
            .args(["network", "up", "net.toml", "--dir", "net"])
            .current_dir(self.dir.path());
        let (process, told) = Process::start_until(&mut command, "press Ctrl-C");
        Running { told, process }
    }

    /// The secret key file of a member, or of the `regulator`, of a chain.
    pub(crate) fn key(&self, chain: &str, who: &str) -> PathBuf {
        self.path(&format!("{chain}/keys/{who}.key"))
    }

    /// The genesis file of a chain.
    pub(crate) fn genesis(&self, chain: &str) -> PathBuf {
        self.path(&format!("{chain}/genesis.json"))
    }

    /// The identity of a chain.
    pub(crate) fn identity(&self, chain: &str) -> String {
        let genesis = self.genesis(chain);
        let shown = run(["--output", "json", "genesis", "show", text(&genesis)]);
        shown.value()["chain"].as_str().unwrap().to_owned()
    }

    /// Lets the node of a chain list whoever may read everything, as relays have to. Before it is started.
    pub(crate) fn lists(&self, chain: &str, relays: &[&str]) {
        let file = self.path(&format!("{chain}/validator-1/node.toml"));
        let config = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("relays = {relays:?}\n{config}")).unwrap();
    }

    /// A command to a node, signed with the key of one of a chain's members.
    pub(crate) fn ask(&self, chain: &str, who: &str, node: &str, args: &[&str]) -> Ran {
        let key = self.key(chain, who);
        let who = ["--node", node, "--key", text(&key)];
        run(args.iter().chain(&who))
    }

    /// Captures events as a member of a chain.
    pub(crate) fn capture(
        &self,
        chain: &str,
        who: &str,
        node: &str,
        events: &[Value],
        more: &[&str],
    ) -> Ran {
        let file = self.dir.path().join("document.json");
        fs::write(&file, document(events)).unwrap();
        let args = [&["capture", text(&file)], more].concat();
        self.ask(chain, who, node, &args)
    }

    /// A relay between chains, each by a node of it, for a party whose key the network made as `carrier`, with more in its file; and where
    /// it serves its status. What it logs is in `relay.log`.
    pub(crate) fn relay(
        &self,
        nodes: &[(&str, &str)],
        party: &str,
        more: &str,
    ) -> (Process, String) {
        let listen = format!("127.0.0.1:{}", free_ports(1));
        let mut config = format!("listen = \"{listen}\"\n");
        for (chain, node) in nodes {
            let _ = write!(
                config,
                "[[chain]]\nname = \"{chain}\"\ngenesis = \"net/{chain}/genesis.json\"\nnode = \"{node}\"\n\
                 party = \"{party}\"\nkey = \"net/{chain}/keys/carrier.key\"\n"
            );
        }
        config.push_str(more);
        let file = self
            .dir
            .path()
            .join(format!("relay-{}.toml", &listen[10..]));
        fs::write(&file, config).unwrap();
        let mut command = Command::new(PROGRAM);
        let log = fs::File::create(self.dir.path().join("relay.log")).unwrap();
        command.args(["relay", "run"]).arg(file).stderr(log);
        (Process::start(&mut command), format!("http://{listen}"))
    }

    /// A command to a node, signed by the regulator of a chain.
    pub(crate) fn decide(&self, chain: &str, node: &str, args: &[&str]) -> Ran {
        let party = format!("urn:pangolin:network:{chain}:regulator");
        let args = [args, &["--party", &party]].concat();
        self.ask(chain, "regulator", node, &args)
    }
}

impl Running {
    /// Where the first node of a chain answers.
    pub(crate) fn url(&self, chain: &str) -> String {
        self.address_after(&format!("\nchain {chain} ("))
    }

    /// Where a relay of the file serves its status.
    pub(crate) fn relay(&self, name: &str) -> String {
        self.address_after(&format!("relay {name} carries"))
    }

    fn address_after(&self, words: &str) -> String {
        let (_, rest) = self.told.split_once(words).unwrap();
        let (_, rest) = rest.split_once("http://").unwrap();
        format!("http://{}", rest.split('/').next().unwrap())
    }
}

/// A path as an argument.
pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
