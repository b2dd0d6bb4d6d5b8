//! Stories: events by named parties, and what must come of them. The format is described in the crate's README.

use std::collections::BTreeMap;

use pangolin_epcis::{
    model::{Event, Header},
    read::{self, Mode},
};
use pangolin_gs1::Key;
use pangolin_ledger::{
    id::{EventId, OrderId, Role, Scope, TimeMs},
    machine::Outcome,
    query,
    report::EventOutcome,
    state::{EventState, Flags, Status},
    tx::{
        self, Body, DataClass, GovernanceAction, GovernanceBody, OrderBody, OrderKind, OrderScope,
        OrderTerms,
    },
};
use pangolin_profiles::{
    capture::{self, Placement, Reducer, id},
    catalog::{self, Rules},
    disclosure::SaltSecret,
    member::{self, Member},
    pharma::words,
    speech,
};
use serde_json::{Map, Value};

use super::{
    abroad::Sent,
    journey,
    outcome::{effects_match, expected, results},
    world::{World, order_id, role},
};

const CONTEXT: &str = r#"["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
    {"gs1ushc": "http://epcis.gs1us.org/hc/ns", "pharma": "https://ns.pangolin.network/pharma/",
     "chains": "https://ns.pangolin.network/chains/", "customs": "https://ns.pangolin.network/customs/"}]"#;
const STATEMENT: &str = r#""gs1ushc:dscsaTransactionStatement": {"gs1ushc:affirmTransactionStatement": true,
    "gs1ushc:legalNotice": "Seller has complied with each applicable subsection of FDCA Sec. 581(27)(A)-(G)."}"#;
const SECRET: SaltSecret = SaltSecret::new([42; 32]);
/// The members a step may have, besides those of its kind.
const STEP_MEMBERS: &[&str] = &[
    "say",
    "name",
    "by",
    "at",
    "expect",
    "effects",
    "says",
    "events",
    "arrive",
    "history",
    "maker",
    "statement",
    "class",
    "order",
    "release",
    "only",
    "correct",
    "reason",
    "revoke",
    "suspend",
    "wait",
    "check",
];
const STORY_MEMBERS: &[&str] = &[
    "title", "about", "rules", "parties", "start", "given", "steps",
];

pub(crate) type Object = Map<String, Value>;

/// A story being told.
pub(crate) struct Teller {
    pub(crate) world: World,
    /// Reduced events by the name of their step.
    events: BTreeMap<String, Vec<(Event, tx::Event)>>,
    orders: BTreeMap<String, OrderId>,
    /// Things that came from the other chain, in their order, and when.
    pub(super) arrived: Vec<(Sent, TimeMs)>,
    /// Codes seen in refusals, parkings and defects.
    pub(crate) codes: Vec<String>,
}

/// What a person is told of a refusal has the text that the step expects.
fn says(step: &Object, outcome: &Outcome) -> Result<(), String> {
    let Some(wanted) = text(step, "says") else {
        return Ok(());
    };
    let told = match outcome {
        Outcome::Refused(refusal) => {
            assert_eq!(
                refusal.message,
                speech::tell(refusal, &speech::nameless).message,
                "the machine answers in the words of the trade"
            );
            refusal.message.clone()
        }
        Outcome::Applied(_) => return Err("nothing was refused".to_owned()),
    };
    if told.contains(wanted) {
        Ok(())
    } else {
        Err(format!("expected {wanted:?} to be said, got {told:?}"))
    }
}

