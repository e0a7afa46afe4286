//! Uploads and downloads of media, which Discovery describes beside the method's JSON: operations of their own.

use std::borrow::Cow;

use super::{
    Node,
    fields::{Fields, items, list, single, text},
};

/// The argument that is the file. Google's own clients call it so.
const FILE: &str = "media_body";

/// What a method says of media.
#[derive(Debug, Default)]
pub(super) struct Media<'a> {
    is_downloaded: bool,
    /// Where a simple upload goes, below the root of the host.
    upload: Option<Cow<'a, str>>,
    /// What may be uploaded.
    accept: Option<Cow<'a, str>>,
}

impl<'a> Media<'a> {
    /// Takes it out of the method.
    pub(super) fn of(method: &mut Fields<'a>) -> Self {
        let is_downloaded = matches!(method.take("supportsMediaDownload"), Some(Node::Flag(true)));
        let mut upload = Fields::of(method.take("mediaUpload").unwrap_or(Node::Null));
        let accept = items(upload.take("accept")).into_iter().next();
        let protocols = upload.take("protocols").map(Fields::of);
        let simple = protocols.and_then(|mut protocols| protocols.take("simple"));
        Self {
            is_downloaded,
            upload: simple.and_then(|simple| Fields::of(simple).take_text("path")),
            accept: match accept {
                Some(Node::Text(accept)) if !accept.contains("*/*") => Some(accept),
                _ => None,
            },
        }
    }

    /// The operation that gives the content instead of what describes it, and its path.
    pub(super) fn download(&self, path: &str, operation: &Node<'a>) -> Option<(String, Node<'a>)> {
        if !self.is_downloaded {
            return None;
        }
        let mut own = renamed(operation, "download", "Downloads the content.");
        let mut response = Fields::default();
        response.push("description", text("The content."));
        response.push("content", bytes("application/octet-stream"));
        own.set("responses", single("200", response.into_node()));
        Some((format!("{path}?alt=media"), own.into_node()))
    }

    /// The operation that sends a file with what describes it, and its path. `written` is the method's own path, `flat`
    /// the one that stands for it, and `root` the address that the upload's path is below.
    pub(super) fn upload(
        &self,
        root: &str,
        (written, flat): (&str, &str),
        operation: &Node<'a>,
    ) -> Option<(String, Node<'a>)> {
        let upload = self.upload.as_deref()?;
        // A name of several segments is several placeholders, as in the flat path.
        let below = upload.strip_suffix(written.trim_start_matches('/'));
        let path = match below {
            Some(before) => format!("{before}{}", flat.trim_start_matches('/')),
            None => upload.to_owned(),
        };
        if path.contains("{+") {
            return None;
        }
        let mut own = renamed(operation, "upload", "Uploads a file.");
        own.set("servers", list([single("url", text(root.to_owned()))]));
        let described = own.take("requestBody").and_then(schema);
        let mut body = Fields::default();
        body.push("required", Node::Flag(true));
        let kind = match described {
            Some(described) => {
                let mut part = Fields::default();
                part.push("type", text("object"));
                part.push("properties", single(FILE, file()));
                part.push("required", list([text(FILE)]));
                let schema = single("allOf", list([described, part.into_node()]));
                let content = single("multipart/related", single("schema", schema));
                body.push("content", content);
                "multipart"
            }
            None => {
                let accept = self.accept.as_deref();
                let accept = accept.unwrap_or("application/octet-stream").to_owned();
                body.push("content", bytes(accept));
                "media"
            }
        };
        own.push("requestBody", body.into_node());
        let path = format!("/{}?uploadType={kind}", path.trim_start_matches('/'));
        Some((path, own.into_node()))
    }
}

/// A copy of the operation whose id says what it does, and whose description begins so.
fn renamed<'a>(operation: &Node<'a>, what: &str, says: &str) -> Fields<'a> {
    let mut own = Fields::of(operation.clone());
    let id = own.text_of("operationId").unwrap_or_default();
    let id = format!("{id}.{what}");
    let description = own.text_of("description").unwrap_or_default();
    let description = format!("{says} {description}").trim_end().to_owned();
    own.set("operationId", text(id));
    own.set("description", text(description));
    own
}

fn file<'a>() -> Node<'a> {
    let mut file = Fields::default();
    file.push("type", text("string"));
    file.push("format", text("binary"));
    file.push("description", text("The file."));
    file.into_node()
}

fn bytes<'a>(media_type: impl Into<Cow<'a, str>>) -> Node<'a> {
    single(media_type, single("schema", file()))
}

/// The schema of a JSON body.
fn schema(body: Node<'_>) -> Option<Node<'_>> {
    let content = Fields::of(body).take("content")?;
    let json = Fields::of(content).take("application/json")?;
    Fields::of(json).take("schema")
}
