//! How a relay stands.

use std::{fmt::Write as _, time::Duration};

use super::words::count;
use crate::{output::table, relay::Status};

/// `pangolin relay status`.
pub(crate) fn relay(status: &Status) -> String {
    let chains = status.chains.iter().map(|chain| {
        let state = chain
            .trouble
            .clone()
            .unwrap_or_else(|| "in reach".to_owned());
        vec![chain.name.clone(), chain.height.to_string(), state]
    });
    let lanes = status.lanes.iter().map(|lane| {
        let oldest = Duration::from_millis(lane.oldest_ms).as_secs_f64();
        vec![
            format!("{} → {}", lane.from, lane.to),
            lane.state.clone(),
            lane.open.to_string(),
            format!("{oldest:.1} s"),
            lane.arrived.to_string(),
            lane.settled.to_string(),
            lane.stuck_count.to_string(),
        ]
    });
    let mut text = table(&["chain", "height", "state"], chains);
    text.push_str("\n\n");
    let heads = [
        "direction",
        "state",
        "open",
        "oldest",
        "arrived",
        "settled",
        "stuck",
    ];
    text.push_str(&table(&heads, lanes));
    for chain in &status.chains {
        for (source, known) in &chain.sources {
            let trouble = known.trouble.as_ref();
            let trouble = trouble.map_or_else(String::new, |trouble| format!("; {trouble}"));
            let _ = write!(
                text,
                "\n{source} → {}: {} and {} brought{trouble}",
                chain.name,
                count(known.facts, "fact", "facts"),
                count(known.headers, "header", "headers"),
            );
        }
    }
    for chain in &status.chains {
        for (witness, shown) in &chain.witnesses {
            if let Some(trouble) = &shown.trouble {
                let _ = write!(
                    text,
                    "\n{}: {witness} shows no block that counts: {trouble}",
                    chain.name
                );
            }
        }
        if let Some(fork) = &chain.fork {
            let _ = write!(
                text,
                "\nFORK: {} certified two blocks of height {}",
                chain.name, fork.height
            );
            for (block, by) in fork.blocks.iter().zip(&fork.shown_by) {
                let _ = write!(text, "\n  {block}, shown by {by}");
            }
            for (at, told) in &fork.told {
                let _ = write!(text, "\n  {at}: {told}");
            }
        }
    }
    for lane in &status.lanes {
        for stuck in &lane.stuck {
            let _ = write!(
                text,
                "\n{} → {}: message {} does not go on, tried {}: {} ({})",
                lane.from,
                lane.to,
                stuck.seq,
                count(stuck.times.into(), "time", "times"),
                stuck.message,
                stuck.code
            );
        }
    }
    text
}
