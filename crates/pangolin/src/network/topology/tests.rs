//! Tests of the file and of the directories; that the processes run is shown by the black-box tests.

use std::path::PathBuf;

use super::{
    file::{Link, Topology},
    make::Home,
    *,
};
use crate::failure::Failure;

const GOOD: &str = r#"
format = "pangolin-network/1"
first_port = 0

[[chain]]
name = "north"
profile = "pharma-strict"
validators = ["makers", "hospitals"]
observers = ["office"]

[[chain.member]]
slug = "acme"
name = "Acme"
id = "0366159000019"
roles = ["manufacturer"]
prefixes = ["036615"]
home = "validator-2"

[[chain]]
name = "border"
title = "The border"
profile = "customs"
heartbeat_ms = 500
validators = ["customs"]
regulator = "Customs office"

[[chain.member]]
slug = "swift"
name = "Swift"
id = "0377777777771"
roles = ["carrier"]

[[link]]
between = ["north", "border"]
freshness_ms = 5000

[[relay]]
name = "mule"
chains = ["north", "border"]
party = "urn:example:mule"
"#;

fn problems(text: &str) -> Vec<(String, String)> {
    let problems = Topology::parse(text).err().map(|problems| problems.0);
    let problems = problems.unwrap_or_default();
    assert!(problems.iter().all(|problem| !problem.remedy.is_empty()));
    problems
        .into_iter()
        .map(|problem| (problem.place, problem.what))
        .collect()
}

