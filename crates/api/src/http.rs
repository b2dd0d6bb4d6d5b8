//! What handlers share about HTTP: parameters, negotiation, the headers of EPCIS.

use axum::{
    body::Body,
    extract::{FromRequestParts, Path},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    app::App,
    listen::pace::{Pieces, TooSlow},
    problem::{Exception, Problem, map},
    room::Room,
    version,
};

/// Parameters of a query string, decoded, in order.
pub type Parameters = Vec<(String, String)>;

/// Reads a query string. `+` stands for itself, because times with offsets are often sent unencoded; a form sends it for a
/// space, see [`form`].
pub fn parameters(query: Option<&str>) -> Result<Parameters, Problem> {
    split(query, str::to_owned)
}

/// Reads a query string that a browser's form made.
pub fn form(query: Option<&str>) -> Result<Parameters, Problem> {
    split(query, |text| text.replace('+', " "))
}

fn split(query: Option<&str>, prepare: impl Fn(&str) -> String) -> Result<Parameters, Problem> {
    let pairs = query
        .unwrap_or_default()
        .split('&')
        .filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Ok((decoded(&prepare(name))?, decoded(&prepare(value))?))
        })
        .collect()
}

fn decoded(text: &str) -> Result<String, Problem> {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| Problem::parameter(text, "is not UTF-8"))
}

/// Takes the one value of a parameter out of a list.
pub fn take(parameters: &mut Parameters, name: &str) -> Result<Option<String>, Problem> {
    let mut found = None;
    let mut repeated = false;
    parameters.retain(|(known, value)| {
        if known == name {
            repeated |= found.replace(value.clone()).is_some();
        }
        known != name
    });
    if repeated {
        Err(Problem::parameter(name, "is given twice"))
    } else {
        Ok(found)
    }
}

/// Takes a whole number within limits.
pub fn take_number<T: std::str::FromStr + PartialOrd + std::fmt::Display>(
    parameters: &mut Parameters,
    name: &str,
    (min, max): (T, T),
) -> Result<Option<T>, Problem> {
    let Some(text) = take(parameters, name)? else {
        return Ok(None);
    };
    match text.parse::<T>() {
        Ok(number) if number >= min && number <= max => Ok(Some(number)),
        _ => Err(Problem::parameter(
            name,
            format!("must be a whole number from {min} to {max}"),
        )),
    }
}

/// Takes how many entries a page shall have. More than `max` are not refused; the page is shorter, as the standard allows
/// (`PerPage` in its REST description: there can be an upper limit that the client cannot override), and [`say_page`] says so.
pub fn take_page(parameters: &mut Parameters, max: u32, default: u32) -> Result<u32, Problem> {
    let asked = take_number(parameters, "perPage", (1, u32::MAX))?;
    Ok(asked.unwrap_or(default).min(max))
}

/// Says how many entries a page has at most.
pub fn say_page(response: &mut Response, per_page: u32) {
    let headers = response.headers_mut();
    headers.insert(name("pangolin-per-page"), HeaderValue::from(per_page));
}

/// Refuses parameters that nobody took: a misspelt one would otherwise go unnoticed.
pub fn no_more(parameters: &Parameters) -> Result<(), Problem> {
    match parameters.first() {
        Some((name, _)) => Err(Problem::parameter(
            name,
            "is not known here; check its spelling",
        )),
        None => Ok(()),
    }
}

/// Characters that are kept in one segment of a path (RFC 3986 unreserved).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A text as one segment of a path, or as a value in a query string.
pub fn segment(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// Forms of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// JSON-LD.
    Json,
    /// XML.
    Xml,
    /// A page for people.
    Html,
    /// Bytes.
    Binary,
}

impl Form {
    fn media_types(self) -> &'static [&'static str] {
        match self {
            Self::Json => &[
                "application/json",
                "application/ld+json",
                "application/*",
                "*/*",
            ],
            Self::Xml => &[
                "application/xml",
                "text/xml",
                "application/*",
                "text/*",
                "*/*",
            ],
            Self::Html => &["text/html", "text/*", "*/*"],
            Self::Binary => &[
                "application/octet-stream",
                "application/vnd.pangolin.proof",
                "application/*",
                "*/*",
            ],
        }
    }
}

/// The form that the `Accept` header prefers, of those offered; the first offered where it does not say.
pub fn negotiate(headers: &HeaderMap, offered: &[Form]) -> Result<Form, Problem> {
    let accepted: Vec<&str> = headers
        .get_all(header::ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect();
    let first = offered.first().copied().unwrap_or(Form::Json);
    if accepted.is_empty() {
        return Ok(first);
    }
    let mut best: Option<(u32, usize, Form)> = None;
    for range in accepted.iter().flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts
            .find_map(|part| part.strip_prefix("q="))
            .map_or(1_000, quality);
        if quality == 0 {
            continue;
        }
        for form in offered {
            let Some(specific) = form.media_types().iter().position(|known| *known == media) else {
                continue;
            };
            let better =
                best.is_none_or(|(q, at, _)| quality > q || (quality == q && specific < at));
            if better {
                best = Some((quality, specific, *form));
            }
        }
    }
    best.map(|(.., form)| form).ok_or_else(|| {
        Problem::new(
            StatusCode::NOT_ACCEPTABLE,
            Exception::NotAcceptable,
            "not-acceptable",
            "none of the accepted media types is offered here",
        )
        .at("Accept")
        .remedy("accept one of the media types that /openapi.json gives for this path")
    })
}

/// Thousandths of a quality value.
fn quality(text: &str) -> u32 {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = rest.chars().chain("000".chars()).take(3).collect();
    whole.parse::<u32>().unwrap_or(1) * 1_000 + digits.parse::<u32>().unwrap_or(0)
}

