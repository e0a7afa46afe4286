use composio_catalog::Toolkit;
use composio_core::{
    Error, ErrorKind, Result,
    models::{ProxyRequest, ProxyResponse, ToolResult},
};

use super::{Call, Credentials, EgressPolicy, Limits};

/// What an [`Executor`] is built from.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExecutorOptions {
    pub(crate) egress: EgressPolicy,
    pub(crate) limits: Limits,
}

/// Runs tools. Cheap to clone; dropping a call cancels it.
#[derive(Debug, Clone)]
pub(crate) struct Executor {
    options: ExecutorOptions,
}

impl Executor {
    pub(crate) fn new(options: ExecutorOptions) -> Result<Self> {
        Ok(Self { options })
    }

    /// Runs one tool. What the vendor answers, failures included, is a result.
    ///
    /// Errors: `InvalidInput` for arguments or fields, `Config` for templates and addresses of the toolkit, `Forbidden`
    /// for an address that the policy refuses, `Timeout`, `Unavailable` if no whole answer came.
    pub(crate) async fn execute(&self, call: Call<'_>) -> Result<ToolResult> {
        let _ = (call.toolkit, call.plan, call.arguments, call.credentials, call.custom);
        let _ = &self.options.limits;
        Err(Error::new(ErrorKind::NotSupported, "not yet"))
    }

    /// Sends any request to one of the toolkit's hosts, with its credentials.
    pub(crate) async fn proxy(
        &self,
        toolkit: &Toolkit,
        credentials: Option<Credentials>,
        request: ProxyRequest,
    ) -> Result<ProxyResponse> {
        let _ = (toolkit, credentials, request, &self.options.egress);
        Err(Error::new(ErrorKind::NotSupported, "not yet"))
    }
}
