//! Orders: an authority may hold or recall anything; a labeler its own products, lots and packs.

use pangolin_gs1::Key;
use pangolin_ledger::{
    id::{PartyId, Role, Scope},
    profile::{Need, When, Who},
    report::{Refusal, Subject},
    say,
    tx::{OrderScope, OrderTerms},
};

use super::{reason, role};
use crate::capture::id;

pub(super) fn needs(terms: &OrderTerms, issuer: &PartyId) -> Result<Vec<Need>, Refusal> {
    let mut any_of = vec![(Role::AUTHORITY, Scope::all())];
    let bytes = match &terms.scope {
        OrderScope::Object(object) => Some(object.as_bytes()),
        OrderScope::Group(group) => Some(group.as_bytes()),
        OrderScope::Class(class) => Some(class.as_bytes()),
        OrderScope::Party(_) => None,
    };
    if let Some(bytes) = bytes {
        let key = id::key(bytes)
            .filter(|key| key.parts().next().is_some())
            .ok_or_else(|| {
                let message = say![issuer, " names something without a GS1 key"];
                Refusal::new(
                    &reason::SCOPE_UNKNOWN,
                    Subject::from(&terms.scope),
                    "/order/scope",
                    message,
                )
            })?;
        any_of.extend(labelers(&key));
    }
    Ok(vec![Need {
        who: Who::Issuer,
        any_of,
        when: When::Block,
    }])
}

/// Who labels what the key names.
fn labelers(key: &Key) -> Vec<(Role, Scope)> {
    match (key.gtin(), key) {
        (Some(gtin), _) => role::covering_gtin(&gtin),
        // The first digit is the extension digit.
        (None, Key::Sscc(sscc)) => {
            role::covering(sscc.as_str().get(1..17).unwrap_or_default()).collect()
        }
        _ => Vec::new(),
    }
}
