use std::pin::pin;

use composio_core::{Result, models::Page};
use futures_util::{Stream, TryStreamExt as _};

/// Every entry, as one page.
pub(super) async fn whole<T>(entries: impl Stream<Item = Result<T>>) -> Result<Page<T>> {
    let entries = pin!(entries);
    let mut page = Page::default();
    page.items = entries.try_collect().await?;
    page.total_items = u64::try_from(page.items.len()).unwrap_or(u64::MAX);
    page.total_pages = 1;
    page.current_page = 1;
    Ok(page)
}
