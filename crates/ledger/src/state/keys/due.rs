//! Keys of deadlines.

use super::{Key, Namespace, join};
use crate::codec::Wire as _;

/// How far deadlines have been handled.
pub fn due_cursor() -> Key {
    Key::derive(Namespace::DueCursor, &[])
}

/// A bucket of deadlines.
pub fn due_head(bucket: i64) -> Key {
    Key::derive(Namespace::DueHead, &bucket.to_bytes())
}

/// A page of a bucket.
pub fn due_page(bucket: i64, page: u32) -> Key {
    Key::derive(
        Namespace::DuePage,
        &join(&[&|w| bucket.put(w), &|w| page.put(w)]),
    )
}
