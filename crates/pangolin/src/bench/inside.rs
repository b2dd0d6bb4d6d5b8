//! What a node says of itself: the time between a request's arrival and its answer, without the client and the way there.

use anyhow::{Context as _, Result};
use bytes::Bytes;
use pangolin_client::Client;
use std::collections::BTreeMap;

/// Upper bound, in milliseconds, of the time in which a node answered 99 of 100 requests whose route begins with `route`,
/// as its own histogram has it.
pub(super) async fn p99(client: &Client, route: &str) -> Result<f64> {
    let answer = client
        .send("GET", "/metrics", &[], Bytes::new())
        .await
        .context("asking a node for its metrics")?;
    let text = std::str::from_utf8(&answer.body).context("metrics are text")?;
    bound(text, route).with_context(|| format!("the node counts no requests to {route}"))
}

fn bound(metrics: &str, route: &str) -> Option<f64> {
    let wanted = format!("route=\"{route}");
    // by the bound as it is written
    let mut buckets: BTreeMap<&str, u64> = BTreeMap::new();
    for line in metrics.lines() {
        let Some(rest) = line.strip_prefix("pangolin_api_request_seconds_bucket{") else {
            continue;
        };
        if !rest.contains(&wanted) {
            continue;
        }
        let (labels, count) = rest.split_once("} ")?;
        let (_, le) = labels.trim_end_matches('"').split_once("le=\"")?;
        *buckets.entry(le).or_default() += count.trim().parse::<u64>().ok()?;
    }
    let all = buckets.values().max().copied().filter(|all| *all > 0)?;
    let reached = |count: u64| u128::from(count) * 100 >= u128::from(all) * 99;
    buckets
        .iter()
        .filter(|(_, count)| reached(**count))
        .map(|(le, _)| le.parse().unwrap_or(f64::INFINITY) * 1_000.0)
        .min_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_the_first_bucket_with_99_of_100() {
        let bucket = |route: &str, le: &str, count: u64| {
            format!(
                "pangolin_api_request_seconds_bucket{{method=\"GET\",route=\"{route}\",le=\"{le}\"}} {count}\n"
            )
        };
        let text = [
            bucket("/verify/a", "0.001000", 50),
            bucket("/verify/a", "0.005000", 98),
            bucket("/verify/a", "+Inf", 99),
            bucket("/verify/b", "0.001000", 0),
            bucket("/verify/b", "0.005000", 1),
            bucket("/verify/b", "+Inf", 1),
            bucket("/status", "0.001000", 9_000),
        ]
        .concat();
        assert_eq!(bound(&text, "/verify/"), Some(5.0));
        assert_eq!(bound(&text, "/verify/b"), Some(5.0));
        assert_eq!(bound(&text, "/trace"), None);
    }
}
