//! `GET /readyz`: the node can be relied upon.

use std::time::Duration;

use axum::{extract::State, http::StatusCode, response::Response};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    deps::Pace,
    http,
    problem::Problem,
    wire::node::Readiness,
};

/// Blocks by which the index may be behind.
const INDEX_LAG_MAX: u64 = 200;
/// Heartbeats without a block after which a node that lacks blocks does not get them one after the other.
const MISSED: u32 = 2;
/// Time between two looks at the height.
const LOOKS: Duration = Duration::from_secs(1);

/// Says whether the node can be relied upon: its chain goes on and is not of the past, its index follows, its storage works.
#[utoipa::path(
    get, path = "/readyz", tag = "node",
    responses((status = 200, description = "It can.", body = Readiness), (status = 503, description = "It cannot.", body = Readiness))
)]
pub async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Health))?;
    let reasons = reasons(&app).await;
    let ready = reasons.is_empty();
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    Ok(http::json(status, &Readiness { ready, reasons }))
}

/// Why the node cannot be relied upon; empty when it can.
pub(in crate::routes) async fn reasons(app: &App) -> Vec<String> {
    let chain = app.deps().chain.status();
    let height = chain.height;
    let mut reasons = Vec::new();
    if height == 0 {
        reasons.push("no block is final yet".to_owned());
    } else if let Some(pace) = &app.deps().pace {
        let time_ms = i64::try_from(chain.time_ms).unwrap_or(i64::MAX);
        let age_ms = app.now_ms().saturating_sub(time_ms);
        reasons.extend(halted(pace, age_ms));
    }
    if app.engine().has_failed() {
        reasons.push("the storage of capture jobs failed; restart the node".to_owned());
    }
    match http::index(app, pangolin_index::SqliteIndex::tip).await {
        _ if app.deps().index.is_none() => {}
        Ok(tip) => {
            let behind = height.saturating_sub(tip.map_or(0, |(height, _)| height.0));
            if behind > INDEX_LAG_MAX {
                reasons.push(format!("the index is {behind} blocks behind"));
            }
        }
        Err(problem) => reasons.push(format!("the index does not answer: {}", problem.code())),
    }
    reasons
}

/// Why the chain is not to be relied upon here, `age_ms` after the ledger time of its last block: it stands still, or what it
/// says is of the past.
fn halted(pace: &Pace, age_ms: i64) -> Option<String> {
    let patience = Pace::patience(pace.heartbeat);
    let silent = (pace.silent)();
    let age = Duration::from_millis(u64::try_from(age_ms).unwrap_or(0));
    if silent < patience && age < patience {
        return None;
    }
    // whoever catches up sees block after block
    if silent < pace.heartbeat * MISSED + LOOKS {
        return Some(format!(
            "the last block here is {} s old: this node is catching up, or the chain is after it stood still, or this machine's clock \
             is ahead",
            age.as_secs()
        ));
    }
    Some(format!(
        "no block has become final here for {} s, where an idle chain makes one every {} s: more than two thirds of the validators \
         must run and reach this node, and this machine's clock must be right",
        silent.as_secs(),
        pace.heartbeat.as_secs_f64(),
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn said(heartbeat_s: u64, silent_s: u64, age_s: i64) -> String {
        let pace = Pace {
            heartbeat: Duration::from_secs(heartbeat_s),
            silent: Arc::new(move || Duration::from_secs(silent_s)),
        };
        halted(&pace, age_s * 1_000).unwrap_or_default()
    }

    #[test]
    fn a_chain_at_its_pace_is_relied_upon() {
        for (heartbeat, silent, age) in [(1, 0, 0), (1, 14, 14), (1, 0, -60), (10, 99, 99)] {
            assert_eq!(said(heartbeat, silent, age), "");
        }
    }

    #[test]
    fn a_chain_that_stands_still_or_catches_up_is_not() {
        for (heartbeat, silent, age) in [(1, 15, 15), (1, 15, 0), (1, 14, 15), (10, 100, 5_000)] {
            let text = said(heartbeat, silent, age);
            assert!(text.contains(&format!("for {silent} s")), "{text}");
            assert!(text.contains(&format!("every {heartbeat} s")), "{text}");
        }
        let text = said(1, 2, 75);
        assert!(
            text.contains("75 s old") && text.contains("catching up"),
            "{text}"
        );
    }
}
