//! Bytes in arguments and results, which JSON cannot hold: objects that name a file (wire reference 2.6).

use serde_json::{Value, json};

use crate::{
    BodyEncoding, BodyPlan,
    document::{Document, Node},
    text,
};

const MAX_DESCRIPTION: usize = 1_024;

/// The schema of a member of a multipart body that is a file, or a list of files.
pub(super) fn member<'d>(document: &Document<'d>, schema: &'d Node<'d>) -> Option<Value> {
    let target = document.follow(schema).ok()?;
    let written = schema
        .text_of("description")
        .or(target.text_of("description"));
    let description = text::prose(written.unwrap_or_default(), MAX_DESCRIPTION);
    if is_file(target) {
        return Some(sent(&description));
    }
    let items = document.follow(target.get("items")?).ok()?;
    is_file(items).then(|| json!({"type": "array", "items": sent(&description)}))
}

/// The schema of a whole body of text or bytes.
pub(super) fn whole(plan: &BodyPlan) -> Option<Value> {
    let media_type = &plan.media_type;
    match plan.encoding {
        BodyEncoding::Text => {
            Some(json!({"type": "string", "description": format!("The body as {media_type}.")}))
        }
        BodyEncoding::Binary => Some(sent(&format!("The file that is sent, as {media_type}."))),
        BodyEncoding::Json
        | BodyEncoding::Form
        | BodyEncoding::Multipart
        | BodyEncoding::Related => None,
    }
}

/// Whether a schema describes bytes: `format: binary` in OpenAPI 3.0, a media type without an encoding in 3.1.
fn is_file(schema: &Node<'_>) -> bool {
    let kind = schema.text_of("type");
    let is_text = schema.get("type").is_none() || matches!(kind, Some("string" | "file"));
    let is_raw =
        schema.get("contentMediaType").is_some() && schema.get("contentEncoding").is_none();
    is_text && (kind == Some("file") || schema.text_of("format") == Some("binary") || is_raw)
}

/// Whether a schema of an `integration.yaml` says `type: file`.
pub(super) fn is_meant(schema: &Value) -> bool {
    schema.get("type").and_then(Value::as_str) == Some("file")
}

/// Puts what `make` makes of a description in the place of each `type: file` in `schema`.
pub(super) fn expand(schema: &mut Value, make: fn(&str) -> Value) {
    if is_meant(schema) {
        let description = schema.get("description").and_then(Value::as_str);
        *schema = make(description.unwrap_or_default());
        return;
    }
    let members = schema.get_mut("properties").and_then(Value::as_object_mut);
    members
        .into_iter()
        .flat_map(|members| members.values_mut())
        .for_each(|member| expand(member, make));
    if let Some(items) = schema.get_mut("items") {
        expand(items, make);
    }
}

/// The schema of a file that is sent.
pub(super) fn sent(description: &str) -> Value {
    let mut schema = json!({
        "type": "object",
        "title": "FileUploadable",
        "file_uploadable": true,
        "properties": {
            "name": {"type": "string", "description": "The name of the file."},
            "mimetype": {"type": "string", "description": "The media type of the file."},
            "s3key": {"type": "string", "description": "The key that the upload of the file gave."},
        },
        "required": ["name", "mimetype", "s3key"],
    });
    describe(&mut schema, description);
    schema
}

/// The schema of a file that comes back.
pub(super) fn kept(description: &str) -> Value {
    let mut schema = json!({
        "type": "object",
        "title": "FileDownloadable",
        "file_downloadable": true,
        "properties": {
            "name": {"type": "string", "description": "The name of the file."},
            "mimetype": {"type": "string", "description": "The media type of the file."},
            "s3url": {"type": "string", "description": "Where the file is fetched."},
        },
        "required": ["name", "mimetype", "s3url"],
    });
    describe(&mut schema, description);
    schema
}

fn describe(schema: &mut Value, description: &str) {
    if let (false, Some(schema)) = (description.is_empty(), schema.as_object_mut()) {
        schema.insert("description".to_owned(), description.into());
    }
}

/// The schema of bytes that come back. They are one level down, since a failure has other members beside them.
pub(super) fn received() -> Value {
    json!({"type": "object", "properties": {"file": kept("")}})
}
