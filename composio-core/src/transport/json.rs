use std::{any::Any, cell::OnceCell, sync::Arc};

use bytes::Bytes;
use serde::Serialize;

/// A value that is written as JSON when somebody asks for its bytes, and not before.
pub(super) struct Json {
    value: Box<dyn Any + Send>,
    write: fn(&dyn Any) -> Written,
    text: OnceCell<Written>,
}

/// Why a value has no text.
pub(super) type NoJson = Arc<serde_json::Error>;

type Written = Result<Bytes, NoJson>;

impl Json {
    pub(super) fn new<T: Serialize + Send + 'static>(value: T) -> Self {
        Self {
            value: Box::new(value),
            write: write::<T>,
            text: OnceCell::new(),
        }
    }

    /// The value, if it is a `T`.
    pub(super) fn into_value<T: 'static>(self) -> Result<T, Self> {
        let Self { value, write, text } = self;
        value
            .downcast()
            .map(|value| *value)
            .map_err(|value| Self { value, write, text })
    }

    pub(super) fn text(&self) -> &Written {
        self.text.get_or_init(|| (self.write)(&*self.value))
    }
}

fn write<T: Serialize + 'static>(value: &dyn Any) -> Written {
    value.downcast_ref::<T>().map_or_else(
        || Ok(Bytes::new()),
        |value| Ok(Bytes::from(serde_json::to_vec(value).map_err(Arc::new)?)),
    )
}
