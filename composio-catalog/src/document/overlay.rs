//! Repairs of a vendor's document: OpenAPI Overlay 1.0 and JSON Patch (RFC 6902).

use serde_json::Value;
use serde_json_path::JsonPath;

use super::{Node, edit};

const MAX_ACTIONS: usize = 500;
/// What all actions together may add, in values: a target may stand for many places.
const MAX_ADDED: usize = 500_000;

/// Applies an overlay. Gives one line for each action that met nothing: the vendor has changed what it was for.
///
/// # Errors
///
/// What is wrong with the overlay.
pub(crate) fn apply(root: &mut Node<'_>, overlay: &Value) -> Result<Vec<String>, String> {
    let mut left = MAX_ADDED;
    match overlay {
        Value::Array(operations) => {
            check_count(operations.len())?;
            for (place, operation) in operations.iter().enumerate() {
                patch(root, operation, &mut left)
                    .map_err(|problem| format!("operation {place} of the patch {problem}"))?;
            }
            Ok(Vec::new())
        }
        Value::Object(members) if members.contains_key("actions") => {
            let actions = members.get("actions").and_then(Value::as_array);
            let actions = actions.ok_or("`actions` is no list")?;
            check_count(actions.len())?;
            let mut stale = Vec::new();
            for (place, action) in actions.iter().enumerate() {
                let met = act(root, action, &mut left)
                    .map_err(|problem| format!("action {place} of the overlay {problem}"))?;
                if met == 0 {
                    let target = action["target"].as_str().unwrap_or_default();
                    stale.push(format!(
                        "action {place} of the overlay meets nothing: {target}"
                    ));
                }
            }
            Ok(stale)
        }
        _ => Err("it is neither an OpenAPI Overlay nor a JSON Patch".to_owned()),
    }
}

fn check_count(count: usize) -> Result<(), String> {
    if count > MAX_ACTIONS {
        return Err(format!("it has over {MAX_ACTIONS} actions"));
    }
    Ok(())
}

/// One action of an overlay; how many places it met.
fn act(root: &mut Node<'_>, action: &Value, left: &mut usize) -> Result<usize, String> {
    let target = action["target"].as_str().ok_or("has no `target`")?;
    let path = JsonPath::parse(target).map_err(|error| format!("has a bad `target`: {error}"))?;
    let view = serde_json::to_value(&*root).map_err(|error| error.to_string())?;
    let mut places: Vec<Vec<String>> = path
        .query_located(&view)
        .locations()
        .filter_map(|location| edit::tokens(&location.to_json_pointer()))
        .collect();
    if action["remove"] == Value::Bool(true) {
        // From the last to the first, so that the places of those before stay what they are.
        places.sort_by(|one, other| in_order(other, one));
        for place in &places {
            edit::remove(root, place);
        }
    } else if let Some(update) = action.get("update") {
        let update = edit::node(update);
        let size = edit::size(&update);
        for place in &places {
            charge(left, size)?;
            if let Some(node) = edit::find_mut(root, place) {
                merge(node, &update);
            }
        }
    } else {
        return Err("has neither `update` nor `remove`".to_owned());
    }
    Ok(places.len())
}

fn in_order(one: &[String], other: &[String]) -> std::cmp::Ordering {
    let key = |token: &String| (token.parse::<usize>().ok(), token.clone());
    one.iter().map(key).cmp(other.iter().map(key))
}

/// Section 4.4.3 of the Overlay Specification: objects are merged, lists get what is new at their end, and anything
/// else is replaced.
fn merge<'a>(node: &mut Node<'a>, update: &Node<'a>) {
    match (node, update) {
        (map @ Node::Map(_), Node::Map(members)) => {
            for (name, value) in members {
                match edit::find_mut(map, &[name.clone().into_owned()]) {
                    Some(earlier) => merge(earlier, value),
                    None => edit::set(map, name, value.clone()),
                }
            }
        }
        (Node::List(items), update) => {
            let mut kept = std::mem::take(items).into_vec();
            match update {
                Node::List(new) => kept.extend(new.iter().cloned()),
                single => kept.push(single.clone()),
            }
            *items = kept.into_boxed_slice();
        }
        (node, update) => *node = update.clone(),
    }
}

/// One operation of a patch.
fn patch(root: &mut Node<'_>, operation: &Value, left: &mut usize) -> Result<(), String> {
    let pointer = |member: &str| {
        let text = operation[member].as_str();
        let text = text.ok_or_else(|| format!("has no `{member}`"))?;
        edit::tokens(text).ok_or_else(|| format!("has no pointer in `{member}`"))
    };
    let nothing = || "points to nothing".to_owned();
    let value = || {
        operation
            .get("value")
            .map(edit::node)
            .ok_or("has no `value`")
    };
    let path = pointer("path")?;
    match operation["op"].as_str() {
        Some("add") => {
            let value = value()?;
            charge(left, edit::size(&value))?;
            edit::add(root, &path, value).ok_or_else(nothing)
        }
        Some("replace") => {
            let value = value()?;
            charge(left, edit::size(&value))?;
            *edit::find_mut(root, &path).ok_or_else(nothing)? = value;
            Ok(())
        }
        Some("remove") => edit::remove(root, &path).map(drop).ok_or_else(nothing),
        Some("move") => {
            let from = pointer("from")?;
            if path.starts_with(&from) {
                return Err("moves something into itself".to_owned());
            }
            let value = edit::remove(root, &from).ok_or_else(nothing)?;
            edit::add(root, &path, value).ok_or_else(nothing)
        }
        Some("copy") => {
            let value = edit::find(root, &pointer("from")?).ok_or_else(nothing)?;
            charge(left, edit::size(value))?;
            let value = value.clone();
            edit::add(root, &path, value).ok_or_else(nothing)
        }
        Some("test") if edit::find(root, &path) == Some(&value()?) => Ok(()),
        Some("test") => Err("found another value than it expects".to_owned()),
        _ => Err("is of no kind that RFC 6902 knows".to_owned()),
    }
}

