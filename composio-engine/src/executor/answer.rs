//! What the vendor answered, decoded.

use std::borrow::Cow;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use bytes::Bytes;
use composio_core::{
    BoxError, Error, ErrorKind, Result,
    models::{FileResult, ProxyResponse, RawJson, ToolResult},
};
use futures_util::{Stream, StreamExt as _, future, stream};
use http::{HeaderMap, StatusCode, header};
use serde_json::{Value, json, value::RawValue};

use super::{Limits, Reading, response::Response, scrub::Scrubber, send};
use crate::files::ResultFiles;

/// Characters of a failure's body that its message quotes.
const EXCERPT: usize = 500;
/// Bytes of a failure's body that are read: enough to say why.
const FAILURE_BYTES: usize = 64 * 1024;
/// Bytes of an answer that holds a file in base64, which is a quarter smaller.
const AROUND_FILE: usize = 40_000_000;
/// JSON nested deeper is carried as text, since no reader of ours could build it.
const DEPTH: usize = 100;

/// A whole answer.
pub(crate) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Payload,
    scrubber: Scrubber,
}

enum Payload {
    Whole(Vec<u8>),
    /// Bytes that are kept elsewhere.
    File(FileResult),
    /// More than the limit, which is given in bytes.
    TooLarge(usize),
    /// A redirect that was not followed, and why.
    Refused(String),
}

/// Reads the body of `response`.
pub(super) async fn read(
    mut response: Response,
    limits: &Limits,
    scrubber: Scrubber,
    results: Option<ResultFiles>,
    reading: Option<&Reading>,
) -> Result<Answer> {
    let status = response.status();
    let is_failure = !status.is_success();
    let results = results.filter(|_| !is_failure && !is_compressed(response.headers()));
    if let Some(results) = &results
        && (results.name.is_some() || !MediaType::of(response.headers()).is_text())
    {
        return keep(response, results, scrubber).await;
    }
    let limit = if is_failure {
        limits.response_bytes.min(FAILURE_BYTES)
    } else if results.as_ref().is_some_and(|own| own.is_around_file) {
        limits.response_bytes.max(AROUND_FILE)
    } else {
        limits.response_bytes
    };
    let mut body = received(&mut response, limit, reading).await?;
    let path = response.url().path().to_owned();
    let headers = std::mem::take(response.headers_mut());
    if is_compressed(&headers) && !is_failure {
        return Err(Error::new(
            ErrorKind::UnexpectedResponse,
            "the answer is compressed, which was not asked for",
        ));
    }
    if let (Payload::Whole(bytes), Some(results)) = (&mut body, &results)
        && MediaType::of(&headers).is_no_text(bytes)
    {
        let bytes = Bytes::from(std::mem::take(bytes));
        let bytes = stream::once(future::ready(Ok::<_, Error>(bytes)));
        body = Payload::File(kept(results, &headers, &path, bytes).await?);
    }
    Ok(Answer {
        status,
        headers,
        body,
        scrubber,
    })
}

/// The bytes of `response`, whatever its status, if they are at most `limit`.
pub(super) async fn whole(response: &mut Response, limit: usize) -> Result<Vec<u8>> {
    let broken = |why: String| {
        let host = response.url().host_str().unwrap_or_default();
        let message = format!("the answer of {host} {why}");
        Error::new(ErrorKind::UnexpectedResponse, message)
    };
    if is_compressed(response.headers()) {
        return Err(broken("is compressed, which was not asked for".to_owned()));
    }
    let too_large = broken(format!("is larger than {limit} bytes"));
    match received(response, limit, None).await? {
        Payload::Whole(bytes) => Ok(bytes),
        _ => Err(too_large),
    }
}

