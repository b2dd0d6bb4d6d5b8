//! What chains know of an identifier, and which chains there are, as text.

use pangolin_client::{Finding, Findings, Given, Knows, NodeDirectory, OrderFound};
use std::fmt::Write as _;

use super::words::{count, epc, short, time};
use crate::output::{facts, single, table};

/// Characters of an identity that are shown where a chain has no name.
const SHORT: usize = 16;

/// `pangolin directory`.
pub(crate) fn directory(found: &NodeDirectory) -> String {
    let rows = found.chains.iter().map(|entry| {
        let state = match (entry.state.as_str(), entry.believed) {
            ("active", false) => "active, word too old".to_owned(),
            (state, _) => state.to_owned(),
        };
        vec![
            name(&entry.name, &entry.chain),
            state,
            entry.endpoints.join("\n"),
            entry.prefixes.join(" "),
            entry.likely_by.clone().unwrap_or_default(),
            entry.sources.join("\n"),
        ]
    });
    let heads = ["chain", "state", "nodes", "prefixes", "fits", "who says so"];
    let mut text = table(&heads, rows);
    for silent in &found.not_heard {
        let as_of = silent.as_of.as_ref();
        let as_of = as_of.map_or_else(String::new, |at| {
            format!("; its records are of {}", time(at))
        });
        let registry = name("", &silent.registry);
        let _infallible = write!(
            text,
            "\n\nregistry {registry} was not heard: {} ({}){as_of}",
            single(&silent.message),
            single(&silent.code)
        );
    }
    if found.truncated {
        text.push_str("\n\nthere are more chains than a directory has");
    }
    text
}

/// `pangolin find`.
pub(crate) fn found(found: &Findings, contents: bool) -> String {
    let named = |chain: &str| {
        let known = found.chains.iter().find(|known| known.chain == chain);
        name(known.map_or("", |known| known.name.as_str()), chain)
    };
    let mut text = facts(&[
        (found.kind.as_str(), epc(&found.subject)),
        ("from", named(&found.from)),
    ]);
    text.push_str("\n\n");
    let rows = found.chains.iter().map(|finding| row(finding, &named));
    let heads = [
        "chain",
        "knows it",
        "status",
        "orders",
        "since",
        "as of",
        "asked because",
    ];
    text.push_str(&table(&heads, rows));
    for finding in &found.chains {
        for trouble in &finding.troubles {
            let at = trouble.endpoint.as_ref();
            let at = at.map_or_else(String::new, |at| format!(" at {at}"));
            let _infallible = write!(
                text,
                "\n\n{}{at}: {} ({})",
                named(&finding.chain),
                trouble.message,
                trouble.code
            );
        }
    }
    if contents {
        text.push_str(&given(found, &named));
    }
    for limit in &found.limits {
        let _infallible = write!(text, "\n\nthe search was cut off: limit of {limit}");
    }
    text.push_str(if found.complete {
        "\n\nCOMPLETE: every chain that had to be asked answered"
    } else {
        "\n\nNOT COMPLETE: see what is missing above"
    });
    text
}

fn row(finding: &Finding, named: &impl Fn(&str) -> String) -> Vec<String> {
    let knows = match finding.knows {
        Knows::Yes => "yes, proven",
        Knows::Inside => "what it came in, proven",
        Knows::No => "no, by its word",
        Knows::NotKnown => "NOT KNOWN",
    };
    let mut status = String::new();
    let mut orders: &[OrderFound] = &[];
    let mut since = String::new();
    if let Some(object) = &finding.object {
        status.push_str(&object.status);
        if let Some(away) = &object.away {
            let _infallible = write!(status, " to {}", named(away));
        }
        if object.held {
            status.push_str(", held back");
        }
        if finding.knows == Knows::Inside {
            let _infallible = write!(status, "\ninside {}", epc(&object.uri));
        }
        if let Some(custodian) = finding.contents.as_ref().and_then(|c| c.custodian.as_ref()) {
            let _infallible = write!(status, "\nwith {}", epc(custodian));
        }
        orders = &object.orders;
        since = object
            .since
            .map_or_else(String::new, |height| format!("block {height}"));
    }
    if let Some(lot) = &finding.lot {
        status = format!("{} made", count(lot.made, "thing", "things"));
        orders = &lot.orders;
    }
    let order = |order: &OrderFound| {
        let by = order.by.as_ref();
        let by = by.map_or_else(String::new, |by| format!(" by {}", named(by)));
        let exempted = if order.exempted { ", exempted" } else { "" };
        format!("{} on the {}{by}{exempted}", order.kind, order.on)
    };
    let orders: Vec<String> = orders.iter().map(order).collect();
    let as_of = match (finding.height, &finding.time) {
        (Some(height), Some(at)) => format!("block {height}, {}", time(at)),
        _ => String::new(),
    };
    let why = finding.why.iter().map(|why| match why.as_str() {
        "here" => "first node",
        "prefix" => "issuer is at home there",
        "came-from" => "it came from there",
        "went-to" => "it went there",
        "everywhere" => "all are asked",
        other => other,
    });
    let why: Vec<&str> = why.collect();
    vec![
        name(&finding.name, &finding.chain),
        knows.to_owned(),
        status,
        orders.join("\n"),
        since,
        as_of,
        why.join("\n"),
    ]
}

