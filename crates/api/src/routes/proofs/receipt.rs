//! `GET /proofs/receipt/{id}`: proof that a transaction or event is final.

use axum::{extract::State, http::HeaderMap, response::Response};
use pangolin_profiles::capture::parse_event_uri;

use super::{form, given, proven};
use crate::{
    app::App, auth::Who, deps::ReceiptOf, http::InPath, problem::Problem,
    routes::transactions::show::parse, verify::asker::Asker,
};

/// Proves that a transaction or event is final, and what became of it.
#[utoipa::path(
    get, path = "/proofs/receipt/{id}", tag = "proofs",
    params(("id" = String, Path, description = "identity of a transaction, 64 hexadecimal digits, or event hash `ni:///sha-256;…?ver=CBV2.0`")),
    responses(
        (status = 200, description = "The proof; with the transaction itself for whoever may read all of it, unless it is larger than 1 MiB.", content((serde_json::Value = "application/json"), (Vec<u8> = "application/octet-stream"))),
        (status = 403, description = "Whoever asks asked for too many events or objects that the chain does not know.", body = crate::problem::Body),
        (status = 404, description = "It is in no final block; an event that is in none counts as a guess, together with those of product verification.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    asker: Asker,
    InPath(id): InPath<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let form = form(&app, caller.as_ref(), &asker, &headers)?;
    let entitled = app.rules().entitled(caller.as_ref());
    let of = match (parse(&id), parse_event_uri(&id)) {
        (Some(tx), _) => ReceiptOf::Transaction(tx),
        (None, Some(event)) => ReceiptOf::Event(event),
        (None, None) => {
            return Err(Problem::parameter(
                "id",
                "is neither 64 hexadecimal digits nor a CBV event hash",
            ));
        }
    };
    let proof = app.deps().proofs.receipt(of, form, entitled).await;
    match of {
        // what an event says may be guessed; nobody guesses a transaction
        ReceiptOf::Event(_) => proven(&app, caller.as_ref(), &asker, proof).await,
        ReceiptOf::Transaction(_) => given(&app, caller.as_ref(), proof?).await,
    }
}
