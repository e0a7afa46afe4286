use futures_core::Stream;
use futures_util::stream::{self, TryStreamExt as _};
use serde::de::DeserializeOwned;

use super::{Client, Query};
use crate::{Result, models::Page};

/// Every entry of a list, fetched page by page as the stream is read.
///
/// A service that repeats a cursor ends the stream, so that it cannot run for ever.
pub(super) fn entries<T>(
    client: Client,
    path: &'static str,
    query: Query,
) -> impl Stream<Item = Result<T>> + Send
where
    T: DeserializeOwned + Send + 'static,
{
    let first = Some((query, None::<String>));
    stream::try_unfold(first, move |state| {
        let client = client.clone();
        async move {
            let Some((mut query, last)) = state else {
                return Ok(None);
            };
            let page: Page<T> = client.get(path, query.clone()).await?;
            let next = page
                .next_cursor
                .filter(|cursor| Some(cursor) != last.as_ref())
                .map(|cursor| {
                    query.set("cursor", cursor.clone());
                    (query, Some(cursor))
                });
            Ok::<_, crate::Error>(Some((stream::iter(page.items.into_iter().map(Ok)), next)))
        }
    })
    .try_flatten()
}

// A list builder: setters by name, `.await` for one page, `.stream()` for all.
macro_rules! list_builder {
    (
        $(#[$meta:meta])* $name:ident -> $item:ty, $path:literal;
        $($(#[$doc:meta])* $kind:ident $setter:ident = $param:literal;)*
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        #[must_use = "a request is sent when it is awaited"]
        pub struct $name {
            client: $crate::client::Client,
            query: $crate::client::Query,
        }

        impl $name {
            pub(super) fn new(client: $crate::client::Client) -> Self {
                Self { client, query: $crate::client::Query::default() }
            }

            $(list_builder!(@setter $(#[$doc])* $kind $setter = $param);)*

            /// Sets how many entries a page has at most.
            pub fn limit(mut self, limit: u32) -> Self {
                self.query.set("limit", limit.to_string());
                self
            }

            /// Starts at the page that an earlier page's `next_cursor` names.
            pub fn cursor(mut self, cursor: impl Into<String>) -> Self {
                self.query.set("cursor", cursor);
                self
            }

            /// Every entry on all pages, fetched as the stream is read. It ends after the first error.
            pub fn stream(self) -> impl futures_core::Stream<Item = $crate::Result<$item>> + Send {
                $crate::client::paging::entries(self.client, $path, self.query)
            }
        }

        impl std::future::IntoFuture for $name {
            type Output = $crate::Result<$crate::models::Page<$item>>;
            type IntoFuture = $crate::client::BoxFuture<Self::Output>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(async move { self.client.get($path, self.query).await })
            }
        }
    };
    (@setter $(#[$doc:meta])* text $setter:ident = $param:literal) => {
        $(#[$doc])*
        pub fn $setter(mut self, value: impl Into<String>) -> Self {
            self.query.set($param, value);
            self
        }
    };
    (@setter $(#[$doc:meta])* list $setter:ident = $param:literal) => {
        $(#[$doc])*
        pub fn $setter<S: AsRef<str>>(mut self, values: impl IntoIterator<Item = S>) -> Self {
            self.query.list($param, values);
            self
        }
    };
    (@setter $(#[$doc:meta])* flag $setter:ident = $param:literal) => {
        $(#[$doc])*
        pub fn $setter(mut self, value: bool) -> Self {
            self.query.set($param, value.to_string());
            self
        }
    };
}
pub(super) use list_builder;
