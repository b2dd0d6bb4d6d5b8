//! Validators as text.

use pangolin_client::{Transaction, Validator, Validators};

use super::words::time;
use crate::output::{facts, table};

/// `pangolin validators show`.
pub(crate) fn validators(found: &Validators) -> String {
    let mut lines = vec![
        (
            "as of",
            format!("block {}, {}", found.height, time(&found.time)),
        ),
        (
            "epoch",
            format!(
                "{}, {} of {} blocks left; these validators since epoch {}",
                found.epoch, found.blocks_left, found.epoch_blocks, found.since
            ),
        ),
    ];
    if let Some(resharing) = &found.resharing {
        let (number, epoch) = (resharing.number, resharing.epoch);
        let (dealt, players) = (resharing.dealt.len(), resharing.players.len());
        let said = match resharing.outcome.as_str() {
            "open" => format!(
                "{number}: {dealt} of {} validators have dealt to {players}; it ends with epoch {epoch}",
                found.present.len()
            ),
            "done" => format!("{number}: the key was handed on with the end of epoch {epoch}"),
            _ => format!("{number}: the key was not handed on in epoch {epoch}"),
        };
        lines.push(("resharing", said));
    }
    let mut text = format!("{}\n\n{}", facts(&lines), listed(&found.present));
    if let Some(wanted) = &found.wanted {
        text.push_str("\n\nwanted instead\n");
        text.push_str(&listed(wanted));
    }
    text
}

fn listed(list: &[Validator]) -> String {
    let rows = list.iter().map(|validator| {
        let contradicted = validator.contradicted.as_deref();
        vec![
            validator.name.clone(),
            validator.organisation.clone(),
            validator.address.clone(),
            contradicted.map_or_else(String::new, |_| "contradicted itself".into()),
            validator.key.clone(),
        ]
    });
    table(&["validator", "organisation", "address", "", "key"], rows)
}

/// What became of a statement who is to validate; `show` is the command that shows how it stands.
pub(crate) fn stated(sent: &Transaction, names: &[String], show: &str) -> String {
    match super::issued(sent, "", show) {
        Ok(_) => {
            let height = sent.height.map(|height| format!(" in block {height}"));
            format!(
                "final{}: wanted are {}\n  it is in force once enough governors have stated the same; how it stands: {show}",
                height.unwrap_or_default(),
                names.join(", ")
            )
        }
        Err(refused) => refused,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn validators_are_shown_with_what_is_under_way() {
        let validator = |name: &str| Validator {
            name: name.into(),
            organisation: "an office".into(),
            key: "ab".repeat(32),
            address: String::new(),
            contradicted: (name == "b").then(|| "finalized".into()),
        };
        let mut found = Validators {
            height: 7,
            time: "2026-01-01T00:00:00Z".into(),
            epoch: 1,
            epoch_blocks: 16,
            blocks_left: 9,
            since: 0,
            present: vec![validator("a"), validator("b")],
            wanted: Some(vec![validator("a")]),
            resharing: Some(pangolin_client::Resharing {
                number: 3,
                epoch: 1,
                outcome: "open".into(),
                dealt: vec!["ab".into()],
                players: vec!["ab".into()],
            }),
        };
        let text = validators(&found);
        assert!(
            text.contains("3: 1 of 2 validators have dealt to 1"),
            "{text}"
        );
        assert!(
            text.contains("contradicted itself") && text.contains("wanted instead"),
            "{text}"
        );
        found.wanted = None;
        assert!(!validators(&found).contains("wanted"));
    }
}
