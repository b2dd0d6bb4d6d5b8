//! `GET /transactions/{id}`: where a transaction is.

use axum::{extract::State, http::StatusCode, response::Response};
use pangolin_ledger::id::TxId;

use crate::{
    app::App,
    auth::Who,
    authorise::{Act, Area},
    clock::utc_text,
    http::{self, InPath},
    problem::Problem,
    wire::transaction::Transaction,
};

/// Shows where a transaction is.
#[utoipa::path(
    get, path = "/transactions/{id}", tag = "transactions",
    params(("id" = String, Path, description = "identity, 64 hexadecimal digits")),
    responses(
        (status = 200, description = "It is final.", body = Transaction),
        (status = 404, description = "No final block contains it as far as this node's index knows.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    InPath(id): InPath<String>,
) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Transactions))?;
    let id =
        parse(&id).ok_or_else(|| Problem::parameter("id", "must have 64 hexadecimal digits"))?;
    let transaction = recorded(&app, id).await?.ok_or_else(|| {
        Problem::not_found(
            "unknown-transaction",
            "no final block contains it as far as this node's index knows",
        )
    })?;
    Ok(http::json(StatusCode::OK, &transaction))
}

/// Where a final transaction is, as far as this node's index knows.
pub(in crate::routes) async fn recorded(
    app: &App,
    id: TxId,
) -> Result<Option<Transaction>, Problem> {
    let found = http::index(app, move |index| index.transaction(&id)).await?;
    Ok(found.map(|found| {
        let mut transaction = Transaction::finalised(&id.to_string(), found.height.0, None);
        transaction.time = Some(utc_text(found.time.0));
        transaction
    }))
}

/// Reads the identity of a transaction.
pub(in crate::routes) fn parse(text: &str) -> Option<TxId> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(TxId(bytes))
}
