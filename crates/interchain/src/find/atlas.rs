//! The directory that a search goes by: chains, their keys, where their nodes answer, whose identifiers are at home there.

use std::collections::{BTreeMap, BTreeSet};

use pangolin_client::{DirectoryEntry, NodeDirectory};
use pangolin_ledger::ChainId;

use super::Subject;

/// How a chain stands with the node's own chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stands {
    /// It is the node's own.
    Here,
    /// It may be believed.
    Active,
    /// It is suspended, here or by the registry whose word counts.
    Suspended,
    /// It has ended.
    Retired,
    /// Nobody registered it; the node's configuration names it.
    #[default]
    Unregistered,
}

impl Stands {
    const ALL: [Self; 5] = [
        Self::Here,
        Self::Active,
        Self::Suspended,
        Self::Retired,
        Self::Unregistered,
    ];

    /// Its name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Retired => "retired",
            Self::Unregistered => "unregistered",
        }
    }
}

/// A chain in the directory.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// Its name, for people.
    pub name: String,
    /// What its proofs are checked with.
    pub key: Option<Vec<u8>>,
    /// How it stands.
    pub stands: Stands,
    /// Whether what it proves is believed now.
    pub believed: bool,
    /// Where its nodes answer, in the order in which they are asked.
    pub endpoints: Vec<String>,
    /// Prefixes of issuers that are at home there.
    pub prefixes: BTreeSet<String>,
    /// Who says so.
    pub sources: Vec<String>,
}

impl Place {
    /// Adds addresses that are not there yet.
    pub fn answers_at(&mut self, endpoints: impl IntoIterator<Item = String>) {
        for endpoint in endpoints {
            let endpoint = endpoint.trim_end_matches('/').to_owned();
            if !self.endpoints.contains(&endpoint) {
                self.endpoints.push(endpoint);
            }
        }
    }
}

/// The directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Atlas {
    /// The node's own chain.
    pub here: ChainId,
    /// The chains, the own among them.
    pub places: BTreeMap<ChainId, Place>,
}

impl Atlas {
    /// A directory of the own chain.
    pub fn new(here: ChainId, name: &str, key: Vec<u8>) -> Self {
        let own = Place {
            name: name.to_owned(),
            key: Some(key),
            stands: Stands::Here,
            believed: true,
            ..Place::default()
        };
        Self {
            here,
            places: [(here, own)].into(),
        }
    }

    /// The directory that a node gave, of those of its chains whose identity can be read; `None` if it does not name its own.
    pub fn read(given: &NodeDirectory) -> Option<Self> {
        let here = chain(&given.chain)?;
        let mut places = BTreeMap::new();
        for entry in &given.chains {
            let stands = Stands::ALL.into_iter().find(|s| s.name() == entry.state);
            let (Some(chain), Some(stands)) = (chain(&entry.chain), stands) else {
                continue;
            };
            let key = entry.key.as_ref().and_then(|text| hex::decode(text).ok());
            let place = Place {
                name: entry.name.clone(),
                key,
                stands,
                believed: entry.believed,
                endpoints: entry.endpoints.clone(),
                prefixes: entry.prefixes.iter().cloned().collect(),
                sources: entry.sources.clone(),
            };
            places.insert(chain, place);
        }
        places.contains_key(&here).then_some(Self { here, places })
    }

    /// The chains with a prefix that fits, those with the longest one first.
    pub fn likely(&self, subject: &Subject) -> Vec<(ChainId, &str)> {
        let fitting = |(chain, place): (&ChainId, &'_ Place)| {
            let fits = place.prefixes.iter().filter(|prefix| subject.fits(prefix));
            let longest = fits.max_by_key(|prefix| prefix.len())?;
            Some((*chain, longest.len()))
        };
        let mut likely: Vec<(ChainId, usize)> = self.places.iter().filter_map(fitting).collect();
        likely.sort_by_key(|(chain, length)| (usize::MAX - length, *chain));
        let prefix = |(chain, length): (ChainId, usize)| {
            let place = self.places.get(&chain)?;
            let found = place.prefixes.iter();
            let found = found.filter(|prefix| prefix.len() == length && subject.fits(prefix));
            found.map(String::as_str).next().map(|text| (chain, text))
        };
        likely.into_iter().filter_map(prefix).collect()
    }

    /// As a node gives it; the chains that are likely to know the subject first.
    pub fn entries(&self, subject: Option<&Subject>) -> Vec<DirectoryEntry> {
        let likely = subject.map(|subject| self.likely(subject));
        let likely = likely.unwrap_or_default();
        let rest = self.places.keys().map(|chain| (*chain, None));
        let rest = rest.filter(|(chain, _)| likely.iter().all(|(known, _)| known != chain));
        let first = likely.iter().map(|(chain, by)| (*chain, Some(*by)));
        first
            .chain(rest)
            .filter_map(|(chain, by)| Some((chain, self.places.get(&chain)?, by)))
            .map(|(chain, place, by)| DirectoryEntry {
                chain: chain.to_string(),
                name: place.name.clone(),
                key: place.key.as_ref().map(hex::encode),
                state: place.stands.name().to_owned(),
                believed: place.believed,
                endpoints: place.endpoints.clone(),
                prefixes: place.prefixes.iter().cloned().collect(),
                sources: place.sources.clone(),
                likely_by: by.map(str::to_owned),
            })
            .collect()
    }
}

/// The chain that a text in hexadecimal names.
pub(super) fn chain(text: &str) -> Option<ChainId> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text, &mut bytes).ok()?;
    Some(ChainId(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(n: u8) -> ChainId {
        ChainId([n; 32])
    }

    fn atlas() -> Atlas {
        let mut atlas = Atlas::new(id(1), "own", vec![1]);
        for (n, prefixes) in [
            (2, &["0366"][..]),
            (3, &["036615", "04"]),
            (4, &["04"]),
            (5, &["0366"]),
        ] {
            let mut place = Place {
                name: format!("chain {n}"),
                key: Some(vec![n]),
                stands: Stands::Active,
                believed: true,
                prefixes: prefixes.iter().map(|p| (*p).to_owned()).collect(),
                ..Place::default()
            };
            let url = || "http://127.0.0.1:1".to_owned();
            place.answers_at([url(), url() + "/"]);
            assert_eq!(place.endpoints.len(), 1);
            atlas.places.insert(id(n), place);
        }
        atlas
    }

    #[test]
    fn the_longest_prefix_comes_first() {
        let pack = Subject::parse("urn:epc:id:sgtin:036615.0012345.11").unwrap();
        let expect = [(id(3), "036615"), (id(2), "0366"), (id(5), "0366")];
        assert_eq!(atlas().likely(&pack), expect);
        let entries = atlas().entries(Some(&pack));
        let order: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(order, ["chain 3", "chain 2", "chain 5", "own", "chain 4"]);
        assert_eq!(entries[0].likely_by.as_deref(), Some("036615"));
        let container = Subject::parse("urn:uuid:1-2").unwrap();
        assert!(atlas().likely(&container).is_empty());
    }

    #[test]
    fn what_a_node_gives_is_read_back() {
        let mut given = NodeDirectory {
            chain: id(1).to_string(),
            height: 1,
            time: String::new(),
            chains: atlas().entries(None),
            not_heard: Vec::new(),
            truncated: false,
        };
        assert_eq!(Atlas::read(&given), Some(atlas()));
        given.chains[1].state = "splendid".into();
        given.chains[2].chain = "zz".into();
        assert_eq!(Atlas::read(&given).unwrap().places.len(), 3);
        given.chain = id(9).to_string();
        assert_eq!(Atlas::read(&given), None);
    }
}
