//! The reduction.

use std::collections::{BTreeMap, BTreeSet};

use pangolin_epcis::{
    Event,
    hash::{self, HashContext},
    model::{self, BizTransaction, Context, Element, Header, Term, Uri, What},
};
use pangolin_gs1::Key;
use pangolin_ledger::{
    id::{Code, Digest32, EventId, ObjectId, ObjectSet, TimeMs, Value},
    limits,
    tx::{self, Correction, EventKind, Outputs, Payload, Quantities, Reference},
};

use super::{
    defect::{CaptureDefect, Found, Problem, quote},
    fields,
    lexicon::{Lexicon, attribute},
    objects, party, quantity,
};
use crate::{
    cbv,
    disclosure::{self, SaltSecret},
    payload,
};

/// Name of the member of a document that excludes fields from the event hash.
const IGNORE_FIELDS: &str = "ignoreFields";

/// Where the full event is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// In the block.
    Full,
    /// With its owner; the chain has the commitment only.
    Committed,
    /// At a URI (at most 2,048 bytes).
    Pointer(String),
}

/// Reduces the events of one document.
///
/// ```
/// use pangolin_epcis::read::{self, Mode};
/// use pangolin_profiles::{capture::{Placement, Reducer, object_uri}, disclosure::SaltSecret, pharma};
///
/// let text = r#"{
///   "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
///   "type": "EPCISDocument", "schemaVersion": "2.0", "creationDate": "2026-03-01T00:00:00Z",
///   "epcisBody": {"eventList": [{
///     "type": "ObjectEvent", "eventTime": "2026-03-01T08:00:00Z", "eventTimeZoneOffset": "-05:00",
///     "epcList": ["urn:epc:id:sgtin:030001.0012345.11"], "action": "OBSERVE", "bizStep": "storing"}]}}"#;
/// let document = read::document(read::json(text.as_bytes(), Mode::Strict)).unwrap();
/// let reducer = Reducer::of_document(&pharma::LEXICON, &document.header);
/// let secret = SaltSecret::new([7; 32]);
/// let event = reducer.reduce(&document.events[0], &secret, Placement::Full).unwrap();
/// let pack = event.objects.iter().next().unwrap();
/// assert_eq!(object_uri(pack), "https://id.gs1.org/01/00300010123455/21/11");
/// ```
#[derive(Debug, Clone)]
pub struct Reducer {
    lexicon: Lexicon,
    header: Header,
    hash: HashContext,
}

impl Reducer {
    /// For events that stand alone.
    pub fn new(lexicon: &Lexicon) -> Self {
        Self {
            lexicon: *lexicon,
            header: Header::default(),
            hash: HashContext::default(),
        }
    }

    /// For the events of a document: its namespaces, and what it states for all its events.
    pub fn of_document(lexicon: &Lexicon, header: &Header) -> Self {
        let ignored = header
            .extensions
            .iter()
            .filter(|element| element.name.local == IGNORE_FIELDS);
        let mut kept = ignored.cloned().collect::<Vec<Element>>();
        kept.extend(fields::of_document(lexicon, header));
        let header = Header {
            context: header.context.clone(),
            extensions: kept,
            ..Header::default()
        };
        Self {
            lexicon: *lexicon,
            hash: HashContext::of(&header),
            header,
        }
    }

    /// The event's identity: the bytes of its CBV event hash.
    pub fn event_id(&self, event: &Event) -> EventId {
        EventId(hash::digest(event, &self.hash))
    }

    /// Reduces an event. `Err` lists its defects, at most [`DEFECTS_MAX`](super::DEFECTS_MAX).
    ///
    /// `secret` salts the commitment: who keeps it can later disclose single fields and keep the others secret.
    pub fn reduce(
        &self,
        event: &Event,
        secret: &SaltSecret,
        placement: Placement,
    ) -> Result<tx::Event, Vec<CaptureDefect>> {
        let id = self.identity(event, secret, &placement);
        self.reduce_identified(event, id, secret, placement)
    }

    /// The identity under which an event goes to the chain: its event hash, or where only its owner has the event, what tells
    /// nothing about it ([`SaltSecret::identity`]).
    pub fn identity(&self, event: &Event, secret: &SaltSecret, placement: &Placement) -> EventId {
        let hash = self.event_id(event);
        match placement {
            Placement::Committed => secret.identity(&hash),
            Placement::Full | Placement::Pointer(_) => hash,
        }
    }

