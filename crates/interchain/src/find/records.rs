//! What a registry records of chains, asked of one of its nodes and proven under the registry's key.

use std::collections::BTreeMap;

use pangolin_client::{Client, Trouble};
use pangolin_ledger::{
    ChainId, TimeMs, Wire as _,
    evidence::Verifier,
    state::{ChainRecord, keys},
    walk::local::Want,
};

use super::{MAX_ENDPOINTS, Outside, Place, atlas, failed, judge::proven, trouble};

/// Records that are asked for with one proof.
const AT_ONCE: usize = 64;
/// Most records of one registry that are looked at.
const MAX_RECORDS: usize = 1_024;
/// Pages of the list of chains that are read.
const MAX_PAGES: usize = 8;

/// What a registry records.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recorded {
    /// The registry's time as of which the oldest of them is proven.
    pub as_of: Option<TimeMs>,
    /// The records.
    pub records: BTreeMap<ChainId, ChainRecord>,
}

/// Asks the nodes of a registry, one after the other, until one has shown its records. A node can leave records out; it cannot invent or
/// change one.
pub async fn recorded(
    outside: &Outside,
    light: &dyn Verifier,
    registry: ChainId,
    place: &Place,
) -> Result<Recorded, Trouble> {
    let Some(key) = &place.key else {
        return Err(trouble(None, "no-key", "its key is not known"));
    };
    let mut last = trouble(
        None,
        "no-endpoint",
        "no node of the registry is known: name one under [[neighbour]] in node.toml",
    );
    for endpoint in place.endpoints.iter().take(MAX_ENDPOINTS) {
        let asked = async {
            let client = outside.client(endpoint)?;
            of_node(&client, light, registry, key)
                .await
                .map_err(|(code, message)| trouble(Some(endpoint), &code, message))
        };
        match asked.await {
            Ok(recorded) => return Ok(recorded),
            Err(error) => last = error,
        }
    }
    Err(last)
}

async fn of_node(
    client: &Client,
    light: &dyn Verifier,
    registry: ChainId,
    key: &[u8],
) -> Result<Recorded, (String, String)> {
    let mut listed = Vec::new();
    let mut after = None;
    for _ in 0..MAX_PAGES {
        let page = client.chains(after).await.map_err(|error| failed(&error))?;
        let of_registry = page.chains.iter().filter(|known| known.record.is_some());
        listed.extend(of_registry.filter_map(|known| atlas::chain(&known.chain)));
        after = page.next;
        if after.is_none() || listed.len() >= MAX_RECORDS {
            break;
        }
    }
    listed.truncate(MAX_RECORDS);
    let mut found = Recorded::default();
    for some in listed.chunks(AT_ONCE) {
        let wants = some.iter().map(|chain| Want::Chain(*chain).to_bytes());
        let wants: Vec<Vec<u8>> = wants.collect();
        let asked = client.ends(&wants).await;
        let piece = asked.map_err(|error| failed(&error))?;
        let shown = proven(light, &registry, key, &piece)?;
        let time = shown.header.time;
        found.as_of = Some(found.as_of.map_or(time, |known| known.min(time)));
        for chain in some {
            let bytes = shown.entries.get(&keys::chain_record(chain));
            let record = bytes.and_then(Option::as_ref);
            let record = record.and_then(|bytes| ChainRecord::from_bytes(bytes).ok());
            found.records.extend(record.map(|record| (*chain, record)));
        }
    }
    Ok(found)
}
