//! Where a document's parts are written: the markup, the version, and the list of losses.

use super::loss::{Loss, LossKind};
use super::markup::Markup;
use super::{Carry, Version};
use crate::model::{Context, Term, Uri};

/// One document under construction.
pub(super) struct Out<'a> {
    /// The text.
    pub(super) markup: Markup,
    /// Which schema it follows.
    pub(super) version: Version,
    /// What 1.2 does with content of 2.0.
    pub(super) carry: Carry,
    /// Namespaces of the document the events came from.
    pub(super) context: &'a Context,
    /// Namespaces that the event itself declares.
    pub(super) own: Option<&'a Context>,
    /// The event being written.
    pub(super) event: Option<usize>,
    /// Losses so far.
    pub(super) losses: Vec<Loss>,
}

impl Out<'_> {
    /// Lists a loss.
    pub(super) fn lose(&mut self, member: &str, kind: LossKind, message: String) {
        self.losses.push(Loss {
            event: self.event,
            member: member.to_owned(),
            kind,
            message,
        });
    }

    /// An element of EPCIS with an identifier.
    pub(super) fn uri(&mut self, tag: &str, uri: &Uri) {
        let text = self.value_text(uri.as_str());
        self.markup.leaf(tag, &text);
    }

    /// A value with the prefix of a JSON-LD context written out, since XML has no prefixes in values.
    pub(super) fn value_text(&self, value: &str) -> String {
        let Some((prefix, _)) = value.split_once(':') else {
            return value.to_owned();
        };
        let contexts = self.own.into_iter().chain([self.context]);
        let mut declaring = contexts
            .filter(|context| context.expands_values && context.prefixes.contains_key(prefix));
        match declaring.next() {
            Some(context) => context.expand(value).into_owned(),
            None => value.to_owned(),
        }
    }

    /// An element of EPCIS with a term.
    pub(super) fn term(&mut self, tag: &str, term: &Term) {
        let text = self.term_text(term);
        self.markup.leaf(tag, &text);
    }

    /// A term as XML writes it: standard terms as URN, or as the URI they came with; 1.2 knows URNs only.
    pub(super) fn term_text(&self, term: &Term) -> String {
        let keep =
            term.word().is_none() || (self.version == Version::V2_0 && term.as_str().contains(':'));
        if keep {
            return self.value_text(term.as_str());
        }
        term.urn()
    }

    /// An element of EPCIS with text.
    pub(super) fn plain(&mut self, tag: &str, text: &str) {
        self.markup.open(tag);
        self.text(text, tag);
        self.markup.close();
    }
}
