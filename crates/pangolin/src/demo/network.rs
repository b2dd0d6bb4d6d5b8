//! Who takes part in the demonstration.

use anyhow::{Context as _, Result};
use pangolin_api::own::Placement;
use pangolin_profiles::{
    catalog,
    pharma::{self, Member, role},
};
use pangolin_sandbox::industry::{Role, World};
use std::time::SystemTime;

use crate::{
    network::{Company, Spec, office},
    node::config::default_verify_rate,
};

/// The network of the demonstration.
pub(crate) fn spec(world: &World, first_port: u16) -> Result<Spec> {
    let names = ["north", "south", "east", "west"];
    let organisations = [
        "Manufacturers' Association",
        "Wholesalers' Union",
        "Hospital Trust",
        "Pharmacy Board",
    ];
    let companies = world
        .companies()
        .iter()
        .enumerate()
        .map(|(i, company)| {
            let kind = match company.role {
                Role::Manufacturer => role::MANUFACTURER,
                Role::Wholesaler => role::WHOLESALER,
                Role::Hospital | Role::Pharmacy => role::DISPENSER,
            };
            // who labels cases and pallets only needs no licence for a prefix
            let labels = match company.role {
                Role::Manufacturer => world
                    .labels(company)
                    .into_iter()
                    .map(str::to_owned)
                    .collect(),
                Role::Wholesaler | Role::Hospital | Role::Pharmacy => Vec::new(),
            };
            Company {
                slug: company.slug.clone(),
                member: Member {
                    name: company.name.clone(),
                    id: company.gln.as_str().to_owned(),
                    roles: vec![kind],
                    prefixes: labels,
                    ..Member::default()
                },
                home: i % names.len(),
            }
        })
        .collect();
    let now = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .context("the clock is before 1970")?;
    Ok(Spec {
        name: "demo pharma chain".into(),
        rules: catalog::rules(pharma::STRICT)
            .context("the rules of the demonstration are missing")?,
        validators: names
            .iter()
            .zip(organisations)
            .map(|(n, o)| ((*n).to_owned(), o.to_owned()))
            .collect(),
        observers: vec![("regulator".into(), "Office of Medicines Supervision".into())],
        companies,
        regulator: office(),
        relays: Vec::new(),
        params: pharma::params(),
        first_port,
        created_ms: u64::try_from(now.as_millis())?,
        heartbeat_ms: 1_000,
        epoch_blocks: pangolin_chain::genesis::EPOCH_BLOCKS,
        http: (true, true),
        index: true,
        verify_rate: default_verify_rate(),
        placement: Placement::default(),
    })
}
