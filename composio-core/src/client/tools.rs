use std::future::IntoFuture;

use super::{BoxFuture, Client, Query, paging::list_builder, query::segment};
use crate::{
    Error, ErrorKind, Result, ToolkitVersions,
    models::{
        CustomAuth, CustomConnectionData, DryRun, ExecuteRequestBody, ProxyRequest, ProxyResponse,
        RawJson, Tool, ToolResult,
    },
};

/// Requests about tools (wire reference 1.3). From [`Client::tools`].
#[derive(Debug, Clone)]
pub struct Tools {
    client: Client,
}

impl Tools {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists tools of the newest toolkit versions, but for those that the client pins.
    pub fn list(&self) -> ListTools {
        let mut list = ListTools::new(self.client.clone());
        list.query.versions(self.client.versions());
        list
    }

    /// One tool.
    pub fn get(&self, slug: impl Into<String>) -> GetTool {
        let mut query = Query::default();
        query.versions(self.client.versions());
        GetTool {
            client: self.client.clone(),
            slug: slug.into(),
            query,
        }
    }

    /// The slugs of all tools.
    ///
    /// # Errors
    ///
    /// As [`Client`] says.
    pub async fn slugs(&self) -> Result<Vec<String>> {
        self.client.get("/tools/enum", Query::default()).await
    }

    /// Executes the tool `slug`.
    pub fn execute(&self, slug: impl Into<String>) -> Execute {
        let body = ExecuteRequestBody {
            version: Some("latest".to_owned()),
            ..ExecuteRequestBody::default()
        };
        Execute {
            client: self.client.clone(),
            slug: slug.into(),
            body,
        }
    }

    /// Sends any request with a connection's credentials.
    ///
    /// # Errors
    ///
    /// As [`Client`] says. The vendor's own 4xx and 5xx are answers: [`ProxyResponse::status`].
    pub async fn proxy(&self, request: &ProxyRequest) -> Result<ProxyResponse> {
        self.client
            .post("/tools/execute/proxy", request.clone())
            .await
    }
}

list_builder! {
    /// A list of tools. Await it for one page, or [`ListTools::stream`] it.
    ListTools -> Tool, "/tools";
    /// Only tools of these toolkits.
    list toolkits = "toolkit_slug";
    /// Only these tools; every other filter is ignored.
    list slugs = "tool_slugs";
    /// Only tools with one of these tags. Tags are case-sensitive.
    list tags = "tags";
    /// Only tools that need one of these scopes.
    list scopes = "scopes";
    /// Only tools that the toolkit marks `important`.
    flag important = "important";
    /// Tools that fit this description, best first.
    text query = "query";
    /// Says of each tool how it fits the query: [`Tool::relevance`]. An engine's own; other services ignore it.
    flag explain = "explain";
    /// `latest`, or one version for every toolkit.
    text toolkit_versions = "toolkit_versions";
}

/// One tool. Await it.
///
/// Fails with [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is none of that slug and version.
#[derive(Debug, Clone)]
#[must_use = "a request is sent when it is awaited"]
pub struct GetTool {
    client: Client,
    slug: String,
    query: Query,
}

impl GetTool {
    /// Asks for the definition of this toolkit version.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.query.versions(&ToolkitVersions::every(version));
        self
    }
}

impl IntoFuture for GetTool {
    type Output = Result<Tool>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            self.client
                .get(&format!("/tools/{}", segment(&self.slug)), self.query)
                .await
        })
    }
}

/// One execution. Await it.
///
/// A failure of the tool is a [`ToolResult`]; an error means that it was not executed, or nobody knows.
#[derive(Debug, Clone)]
#[must_use = "a request is sent when it is awaited"]
pub struct Execute {
    client: Client,
    slug: String,
    body: ExecuteRequestBody,
}

impl Execute {
    /// The arguments, a JSON object.
    pub fn arguments(mut self, arguments: impl Into<RawJson>) -> Self {
        self.body.arguments = Some(arguments.into());
        self
    }

    /// A sentence in place of arguments, for services with a model of their own.
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.body.text = Some(text.into());
        self
    }

    /// The end user.
    pub fn user_id(mut self, user_id: impl Into<String>) -> Self {
        self.body.user_id = Some(user_id.into());
        self
    }

    /// The account to use; without it the user's newest active one.
    pub fn connected_account_id(mut self, id: impl Into<String>) -> Self {
        self.body.connected_account_id = Some(id.into());
        self
    }

    /// The toolkit version; `latest` by default, whatever the client pins: which toolkit a tool is of is not known here.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.body.version = Some(version.into());
        self
    }

    /// Credentials for this call alone.
    pub fn custom_auth(mut self, auth: CustomAuth) -> Self {
        self.body.custom_auth_params = Some(auth);
        self
    }

    /// A whole connection for this call alone.
    pub fn custom_connection(mut self, connection: CustomConnectionData) -> Self {
        self.body.custom_connection_data = Some(connection);
        self
    }

    /// What would be sent to the app, with its secrets masked; nothing is sent there.
    ///
    /// An engine answers it; Composio's own API has no such thing.
    ///
    /// # Errors
    ///
    /// As awaiting the execution, and [`ErrorKind::NotSupported`] if the service has no dry run.
    pub async fn dry_run(self) -> Result<DryRun> {
        let path = format!("/engine/tools/execute/{}/dry_run", segment(&self.slug));
        let answer = self.client.post(&path, self.body).await;
        answer.map_err(|error: Error| match (error.kind(), error.slug()) {
            (ErrorKind::NotFound, None | Some("Route_NotFound")) => {
                let message = "the service has no dry run: only an engine shows what it would send";
                Error::new(ErrorKind::NotSupported, message).with_source(error)
            }
            _ => error,
        })
    }
}

impl IntoFuture for Execute {
    type Output = Result<ToolResult>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            self.client
                .post(
                    &format!("/tools/execute/{}", segment(&self.slug)),
                    self.body,
                )
                .await
        })
    }
}
