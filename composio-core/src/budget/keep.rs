use std::{fmt, io, io::Write as _, path::Path, path::PathBuf, sync::Arc, time::SystemTime};

use crate::{disk, models::ToolResult};

/// A result as it was before a [`ResultBudget`](super::ResultBudget) cut it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct WholeResult {
    /// The tool's slug.
    pub tool: String,
    /// The framework's id of the call.
    pub call_id: Option<String>,
    /// The end user.
    pub entity: String,
    /// The result after the post-processors.
    pub result: ToolResult,
}

/// What the program does with whole results.
#[derive(Clone)]
pub(super) struct Keep(pub(super) Arc<dyn Fn(WholeResult) + Send + Sync>);

impl fmt::Debug for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keep")
    }
}

/// Writes `text` to a new file of its owner alone; the folder is made if it is missing.
pub(super) async fn spill(folder: Arc<Path>, tool: &str, text: String) -> io::Result<PathBuf> {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    let name = format!("{}-{:x}.json", plain(tool), since.as_nanos());
    disk::blocking(move || {
        disk::make_folder(&folder)?;
        let (mut file, path) = disk::create_new(&folder, &name)?;
        let written = file
            .write_all(text.as_bytes())
            .and_then(|()| file.sync_data());
        if let Err(error) = written {
            disk::remove(&path);
            return Err(error);
        }
        Ok(path)
    })
    .await
}

// A tool's name comes from outside.
fn plain(tool: &str) -> String {
    let name: String = tool
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '_'
            }
        })
        .take(80)
        .collect();
    if name.is_empty() {
        "result".to_owned()
    } else {
        name
    }
}
