//! `pangolin capture`: hand files to a node and follow them until they are final.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use std::{fs, process::ExitCode};

use crate::{
    cli::CaptureArgs,
    http::{Answer, Remote, media_type},
    output,
};

/// Captures each file in turn; a file with an error makes the program end with code 1.
pub(super) async fn run(args: CaptureArgs, as_json: bool) -> Result<ExitCode> {
    let remote = Remote::new(&args.node.node, args.node.token.clone())?;
    let bar = indicatif::ProgressBar::new(args.files.len() as u64);
    bar.set_style(indicatif::ProgressStyle::with_template(
        "{bar:30} {pos}/{len} {msg}",
    )?);
    let mut failed = 0;
    for path in &args.files {
        bar.set_message(path.display().to_string());
        let document = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let answer = remote
            .capture(media_type(&document), document, args.strict)
            .await?;
        let success = answer.body.get("success").and_then(Value::as_bool) == Some(true);
        failed += usize::from(!success);
        bar.suspend(|| report(&path.display().to_string(), &answer, success, as_json));
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn report(file: &str, answer: &Answer, success: bool, as_json: bool) {
    if as_json {
        output::json(&json!({ "file": file, "status": answer.status, "job": answer.body }));
        return;
    }
    let count = |name: &str| {
        answer
            .body
            .pointer(&format!("/counts/{name}"))
            .and_then(Value::as_u64)
            .unwrap_or(0)
    };
    if success {
        output::line(format!(
            "{file}: {} events final, {} known before, {} waiting for a predecessor",
            count("captured"),
            count("known"),
            count("parked")
        ));
        return;
    }
    output::line(format!("{file}: NOT captured"));
    for problem in problems(&answer.body) {
        output::line(format!("  {problem}"));
    }
}

/// What a job or a refusal says is wrong, one line each.
pub(crate) fn problems(body: &Value) -> Vec<String> {
    let text = |value: &Value, name: &str| {
        value
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut lines = Vec::new();
    for list in ["errors", "defects"] {
        for entry in body
            .get(list)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            let place = text(entry, "place");
            let detail = [text(entry, "detail"), text(entry, "message")].concat();
            lines.push(format!(
                "[{}] {place} {detail}; {}",
                text(entry, "code"),
                text(entry, "remedy")
            ));
        }
    }
    if lines.is_empty() {
        lines.push(format!("{} {}", text(body, "title"), text(body, "detail")));
    }
    lines
}