/// An answer in JSON.
pub fn json<T: Serialize>(status: StatusCode, value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => (status, [(header::CONTENT_TYPE, "application/json")], bytes).into_response(),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            Problem::internal("answer-unwritable").into_response()
        }
    }
}

/// Version of EPCIS that this interface speaks.
pub const EPCIS_VERSION: &str = "2.0.0";
/// Version of the CBV.
pub const CBV_VERSION: &str = "2.0.0";

/// The name of a header in lower case.
pub const fn name(text: &'static str) -> HeaderName {
    HeaderName::from_static(text)
}

/// Adds the headers that every EPCIS answer has.
pub fn epcis_headers(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(
        name("gs1-epcis-version"),
        HeaderValue::from_static(EPCIS_VERSION),
    );
    headers.insert(
        name("gs1-cbv-version"),
        HeaderValue::from_static(CBV_VERSION),
    );
    headers.insert(
        name("gs1-extensions"),
        HeaderValue::from_static("pangolin=https://ns.pangolin.network/epcis/"),
    );
}

/// Runs a question to the index where it may block.
pub async fn index<T: Send + 'static>(
    app: &App,
    ask: impl FnOnce(&pangolin_index::SqliteIndex) -> Result<T, pangolin_index::IndexError>
    + Send
    + 'static,
) -> Result<T, Problem> {
    let index = app.deps().index.clone().ok_or_else(|| {
        Problem::not_found(
            "no-index",
            "this node keeps no index of events: ask a node that does, such as an observer",
        )
    })?;
    let answer = tokio::task::spawn_blocking(move || ask(&index)).await;
    answer
        .map_err(|_| Problem::internal("interrupted"))?
        .map_err(Problem::from)
}

/// A body in memory, with the room it takes there.
#[derive(Debug)]
pub struct Held {
    /// The body.
    pub bytes: Bytes,
    _room: Room,
}

/// Whether a body is larger than `max` by its own account (`Content-Length`): it is refused without being read.
pub fn exceeds(body: &Body, max: u64) -> bool {
    http_body::Body::size_hint(body).lower() > max
}

/// Reads a body whole, piece by piece: only what has arrived takes room, so that slow senders do not keep others out.
pub async fn body(app: &App, body: Body, max: usize) -> Result<Held, Problem> {
    if exceeds(&body, max as u64) {
        return Err(map::body_too_large(max));
    }
    let mut room = app.bodies().room();
    let mut bytes = BytesMut::new();
    let mut pieces = Pieces::of(body);
    loop {
        let piece = pieces.next().await;
        let Some(piece) = piece.map_err(|TooSlow| map::body_incomplete())? else {
            let bytes = bytes.freeze();
            return Ok(Held { bytes, _room: room });
        };
        let piece = piece.map_err(|error| map::body(&error))?;
        if bytes.len() + piece.len() > max {
            return Err(map::body_too_large(max));
        }
        room.grow(piece.len() as u64)?;
        bytes.extend_from_slice(&piece);
    }
}

/// Whether an answer that is JSON only is acceptable to the client.
pub fn wants_json(headers: &HeaderMap) -> Result<(), Problem> {
    negotiate(headers, &[Form::Json])?;
    version::choose(headers, true).map(|_| ())
}

/// Variables of the path, decoded. A path whose percent-encoding hides no UTF-8 is a problem like any other.
#[derive(Debug, Clone)]
pub struct InPath<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for InPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(rejection) if rejection.status().is_client_error() => {
                Err(Problem::invalid("bad-path", rejection.body_text())
                    .at("path")
                    .remedy("percent-encode the UTF-8 of the value"))
            }
            Err(rejection) => {
                tracing::error!(%rejection, "a path does not fit its handler");
                Err(Problem::internal("bad-path"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_decoded_and_taken() {
        let mut all = parameters(Some(
            "GE_eventTime=2005-04-03T20:33:31+02:00&EQ_x=a%7Cb&perPage=5&&flag",
        ))
        .unwrap();
        assert_eq!(all[0].1, "2005-04-03T20:33:31+02:00");
        assert_eq!(take(&mut all, "EQ_x").unwrap().as_deref(), Some("a|b"));
        assert_eq!(take_number(&mut all, "perPage", (1, 10)).unwrap(), Some(5));
        assert_eq!(take(&mut all, "perPage").unwrap(), None);
        assert!(no_more(&all).is_err());
        assert_eq!(form(Some("q=a+b")).unwrap()[0].1, "a b");
        assert!(parameters(Some("a=%ff")).is_err());
        let mut twice = parameters(Some("a=1&a=2")).unwrap();
        assert_eq!(take(&mut twice, "a").unwrap_err().code(), "bad-parameter");
    }

    #[test]
    fn the_preferred_form_is_chosen() {
        let choose = |accept: &str| {
            let mut headers = HeaderMap::new();
            if !accept.is_empty() {
                headers.insert(header::ACCEPT, accept.parse().unwrap());
            }
            negotiate(&headers, &[Form::Json, Form::Xml])
                .map_err(|problem| problem.status().as_u16())
        };
        for (accept, expect) in [
            ("", Ok(Form::Json)),
            ("*/*", Ok(Form::Json)),
            ("text/xml", Ok(Form::Xml)),
            (
                "application/xml;q=0.9, application/json;q=0.8",
                Ok(Form::Xml),
            ),
            ("application/xml;q=0.5, */*;q=0.9", Ok(Form::Json)),
            ("application/json;q=0, application/xml;q=0.1", Ok(Form::Xml)),
            ("image/png", Err(406)),
        ] {
            assert_eq!(choose(accept), expect, "{accept}");
        }
    }
}
