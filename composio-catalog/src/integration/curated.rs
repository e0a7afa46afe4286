//! The shape of the `tools` section: actions that are more than one operation of the vendor's, or not one as it stands.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::lenient;

/// An action with arguments of its own, made of one or several requests. An extension of ours.
///
/// Texts in [`path`](CuratedStep::path), [`query`](CuratedStep::query), [`headers`](CuratedStep::headers),
/// [`body`](CuratedStep::body), [`variables`](CuratedStep::variables) and [`result`](Self::result) are Jinja templates. A
/// text that is one `{{ … }}` alone stands for the value as it is, a list or a number too; a member whose template
/// has no value is left out. A template cannot change the method, the host or the shape of a request: its value is
/// put in its place after everything is read.
///
/// ```
/// use composio_catalog::Integration;
///
/// let app = Integration::parse(br#"
/// name: Desk
/// unique_key: desk
/// tools:
///   - slug: DESK_OPEN_A_TICKET
///     name: Open a ticket
///     arguments:
///       title: {type: string, description: What it is about, required: true}
///     steps:
///       - operation: POST /tickets
///         body: {subject: "{{ title }}", opened_at: "{{ now() }}"}
/// "#)?;
/// assert_eq!(app.tools[0].steps[0].operation.as_deref(), Some("POST /tickets"));
/// # Ok::<(), composio_catalog::CompileError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CuratedTool {
    /// The tool's slug, with the app's name before it: `GMAIL_SEND_EMAIL`.
    #[serde(deserialize_with = "lenient::text")]
    pub slug: String,
    /// A few words for people.
    #[serde(default, deserialize_with = "lenient::text")]
    pub name: String,
    /// What it does, for the model; the name if empty.
    #[serde(default, deserialize_with = "lenient::text")]
    pub description: String,
    /// The JSON Schema of each argument by name; `required: true` in one says that the call needs it. `type: file`, or a
    /// list of these, is a file that the caller uploads; [`output`](Self::output) may have it for one that comes back.
    #[serde(default, deserialize_with = "lenient::null_is_default")]
    pub arguments: IndexMap<String, Value>,
    /// Names of groups.
    #[serde(default, deserialize_with = "lenient::names")]
    pub tags: Vec<String>,
    /// OAuth scopes that it needs.
    #[serde(default, deserialize_with = "lenient::texts")]
    pub scopes: Vec<String>,
    /// What it does to the user's data: `read`, `create`, `update` or `delete`; by the steps' methods if absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub effect: Option<String>,
    /// Whether it is left out of the tools that are offered first.
    #[serde(default, deserialize_with = "lenient::flag")]
    pub minor: bool,
    /// The requests, in their order.
    #[serde(default, deserialize_with = "lenient::null_is_default")]
    pub steps: Vec<CuratedStep>,
    /// The result, with `steps.<id>` for the answer of each step, and `more.<id>` for where a list that was not read to
    /// its end goes on; the last answer as it came if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
    /// The JSON Schema of the result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}

/// One request of a [`CuratedTool`], or one for each entry of a list.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CuratedStep {
    /// The name under which later templates find the answer; `main` if empty.
    #[serde(default, deserialize_with = "lenient::text")]
    pub id: String,
    /// Method and path, placeholders in braces: `GET /notes/{id}`. `POST /graphql` if absent beside a document.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub operation: Option<String>,
    /// A GraphQL document, sent as it stands with the [`variables`](Self::variables). The answer is its `data`; `errors`
    /// in it fail the step.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub graphql: Option<String>,
    /// The variables of the GraphQL document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<Value>,
    /// The API's server, if it is not the app's usual one: an absolute address on one of its hosts.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub server: Option<String>,
    /// What fills the placeholders of the path.
    #[serde(default, deserialize_with = "lenient::null_is_default")]
    pub path: IndexMap<String, Value>,
    /// Query parameters; a list becomes several of one name.
    #[serde(default, deserialize_with = "lenient::null_is_default")]
    pub query: IndexMap<String, Value>,
    /// Headers.
    #[serde(default, deserialize_with = "lenient::null_is_default")]
    pub headers: IndexMap<String, Value>,
    /// The body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// How the body is written: `application/json` if absent, a form, `multipart/form-data`, `multipart/related` or text.
    ///
    /// In a form, what is nested has brackets: `a[b]`, `a[0][b]`. In the related kind (RFC 2387) a member that is a file
    /// is a part, and so is one with `text` and its `mimetype`, and one with a `mail`, whose members are those of the
    /// filter `mime` and `attachments`, a list of files; all others are the description before them.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub media_type: Option<String>,
    /// The answer is kept as a file, text too, and this is the file's name; the service's own if it has no value.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub file: Option<String>,
    /// Where the answer has the bytes of a file, in base64 or base64url, with or without padding: `{{ answer.data }}`. The
    /// answer is then this file as an answer that is one gives it, and [`file`](Self::file), its name, may use `answer`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub content: Option<String>,
    /// The media type of that file; by the ending of its name if absent or without a value.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub content_type: Option<String>,
    /// The step is left out if this has no value, or one that is false, empty or zero.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub when: Option<String>,
    /// A list: the step is done for each entry of it, `item` in its templates, and its answer is the list of answers in
    /// the order of the entries. A step that only reads (GET and HEAD) is done for several at a time.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub each: Option<String>,
    /// The step is done again for each page of a list, and its answer is the whole list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pages: Option<CuratedPages>,
    /// What is kept of the `answer`, in templates; all of it if absent. With pages, [`CuratedPages::items`] says that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub select: Option<Value>,
    /// The step has failed if this is true of its `answer`, for APIs that say so in a 200.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub fails_if: Option<String>,
    /// What the vendor says of such a failure.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub error: Option<String>,
}

/// How a list that comes in pages is read. `answer` is a page, `cursor` in the step's templates what the page before said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CuratedPages {
    /// The entries of a page.
    #[serde(deserialize_with = "lenient::text")]
    pub items: String,
    /// What the next page is asked for with; the last page has none.
    #[serde(deserialize_with = "lenient::text")]
    pub next: String,
    /// How many entries are wanted at most; all that there are if absent.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient::optional_text"
    )]
    pub limit: Option<String>,
    /// How many pages are read at most; [`MOST_PAGES`](Self::MOST_PAGES) if absent, or if more are asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
}

impl CuratedTool {
    /// The most steps that a tool may have.
    pub const MOST_STEPS: usize = 16;
    /// The names that templates use for what is no argument.
    pub const RESERVED: [&str; 6] = ["answer", "arguments", "cursor", "item", "more", "steps"];
}

impl CuratedStep {
    /// The name under which later templates find the answer.
    #[must_use]
    pub fn id(&self) -> &str {
        if self.id.is_empty() { "main" } else { &self.id }
    }

    /// Method and path of the operation, in upper case the one and without blanks the other.
    #[must_use]
    pub fn target(&self) -> Option<(String, &str)> {
        let operation = match &self.operation {
            Some(operation) => operation.as_str(),
            None if self.graphql.is_some() => "POST /graphql",
            None => return None,
        };
        let (method, path) = operation.trim().split_once(char::is_whitespace)?;
        Some((method.to_ascii_uppercase(), path.trim()))
    }
}

impl CuratedPages {
    /// The most pages that one step reads.
    pub const MOST_PAGES: u32 = 50;
}
