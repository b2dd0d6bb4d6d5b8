//! The linters of GS1 Company Prefixes, and the door to a directory of licensed prefixes.

use super::{LintCode, LintError, LintResult, charset, fail, whole};

/// The shortest GS1 Company Prefix, in digits.
const PREFIX_LEN_MIN: usize = 4;

/// What a directory knows about the company prefix at the start of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PrefixStatus {
    /// Licensed, or to be treated as such.
    Valid,
    /// No licensed prefix starts this key.
    Unknown,
    /// The directory cannot answer and the check must fail.
    Offline,
}

/// A directory of licensed GS1 Company Prefixes, supplied by the operator.
pub trait PrefixDirectory {
    /// The status of the prefix that starts `key`: a key from its first prefix digit on.
    fn status(&self, key: &str) -> PrefixStatus;
}

/// The directory that takes every prefix as licensed: only the form is checked.
#[derive(Debug, Clone, Copy, Default)]
pub struct AnyPrefix;

impl PrefixDirectory for AnyPrefix {
    fn status(&self, _key: &str) -> PrefixStatus {
        PrefixStatus::Valid
    }
}

pub(super) fn first_position(value: &[u8], directory: &dyn PrefixDirectory) -> LintResult {
    let Some(head) = value.get(..PREFIX_LEN_MIN) else {
        return whole(LintCode::TooShortForGcp, value);
    };
    if let Err(LintError { offset, .. }) = charset::numeric(head) {
        return fail(LintCode::InvalidGcpPrefix, offset, 1);
    }
    // Values come from text, but a caller may have cut one inside a character.
    match core::str::from_utf8(value).map_or(PrefixStatus::Unknown, |key| directory.status(key)) {
        PrefixStatus::Valid => Ok(()),
        PrefixStatus::Unknown => whole(LintCode::InvalidGcpPrefix, value),
        PrefixStatus::Offline => whole(LintCode::GcpDatasourceOffline, value),
    }
}

pub(super) fn second_position(value: &[u8], directory: &dyn PrefixDirectory) -> LintResult {
    if value.len() < 2 {
        return whole(LintCode::TooShortForGcp, value);
    }
    first_position(&value[1..], directory).map_err(|error| error.shifted(1))
}