    /// Like [`Self::reduce`], for callers that computed [`Self::identity`] before.
    pub fn reduce_identified(
        &self,
        event: &Event,
        id: EventId,
        secret: &SaltSecret,
        placement: Placement,
    ) -> Result<tx::Event, Vec<CaptureDefect>> {
        if event.error_declaration.is_some() {
            let mut found = Found::default();
            found.add("/errorDeclaration", Problem::Declaration);
            return Err(found.into_list());
        }
        let mut reduced = self.rule_inputs(event, id)?;
        reduced.commitment = disclosure::commit(event, &id, secret);
        reduced.payload = match placement {
            Placement::Full => Payload::Full(self.payload(event)?.into()),
            Placement::Committed => Payload::Committed(reduced.commitment),
            Placement::Pointer(uri) => {
                if uri.len() > limits::MAX_URI_BYTES {
                    let problem = Problem::IdentifierTooLong {
                        uri: quote(&uri),
                        max: limits::MAX_URI_BYTES,
                    };
                    return Err(vec![CaptureDefect {
                        place: String::new(),
                        problem,
                    }]);
                }
                let digest = tx::Payload::Full(self.payload(event)?.into()).digest();
                Payload::Pointer { uri, digest }
            }
        };
        Ok(reduced)
    }

    /// The full event as a payload carries it.
    pub fn payload(&self, event: &Event) -> Result<Vec<u8>, Vec<CaptureDefect>> {
        let defect = |problem| {
            vec![CaptureDefect {
                place: String::new(),
                problem,
            }]
        };
        let bytes = payload::encode_of_document(event, &self.header).map_err(|error| {
            defect(Problem::NotWritable {
                message: error.to_string(),
            })
        })?;
        if bytes.len() > limits::MAX_PAYLOAD_BYTES {
            return Err(defect(Problem::TooLarge {
                found: bytes.len(),
                max: limits::MAX_PAYLOAD_BYTES,
            }));
        }
        Ok(bytes)
    }

    /// Everything of the reduced event but commitment and payload.
    pub fn rule_inputs(&self, event: &Event, id: EventId) -> Result<tx::Event, Vec<CaptureDefect>> {
        let mut found = Found::default();
        let mut attributes = BTreeMap::new();
        let what = what(event, &mut attributes, &mut found);
        let time = TimeMs(event.event_time.instant().as_millisecond());
        let unread = Digest32([0; 32]);
        let mut reduced = tx::Event::new(id, what.kind, what.action, time, cbv::NONE, unread);
        reduced.objects = what.objects;
        reduced.parent = what.parent;
        reduced.quantities = what.quantities;
        reduced.outputs = what.outputs;
        reduced.step = self
            .term(
                event.biz_step.as_ref(),
                attribute::STEP_URI,
                &mut attributes,
            )
            .unwrap_or(cbv::NONE);
        reduced.disposition = self.term(
            event.disposition.as_ref(),
            attribute::DISPOSITION_URI,
            &mut attributes,
        );
        self.persistent(event, &mut attributes);
        reduced.source = party::sources(&event.sources, &mut attributes, &mut found);
        reduced.destination = party::destinations(&event.destinations, &mut attributes, &mut found);
        let site = event
            .biz_location
            .as_ref()
            .map(|site| ("/bizLocation", site));
        let site = site.or_else(|| event.read_point.as_ref().map(|site| ("/readPoint", site)));
        if let Some((place, site)) = site {
            match party::site(site.id.as_str()) {
                Ok(value) => reduced.place = Some(value),
                Err(problem) => found.add(place, problem),
            }
        }
        reduced.references = self.references(&event.biz_transactions, &mut found);
        fields::read(
            &self.lexicon,
            event,
            &self.header.extensions,
            &mut attributes,
            &mut found,
        );
        fields::rests(event, &mut attributes, &mut found);
        if let Ok(offset) = Value::new(event.event_time_zone_offset.minutes().to_string()) {
            attributes.insert(attribute::OFFSET, offset);
        }
        reduced.attributes = attributes;
        let empty = reduced.refs() == 0
            && reduced.quantities.is_empty()
            && reduced.outputs.quantities.is_empty();
        if empty && found.is_empty() {
            found.add("", Problem::Nothing);
        }
        found.into_result(reduced)
    }

