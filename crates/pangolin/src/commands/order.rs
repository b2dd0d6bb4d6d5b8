//! `pangolin order`: an officer signs a hold, a recall, an approval or a release on his own machine, and hands it to a node.

use anyhow::{Context as _, Result, bail};
use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pangolin_gs1::Key;
use pangolin_ledger::{
    Auth, Body, ChainId, Code, DataClass, Height, OrderBody, OrderId, OrderKind, OrderScope,
    OrderTerms, PartyId, PublicKey, Signature, SignedTransaction, Transaction, Wire as _,
};
use pangolin_profiles::{
    capture::id,
    pharma::{self, STRICT, words::order_reason},
};
use serde_json::Value;
use std::process::ExitCode;

use crate::{
    cli::{NodeArgs, OrderArgs, OrderCommand},
    http::Remote,
    node::read_key,
    output,
};

/// Blocks within which a node must take the order.
const VALID_BLOCKS: u64 = 1_000;

/// Issues, approves, releases or lists orders.
pub(super) async fn run(command: &OrderCommand, as_json: bool) -> Result<ExitCode> {
    match command {
        OrderCommand::List(node) => {
            let answer = Remote::new(&node.node, node.token.clone())?
                .get("/orders")
                .await?
                .success()?;
            output::json(&answer.body);
        }
        OrderCommand::Recall(args) => {
            send(&args.node, issue(OrderKind::Recall, args)?, as_json).await?
        }
        OrderCommand::Hold(args) => {
            send(&args.node, issue(OrderKind::Hold, args)?, as_json).await?
        }
        OrderCommand::Approve { order, node } => {
            send(
                node,
                OrderBody::Approve {
                    order: order_id(order)?,
                },
                as_json,
            )
            .await?;
        }
        OrderCommand::Release { order, basis, node } => {
            let body = OrderBody::Release {
                order: order_id(order)?,
                only: None,
                legal_basis: basis.clone(),
            };
            send(node, body, as_json).await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// An officer: the party and its key.
pub(crate) struct Officer {
    /// The party.
    pub(crate) party: PartyId,
    /// Its key.
    pub(crate) key: SigningKey,
}

/// Signs an order for the chain of `remote` and hands it in.
pub(crate) async fn sign_and_send(
    remote: &Remote,
    officer: &Officer,
    body: OrderBody,
) -> Result<Value> {
    let status = remote.get("/status").await?.success()?.body;
    let chain: [u8; 32] = status
        .get("chain")
        .and_then(Value::as_str)
        .and_then(|text| hex::decode(text).ok())
        .and_then(|bytes| bytes.try_into().ok())
        .context("the node does not say which chain it is on")?;
    let height = status
        .get("height")
        .and_then(Value::as_u64)
        .context("the node does not say how high its chain is")?;
    let tx = Transaction {
        chain: ChainId(chain),
        profile: STRICT,
        class: DataClass::Transaction,
        issuer: officer.party.clone(),
        key: PublicKey(VerificationKeyBytes::from(&officer.key).into()),
        valid_until: Height(height + VALID_BLOCKS),
        body: Body::Order(body),
    };
    let statement = Auth::Single(Signature([0; 64])).statement(&tx.id());
    let signed = SignedTransaction::new(
        tx,
        Auth::Single(Signature(officer.key.sign(&statement).into())),
    );
    let answer = remote
        .post("/orders", "application/octet-stream", signed.to_bytes())
        .await?;
    Ok(answer.success()?.body)
}

/// What an order on `subject` says.
pub(crate) fn terms(
    kind: OrderKind,
    subject: &str,
    basis: &str,
    reason: Code,
) -> Result<OrderTerms> {
    Ok(OrderTerms {
        kind,
        scope: scope(subject)?,
        reason,
        legal_basis: basis.to_owned(),
        expires: None,
        officers: 1,
        document: None,
    })
}

async fn send(node: &NodeArgs, body: OrderBody, as_json: bool) -> Result<()> {
    let (Some(key), Some(party)) = (&node.key, &node.party) else {
        bail!("an order is signed by an officer: give --party and --key")
    };
    let party =
        pharma::party_id(party).with_context(|| format!("{party:?} is neither a GLN nor a URI"))?;
    let officer = Officer {
        party,
        key: read_key(key)?,
    };
    let answer = sign_and_send(
        &Remote::new(&node.node, node.token.clone())?,
        &officer,
        body,
    )
    .await?;
    if as_json {
        output::json(&answer);
    } else {
        output::line(serde_json::to_string_pretty(&answer)?);
    }
    Ok(())
}

fn issue(kind: OrderKind, args: &OrderArgs) -> Result<OrderBody> {
    Ok(OrderBody::Issue(terms(
        kind,
        &args.subject,
        &args.basis,
        reason(&args.reason)?,
    )?))
}

fn reason(text: &str) -> Result<Code> {
    Ok(match text {
        "recall-class-1" => order_reason::RECALL_CLASS_1,
        "recall-class-2" => order_reason::RECALL_CLASS_2,
        "recall-class-3" => order_reason::RECALL_CLASS_3,
        "suspect" => order_reason::SUSPECT,
        "illegitimate" => order_reason::ILLEGITIMATE,
        "theft" => order_reason::THEFT,
        "other" => order_reason::OTHER,
        _ => bail!(
            "{text:?} is no reason; one of recall-class-1, recall-class-2, recall-class-3, suspect, illegitimate, theft, other"
        ),
    })
}

fn scope(subject: &str) -> Result<OrderScope> {
    let key = Key::parse(subject).with_context(|| format!("{subject:?} is no identifier"))?;
    Ok(match &key {
        Key::Lgtin { .. } | Key::ItipLot { .. } => OrderScope::Group(id::group(&key)?),
        Key::Gtin { .. } => OrderScope::Class(id::class(&key)?),
        Key::Pgln { .. } => OrderScope::Party(id::party(&key)?),
        _ => OrderScope::Object(id::object(&key)?),
    })
}

fn order_id(text: &str) -> Result<OrderId> {
    let bytes = hex::decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    Ok(OrderId(bytes.with_context(|| {
        format!("{text:?} is no order: 64 hexadecimal characters")
    })?))
}
