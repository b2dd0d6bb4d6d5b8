//! The companies of the synthetic industry as members of a network.

use pangolin_sandbox::industry::{Plan, Role, World};

/// A member.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Name in files and tokens.
    pub(crate) slug: String,
    /// Its name.
    pub(crate) name: String,
    /// Its GLN.
    pub(crate) id: String,
    /// Its role in the trade.
    pub(crate) role: &'static str,
    /// Prefixes it labels products under.
    pub(crate) prefixes: Vec<String>,
    /// The node that captures for it.
    pub(crate) home: String,
}

/// The world of the demonstration's plan.
pub(crate) fn world() -> World {
    World::new(&Plan::demo()).unwrap()
}

/// Its companies, one node after the other.
pub(crate) fn members() -> Vec<Member> {
    let world = world();
    let companies = world.companies().iter().enumerate();
    companies
        .map(|(i, company)| {
            let maker = company.role == Role::Manufacturer;
            Member {
                slug: company.slug.clone(),
                name: company.name.clone(),
                id: company.gln.as_str().to_owned(),
                role: match company.role {
                    Role::Manufacturer => "manufacturer",
                    Role::Wholesaler => "wholesaler",
                    Role::Hospital | Role::Pharmacy => "dispenser",
                },
                prefixes: world
                    .labels(company)
                    .into_iter()
                    .filter(|_| maker)
                    .map(str::to_owned)
                    .collect(),
                home: format!("validator-{}", i % 4 + 1),
            }
        })
        .collect()
}

/// The members file.
pub(crate) fn toml(members: &[Member]) -> String {
    let entry = |member: &Member| {
        format!(
            "[[member]]\nslug = {:?}\nname = {:?}\nid = {:?}\nroles = [{:?}]\nprefixes = {:?}\nhome = {:?}\n\n",
            member.slug, member.name, member.id, member.role, member.prefixes, member.home
        )
    };
    members.iter().map(entry).collect()
}