/// Tells a story, under the rules of that name unless it names others; `Err` says where it went another way than it should.
pub(crate) fn tell(
    standard: &str,
    cast: &Value,
    given: &Value,
    story: &Value,
) -> Result<Vec<String>, String> {
    let story = object(story, "story")?;
    known(story, STORY_MEMBERS)?;
    let name = match text(story, "rules") {
        None => standard,
        Some("strict") => "pharma-strict",
        Some("lenient") => "pharma-lenient",
        Some(name) => name,
    };
    let rules = catalog::named(name).ok_or_else(|| format!("no rules {name:?}"))?;
    let (mut members, mut strangers) = (BTreeMap::new(), Vec::new());
    for parties in [Some(cast), story.get("parties")].into_iter().flatten() {
        for (name, party) in object(parties, "parties")? {
            let party = object(party, name)?;
            members.insert(name.clone(), member(rules, name, party)?);
            strangers
                .extend((party.get("admitted") == Some(&Value::Bool(false))).then(|| name.clone()));
        }
    }
    let start = text(story, "start").map_or("2026-03-02T08:00:00Z", |start| start);
    let world = World::new(rules, time(start)?, members, &strangers);
    let mut teller = Teller {
        world,
        events: BTreeMap::new(),
        orders: BTreeMap::new(),
        arrived: Vec::new(),
        codes: Vec::new(),
    };
    if let Some(name) = text(story, "given") {
        let steps = given
            .get(name)
            .and_then(Value::as_array)
            .ok_or_else(|| format!("nothing is given as {name:?}"))?;
        for step in steps {
            teller
                .step(object(step, "step")?)
                .map_err(|error| format!("given {name:?}: {error}"))?;
        }
    }
    let steps = story
        .get("steps")
        .and_then(Value::as_array)
        .ok_or("the story has no steps")?;
    for (index, step) in steps.iter().enumerate() {
        let step = object(step, "step")?;
        let say = text(step, "say").unwrap_or_default();
        teller
            .step(step)
            .map_err(|error| format!("step {index} ({say}): {error}"))?;
    }
    Ok(teller.codes)
}

impl Teller {
    fn step(&mut self, step: &Object) -> Result<(), String> {
        known(step, STEP_MEMBERS)?;
        if let Some(check) = step.get("check") {
            let checks = check
                .as_array()
                .cloned()
                .unwrap_or_else(|| vec![check.clone()]);
            return checks
                .iter()
                .try_for_each(|check| self.check(object(check, "check")?));
        }
        if let Some(wait) = text(step, "wait") {
            let effects = self.world.wait(duration_ms(wait)?);
            return effects_match(step, &effects.effects);
        }
        let by = text(step, "by").ok_or("the step does not say by whom")?;
        let at = text(step, "at").map(time).transpose()?;
        let body = match self.body(step, at)? {
            Ok(body) => body,
            Err(defect) => {
                let got = format!("defect {defect}");
                self.codes.push(defect);
                return expected(step, &[got]);
            }
        };
        let class = match text(step, "class") {
            None | Some("transaction") => DataClass::Transaction,
            Some("record") => DataClass::Record,
            Some(other) => return Err(format!("no class {other:?}")),
        };
        let signed = self.world.sign(by, class, body);
        let (outcome, block) = self.world.block(at, &signed);
        if let Some(name) = text(step, "name") {
            self.orders.insert(name.to_owned(), order_id(signed.id()));
        }
        self.note(&outcome);
        expected(step, &results(&outcome))?;
        says(step, &outcome)?;
        let mut effects = outcome
            .receipt()
            .map(|receipt| receipt.effects.clone())
            .unwrap_or_default();
        effects.extend(block.effects);
        effects_match(step, &effects)
    }

