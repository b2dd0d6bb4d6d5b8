//! Events in the form that the client prefers.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use pangolin_epcis::{
    Event,
    model::{DocumentKind, Header, QueryInfo, Time},
    write,
    xml::{Carry, Version, write_document},
};

use super::{
    sight::Page,
    translate::{self, Epcs, Words},
};
use crate::{
    clock::utc_text,
    http::{Form, epcis_headers, name, negotiate},
    problem::{Exception, Problem},
    version,
};

/// How events are to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    form: Form,
    version: Version,
    epcs: Epcs,
    words: Words,
}

/// Reads what the client wants.
pub fn wanted(headers: &HeaderMap) -> Result<Wanted, Problem> {
    let form = negotiate(headers, &[Form::Json, Form::Xml])?;
    let version = version::choose(headers, form == Form::Xml)?;
    Ok(Wanted {
        form,
        version,
        epcs: epcs(headers, version)?,
        words: words(headers, form, version)?,
    })
}

fn text<'a>(headers: &'a HeaderMap, key: &'static str) -> Option<&'a str> {
    headers
        .get(name(key))
        .map(|value| value.to_str().unwrap_or_default().trim())
}

fn not_offered(code: &'static str, detail: impl Into<String>, place: &str) -> Problem {
    Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        Exception::NotAcceptable,
        code,
        detail,
    )
    .at(place)
}

/// The form of identifiers. The standard's default is the Digital Link, which EPCIS 1.2 does not have.
fn epcs(headers: &HeaderMap, version: Version) -> Result<Epcs, Problem> {
    match text(headers, "gs1-epc-format") {
        None if version == Version::V1_2 => Ok(Epcs::Kept),
        None | Some("Always_GS1_Digital_Link") => Ok(Epcs::DigitalLinks),
        Some("No_Preference" | "Never_Translates") => Ok(Epcs::Kept),
        Some("Always_EPC_URN") => Ok(Epcs::Urns),
        Some(_) => Err(Problem::parameter(
            "GS1-EPC-Format",
            "must be No_Preference, Always_GS1_Digital_Link, Always_EPC_URN or Never_Translates",
        )),
    }
}

/// The form of words, which JSON leaves no choice of.
fn words(headers: &HeaderMap, form: Form, version: Version) -> Result<Words, Problem> {
    let words = match text(headers, "gs1-cbv-xml-format") {
        None | Some("No_Preference" | "Never_Translates") => Words::Kept,
        Some("Always_Web_URI") => Words::WebUris,
        Some("Always_URN") => Words::Urns,
        Some(_) => {
            return Err(Problem::parameter(
                "GS1-CBV-XML-Format",
                "must be No_Preference, Always_Web_URI, Always_URN or Never_Translates",
            ));
        }
    };
    if form != Form::Xml {
        return Ok(Words::Kept);
    }
    if words == Words::WebUris && version == Version::V1_2 {
        let detail = "the vocabulary of EPCIS 1.2 has URNs only";
        return Err(
            not_offered("cbv-format-not-offered", detail, "GS1-CBV-XML-Format")
                .remedy("ask for Always_URN, or accept EPCIS 2.0"),
        );
    }
    Ok(words)
}

/// An event as a value of its own, identifiers as they came.
pub fn value(event: Event, now_ms: i64) -> Result<serde_json::Value, Problem> {
    let failed = |error: &dyn std::fmt::Display| {
        tracing::error!(%error, "an event cannot be written");
        Problem::internal("events-unwritable")
    };
    let document = Header {
        kind: DocumentKind::Capture,
        schema_version: Some("2.0".to_owned()),
        creation_date: Time::parse(&utc_text(now_ms)).ok(),
        ..Header::default()
    };
    let written = write::json(Vec::new(), &document, &[event]).map_err(|error| failed(&error))?;
    let mut written: serde_json::Value =
        serde_json::from_slice(&written).map_err(|error| failed(&error))?;
    let event = written.pointer_mut("/epcisBody/eventList/0");
    event
        .map(serde_json::Value::take)
        .ok_or_else(|| failed(&"it is not in its document"))
}

/// A page of events as a query document.
pub fn page(
    page: Page,
    wanted: Wanted,
    query_name: &str,
    now_ms: i64,
    next: Option<&str>,
) -> Result<Response, Problem> {
    let mut events = page.events;
    for event in &mut events {
        translate::epcs(event, wanted.epcs).map_err(|epc| {
            let detail = format!(
                "{epc} came as a Digital Link; its EPC URN needs the length of the company prefix, which a link does not tell"
            );
            not_offered("epc-format-not-offered", detail, "GS1-EPC-Format")
                .remedy("ask for Never_Translates or Always_GS1_Digital_Link")
        })?;
        translate::words(event, wanted.words);
    }
    let document = Header {
        kind: DocumentKind::Query,
        schema_version: Some(
            if wanted.version == Version::V1_2 {
                "1.2"
            } else {
                "2.0"
            }
            .to_owned(),
        ),
        creation_date: Time::parse(&utc_text(now_ms)).ok(),
        query: Some(QueryInfo {
            name: query_name.to_owned(),
            subscription_id: None,
        }),
        ..Header::default()
    };
    let unwritable = |error: &dyn std::error::Error| {
        tracing::error!(%error, "events cannot be written");
        Problem::internal("events-unwritable")
    };
    let (media, bytes) = if wanted.form == Form::Xml {
        let written = write_document(&document, &events, wanted.version, Carry::Extensions);
        (
            "application/xml; charset=utf-8",
            written.map_err(|error| unwritable(&error))?.0,
        )
    } else {
        let written = write::json(Vec::new(), &document, &events);
        (
            "application/json",
            written.map_err(|error| unwritable(&error))?,
        )
    };
    let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, media)], bytes).into_response();
    epcis_headers(&mut response);
    let headers = response.headers_mut();
    for key in ["gs1-epcis-version", "gs1-cbv-version"] {
        headers.insert(name(key), version::header_value(wanted.version));
    }
    let mut put = |key, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(key, value);
        }
    };
    put(name("pangolin-height"), &page.height.to_string());
    if page.unreadable > 0 {
        // never a clean partial answer
        put(
            name("pangolin-unreadable-events"),
            &page.unreadable.to_string(),
        );
    }
    if let (Some((_, expires)), Some(next)) = (&page.next, next) {
        put(header::LINK, &format!("<{next}>; rel=\"next\""));
        put(name("gs1-next-page-token-expires"), &utc_text(*expires));
    }
    Ok(response)
}
