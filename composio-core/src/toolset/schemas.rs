use std::future::IntoFuture;

use super::{
    ToolSet, fetch,
    selection::{Selection, selection_setters},
};
use crate::{
    Plain, Provider, Result,
    client::{BoxFuture, Client},
    models::Tool,
};

/// A fetch of definitions as the service has them. Await it.
///
/// With `check_connected_accounts(false)` it works for apps that nobody has connected.
#[derive(Debug, Clone)]
#[must_use = "definitions are fetched when it is awaited"]
pub struct GetActionSchemas {
    toolset: ToolSet<Plain>,
    selection: Selection,
}

impl GetActionSchemas {
    pub(super) fn new<P: Provider>(toolset: ToolSet<P>) -> Self {
        Self {
            toolset: toolset.into_plain(),
            selection: Selection::default(),
        }
    }

    selection_setters!(selection);
}

impl IntoFuture for GetActionSchemas {
    type Output = Result<Vec<Tool>>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let custom_tools = self.toolset.custom_tools.clone();
            let found = fetch::find(&self.toolset, &self.selection, &custom_tools).await?;
            Ok(found.into_iter().map(|(tool, _)| tool).collect())
        })
    }
}

/// A search for actions. Await it for their slugs, best first.
#[derive(Debug, Clone)]
#[must_use = "the search is made when it is awaited"]
pub struct FindActions {
    client: Client,
    use_case: String,
    apps: Vec<String>,
    limit: u32,
}

impl FindActions {
    pub(super) fn new(client: Client, use_case: String) -> Self {
        Self {
            client,
            use_case,
            apps: Vec::new(),
            limit: 10,
        }
    }

    /// Only actions of these apps.
    #[doc(alias = "toolkits")]
    pub fn apps<S: AsRef<str>>(mut self, apps: impl IntoIterator<Item = S>) -> Self {
        self.apps
            .extend(apps.into_iter().map(|app| app.as_ref().to_lowercase()));
        self
    }

    /// At most this many; 10 by default.
    pub fn limit(mut self, limit: u32) -> Self {
        self.limit = limit;
        self
    }
}

impl IntoFuture for FindActions {
    type Output = Result<Vec<String>>;
    type IntoFuture = BoxFuture<Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let mut list = self
                .client
                .tools()
                .list()
                .query(self.use_case)
                .limit(self.limit);
            if !self.apps.is_empty() {
                list = list.toolkits(&self.apps);
            }
            Ok(list
                .await?
                .items
                .into_iter()
                .map(|tool| tool.slug)
                .collect())
        })
    }
}