/// The events that were given with the chain that gave them, in the order in which they happened. At the same moment a chain that the
/// object came over goes first, because heights of different chains cannot be compared.
pub(crate) fn steps(found: &Findings) -> Vec<(&Finding, &Given)> {
    let given = found.chains.iter().filter_map(|finding| {
        let contents = finding.contents.as_ref()?;
        Some(contents.events.iter().map(move |given| (finding, given)))
    });
    let mut steps: Vec<(&Finding, &Given)> = given.flatten().collect();
    steps.sort_by_key(|(finding, given)| {
        let object = finding.object.as_ref();
        let passed = object.map_or(0, |object| object.passed.len());
        (&given.time, passed, &finding.chain, given.height)
    });
    steps
}

/// What was given, withheld, or not to be had of each chain, and one trace of it.
fn given(found: &Findings, named: &impl Fn(&str) -> String) -> String {
    let mut text = "\n\ncontents\n".to_owned();
    for finding in &found.chains {
        let what = match (&finding.contents, &finding.withheld) {
            (Some(given), _) => {
                let events = count(given.events.len() as u64, "event", "events");
                let as_whom = match given.as_whom.as_str() {
                    "abroad" => "a party of another chain",
                    _ => "a member",
                };
                let more = if given.truncated {
                    ", and there are more"
                } else {
                    ""
                };
                format!(
                    "{events} given to {as_whom}, {} withheld{more}",
                    given.withheld
                )
            }
            // what a node said carries its code already
            (None, Some(why)) if why.message.contains(&format!("({})", why.code)) => {
                format!("withheld: {}", why.message)
            }
            (None, Some(why)) => format!("withheld: {} ({})", why.message, why.code),
            (None, None) => match finding.knows {
                Knows::No | Knows::Inside => "it has no events of it".to_owned(),
                Knows::NotKnown | Knows::Yes => "not reachable".to_owned(),
            },
        };
        let _infallible = write!(text, "\n{}: {what}", named(&finding.chain));
    }
    let steps = steps(found);
    if steps.is_empty() {
        return text;
    }
    let rows = steps.into_iter().map(|(finding, given)| {
        let word = |member: &str| {
            let text = given.event.get(member).and_then(serde_json::Value::as_str);
            short(text.unwrap_or_default()).to_owned()
        };
        let right = match given.right.as_str() {
            "own" => "your own",
            "party" => "names you",
            other => other,
        };
        let mut what = word("bizStep");
        if what.is_empty() {
            what = word("type");
        }
        if given.placement != "full" && given.fields.is_none() {
            what.push_str(" (fields are with its owner)");
        }
        vec![
            time(&given.time),
            name(&finding.name, &finding.chain),
            what,
            epc(&given.owner),
            right.to_owned(),
            given.event_id.clone(),
        ]
    });
    text.push_str("\n\n");
    let heads = ["when", "chain", "what", "stated by", "by right", "event"];
    text.push_str(&table(&heads, rows));
    for (finding, given) in self::steps(found) {
        if let Some(missing) = &given.fields_missing {
            let _infallible = write!(
                text,
                "\n\nno fields of {}: {} ({})",
                given.event_id, missing.message, missing.code
            );
        }
        if let Some(file) = &given.fields {
            let _infallible = write!(
                text,
                "\n\nfields of {}, proven under the key of {}\n",
                given.event_id,
                named(&finding.chain)
            );
            text.push_str(&fields(file));
        }
    }
    text
}

