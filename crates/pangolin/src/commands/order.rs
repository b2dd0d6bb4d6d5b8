//! `pangolin order`: an officer signs a hold, a recall, an approval or a release on his own machine, and hands it to a node.

use anyhow::{Context as _, Result};
use ed25519_zebra::{SigningKey, VerificationKeyBytes};
use pangolin_client::{Client, Order, Orders, Transaction as Sent};
use pangolin_gs1::Key;
use pangolin_ledger::{
    Auth, Body, ChainId, Code, DataClass, Height, OrderBody, OrderId, OrderKind, OrderScope,
    OrderTerms, PartyId, PublicKey, Signature, SignedTransaction, Transaction, Wire as _,
};
use pangolin_profiles::{
    capture::id,
    pharma::{STRICT, words::order_reason},
};
use std::process::ExitCode;

use super::ask;
use crate::{
    cli::{NodeArgs, OrderArgs, OrderCommand},
    connect,
    failure::{self, Failure},
    node::read_key,
    output, views,
};

/// Blocks within which a node must take the order.
const VALID_BLOCKS: u64 = 1_000;

/// Issues, approves, releases or shows orders.
pub(super) async fn run(command: &OrderCommand, as_json: bool) -> Result<ExitCode> {
    match command {
        OrderCommand::List { state, node } => {
            let found = connect::client(node)?.orders(state.as_deref()).await?;
            ask::show(found, as_json, |found: Orders| views::orders(&found))
        }
        OrderCommand::Show { order, node } => {
            let id = order_id(order)?;
            let path = format!("/orders/{}", hex::encode(id.0));
            let found = connect::client(node)?.read(&path).await?;
            ask::show(found, as_json, |found: Order| views::order(&found))
        }
        OrderCommand::Recall(args) => {
            send(&args.node, issue(OrderKind::Recall, args)?, as_json).await
        }
        OrderCommand::Hold(args) => send(&args.node, issue(OrderKind::Hold, args)?, as_json).await,
        OrderCommand::Approve { order, node } => {
            let body = OrderBody::Approve {
                order: order_id(order)?,
            };
            send(node, body, as_json).await
        }
        OrderCommand::Release { order, basis, node } => {
            let body = OrderBody::Release {
                order: order_id(order)?,
                only: None,
                legal_basis: basis.clone(),
            };
            send(node, body, as_json).await
        }
    }
}

/// An officer: the party and its key.
pub(crate) struct Officer {
    /// The party.
    pub(crate) party: PartyId,
    /// Its key.
    pub(crate) key: SigningKey,
}

/// Signs an order for the chain of the node and hands it in.
pub(crate) async fn sign_and_send(
    client: &Client,
    officer: &Officer,
    body: OrderBody,
) -> Result<Sent> {
    let status = client.status().await?;
    let chain: [u8; 32] = hex::decode(&status.chain)
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .context("the node does not say which chain it is on")?;
    let tx = Transaction {
        chain: ChainId(chain),
        profile: STRICT,
        class: DataClass::Transaction,
        issuer: officer.party.clone(),
        key: PublicKey(VerificationKeyBytes::from(&officer.key).into()),
        valid_until: Height(status.height + VALID_BLOCKS),
        body: Body::Order(body),
    };
    let statement = Auth::Single(Signature([0; 64])).statement(&tx.id());
    let signed = SignedTransaction::new(
        tx,
        Auth::Single(Signature(officer.key.sign(&statement).into())),
    );
    Ok(client.order(signed.to_bytes().into()).await?)
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

async fn send(node: &NodeArgs, body: OrderBody, as_json: bool) -> Result<ExitCode> {
    let (Some(key), Some(party)) = (&node.key, &node.party) else {
        return Err(Failure::usage(
            "an order is signed by an officer of an authority or maker: give --party ID and --key FILE",
        )
        .into());
    };
    let officer = Officer {
        party: connect::party(party)?,
        key: read_key(key)?,
    };
    let sent = sign_and_send(&connect::client(node)?, &officer, body).await?;
    let told = views::issued(&sent);
    if as_json {
        output::json(&sent);
    } else {
        match &told {
            Ok(text) | Err(text) => output::line(text),
        }
    }
    Ok(if told.is_ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(failure::REFUSED)
    })
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
        _ => {
            return Err(Failure::usage(format!(
                "{text:?} is no reason; one of recall-class-1, recall-class-2, recall-class-3, suspect, illegitimate, theft, other"
            ))
            .into());
        }
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
