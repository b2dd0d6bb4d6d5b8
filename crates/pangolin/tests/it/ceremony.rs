//! Black box: four organisations make a chain key with real processes, one of which is killed, and run their chain.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{Directory, PATIENCE, PROGRAM, directory::free_ports, http, run};

const COUNT: u16 = 4;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Child processes end with the test, however it ends.
struct Children(Vec<Child>);

impl Drop for Children {
    fn drop(&mut self) {
        for child in &mut self.0 {
            let _ended = child.kill();
            let _waited = child.wait();
        }
    }
}

struct Stage {
    dir: Directory,
    nodes: Vec<PathBuf>,
    draft: PathBuf,
    http: u16,
}

fn prepare() -> Stage {
    let dir = Directory::new();
    let first = free_ports(2 * COUNT);
    let mut draft = String::from(
        "format = \"pangolin-draft/1\"\nname = \"ceremony test\"\nprofile = \"pharma-strict\"\nheartbeat_ms = 500\n",
    );
    let start = jiff::Timestamp::now();
    draft.extend([format!("start = \"{start:.0}\"\n")]);
    let mut nodes = Vec::new();
    for i in 0..COUNT {
        let node = dir.path().join(format!("n{i}"));
        let made = run([
            "node",
            "init",
            text(&node),
            "--name",
            &format!("n{i}"),
            "--listen",
            &format!("127.0.0.1:{}", first + i),
            "--http",
            &format!("127.0.0.1:{}", first + COUNT + i),
        ]);
        assert_eq!(made.code, 0, "{made:?}");
        let key = made
            .stdout
            .lines()
            .find_map(|line| line.strip_prefix("public key  "))
            .unwrap();
        draft.extend([format!(
            "[[validator]]\nname = \"n{i}\"\norganisation = \"o{i}\"\nkey = {key:?}\naddress = \"127.0.0.1:{}\"\n",
            first + i
        )]);
        nodes.push(node);
    }
    let officer = run(["keys", "new", text(&dir.path().join("officer.key"))]);
    let owner = officer
        .stdout
        .lines()
        .find_map(|line| line.strip_prefix("public key  "))
        .unwrap()
        .to_owned();
    draft.extend([format!(
        "[[member]]\nname = \"office\"\nid = \"urn:example:office\"\nroles = [\"governor\", \"registrar\", \"authority\"]\nowners = [{owner:?}]\n"
    )]);
    let path = dir.path().join("draft.toml");
    fs::write(&path, draft).unwrap();
    Stage {
        dir,
        nodes,
        draft: path,
        http: first + COUNT,
    }
}

fn begin(words: &[&str], log: &Path) -> Child {
    let log = File::options().create(true).append(true).open(log).unwrap();
    Command::new(PROGRAM)
        .args(words)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap()
}

