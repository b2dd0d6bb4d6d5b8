//! Company prefixes that events show, and what they tell about keys that hide theirs.
//!
//! An EPC URN divides its key at the end of the company prefix; every other notation hides where that is, and it is never
//! guessed from digits. But licensed prefixes do not start one another: where some event shows `0614141` in a URN, no key that
//! begins with these digits is one of a company `061414`, in whatever notation it is written. The index therefore keeps the
//! prefixes that it has seen, and a pattern is held against keys of unknown prefix with them in mind.

use std::collections::BTreeSet;

use pangolin_gs1::{CompanyPrefixes, PrefixLen, epc::Scheme};

/// Schemes of EPC URNs that do not begin with a company prefix.
const WITHOUT: [Scheme; 5] = [
    Scheme::Gid,
    Scheme::Usdod,
    Scheme::Adi,
    Scheme::Bic,
    Scheme::Imovn,
];

/// The beginning of an EPC URN up to its company prefix, and the prefix; `None` if it shows none.
pub(crate) fn shown(uri: &str) -> Option<(&str, &str)> {
    let body_at = ["urn:epc:id:", "urn:epc:class:", "urn:epc:idpat:"]
        .iter()
        .find(|head| uri.starts_with(**head))?
        .len();
    let (scheme, fields) = uri.get(body_at..)?.split_once(':')?;
    let (prefix, _) = fields.split_once('.')?;
    let digits = prefix.bytes().all(|byte| byte.is_ascii_digit());
    let scheme_of = Scheme::from_name(scheme).filter(|scheme| !WITHOUT.contains(scheme));
    if !digits || PrefixLen::new(prefix.len()).is_none() || scheme_of.is_none() {
        return None;
    }
    let end = body_at + scheme.len() + 1 + prefix.len() + 1;
    Some((uri.get(..end)?, prefix))
}

/// Adds the company prefixes that identifiers show. Neighbours of one list mostly share theirs, which costs one comparison.
pub(crate) fn collect<'u>(uris: impl IntoIterator<Item = &'u str>, into: &mut BTreeSet<String>) {
    let mut last = "";
    for uri in uris {
        if !last.is_empty() && uri.starts_with(last) {
            continue;
        }
        if let Some((head, prefix)) = shown(uri) {
            last = head;
            if !into.contains(prefix) {
                into.insert(prefix.to_owned());
            }
        }
    }
}

/// Company prefixes that events have shown, as far as they bear on one pattern.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Prefixes(pub(crate) BTreeSet<String>);

/// The length of the prefix that starts a key, if exactly one of these does: prefixes that start one another cannot both be
/// right.
impl CompanyPrefixes for Prefixes {
    fn prefix_len(&self, key: &str) -> Option<PrefixLen> {
        let mut found = self.0.iter().filter(|prefix| key.starts_with(*prefix));
        let one = found.next()?;
        if found.next().is_some() {
            return None;
        }
        PrefixLen::new(one.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urns_show_prefixes_and_nothing_else_does() {
        let check = |uri: &str, expect: Option<&str>| {
            assert_eq!(shown(uri).map(|(_, prefix)| prefix), expect, "{uri}");
        };
        check("urn:epc:id:sgtin:0614141.107346.2017", Some("0614141"));
        check("urn:epc:class:lgtin:4012345.012345.998877", Some("4012345"));
        check("urn:epc:idpat:sgtin:061414.1107346.*", Some("061414"));
        check("urn:epc:id:sgln:061414100005..0", Some("061414100005"));
        check("urn:epc:idpat:sgtin:*.*.*", None);
        check("urn:epc:id:adi:35962.PQ7VZ4.M37GXB92", None);
        check("urn:epc:id:gid:9514141.12345.400", None);
        check("urn:epc:id:sgtin:12345.1.1", None);
        check("urn:epc:id:sgtin", None);
        check("https://id.gs1.org/01/10614141073464/21/2018", None);
        check("urn:epc:id:sgtin:0614141", None);
    }

    #[test]
    fn long_lists_give_each_prefix_once() {
        let uris: Vec<String> = (0..100)
            .map(|n| {
                format!(
                    "urn:epc:id:sgtin:{}.10734.{n}",
                    ["06141419", "40123459"][n / 50]
                )
            })
            .collect();
        let mut found = BTreeSet::new();
        collect(uris.iter().map(String::as_str), &mut found);
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            ["06141419", "40123459"]
        );
    }

    #[test]
    fn prefixes_that_contradict_each_other_say_nothing() {
        let known = |list: &[&str]| {
            let set = list.iter().map(|&prefix| prefix.to_owned()).collect();
            Prefixes(set).prefix_len("061414107346").map(PrefixLen::get)
        };
        assert_eq!(known(&[]), None);
        assert_eq!(known(&["0614141"]), Some(7));
        assert_eq!(known(&["0614142", "061414"]), Some(6));
        assert_eq!(known(&["0614141", "061414"]), None);
    }
}