    fn note(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Refused(refusal) => {
                let speech = self.world.rules.industry().speech;
                assert!(
                    (speech.rule)(refusal.code).is_some(),
                    "{} is not in the table of rules",
                    refusal.code
                );
                assert!(
                    !refusal.remedy.is_empty() && !refusal.message.is_empty(),
                    "{refusal}"
                );
                self.codes.push(refusal.code.to_owned());
            }
            Outcome::Applied(receipt) => {
                for event in &receipt.events {
                    if let EventOutcome::Parked { code, .. } = &event.outcome {
                        self.codes.push(code.clone());
                    }
                }
            }
        }
    }

    /// What the step states; the inner `Err` is the code of a defect.
    fn body(&mut self, step: &Object, at: Option<TimeMs>) -> Result<Result<Body, String>, String> {
        if let Some(events) = step.get("events") {
            let events = events.as_array().ok_or("events is no list")?;
            return self.events(step, events, at);
        }
        if let Some(arrive) = step.get("arrive") {
            return self.arrival(object(arrive, "arrive")?).map(Ok);
        }
        if let Some(uri) = text(step, "history") {
            return self.history(&object_id(uri)?).map(Ok);
        }
        if let Some(allowed) = step.get("maker").and_then(Value::as_bool) {
            return Ok(Ok(journey::maker(allowed)));
        }
        if let Some(order) = step.get("order") {
            return order_body(object(order, "order")?).map(Body::Order).map(Ok);
        }
        if let Some(name) = text(step, "release") {
            let order = *self
                .orders
                .get(name)
                .ok_or_else(|| format!("no order {name:?}"))?;
            let only = text(step, "only").map(object_id).transpose()?;
            let legal_basis = "investigation closed".to_owned();
            return Ok(Ok(Body::Order(OrderBody::Release {
                order,
                only,
                legal_basis,
            })));
        }
        if let Some(name) = text(step, "correct") {
            return self.correction(step, name);
        }
        let (party, action) = match (step.get("revoke"), text(step, "suspend")) {
            (Some(revoke), _) => {
                let revoke = object(revoke, "revoke")?;
                let party = text(revoke, "party").ok_or("revoke names no party")?;
                let role = role(
                    self.world.rules,
                    text(revoke, "role").ok_or("revoke names no role")?,
                );
                let scope = text(revoke, "prefix")
                    .map_or(Ok(Scope::all()), Scope::new)
                    .map_err(|e| e.to_string())?;
                (party, Some((role, scope)))
            }
            (None, Some(party)) => (party, None),
            (None, None) => return Err("the step states nothing".to_owned()),
        };
        let party = self.world.actor(party).id.clone();
        let from = at.unwrap_or(self.world.time.plus(60_000));
        let action = match action {
            Some((role, scope)) => GovernanceAction::Revoke {
                party,
                role,
                scope,
                from,
            },
            None => GovernanceAction::SuspendParty { party, from },
        };
        Ok(Ok(Body::Governance(Box::new(GovernanceBody {
            action,
            reason: String::new(),
        }))))
    }

    fn events(
        &mut self,
        step: &Object,
        events: &[Value],
        at: Option<TimeMs>,
    ) -> Result<Result<Body, String>, String> {
        let happened = at.unwrap_or(self.world.time.plus(60_000));
        let (header, events) = read_events(
            events,
            happened,
            step.get("statement") == Some(&Value::Bool(true)),
        )?;
        let lexicon = self.world.rules.lexicon();
        let reducer = Reducer::of_document(&lexicon, &header);
        let mut reduced = Vec::new();
        for event in &events {
            match reducer.reduce(event, &SECRET, Placement::Full) {
                Ok(event) => reduced.push(event),
                Err(defects) => {
                    return Ok(Err(defects
                        .first()
                        .map(|d| d.code().to_owned())
                        .unwrap_or_default()));
                }
            }
        }
        for event in &reduced {
            capture::verify_reduction(&lexicon, event).map_err(|error| error.to_string())?;
        }
        if let Some(name) = text(step, "name") {
            let pairs = events.into_iter().zip(reduced.iter().cloned()).collect();
            self.events.insert(name.to_owned(), pairs);
        }
        Ok(Ok(Body::Events(reduced)))
    }

    /// An event of an earlier step is repeated with an error declaration.
    fn correction(&self, step: &Object, name: &str) -> Result<Result<Body, String>, String> {
        let (event, recorded) = self.named(name)?;
        let declared = rfc3339(self.world.time.plus(60_000));
        let mut repeated = event.clone();
        repeated.error_declaration = Some(pangolin_epcis::model::ErrorDeclaration {
            declaration_time: pangolin_epcis::model::Time::parse(&declared)
                .map_err(|e| e.to_string())?,
            reason: text(step, "reason").map(|reason| {
                pangolin_epcis::model::Term::user(
                    pangolin_epcis::vocab::Vocabulary::ErrorReason,
                    reason,
                )
            }),
            corrective_event_ids: None,
            extensions: Vec::new(),
        });
        let lexicon = self.world.rules.lexicon();
        let reducer = Reducer::new(&lexicon);
        let correction =
            reducer.correction(&repeated, reducer.event_id(&repeated), recorded.clone());
        Ok(match correction {
            Ok(correction) => Ok(Body::Correction(Box::new(correction))),
            Err(defects) => Err(defects
                .first()
                .map(|d| d.code().to_owned())
                .unwrap_or_default()),
        })
    }

    /// An event of an earlier step: `name`, or `name/1` for the second of its list.
    fn named(&self, name: &str) -> Result<&(Event, tx::Event), String> {
        let (name, index) = match name.split_once('/') {
            Some((name, index)) => (name, index.parse::<usize>().map_err(|e| e.to_string())?),
            None => (name, 0),
        };
        let list = self
            .events
            .get(name)
            .ok_or_else(|| format!("no events {name:?}"))?;
        list.get(index)
            .ok_or_else(|| format!("no event {index} in {name:?}"))
    }

    fn check(&self, check: &Object) -> Result<(), String> {
        if let Some(name) = text(check, "event") {
            known(check, &["event", "state", "complete"])?;
            return self.check_event(check, self.named(name)?.1.id);
        }
        known(
            check,
            &[
                "object",
                "status",
                "custodian",
                "inside",
                "held",
                "cleared",
                "stage",
                "offered_to",
                "children",
                "orders",
                "events",
            ],
        )?;
        let uri = text(check, "object").ok_or("the check names no object")?;
        let status = self.world.status(&object_id(uri)?);
        let record = status
            .record
            .clone()
            .unwrap_or_else(pangolin_ledger::state::Object::unknown);
        let described = match (&record.status, status.live) {
            (Status::Unknown, _) => "unknown".to_owned(),
            (Status::Voided, _) => "voided".to_owned(),
            (Status::Away(_), _) => "away".to_owned(),
            (_, true) => "live".to_owned(),
            _ => status
                .ended
                .and_then(catalog::describe)
                .unwrap_or("ended")
                .to_owned(),
        };
        let party =
            |party: Option<&_>| party.map_or(Value::Null, |party| self.world.name_of(party).into());
        let inside: Vec<_> = status
            .containers
            .iter()
            .map(|container| capture::object_uri(&container.id))
            .collect();
        let wanted_inside = check
            .get("inside")
            .and_then(Value::as_str)
            .map(canonical)
            .transpose()?;
        let found = [
            ("status", Value::from(described)),
            ("custodian", party(status.custodian.as_ref())),
            (
                "offered_to",
                party(status.pending.as_ref().map(|pending| &pending.to)),
            ),
            ("held", status.held.into()),
            ("cleared", record.flags.has(Flags::CLEARED).into()),
            (
                "stage",
                catalog::describe(status.stage).map_or(Value::Null, Value::from),
            ),
            ("children", record.children.into()),
            ("events", record.seq.into()),
            (
                "orders",
                status
                    .orders
                    .iter()
                    .filter(|order| !order.exempted)
                    .count()
                    .into(),
            ),
            (
                "inside",
                inside
                    .first()
                    .map_or(Value::Null, |uri| Value::from(uri.clone())),
            ),
        ];
        for (name, found) in found {
            let Some(wanted) = check.get(name) else {
                continue;
            };
            let wanted = match &wanted_inside {
                Some(uri) if name == "inside" => Value::from(uri.clone()),
                _ => wanted.clone(),
            };
            if wanted != found {
                return Err(format!("{uri}: {name} is {found}, not {wanted}"));
            }
        }
        Ok(())
    }

    fn check_event(&self, check: &Object, id: EventId) -> Result<(), String> {
        let status = self.world.query(|o| query::event_status(o, &id));
        let state = match status.record.map(|record| record.state) {
            None => "unknown".to_owned(),
            Some(EventState::Applied) => "applied".to_owned(),
            Some(EventState::Parked) => "parked".to_owned(),
            Some(EventState::Expired) => "expired".to_owned(),
            Some(EventState::Rejected(code)) => format!("rejected {code}"),
        };
        if let Some(wanted) = text(check, "state").filter(|wanted| *wanted != state) {
            return Err(format!("the event is {state}, not {wanted}"));
        }
        let complete = status
            .handover
            .is_some_and(|handover| handover.is_complete());
        match check.get("complete").and_then(Value::as_bool) {
            Some(wanted) if wanted != complete => Err(format!(
                "the hand-over is complete: {complete}, not {wanted}"
            )),
            _ => Ok(()),
        }
    }
}

