//! What makes a whole document or `integration.yaml` unusable.

use composio_core::{Error, ErrorKind};

/// Why nothing could be compiled. One bad operation is not an error: see [`Report`](crate::Report).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompileError {
    /// The `integration.yaml` is broken or says something that cannot be.
    #[error("integration.yaml: {0}")]
    Integration(String),
    /// The text is neither JSON nor YAML, or it ends too early.
    #[error("the document cannot be read: {0}")]
    Syntax(String),
    /// The text is well formed but no OpenAPI document.
    #[error("not an OpenAPI document: {0}")]
    NotOpenApi(String),
    /// A description language that is not understood yet.
    #[error("{0} is not supported yet")]
    NotSupported(String),
    /// A limit of size, depth or count is exceeded.
    #[error("the document is too large: {0}")]
    TooLarge(String),
}

impl From<CompileError> for Error {
    fn from(error: CompileError) -> Self {
        let kind = match error {
            CompileError::NotSupported(_) => ErrorKind::NotSupported,
            CompileError::Integration(_)
            | CompileError::Syntax(_)
            | CompileError::NotOpenApi(_)
            | CompileError::TooLarge(_) => ErrorKind::InvalidInput,
        };
        Self::new(kind, error.to_string())
    }
}
