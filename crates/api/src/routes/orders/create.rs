//! `POST /orders`: a hold, recall, approval or release, signed by an officer.

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use pangolin_ledger::tx::{Body, OrderBody};

use crate::{
    app::App,
    auth::Who,
    authorise::Act,
    http::{self, no_more, parameters},
    limits::{MAX_JSON_BYTES, MAX_WAIT},
    problem::Problem,
    routes::transactions::submit::{binary, send, split},
    wire::transaction::Transaction,
};

/// Takes an order that an officer has signed, and waits until it is final. The node holds no keys for this: an order is the
/// canonical bytes of one signed transaction.
#[utoipa::path(
    post, path = "/orders", tag = "orders",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 201, description = "The order is final; it is at `Location`.", body = Transaction),
        (status = 202, description = "The order is on its way.", body = Transaction),
        (status = 400, description = "The bytes are no signed order.", body = crate::problem::Body),
        (status = 403, description = "The signer may not issue it.", body = crate::problem::Body),
        (status = 409, description = "A rule refused it.", body = crate::problem::Body),
        (status = 415, description = "Text was sent where a binary transaction is wanted.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    request: Request,
) -> Result<Response, Problem> {
    app.rules().decide(caller.as_ref(), Act::Submit)?;
    let (parts, body) = request.into_parts();
    no_more(&parameters(parts.uri.query())?)?;
    binary(&parts.headers)?;
    let held = http::body(&app, body, MAX_JSON_BYTES).await?;
    let transactions = split(&held.bytes)?;
    let [(bytes, signed)] = transactions.as_slice() else {
        return Err(Problem::invalid(
            "not-one-order",
            format!(
                "one signed transaction is expected, not {}",
                transactions.len()
            ),
        )
        .at("body")
        .remedy("send each order in a request of its own"));
    };
    let Body::Order(order) = &signed.tx().body else {
        return Err(
            Problem::invalid("not-an-order", "the transaction is no order")
                .at("body")
                .remedy("send it to /transactions"),
        );
    };
    let id = match order {
        OrderBody::Issue(_) => signed.id().to_string(),
        OrderBody::Approve { order } | OrderBody::Release { order, .. } => order.to_string(),
    };
    let sent = send(&app, bytes.clone(), signed, MAX_WAIT).await?;
    let status = if sent.state == "final" {
        StatusCode::CREATED
    } else {
        StatusCode::ACCEPTED
    };
    let mut response = http::json(status, &sent);
    if let Ok(location) = HeaderValue::from_str(&format!("/orders/{id}")) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}