/// The bytes of `response`, if they are at most `limit`. Of a failure that broke off, as many as came: what a failure
/// says is a help, not the result.
async fn received(
    response: &mut Response,
    limit: usize,
    reading: Option<&Reading>,
) -> Result<Payload> {
    let length = response.content_length();
    let announced = length.map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > limit {
        return Ok(Payload::TooLarge(limit));
    }
    let mut bytes = Vec::with_capacity(announced);
    loop {
        match response.chunk().await {
            Ok(None) => break,
            Ok(Some(chunk)) if bytes.len() + chunk.len() > limit => {
                return Ok(Payload::TooLarge(limit));
            }
            Ok(Some(chunk)) => {
                bytes.extend_from_slice(&chunk);
                if let Some(reading) = reading {
                    reading.at(bytes.len(), length);
                }
            }
            Err(_) if !response.status().is_success() => break,
            Err(error) => return Err(broken_off(response, bytes.len(), error)),
        }
    }
    Ok(Payload::Whole(bytes))
}

fn is_compressed(headers: &HeaderMap) -> bool {
    let encoding = headers.get(header::CONTENT_ENCODING);
    encoding.is_some_and(|encoding| encoding != "identity")
}

/// Keeps the bytes of `response` as a file while they come.
async fn keep(mut response: Response, results: &ResultFiles, scrubber: Scrubber) -> Result<Answer> {
    let status = response.status();
    let headers = std::mem::take(response.headers_mut());
    let path = response.url().path().to_owned();
    let first = response.chunk().await;
    let first = first.map_err(|error| broken_off(&response, 0, error))?;
    let body = match first {
        None if results.name.is_none() => Payload::Whole(Vec::new()),
        None => {
            let nothing = stream::empty::<Result<Bytes>>();
            Payload::File(kept(results, &headers, &path, nothing).await?)
        }
        Some(first) => {
            let rest = stream::try_unfold(response, |mut response| async {
                let chunk = response.chunk().await?;
                Ok(chunk.map(|chunk| (chunk, response)))
            });
            let bytes = stream::once(future::ready(Ok::<_, hyper::Error>(first))).chain(rest);
            Payload::File(kept(results, &headers, &path, bytes).await?)
        }
    };
    Ok(Answer {
        status,
        headers,
        body,
        scrubber,
    })
}

async fn kept<E: Into<BoxError>>(
    results: &ResultFiles,
    headers: &HeaderMap,
    path: &str,
    bytes: impl Stream<Item = Result<Bytes, E>> + Send,
) -> Result<FileResult> {
    let disposition = headers.get(header::CONTENT_DISPOSITION);
    let disposition = disposition.map(|value| String::from_utf8_lossy(value.as_bytes()));
    let media_type = MediaType::of(headers).essence;
    // The stream may be large, and so is what reads it.
    Box::pin(results.keep(&media_type, disposition.as_deref(), path, bytes)).await
}

fn broken_off(response: &Response, bytes: usize, error: hyper::Error) -> Error {
    let host = response.url().host_str().unwrap_or_default();
    Error::new(
        ErrorKind::Unavailable,
        format!("the answer of {host} broke off after {bytes} bytes"),
    )
    .with_status(response.status())
    .with_source(error)
}

