use std::{fmt, sync::Arc};

use crate::executor::Reading;

/// How far adding an app, or looking at one, has come: what [`Operator::add_app_with`](crate::Operator::add_app_with) tells.
///
/// The bytes begin again with each document, since one may refer to others, and after a redirect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ImportProgress {
    /// A document is being fetched.
    Fetching {
        /// Bytes that have come.
        bytes: u64,
        /// Bytes there are, if its server says.
        of: Option<u64>,
    },
    /// The document's operations become tools.
    Compiling {
        /// Operations that were looked at.
        operations: u64,
        /// Operations there are.
        of: u64,
    },
}

/// Who hears of the progress, if anybody does. It travels as an extension of a request in this process, as no request
/// from a network can have one.
#[derive(Clone, Default)]
pub(crate) struct Watch(Option<Arc<dyn Fn(ImportProgress) + Send + Sync>>);

impl Watch {
    pub(crate) fn new(told: impl Fn(ImportProgress) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(told)))
    }

    pub(super) fn reading(&self) -> Option<Reading> {
        let told = Arc::clone(self.0.as_ref()?);
        Some(Reading::new(move |bytes, of| {
            told(ImportProgress::Fetching { bytes, of });
        }))
    }

    pub(super) fn compiling(&self, operations: usize, of: usize) {
        if let Some(told) = &self.0 {
            let wide = |count| u64::try_from(count).unwrap_or(u64::MAX);
            told(ImportProgress::Compiling {
                operations: wide(operations),
                of: wide(of),
            });
        }
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
