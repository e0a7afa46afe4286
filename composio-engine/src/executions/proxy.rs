use std::sync::Arc;

use composio_catalog::Toolkit;
use composio_core::{
    Error, ErrorKind, Result,
    models::{ProxyRequest, ProxyResponse, RawJson},
};
use serde_json::json;
use tracing::Instrument as _;

use super::{Executions, payload::Kept, record::Record, tool::user_of};
use crate::{
    accounts::{Lease, Wanted},
    audit::Action,
    caller::Caller,
    executor::Credentials,
};

/// What a proxied request is called in the log.
const NAME: &str = "PROXY";

impl Executions {
    /// Sends any request to one of the toolkit's hosts with an account's credentials.
    pub(crate) async fn proxy(
        &self,
        caller: &Caller,
        mut request: ProxyRequest,
    ) -> Result<ProxyResponse> {
        request.user_id = request.user_id.or(request.entity_id.take());
        let toolkit = request.toolkit_slug.as_deref().map(str::to_ascii_lowercase);
        let (toolkit, lease) = match (&toolkit, &request.custom_auth_params) {
            (Some(toolkit), Some(_)) if request.connected_account_id.is_none() => {
                (toolkit.clone(), None)
            }
            _ => {
                let wanted = Wanted {
                    account: request.connected_account_id.as_deref(),
                    user: request.user_id.as_deref(),
                    toolkit: toolkit.as_deref(),
                };
                let lease = self.accounts.lease(caller, wanted).await?;
                (lease.toolkit.clone(), Some(lease))
            }
        };
        caller.check_app(&toolkit)?;
        if let Some(user) = &request.user_id {
            caller.check_user(user)?;
        }
        let app = self.catalogue.app(&toolkit)?;
        let mut record = Record::begin(&self.logs, caller, &app.newest.toolkit, NAME);
        record.user = user_of(caller, request.user_id.as_deref());
        if self.projects.keeps_payloads(caller).await {
            let sent = json!({"endpoint": request.endpoint, "method": request.method, "body": request.body});
            record.kept = Some(Kept::new(Some(&RawJson::from(sent))));
        }
        if let Some(lease) = &lease {
            record.runs_on(lease);
            if lease.tools.is_some() {
                let error = not_for_proxy(&lease.account);
                record.refused(&error);
                return Err(error);
            }
        }
        let span = record.span();
        record.sent();
        let toolkit = &app.newest.toolkit;
        let sent = self.send_proxied(toolkit, lease.as_deref(), &request, &record);
        let sent = sent.instrument(span).await;
        match &sent {
            Ok(response) => {
                record.answered(response.status < 400);
                if let Some(kept) = &mut record.kept {
                    kept.answered(&serde_json::to_string(response).unwrap_or_default());
                }
            }
            Err(error) => record.failed(error),
        }
        sent
    }

    async fn send_proxied(
        &self,
        toolkit: &Toolkit,
        lease: Option<&Lease>,
        request: &ProxyRequest,
        record: &Record,
    ) -> Result<ProxyResponse> {
        let send = async |credentials: Option<&Credentials>| {
            let prepared = self
                .executor
                .prepare_proxied(toolkit, credentials, request)?;
            let noted = record.note(&self.audit, Action::Proxy, prepared.host())?;
            self.executor.send(prepared, noted).await
        };
        let mut answer = send(lease.map(|lease| &*lease.credentials)).await?;
        let lease =
            lease.filter(|lease| lease.is_renewable && request.custom_auth_params.is_none());
        if let Some(lease) = lease {
            let again = async |credentials: Arc<Credentials>| send(Some(&credentials)).await;
            answer = self
                .or_renewed(record.caller(), answer, lease, again)
                .await?;
        }
        answer.into_proxy_response()
    }
}

// A list of allowed tools would mean nothing if any request could be sent beside it.
fn not_for_proxy(account: &str) -> Error {
    let message =
        format!("the auth config of {account} allows certain tools alone, so no proxied requests");
    Error::new(ErrorKind::Forbidden, message).with_slug("AuthConfig_ToolNotAllowed")
}
