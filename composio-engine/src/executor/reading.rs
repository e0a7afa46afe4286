use std::{fmt, sync::Arc};

/// Hears how many bytes of an answer have come, and how many there are if the service says.
#[derive(Clone)]
pub(crate) struct Reading(Arc<dyn Fn(u64, Option<u64>) + Send + Sync>);

impl Reading {
    pub(crate) fn new(told: impl Fn(u64, Option<u64>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(told))
    }

    pub(super) fn at(&self, bytes: usize, of: Option<u64>) {
        (self.0)(u64::try_from(bytes).unwrap_or(u64::MAX), of);
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").finish_non_exhaustive()
    }
}
