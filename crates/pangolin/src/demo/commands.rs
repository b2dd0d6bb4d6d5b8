//! The commands that the demonstration prints: each works as it stands when it is pasted into the same shell.

use anyhow::{Context as _, Result};
use pangolin_client::Client;
use std::path::Path;

use crate::{
    connect,
    network::{Created, REGULATOR, Spec},
    shell::{program, quoted},
};

/// What commands are made of.
pub(super) struct Commands<'n> {
    pub(super) dir: &'n Path,
    pub(super) spec: &'n Spec,
    pub(super) network: &'n Created,
    program: String,
}

impl<'n> Commands<'n> {
    /// Commands for a network in `dir`.
    pub(super) fn new(dir: &'n Path, spec: &'n Spec, network: &'n Created) -> Self {
        Self {
            dir,
            spec,
            network,
            program: program(),
        }
    }

    /// A client of the node of one company (or of the regulator), signing with the key of another.
    pub(super) fn client(&self, at: &str, slug: &str) -> Result<Client> {
        let key = self.network.keys.get(slug);
        let key = key.with_context(|| format!("{slug} has no key"))?;
        connect::local(&self.url(at)?, Some(key))
    }

    /// The address of the node of a company; of the regulator, that of the observer.
    pub(super) fn url(&self, slug: &str) -> Result<String> {
        let home = if slug == REGULATOR {
            self.spec.validators.len()
        } else {
            let company = self.spec.companies.iter().find(|found| found.slug == slug);
            company
                .with_context(|| format!("{slug} is not a company of this network"))?
                .home
        };
        let http = self.network.nodes.get(home).and_then(|(_, _, http)| *http);
        let http = http.with_context(|| format!("the node of {slug} serves no HTTP"))?;
        Ok(format!("http://{http}"))
    }

    /// The name of the party with this identifier.
    pub(super) fn name(&self, id: &str) -> String {
        let companies = self.spec.companies.iter();
        companies
            .map(|company| &company.member)
            .find(|member| id.ends_with(&member.id))
            .map_or_else(|| id.to_owned(), |member| member.name.clone())
    }

    /// `pangolin capture FILE` as a company.
    pub(super) fn capture(&self, file: &Path, slug: &str) -> String {
        let words = ["capture", "--strict", &file.display().to_string()].map(quoted);
        self.signed(&words.join(" "), slug)
    }

    /// A command, signed by a company or the regulator at its own node.
    pub(super) fn signed(&self, words: &str, slug: &str) -> String {
        let key = self.network.keys.get(slug);
        let key = key.map(|key| quoted(key.display().to_string()));
        let text = self.open(words, slug);
        match key {
            Some(key) => format!("{text} --key {key}"),
            None => text,
        }
    }

    /// A command to the node of a company that needs no key.
    pub(super) fn open(&self, words: &str, slug: &str) -> String {
        let node = self.url(slug).unwrap_or_default();
        format!("{} --node {node}", self.local(words))
    }

    /// A command that asks no node.
    pub(super) fn local(&self, words: &str) -> String {
        format!("{} {words}", self.program)
    }
}
