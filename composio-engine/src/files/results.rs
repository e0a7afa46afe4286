use std::sync::Arc;

use bytes::Bytes;
use composio_core::{BoxError, Result, models::FileResult};
use futures_util::Stream;

use super::{Files, names};
use crate::{clock, ids, store::FileRecord};

/// Where the files go that a call of one tool brings back.
#[derive(Debug, Clone)]
pub(crate) struct ResultFiles {
    pub(crate) files: Arc<Files>,
    pub(crate) project: String,
    pub(crate) user: Option<String>,
    pub(crate) toolkit: String,
    pub(crate) tool: String,
    /// What every answer is kept as, text too; `None` leaves text in the result.
    pub(crate) name: Option<String>,
    /// The answer is text that holds a file, and may be larger than others.
    pub(crate) is_around_file: bool,
}

impl ResultFiles {
    /// Keeps the bytes of an answer. `disposition` and `path` of the request say what the file is called.
    pub(crate) async fn keep<E: Into<BoxError>>(
        &self,
        media_type: &str,
        disposition: Option<&str>,
        path: &str,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send,
    ) -> Result<FileResult> {
        let files = &self.files;
        let (written, _reservation) = files.write(&self.project, None, bytes).await?;
        let media_type = names::media_type(media_type);
        let own = self.name.as_deref().filter(|own| !own.is_empty());
        let now = clock::now();
        let mut file = FileRecord {
            id: ids::file(),
            project: self.project.clone(),
            user_id: self.user.clone(),
            toolkit: self.toolkit.clone(),
            tool: self.tool.clone(),
            name: match own {
                Some(own) => names::file_name(own),
                None => name(disposition, path, &self.tool, &media_type),
            },
            media_type,
            md5: written.md5.clone(),
            content: None,
            created_at: now,
            expires_at: now + clock::microseconds(files.limits.results_kept),
        };
        let content = files.settle(&file, written).await?;
        file.content = Some(content.clone());
        let kept = files.store.insert_file(&file, files.quota()).await;
        files.settled(kept, content).await?;
        Ok(files.result(&file))
    }
}

/// What the service calls the file, else the end of its path, else the tool's name.
fn name(disposition: Option<&str>, path: &str, tool: &str, media_type: &str) -> String {
    let given = disposition.and_then(names::disposed);
    let from_path = || {
        let last = path.rsplit('/').next().unwrap_or_default();
        let text = percent_encoding::percent_decode_str(last).decode_utf8();
        text.ok()
            .filter(|text| text.contains('.'))
            .map(|text| text.into_owned())
    };
    let plain = || format!("{}{}", tool.to_lowercase(), names::extension(media_type));
    names::file_name(&given.or_else(from_path).unwrap_or_else(plain))
}
