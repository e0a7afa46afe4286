use std::{path::Path, sync::Arc};

use crate::Transport;

const LARGEST: u64 = 100 * 1024 * 1024;

/// Which files tools may take and where theirs go. Nothing is allowed until the program says so.
#[derive(Debug, Clone)]
pub(crate) struct FileAccess {
    pub(crate) uploads: Vec<Arc<Path>>,
    pub(crate) fetcher: Option<Transport>,
    pub(crate) downloads: Option<Arc<Path>>,
    pub(crate) limit: u64,
}

impl Default for FileAccess {
    fn default() -> Self {
        Self {
            uploads: Vec::new(),
            fetcher: None,
            downloads: None,
            limit: LARGEST,
        }
    }
}

// The setters, the same on a toolset and on a fetch. `$field` is the `FileAccess`.
macro_rules! file_setters {
    ($($field:ident).+) => {
        /// Lets calls upload files from `folder` and those below it; no folder is allowed by default.
        ///
        /// An argument that is a file ([`file_uploadable`](crate::models::FileArgument)) is shown to the model as a
        /// text: the path of a file, relative to an allowed folder or absolute, or a `data:` address with the bytes.
        /// Links are followed before the folder is checked.
        #[cfg(feature = "files")]
        pub fn allow_uploads_from(mut self, folder: impl Into<std::path::PathBuf>) -> Self {
            self.$($field).+.uploads.push(std::sync::Arc::from(folder.into()));
            self.renewed()
        }

        /// Lets calls upload what an `https` address gives, fetched by `fetcher`; not allowed by default.
        ///
        /// `fetcher` gets requests in absolute form, and is what decides which hosts may be asked: a model names them.
        /// `Engine::fetcher` of `composio-engine` asks hosts of the public internet alone. Redirects that it does not
        /// follow are refused.
        #[cfg(feature = "files")]
        pub fn fetch_uploads_by(mut self, fetcher: impl Into<$crate::Transport>) -> Self {
            self.$($field).+.fetcher = Some(fetcher.into());
            self.renewed()
        }

        /// Saves files in results ([`file_downloadable`](crate::models::FileResult)) in `folder`, which is made if it
        /// is missing, and gives their paths in their place. By default the result holds an address.
        ///
        /// A file is named as the service names it, without anything that leads elsewhere; none is overwritten.
        #[cfg(feature = "files")]
        pub fn downloads_to(mut self, folder: impl Into<std::path::PathBuf>) -> Self {
            self.$($field).+.downloads = Some(std::sync::Arc::from(folder.into()));
            self.renewed()
        }

        /// Sets how large a file may be, either way, in bytes; 100 MiB by default.
        #[cfg(feature = "files")]
        pub fn file_limit(mut self, bytes: u64) -> Self {
            self.$($field).+.limit = bytes;
            self.renewed()
        }
    };
}
pub(crate) use file_setters;
