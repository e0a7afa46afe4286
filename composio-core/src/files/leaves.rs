//! Where a schema says that a value is a file.

use serde_json::{Map, Value, json};

use crate::models::{RawJson, Tool};

const DEPTH: usize = 32;
// Branches that lead back to themselves multiply.
const MOST_STEPS: u32 = 300_000;
const UPLOADED: &str = "file_uploadable";
const DOWNLOADED: &str = "file_downloadable";
// No service names a member so.
const PLACEHOLDER: &str = "\0file";

/// Who writes arguments: a model gives texts; a program may also give a file that it uploaded itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    Model,
    Program,
}

pub(super) fn takes_files(tool: &Tool) -> bool {
    mentions(&tool.input_parameters, UPLOADED)
}

pub(super) fn gives_files(tool: &Tool) -> bool {
    mentions(&tool.output_parameters, DOWNLOADED)
}

// Most tools have no files, and their schemas are not built for it.
fn mentions(schema: &RawJson, mark: &str) -> bool {
    schema.as_str().contains(mark)
}

/// Shows the files in `parameters` as texts.
pub(crate) fn show(tool: &Tool, parameters: &mut Value, reader: Reader) {
    if takes_files(tool) {
        replace(parameters, reader, 0);
    }
}

/// The tool's own schema as a program may fill it; `None` if it takes no files.
pub(crate) fn own(tool: &Tool) -> Option<Value> {
    takes_files(tool).then(|| {
        let mut schema = tool.input_parameters.to_value();
        replace(&mut schema, Reader::Program, 0);
        schema
    })
}

fn replace(schema: &mut Value, reader: Reader, depth: usize) {
    match schema {
        _ if depth > DEPTH => {}
        Value::Object(object) if is_marked(object, UPLOADED) => *object = shown(object, reader),
        Value::Object(object) => object
            .values_mut()
            .for_each(|inner| replace(inner, reader, depth + 1)),
        Value::Array(entries) => entries
            .iter_mut()
            .for_each(|inner| replace(inner, reader, depth + 1)),
        _ => {}
    }
}

fn shown(schema: &Map<String, Value>, reader: Reader) -> Map<String, Value> {
    let about = schema.get("description").and_then(Value::as_str);
    let how = "The path of a file, or a `data:` address with its bytes.";
    let description = about.map_or_else(|| how.to_owned(), |about| format!("{about} {how}"));
    let mut shown = Map::new();
    let kind = match reader {
        Reader::Model => json!("string"),
        Reader::Program => json!(["string", "object"]),
    };
    shown.insert("type".to_owned(), kind);
    shown.insert("format".to_owned(), json!("path"));
    shown.insert("description".to_owned(), json!(description));
    shown.insert(UPLOADED.to_owned(), json!(true));
    if let Some(title) = schema.get("title") {
        shown.insert("title".to_owned(), title.clone());
    }
    shown
}

fn is_marked(schema: &Map<String, Value>, mark: &str) -> bool {
    schema.get(mark) == Some(&Value::Bool(true))
}

/// What stands in the place of a file while it travels.
pub(super) fn placeholder(number: usize) -> Value {
    json!({ PLACEHOLDER: number })
}

/// The number of a placeholder.
pub(super) fn number_of(leaf: &Value) -> Option<usize> {
    usize::try_from(leaf.get(PLACEHOLDER)?.as_u64()?).ok()
}

/// Calls `found` with every file in `value`, by the tool's input schema.
pub(super) fn uploaded(schema: &Value, value: &mut Value, found: &mut dyn FnMut(&mut Value)) {
    Walk {
        root: schema,
        mark: UPLOADED,
        found,
        steps: 0,
    }
    .visit(schema, value, 0);
}

/// Calls `found` with every file in `value`, by the tool's output schema.
pub(super) fn downloaded(schema: &Value, value: &mut Value, found: &mut dyn FnMut(&mut Value)) {
    Walk {
        root: schema,
        mark: DOWNLOADED,
        found,
        steps: 0,
    }
    .visit(schema, value, 0);
}

struct Walk<'a, 'f> {
    root: &'a Value,
    mark: &'static str,
    found: &'f mut dyn FnMut(&mut Value),
    steps: u32,
}

impl<'a> Walk<'a, '_> {
    fn visit(&mut self, schema: &'a Value, value: &mut Value, depth: usize) {
        self.steps += 1;
        if depth > DEPTH || self.steps > MOST_STEPS {
            return;
        }
        let Some(schema) = self.resolve(schema).as_object() else {
            return;
        };
        if is_marked(schema, self.mark) {
            (self.found)(value);
            return;
        }
        for branches in ["anyOf", "oneOf", "allOf"] {
            let branches = schema.get(branches).and_then(Value::as_array);
            for branch in branches.into_iter().flatten() {
                self.visit(branch, value, depth + 1);
            }
        }
        match value {
            Value::Object(members) => {
                let properties = schema.get("properties").and_then(Value::as_object);
                let others = schema.get("additionalProperties");
                for (name, member) in members {
                    let own = properties.and_then(|all| all.get(name));
                    if let Some(inner) = own.or(others) {
                        self.visit(inner, member, depth + 1);
                    }
                }
            }
            Value::Array(entries) => {
                if let Some(items) = schema.get("items") {
                    for entry in entries {
                        self.visit(items, entry, depth + 1);
                    }
                }
            }
            _ => {}
        }
    }

    fn resolve(&self, mut schema: &'a Value) -> &'a Value {
        for _ in 0..DEPTH {
            let pointer = schema.get("$ref").and_then(Value::as_str);
            let Some(target) = pointer
                .and_then(|text| text.strip_prefix('#'))
                .and_then(|pointer| self.root.pointer(pointer))
            else {
                break;
            };
            schema = target;
        }
        schema
    }
}
