//! `POST /transactions`: signed transactions, one after the other, as canonical bytes.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::{HeaderMap, StatusCode, header::CONTENT_TYPE},
    response::Response,
};
use bytes::Bytes;
use futures::future::join_all;
use pangolin_chain::pool::Fate;
use pangolin_ledger::{
    codec::{Reader, Wire as _},
    id::TxId,
    report::reasons,
    tx::SignedTransaction,
};

use super::show;
use crate::{
    app::App,
    auth::Who,
    authorise::Act,
    deps::Trade,
    http::{self, no_more, parameters, take_number},
    limits::{MAX_TXS_BYTES, MAX_TXS_PER_REQUEST, MAX_WAIT},
    problem::{Exception, Problem, map},
    wire::{defect::RefusalReport, transaction::Transaction},
};

/// Takes signed transactions: the canonical bytes of one or more, without anything between them.
#[utoipa::path(
    post, path = "/transactions", tag = "transactions",
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    params(("wait" = Option<u64>, Query, description = "seconds to wait until they are final, at most 30")),
    responses(
        (status = 200, description = "What became of each is known.", body = [Transaction]),
        (status = 202, description = "Some are on their way.", body = [Transaction]),
        (status = 400, description = "The bytes are no transactions; nothing was sent.", body = crate::problem::Body),
        (status = 409, description = "The only transaction was refused, for another reason than that the chain has it already: that is told with 200, so that whoever sends again after a lost answer finds out.", body = crate::problem::Body),
        (status = 415, description = "Text was sent where binary transactions are wanted.", body = crate::problem::Body)
    )
)]
pub async fn handle(
    State(app): State<App>,
    Who(caller): Who,
    request: Request,
) -> Result<Response, Problem> {
    app.rules().decide(caller.as_ref(), Act::Submit)?;
    let (parts, body) = request.into_parts();
    let mut given = parameters(parts.uri.query())?;
    let wait = take_number(&mut given, "wait", (0, MAX_WAIT.as_secs()))?.unwrap_or(0);
    no_more(&given)?;
    binary(&parts.headers)?;
    let held = http::body(&app, body, MAX_TXS_BYTES).await?;
    let transactions = split(&held.bytes)?;
    let wait = Duration::from_secs(wait);
    if let [(bytes, signed)] = transactions.as_slice() {
        let sent = send(&app, bytes.clone(), signed, wait).await?;
        let status = if sent.state == "sent" {
            StatusCode::ACCEPTED
        } else {
            StatusCode::OK
        };
        return Ok(http::json(status, &[sent]));
    }
    // submitted in order before anything is waited for
    let pending = start_all(&app, transactions);
    let sent = join_all(
        pending
            .into_iter()
            .map(|pending| settle(&app, pending, wait)),
    )
    .await;
    let open = sent.iter().any(|transaction| transaction.state == "sent");
    Ok(http::json(
        if open {
            StatusCode::ACCEPTED
        } else {
            StatusCode::OK
        },
        &sent,
    ))
}

/// How whoever sent something else gets to a transaction.
const HOW: &str = "send canonical bytes of signed transactions as application/octet-stream, without anything between them: `pangolin order \
    hold|recall|approve|release` signs an order and sends it, `pangolin capture` sends EPCIS documents, for which the node makes \
    transactions; programs write pangolin_ledger::SignedTransaction with to_bytes";

/// Refuses what is text by its own account: a transaction is binary. A missing type, and the one that programs add by
/// themselves, say nothing.
pub(in crate::routes) fn binary(headers: &HeaderMap) -> Result<(), Problem> {
    let stated = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media = stated
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let media = media.trim().to_ascii_lowercase();
    let text =
        media.starts_with("text/") || ["json", "xml"].iter().any(|syntax| media.ends_with(syntax));
    if !text {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Exception::UnsupportedMediaType,
        "not-binary",
        format!("a binary transaction is wanted here (application/octet-stream), and not {media}"),
    )
    .at("Content-Type")
    .remedy(HOW))
}

/// Takes the transactions apart, without copying.
pub(in crate::routes) fn split(bytes: &Bytes) -> Result<Vec<(Bytes, SignedTransaction)>, Problem> {
    let mut transactions = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        if transactions.len() == MAX_TXS_PER_REQUEST {
            let detail = format!("more than {MAX_TXS_PER_REQUEST} transactions");
            return Err(Problem::invalid("too-many-transactions", detail)
                .at(format!("byte {at}"))
                .remedy("send them in several requests"));
        }
        let rest = bytes.slice(at..);
        let mut reader = Reader::new(&rest);
        let signed = SignedTransaction::take(&mut reader).map_err(|error| {
            let place = format!(
                "transaction {}, byte {}",
                transactions.len(),
                at + error.position()
            );
            let detail = format!("no binary transaction begins here: {error}");
            Problem::invalid(error.code(), detail).at(place).remedy(HOW)
        })?;
        let size = reader.position();
        transactions.push((rest.slice(..size), signed));
        at += size;
    }
    if transactions.is_empty() {
        return Err(Problem::invalid("no-transactions", "the body is empty")
            .at("body")
            .remedy(HOW));
    }
    Ok(transactions)
}

