//! What a compiled toolkit is: one plan per operation over a shared pool of schemas.

use composio_core::models::RawJson;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Entries, Integration, Steps};

/// One version of an app, compiled: everything the engine needs to list and run its tools.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Toolkit {
    /// The unique name, lower case: `github`.
    pub slug: String,
    /// `YYYYMMDD_NN`.
    pub version: String,
    /// The app's facts, auth schemes and templates.
    pub integration: Integration,
    /// The document's first server, made absolute where the document says how; `None` if it names none. Where a variable
    /// of it may be chosen, `{{name}}` stands for a field of the connection.
    pub base_url: Option<String>,
    /// Where its tools lead: names, `*.` and a name, or `*` for wherever the user's own fields say. What
    /// [`Integration::hosts`] lists, else what the templates and the document name.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The servers of operations that have their own, each once.
    #[serde(default)]
    pub servers: Vec<String>,
    /// The tools by slug, in the document's order.
    pub tools: Entries<ToolPlan>,
    /// The document's component schemas in JSON Schema 2020-12, by the name used after `#/$defs/`.
    pub schemas: Entries<RawJson>,
}

/// How one tool becomes one HTTP request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolPlan {
    /// `GITHUB_CREATE_AN_ISSUE`.
    pub slug: String,
    /// The operation's summary.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// `GET`, `POST`, … upper case.
    pub method: String,
    /// The path below the server, placeholders in braces: `/repos/{owner}/{repo}`.
    pub path: String,
    /// The operation's own server, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// What the caller may give, and where each goes.
    pub arguments: Vec<Argument>,
    /// The request's body, if it can have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyPlan>,
    /// JSON Schema of the arguments; references point into [`Toolkit::schemas`].
    pub input: RawJson,
    /// JSON Schema of the success body; references point into [`Toolkit::schemas`].
    pub output: RawJson,
    /// Group names, `important`, and hints such as `readOnlyHint`.
    pub tags: Vec<String>,
    /// OAuth scopes it needs: those of the first alternative that names any.
    pub scopes: Vec<String>,
    /// Other sets of scopes, each of which is enough in place of `scopes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scope_alternatives: Vec<Vec<String>>,
    /// Whether it runs without credentials.
    pub no_auth: bool,
    /// Whether repeating it is safe: RFC 9110 section 9.2.2, or a mark in the document.
    pub idempotent: bool,
    /// Whether the vendor has deprecated it.
    pub deprecated: bool,
    /// The requests it consists of, if it is one of the `tools` section; method, path and server are then the last one's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Box<Steps>>,
}

impl ToolPlan {
    /// The servers that it has of its own, those of its steps too.
    pub(crate) fn servers(&self) -> impl Iterator<Item = &String> {
        let steps = self.steps.iter().flat_map(|steps| &steps.list);
        let of_steps = steps.filter_map(|step| step.plan.server.as_ref());
        self.server.iter().chain(of_steps)
    }
}

/// One argument of a tool and its place in the request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Argument {
    /// The name the caller uses, unique within the tool.
    pub name: String,
    /// The name in the request.
    pub wire_name: String,
    /// Where it goes.
    pub location: Location,
    /// How an array or object is written (OpenAPI 3.1, section 4.8.12.3).
    pub style: Style,
    /// Whether an array or object becomes several values.
    pub explode: bool,
    /// Whether reserved characters go as they are.
    pub allow_reserved: bool,
    /// The media type the value is written in, in place of a style: a parameter with `content`, or a part of
    /// a multipart body with its own type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Whether the request is wrong without it.
    pub required: bool,
    /// Sent when the caller gives nothing and the document says the server needs it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
}

/// Where an argument goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Location {
    /// A placeholder of the path.
    Path,
    /// The query.
    Query,
    /// A header.
    Header,
    /// A cookie.
    Cookie,
    /// A member of the body, or the whole body: [`BodyPlan::whole`].
    Body,
}

/// How an array or object argument is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Style {
    /// `a,b` in paths and headers.
    Simple,
    /// `name=a&name=b` or `name=a,b`.
    Form,
    /// `name=a%20b`.
    SpaceDelimited,
    /// `name=a%7Cb`.
    PipeDelimited,
    /// `name[key]=value`.
    DeepObject,
    /// `;name=a` in paths.
    Matrix,
    /// `.a` in paths.
    Label,
}

/// The body of a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BodyPlan {
    /// The media type sent.
    pub media_type: String,
    /// How the members are written.
    pub encoding: BodyEncoding,
    /// The argument that is the whole body, where the body is not a plain object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whole: Option<String>,
    /// Whether a body is sent even if no member is given.
    pub required: bool,
}

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BodyEncoding {
    /// JSON, `*+json` included.
    Json,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/form-data`.
    Multipart,
    /// `multipart/related` (RFC 2387): one part of JSON with the members that are no files, then each file.
    Related,
    /// Text as it is, XML included.
    Text,
    /// The bytes of a file.
    Binary,
}