fn charge(left: &mut usize, size: usize) -> Result<(), String> {
    *left = left
        .checked_sub(size)
        .ok_or_else(|| format!("adds over {MAX_ADDED} values"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{MAX_ADDED, apply};
    use crate::document::edit;

    fn applied(document: &Value, overlay: &Value) -> Result<(Value, Vec<String>), String> {
        let mut root = edit::node(document);
        let stale = apply(&mut root, overlay)?;
        Ok((serde_json::to_value(&root).unwrap(), stale))
    }

    fn document() -> Value {
        json!({"info": {"title": "Old"}, "paths": {
            "/a": {"get": {"tags": ["x"], "parameters": [{"name": "p"}, {"name": "q"}, {"name": "p"}]}},
            "/b": {"get": {"tags": []}}}})
    }

    #[test]
    fn an_overlay_merges_appends_replaces_and_removes() {
        let overlay = json!({"overlay": "1.0.0", "actions": [
            {"target": "$.info", "update": {"title": "New", "version": "1"}},
            {"target": "$.paths.*.get.tags", "update": ["y"]},
            {"target": "$.paths['/a'].get.parameters[?@.name == 'p']", "remove": true},
            {"target": "$.paths['/b']", "remove": true},
            {"target": "$.paths['/gone']", "update": {"get": {}}},
        ]});
        let (patched, stale) = applied(&document(), &overlay).unwrap();
        let expected = json!({"info": {"title": "New", "version": "1"}, "paths": {
            "/a": {"get": {"tags": ["x", "y"], "parameters": [{"name": "q"}]}}}});
        assert_eq!(patched, expected);
        assert_eq!(stale.len(), 1, "{stale:?}");
    }

    #[test]
    fn a_patch_does_what_rfc_6902_says() {
        let patch = json!([
            {"op": "test", "path": "/info/title", "value": "Old"},
            {"op": "replace", "path": "/info/title", "value": "New"},
            {"op": "add", "path": "/paths/~1a/get/tags/-", "value": "z"},
            {"op": "add", "path": "/paths/~1a/get/tags/0", "value": "w"},
            {"op": "copy", "from": "/paths/~1a/get/tags", "path": "/paths/~1b/get/tags"},
            {"op": "move", "from": "/paths/~1b", "path": "/paths/~1c"},
            {"op": "remove", "path": "/paths/~1a/get/parameters"},
        ]);
        let (patched, _) = applied(&document(), &patch).unwrap();
        let tags = json!(["w", "x", "z"]);
        let expected = json!({"info": {"title": "New"}, "paths": {
            "/a": {"get": {"tags": tags}}, "/c": {"get": {"tags": tags}}}});
        assert_eq!(patched, expected);
    }

    #[test]
    fn what_makes_no_sense_is_refused_with_its_place() {
        for (overlay, why) in [
            (json!("text"), "neither"),
            (json!({"actions": {}}), "no list"),
            (json!({"actions": [{}]}), "action 0"),
            (json!({"actions": [{"target": "$["}]}), "bad `target`"),
            (json!({"actions": [{"target": "$"}]}), "neither `update`"),
            (
                json!([{"op": "add", "path": "/a/b/c", "value": 1}]),
                "nothing",
            ),
            (
                json!([{"op": "add", "path": "a", "value": 1}]),
                "no pointer",
            ),
            (json!([{"op": "add", "path": "/a"}]), "no `value`"),
            (json!([{"op": "brew", "path": "/a"}]), "no kind"),
            (json!([{"op": "remove", "path": ""}]), "nothing"),
            (
                json!([{"op": "move", "from": "/paths", "path": "/paths/~1a/x"}]),
                "itself",
            ),
            (
                json!([{"op": "test", "path": "/info/title", "value": 1}]),
                "another value",
            ),
            (
                json!([{"op": "add", "path": "/paths/~1a/get/tags/9", "value": 1}]),
                "nothing",
            ),
        ] {
            let refused = applied(&document(), &overlay).unwrap_err();
            assert!(refused.contains(why), "{overlay}: {refused}");
        }
    }

    #[test]
    fn an_overlay_cannot_fill_the_memory() {
        let doubling: Vec<Value> = (0..60)
            .map(|at| json!({"op": "copy", "from": "/paths", "path": format!("/paths/{at}")}))
            .collect();
        let refused = applied(&document(), &Value::Array(doubling)).unwrap_err();
        assert!(refused.contains(&MAX_ADDED.to_string()), "{refused}");
        let many = vec![json!({"op": "remove", "path": "/x"}); 501];
        assert!(applied(&document(), &Value::Array(many)).is_err());
    }
}
