//! Identifiers of objects, classes, places and parties (EPCIS 2.0 §6.4, §7.3.3).

use pangolin_gs1::{Key, KeyError, epc::EpcError};

use super::rules;
use crate::{
    defect::{Rule, quote},
    model::Uri,
};

/// What an identifier has to name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Anything: a place, a party, a document.
    Any,
    /// One object.
    Instance,
    /// A class of objects.
    Class,
}

/// What is wrong with an identifier beyond its being a URI, if anything.
pub fn identifier(uri: &Uri, expect: Expect) -> Option<(Rule, String)> {
    let text = uri.as_str();
    match Key::parse(text) {
        Ok(key) => level(text, &key, expect),
        Err(KeyError::Epc(EpcError::UnknownScheme { .. })) => Some((
            rules::EPC_SCHEME_UNKNOWN,
            format!("{} is of an EPC scheme that is not known", quote(text)),
        )),
        Err(KeyError::Epc(error)) => Some((rules::EPC_INVALID, wrong(text, &error))),
        Err(KeyError::DigitalLink(error)) => {
            Some((rules::DIGITAL_LINK_INVALID, wrong(text, &error)))
        }
        // any other URI may identify an object
        Err(_) => None,
    }
}

fn level(text: &str, key: &Key, expect: Expect) -> Option<(Rule, String)> {
    match expect {
        Expect::Instance if key.is_class() => {
            let urn = text.starts_with("urn:");
            let rule = if urn {
                rules::EPC_IS_CLASS
            } else {
                rules::EPC_IS_CLASS_TOLERATED
            };
            Some((rule, format!("{} names a class of objects", quote(text))))
        }
        Expect::Class if key.is_instance() => Some((
            rules::CLASS_IS_EPC,
            format!("{} names one object", quote(text)),
        )),
        _ => None,
    }
}

fn wrong(text: &str, error: &dyn std::error::Error) -> String {
    format!("{}: {error}", quote(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers() {
        let check = |text: &str, expect: Expect, code: Option<&str>| {
            let found = identifier(&Uri::parse(text).unwrap(), expect);
            assert_eq!(found.map(|(rule, _)| rule.code), code, "{text}");
        };
        check("urn:epc:id:sgtin:4012345.012345.12", Expect::Instance, None);
        check(
            "urn:epc:id:sgtin:4012345.012345",
            Expect::Any,
            Some("epc-invalid"),
        );
        check(
            "urn:epc:id:sgtin:401234.012345.12",
            Expect::Any,
            Some("epc-invalid"),
        );
        check("urn:epc:id:sgtin:abc", Expect::Any, Some("epc-invalid"));
        check(
            "urn:epc:id:new:1.2",
            Expect::Any,
            Some("epc-scheme-unknown"),
        );
        check("urn:epc:class:lgtin:4012345.012345.L", Expect::Class, None);
        check(
            "urn:epc:class:lgtin:4012345.012345.L",
            Expect::Instance,
            Some("epc-is-class"),
        );
        check(
            "https://id.gs1.org/01/04012345123456",
            Expect::Instance,
            Some("epc-is-class"),
        );
        check(
            "urn:epc:id:sgtin:4012345.012345.12",
            Expect::Class,
            Some("class-is-epc"),
        );
        check(
            "https://id.gs1.org/01/04012345123457/21/1",
            Expect::Any,
            Some("digital-link-invalid"),
        );
        check(
            "urn:uuid:374d95fc-9457-4a51-bd6a-0bba133845a8",
            Expect::Instance,
            None,
        );
        check("https://example.org/po/123", Expect::Any, None);
    }
}
