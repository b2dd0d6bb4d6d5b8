//! What a chain was made with, in a form that can be kept and compared: it cannot change afterwards but by governance.

use serde::{Deserialize, Serialize};

use super::file::Chain;

/// What a chain was made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Description {
    title: String,
    profile: String,
    heartbeat_ms: u64,
    validators: Vec<String>,
    observers: Vec<String>,
    regulator: String,
    members: Vec<Membership>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Membership {
    slug: String,
    name: String,
    id: String,
    roles: Vec<u16>,
    prefixes: Vec<String>,
    gtins: Vec<String>,
    home: usize,
}

/// What the file says of a chain.
pub(crate) fn describe(chain: &Chain) -> Description {
    let organisations = |nodes: &[(String, String)]| {
        let nodes = nodes.iter();
        nodes
            .map(|(_, organisation)| organisation.clone())
            .collect()
    };
    let members = chain.companies.iter().map(|company| Membership {
        slug: company.slug.clone(),
        name: company.member.name.clone(),
        id: company.member.id.clone(),
        roles: company.member.roles.iter().map(|role| role.0).collect(),
        prefixes: company.member.prefixes.clone(),
        gtins: company.member.gtins.clone(),
        home: company.home,
    });
    Description {
        title: chain.title.clone(),
        profile: chain.rules.name.to_owned(),
        heartbeat_ms: chain.heartbeat_ms,
        validators: organisations(&chain.validators),
        observers: organisations(&chain.observers),
        regulator: chain.regulator.name.clone(),
        members: members.collect(),
    }
}

impl Description {
    /// What differs first; `None` if nothing does.
    pub(crate) fn difference(&self, other: &Self) -> Option<&'static str> {
        let parts = [
            (self.title != other.title, "title"),
            (self.profile != other.profile, "profile"),
            (self.heartbeat_ms != other.heartbeat_ms, "heartbeat_ms"),
            (self.validators != other.validators, "validators"),
            (self.observers != other.observers, "observers"),
            (self.regulator != other.regulator, "regulator"),
            (
                self.members != other.members,
                "members (relays are members too)",
            ),
        ];
        parts
            .into_iter()
            .find(|(differs, _)| *differs)
            .map(|(_, part)| part)
    }
}
