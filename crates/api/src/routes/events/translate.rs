//! Identifiers and vocabulary of events in the form that a client asks for.
//!
//! EPCIS 2.0 §12 (REST): `GS1-EPC-Format` is about identifiers, `GS1-CBV-XML-Format` about words in XML. Neither changes what
//! an event says, nor its hash. An EPC URN tells the length of the company prefix, a Digital Link does not: an identifier
//! that came as a link becomes no URN, because the length is never guessed.

use pangolin_epcis::{
    Event,
    model::{Term, Uri, What},
};
use pangolin_gs1::Key;

/// How identifiers are to be written (`GS1-EPC-Format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Epcs {
    /// As they came.
    Kept,
    /// As GS1 Digital Links, where they are GS1 keys.
    DigitalLinks,
    /// As EPC URNs.
    Urns,
}

/// How words of the CBV are to be written in XML (`GS1-CBV-XML-Format`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// As they came, where XML allows it.
    Kept,
    /// As URIs of the web.
    WebUris,
    /// As URNs.
    Urns,
}

/// Writes the identifiers of an event in the form that is wanted; gives the first that has no such form.
pub fn epcs(event: &mut Event, wanted: Epcs) -> Result<(), String> {
    let mut failed = None;
    match wanted {
        Epcs::Kept => {}
        Epcs::DigitalLinks => each_uri(event, |uri| {
            let canonical = Key::parse(uri.as_str()).ok().map(|key| key.canonical());
            if let Some(link) = canonical.and_then(|text| Uri::parse(&text).ok()) {
                *uri = link;
            }
        }),
        Epcs::Urns => each_uri(event, |uri| {
            let is_link = uri.as_str().starts_with("http")
                && Key::parse(uri.as_str()).is_ok_and(|key| is_gs1(&key));
            if is_link && failed.is_none() {
                failed = Some(uri.as_str().to_owned());
            }
        }),
    }
    failed.map_or(Ok(()), Err)
}

/// Whether a key is one of GS1's, which have a URN, and not somebody's own URI.
fn is_gs1(key: &Key) -> bool {
    key.to_elements().is_some()
}

/// Writes the words of an event in the form that is wanted.
pub fn words(event: &mut Event, wanted: Words) {
    let write = |term: &mut Term| {
        let text = match wanted {
            Words::Kept => return,
            Words::WebUris => term.web_uri(),
            Words::Urns => term.urn(),
        };
        // the text is kept as it is from here on
        *term = Term::user(term.vocabulary(), &text);
    };
    event.biz_step.iter_mut().for_each(write);
    event.disposition.iter_mut().for_each(write);
    if let Some(dispositions) = &mut event.persistent_disposition {
        dispositions
            .set
            .iter_mut()
            .chain(&mut dispositions.unset)
            .for_each(write);
    }
    event
        .biz_transactions
        .iter_mut()
        .filter_map(|named| named.kind.as_mut())
        .for_each(write);
    event
        .sources
        .iter_mut()
        .chain(&mut event.destinations)
        .for_each(|party| write(&mut party.kind));
    if let Some(declaration) = &mut event.error_declaration {
        declaration.reason.iter_mut().for_each(write);
    }
}

/// Every identifier of an object, a class, a place or a party.
fn each_uri(event: &mut Event, mut act: impl FnMut(&mut Uri)) {
    match &mut event.what {
        What::Object(what) => {
            what.epcs.iter_mut().for_each(&mut act);
            what.quantities
                .iter_mut()
                .for_each(|quantity| act(&mut quantity.epc_class));
        }
        What::Aggregation(what) | What::Association(what) => {
            what.parent_id
                .iter_mut()
                .chain(&mut what.child_epcs)
                .for_each(&mut act);
            what.child_quantities
                .iter_mut()
                .for_each(|quantity| act(&mut quantity.epc_class));
        }
        What::Transaction(what) => {
            what.parent_id
                .iter_mut()
                .chain(&mut what.epcs)
                .for_each(&mut act);
            what.quantities
                .iter_mut()
                .for_each(|quantity| act(&mut quantity.epc_class));
        }
        What::Transformation(what) => {
            what.input_epcs
                .iter_mut()
                .chain(&mut what.output_epcs)
                .for_each(&mut act);
            let quantities = what
                .input_quantities
                .iter_mut()
                .chain(&mut what.output_quantities);
            quantities.for_each(|quantity| act(&mut quantity.epc_class));
        }
        What::Extended(_) => {}
    }
    let places = event.read_point.iter_mut().chain(&mut event.biz_location);
    places.for_each(|place| act(&mut place.id));
    event
        .sources
        .iter_mut()
        .chain(&mut event.destinations)
        .for_each(|party| act(&mut party.id));
}
