//! Versions of EPCIS and of its vocabulary: what a client accepts, and what it is given.
//!
//! A client names the lowest and the highest version it understands (`GS1-EPCIS-Min`, `GS1-EPCIS-Max`, `GS1-CBV-Min`,
//! `GS1-CBV-Max`); what it does not name is open. Events are written as EPCIS 2.0, or in XML as EPCIS 1.2; of those that a
//! client accepts, it is given the latest.

use axum::http::{HeaderMap, HeaderValue, StatusCode};
use pangolin_epcis::xml::Version;

use crate::{
    http::name,
    problem::{Exception, Problem},
};

/// Major and minor number; what follows does not change what is understood.
type Number = (u16, u16);

/// Versions that events are written in, latest first: of EPCIS, and of the vocabulary that goes with it.
const WRITTEN: [(Version, Number, Number); 2] = [
    (Version::V2_0, (2, 0), (2, 0)),
    (Version::V1_2, (1, 2), (1, 2)),
];

/// Versions that documents may have.
const READ: std::ops::RangeInclusive<Number> = (1, 0)..=(2, 0);

/// Reads `2`, `2.0` or `2.0.0`.
fn number(text: &str) -> Option<Number> {
    let mut parts = text.trim().split('.').map(|part| part.parse::<u16>().ok());
    let major = parts.next()??;
    let minor = parts.next().unwrap_or(Some(0))?;
    let patch = parts.next().unwrap_or(Some(0));
    (patch.is_some() && parts.next().is_none()).then_some((major, minor))
}

fn named(headers: &HeaderMap, key: &'static str) -> Result<Option<Number>, Problem> {
    let Some(value) = headers.get(name(key)) else {
        return Ok(None);
    };
    let read = value.to_str().ok().and_then(number);
    read.map(Some)
        .ok_or_else(|| Problem::parameter(key, "must be a version, such as 2.0.0"))
}

fn range(
    headers: &HeaderMap,
    min: &'static str,
    max: &'static str,
) -> Result<std::ops::RangeInclusive<Number>, Problem> {
    let lowest = named(headers, min)?.unwrap_or((0, 0));
    Ok(lowest..=named(headers, max)?.unwrap_or((u16::MAX, u16::MAX)))
}

/// The version to answer in, of those that the client accepts: 1.2 only where the answer is in XML.
pub fn choose(headers: &HeaderMap, xml: bool) -> Result<Version, Problem> {
    let epcis = range(headers, "gs1-epcis-min", "gs1-epcis-max")?;
    let cbv = range(headers, "gs1-cbv-min", "gs1-cbv-max")?;
    let offered = if xml {
        &WRITTEN[..]
    } else {
        WRITTEN.get(..1).unwrap_or_default()
    };
    let chosen = offered
        .iter()
        .find(|(_, document, words)| epcis.contains(document) && cbv.contains(words));
    chosen.map(|(version, ..)| *version).ok_or_else(|| {
        let detail = if xml {
            "the answer is offered in EPCIS 2.0 with CBV 2.0 and in EPCIS 1.2 with CBV 1.2, and the request accepts neither"
        } else {
            "the answer is offered in EPCIS 2.0 with CBV 2.0, and the request does not accept that"
        };
        Problem::new(StatusCode::NOT_ACCEPTABLE, Exception::NotAcceptable, "version-not-offered", detail)
            .at(if epcis.contains(&(2, 0)) { "GS1-CBV-Max" } else { "GS1-EPCIS-Max" })
            .remedy("widen GS1-EPCIS-Min to GS1-EPCIS-Max, and GS1-CBV-Min to GS1-CBV-Max; for EPCIS 1.2 accept application/xml")
    })
}

/// Checks the version that the sender of a document states.
pub fn stated(headers: &HeaderMap) -> Result<(), Problem> {
    for key in ["gs1-epcis-version", "gs1-cbv-version"] {
        if let Some(stated) = named(headers, key)?
            && !READ.contains(&stated)
        {
            return Err(Problem::parameter(
                key,
                "must be 1.0 to 2.0: other versions are not read here",
            ));
        }
    }
    Ok(())
}

/// The header value of a version.
pub const fn header_value(version: Version) -> HeaderValue {
    HeaderValue::from_static(match version {
        Version::V1_2 => "1.2.0",
        Version::V2_0 => "2.0.0",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(key, value)| (name(key), HeaderValue::from_static(value)))
            .collect()
    }

    #[test]
    fn the_latest_version_that_is_accepted_is_chosen() {
        let choose = |pairs: &[(&'static str, &'static str)], xml| {
            choose(&headers(pairs), xml).map_err(|problem| problem.status().as_u16())
        };
        for (pairs, json, xml) in [
            (&[][..], Ok(Version::V2_0), Ok(Version::V2_0)),
            (
                &[("gs1-epcis-max", "2.0.0")],
                Ok(Version::V2_0),
                Ok(Version::V2_0),
            ),
            (&[("gs1-epcis-max", "1.2")], Err(406), Ok(Version::V1_2)),
            (&[("gs1-cbv-max", "1.2.0")], Err(406), Ok(Version::V1_2)),
            (&[("gs1-epcis-max", "1.1")], Err(406), Err(406)),
            (&[("gs1-epcis-min", "2.1")], Err(406), Err(406)),
            (
                &[("gs1-epcis-min", "1.0"), ("gs1-epcis-max", "3")],
                Ok(Version::V2_0),
                Ok(Version::V2_0),
            ),
            (&[("gs1-epcis-min", "new")], Err(400), Err(400)),
            (&[("gs1-cbv-min", "2.0.0.0")], Err(400), Err(400)),
        ] {
            assert_eq!(choose(pairs, false), json, "{pairs:?} in JSON");
            assert_eq!(choose(pairs, true), xml, "{pairs:?} in XML");
        }
    }

    #[test]
    fn stated_versions_are_those_that_are_read() {
        for (value, good) in [
            ("1.0", true),
            ("1.2", true),
            ("2.0.0", true),
            ("2.1", false),
            ("3.0", false),
            ("0.9", false),
            ("x", false),
        ] {
            assert_eq!(
                stated(&headers(&[("gs1-epcis-version", value)])).is_ok(),
                good,
                "{value}"
            );
        }
    }
}
