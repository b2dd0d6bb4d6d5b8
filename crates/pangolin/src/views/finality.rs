//! Why something is not final yet, from two looks at the node.

use pangolin_client::NodeStatus;
use std::time::Duration;

use super::words::count;

/// Why what was submitted at the time of `before` is not final after `waited`.
pub(crate) fn not_final(before: &NodeStatus, now: &NodeStatus, waited: Duration) -> String {
    if now.height > before.height {
        return format!(
            "blocks become final (block {}), and {} at this node",
            now.height,
            match now.waiting_transactions {
                1 => "1 transaction waits".to_owned(),
                number => format!("{number} transactions wait"),
            }
        );
    }
    // the clock of the node may differ from that of the block, the waiting does not
    let age = u64::try_from(now.block_age_ms).unwrap_or(0) / 1_000;
    let silent = age.max(waited.as_secs());
    let all = now.validators.len();
    let away: Vec<&str> = now
        .validators
        .iter()
        .filter(|peer| peer.connected == Some(false))
        .map(|peer| peer.node.name.as_str())
        .collect();
    let mut text = format!("no new block for {silent} s: the chain stands still");
    if !away.is_empty() {
        text = format!(
            "{text}; it needs {} of its {}, and this node does not reach {}",
            all - all.saturating_sub(1) / 3,
            count(all as u64, "validator", "validators"),
            away.join(", ")
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn status(height: u64, connected: [Option<bool>; 4]) -> NodeStatus {
        let peers = ["a", "b", "c", "d"].iter().zip(connected);
        let peers: Vec<_> = peers
            .map(|(name, connected)| json!({"name": name, "key": name, "connected": connected}))
            .collect();
        serde_json::from_value(json!({
            "node": {"name": "a", "key": "a"}, "chain": "c", "chainName": "n", "height": height,
            "time": "2026-01-05T13:00:00Z", "blockAgeMs": 12_700, "block": "b", "recordsRoot": "r",
            "rulesRoot": "s", "validator": true, "validators": peers, "waitingTransactions": 1,
            "waitingBytes": 200, "profile": "7@2", "profileName": "p", "version": "v",
            "development": false,
        }))
        .unwrap()
    }

    #[test]
    fn a_chain_that_stands_still_is_told_from_one_that_is_busy() {
        let alone = [None, Some(true), Some(false), Some(false)];
        let before = status(9, alone);
        let waited = Duration::from_secs(6);
        assert_eq!(
            not_final(&before, &before, waited),
            "no new block for 12 s: the chain stands still; it needs 3 of its 4 validators, and this node does not reach c, d"
        );
        let before = status(9, [None, Some(true), Some(true), Some(true)]);
        let late = Duration::from_secs(20);
        assert_eq!(
            not_final(&before, &before, late),
            "no new block for 20 s: the chain stands still"
        );
        let after = status(10, alone);
        assert_eq!(
            not_final(&before, &after, waited),
            "blocks become final (block 10), and 1 transaction waits at this node"
        );
    }
}
