use composio_catalog::VersionDiff;
use composio_core::{Body, Result, Transport, client::Client};
use http::{Method, Request};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use serde_json::{Value, json};
use tower::util::MapRequestLayer;
use url::form_urlencoded;

use super::{
    App, AppList, AuditEntry, AuditList, AuditQuery, AuditReport, DeletedUser, ExportedAccount,
    ImportProgress, LintedApp, NewApp, NewDeprecation, NewOauthClient, OauthClient, Watch,
};
use crate::{
    AddedApp,
    keys::{CreatedKey, KeyInfo, NewKey},
    operator::KeyList,
};

/// The client for an engine's own routes, `/api/v3.1/engine/…`: over a network with an operator's key, or in process.
///
/// Errors, besides those of the transport: `Forbidden` if the key is not an operator's, `NotFound` for what does not
/// exist, `InvalidInput` for what cannot be understood.
///
/// ```
/// # async fn operate() -> composio_core::Result<()> {
/// use composio_engine::{Engine, NewKey, Operator};
///
/// let engine = Engine::open("composio.db").await?;
/// let created = Operator::new(engine).create_key(NewKey::new().user("alice")).await?;
/// println!("{}", created.key.expose());
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Operator(Client);

impl Operator {
    /// Talks through `transport`: an engine, or an `HttpTransport` to a served one.
    #[must_use]
    pub fn new(transport: impl Into<Transport>) -> Self {
        Self(Client::new(transport))
    }

    /// All apps, by slug.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says.
    pub async fn apps(&self) -> Result<Vec<App>> {
        let list: AppList = self.get("/engine/apps").await?;
        Ok(list.items)
    }

    /// One app with its `integration.yaml`.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says.
    pub async fn app(&self, slug: &str) -> Result<App> {
        self.get(&below("/engine/apps", slug)).await
    }

    /// Adds an app, or a new version of one.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says; `Conflict` if one of the tools has the name of another app's, `Forbidden` if the egress
    /// policy refuses the document's address, `Unavailable` if it cannot be fetched.
    pub async fn add_app(&self, app: NewApp) -> Result<AddedApp> {
        self.post("/engine/apps", app).await
    }

    /// Says what adding an app would do, and adds nothing.
    ///
    /// # Errors
    ///
    /// As [`Operator::add_app`] says.
    pub async fn lint_app(&self, app: NewApp) -> Result<LintedApp> {
        self.post("/engine/apps/lint", app).await
    }

    /// As [`Operator::add_app`], and an engine in this process tells `progress` how far it is; one behind a network tells
    /// nothing. `progress` is called often, and what it does delays the import.
    ///
    /// ```
    /// # async fn add(operator: composio_engine::Operator, app: composio_engine::NewApp) -> composio_core::Result<()> {
    /// use composio_engine::ImportProgress;
    ///
    /// let added = operator.add_app_with(app, |progress| {
    ///     if let ImportProgress::Compiling { operations, of } = progress {
    ///         eprintln!("{operations} of {of} operations");
    ///     }
    /// });
    /// println!("{} tools", added.await?.tools);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Operator::add_app`] says.
    pub async fn add_app_with(
        &self,
        app: NewApp,
        progress: impl Fn(ImportProgress) + Send + Sync + 'static,
    ) -> Result<AddedApp> {
        self.watched(progress).add_app(app).await
    }

    /// As [`Operator::lint_app`], with the progress of [`Operator::add_app_with`].
    ///
    /// # Errors
    ///
    /// As [`Operator::add_app`] says.
    pub async fn lint_app_with(
        &self,
        app: NewApp,
        progress: impl Fn(ImportProgress) + Send + Sync + 'static,
    ) -> Result<LintedApp> {
        self.watched(progress).lint_app(app).await
    }

