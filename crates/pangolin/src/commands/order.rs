//! `pangolin order`: an officer signs a hold, a recall, an approval or a release on his own machine, and hands it to a node.

use anyhow::Result;
use pangolin_client::Order;
use pangolin_ledger::{Body, Code, OrderBody, OrderId, OrderKind};
use pangolin_profiles::catalog::Rules;
use std::process::ExitCode;

use super::{
    ask,
    finality::{Subject, follow},
    officer::{Officer, scope, spoken, terms},
    warnings,
};
use crate::{
    cli::{NodeArgs, OrderArgs, OrderCommand, WaitArgs},
    connect,
    failure::{self, Failure},
    output, shell, views,
};

/// Issues, approves, releases or shows orders.
pub(super) async fn run(command: &OrderCommand, as_json: bool) -> Result<ExitCode> {
    match command {
        OrderCommand::List { state, node } => {
            let found = connect::client(node)?.all_orders(state.as_deref()).await?;
            if as_json {
                output::json(&found);
            } else {
                output::line(views::orders(&found));
            }
            Ok(ExitCode::SUCCESS)
        }
        OrderCommand::Show { order, node } => {
            let path = format!("/orders/{}", order_id(order, node)?);
            let found = connect::client(node)?.read(&path).await?;
            ask::show(&found, as_json, |found: Order| views::order(&found))
        }
        OrderCommand::Recall(args) => issue(OrderKind::Recall, args, as_json).await,
        OrderCommand::Hold(args) => issue(OrderKind::Hold, args, as_json).await,
        OrderCommand::Approve { order, wait, node } => {
            let order = order_id(order, node)?;
            let body = OrderBody::Approve { order };
            Sender::new(node, as_json)
                .await?
                .send(body, Some(order), wait)
                .await
        }
        OrderCommand::Release {
            order,
            basis,
            wait,
            node,
        } => {
            let order = order_id(order, node)?;
            let body = OrderBody::Release {
                order,
                only: None,
                legal_basis: basis.clone(),
            };
            Sender::new(node, as_json)
                .await?
                .send(body, Some(order), wait)
                .await
        }
    }
}

async fn issue(kind: OrderKind, args: &OrderArgs, as_json: bool) -> Result<ExitCode> {
    let scope = scope(&args.subject)?;
    let mut sender = Sender::new(&args.node, as_json).await?;
    let client = connect::client(&args.node)?;
    let reason = reason(&args.reason, spoken(&client.status().await?)?)?;
    let terms = terms(kind, scope, &args.basis, reason);
    sender.warnings = warnings::before(&client, &sender.officer, &terms, &args.subject).await;
    if !as_json {
        for warning in &sender.warnings {
            output::note(warning.line());
        }
    }
    sender.send(OrderBody::Issue(terms), None, &args.wait).await
}

/// An officer at a node.
struct Sender<'a> {
    node: &'a NodeArgs,
    officer: Officer,
    warnings: Vec<warnings::Warning>,
    as_json: bool,
}

impl<'a> Sender<'a> {
    async fn new(node: &'a NodeArgs, as_json: bool) -> Result<Self> {
        let whom = "an officer of an authority, or of the maker of the product";
        let officer = Officer::acting(node, "an order", whom).await?;
        Ok(Self {
            node,
            officer,
            warnings: Vec::new(),
            as_json,
        })
    }

    /// Signs and sends, waits until it is final, and says what became of it. `about`: the earlier order that this is about.
    async fn send(
        &self,
        body: OrderBody,
        about: Option<OrderId>,
        wait: &WaitArgs,
    ) -> Result<ExitCode> {
        let client = connect::client(self.node)?;
        let signed = self
            .officer
            .sign(&client.status().await?, Body::Order(body))?;
        let order = about.map_or_else(|| signed.id.clone(), |order| order.to_string());
        let name = match about {
            None => format!("order {order}"),
            Some(_) => format!("transaction {} about order {order}", signed.id),
        };
        let subject = Subject {
            what: name,
            place: format!("/orders/{order}"),
            later: shell::command(&format!("order show {order}"), self.node),
            valid: Some((signed.id.clone(), signed.valid_until)),
        };
        let sent = follow(&client, &signed, subject, wait.limit(), self.as_json).await?;
        let proof = format!("proof receipt {} --out receipt.json", signed.id);
        let told = views::issued(&sent, &order, &shell::command(&proof, self.node));
        if self.as_json {
            let mut value = serde_json::to_value(&sent)?;
            if let Some(members) = value.as_object_mut() {
                let warnings = self.warnings.iter().map(warnings::Warning::json).collect();
                members.insert("order".into(), order.into());
                members.insert("warnings".into(), serde_json::Value::Array(warnings));
            }
            output::json(&value);
        } else {
            match &told {
                Ok(text) | Err(text) => output::line(text),
            }
        }
        Ok(if told.is_ok() {
            ExitCode::SUCCESS
        } else if sent.code.as_deref().is_some_and(is_busy) {
            ExitCode::from(failure::NOT_ASKED)
        } else {
            ExitCode::from(failure::REFUSED)
        })
    }
}

/// Whether a node that has not taken a transaction has only no room for it, or is about to end.
fn is_busy(code: &str) -> bool {
    matches!(code, "queue-full" | "party-queue-full" | "stopping")
}

/// The reason of that name on a chain of these rules.
fn reason(text: &str, rules: &Rules) -> Result<Code> {
    let industry = rules.industry();
    industry.order_reason(text).ok_or_else(|| {
        let known = industry.order_reasons.iter().map(|(name, _)| *name);
        let known = known.collect::<Vec<_>>().join(", ");
        let remedy = match known.as_str() {
            "" => {
                "there are no orders on this chain; ask a node of the chain that the goods live on"
                    .to_owned()
            }
            known => format!("give one of {known}"),
        };
        Failure::usage(format!(
            "{text:?} is no reason of an order under the rules {}",
            rules.name
        ))
        .at("--reason")
        .advising(remedy)
        .into()
    })
}

fn order_id(text: &str, node: &NodeArgs) -> Result<OrderId> {
    let bytes = hex::decode(text)
        .ok()
        .and_then(|bytes| bytes.try_into().ok());
    let bytes = bytes.ok_or_else(|| {
        Failure::usage(format!(
            "{text:?} is no order: an order is named by 64 hexadecimal characters"
        ))
        .at("ORDER")
        .advising(format!(
            "`{}` shows the orders with their names",
            shell::command("order list", node)
        ))
    })?;
    Ok(OrderId(bytes))
}