impl Answer {
    /// A redirect that was not followed.
    pub(super) fn refused(status: StatusCode, why: String, scrubber: Scrubber) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Payload::Refused(why),
            scrubber,
        }
    }

    /// Whether the service did not accept the credentials, and so did nothing (RFC 9110, 15.5.2).
    pub(crate) fn is_unauthorized(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED
    }

    /// The answer as a tool's result: 2xx succeeds, everything else fails with status and excerpt.
    pub(crate) fn into_tool_result(self) -> ToolResult {
        let status = self.status.as_u16();
        let retry_after = send::retry_after(&self.headers).map(|wait| wait.as_secs());
        let is_success = self.status.is_success();
        let is_ours = matches!(self.body, Payload::File(_));
        let Outcome { mut data, note } = self.decode();
        if !is_ours {
            data = data.map(foreign);
        }
        match note {
            None if is_success => ToolResult::success(data.unwrap_or_else(RawJson::empty_object)),
            note => {
                let excerpt = note
                    .or_else(|| data.as_ref().map(excerpt))
                    .unwrap_or_default();
                let mut details = json!({ "status_code": status });
                if let (Some(details), Some(seconds)) = (details.as_object_mut(), retry_after) {
                    details.insert("retry_after_seconds".to_owned(), seconds.into());
                }
                let error = if excerpt.is_empty() {
                    let reason = StatusCode::from_u16(status)
                        .ok()
                        .and_then(|status| status.canonical_reason());
                    format!("HTTP {status}: {}", reason.unwrap_or("no reason given"))
                } else {
                    format!("HTTP {status}: {excerpt}")
                };
                ToolResult::failure(error).with_data(failure_data(&details, data))
            }
        }
    }

    /// The answer to a proxied request: whatever it is, with its status and headers.
    pub(crate) fn into_proxy_response(self) -> Result<ProxyResponse> {
        let status = self.status.as_u16();
        let mut headers = serde_json::Map::new();
        for name in self
            .headers
            .keys()
            .filter(|name| **name != header::SET_COOKIE)
        {
            let values: Vec<Cow<'_, str>> = self
                .headers
                .get_all(name)
                .iter()
                .map(|value| String::from_utf8_lossy(value.as_bytes()))
                .collect();
            let text = self.scrubber.scrub(values.join(", ")).into_owned();
            headers.insert(name.as_str().to_owned(), text.into());
        }
        let Outcome { data, note } = self.decode();
        if let Some(note) = note {
            return Err(Error::new(
                ErrorKind::UnexpectedResponse,
                format!("HTTP {status}: {note}"),
            ));
        }
        let mut response = ProxyResponse::new(status, data.unwrap_or_default());
        response.headers = headers;
        Ok(response)
    }

    /// The body of a 2xx answer as it came, or why there is none.
    pub(super) fn into_bytes(self) -> Result<Vec<u8>, String> {
        match self.body {
            Payload::Whole(bytes) if self.status.is_success() => Ok(bytes),
            Payload::Whole(_) | Payload::File(_) => Err(format!("HTTP {}", self.status.as_u16())),
            Payload::Refused(why) => Err(why),
            Payload::TooLarge(limit) => Err(format!("it is larger than {limit} bytes")),
        }
    }

    fn decode(self) -> Outcome {
        let bytes = match self.body {
            Payload::Whole(bytes) => bytes,
            Payload::File(file) => {
                return Outcome {
                    data: Some(json!({ "file": file }).into()),
                    note: None,
                };
            }
            Payload::Refused(why) => {
                return Outcome {
                    data: None,
                    note: Some(why),
                };
            }
            Payload::TooLarge(limit) => {
                let note =
                    format!("the answer is larger than {limit} bytes; ask for less at a time");
                return Outcome {
                    data: None,
                    note: Some(note),
                };
            }
        };
        let media_type = MediaType::of(&self.headers);
        Outcome {
            data: data(bytes, &media_type, &self.scrubber),
            note: None,
        }
    }
}

/// A service's own JSON, in which nothing passes for a file that the engine keeps: clients fetch those by their address.
fn foreign(data: RawJson) -> RawJson {
    let text = data.as_str();
    let may_name = [
        "s3url", "\\u0073", "\\u0033", "\\u0075", "\\u0072", "\\u006",
    ];
    if !may_name.iter().any(|spelling| text.contains(spelling)) {
        return data;
    }
    let mut value = data.to_value();
    let file = value.get_mut("file").and_then(Value::as_object_mut);
    match file.and_then(|file| file.remove("s3url").map(|address| (file, address))) {
        Some((file, address)) => {
            file.insert("address".to_owned(), address);
            value.into()
        }
        None => data,
    }
}

struct Outcome {
    /// `None` if there is no body.
    data: Option<RawJson>,
    /// Why the answer is not the body.
    note: Option<String>,
}

/// `details` with the decoded body beside them.
fn failure_data(details: &Value, body: Option<RawJson>) -> RawJson {
    let mut text = details.to_string();
    if let (Some(body), Some('}')) = (body, text.pop()) {
        text.push_str(",\"body\":");
        text.push_str(body.as_str());
    }
    text.push('}');
    RawJson::parse(text).unwrap_or_else(|_| RawJson::from(details))
}

