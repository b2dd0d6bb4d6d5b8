//! The recall in the demonstration: issued by the maker's own key, then told in words.

use anyhow::{Context as _, Result};
use pangolin_client::Whereabouts;
use pangolin_ledger::{OrderBody, OrderKind};
use pangolin_profiles::pharma::{self, words::order_reason};
use pangolin_sandbox::industry::Recall;

use super::{
    commands::{Commands, quoted},
    story::{Clients, plain},
};
use crate::{
    commands::{Officer, sign_and_send, terms},
    network::REGULATOR,
    node::read_key,
    views,
};

/// Issues the recall and says what it reaches.
pub(super) async fn issue(
    recall: &Recall,
    clients: &Clients,
    commands: &Commands<'_>,
) -> Result<Vec<String>> {
    let slug = &recall.issuer.slug;
    let client = clients.of(slug)?;
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
        &subject,
        recall.reason,
        order_reason::RECALL_CLASS_1,
    )?;
    let issued = sign_and_send(client, &officer, OrderBody::Issue(terms)).await?;
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
    let found = client.whereabouts(gtin, &recall.lot).await?;
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