/// Reads events through a document of their own. What an event does not say is filled in: its time, and its offset.
fn read_events(
    events: &[Value],
    happened: TimeMs,
    statement: bool,
) -> Result<(Header, Vec<Event>), String> {
    let mut list = Vec::new();
    for event in events {
        let mut event = object(event, "event")?.clone();
        event.entry("type").or_insert_with(|| "ObjectEvent".into());
        event
            .entry("eventTime")
            .or_insert_with(|| rfc3339(happened).into());
        event
            .entry("eventTimeZoneOffset")
            .or_insert_with(|| "-05:00".into());
        list.push(Value::Object(event));
    }
    let header = if statement {
        format!(r#""epcisHeader": {{{STATEMENT}}},"#)
    } else {
        String::new()
    };
    let document = format!(
        r#"{{"@context": {CONTEXT}, "type": "EPCISDocument", "schemaVersion": "2.0",
        "creationDate": "2026-03-01T00:00:00Z", {header} "epcisBody": {{"eventList": {}}}}}"#,
        Value::from(list)
    );
    let document = read::document(read::json(document.as_bytes(), Mode::Lenient))
        .map_err(|defects| format!("the event is not EPCIS: {:?}", defects.list().first()))?;
    Ok((document.header, document.events))
}

fn order_body(order: &Object) -> Result<OrderBody, String> {
    known(
        order,
        &[
            "kind", "lot", "product", "object", "party", "expires", "officers",
        ],
    )?;
    let key = |name: &str| -> Result<Option<Key>, String> {
        text(order, name)
            .map(|uri| Key::parse(uri).map_err(|e| format!("{uri}: {e}")))
            .transpose()
    };
    let scope = if let Some(lot) = key("lot")? {
        OrderScope::Group(id::group(&lot).map_err(|e| e.to_string())?)
    } else if let Some(product) = key("product")? {
        OrderScope::Class(id::class(&product).map_err(|e| e.to_string())?)
    } else if let Some(object) = key("object")? {
        OrderScope::Object(id::object(&object).map_err(|e| e.to_string())?)
    } else {
        let party = text(order, "party").ok_or("the order has no scope")?;
        OrderScope::Party(member::party_id(party).ok_or_else(|| format!("no party {party:?}"))?)
    };
    let kind = match text(order, "kind") {
        Some("hold") => OrderKind::Hold,
        Some("recall") => OrderKind::Recall,
        other => return Err(format!("no order of kind {other:?}")),
    };
    let officers = order.get("officers").and_then(Value::as_u64).unwrap_or(1);
    Ok(OrderBody::Issue(OrderTerms {
        kind,
        scope,
        reason: words::order_reason::OTHER,
        legal_basis: "FD&C Act §582(c)(4)".to_owned(),
        expires: text(order, "expires").map(time).transpose()?,
        officers: u8::try_from(officers).map_err(|e| e.to_string())?,
        document: None,
    }))
}

