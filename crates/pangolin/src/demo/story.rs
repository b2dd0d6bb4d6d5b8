//! What happens in the demonstration, and whether the chain did what it should.

use anyhow::{Context as _, Result};
use pangolin_ledger::{OrderBody, OrderKind};
use pangolin_profiles::pharma::{self, words::order_reason};
use pangolin_sandbox::industry::{Document, Incident, Plan, Recall, Verdict};
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path, time::Instant};

use crate::{
    cli::DemoArgs,
    commands::{Officer, escape, problems, sign_and_send, terms},
    http::{Remote, media_type},
    network::{Created, Spec},
    node::read_key,
    output,
};

/// Sends every file of the plan to its sender's node and tells what became of it.
pub(super) async fn tell(
    args: &DemoArgs,
    plan: &Plan,
    spec: &Spec,
    network: &Created,
) -> Result<()> {
    let folder = args.dir.join("files");
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    output::line("3. the companies send their files (EPCIS 1.2 XML and 2.0 JSON-LD)");
    let begun = Instant::now();
    let mut told = Told::default();
    let bar = indicatif::ProgressBar::new_spinner();
    for document in plan.history()? {
        let document = document?;
        let path = folder.join(document.file_name());
        let bytes = document.bytes()?;
        fs::write(&path, &bytes).with_context(|| format!("cannot write {}", path.display()))?;
        let remote = home(spec, network, &document.sender.slug)?;
        bar.set_message(document.file_name());
        let answer = remote.capture(media_type(&bytes), bytes, true).await?;
        let found = Found::of(&answer.body, answer.status);
        told.count(&document, &found);
        if document.incident.is_some() || !found.meets(&document) {
            bar.suspend(|| incident(&document, &found, &path, network));
        }
        if let Some(recall) = &document.recall {
            bar.suspend(|| {
                output::line(format!(
                    "   RECALL of lot {} by {}",
                    recall.lot, recall.issuer.name
                ))
            });
            issue(spec, network, recall).await?;
        }
    }
    bar.finish_and_clear();
    output::line(format!(
        "   {} files, {} events, {} serial references in {:.1} s; {} files did not get the answer that was expected",
        told.files,
        told.events,
        told.references,
        begun.elapsed().as_secs_f64(),
        told.surprises
    ));
    Ok(())
}

/// What became of a file.
struct Found {
    verdict: Verdict,
    codes: Vec<String>,
    lines: Vec<String>,
}

impl Found {
    fn of(body: &Value, status: u16) -> Self {
        let count = |name: &str| {
            body.pointer(&format!("/counts/{name}"))
                .and_then(Value::as_u64)
                .unwrap_or(0)
        };
        let mut codes = Vec::new();
        collect_codes(body, &mut codes);
        let verdict = if status == 200 && body.get("success").and_then(Value::as_bool) == Some(true)
        {
            if count("parked") > 0 {
                Verdict::Parked
            } else {
                Verdict::Accepted
            }
        } else if count("rejected") > 0 {
            Verdict::Refused
        } else {
            Verdict::Malformed
        };
        Self {
            verdict,
            codes,
            lines: problems(body),
        }
    }

    fn meets(&self, document: &Document) -> bool {
        let expected = &document.expected;
        let reason = expected.verdict == Verdict::Parked
            || expected
                .reason
                .is_none_or(|reason| self.codes.iter().any(|code| code == reason));
        self.verdict == expected.verdict && reason
    }
}

fn collect_codes(value: &Value, codes: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "code" => codes.push(text.clone()),
                    other => collect_codes(other, codes),
                }
            }
        }
        Value::Array(entries) => entries.iter().for_each(|entry| collect_codes(entry, codes)),
        _ => {}
    }
}

#[derive(Default)]
struct Told {
    files: u64,
    events: u64,
    references: u64,
    surprises: u64,
    by_incident: BTreeMap<String, u64>,
}

impl Told {
    fn count(&mut self, document: &Document, found: &Found) {
        self.files += 1;
        self.events += document.events().len() as u64;
        self.references += document.references();
        self.surprises += u64::from(!found.meets(document));
        if let Some(incident) = document.incident {
            *self.by_incident.entry(name(incident)).or_default() += 1;
        }
    }
}

fn name(incident: Incident) -> String {
    format!("{incident:?}")
}

fn incident(document: &Document, found: &Found, path: &Path, network: &Created) {
    let verdict = match found.verdict {
        Verdict::Accepted => "accepted",
        Verdict::Parked => "waits for its predecessor",
        Verdict::Refused => "REFUSED",
        Verdict::Malformed => "REFUSED as malformed",
    };
    let mark = if found.meets(document) {
        ""
    } else {
        "  (not what was expected)"
    };
    output::line(format!("   {} {}", document.sender.name, document.story));
    output::line(format!("     -> {verdict}{mark}"));
    if matches!(found.verdict, Verdict::Refused | Verdict::Malformed)
        && let Some(line) = found.lines.first()
    {
        output::line(format!("        {line}"));
    }
    let token = network
        .tokens
        .get(&document.sender.slug)
        .cloned()
        .unwrap_or_default();
    output::line(format!(
        "        again: pangolin capture {} --token {token}",
        path.display()
    ));
}

/// The node that captures for a company.
fn home(spec: &Spec, network: &Created, slug: &str) -> Result<Remote> {
    let company = spec.companies.iter().find(|company| company.slug == slug);
    let company = company.with_context(|| format!("{slug} is not a company of this network"))?;
    let node = network
        .nodes
        .get(company.home)
        .and_then(|(_, _, http)| *http);
    let http = node.with_context(|| format!("the node of {slug} serves no HTTP"))?;
    Remote::new(&format!("http://{http}"), network.tokens.get(slug).cloned())
}

async fn issue(spec: &Spec, network: &Created, recall: &Recall) -> Result<()> {
    let slug = &recall.issuer.slug;
    let remote = home(spec, network, slug)?;
    let key = network
        .keys
        .get(slug)
        .with_context(|| format!("{slug} has no key"))?;
    let party =
        pharma::party_id(recall.issuer.gln.as_str()).context("the issuer's GLN is no party")?;
    let officer = Officer {
        party,
        key: read_key(key)?,
    };
    let subject = format!("(01){}(10){}", recall.product.gtin.as_str(), recall.lot);
    let terms = terms(
        OrderKind::Recall,
        &subject,
        recall.reason,
        order_reason::RECALL_CLASS_1,
    )?;
    sign_and_send(&remote, &officer, OrderBody::Issue(terms)).await?;
    let lot = format!(
        "/lots/{}/{}/whereabouts",
        recall.product.gtin.as_str(),
        escape(&recall.lot)
    );
    let found = remote.get(&lot).await?;
    if found.status == 200 {
        output::line(format!("     the lot is now with: {}", found.body));
    }
    Ok(())
}
