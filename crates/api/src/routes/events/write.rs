//! Events in the form that the client prefers.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use pangolin_epcis::{
    Event,
    model::{DocumentKind, Header, QueryInfo, Time, Uri},
    write,
    xml::{Carry, Version, write_document},
};
use pangolin_gs1::Key;

use super::sight::Page;
use crate::{
    clock::utc_text,
    http::{Form, epcis_headers, name, negotiate},
    problem::{Exception, Problem},
};

/// How events are to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    form: Form,
    version: Version,
    digital_links: bool,
}

/// Reads what the client wants.
pub fn wanted(headers: &HeaderMap) -> Result<Wanted, Problem> {
    let form = negotiate(headers, &[Form::Json, Form::Xml])?;
    let text = |key: &'static str| headers.get(key).and_then(|value| value.to_str().ok());
    let not_acceptable = |code, detail: &str, place: &str| {
        Problem::new(
            StatusCode::NOT_ACCEPTABLE,
            Exception::NotAcceptable,
            code,
            detail,
        )
        .at(place)
    };
    let version = match text("gs1-epcis-max") {
        Some(max) if max.starts_with("1.") && form == Form::Xml => Version::V1_2,
        Some(max) if max.starts_with("1.") => {
            return Err(not_acceptable(
                "version-not-offered",
                "EPCIS before 2.0 has no JSON; accept XML",
                "GS1-EPCIS-Max",
            ));
        }
        _ => Version::V2_0,
    };
    let digital_links = match text("gs1-epc-format") {
        None | Some("No_Preference" | "Never_Translates") => false,
        Some("Always_GS1_Digital_Link") => true,
        Some("Always_EPC_URN") => {
            let detail = "an EPC URN needs the length of the company prefix, which the events do not all tell";
            return Err(not_acceptable(
                "epc-format-not-offered",
                detail,
                "GS1-EPC-Format",
            ));
        }
        Some(_) => {
            return Err(Problem::parameter(
                "GS1-EPC-Format",
                "is not a format of EPCIS 2.0",
            ));
        }
    };
    Ok(Wanted {
        form,
        version,
        digital_links,
    })
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
    if wanted.digital_links {
        events.iter_mut().for_each(translate);
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
    let (media, bytes) = match wanted.form {
        Form::Xml => {
            let written = write_document(&document, &events, wanted.version, Carry::Extensions);
            (
                "application/xml; charset=utf-8",
                written.map_err(|error| unwritable(&error))?.0,
            )
        }
        _ => {
            let written = write::json(Vec::new(), &document, &events);
            (
                "application/json",
                written.map_err(|error| unwritable(&error))?,
            )
        }
    };
    let mut response = (StatusCode::OK, [(header::CONTENT_TYPE, media)], bytes).into_response();
    epcis_headers(&mut response);
    let headers = response.headers_mut();
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

/// Writes the identifiers of objects and classes as Digital Links where they are GS1 keys.
fn translate(event: &mut Event) {
    use pangolin_epcis::model::What;
    let link = |uri: &mut Uri| {
        let canonical = Key::parse(uri.as_str()).ok().map(|key| key.canonical());
        if let Some(link) = canonical.and_then(|text| Uri::parse(&text).ok()) {
            *uri = link;
        }
    };
    match &mut event.what {
        What::Object(what) => {
            what.epcs.iter_mut().for_each(link);
            what.quantities
                .iter_mut()
                .for_each(|quantity| link(&mut quantity.epc_class));
        }
        What::Aggregation(what) | What::Association(what) => {
            what.parent_id.iter_mut().for_each(link);
            what.child_epcs.iter_mut().for_each(link);
            what.child_quantities
                .iter_mut()
                .for_each(|quantity| link(&mut quantity.epc_class));
        }
        What::Transaction(what) => {
            what.parent_id.iter_mut().for_each(link);
            what.epcs.iter_mut().for_each(link);
            what.quantities
                .iter_mut()
                .for_each(|quantity| link(&mut quantity.epc_class));
        }
        What::Transformation(what) => {
            what.input_epcs
                .iter_mut()
                .chain(&mut what.output_epcs)
                .for_each(link);
            let quantities = what
                .input_quantities
                .iter_mut()
                .chain(&mut what.output_quantities);
            quantities.for_each(|quantity| link(&mut quantity.epc_class));
        }
        What::Extended(_) => {}
    }
}
