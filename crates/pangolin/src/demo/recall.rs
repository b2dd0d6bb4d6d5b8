//! The recall in the demonstration: issued by the maker's own key, then told in words.

use anyhow::{Context as _, Result};
use pangolin_client::{Client, Whereabouts};
use pangolin_ledger::{Body, OrderBody, OrderKind};
use pangolin_profiles::pharma::{self, words::order_reason};
use pangolin_sandbox::industry::Recall;
use std::time::Duration;

use super::{clients::Clients, commands::Commands, story::plain};
use crate::{
    commands::{Officer, scope, terms},
    network::REGULATOR,
    node::read_key,
    shell::quoted,
    views,
};

/// Longest wait of one question for the recall.
const WAIT: Duration = Duration::from_secs(5);

/// Issues the recall and says what it reaches.
pub(super) async fn issue(
    recall: &Recall,
    clients: &Clients,
    commands: &Commands<'_>,
) -> Result<Vec<String>> {
    let slug = &recall.issuer.slug;
    let key = commands.network.keys.get(slug);
    let officer = Officer {
        party: pharma::party_id(recall.issuer.gln.as_str())
            .context("the issuer's GLN is no party")?,
        key: read_key(key.with_context(|| format!("{slug} has no key"))?)?,
    };
    let gtin = recall.product.gtin.as_str();
    let subject = format!("(01){gtin}(10){}", recall.lot);
    let terms = terms(
        OrderKind::Recall,
        scope(&subject)?,
        recall.reason,
        order_reason::RECALL_CLASS_1,
    );
    let status = clients.ask(slug, Client::status).await??;
    let signed = officer.sign(&status, Body::Order(OrderBody::Issue(terms)))?;
    // asked again until it is final, however long the chain stands still
    let issued = loop {
        let sent = clients.ask(slug, async |client| signed.submit(client, WAIT).await);
        let sent = sent.await??;
        if sent.state != "sent" {
            break sent;
        }
    };
    let mut lines = vec![
        String::new(),
        format!(
            "   RECALL of lot {} by {} ({}), in force from block {} on",
            recall.lot,
            plain(&recall.issuer.name),
            recall.reason,
            issued
                .height
                .map(|height| height.to_string())
                .unwrap_or_default()
        ),
    ];
    let found = clients
        .ask(slug, async |client| {
            client.whereabouts(gtin, &recall.lot).await
        })
        .await??;
    let found: Whereabouts =
        serde_json::from_value(found).context("the node's answer is not understood")?;
    lines.push(format!("   of its {} packs", found.made));
    lines.extend(
        views::lot_holders(&found, |party| plain(&commands.name(party)))
            .into_iter()
            .map(|line| format!("     {line}")),
    );
    lines.push(format!(
        "   $ {}",
        commands.signed("order list --state active", REGULATOR)
    ));
    lines.push(format!(
        "   $ {}",
        commands.signed(
            &format!(
                "order recall {} --basis {} --reason recall-class-1 --party {}",
                quoted(&subject),
                quoted(recall.reason),
                recall.issuer.gln.as_str()
            ),
            slug
        )
    ));
    Ok(lines)
}
