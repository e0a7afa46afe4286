//! Recorded HTTP exchanges, as the recorder of the packages wrote them: YAML, bodies as text or as gzip.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::Value;

/// How gzip begins in base64.
const GZIP: &str = "H4sI";

/// A recorded answer of the model that asks for tools.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The file it stands in, for messages.
    pub name: String,
    /// The request that led to it; its `tools` are what the model was offered.
    pub request: Value,
    /// The answer as it came.
    pub answer: Value,
    /// The calls in it.
    pub calls: Vec<Call>,
}

/// One call, read without the crate under test.
#[derive(Debug, Clone, Deserialize)]
pub struct Call {
    /// How the result refers to it.
    pub id: String,
    /// What is called.
    pub function: Function,
}

/// The called function.
#[derive(Debug, Clone, Deserialize)]
pub struct Function {
    /// Its name.
    pub name: String,
    /// Its arguments, as the model wrote them.
    pub arguments: String,
}

#[derive(Deserialize)]
struct Cassette {
    #[serde(default)]
    interactions: Vec<Interaction>,
}

#[derive(Deserialize)]
struct Interaction {
    request: Request,
    response: Response,
}

#[derive(Deserialize)]
struct Request {
    uri: String,
    #[serde(default)]
    body: Option<String>,
}

#[derive(Deserialize)]
struct Response {
    body: Body,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    string: Option<String>,
}

#[derive(Deserialize, Default)]
struct Status {
    #[serde(default)]
    code: u16,
}

/// One exchange as it was recorded, its bodies unpacked.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// Where the request went.
    pub uri: String,
    /// The request's body.
    pub request: String,
    /// The answer's status.
    pub status: u16,
    /// The answer's body.
    pub body: String,
}

/// Every cassette under `folder`, by its name.
pub fn all(folder: &Path) -> Vec<(String, Vec<Recorded>)> {
    let recorded = |interaction: &Interaction| {
        Some(Recorded {
            uri: interaction.request.uri.clone(),
            request: decoded(interaction.request.body.as_deref()?)?,
            status: interaction.response.status.code,
            body: decoded(interaction.response.body.string.as_deref()?)?,
        })
    };
    let read = |path: &PathBuf| {
        let exchanges = interactions(path).iter().filter_map(recorded).collect();
        (path.display().to_string(), exchanges)
    };
    cassettes(folder).iter().map(read).collect()
}

/// Text, or gzip in base64, which the recorder tags as `!!binary`.
fn decoded(recorded: &str) -> Option<String> {
    let packed: String = recorded.split_whitespace().collect();
    if !packed.starts_with(GZIP) {
        return Some(recorded.to_owned());
    }
    let mut text = String::new();
    GzDecoder::new(BASE64_STANDARD.decode(packed).ok()?.as_slice())
        .read_to_string(&mut text)
        .ok()?;
    Some(text)
}

/// Every answer under `folder` to `POST …/chat/completions` that is one JSON document with tool calls.
pub fn chat_completions_with_tool_calls(folder: &Path) -> Vec<Recording> {
    cassettes(folder)
        .iter()
        .flat_map(|path| recordings(path))
        .collect()
}

fn interactions(path: &Path) -> Vec<Interaction> {
    let text = fs::read_to_string(path).expect("the cassette is readable");
    let options = serde_saphyr::options! { ignore_binary_tag_for_string: true };
    let cassette: Cassette = serde_saphyr::from_str_with_options(&text, options)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    cassette.interactions
}

fn recordings(path: &Path) -> Vec<Recording> {
    let interactions = interactions(path);
    let chats = interactions
        .iter()
        .filter(|found| found.request.uri.ends_with("/chat/completions"));
    chats
        .filter_map(|interaction| recording(path, interaction))
        .collect()
}

fn recording(path: &Path, interaction: &Interaction) -> Option<Recording> {
    let answer = json(interaction.response.body.string.as_deref()?)?;
    let request = json(interaction.request.body.as_deref()?)?;
    let calls = tool_calls(&answer);
    (!calls.is_empty()).then(|| Recording {
        name: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        request,
        answer,
        calls,
    })
}

/// The calls of all choices, in order.
fn tool_calls(answer: &Value) -> Vec<Call> {
    let choices = answer["choices"].as_array().into_iter().flatten();
    let calls = choices.flat_map(|choice| {
        choice["message"]["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
    });
    calls
        .filter_map(|call| Call::deserialize(call).ok())
        .collect()
}

fn json(recorded: &str) -> Option<Value> {
    serde_json::from_str(&decoded(recorded)?).ok()
}

fn cassettes(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(cassettes(&path));
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            found.push(path);
        }
    }
    found.sort();
    found
}