fn member(rules: &Rules, name: &str, party: &Object) -> Result<Member, String> {
    known(
        party,
        &["about", "gln", "roles", "prefixes", "gtins", "admitted"],
    )?;
    let texts = |key: &str| -> Vec<String> {
        let list = party
            .get(key)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        list.iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect()
    };
    let roles: Vec<Role> = texts("roles")
        .iter()
        .map(|name| role(rules, name))
        .collect();
    Ok(Member {
        name: name.to_owned(),
        id: text(party, "gln")
            .ok_or_else(|| format!("{name} has no gln"))?
            .to_owned(),
        roles,
        prefixes: texts("prefixes"),
        gtins: texts("gtins"),
        keys: Vec::new(),
    })
}

fn object<'v>(value: &'v Value, what: &str) -> Result<&'v Object, String> {
    value
        .as_object()
        .ok_or_else(|| format!("{what} is no object"))
}

pub(super) fn known(object: &Object, members: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !members.contains(&key.as_str())) {
        Some(key) => Err(format!("member {key:?} is not known")),
        None => Ok(()),
    }
}

pub(super) fn text<'o>(object: &'o Object, key: &str) -> Option<&'o str> {
    object.get(key).and_then(Value::as_str)
}

pub(super) fn object_id(uri: &str) -> Result<pangolin_ledger::id::ObjectId, String> {
    let key = Key::parse(uri).map_err(|error| format!("{uri}: {error}"))?;
    id::object(&key).map_err(|error| error.to_string())
}

fn canonical(uri: &str) -> Result<String, String> {
    Key::parse(uri)
        .map(|key| key.canonical())
        .map_err(|error| format!("{uri}: {error}"))
}

fn time(text: &str) -> Result<TimeMs, String> {
    let time =
        pangolin_epcis::model::Time::parse(text).map_err(|error| format!("{text}: {error}"))?;
    Ok(TimeMs(time.instant().as_millisecond()))
}

/// A time as RFC 3339 text in UTC.
fn rfc3339(time: TimeMs) -> String {
    jiff::Timestamp::from_millisecond(time.0)
        .map(|time| time.to_string())
        .unwrap_or_default()
}

/// `3 days`, `5 hours`, `10 minutes`.
fn duration_ms(text: &str) -> Result<u64, String> {
    let (number, unit) = text
        .split_once(' ')
        .ok_or_else(|| format!("no duration {text:?}"))?;
    let number: u64 = number
        .parse()
        .map_err(|_| format!("no duration {text:?}"))?;
    let unit_ms = match unit.trim_end_matches('s') {
        "minute" => 60_000,
        "hour" => 3_600_000,
        "day" => 86_400_000,
        _ => return Err(format!("no duration {text:?}")),
    };
    Ok(number * unit_ms)
}
