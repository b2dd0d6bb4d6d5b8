//! Disclosures as text.

use pangolin_client::{Disclosure, Disclosures};
use std::fmt::Write as _;

use super::words::{count, time};
use crate::output::table;

/// Paths that are listed of one disclosure.
const PATHS_SHOWN: usize = 5;

/// `pangolin disclosures`.
pub(crate) fn disclosures(found: &Disclosures) -> String {
    let mut text = if found.disclosures.is_empty() {
        format!(
            "nothing of {} was disclosed to others, as of {}",
            found.owner,
            time(&found.time)
        )
    } else {
        let rows = found.disclosures.iter().map(row);
        table(&["no", "when", "to whom", "by right of", "what"], rows)
    };
    if let Some(last) = found.disclosures.last() {
        let _infallible = write!(text, "\n\nhash of entry {}: {}", last.no, last.hash);
    }
    if found.dropped > 0 {
        let dropped = count(found.dropped, "entry", "entries");
        let _infallible = write!(
            text,
            "\n{dropped} of all owners, the oldest, were dropped: the log was full"
        );
    }
    text
}

fn row(one: &Disclosure) -> Vec<String> {
    let asker = match &one.home {
        Some(home) => format!("{} of chain {}", one.asker, home.get(..8).unwrap_or(home)),
        None => one.asker.clone(),
    };
    let right = match one.right.as_str() {
        "party" => "party of the event",
        "authority" => "authority",
        "custody" => "having the goods",
        "authority-abroad" => "authority of their chain",
        other => other,
    };
    let events = match one.events.as_slice() {
        [event] => event.clone(),
        events => count(events.len() as u64, "event", "events"),
    };
    let mut what = events;
    if !one.fields.is_empty() {
        let shown: Vec<&str> = one
            .fields
            .iter()
            .take(PATHS_SHOWN)
            .map(String::as_str)
            .collect();
        what.push('\n');
        what.push_str(&shown.join(" "));
        let more = one.fields.len().saturating_sub(PATHS_SHOWN);
        if more > 0 {
            let _infallible = write!(what, " and {more} more fields");
        }
    }
    vec![
        one.no.to_string(),
        time(&one.time),
        asker,
        right.to_owned(),
        what,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn disclosures_say_what_went_to_whom_and_why() {
        let one = Disclosure {
            no: 7,
            time: "2026-03-05T12:00:00.000Z".into(),
            asker: "https://id.gs1.org/417/0399999999991".into(),
            home: Some("ab".repeat(32)),
            right: "custody".into(),
            events: vec!["ni:///sha-256;00?ver=CBV2.0".into()],
            fields: (0..7).map(|n| format!("/f{n}")).collect(),
            hash: "cd".repeat(32),
        };
        let mut found = Disclosures {
            owner: "maker".into(),
            disclosures: vec![one],
            next: None,
            dropped: 3,
            time: "2026-03-05T12:00:00.000Z".into(),
        };
        let text = disclosures(&found);
        for expect in [
            "of chain abababab",
            "having the goods",
            "/f4 and 2 more fields",
            "hash of entry 7: cdcd",
            "3 entries of all owners",
        ] {
            assert!(text.contains(expect), "{expect}: {text}");
        }
        found.disclosures.clear();
        assert!(disclosures(&found).starts_with("nothing of maker"));
    }
}
