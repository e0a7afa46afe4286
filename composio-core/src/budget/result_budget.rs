use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::value::RawValue;

use super::{
    CutResult, WholeResult, cut,
    keep::{Keep, spill},
};
use crate::{ToolOutcome, models::RawJson};

const BYTES_A_TOKEN: usize = 3;
const LEAST: usize = 1024;
// An error is a sentence; the data is what was asked for.
const SHARE_OF_THE_ERROR: usize = 4;

/// How much of one result a model reads; unlimited by default.
///
/// What counts is the JSON text that the model reads ([`ToolOutcome::model_text`]), after the post-processors. A result
/// within the budget stays as it is, byte for byte. A larger one is cut where its structure allows: whole items of a
/// list, whole fields of an object, the beginning of a long text; what is left is valid JSON, and says what is missing
/// ([`ToolOutcome::cut`]). It holds for whatever a model is told, and not for
/// [`ToolSet::execute_action`](crate::ToolSet::execute_action), whose result the program reads itself.
///
/// ```
/// use composio_core::ResultBudget;
///
/// let budget = ResultBudget::tokens(4_000).spill_to("results");
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct ResultBudget {
    bytes: usize,
    folder: Option<Arc<Path>>,
    keep: Option<Keep>,
}

impl ResultBudget {
    /// At most `bytes` of JSON text. Fewer than 1,024 count as 1,024: what was left out must be said too.
    pub fn bytes(bytes: usize) -> Self {
        Self {
            bytes: bytes.max(LEAST),
            folder: None,
            keep: None,
        }
    }

    /// At most about `tokens` tokens: 3 bytes each.
    ///
    /// An estimate, since every model counts otherwise. JSON with identifiers has 2.5 to 3.5 bytes a token, English
    /// prose more than 4.
    pub fn tokens(tokens: usize) -> Self {
        Self::bytes(tokens.saturating_mul(BYTES_A_TOKEN))
    }

    /// Writes the whole of a result that is cut to a new file in `folder`, which is made if it is missing. The file is
    /// its owner's alone (mode 0600); the model reads its path. Nobody deletes it.
    ///
    /// If it cannot be written, the result is cut all the same and says so.
    pub fn spill_to(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(Arc::from(folder.into()));
        self
    }

    /// Hands the program the whole of a result that is cut.
    pub fn keep(mut self, keep: impl Fn(WholeResult) + Send + Sync + 'static) -> Self {
        self.keep = Some(Keep(Arc::new(keep)));
        self
    }

    /// `outcome` within the budget.
    pub(crate) async fn apply(
        &self,
        mut outcome: ToolOutcome,
        call_id: Option<&str>,
        entity: &str,
    ) -> ToolOutcome {
        let whole_bytes = outcome.model_length();
        if whole_bytes <= self.bytes {
            return outcome;
        }
        let mut notice = CutResult {
            whole_bytes,
            ..CutResult::default()
        };
        if let Some(folder) = &self.folder {
            match spill(folder.clone(), &outcome.tool, outcome.model_text()).await {
                Ok(path) => notice.file = Some(path),
                Err(error) => {
                    tracing::warn!(tool = outcome.tool, %error, "the whole result could not be kept");
                    notice.not_kept = Some(error.kind().to_string());
                }
            }
        }
        if let Some(Keep(keep)) = &self.keep {
            keep(WholeResult {
                tool: outcome.tool.clone(),
                call_id: call_id.map(str::to_owned),
                entity: entity.to_owned(),
                result: outcome.result.clone(),
            });
            notice.kept_by_program = true;
        }
        self.shorten(&mut outcome, &notice);
        outcome
    }

    fn shorten(&self, outcome: &mut ToolOutcome, notice: &CutResult) {
        let mut cut_error = None;
        if let Some(error) = &mut outcome.result.error {
            let share = self.bytes / SHARE_OF_THE_ERROR;
            if error.len() > share {
                let (kept, left_out) = cut::cut_text(error, share);
                *error = kept;
                cut_error = Some(format!("`error`: {left_out}"));
            }
        }
        let whole = std::mem::take(&mut outcome.result.data);
        let mut room = self.bytes;
        loop {
            let (data, left_out) = part(&whole, room);
            outcome.result.data = data;
            outcome.cut = Some(CutResult {
                left_out: cut_error.iter().cloned().chain(left_out).collect(),
                ..notice.clone()
            });
            let excess = outcome.model_length().saturating_sub(self.bytes);
            if excess == 0 || room == 0 {
                return;
            }
            // A smaller part may need a longer notice: a little more than what is too much.
            room = room.saturating_sub(excess + 16);
        }
    }
}

fn part(whole: &RawJson, room: usize) -> (RawJson, Vec<String>) {
    if whole.as_str().len() <= room {
        return (whole.clone(), Vec::new());
    }
    let cut = cut::cut(whole.as_raw(), room);
    let data =
        RawValue::from_string(cut.text).map_or_else(|_| RawJson::empty_object(), RawJson::from);
    (data, cut.left_out)
}
