//! Tells the stories beside the rules, and those of a folder named by `PANGOLIN_STORIES`.
//!
//! Together they meet every reason of the profile itself, and every reason of the ledger that a trading partner meets.

mod support;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use pangolin_profiles::{customs, pharma};
use serde_json::Value;
use support::story;

/// The file with the parties of all stories.
const CAST: &str = "cast.json";
/// The file with what stories begin with.
const GIVEN: &str = "given.json";

/// The stories of an industry.
fn folder_of(industry: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("src/{industry}/vectors"))
}

fn folder() -> PathBuf {
    folder_of("pharma")
}

fn read(path: &Path) -> Value {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ext| ext == "json"))
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name != CAST && name != GIVEN)
        })
        .collect();
    files.sort();
    files
}

/// Cast and preludes may be a folder's own.
fn own_or_ours(other: &Path, name: &str) -> PathBuf {
    let own = other.join(name);
    if own.is_file() {
        own
    } else {
        folder().join(name)
    }
}

/// Tells all stories of a folder, under the rules of that name unless they name others; returns how many, and the codes met.
fn tell_all(rules: &str, folder: &Path) -> (usize, BTreeSet<String>) {
    let (cast, given) = (
        read(&own_or_ours(folder, CAST)),
        read(&own_or_ours(folder, GIVEN)),
    );
    let (mut told, mut codes, mut wrong) = (0, BTreeSet::new(), Vec::new());
    for path in files(folder) {
        let file = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let stories = match read(&path) {
            Value::Array(stories) => stories,
            story => vec![story],
        };
        for one in stories {
            let title = one
                .get("title")
                .and_then(Value::as_str)
                .unwrap_or("without title")
                .to_owned();
            told += 1;
            match story::tell(rules, &cast, &given, &one) {
                Ok(met) => codes.extend(met),
                Err(error) => wrong.push(format!("{file}: {title}: {error}")),
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    (told, codes)
}

#[test]
fn stories_come_out_as_they_say() {
    let (told, codes) = tell_all("pharma-strict", &folder());
    println!("{told} stories, {} codes", codes.len());
    for reason in pharma::REASONS {
        assert!(
            codes.contains(reason.code),
            "no story meets {}",
            reason.code
        );
    }
    let trade = pharma::rules::all()
        .into_iter()
        .filter(|rule| !rule.text.is_empty());
    let unmet: Vec<_> = trade
        .map(|rule| rule.code)
        .filter(|code| !codes.contains(*code))
        .collect();
    assert!(unmet.is_empty(), "no story meets {unmet:?}");
}

#[test]
fn stories_of_the_border_come_out_as_they_say() {
    let (told, codes) = tell_all("customs", &folder_of("customs"));
    println!("{told} stories, {} codes", codes.len());
    let told = customs::rules::all().into_iter();
    let told = told.filter(|rule| !rule.text.is_empty());
    let unmet: Vec<_> = told
        .map(|rule| rule.code)
        .filter(|code| !codes.contains(*code))
        .collect();
    assert!(unmet.is_empty(), "no story meets {unmet:?}");
}

#[test]
fn stories_of_others_come_out_as_they_say() {
    let Some(other) = std::env::var_os("PANGOLIN_STORIES").map(PathBuf::from) else {
        return;
    };
    println!("{} stories", tell_all("pharma-strict", &other).0);
}

#[test]
fn a_story_that_goes_another_way_is_told_so() {
    let (cast, given) = (read(&folder().join(CAST)), read(&folder().join(GIVEN)));
    let story: Value = serde_json::from_str(
        r#"{"title": "x", "steps": [{"by": "maker", "expect": "applied",
        "events": [{"action": "ADD", "bizStep": "commissioning", "epcList": ["urn:epc:id:sgtin:030001.0012345.1"]}]}]}"#,
    )
    .unwrap();
    let error = story::tell("pharma-strict", &cast, &given, &story).unwrap_err();
    assert_eq!(
        error,
        r#"step 0 (): expected ["applied"], got ["refused lot-missing"]"#
    );
    let typo: Value = serde_json::from_str(r#"{"title": "x", "stepps": []}"#).unwrap();
    assert!(
        story::tell("pharma-strict", &cast, &given, &typo)
            .unwrap_err()
            .contains("stepps")
    );
}

#[test]
fn the_table_of_rules_names_stories_that_exist() {
    let titles: BTreeSet<String> = files(&folder())
        .iter()
        .flat_map(|path| match read(path) {
            Value::Array(stories) => stories,
            story => vec![story],
        })
        .filter_map(|story| Some(story.get("title")?.as_str()?.to_owned()))
        .collect();
    let table = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let rows: Vec<Vec<&str>> = table
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    assert!(rows.len() > 30, "{}", rows.len());
    for row in rows {
        let [_, valid, invalid] = row[..] else {
            panic!("{row:?} has not three cells")
        };
        for title in [valid, invalid] {
            assert!(titles.contains(title), "no story is called {title:?}");
        }
    }
}
