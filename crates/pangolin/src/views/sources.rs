//! Sources and facts as people read them.

use pangolin_client::Transaction;
use serde_json::Value;

/// The sources of a chain.
pub(crate) fn sources(all: &[Value]) -> String {
    if all.is_empty() {
        return "no sources are registered".into();
    }
    all.iter().map(source).collect::<Vec<_>>().join("\n")
}

fn text<'v>(value: &'v Value, field: &str) -> &'v str {
    value[field].as_str().unwrap_or("")
}

fn source(source: &Value) -> String {
    let how = &source["assurance"];
    let assured = match text(how, "kind") {
        "cometbft" => format!("light client of {}", text(how, "chain")),
        _ => format!(
            "{} of {} attesters sign; no finality proves it",
            how["threshold"],
            how["keys"].as_array().map_or(0, Vec::len)
        ),
    };
    let state = match &source["suspended"] {
        Value::Null => "believed".to_owned(),
        height => format!("suspended since block {height}"),
    };
    let known = match &source["height"] {
        Value::Null => "nothing is known of it yet".to_owned(),
        height => format!("known to {height}, as of {}", text(source, "as_of")),
    };
    format!(
        "{}  {}\n  {}: {assured}\n  {state}; {known}; facts count for {} s",
        text(source, "source"),
        text(source, "name"),
        text(source, "grade"),
        source["freshness_ms"].as_u64().unwrap_or(0) / 1_000,
    )
}

/// Facts of a source of this grade.
pub(crate) fn facts(grade: &str, all: &[Value]) -> String {
    let mut lines: Vec<String> = all.iter().map(fact).collect();
    if grade == "attested" {
        lines.push("  this source is attested: no finality proves what it says".into());
    }
    lines.join("\n")
}

fn fact(fact: &Value) -> String {
    let key = text(fact, "key");
    if fact["known"] == false {
        return format!("{key}: not known");
    }
    let what = match (&fact["present"], &fact["value"]) {
        (Value::Bool(false), _) => "nothing".to_owned(),
        (_, Value::String(value)) => value.clone(),
        _ => format!("the value with SHA-256 {}", text(fact, "value_hash")),
    };
    format!(
        "{key}: {what}\n  at {}, as of {}",
        fact["height"],
        text(fact, "as_of")
    )
}

/// What became of a report.
pub(crate) fn told(sent: &Transaction, list: &str) -> String {
    match super::issued(sent, "", list) {
        Ok(_) => {
            let height = sent.height.map(|height| format!(" in block {height}"));
            format!("final{}", height.unwrap_or_default())
        }
        Err(refused) => refused,
    }
}
