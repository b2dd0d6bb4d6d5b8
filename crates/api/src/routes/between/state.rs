//! `POST /state`: records of the state by their keys, all of one height, with the chain's proof if it is asked for.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use pangolin_ledger::{codec::Writer, state::Key};
use pangolin_proof::foreign;

use crate::{
    app::App,
    auth::Who,
    authorise::Act,
    http::{self, name, no_more, parameters, take},
    limits::MAX_KEYS_ASKED,
    problem::Problem,
    routes::transactions::submit::binary,
};

/// Bytes of a key.
const KEY: usize = 32;

/// Reads records of the state. The body is keys of 32 bytes, one after the other; the answer has for each of them a byte that
/// says whether there is a record, and if so its length as a varint and its bytes. With `proof=true` the answer is the
/// proof of the records, as deliveries between chains carry it.
#[utoipa::path(
    post, path = "/state", tag = "between chains",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    params(("proof" = Option<bool>, Query, description = "whether the records are wanted with their proof")),
    responses(
        (status = 200, description = "The records, as of the height and time of the headers `Pangolin-Height` and `Pangolin-Time` (milliseconds since 1970).", content((Vec<u8> = "application/octet-stream"))),
        (status = 400, description = "The body is no list of keys.", body = crate::problem::Body),
        (status = 403, description = "This is for operators of the node and for the relays that it lists.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    request: Request,
) -> Result<Response, Problem> {
    app.rules().decide(caller.as_ref(), Act::Carry)?;
    let (parts, body) = request.into_parts();
    let mut given = parameters(parts.uri.query())?;
    let proof = match take(&mut given, "proof")?.as_deref() {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::parameter("proof", "must be true or false")),
    };
    no_more(&given)?;
    binary(&parts.headers)?;
    let held = http::body(&app, body, MAX_KEYS_ASKED * KEY).await?;
    let keys = keys(&held.bytes)?;
    let (height, time_ms, bytes) = if proof {
        let proof = app.deps().chain.prove(keys).await?;
        let header = proof.header.headers.first();
        let of = |get: fn(&pangolin_proof::header::Header) -> u64| header.map_or(0, get);
        let (height, time) = (
            of(|header| header.height.get()),
            of(|header| header.time_ms),
        );
        (height, time, foreign::encode(&proof))
    } else {
        let view = app.deps().chain.read(keys).await?;
        let mut w = Writer::new();
        for value in &view.values {
            w.u8(u8::from(value.is_some()));
            if let Some(value) = value {
                w.bytes(value);
            }
        }
        (view.height, view.time_ms, w.into_bytes())
    };
    Ok(respond(height, time_ms, bytes))
}

fn respond(height: u64, time_ms: u64, bytes: Vec<u8>) -> Response {
    let media = [(header::CONTENT_TYPE, "application/octet-stream")];
    let mut response = (StatusCode::OK, media, Bytes::from(bytes)).into_response();
    let headers = response.headers_mut();
    headers.insert(name("pangolin-height"), HeaderValue::from(height));
    headers.insert(name("pangolin-time"), HeaderValue::from(time_ms));
    response
}

/// Takes the keys apart.
fn keys(bytes: &[u8]) -> Result<Vec<Key>, Problem> {
    let (keys, rest) = bytes.as_chunks::<KEY>();
    if keys.is_empty() || !rest.is_empty() {
        let detail = format!("{} bytes are no list of keys of {KEY} bytes", bytes.len());
        return Err(Problem::invalid("keys", detail).at("body").remedy(format!(
            "send 1 to {MAX_KEYS_ASKED} keys of {KEY} bytes, without anything between them"
        )));
    }
    Ok(keys.iter().map(|key| Key(*key)).collect())
}