#[test]
fn a_file_is_read() {
    let topology = Topology::parse(GOOD).unwrap();
    assert_eq!((topology.nodes(), topology.chains.len()), (4, 2));
    let [north, border] = &topology.chains[..] else {
        panic!("two chains")
    };
    assert_eq!(
        (north.title.as_str(), border.title.as_str()),
        ("north chain", "The border")
    );
    assert_eq!((north.heartbeat_ms, border.heartbeat_ms), (1_000, 500));
    assert_eq!(border.rules.name, "customs");
    assert_eq!(border.regulator.name, "Customs office");
    assert_eq!(
        north.validators[1],
        ("validator-2".into(), "hospitals".into())
    );
    let slugs = |chain: &file::Chain| {
        let companies = chain.companies.iter();
        companies
            .map(|company| company.slug.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        slugs(north),
        ["acme", "mule"],
        "a relay is a member where it serves"
    );
    assert_eq!(
        (north.companies[0].home, slugs(border)),
        (1, vec!["swift".into(), "mule".into()])
    );
    assert!(border.companies[1].member.roles.is_empty());
    let link = |on, of| Link {
        on,
        of,
        freshness_ms: 5_000,
    };
    assert_eq!(topology.links, [link(0, 1), link(1, 0)]);
    let one = GOOD.replace("freshness_ms = 5000", "one_way = true");
    let links = Topology::parse(&one).unwrap().links;
    assert_eq!(
        (links.len(), links[0].on, links[0].freshness_ms),
        (1, 0, 60_000)
    );
    let lines = described(&topology).join("\n");
    for expect in [
        "rules customs",
        "knows north, whose word may be 5000 ms old",
        "5 processes",
    ] {
        assert!(lines.contains(expect), "{expect}: {lines}");
    }
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    for (from, to, place, what) in [
        ("network/1", "network/9", "/format", "no format"),
        (
            "\"north\"\nprofile",
            "\"North\"\nprofile",
            "/chain/0/name",
            "a to z",
        ),
        ("pharma-strict", "toys", "/chain/0/profile", "no rules"),
        (
            "heartbeat_ms = 500",
            "heartbeat_ms = 5",
            "/chain/1/heartbeat_ms",
            "100 to 60000",
        ),
        ("[\"customs\"]", "[]", "/chain/1/validators", "1 to 16"),
        (
            "[\"customs\"]",
            "[\"\"]",
            "/chain/1/validators/0",
            "no name",
        ),
        (
            "\"manufacturer\"",
            "\"carrier\"",
            "/chain/0/member/0/roles/0",
            "no role",
        ),
        (
            "validator-2",
            "validator-9",
            "/chain/0/member/0/home",
            "no validator",
        ),
        (
            "\"acme\"",
            "\"regulator\"",
            "/chain/0/member/0/slug",
            "is taken",
        ),
        (
            "0366159000019",
            "0366159000018",
            "/chain/0/member",
            "neither a GLN",
        ),
        ("\"036615\"", "\"1\"", "/chain/0/member", "company prefix"),
        (
            "between = [\"north\", \"border\"]",
            "between = [\"north\", \"sea\"]",
            "/link/0/between/1",
            "no chain \"sea\"",
        ),
        (
            "between = [\"north\", \"border\"]",
            "between = [\"north\"]",
            "/link/0/between",
            "two or more",
        ),
        (
            "between = [\"north\", \"border\"]",
            "between = [\"north\", \"north\"]",
            "/link/0/between",
            "two or more",
        ),
        (
            "freshness_ms = 5000",
            "freshness_ms = 0",
            "/link/0/freshness_ms",
            "that fresh",
        ),
        (
            "chains = [\"north\", \"border\"]",
            "chains = [\"north\"]",
            "/relay/0/chains",
            "two chains",
        ),
        ("urn:example:mule", "the mule", "/relay/0/party", "neither"),
        ("\"mule\"", "\"acme\"", "/relay", "same name or party"),
        (
            "first_port = 0",
            "first_port = 0\ncolour = 1",
            "line 4",
            "unknown field",
        ),
        (
            "first_port = 0",
            "first_port = 65535",
            "/first_port",
            "there are 1 from it on",
        ),
        ("[[link]]", "[[link]", "line 33", ""),
    ] {
        assert!(GOOD.contains(from), "{from}");
        let found = problems(&GOOD.replacen(from, to, 1));
        let told = found
            .iter()
            .any(|(at, said)| at == place && said.contains(what));
        assert!(told, "{place} {what}: {found:?}");
    }
    assert!(
        problems("format = \"pangolin-network/1\"")
            .iter()
            .any(|(at, _)| at == "/chain")
    );
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let bad = GOOD
        .replace("pharma-strict", "toys")
        .replace("heartbeat_ms = 500", "heartbeat_ms = 5");
    let problems = Topology::parse(&bad).unwrap_err();
    let failure = problems.failure(&PathBuf::from("net.toml"));
    let json = failure.json();
    assert_eq!(json["code"], "network-file");
    assert_eq!(json["place"], "net.toml");
    let message = json["message"].as_str().unwrap();
    assert!(message.starts_with("2 things are wrong\n"), "{message}");
    for place in ["/chain/0/profile", "/chain/1/heartbeat_ms"] {
        let line = message
            .lines()
            .find(|line| line.starts_with(&format!("  {place}: ")));
        assert!(
            line.is_some_and(|line| line.contains("; do: ")),
            "{message}"
        );
    }
    let alone = GOOD.replace("pharma-strict", "toys");
    let alone = Topology::parse(&alone).unwrap_err();
    let alone = alone.failure(&PathBuf::from("net.toml")).json();
    assert_eq!(alone["place"], "net.toml: /chain/0/profile");
    assert!(
        alone["remedy"].as_str().unwrap().contains("customs"),
        "{alone}"
    );
    let twice = GOOD.to_owned() + "[[link]]\nbetween = [\"border\", \"north\"]\n";
    let found = self::problems(&twice);
    assert_eq!(found.len(), 2, "each way is said before: {found:?}");
}

#[test]
fn a_network_is_made_once_and_found_again() {
    let dir = std::env::temp_dir().join(format!("pangolin-topology-{}", std::process::id()));
    let topology = Topology::parse(GOOD).unwrap();
    let chains = |topology: &Topology| {
        let mut home = Home::open(&dir)?;
        let made = home.chains(topology, &mut rand::rng())?;
        let seen = made.iter();
        let seen = seen.map(|chain| (chain.genesis.chain.to_string(), chain.found));
        anyhow::Ok(seen.collect::<Vec<_>>())
    };
    let first = chains(&topology).unwrap();
    assert!(first.iter().all(|(_, found)| !found));
    // what an interrupted start leaves
    std::fs::create_dir_all(dir.join(".making/keys")).unwrap();
    let again = chains(&topology).unwrap();
    assert!(again.iter().all(|(_, found)| *found));
    let ids = |seen: &[(String, bool)]| seen.iter().map(|(id, _)| id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&first), ids(&again));
    assert!(!dir.join(".making").exists());

    let code = |text: &str| {
        let error = chains(&Topology::parse(text).unwrap()).unwrap_err();
        Failure::of(&error).json()["code"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(code(&GOOD.replace("Swift", "Slow")), "network-differs");
    // one more chain is made beside those that are there
    let more = format!(
        "{GOOD}\n[[chain]]\nname = \"south\"\nprofile = \"pharma-lenient\"\nvalidators = [\"a\"]\n"
    );
    let grown = chains(&Topology::parse(&more).unwrap()).unwrap();
    assert_eq!((ids(&grown[..2]), grown[2].1), (ids(&first), false));

    let home = Home::open(&dir).unwrap();
    assert_eq!(code(GOOD), "network-runs");
    drop(home);
    std::fs::remove_file(dir.join(".pangolin-network")).unwrap();
    assert_eq!(code(GOOD), "directory-taken");
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn a_registry_is_read_and_what_is_wrong_with_it_is_told() {
    let with = |text: &str| format!("{GOOD}[[registry]]\n{text}");
    let topology = Topology::parse(&with("chain = \"border\"\nword_ms = 9\n")).unwrap();
    let registry = &topology.registries[0];
    assert_eq!(
        (&registry.records[..], &registry.followers[..]),
        (&[0][..], &[0][..])
    );
    assert_eq!((registry.freshness_ms, registry.word_ms), (60_000, Some(9)));
    let said = described(&topology).join("\n");
    assert!(
        said.contains("registry border records north; it is followed by north"),
        "{said}"
    );
    for (text, place, what) in [
        ("chain = \"sea\"", "/registry/0/chain", "no chain \"sea\""),
        (
            "chain = \"border\"\nrecords = [\"border\"]",
            "/registry/0/records",
            "itself",
        ),
        (
            "chain = \"border\"\nfollowers = [\"sea\"]",
            "/registry/0/followers/0",
            "no chain \"sea\"",
        ),
        (
            "chain = \"border\"\nword_ms = 0",
            "/registry/0/word_ms",
            "that fresh",
        ),
        (
            "chain = \"border\"\n[[registry]]\nchain = \"border\"",
            "/registry/1/chain",
            "described before",
        ),
    ] {
        let found = problems(&with(text));
        let mut told = found.iter();
        let told = told.any(|(at, said)| at == place && said.contains(what));
        assert!(told, "{place} {what}: {found:?}");
    }
    // what is recorded reaches nobody whom no relay serves
    let (before, _) = GOOD.split_once("[[relay]]").unwrap();
    let found = problems(&format!("{before}[[registry]]\nchain = \"border\"\n"));
    assert_eq!(found[0].0, "/registry/0/followers");
    assert!(found[0].1.contains("no relay carries"), "{found:?}");
}

#[test]
fn the_files_that_the_documents_show_are_well_described() {
    for text in [
        include_str!("../../../../../docs/operating/networks/three-chains.toml"),
        include_str!("../../../../../docs/operating/networks/with-registry.toml"),
    ] {
        assert_eq!(problems(text), Vec::new());
    }
}
