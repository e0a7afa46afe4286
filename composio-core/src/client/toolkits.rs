use super::{Client, Query, paging::list_builder, query::segment};
use crate::{Result, models::Toolkit};

/// Requests about toolkits (wire reference 1.2). From [`Client::toolkits`].
#[derive(Debug, Clone)]
pub struct Toolkits {
    client: Client,
}

impl Toolkits {
    pub(super) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists toolkits.
    pub fn list(&self) -> ListToolkits {
        ListToolkits::new(self.client.clone())
    }

    /// One toolkit, with what its auth schemes ask for.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`](crate::ErrorKind::NotFound) if there is no toolkit `slug`.
    pub async fn get(&self, slug: &str) -> Result<Toolkit> {
        self.client
            .get(&format!("/toolkits/{}", segment(slug)), Query::default())
            .await
    }
}

list_builder! {
    /// A list of toolkits. Await it for one page, or [`ListToolkits::stream`] it.
    ListToolkits -> Toolkit, "/toolkits";
    /// Only toolkits filed under this category.
    text category = "category";
    /// Only toolkits whose name or description has this text.
    text search = "search";
    /// `usage` or `alphabetically`.
    text sort_by = "sort_by";
}
