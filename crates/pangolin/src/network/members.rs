//! The members file of a development network: who is admitted at the genesis, and which node captures for whom.
//!
//! ```toml
//! [[member]]
//! slug = "acme"                  # name in the files of keys, and in the token
//! name = "Acme Pharma"
//! id = "0366159000019"           # GLN, or a URI
//! roles = ["manufacturer"]
//! prefixes = ["036615"]          # GS1 company prefixes it labels products under
//! home = "validator-1"           # the node that captures for it
//! ```

use anyhow::{Context as _, Result, bail};
use pangolin_profiles::{catalog::Industry, member::Member};
use serde::Deserialize;
use std::{collections::BTreeSet, path::Path};

use super::{Company, REGULATOR};
use crate::failure::Failure;

/// Most members of one file.
pub(crate) const MAX_MEMBERS: usize = 10_000;
/// Longest name in files and tokens.
const MAX_SLUG_BYTES: usize = 40;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "member", default)]
    members: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    slug: String,
    name: String,
    id: String,
    roles: Vec<String>,
    #[serde(default)]
    prefixes: Vec<String>,
    #[serde(default)]
    gtins: Vec<String>,
    home: String,
}

/// Reads a members file of a chain of this industry. `nodes` are the names of the validators, in order.
pub(crate) fn read(path: &Path, nodes: &[String], industry: &Industry) -> Result<Vec<Company>> {
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text, nodes, industry).map_err(|error| {
        let why = error.context(format!("{} is not a members file", path.display()));
        Failure::coded("members", &why, Some(path.display().to_string()))
            .advising("`A members file` in docs/operating/run.md shows one")
            .into()
    })
}

fn parse(text: &str, nodes: &[String], industry: &Industry) -> Result<Vec<Company>> {
    let file: File = toml::from_str(text)?;
    if file.members.len() > MAX_MEMBERS {
        bail!("more than {MAX_MEMBERS} members");
    }
    let mut slugs = BTreeSet::from([REGULATOR.to_owned()]);
    file.members
        .into_iter()
        .map(|entry| {
            if !slugs.insert(entry.slug.clone()) {
                bail!("the slug {:?} is taken", entry.slug);
            }
            company(entry, nodes, industry)
        })
        .collect()
}

/// Whether a text may be the name of a file.
pub(crate) fn is_slug(slug: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_SLUG_BYTES).contains(&slug.len()) && slug.bytes().all(plain)
}

fn company(entry: Entry, nodes: &[String], industry: &Industry) -> Result<Company> {
    let slug = &entry.slug;
    // the slug becomes the name of a file
    if !is_slug(slug) {
        bail!(
            "the slug {slug:?} is not 1 to {MAX_SLUG_BYTES} characters of a to z, 0 to 9 and hyphen"
        );
    }
    let home = nodes.iter().position(|node| *node == entry.home);
    let home = home.with_context(|| {
        let known = nodes.join(", ");
        format!(
            "{:?}, the home of {slug}, is not one of {known}",
            entry.home
        )
    })?;
    let roles = entry.roles.iter().map(|name| {
        (industry.role)(name).with_context(|| format!("{name:?}, a role of {slug}, is not known"))
    });
    Ok(Company {
        slug: entry.slug.clone(),
        member: Member {
            name: entry.name,
            id: entry.id,
            roles: roles.collect::<Result<_>>()?,
            prefixes: entry.prefixes,
            gtins: entry.gtins,
            ..Member::default()
        },
        home,
    })
}

#[cfg(test)]
mod tests {
    use pangolin_profiles::pharma::{INDUSTRY, role};

    use super::*;

    const GOOD: &str = r#"
        [[member]]
        slug = "acme"
        name = "Acme"
        id = "0366159000019"
        roles = ["manufacturer", "3pl"]
        prefixes = ["036615"]
        home = "b"
    "#;

    fn nodes() -> Vec<String> {
        vec!["a".into(), "b".into()]
    }

    #[test]
    fn members_are_read() {
        let found = parse(GOOD, &nodes(), &INDUSTRY).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].slug.as_str(), found[0].home), ("acme", 1));
        assert_eq!(found[0].member.roles, [role::MANUFACTURER, role::LOGISTICS]);
        assert!(parse("", &nodes(), &INDUSTRY).unwrap().is_empty());
    }

    #[test]
    fn everything_else_is_refused_in_words() {
        for (from, to, expect) in [
            ("\"acme\"", "\"../up\"", "is not 1 to 40 characters"),
            ("\"acme\"", "\"regulator\"", "is taken"),
            ("\"b\"", "\"c\"", "is not one of a, b"),
            ("\"3pl\"", "\"king\"", "is not known"),
            ("home", "house", "unknown field"),
        ] {
            let error = parse(&GOOD.replace(from, to), &nodes(), &INDUSTRY).unwrap_err();
            assert!(format!("{error:#}").contains(expect), "{error:#}");
        }
        let twice = format!("{GOOD}{GOOD}");
        assert!(parse(&twice, &nodes(), &INDUSTRY).is_err());
    }
}
