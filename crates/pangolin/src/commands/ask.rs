//! Questions to a node whose answers are printed as they are: status, trace, product verification.

use anyhow::Result;
use serde_json::Value;
use std::process::ExitCode;

use crate::{
    cli::{NodeArgs, TraceArgs, VerifyProductArgs},
    http::{Answer, Remote},
    output,
};

fn remote(node: &NodeArgs) -> Result<Remote> {
    Remote::new(&node.node, node.token.clone())
}

fn show(answer: &Answer, as_json: bool) {
    if as_json {
        output::json(&answer.body);
    } else {
        output::line(serde_json::to_string_pretty(&answer.body).unwrap_or_default());
    }
}

/// `pangolin status`.
pub(super) async fn status(node: &NodeArgs, as_json: bool) -> Result<ExitCode> {
    show(&remote(node)?.get("/status").await?.success()?, as_json);
    Ok(ExitCode::SUCCESS)
}

/// `pangolin trace`.
pub(super) async fn trace(args: &TraceArgs, as_json: bool) -> Result<ExitCode> {
    let path = format!("/trace/{}?direction={}", escape(&args.epc), args.direction);
    show(&remote(&args.node)?.get(&path).await?.success()?, as_json);
    Ok(ExitCode::SUCCESS)
}

/// `pangolin verify-product`: code 0 when the pack is verified, 1 when it is not.
pub(super) async fn verify_product(args: &VerifyProductArgs, as_json: bool) -> Result<ExitCode> {
    let path = format!(
        "/verify/gtin/{}/lot/{}/ser/{}?exp={}&linkType=verificationService&context=dscsaSaleableReturn&reqGLN={}&corrUUID={}",
        escape(&args.gtin),
        escape(&args.lot),
        escape(&args.serial),
        escape(&args.exp),
        escape(&args.req_gln),
        random_uuid()
    );
    let answer = remote(&args.node)?.get(&path).await?.success()?;
    show(&answer, as_json);
    let verified = answer
        .body
        .pointer("/data/verified")
        .and_then(Value::as_bool)
        == Some(true);
    Ok(if verified {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// Percent-encodes a path segment.
pub(crate) fn escape(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// A random UUID of version 4.
pub(crate) fn random_uuid() -> String {
    let mut bytes: [u8; 16] = rand::random();
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = hex::encode(bytes);
    [
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    ]
    .join("-")
}
