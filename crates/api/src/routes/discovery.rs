//! `OPTIONS` of the EPCIS resources: what this interface can do.

use axum::{
    extract::{MatchedPath, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    http::{CBV_VERSION, EPCIS_VERSION, name},
    problem::Problem,
    router,
};

/// `OPTIONS` on an EPCIS resource.
pub async fn options(
    State(app): State<App>,
    Who(caller): Who,
    path: MatchedPath,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Discovery))?;
    Ok((StatusCode::NO_CONTENT, headers(&app, path.as_str())).into_response())
}

fn headers(app: &App, path: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    let mut put = |key: &'static str, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name(key), value);
        }
    };
    put("gs1-epcis-version", EPCIS_VERSION);
    put("gs1-epcis-min", "1.0.0");
    put("gs1-epcis-max", EPCIS_VERSION);
    put("gs1-cbv-version", CBV_VERSION);
    put("gs1-cbv-min", "1.0.0");
    put("gs1-cbv-max", CBV_VERSION);
    put("gs1-epc-format", "Never_Translates");
    put("gs1-cbv-xml-format", "Never_Translates");
    put(
        "gs1-extensions",
        "pangolin=https://ns.pangolin.network/epcis/",
    );
    put("gs1-vendor-version", env!("CARGO_PKG_VERSION"));
    if matches!(path, "/capture" | "/events") {
        put(
            "gs1-epcis-capture-limit",
            &app.config().capture.max_events.to_string(),
        );
        put(
            "gs1-epcis-capture-file-size-limit",
            &app.config().capture.max_bytes.to_string(),
        );
        put("gs1-capture-error-behaviour", "all");
    }
    if let Ok(allow) = HeaderValue::from_str(&router::methods(path).join(", ")) {
        headers.insert(header::ALLOW, allow);
    }
    headers
}
