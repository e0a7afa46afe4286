use serde::{Deserialize, Deserializer, Serialize};

/// One page of a list (wire reference 1.1).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// The entries of this page.
    #[serde(default = "Vec::new")]
    pub items: Vec<T>,
    /// Where the next page starts; `None` on the last one.
    #[serde(default)]
    pub next_cursor: Option<String>,
    /// How many pages there are.
    #[serde(default)]
    pub total_pages: u64,
    /// The number of this page, from 1.
    #[serde(default)]
    pub current_page: u64,
    /// How many entries there are on all pages.
    #[serde(default)]
    pub total_items: u64,
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            next_cursor: None,
            total_pages: 0,
            current_page: 0,
            total_items: 0,
        }
    }
}

/// The body of an error answer (wire reference 1.1).
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorEnvelope {
    /// The error itself.
    pub error: ErrorBody,
}

/// What an error answer says.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ErrorBody {
    /// A sentence for the reader.
    #[serde(default)]
    pub message: String,
    /// Composio's numeric code; the HTTP status where there is none.
    #[serde(default, deserialize_with = "null_is_default")]
    pub code: i64,
    /// Composio's name for the error, such as `Tool_ToolNotFound`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The HTTP status.
    #[serde(default, deserialize_with = "null_is_default")]
    pub status: u16,
    /// For support tickets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suggested_fix: Option<String>,
    /// The single faults, where there are several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Vec<String>>,
}

/// A plain "done".
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Acknowledgement {
    /// Whether it was done.
    #[serde(default)]
    pub success: bool,
    /// What was done, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

pub(super) fn null_is_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::<T>::deserialize(deserializer)?.unwrap_or_default())
}
