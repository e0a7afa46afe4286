use composio_core::models::AuthField;
use serde::Serialize;
use serde_json::Value;

use crate::accounts::Linked;

/// One line of a form.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PageField {
    pub(crate) name: String,
    label: String,
    description: String,
    /// `password`, `text`, `number`, `choice` or `area`.
    kind: &'static str,
    is_required: bool,
    /// What stands in it: a default, or what was entered before, unless it is a secret.
    value: String,
}

/// What a page asks for: the user's fields that nobody has given yet, the required ones first. `entered` is what stood
/// in them before.
pub(crate) fn fields(linked: &Linked, entered: &[(String, String)]) -> Vec<PageField> {
    let asked = &linked.details.fields.connected_account_initiation;
    let required = asked.required.iter().map(|field| (field, true));
    let optional = asked.optional.iter().map(|field| (field, false));
    required
        .chain(optional)
        .filter(|(field, _)| !linked.has(&field.name))
        .map(|(field, is_required)| line(field, is_required, entered))
        .collect()
}

fn line(field: &AuthField, is_required: bool, entered: &[(String, String)]) -> PageField {
    let is_public = field.is_secret == Some(false);
    let default = match &field.default {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let before = entered.iter().find(|(name, _)| *name == field.name);
    let value = match before {
        Some((_, text)) => text.clone(),
        None => default,
    };
    let kind = match field.kind.as_str() {
        "boolean" => "choice",
        "number" | "integer" if is_public => "number",
        _ if is_public => "text",
        // A key of several lines cannot be pasted into a line.
        _ if has_lines(&field.name) => "area",
        _ => "password",
    };
    let is_shown = is_public || kind == "choice";
    PageField {
        name: field.name.clone(),
        label: label(field),
        description: field.description.clone(),
        kind,
        is_required: is_required && field.default.is_none(),
        value: if is_shown { value } else { String::new() },
    }
}

fn has_lines(name: &str) -> bool {
    ["private_key", "credentials_json"].contains(&name)
}

fn label(field: &AuthField) -> String {
    if field.display_name.is_empty() {
        field.name.clone()
    } else {
        field.display_name.clone()
    }
}
