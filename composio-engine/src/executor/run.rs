use std::{sync::Arc, time::Duration};

use composio_catalog::Toolkit;
use composio_core::{
    Result,
    models::{DryRun, ProxyRequest},
};

use super::{
    Call, Credentials, EgressPolicy, Limits, Prepared,
    address::Addresses,
    answer::Answer,
    client::Clients,
    preview, proxied,
    request::{self, Context},
    scope,
    send::Sender,
    template,
};
use crate::audit::Noted;

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
        let clients = Clients::new(&options.egress, &options.limits)?;
        Ok(Self::with_clients(options, clients))
    }

    pub(super) fn with_clients(options: ExecutorOptions, clients: Clients) -> Self {
        let ExecutorOptions { egress, limits } = options;
        let context = Context {
            environment: template::environment(),
            steps: scope::environment(),
            addresses: Addresses::new(),
            egress: egress.clone(),
        };
        Self(Arc::new(Inner {
            context,
            sender: Sender {
                clients: Arc::new(clients),
                egress,
                limits,
                reading: None,
            },
        }))
    }

    /// Sends a request that was prepared here. What the vendor answers, failures included, is the answer.
    ///
    /// Errors: `Forbidden` for an address that the policy refuses, `Timeout`, and `Unavailable` if no whole answer came.
    pub(crate) async fn send(&self, request: Prepared, _: Noted) -> Result<Answer> {
        self.0.sender.send(request).await
    }

    /// Renders a tool's request with its secrets masked; nothing is sent.
    ///
    /// Errors: as [`Executor::prepare`], and `Forbidden` for an address that the policy refuses.
    pub(crate) fn dry_run(&self, mut call: Call<'_>) -> Result<DryRun> {
        let secrets = preview::mask(&mut call);
        let request = self.prepare(call)?;
        self.0.context.egress.check(&request.url)?;
        Ok(preview::shown(&request, &secrets))
    }

    /// Renders any request to a host of the toolkit, with the credentials.
    ///
    /// Errors: as [`Executor::prepare`].
    pub(crate) fn prepare_proxied(
        &self,
        toolkit: &Toolkit,
        credentials: Option<&Credentials>,
        request: &ProxyRequest,
    ) -> Result<Prepared> {
        proxied::prepare(&self.0.context, toolkit, credentials, request)
    }

    /// How long a call takes at most.
    pub(crate) fn longest_call(&self) -> Duration {
        self.sender().limits.total
    }

    pub(super) fn sender(&self) -> &Sender {
        &self.0.sender
    }

    pub(super) fn context(&self) -> &Context {
        &self.0.context
    }

    /// Renders a tool's request without sending it.
    ///
    /// Errors: `InvalidInput` for arguments and fields, `Config` for templates and addresses of the toolkit.
    pub(crate) fn prepare(&self, call: Call<'_>) -> Result<Prepared> {
        request::prepare(&self.0.context, call)
    }
}
