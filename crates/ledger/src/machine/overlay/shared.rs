//! The record of an object as the overlay and the kernels share it.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
};

use crate::state::Object;

/// The record of an object. Handing it on costs nothing; the first change copies it, so that nobody else sees the change.
///
/// An event looks at each of its objects once for every step of its plan and changes it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shared(Arc<Object>);

impl From<Object> for Shared {
    fn from(object: Object) -> Self {
        Self(Arc::new(object))
    }
}

impl From<Arc<Object>> for Shared {
    fn from(object: Arc<Object>) -> Self {
        Self(object)
    }
}

impl Deref for Shared {
    type Target = Object;
    fn deref(&self) -> &Object {
        &self.0
    }
}

impl DerefMut for Shared {
    fn deref_mut(&mut self) -> &mut Object {
        Arc::make_mut(&mut self.0)
    }
}