fn take_part(stage: &Stage, i: usize) -> Child {
    let log = stage.dir.path().join(format!("ceremony{i}.log"));
    begin(
        &[
            "ceremony",
            "run",
            text(&stage.nodes[i]),
            "--draft",
            text(&stage.draft),
        ],
        &log,
    )
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < PATIENCE, "no {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn four_organisations_make_a_key_and_run_their_chain() {
    let stage = prepare();
    let checked = run(["genesis", "check", text(&stage.draft)]);
    assert_eq!(checked.code, 0, "{checked:?}");
    assert!(checked.stderr.is_empty(), "{checked:?}");
    let late = stage.dir.path().join("late.toml");
    let draft = fs::read_to_string(&stage.draft).unwrap();
    let start = draft
        .lines()
        .find(|line| line.starts_with("start"))
        .unwrap();
    fs::write(
        &late,
        draft.replace(start, "start = \"2019-01-01T00:00:00Z\""),
    )
    .unwrap();
    let checked = run(["genesis", "check", text(&late)]);
    assert_eq!(checked.code, 0, "{checked:?}");
    assert!(checked.stderr.contains("minutes ago"), "{checked:?}");
    // three come and get as far as they can without the fourth; then one is killed that has acknowledged the shares of others
    let mut children = Children((0..3).map(|i| take_part(&stage, i)).collect());
    wait_for("three that lack the fourth only", || {
        let said = fs::read_to_string(stage.dir.path().join("ceremony1.log")).unwrap();
        let last = said.lines().rfind(|line| line.starts_with("waiting for"));
        let lacks = |name: &str| {
            let line = format!("{name}: its log, for which it lacks the acknowledgement of n3");
            last.is_some_and(|last| {
                last.trim_start_matches("waiting for: ")
                    .split("; ")
                    .any(|part| part == line)
            })
        };
        lacks("n0") && lacks("n2")
    });
    let state = stage.nodes[1].join("ceremony.state");
    let kept = fs::read(&state).unwrap();
    children.0[1].kill().unwrap();
    children.0[1].wait().unwrap();
    assert_eq!(fs::read(&state).unwrap(), kept);
    children.0[1] = take_part(&stage, 1);
    children.0.push(take_part(&stage, 3));
    for (i, child) in children.0.iter_mut().enumerate() {
        wait_for("end of the ceremony", || {
            child.try_wait().unwrap().is_some()
        });
        let log = fs::read_to_string(stage.dir.path().join(format!("ceremony{i}.log"))).unwrap();
        assert!(child.wait().unwrap().success(), "{i}: {log}");
    }
    let genesis = fs::read(stage.nodes[0].join("genesis.json")).unwrap();
    for node in &stage.nodes {
        assert_eq!(fs::read(node.join("genesis.json")).unwrap(), genesis);
        assert!(!node.join("ceremony.state").exists());
        let mode =
            std::os::unix::fs::MetadataExt::mode(&fs::metadata(node.join("share.key")).unwrap());
        assert_eq!(mode & 0o777, 0o600);
        let record = node.join("ceremony.json");
        let good = run([
            "ceremony",
            "check",
            text(&record),
            "--genesis",
            text(&node.join("genesis.json")),
        ]);
        assert_eq!(good.code, 0, "{good:?}");
    }
    let changed = stage.dir.path().join("changed.json");
    let words = String::from_utf8(genesis)
        .unwrap()
        .replace("ceremony test", "ceremony tost");
    fs::write(&changed, words).unwrap();
    let record = stage.nodes[0].join("ceremony.json");
    assert_ne!(
        run([
            "ceremony",
            "check",
            text(&record),
            "--genesis",
            text(&changed)
        ])
        .code,
        0
    );

    let again = [
        "ceremony",
        "run",
        text(&stage.nodes[0]),
        "--draft",
        text(&late),
    ];
    let again = run(again.into_iter().chain(["--output", "json"]));
    assert_eq!(again.error()["code"], "ceremony-record-of-other-draft");

    let nodes = stage.nodes.iter().enumerate().map(|(i, node)| {
        begin(
            &["node", "run", text(node)],
            &stage.dir.path().join(format!("node{i}.log")),
        )
    });
    let _nodes = Children(nodes.collect());
    for i in 0..COUNT {
        let address = std::net::SocketAddr::from(([127, 0, 0, 1], stage.http + i));
        wait_for("node that is ready", || {
            http::get(address, "/readyz", None).is_some_and(|answer| answer.status == 200)
        });
    }
    let url = format!("http://127.0.0.1:{}", stage.http);
    let height = || {
        let status = run(["status", "--node", &url, "--output", "json"]);
        (status.code == 0)
            .then(|| status.value()["height"].as_u64())
            .flatten()
            .unwrap_or_default()
    };
    let before = height();
    wait_for("final block", || height() > before + 2);
}

#[test]
fn a_draft_that_cannot_be_used_is_refused_with_its_place() {
    let dir = Directory::new();
    let path = dir.path().join("draft.toml");
    let template = run(["genesis", "draft"]);
    assert_eq!(template.code, 0, "{template:?}");
    let place = |text: &str| {
        fs::write(&path, text).unwrap();
        let refused = run([
            "genesis",
            "check",
            path.to_str().unwrap(),
            "--output",
            "json",
        ]);
        assert_eq!(refused.code, 2, "{refused:?}");
        let error = refused.error();
        assert_eq!(error["code"], "draft", "{refused:?}");
        error["place"].as_str().unwrap().to_owned()
    };
    assert_eq!(place(&template.stdout), "/validator/0/key");
    assert_eq!(place("format = \"pangolin-draft/1\"\nname = 7\n"), "line 2");
    assert_eq!(
        place(&template.stdout.replace("start = \"", "start = \"x")),
        "/start"
    );
    assert_eq!(
        place(&template.stdout.replace("pharma-strict", "toys")),
        "/profile"
    );
}