    /// What is different in the version `to` of an app, after the version `from`: in the newest, after the one before
    /// it, unless they are named.
    ///
    /// ```
    /// # async fn look(operator: composio_engine::Operator) -> composio_core::Result<()> {
    /// let diff = operator.diff("github", None, None).await?;
    /// for tool in diff.changed.iter().filter(|tool| tool.breaking) {
    ///     println!("{}: {:?}", tool.slug, tool.changes);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Operator`] says; `InvalidInput` if the app has one version alone.
    pub async fn diff(
        &self,
        slug: &str,
        from: Option<&str>,
        to: Option<&str>,
    ) -> Result<VersionDiff> {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, version) in [("from", from), ("to", to)] {
            if let Some(version) = version {
                query.append_pair(name, version);
            }
        }
        let path = format!("{}/diff?{}", below("/engine/apps", slug), query.finish());
        self.get(&path).await
    }

    /// Removes an app: every version of it, its auth configs and its connected accounts.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says.
    pub async fn remove_app(&self, slug: &str) -> Result<()> {
        self.delete(&below("/engine/apps", slug)).await
    }

    /// Marks a version of an app as one to leave, or says anew why and until when. Whoever uses it reads so in the
    /// header `Composio-Deprecated-Toolkits`, which Composio's SDKs show.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says.
    pub async fn deprecate(
        &self,
        slug: &str,
        version: &str,
        deprecation: NewDeprecation,
    ) -> Result<App> {
        let path = deprecation_of(slug, version);
        self.0.request(Method::PUT, &path, Some(deprecation)).await
    }

    /// Takes that mark away. One that is not there is no error.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says.
    pub async fn undeprecate(&self, slug: &str, version: &str) -> Result<App> {
        let path = deprecation_of(slug, version);
        self.0.request(Method::DELETE, &path, None::<()>).await
    }

    /// Keeps the operator's own OAuth client for an app, in place of an earlier one: auth configs that bring none of
    /// their own are reached through it.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says; `InvalidInput` for an app without OAuth, or a field that is not the developer's.
    pub async fn configure_client(
        &self,
        slug: &str,
        client: NewOauthClient,
    ) -> Result<OauthClient> {
        let path = client_of(slug);
        self.0.request(Method::PUT, &path, Some(client)).await
    }

    /// The operator's OAuth client for an app, and what registering one at the vendor takes.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says; `InvalidInput` for an app without OAuth.
    pub async fn client(&self, slug: &str) -> Result<OauthClient> {
        self.get(&client_of(slug)).await
    }

    /// Forgets the operator's OAuth client for an app.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says; `NotFound` if there is none.
    pub async fn remove_client(&self, slug: &str) -> Result<()> {
        self.delete(&client_of(slug)).await
    }

    /// All keys of all projects, oldest first, without the keys themselves.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says.
    pub async fn keys(&self) -> Result<Vec<KeyInfo>> {
        let list: KeyList = self.get("/engine/keys").await?;
        Ok(list.items)
    }

    /// Makes a key. This is the only time it can be seen.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says.
    pub async fn create_key(&self, key: NewKey) -> Result<CreatedKey> {
        self.post("/engine/keys", key).await
    }

    /// Revokes a key: at once in the process that answers, within ten seconds in others on the same database.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says.
    pub async fn revoke_key(&self, id: &str) -> Result<()> {
        self.delete(&below("/engine/keys", id)).await
    }

    /// Deletes a user of the key's project: connected accounts, files, log entries, and the API keys for this user alone.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says. A user without anything is no error.
    pub async fn delete_user(&self, user_id: &str) -> Result<DeletedUser> {
        let path = below("/engine/users", user_id);
        self.0.request(Method::DELETE, &path, None::<()>).await
    }

    /// A connected account of the key's project with its credentials, readable. Keep them well: whoever has them acts
    /// as the user.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says; `Conflict` if the account waits for its user, and has none.
    pub async fn export_account(&self, id: &str) -> Result<ExportedAccount> {
        let path = format!("{}/export", below("/engine/connected_accounts", id));
        self.0.request(Method::POST, &path, None::<()>).await
    }

    /// The newest entries of the audit log that `query` asks for: uses of credentials of the key's project.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says.
    pub async fn audit(&self, query: &AuditQuery) -> Result<Vec<AuditEntry>> {
        let base = "/engine/audit?".to_owned();
        let start = base.len();
        let mut path = form_urlencoded::Serializer::for_suffix(base, start);
        let texts = [
            ("user_id", &query.user_id),
            ("connected_account_id", &query.connected_account_id),
            ("toolkit_slug", &query.toolkit_slug),
            ("action", &query.action),
        ];
        for (name, value) in texts {
            path.extend_pairs(value.iter().map(|value| (name, value)));
        }
        let before = query.before.map(|number| ("before", number.to_string()));
        let limit = query.limit.map(|limit| ("limit", limit.to_string()));
        path.extend_pairs([before, limit].into_iter().flatten());
        let list: AuditList = self.get(&path.finish()).await?;
        Ok(list.items)
    }

    /// Reads the whole audit log and says whether it is as it was written. `head` is the [`AuditReport::head`] of an
    /// earlier report: with it a log that was put back to an older state as a whole is noticed too.
    ///
    /// # Errors
    ///
    /// As [`Operator`] says. A log that is not as it was written is no error.
    pub async fn verify_audit(&self, head: Option<&str>) -> Result<AuditReport> {
        let body = json!({"head": head});
        self.post("/engine/audit/verify", body).await
    }

    fn watched(&self, progress: impl Fn(ImportProgress) + Send + Sync + 'static) -> Self {
        let watch = Watch::new(progress);
        let layer = MapRequestLayer::new(move |mut request: Request<Body>| {
            request.extensions_mut().insert(watch.clone());
            request
        });
        Self::new(self.0.transport().clone().layer(&layer))
    }

    async fn get<T: serde::de::DeserializeOwned + 'static>(&self, path: &str) -> Result<T> {
        self.0.request(Method::GET, path, None::<()>).await
    }

    async fn post<T, B>(&self, path: &str, body: B) -> Result<T>
    where
        T: serde::de::DeserializeOwned + 'static,
        B: Serialize + Send + 'static,
    {
        self.0.request(Method::POST, path, Some(body)).await
    }

    async fn delete(&self, path: &str) -> Result<()> {
        let _: Value = self.0.request(Method::DELETE, path, None::<()>).await?;
        Ok(())
    }
}

fn client_of(slug: &str) -> String {
    format!("{}/oauth_client", below("/engine/apps", slug))
}

fn deprecation_of(slug: &str, version: &str) -> String {
    let versions = format!("{}/versions", below("/engine/apps", slug));
    format!("{}/deprecation", below(&versions, version))
}

fn below(path: &str, segment: &str) -> String {
    format!("{path}/{}", utf8_percent_encode(segment, NON_ALPHANUMERIC))
}