    /// The transaction body for an event that repeats `recorded` and declares it in error (EPCIS 2.0 §7.4.1.3). `id` is the identity
    /// of the event that it repeats.
    pub fn correction(
        &self,
        event: &Event,
        id: EventId,
        recorded: tx::Event,
    ) -> Result<Correction, Vec<CaptureDefect>> {
        let mut found = Found::default();
        let Some(declaration) = &event.error_declaration else {
            found.add("/errorDeclaration", Problem::NoDeclaration);
            return Err(found.into_list());
        };
        if id != recorded.id {
            let (found_id, recorded) = (event_uri(&id), event_uri(&recorded.id));
            found.add(
                "",
                Problem::NotRecorded {
                    found: found_id,
                    recorded,
                },
            );
            return Err(found.into_list());
        }
        let listed = declaration
            .corrective_event_ids
            .as_deref()
            .unwrap_or_default();
        let mut correctives = Vec::new();
        for (index, uri) in listed.iter().enumerate() {
            match parse_event_uri(uri.as_str()) {
                Some(id) => correctives.push(id),
                None => found.add(
                    format!("/errorDeclaration/correctiveEventIDs/{index}"),
                    Problem::NotAnEventHash {
                        uri: quote(uri.as_str()),
                    },
                ),
            }
        }
        if correctives.len() > limits::MAX_CORRECTIVES {
            let problem = Problem::TooMany {
                found: correctives.len(),
                max: limits::MAX_CORRECTIVES,
            };
            found.add("/errorDeclaration/correctiveEventIDs", problem);
        }
        let reason = declaration
            .reason
            .as_ref()
            .map_or(cbv::NONE, |reason| self.lexicon.code(reason));
        let note = declaration
            .reason
            .as_ref()
            .filter(|reason| reason.word().is_none());
        found.into_result(Correction {
            event: recorded,
            declared: TimeMs(declaration.declaration_time.instant().as_millisecond()),
            reason,
            note: note
                .map(|reason| quote(reason.as_str()))
                .unwrap_or_default(),
            correctives,
        })
    }

    fn term(
        &self,
        term: Option<&Term>,
        uri_code: Code,
        attributes: &mut BTreeMap<Code, Value>,
    ) -> Option<Code> {
        let code = self.lexicon.code(term?);
        if code == cbv::OTHER
            && let Some(uri) = term.and_then(|term| Value::new(term.as_str()).ok())
        {
            attributes.insert(uri_code, uri);
        }
        Some(code)
    }

    fn persistent(&self, event: &Event, attributes: &mut BTreeMap<Code, Value>) {
        let Some(persistent) = &event.persistent_disposition else {
            return;
        };
        let lists = [
            (attribute::DISPOSITIONS_SET, &persistent.set),
            (attribute::DISPOSITIONS_UNSET, &persistent.unset),
        ];
        for (code, terms) in lists {
            let codes: BTreeSet<u16> = terms.iter().map(|term| self.lexicon.code(term).0).collect();
            let bytes: Vec<u8> = codes.into_iter().flat_map(u16::to_be_bytes).collect();
            if let Some(value) = Value::new(bytes)
                .ok()
                .filter(|value| !value.as_bytes().is_empty())
            {
                attributes.insert(code, value);
            }
        }
    }

    fn references(&self, list: &[BizTransaction], found: &mut Found) -> BTreeSet<Reference> {
        if list.len() > limits::MAX_REFERENCES_PER_EVENT {
            let problem = Problem::TooMany {
                found: list.len(),
                max: limits::MAX_REFERENCES_PER_EVENT,
            };
            found.add("/bizTransactionList", problem);
            return BTreeSet::new();
        }
        let mut references = BTreeSet::new();
        for (index, document) in list.iter().enumerate() {
            let uri = document.id.as_str();
            let text = Key::parse(uri).map_or_else(|_| uri.to_owned(), |key| key.canonical());
            let kind = document
                .kind
                .as_ref()
                .map_or(cbv::NONE, |kind| self.lexicon.code(kind));
            if let Ok(value) = Value::new(text) {
                references.insert(Reference { kind, value });
            } else {
                let problem = Problem::IdentifierTooLong {
                    uri: quote(uri),
                    max: Value::MAX_BYTES,
                };
                found.add(format!("/bizTransactionList/{index}"), problem);
            }
        }
        references
    }
}

/// The *what* of an event.
struct Reduced {
    kind: EventKind,
    action: tx::Action,
    objects: ObjectSet,
    parent: Option<ObjectId>,
    quantities: Quantities,
    outputs: Outputs,
}

