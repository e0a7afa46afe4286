//! Bytes in arguments and results, which JSON cannot hold: an object with `content_base64`.

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
        BodyEncoding::Binary if media_type.contains('*') => Some(sent(&format!(
            "The body, of a media type like {media_type}."
        ))),
        BodyEncoding::Binary => Some(json!({
            "type": "string",
            "contentEncoding": "base64",
            "description": format!("The body as {media_type}, base64-encoded."),
        })),
        BodyEncoding::Json | BodyEncoding::Form | BodyEncoding::Multipart => None,
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

fn sent(description: &str) -> Value {
    let mut schema = json!({
        "type": "object",
        "properties": {
            "content_base64": {
                "type": "string",
                "contentEncoding": "base64",
                "description": "The bytes of the file, base64-encoded.",
            },
            "name": {"type": "string", "description": "The name of the file."},
            "media_type": {"type": "string", "description": "The media type of the file."},
        },
        "required": ["content_base64"],
    });
    if let (false, Some(schema)) = (description.is_empty(), schema.as_object_mut()) {
        schema.insert("description".to_owned(), description.into());
    }
    schema
}

/// The schema of bytes that come back.
pub(super) fn received() -> Value {
    json!({
        "type": "object",
        "properties": {
            "content_base64": {"type": "string", "contentEncoding": "base64"},
            "media_type": {"type": "string"},
            "size": {"type": "integer", "minimum": 0},
        },
    })
}
