//! `GET /proofs/header/{height}`: the block of a height, with what shows that it is final.

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use bytes::Bytes;
use pangolin_proof::file::{HeaderProof, Kind, MEDIA_TYPE, ProofFile as File};

use super::respond;
use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    deps::ProofFile,
    http::{InPath, no_more, parameters},
    own::Tally,
    problem::Problem,
};

/// Stands for the height of the last final block.
const LATEST: &str = "latest";

/// Proves which block is final at a height. Two such proofs of one height and of two blocks, from whichever nodes, are evidence against
/// the chain: whoever finds them hands them to the chains that believe it (`pangolin chains fork`).
#[utoipa::path(
    get, path = "/proofs/header/{height}", tag = "proofs",
    params(("height" = String, Path, description = "the height, or `latest`")),
    responses(
        (status = 200, description = "The proof.", content((serde_json::Value = "application/json"))),
        (status = 404, description = "No block of this height is final here yet.", body = crate::problem::Body),
        (status = 410, description = "This node keeps that block no more.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    InPath(height): InPath<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Proofs))?;
    no_more(&parameters(query.as_deref())?)?;
    let chain = &app.deps().chain;
    let last = chain.status().height;
    let height = match height.as_str() {
        LATEST => last,
        digits => digits
            .parse()
            .map_err(|_| Problem::parameter("height", "must be a number, or `latest`"))?,
    };
    if height > last {
        let detail = format!("the last block that is final here is {last}");
        return Err(Problem::not_found("not-final", detail)
            .at("height")
            .remedy("name a lower height, or ask again when the chain is further"));
    }
    let header = chain.final_header(height).await?;
    let file = File::on(
        app.deps().chain_id.to_string(),
        format!("block {height}"),
        Kind::Header(HeaderProof::new(&header)),
    );
    Ok(respond(ProofFile {
        media_type: MEDIA_TYPE,
        name: format!("block-{height}.json"),
        height,
        bytes: Bytes::from(file.to_bytes()),
        disclosed: Tally::default(),
    }))
}
