use crate::{
    BodyEncoding, Location, Style,
    document::{Document, Node},
};

use super::{
    members::Members,
    parameter::{explode, style},
};

const MAX_MEDIA_TYPES: usize = 50;

/// The body of an operation, by members or as a whole.
#[derive(Debug)]
pub(super) struct Body<'d> {
    pub(super) media_type: String,
    pub(super) encoding: BodyEncoding,
    pub(super) is_required: bool,
    pub(super) description: Option<&'d str>,
    pub(super) content: Content<'d>,
}

#[derive(Debug)]
pub(super) enum Content<'d> {
    Members(Vec<Member<'d>>),
    Whole(Option<&'d Node<'d>>),
}

/// One member of a plain object.
#[derive(Debug)]
pub(super) struct Member<'d> {
    pub(super) name: &'d str,
    pub(super) schema: &'d Node<'d>,
    pub(super) is_required: bool,
    pub(super) style: Style,
    pub(super) explode: bool,
    pub(super) media_type: Option<&'d str>,
}

impl<'d> Body<'d> {
    /// The body of `operation` in the media type that suits best; `Err` says what is wrong with it.
    pub(super) fn of(
        document: &'d Document<'d>,
        operation: &'d Node<'d>,
    ) -> Result<Option<Self>, String> {
        let Some(node) = operation.get("requestBody") else {
            return Ok(None);
        };
        let node = document
            .follow(node)
            .map_err(|unresolved| format!("the reference of its body {}", unresolved.reason()))?;
        let media_types = node.get("content").map_or(&[][..], Node::entries);
        let best = media_types
            .iter()
            .take(MAX_MEDIA_TYPES)
            .filter_map(|(name, media)| Some((kind(name)?, name, media)))
            .min_by_key(|((preference, _), ..)| *preference);
        let Some(((_, encoding), name, media)) = best else {
            return match media_types {
                [] => Ok(None),
                _ => Err("its body has no media type that can be sent".to_owned()),
            };
        };
        // OpenAPI 3.2 keeps media types among the components too.
        let media = document.follow(media).unwrap_or(media);
        let content = Content::of(document, media, encoding);
        let is_required = match node.get("required") {
            Some(Node::Flag(is_required)) => *is_required,
            // Most who require members forget to require the body that has them.
            _ => content.requires_members(),
        };
        Ok(Some(Self {
            media_type: concrete(name, encoding),
            encoding,
            is_required,
            description: node.text_of("description"),
            content: if is_required {
                content
            } else {
                content.optional()
            },
        }))
    }
}

impl<'d> Content<'d> {
    fn of(document: &'d Document<'d>, media: &'d Node<'d>, encoding: BodyEncoding) -> Self {
        let schema = media.get("schema");
        let has_members = matches!(
            encoding,
            BodyEncoding::Json
                | BodyEncoding::Form
                | BodyEncoding::Multipart
                | BodyEncoding::Related
        );
        let members = schema
            .filter(|_| has_members)
            .and_then(|schema| Members::of(document, schema));
        let Some(members) = members else {
            return Self::Whole(schema);
        };
        let required = members.required;
        let encodings = media.get("encoding");
        let members = members
            .properties
            .into_iter()
            .filter(|(_, schema)| !is_read_only(document, schema))
            .map(|(name, schema)| {
                let written = encodings.and_then(|encodings| encodings.get(name));
                let style = style(written.and_then(|own| own.text_of("style")), Location::Body);
                Member {
                    name,
                    schema,
                    is_required: required.contains(name),
                    style,
                    explode: written.map_or(style == Style::Form, |own| explode(own, style)),
                    media_type: written
                        .and_then(|own| own.text_of("contentType"))
                        .filter(|_| encoding != BodyEncoding::Json),
                }
            })
            .collect();
        Self::Members(members)
    }

    fn requires_members(&self) -> bool {
        match self {
            Self::Members(members) => members.iter().any(|member| member.is_required),
            Self::Whole(_) => false,
        }
    }

    fn optional(mut self) -> Self {
        if let Self::Members(members) = &mut self {
            for member in members {
                member.is_required = false;
            }
        }
        self
    }
}

fn is_read_only<'d>(document: &Document<'d>, schema: &'d Node<'d>) -> bool {
    schema.is_set("readOnly")
        || document
            .follow(schema)
            .is_ok_and(|target| target.is_set("readOnly"))
}

/// How a media type is written, and how much it is preferred: the lower the better.
fn kind(media_type: &str) -> Option<(u8, BodyEncoding)> {
    if media_type.len() > 200 || !media_type.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return None;
    }
    let essence = essence(media_type).to_ascii_lowercase();
    Some(match essence.as_str() {
        "application/json" => (0, BodyEncoding::Json),
        // Without a name it may be anything.
        "" | "*/*" | "application/*" => (3, BodyEncoding::Json),
        "text/json" => (2, BodyEncoding::Json),
        name if name.ends_with("+json") => (1, BodyEncoding::Json),
        "application/x-www-form-urlencoded" => (4, BodyEncoding::Form),
        // What some documents write for `multipart/form-data`.
        "application/form-data" | "form-data" => (5, BodyEncoding::Multipart),
        "multipart/related" => (5, BodyEncoding::Related),
        name if name.starts_with("multipart/") => (5, BodyEncoding::Multipart),
        "application/octet-stream" => (6, BodyEncoding::Binary),
        "text/plain" => (7, BodyEncoding::Text),
        name if is_text(name) => (8, BodyEncoding::Text),
        _ => (9, BodyEncoding::Binary),
    })
}

/// A media type without its parameters.
pub(super) fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// Whether a media type is written as text.
pub(super) fn is_text(name: &str) -> bool {
    name.starts_with("text/")
        || name.ends_with("xml")
        || name.ends_with("yaml")
        || matches!(
            name,
            "application/graphql"
                | "application/javascript"
                | "application/jwt"
                | "application/ndjson"
                | "application/sql"
                | "application/text"
                | "application/x-ndjson"
                | "plain/text"
        )
}

/// `*/*` takes JSON like any other. The ranges of bytes, such as `image/*`, stay: whoever sends the bytes knows.
fn concrete(media_type: &str, encoding: BodyEncoding) -> String {
    match encoding {
        BodyEncoding::Json if media_type.contains('*') || media_type.is_empty() => {
            "application/json"
        }
        BodyEncoding::Multipart => "multipart/form-data",
        BodyEncoding::Related => "multipart/related",
        BodyEncoding::Text if media_type.contains('*') => "text/plain",
        _ => media_type,
    }
    .to_owned()
}
