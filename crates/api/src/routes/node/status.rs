//! `GET /status`: which node this is, how it stands, and who makes the chain with it.

use axum::{extract::State, http::StatusCode, response::Response};
use pangolin_ledger::{
    Wire as _,
    state::{Members, keys},
};

use crate::{
    app::App,
    auth::{Caller, Who},
    authorise::{Act, Area},
    clock::utc_text,
    deps, http,
    problem::Problem,
    wire::node::{Member, NodeStatus, Peer},
};

/// Shows how the node stands.
#[utoipa::path(get, path = "/status", tag = "node", responses((status = 200, description = "How it stands.", body = NodeStatus)))]
pub async fn handle(State(app): State<App>, Who(caller): Who) -> Result<Response, Problem> {
    app.rules()
        .decide(caller.as_ref(), Act::Read(Area::Health))?;
    Ok(http::json(
        StatusCode::OK,
        &status(&app, caller.as_ref()).await?,
    ))
}

/// How the node stands, as far as `caller` may see it.
pub(in crate::routes) async fn status(
    app: &App,
    caller: Option<&Caller>,
) -> Result<NodeStatus, Problem> {
    let chain = app.deps().chain.status();
    let indexed = match app.deps().index {
        Some(_) => http::index(app, pangolin_index::SqliteIndex::tip).await?,
        None => None,
    };
    let time_ms = i64::try_from(chain.time_ms).unwrap_or(i64::MAX);
    let (validators, others) = peers(app).await?;
    let mut node = member(&app.deps().identity.node);
    if let Some(own) = validators.iter().find(|peer| peer.member.key == node.key) {
        node.organisation.clone_from(&own.member.organisation);
    }
    // The validators are named to whoever checks proofs. Who else is connected is an operator's.
    let operates = app.rules().decide(caller, Act::Read(Area::Metrics)).is_ok();
    let trade = &app.deps().trade;
    Ok(NodeStatus {
        node,
        chain: app.deps().chain_id.to_string(),
        chain_name: app.deps().identity.chain_name.clone(),
        height: chain.height,
        time: utc_text(time_ms),
        block_age_ms: app.deps().clock.now_ms().saturating_sub(time_ms),
        block: chain.block,
        records_root: chain.records_root,
        rules_root: chain.rules_root,
        indexed: indexed.map(|(height, _)| height.0),
        validator: chain.validator,
        validators,
        other_peers: operates.then_some(others),
        waiting_transactions: chain.pool_transactions as u64,
        waiting_bytes: chain.pool_bytes as u64,
        profile: trade.profile().to_string(),
        profile_name: format!("{} {}", trade.name(), trade.profile().version),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        development: app.config().development,
    })
}

/// The validators and the other peers, as this node sees them.
async fn peers(app: &App) -> Result<(Vec<Peer>, Vec<Peer>), Problem> {
    let identity = &app.deps().identity;
    let connected = app.deps().connected.as_ref().map(|connected| connected());
    let seen = |member: Member| {
        let others = connected
            .as_ref()
            .filter(|_| member.key != identity.node.key);
        Peer {
            connected: others.map(|keys| keys.contains(&member.key)),
            member,
        }
    };
    let validators = match present(app).await? {
        Some(present) => present,
        None => identity.validators.iter().map(member).collect(),
    };
    let others: Vec<Member> = identity
        .peers
        .iter()
        .filter(|peer| peer.key != identity.node.key)
        .filter(|peer| validators.iter().all(|member| member.key != peer.key))
        .map(member)
        .collect();
    Ok((
        validators.into_iter().map(seen).collect(),
        others.into_iter().map(seen).collect(),
    ))
}

/// The present validators, where the governance changes them; before the first block nobody has changed them yet.
async fn present(app: &App) -> Result<Option<Vec<Member>>, Problem> {
    if app.deps().chain.status().height == 0 {
        return Ok(None);
    }
    let view = app.deps().chain.read(vec![keys::members()]).await?;
    let record = view.values.into_iter().next().flatten();
    let members = record.and_then(|bytes| Members::from_bytes(&bytes).ok());
    Ok(members.map(|members| {
        let list = members.list.into_iter();
        list.map(|member| Member {
            name: member.name,
            organisation: Some(member.organisation),
            key: member.key.to_string(),
        })
        .collect()
    }))
}

fn member(member: &deps::Member) -> Member {
    Member {
        name: member.name.clone(),
        organisation: member.organisation.clone(),
        key: member.key.clone(),
    }
}
