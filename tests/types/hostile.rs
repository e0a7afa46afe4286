//! An app that means harm, or whose vendor gave no thought to Rust.

use composio_build::App;
use composio_core::models::{RawJson, Tool};
use serde_json::{Value, json};

const TEXTS: [&str; 12] = [
    "*/ compile_error!(\"out\"); /*",
    "a\n} compile_error!(\"out\"); mod b {",
    "\"; compile_error!(\"out\"); \"",
    "\r\u{202e}\u{2066}abc\u{2028}",
    "```\ncompile_error!()\n```\n    panic!()",
    "[`crate::nothing`] <script> &nbsp;",
    "#![deny(warnings)]",
    "\\",
    "r#\"",
    "{}{{}}",
    "\u{0}\u{7f}",
    "",
];

/// Names that generated code uses, keywords, and names that become one.
const NAMES: [&str; 24] = [
    "self",
    "Self",
    "crate",
    "super",
    "type",
    "async",
    "gen",
    "_",
    "",
    "1",
    "new",
    "execute",
    "arguments",
    "members",
    "value",
    "reader",
    "String",
    "Option",
    "user_id",
    "userId",
    "USER-ID",
    "ünï",
    "decode",
    "encode",
];

fn schema() -> Value {
    let members = NAMES.iter().enumerate().map(|(place, name)| {
        let text = TEXTS[place % TEXTS.len()];
        let schema = match place % 6 {
            0 => json!({"type": "string", "enum": TEXTS, "description": text, "default": text}),
            1 => json!({"$ref": "#/$defs/Self", "description": text}),
            2 => json!({"type": "array", "items": {"type": ["string", "null"]}}),
            3 => json!({"type": "object", "properties": {(*name): {"$ref": "#/$defs/Option"}}}),
            4 => json!({"type": ["integer", "null"], "description": text}),
            _ => json!({"type": "object", "additionalProperties": {"type": "number"}}),
        };
        ((*name).to_owned(), schema)
    });
    let properties: serde_json::Map<String, Value> = members.collect();
    let required: Vec<&str> = NAMES.into_iter().skip(3).step_by(2).collect();
    let round = json!({"type": "object", "required": ["self"], "description": TEXTS[0], "properties": {
        "self": {"$ref": "#/$defs/Option"}, "list": {"type": "array", "items": {"$ref": "#/$defs/Self"}}}});
    let back = json!({"type": "object", "properties": {"Self": {"$ref": "#/$defs/Self"}, "none": {"$ref": "#/$defs/none"}}});
    json!({"type": "object", "properties": properties, "required": required,
        "$defs": {"Self": round, "Option": back}})
}

/// The app.
pub fn app() -> App {
    let tools = NAMES.iter().zip(TEXTS.iter().cycle()).map(|(name, text)| {
        let mut tool = Tool::new(format!("STD_{name}"));
        (*text).clone_into(&mut tool.name);
        (*text).clone_into(&mut tool.description);
        tool.tags = vec![(*text).to_owned(), "important".to_owned()];
        tool.scopes = vec![(*text).to_owned()];
        tool.is_deprecated = name.len() % 2 == 0;
        tool.input_parameters = RawJson::from(schema());
        let mut output = schema();
        let definitions = output["$defs"].take();
        tool.output_parameters = RawJson::from(
            json!({"type": "object", "properties": {"data": output}, "$defs": definitions}),
        );
        tool
    });
    // An app with the name of a crate that generated code names.
    App::new("std", tools)
}