struct Pending {
    id: TxId,
    /// The last block that may take it.
    until: u64,
    fate: Result<tokio::sync::oneshot::Receiver<Fate>, pangolin_chain::handle::SubmitError>,
}

fn start(app: &App, bytes: Bytes, signed: &SignedTransaction) -> Pending {
    let chain = &app.deps().chain;
    // asked before it is sent, so that no answer is missed
    let fate = chain.watch(signed.id());
    Pending {
        id: signed.id(),
        until: signed.tx().valid_until.0,
        fate: chain.submit(bytes).map(|_| fate),
    }
}

fn start_all(app: &App, transactions: Vec<(Bytes, SignedTransaction)>) -> Vec<Pending> {
    let chain = &app.deps().chain;
    // asked before they are sent, so that no answer is missed
    let watched: Vec<_> = transactions
        .iter()
        .map(|(_, signed)| {
            let (id, until) = (signed.id(), signed.tx().valid_until.0);
            (id, until, chain.watch(id))
        })
        .collect();
    let transactions = transactions
        .into_iter()
        .map(|(bytes, signed)| (signed, bytes));
    let taken = chain.submit_all(transactions.collect());
    let pending = watched
        .into_iter()
        .zip(taken)
        .map(|((id, until, fate), taken)| Pending {
            id,
            until,
            fate: taken.map(|_| fate),
        });
    pending.collect()
}

/// Sends one transaction; a refusal is a problem.
pub(in crate::routes) async fn send(
    app: &App,
    bytes: Bytes,
    signed: &SignedTransaction,
    wait: Duration,
) -> Result<Transaction, Problem> {
    let Pending { id, until, fate } = start(app, bytes, signed);
    let fate = fate?;
    match tokio::time::timeout(wait, fate).await {
        Ok(Ok(Fate::Refused(refusal))) if refusal.code != reasons::ALREADY_RECORDED.code => {
            Err(map::refusal(&refusal, app.deps().trade.as_ref()).open(id, until))
        }
        Ok(Ok(fate)) => Ok(outcome(app, id, until, &fate).await),
        Ok(Err(_)) | Err(_) => Ok(Transaction::new(Some(id.to_string()), "sent")),
    }
}

/// Looks at the index while it follows the last blocks.
const LOOKS: u32 = 20;

/// Time between two of them.
const PAUSE: Duration = Duration::from_millis(50);

/// What became of a transaction. One that was sent again is where it was recorded the first time: whoever lost the first answer
/// gets it now.
async fn outcome(app: &App, id: TxId, until: u64, fate: &Fate) -> Transaction {
    let again = match fate {
        Fate::Refused(refusal) => refusal.code == reasons::ALREADY_RECORDED.code,
        Fate::Expired { .. } => true,
        Fate::Final { .. } => false,
    };
    if again {
        for _ in 0..LOOKS {
            match show::recorded(app, id).await {
                Ok(Some(transaction)) => return transaction,
                Ok(None) if matches!(fate, Fate::Refused(_)) => tokio::time::sleep(PAUSE).await,
                Ok(None) | Err(_) => break,
            }
        }
    }
    told(&id.to_string(), until, fate, app.deps().trade.as_ref())
}

async fn settle(app: &App, pending: Pending, wait: Duration) -> Transaction {
    let Pending { id, until, fate } = pending;
    match fate {
        Err(error) => {
            let mut transaction = Transaction::new(Some(id.to_string()), "not-taken");
            transaction.code = Some(error.code().to_owned());
            transaction.detail = Some(error.to_string());
            transaction
        }
        Ok(fate) => match tokio::time::timeout(wait, fate).await {
            Ok(Ok(fate)) => outcome(app, id, until, &fate).await,
            Ok(Err(_)) | Err(_) => Transaction::new(Some(id.to_string()), "sent"),
        },
    }
}

fn told(id: &str, until: u64, fate: &Fate, trade: &dyn Trade) -> Transaction {
    match fate {
        Fate::Final { height, receipt } => Transaction::finalised(id, *height, Some(receipt)),
        Fate::Refused(refusal) => {
            let mut transaction = Transaction::new(Some(id.to_owned()), "refused");
            transaction.code = Some(refusal.code.to_owned());
            let report = RefusalReport::new(refusal, trade);
            transaction.detail = Some(report.message.clone());
            transaction.refusal = Some(report);
            transaction.open_until = Some(until);
            transaction
        }
        Fate::Expired { valid_until } => {
            let mut transaction = Transaction::new(Some(id.to_owned()), "expired");
            transaction.detail = Some(format!("no block up to {valid_until} took it"));
            transaction
        }
    }
}
