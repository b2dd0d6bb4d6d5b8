//! `GET /proofs/identity`: who the sender is on this chain, with its proof, to be shown to nodes of other chains.

use axum::{
    extract::{RawQuery, State},
    http::StatusCode,
    response::Response,
};
use pangolin_client::Identity;
use pangolin_ledger::id::PublicKey;
use pangolin_profiles::capture::party_uri;
use pangolin_proof::foreign;

use crate::{
    app::App,
    auth::{Who, abroad::keys_of},
    authorise::{Act, Area, unauthorised},
    http::{self, no_more, parameters, take},
    problem::Problem,
};

/// Proves whose key it is with which the sender signs: the records of the key and of its party. A node of another chain that believes this
/// one gives by it what that party may have there (`POST /contents`). It is good for five minutes.
#[utoipa::path(
    get, path = "/proofs/identity", tag = "proofs",
    params(("key" = String, Query, description = "the public key, hexadecimal; it must be one of the sender's party")),
    responses(
        (status = 200, description = "The proof.", body = Identity),
        (status = 404, description = "The key is not one of the sender's party.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Parties))?;
    let caller = caller.ok_or_else(unauthorised)?;
    let mut given = parameters(query.as_deref())?;
    let key = take(&mut given, "key")?.unwrap_or_default();
    no_more(&given)?;
    let mut bytes = [0; 32];
    hex::decode_to_slice(&key, &mut bytes)
        .map_err(|_| Problem::parameter("key", "must be a public key of 64 hexadecimal digits"))?;
    let key = PublicKey(bytes);
    if app.registry().owner(&key).await?.as_ref() != Some(&caller.party) {
        return Err(
            Problem::not_found("not-your-key", "the key is not one of your party's")
                .at("key")
                .remedy("name the key that signs this request"),
        );
    }
    let proof = app.deps().chain.prove(keys_of(&key, &caller.party)).await?;
    let identity = Identity {
        chain: app.deps().chain_id.to_string(),
        party: party_uri(&caller.party),
        state: hex::encode(foreign::encode(&proof)),
    };
    Ok(http::json(StatusCode::OK, &identity))
}
