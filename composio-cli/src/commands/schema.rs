//! JSON Schema as a table that people read.

use serde_json::Value;

use crate::output::Table;

/// Members of members are shown, and theirs not.
const DEPTH: usize = 1;
/// A chain of references or alternatives longer than this leads nowhere.
const HOPS: usize = 8;
/// A longer default is cut, so that there is room for the description.
const LETTERS: usize = 16;
/// More values than these are not listed.
const VALUES: usize = 12;

/// A member of an object, and what there is to say of it.
#[derive(Debug)]
struct Row {
    name: String,
    kind: String,
    required: bool,
    default: String,
    about: String,
}

/// What an action takes: the required arguments first; `None` if it takes none.
pub(super) fn arguments(schema: &Value) -> Option<Table> {
    let rows = rows(schema, schema, "", 0);
    let mut table = Table::new(["ARGUMENT", "TYPE", "REQUIRED", "DEFAULT", "DESCRIPTION"]);
    for row in &rows {
        let required = if row.required { "yes" } else { "no" };
        table.row([&row.name, &row.kind, required, &row.default, &row.about]);
    }
    (!rows.is_empty()).then_some(table)
}

/// What an action gives, from the schema of its envelope; `None` if nobody says.
pub(super) fn result(schema: &Value) -> Option<Table> {
    let data = schema.pointer("/properties/data")?;
    let (target, prefix) = match resolved(schema, data) {
        list if list.get("items").is_some() => (list.get("items")?, "[]."),
        other => (other, ""),
    };
    let rows = rows(schema, target, prefix, DEPTH);
    let mut table = Table::new(["RESULT", "TYPE", "DESCRIPTION"]);
    for row in &rows {
        table.row([&row.name, &row.kind, &row.about]);
    }
    (!rows.is_empty()).then_some(table)
}

fn rows(root: &Value, schema: &Value, prefix: &str, depth: usize) -> Vec<Row> {
    let schema = resolved(root, schema);
    let required: Vec<&str> = texts(schema.get("required"));
    let properties = members(root, schema, HOPS);
    let is_required = |name: &str| required.contains(&name);
    let (first, rest): (Vec<_>, Vec<_>) = properties
        .into_iter()
        .partition(|(name, _)| is_required(name));
    let mut rows = Vec::new();
    for (name, property) in first.into_iter().chain(rest) {
        let target = resolved(root, property);
        let name_here = format!("{prefix}{name}");
        rows.push(Row {
            kind: kind(root, target),
            required: is_required(name),
            default: default(property, target),
            about: about(property, target),
            name: name_here.clone(),
        });
        if depth < DEPTH {
            let inner = target.get("items").map(|items| (items, "[]."));
            let (inner, joint) = inner.unwrap_or((target, "."));
            rows.extend(self::rows(
                root,
                inner,
                &format!("{name_here}{joint}"),
                depth + 1,
            ));
        }
    }
    rows
}

/// The members of an object, those of its parts too.
fn members<'s>(root: &'s Value, schema: &'s Value, hops: usize) -> Vec<(&'s str, &'s Value)> {
    let mut found: Vec<(&str, &Value)> = Vec::new();
    if hops == 0 {
        return found;
    }
    for part in schema
        .get("allOf")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
    {
        found.extend(members(root, resolved(root, part), hops - 1));
    }
    let own = schema.get("properties").and_then(Value::as_object);
    found.extend(
        own.into_iter()
            .flatten()
            .map(|(name, schema)| (name.as_str(), schema)),
    );
    found
}

/// What a reference leads to, and the one alternative that is not `null`.
fn resolved<'s>(root: &'s Value, mut schema: &'s Value) -> &'s Value {
    for _ in 0..HOPS {
        let target = match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => reference.strip_prefix('#').and_then(|it| root.pointer(it)),
            None => only_alternative(schema),
        };
        match target {
            Some(target) => schema = target,
            None => break,
        }
    }
    schema
}

fn only_alternative(schema: &Value) -> Option<&Value> {
    let branches = schema
        .get("anyOf")
        .or_else(|| schema.get("oneOf"))?
        .as_array()?;
    let is_null = |branch: &&Value| branch.get("type").and_then(Value::as_str) == Some("null");
    let mut rest = branches.iter().filter(|branch| !is_null(branch));
    let only = rest.next()?;
    rest.next().is_none().then_some(only)
}