/// The first words of a body, white space collapsed.
fn excerpt(data: &RawJson) -> String {
    let text: Cow<'_, str> = match serde_json::from_str::<Cow<'_, str>>(data.as_str()) {
        Ok(text) => text.into_owned().into(),
        Err(_) => data.as_str().into(),
    };
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(EXCERPT) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default()),
        None => words,
    }
}

#[derive(Default)]
struct MediaType {
    /// Type and subtype, lower case; empty if the service does not say.
    essence: String,
    is_latin1: bool,
}

impl MediaType {
    fn of(headers: &HeaderMap) -> Self {
        let Some(text) = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
        else {
            return Self::default();
        };
        let lower = text.to_ascii_lowercase();
        let (essence, parameters) = lower.split_once(';').unwrap_or((&lower, ""));
        Self {
            essence: essence.trim().to_owned(),
            is_latin1: parameters.contains("iso-8859-1"),
        }
    }

    /// Whether `bytes` are not the text that they are called.
    fn is_no_text(&self, bytes: &[u8]) -> bool {
        self.is_text() && !self.is_latin1 && str::from_utf8(bytes).is_err()
    }

    fn is_json(&self) -> bool {
        self.essence.is_empty()
            || self.essence.ends_with("/json")
            || self.essence.ends_with("+json")
    }

    fn is_text(&self) -> bool {
        const TEXTS: [&str; 6] = [
            "xml",
            "yaml",
            "javascript",
            "x-www-form-urlencoded",
            "graphql",
            "x-ndjson",
        ];
        self.is_json()
            || self.essence.starts_with("text/")
            || TEXTS.iter().any(|text| self.essence.ends_with(text))
    }
}

/// JSON as it came, text as a JSON string, bytes as an object that says what they are.
fn data(bytes: Vec<u8>, media_type: &MediaType, scrubber: &Scrubber) -> Option<RawJson> {
    if bytes.is_empty() {
        return None;
    }
    if !media_type.is_text() {
        return Some(binary(&bytes, media_type, None));
    }
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if media_type.is_latin1 => error
            .as_bytes()
            .iter()
            .map(|byte| char::from(*byte))
            .collect(),
        Err(error) => {
            let note = "the service calls this text, but it is not UTF-8";
            return Some(binary(error.as_bytes(), media_type, Some(note)));
        }
    };
    let text = match scrubber.scrub(&text) {
        Cow::Owned(scrubbed) => scrubbed,
        Cow::Borrowed(_) => text,
    };
    let text = text
        .strip_prefix('\u{feff}')
        .map(str::to_owned)
        .unwrap_or(text);
    if !(media_type.is_json() && is_shallow(&text)) {
        return Some(Value::String(text).into());
    }
    match serde_json::from_str::<&RawValue>(&text) {
        Ok(json) => Some(json.to_owned().into()),
        Err(_) => Some(Value::String(text).into()),
    }
}

fn binary(bytes: &[u8], media_type: &MediaType, note: Option<&str>) -> RawJson {
    let named = if media_type.essence.is_empty() {
        "application/octet-stream"
    } else {
        &media_type.essence
    };
    let mut value = json!({
        "content_base64": BASE64_STANDARD.encode(bytes),
        "media_type": named,
        "size": bytes.len(),
    });
    if let (Some(value), Some(note)) = (value.as_object_mut(), note) {
        value.insert("note".to_owned(), note.into());
    }
    value.into()
}

/// Whether the brackets are nested to [`DEPTH`] at most; where there are few, nobody needs to look closer.
fn is_shallow(text: &str) -> bool {
    // A part's count fits a byte, which lets the compiler compare many bytes at once.
    let count = |part: &[u8]| -> u8 { part.iter().map(|byte| u8::from(is_opening(*byte))).sum() };
    let brackets: usize = text
        .as_bytes()
        .chunks(255)
        .map(count)
        .map(usize::from)
        .sum();
    brackets <= DEPTH || depth(text) <= DEPTH
}

fn is_opening(byte: u8) -> bool {
    matches!(byte, b'[' | b'{')
}

/// How deep the brackets outside texts are nested, at most.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            _ if is_opening(byte) && !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}
