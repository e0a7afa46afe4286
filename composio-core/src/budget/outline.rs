use std::{fmt, path::PathBuf};

use serde::{Deserialize, Serialize};

/// What a [`ResultBudget`](super::ResultBudget) left out of a result. `Display` gives the sentence that the model reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CutResult {
    /// What was left out, place by place, such as `` `items`: 48 of 50 items ``. Of many places the first five and how
    /// many more there are.
    pub left_out: Vec<String>,
    /// How many bytes the whole result has, as JSON text.
    pub whole_bytes: usize,
    /// The file with the whole result, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathBuf>,
    /// Why there is no file although there should be one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_kept: Option<String>,
    /// Whether the program was handed the whole result.
    #[serde(default)]
    pub kept_by_program: bool,
}

impl fmt::Display for CutResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "shortened: {}. The whole result has {} bytes",
            self.left_out.join("; "),
            self.whole_bytes
        )?;
        match (&self.file, &self.not_kept) {
            (Some(file), _) => write!(f, " and is in {}", file.display())?,
            (None, Some(why)) => write!(f, " and could not be written to a file: {why}")?,
            (None, None) => {}
        }
        if self.kept_by_program {
            f.write_str("; the program has it")?;
        }
        Ok(())
    }
}