/// The fields in a proof file.
fn fields(file: &serde_json::Value) -> String {
    let shown = file.pointer("/proof/fields").and_then(|all| all.as_array());
    let word = |field: &serde_json::Value, member: &str| {
        let text = field.get(member).and_then(serde_json::Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let shown = shown.into_iter().flatten();
    let rows = shown.map(|field| vec![word(field, "path"), word(field, "value")]);
    table(&["field", "value"], rows)
}

fn name(name: &str, chain: &str) -> String {
    if name.is_empty() {
        chain.get(..SHORT).unwrap_or(chain).to_owned()
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use pangolin_client::{Contents, ObjectFound, Trouble};

    use super::*;

    fn finding(chain: &str, name: &str, knows: Knows) -> Finding {
        Finding {
            chain: chain.repeat(32),
            name: name.into(),
            why: vec!["prefix".into()],
            knows,
            proven: knows == Knows::Yes,
            endpoint: Some("http://127.0.0.1:1".into()),
            height: Some(7),
            time: Some("2026-03-05T12:00:00Z".into()),
            object: None,
            lot: None,
            troubles: Vec::new(),
            contents: None,
            withheld: None,
        }
    }

    fn given(time: &str) -> Given {
        Given {
            event_id: format!("ni:///sha-256;{time}"),
            time: time.into(),
            height: 1,
            owner: "https://id.gs1.org/417/0366159000019".into(),
            right: "party".into(),
            placement: "full".into(),
            event: serde_json::json!({ "bizStep": "shipping" }),
            fields: Some(serde_json::json!({
                "proof": { "fields": [{ "path": "/price", "value": "12.50" }] }
            })),
            fields_missing: None,
        }
    }

    fn object(passed: &[&str]) -> ObjectFound {
        ObjectFound {
            uri: "https://id.gs1.org/01/00366150123458/21/1".into(),
            status: "away".into(),
            away: Some("bb".repeat(32)),
            passed: passed.iter().map(|chain| chain.repeat(32)).collect(),
            since: None,
            lot: None,
            held: false,
            orders: Vec::new(),
        }
    }

    fn contents(events: Vec<Given>) -> Contents {
        Contents {
            chain: "aa".repeat(32),
            height: 7,
            time: "2026-03-05T12:00:00Z".into(),
            as_whom: "abroad".into(),
            custodian: None,
            events,
            withheld: 2,
            truncated: false,
        }
    }

    fn all(chains: Vec<Finding>) -> Findings {
        Findings {
            subject: "https://id.gs1.org/01/00366150123458/21/1".into(),
            kind: "object".into(),
            from: "aa".repeat(32),
            time: "2026-03-05T12:00:00Z".into(),
            chains,
            complete: false,
            limits: vec!["time".into()],
        }
    }

    #[test]
    fn at_the_same_moment_the_way_of_the_object_says_what_was_first() {
        let at = |height| Given {
            height,
            ..given("2026-03-01T12:00:00Z")
        };
        let mut south = finding("bb", "south", Knows::Yes);
        south.object = Some(object(&["dd"]));
        south.contents = Some(contents(vec![at(3), at(2)]));
        let mut north = finding("dd", "north", Knows::Yes);
        north.object = Some(object(&[]));
        north.contents = Some(contents(vec![at(9), at(8)]));
        let all = all(vec![south, north]);
        let order: Vec<(&str, u64)> = steps(&all)
            .iter()
            .map(|(finding, given)| (finding.name.as_str(), given.height))
            .collect();
        assert_eq!(
            order,
            [("north", 8), ("north", 9), ("south", 2), ("south", 3)]
        );
    }

    #[test]
    fn each_chain_is_told_of_with_what_is_missing() {
        let mut north = finding("aa", "north", Knows::Yes);
        north.object = Some(ObjectFound {
            orders: vec![OrderFound {
                kind: "recall".into(),
                on: "lot".into(),
                by: None,
                exempted: false,
            }],
            ..object(&[])
        });
        north.contents = Some(contents(vec![
            given("2026-03-03T12:00:00Z"),
            given("2026-03-01T12:00:00Z"),
        ]));
        let mut south = finding("bb", "south", Knows::NotKnown);
        south.troubles.push(Trouble {
            endpoint: Some("http://127.0.0.1:2".into()),
            code: "bad-certificate".into(),
            message: "the certificate is not signed by the chain's key".into(),
        });
        let mut border = finding("cc", "border", Knows::Yes);
        border.contents = Some(contents(vec![given("2026-03-02T12:00:00Z")]));
        let all = all(vec![north, south, border]);
        let order: Vec<&str> = steps(&all)
            .iter()
            .map(|(_, given)| &given.time[..10])
            .collect();
        assert_eq!(order, ["2026-03-01", "2026-03-02", "2026-03-03"]);
        let text = found(&all, true);
        for expect in [
            "(01)00366150123458(21)1",
            "away to south",
            "recall on the lot",
            "NOT KNOWN",
            "south at http://127.0.0.1:2: the certificate is not signed",
            "2 events given to a party of another chain, 2 withheld",
            "south: not reachable",
            "names you",
            "proven under the key of border",
            "/price  12.50",
            "limit of time",
            "NOT COMPLETE",
        ] {
            assert!(text.contains(expect), "{expect}:\n{text}");
        }
    }
}