const fn action(action: model::Action) -> tx::Action {
    match action {
        model::Action::Add => tx::Action::Add,
        model::Action::Observe => tx::Action::Observe,
        model::Action::Delete => tx::Action::Delete,
    }
}

fn what(event: &Event, attributes: &mut BTreeMap<Code, Value>, found: &mut Found) -> Reduced {
    let simple = |kind, act, objects, parent, quantities| Reduced {
        kind,
        action: action(act),
        objects,
        parent,
        quantities,
        outputs: Outputs::default(),
    };
    match &event.what {
        What::Object(what) => {
            let objects = objects::read(&what.epcs, "epcList", found);
            let quantities = quantity::read(&what.quantities, "quantityList", found);
            simple(EventKind::Object, what.action, objects, None, quantities)
        }
        What::Aggregation(what) | What::Association(what) => {
            let association = matches!(event.what, What::Association(_));
            let kind = if association {
                EventKind::Association
            } else {
                EventKind::Aggregation
            };
            let objects = objects::read(&what.child_epcs, "childEPCs", found);
            let quantities = quantity::read(&what.child_quantities, "childQuantityList", found);
            simple(
                kind,
                what.action,
                objects,
                parent(what.parent_id.as_ref(), found),
                quantities,
            )
        }
        What::Transaction(what) => {
            let objects = objects::read(&what.epcs, "epcList", found);
            let quantities = quantity::read(&what.quantities, "quantityList", found);
            let parent = parent(what.parent_id.as_ref(), found);
            simple(
                EventKind::Transaction,
                what.action,
                objects,
                parent,
                quantities,
            )
        }
        What::Transformation(what) => {
            if let Some(id) = &what.transformation_id {
                match Value::new(id.as_str()) {
                    Ok(value) => {
                        attributes.insert(attribute::PROCESS, value);
                    }
                    Err(_) => found.add(
                        "/transformationID",
                        Problem::IdentifierTooLong {
                            uri: quote(id.as_str()),
                            max: Value::MAX_BYTES,
                        },
                    ),
                }
            }
            Reduced {
                kind: EventKind::Transformation,
                action: tx::Action::Add,
                objects: objects::read(&what.input_epcs, "inputEPCList", found),
                parent: None,
                quantities: quantity::read(&what.input_quantities, "inputQuantityList", found),
                outputs: Outputs {
                    objects: objects::read(&what.output_epcs, "outputEPCList", found),
                    quantities: quantity::read(
                        &what.output_quantities,
                        "outputQuantityList",
                        found,
                    ),
                },
            }
        }
        What::Extended(what) => {
            found.add(
                "/type",
                Problem::EventType {
                    name: quote(&what.name.local),
                },
            );
            let none = || (ObjectSet::new(), None, Quantities::new());
            let (objects, parent, quantities) = none();
            simple(
                EventKind::Object,
                model::Action::Observe,
                objects,
                parent,
                quantities,
            )
        }
    }
}

fn parent(uri: Option<&Uri>, found: &mut Found) -> Option<ObjectId> {
    let result = objects::one(uri?.as_str());
    result
        .map_err(|problem| found.add("/parentID", problem))
        .ok()
}

/// The identity of an event that stands alone: the bytes of its CBV event hash. `context` is that of its document.
pub fn event_id(event: &Event, context: &Context) -> EventId {
    let header = Header {
        context: context.clone(),
        ..Header::default()
    };
    EventId(hash::digest(event, &HashContext::of(&header)))
}

/// The CBV form of an event's identity: `ni:///sha-256;…?ver=CBV2.0` (CBV 2.0 §8.9).
pub fn event_uri(id: &EventId) -> String {
    format!("ni:///sha-256;{id}?ver=CBV2.0")
}

/// Reads [`event_uri`] back; `None` for any other identifier.
pub fn parse_event_uri(uri: &str) -> Option<EventId> {
    let (hex, version) = uri.strip_prefix("ni:///sha-256;")?.split_once('?')?;
    let bytes = (version == "ver=CBV2.0").then(|| unhex(hex))?;
    bytes.map(EventId)
}

/// 32 bytes from 64 lower-case hexadecimal digits.
pub(crate) fn unhex(digits: &str) -> Option<[u8; 32]> {
    let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digits.len() != 64 || !digits.bytes().all(lower) {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(bytes)
}