fn kind(root: &Value, schema: &Value) -> String {
    let named = match schema.get("type") {
        Some(Value::String(kind)) => kind.clone(),
        kinds @ Some(Value::Array(_)) => texts(kinds).join("|"),
        _ if schema.get("properties").is_some() || schema.get("allOf").is_some() => {
            "object".to_owned()
        }
        _ => alternatives(root, schema),
    };
    match schema.get("items") {
        Some(items) if named == "array" => {
            format!("array of {}", simple_kind(resolved(root, items)))
        }
        _ if schema.get("file_uploadable") == Some(&Value::Bool(true)) => "file".to_owned(),
        _ => named,
    }
}

fn alternatives(root: &Value, schema: &Value) -> String {
    let branches = schema.get("anyOf").or_else(|| schema.get("oneOf"));
    let branches = branches.and_then(Value::as_array).into_iter().flatten();
    let mut kinds: Vec<String> = Vec::new();
    for kind in branches.map(|branch| simple_kind(resolved(root, branch))) {
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    if kinds.is_empty() {
        "any".to_owned()
    } else {
        kinds.join("|")
    }
}

fn simple_kind(schema: &Value) -> String {
    let kind = schema.get("type").and_then(Value::as_str);
    kind.unwrap_or("any").to_owned()
}

fn default(property: &Value, target: &Value) -> String {
    let default = property.get("default").or_else(|| target.get("default"));
    let spelt = default.filter(|default| !default.is_null()).map(spelt);
    let spelt = spelt.unwrap_or_default();
    if spelt.chars().count() <= LETTERS {
        return spelt;
    }
    let kept: String = spelt.chars().take(LETTERS - 1).collect();
    format!("{kept}…")
}

/// The description, and the values if it has a few alone.
fn about(property: &Value, target: &Value) -> String {
    let text = |schema: &Value| schema.get("description")?.as_str().map(str::to_owned);
    let text = text(property).or_else(|| text(target)).unwrap_or_default();
    let values = target.get("enum").and_then(Value::as_array);
    let shown: Vec<String> = values
        .into_iter()
        .flatten()
        .take(VALUES)
        .map(spelt)
        .collect();
    if shown.is_empty() {
        return text;
    }
    let more = values.is_some_and(|values| values.len() > VALUES);
    let values = format!("{}{}", shown.join(", "), if more { ", …" } else { "" });
    if text.is_empty() {
        return format!("One of {values}");
    }
    format!("One of {values}. {text}")
}

fn spelt(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn texts(list: Option<&Value>) -> Vec<&str> {
    let list = list.and_then(Value::as_array).into_iter().flatten();
    list.filter_map(Value::as_str).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{arguments, result};

    fn shown(schema: &Value) -> String {
        arguments(schema).unwrap().render(120)
    }

    #[test]
    fn required_arguments_come_first_with_what_they_contain() {
        let text = shown(&json!({
            "type": "object", "required": ["title"],
            "properties": {
                "state": {"type": "string", "enum": ["open", "closed"], "default": "open", "description": "Which"},
                "title": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "user": {"$ref": "#/$defs/User"},
                "labels": {"type": "array", "items": {"type": "object", "properties": {"name": {"type": "string"}}}},
                "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            },
            "$defs": {"User": {"type": "object", "required": ["login"], "properties": {
                "login": {"type": "string"}, "parent": {"$ref": "#/$defs/User"}}}},
        }));
        let lines: Vec<String> = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(
            lines,
            [
                "ARGUMENT TYPE REQUIRED DEFAULT DESCRIPTION",
                "title string yes - -",
                "state string no open One of open, closed. Which",
                "user object no - -",
                "user.login string yes - -",
                "user.parent object no - -",
                "labels array of object no - -",
                "labels[].name string no - -",
                "either string|integer no - -",
            ]
        );
    }

    #[test]
    fn schemas_that_go_round_or_say_nothing_end() {
        let round = json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}});
        assert!(arguments(&round).is_none());
        let parts = json!({"allOf": [{"$ref": "#"}]});
        assert!(arguments(&parts).is_none());
        for schema in [
            json!(true),
            json!({"properties": 7}),
            json!({"properties": {}}),
            json!([]),
        ] {
            assert!(arguments(&schema).is_none(), "{schema}");
            assert!(result(&schema).is_none(), "{schema}");
        }
    }

    #[test]
    fn results_are_what_is_in_the_envelope() {
        let envelope = json!({"properties": {"data": {"type": "array", "items": {
            "properties": {"number": {"type": "integer"}}}}}});
        let text = result(&envelope).unwrap().render(80);
        assert!(text.contains("[].number  integer"), "{text}");
        assert!(!text.contains("successful"), "{text}");
    }
}
