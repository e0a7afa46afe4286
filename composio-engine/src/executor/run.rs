use std::sync::Arc;

use composio_catalog::Toolkit;
use composio_core::{
    Result,
    models::{DryRun, ProxyRequest, ProxyResponse, ToolResult},
};

use super::{
    Call, Credentials, EgressPolicy, Limits, Prepared,
    address::Addresses,
    client, preview, proxied,
    request::{self, Context},
    send::Sender,
    template,
};

/// What an [`Executor`] is built from.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExecutorOptions {
    pub(crate) egress: EgressPolicy,
    pub(crate) limits: Limits,
}

/// Runs tools. Cheap to clone; dropping a call cancels it.
#[derive(Debug, Clone)]
pub(crate) struct Executor(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    context: Context,
    sender: Sender,
}

impl Executor {
    /// Sets up the client; nothing is sent.
    pub(crate) fn new(options: ExecutorOptions) -> Result<Self> {
        let client = client::build(&options.egress, &options.limits)?;
        Ok(Self::with_client(options, client))
    }

    pub(super) fn with_client(options: ExecutorOptions, client: reqwest::Client) -> Self {
        let ExecutorOptions { egress, limits } = options;
        let context = Context {
            environment: template::environment(),
            addresses: Addresses::new(),
            egress: egress.clone(),
        };
        Self(Arc::new(Inner {
            context,
            sender: Sender {
                client,
                egress,
                limits,
            },
        }))
    }

    /// Runs one tool. What the vendor answers, failures included, is a result.
    ///
    /// Errors: `InvalidInput` for arguments and fields, `Config` for templates and addresses of the toolkit, `Forbidden`
    /// for an address that the policy refuses, `Timeout`, and `Unavailable` if no whole answer came.
    pub(crate) async fn execute(&self, call: Call<'_>) -> Result<ToolResult> {
        let request = self.prepare(call)?;
        Ok(self.0.sender.send(request).await?.into_tool_result())
    }

    /// Renders a tool's request with its secrets masked; nothing is sent.
    ///
    /// Errors: as [`Executor::execute`] before anything is sent.
    pub(crate) fn dry_run(&self, mut call: Call<'_>) -> Result<DryRun> {
        let secrets = preview::mask(&mut call);
        let request = self.prepare(call)?;
        self.0.context.egress.check(&request.url)?;
        Ok(preview::shown(&request, &secrets))
    }

    /// Sends any request to a host of the toolkit, with the credentials. What the vendor answers is the answer.
    ///
    /// Errors: as [`Executor::execute`]; `UnexpectedResponse` if the answer is larger than the limit.
    pub(crate) async fn proxy(
        &self,
        toolkit: &Toolkit,
        credentials: Option<Credentials>,
        request: ProxyRequest,
    ) -> Result<ProxyResponse> {
        let prepared = proxied::prepare(&self.0.context, toolkit, credentials.as_ref(), &request)?;
        self.0.sender.send(prepared).await?.into_proxy_response()
    }

    pub(super) fn sender(&self) -> &Sender {
        &self.0.sender
    }

    pub(super) fn context(&self) -> &Context {
        &self.0.context
    }

    /// Renders a tool's request without sending it.
    pub(crate) fn prepare(&self, call: Call<'_>) -> Result<Prepared> {
        request::prepare(&self.0.context, call)
    }
}
