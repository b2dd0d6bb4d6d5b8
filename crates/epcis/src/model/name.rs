//! Names of extension elements: a namespace and a local part, plus how they were written.

use std::cmp::Ordering;

/// How a name was written, kept so that a document can be written back alike.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notation {
    /// `example:field`: the prefix without its colon, never empty.
    Prefixed(String),
    /// `field`: no prefix; the namespace is the default one of its place, or empty.
    Bare,
    /// `https://ns.example.com/epcis/field` as a JSON key.
    Full,
}

/// A name of an extension element or attribute.
///
/// Two names are equal when namespace and local part are; the notation does not count.
#[derive(Debug, Clone)]
pub struct Name {
    /// Namespace URI exactly as declared; empty when none is in force or the prefix is unknown.
    pub namespace: String,
    /// Local part, never empty.
    pub local: String,
    /// How it was written.
    pub notation: Notation,
}

impl Name {
    /// A name written with a prefix.
    pub fn prefixed(
        prefix: impl Into<String>,
        namespace: impl Into<String>,
        local: impl Into<String>,
    ) -> Self {
        Self {
            namespace: namespace.into(),
            local: local.into(),
            notation: Notation::Prefixed(prefix.into()),
        }
    }

    /// A name written without a prefix.
    pub fn bare(namespace: impl Into<String>, local: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            local: local.into(),
            notation: Notation::Bare,
        }
    }

    /// A name written as a full URI; it is split after its last `/`, `#` or `:`.
    pub fn full(uri: &str) -> Self {
        let cut = uri
            .trim_end_matches(['/', '#', ':'])
            .rfind(['/', '#', ':'])
            .map_or(0, |at| at + 1);
        let (namespace, local) = uri.split_at(cut);
        Self {
            namespace: namespace.to_owned(),
            local: local.to_owned(),
            notation: Notation::Full,
        }
    }

    /// Whether it belongs to XML Schema itself (`xsi:type`, `xsi:nil`), which says nothing about an event.
    pub fn is_schema_instance(&self) -> bool {
        self.namespace == "http://www.w3.org/2001/XMLSchema-instance"
    }

    /// The prefix as written, if there was one.
    pub fn prefix(&self) -> Option<&str> {
        match &self.notation {
            Notation::Prefixed(prefix) => Some(prefix),
            Notation::Bare | Notation::Full => None,
        }
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.namespace == other.namespace && self.local == other.local
    }
}

impl Eq for Name {}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.namespace, &self.local).cmp(&(&other.namespace, &other.local))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_by_meaning() {
        assert_eq!(
            Name::prefixed("a", "https://x/", "f"),
            Name::full("https://x/f")
        );
        assert_ne!(Name::bare("", "f"), Name::full("https://x/f"));
    }

    #[test]
    fn full_uris_are_split_at_their_last_delimiter() {
        assert_eq!(Name::full("urn:x:y").local, "y");
        assert_eq!(Name::full("https://x/y#z").namespace, "https://x/y#");
        assert_eq!(Name::full("https://x/y/").local, "y/");
    }
}
