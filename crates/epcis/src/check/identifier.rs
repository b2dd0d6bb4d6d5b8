//! Identifiers of objects, classes, places and parties.

use super::rules;
use crate::{defect::Rule, model::Uri};

/// What is wrong with an identifier beyond its being a URI, if anything.
pub fn identifier(uri: &Uri) -> Option<(Rule, String)> {
    let _ = (uri, rules::EPC_INVALID, rules::DIGITAL_LINK_INVALID);
    None
}
