//! Other chains as text.

use pangolin_client::{Chains, KnownChain, Transaction};
use std::fmt::Write as _;

use super::words::time;
use crate::output::{facts, table};

/// Characters of an identity that are shown in a table.
const SHORT: usize = 16;

/// `pangolin chains`.
pub(crate) fn chains(found: &Chains) -> String {
    let name_of = |chain: &str| {
        let known = found.chains.iter().find(|known| known.chain == chain);
        known.map_or_else(|| short(chain), |known| known.name.clone())
    };
    let rows = found.chains.iter().map(|known| {
        let registration = known.registration.as_ref();
        let state = registration.map_or("not registered", |r| r.state.as_str());
        let by = registration.map_or_else(String::new, |r| match &r.registry {
            Some(registry) => format!("registry {}", name_of(registry)),
            None => "own governance".to_owned(),
        });
        let word = registration.map_or_else(String::new, |r| format!("{} ms", r.freshness_ms));
        let seen = registration.and_then(|r| r.seen_height);
        let recorded = known.record.as_ref();
        let recorded = recorded.map_or_else(String::new, |record| {
            format!(
                "{}, {}, version {}",
                record.state, record.grade, record.revision
            )
        });
        vec![
            known.name.clone(),
            state.to_owned(),
            by,
            word,
            seen.map_or_else(String::new, |height| height.to_string()),
            if known.makes { "traded" } else { "" }.to_owned(),
            recorded,
            short(&known.chain),
        ]
    });
    let heads = [
        "chain",
        "state",
        "decided by",
        "word within",
        "seen",
        "made there",
        "recorded here",
        "identity",
    ];
    let mut text = facts(&[
        (
            "as of",
            format!("block {}, {}", found.height, time(&found.time)),
        ),
        ("known", found.known.to_string()),
    ]);
    text.push_str("\n\n");
    text.push_str(&table(&heads, rows));
    for known in &found.chains {
        remarks(&mut text, known);
    }
    text
}

/// What became of a decision; `list` is the command that shows how chains stand.
pub(crate) fn decided(sent: &Transaction, list: &str) -> String {
    match super::issued(sent, "", list) {
        Ok(_) => {
            let height = sent.height.map(|height| format!(" in block {height}"));
            format!(
                "final{}\n  it is in force once enough governors have decided the same; how it stands: {list}",
                height.unwrap_or_default()
            )
        }
        Err(refused) => refused,
    }
}

fn remarks(text: &mut String, known: &KnownChain) {
    let name = &known.name;
    if let Some(following) = &known.following {
        let changes = following.changes;
        let as_of = following.as_of.as_deref();
        let as_of = as_of.map_or_else(String::new, |at| format!(", all as of {}", time(at)));
        let _ = match following.ended {
            None => write!(
                text,
                "\n{name} is followed as a registry: {} chains, {changes} changes known{as_of}",
                following.chains
            ),
            Some(height) => write!(
                text,
                "\n{name} was followed as a registry until block {height}"
            ),
        };
    }
    if let Some(height) = known.forked_at {
        let _ = write!(
            text,
            "\n{name} certified two different blocks of height {height}"
        );
    }
    if let Some(own) = known.registration.as_ref().and_then(|r| r.own_suspension) {
        let _ = write!(
            text,
            "\n{name} is suspended here since block {own}, whatever a registry says"
        );
    }
}

fn short(chain: &str) -> String {
    let short: String = chain.chars().take(SHORT).collect();
    format!("{short}…")
}

#[cfg(test)]
mod tests {
    use pangolin_client::{Following, Registration};

    use super::*;

    #[test]
    fn who_decides_is_said_by_name() {
        let registration = |registry: Option<&str>, state: &str| Registration {
            state: state.into(),
            since: None,
            own_suspension: (state == "suspended").then_some(7),
            registry: registry.map(Into::into),
            freshness_ms: 60_000,
            registered: 3,
            seen_height: Some(9),
            seen_time: None,
        };
        let known = |chain: &str, name: &str, registration| KnownChain {
            number: 0,
            chain: chain.into(),
            name: name.into(),
            key: String::new(),
            registration: Some(registration),
            record: None,
            makes: name == "North",
            following: None,
            forked_at: None,
        };
        let mut list = known("11", "List", registration(None, "active"));
        list.following = Some(Following {
            grade: "native".into(),
            freshness_ms: 1,
            word_ms: None,
            chains: 2,
            changes: 5,
            as_of: Some("2026-01-01T00:00:00Z".into()),
            ended: None,
        });
        let mut north = known("22", "North", registration(Some("11"), "suspended"));
        north.forked_at = Some(40);
        let text = chains(&Chains {
            height: 9,
            time: "2026-01-01T00:00:00Z".into(),
            known: 2,
            chains: vec![list, north],
            next: None,
        });
        for expect in [
            "registry List",
            "own governance",
            "2 chains, 5 changes known, all as of 2026-01-01",
            "two different blocks of height 40",
            "suspended here since block 7",
        ] {
            assert!(text.contains(expect), "{expect}: {text}");
        }
        let mut rows = text.lines().filter(|line| line.contains("traded"));
        assert!(
            rows.next().is_some_and(|row| row.starts_with("North")),
            "{text}"
        );
        assert!(rows.next().is_none(), "{text}");
    }
}
