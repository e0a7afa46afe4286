//! What is different between two versions of an app.

use std::{collections::BTreeSet, fmt};

use composio_core::models::RawJson;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Argument, ToolPlan, Toolkit, schema::Bundler};

/// What is different between two versions of an app, tool by tool.
///
/// ```
/// use composio_catalog::{Change, Integration, VersionDiff, compile};
///
/// let version = |parameters: &str, version: &str| {
///     let integration = Integration::parse(b"name: Demo\nunique_key: demo").unwrap();
///     let document = format!(r#"{{"openapi": "3.1.0", "info": {{"title": "d", "version": "1"}}, "paths": {{"/a": {{"get":
///         {{"summary": "Look", "parameters": [{parameters}], "responses": {{"200": {{"description": "ok"}}}}}}}}}}}}"#);
///     compile(integration, document.as_bytes(), version).unwrap().toolkit
/// };
/// let before = version("", "20260101_00");
/// let after = version(r#"{"name": "q", "in": "query", "required": true, "schema": {"type": "string"}}"#, "20260102_00");
/// let diff = VersionDiff::between(&before, &after);
/// assert_eq!(diff.changed[0].changes, [Change::ArgumentNeeded { argument: "q".to_owned() }]);
/// assert!(diff.is_breaking());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct VersionDiff {
    /// The version before, `YYYYMMDD_NN`.
    pub from: String,
    /// The version after.
    pub to: String,
    /// The slugs of tools that are new.
    pub added: Vec<String>,
    /// The slugs of tools that are gone.
    pub removed: Vec<String>,
    /// The tools that are not what they were.
    pub changed: Vec<ToolDiff>,
    /// How many tools are what they were.
    pub unchanged: usize,
    /// Hosts that requests may go to now and could not before.
    pub hosts_added: Vec<String>,
    /// Hosts that requests may no longer go to.
    pub hosts_removed: Vec<String>,
    /// Whether how users connect, or what is said of the app, is different.
    pub integration_changed: bool,
}

/// What is different about one tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ToolDiff {
    /// The tool.
    pub slug: String,
    /// Whether a call that worked may no longer work.
    pub breaking: bool,
    /// Each of it.
    pub changes: Vec<Change>,
}

/// One thing that is different about a tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Change {
    /// An argument that may be given now.
    ArgumentAdded {
        /// Its name.
        argument: String,
    },
    /// An argument that must be given now, whether or not it could be before.
    ArgumentNeeded {
        /// Its name.
        argument: String,
    },
    /// An argument that need not be given any more.
    ArgumentOptional {
        /// Its name.
        argument: String,
    },
    /// An argument that is gone.
    ArgumentRemoved {
        /// Its name.
        argument: String,
    },
    /// An argument that takes other values.
    ArgumentChanged {
        /// Its name.
        argument: String,
    },
    /// The schema of the arguments says something else about them together.
    Arguments,
    /// The request goes elsewhere, or is written in another way.
    Request,
    /// The answer is described by another schema.
    Result,
    /// OAuth scopes that it needs now and did not need before.
    ScopesAdded {
        /// The scopes.
        scopes: Vec<String>,
    },
    /// OAuth scopes that it no longer needs.
    ScopesRemoved {
        /// The scopes.
        scopes: Vec<String>,
    },
    /// It needs credentials now, or no longer.
    Access {
        /// Whether it needs them.
        needed: bool,
    },
    /// The vendor has deprecated it, or no longer.
    Deprecated {
        /// Whether it is.
        deprecated: bool,
    },
    /// Its name or a description has other words.
    Words,
    /// It has other tags or hints.
    Tags,
}

impl VersionDiff {
    /// What is different in `after`.
    #[must_use]
    pub fn between(before: &Toolkit, after: &Toolkit) -> Self {
        let gone = |slugs: &Toolkit, from: &Toolkit| {
            let slugs = slugs.tools.keys();
            let gone = slugs.filter(|slug| !from.tools.contains_key(slug));
            gone.cloned().collect::<Vec<String>>()
        };
        let without = |hosts: &[String], others: &[String]| {
            let hosts = hosts.iter().filter(|host| !others.contains(host));
            hosts.cloned().collect::<Vec<String>>()
        };
        let mut diff = Self {
            from: before.version.clone(),
            to: after.version.clone(),
            added: gone(after, before),
            removed: gone(before, after),
            changed: Vec::new(),
            unchanged: 0,
            hosts_added: without(&after.hosts, &before.hosts),
            hosts_removed: without(&before.hosts, &after.hosts),
            integration_changed: serde_json::to_value(&before.integration).ok()
                != serde_json::to_value(&after.integration).ok(),
        };
        for (slug, new) in after.tools.iter() {
            let Some(old) = before.tools.get(slug) else {
                continue;
            };
            let changes = changes((before, old), (after, new));
            if changes.is_empty() {
                diff.unchanged += 1;
            } else {
                diff.changed.push(ToolDiff {
                    slug: slug.to_owned(),
                    breaking: changes.iter().any(Change::is_breaking),
                    changes,
                });
            }
        }
        diff
    }

    /// Whether nothing is different.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let lists = [
            &self.added,
            &self.removed,
            &self.hosts_added,
            &self.hosts_removed,
        ];
        lists.iter().all(|list| list.is_empty())
            && self.changed.is_empty()
            && !self.integration_changed
    }

    /// Whether a call that worked with the version before may no longer work.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        !self.removed.is_empty() || self.changed.iter().any(|tool| tool.breaking)
    }
}

impl Change {
    /// Whether a call that worked may no longer work.
    #[must_use]
    pub fn is_breaking(&self) -> bool {
        match self {
            Self::ArgumentNeeded { .. }
            | Self::ArgumentRemoved { .. }
            | Self::ArgumentChanged { .. }
            | Self::Arguments
            | Self::Result
            | Self::ScopesAdded { .. } => true,
            Self::Access { needed } => *needed,
            Self::ArgumentAdded { .. }
            | Self::ArgumentOptional { .. }
            | Self::Request
            | Self::ScopesRemoved { .. }
            | Self::Deprecated { .. }
            | Self::Words
            | Self::Tags => false,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ArgumentAdded { argument } => write!(f, "{argument} may be given"),
            Self::ArgumentNeeded { argument } => write!(f, "{argument} must be given"),
            Self::ArgumentOptional { argument } => write!(f, "{argument} need not be given"),
            Self::ArgumentRemoved { argument } => write!(f, "{argument} is gone"),
            Self::ArgumentChanged { argument } => write!(f, "{argument} takes other values"),
            Self::Arguments => f.write_str("other rules for the arguments"),
            Self::Request => f.write_str("another request"),
            Self::Result => f.write_str("another result"),
            Self::ScopesAdded { scopes } => write!(f, "needs {}", scopes.join(", ")),
            Self::ScopesRemoved { scopes } => write!(f, "no longer needs {}", scopes.join(", ")),
            Self::Access { needed: true } => f.write_str("needs credentials"),
            Self::Access { needed: false } => f.write_str("needs no credentials"),
            Self::Deprecated { deprecated: true } => f.write_str("deprecated"),
            Self::Deprecated { deprecated: false } => f.write_str("no longer deprecated"),
            Self::Words => f.write_str("other words"),
            Self::Tags => f.write_str("other tags"),
        }
    }
}

/// A tool in its toolkit.
type Side<'t> = (&'t Toolkit, &'t ToolPlan);

fn changes(before: Side<'_>, after: Side<'_>) -> Vec<Change> {
    let ((_, old), (_, new)) = (before, after);
    let mut changes = of_arguments(before, after);
    let mut words = old.name != new.name || old.description != new.description;
    let results = [before, after].map(|(toolkit, plan)| toolkit.output_schema(plan));
    if results[0].as_str() != results[1].as_str() {
        let [old, new] = results.map(|schema| rules(&schema.to_value()));
        if old == new {
            words = true;
        } else {
            changes.push(Change::Result);
        }
    }
    if request(old) != request(new) || are_written_otherwise(old, new) {
        changes.push(Change::Request);
    }
    let scopes =
        |plan: &ToolPlan| -> BTreeSet<String> { plan.scope_sets().flatten().cloned().collect() };
    let without = |scopes: &BTreeSet<String>, others: &BTreeSet<String>| {
        let scopes = scopes.difference(others).cloned();
        Some(scopes.collect::<Vec<String>>()).filter(|left| !left.is_empty())
    };
    let (old_scopes, new_scopes) = (scopes(old), scopes(new));
    let added = without(&new_scopes, &old_scopes);
    changes.extend(added.map(|scopes| Change::ScopesAdded { scopes }));
    let removed = without(&old_scopes, &new_scopes);
    changes.extend(removed.map(|scopes| Change::ScopesRemoved { scopes }));
    if old.no_auth != new.no_auth {
        let needed = !new.no_auth;
        changes.push(Change::Access { needed });
    }
    if old.deprecated != new.deprecated {
        let deprecated = new.deprecated;
        changes.push(Change::Deprecated { deprecated });
    }
    if words && !changes.contains(&Change::Words) {
        changes.push(Change::Words);
    }
    if old.tags != new.tags || old.idempotent != new.idempotent {
        changes.push(Change::Tags);
    }
    changes
}

fn of_arguments(before: Side<'_>, after: Side<'_>) -> Vec<Change> {
    let texts = [before, after].map(|(toolkit, plan)| toolkit.input_schema(plan));
    if texts[0].as_str() == texts[1].as_str() {
        return Vec::new();
    }
    let [old, new] = [before, after].map(|(toolkit, plan)| Arguments::of(toolkit, &plan.input));
    let mut changes = Vec::new();
    let mut words = false;
    for (name, property) in &new.properties {
        let argument = name.clone();
        let is_needed = new.required.contains(name);
        match old.properties.get(name) {
            None if is_needed => changes.push(Change::ArgumentNeeded { argument }),
            None => changes.push(Change::ArgumentAdded { argument }),
            Some(known) => {
                let was_needed = old.required.contains(name);
                if rules(known) != rules(property) {
                    let argument = argument.clone();
                    changes.push(Change::ArgumentChanged { argument });
                } else {
                    words |= known != property;
                }
                if is_needed && !was_needed {
                    changes.push(Change::ArgumentNeeded { argument });
                } else if was_needed && !is_needed {
                    changes.push(Change::ArgumentOptional { argument });
                }
            }
        }
    }
    let gone = old.properties.keys();
    let gone = gone.filter(|name| !new.properties.contains_key(*name));
    changes.extend(gone.map(|name| Change::ArgumentRemoved {
        argument: name.clone(),
    }));
    if rules(&old.rest) != rules(&new.rest) {
        changes.push(Change::Arguments);
    } else if words || old.rest != new.rest || changes.is_empty() {
        changes.push(Change::Words);
    }
    changes
}

/// A schema of arguments, taken apart.
#[derive(Debug)]
struct Arguments {
    /// Each with all that it refers to.
    properties: Map<String, Value>,
    required: BTreeSet<String>,
    /// What else the schema says.
    rest: Value,
}

impl Arguments {
    fn of(toolkit: &Toolkit, input: &RawJson) -> Self {
        let whole = |schema: Value| {
            let schema = RawJson::from(schema);
            Bundler::new(&toolkit.schemas).bundled(&schema).to_value()
        };
        let Value::Object(mut schema) = input.to_value() else {
            return Self {
                properties: Map::new(),
                required: BTreeSet::new(),
                rest: whole(input.to_value()),
            };
        };
        let properties = match schema.remove("properties") {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        };
        let required = schema.remove("required");
        let required = required.as_ref().and_then(Value::as_array);
        let names = required.into_iter().flatten().filter_map(Value::as_str);
        Self {
            required: names.map(str::to_owned).collect(),
            properties: properties
                .into_iter()
                .map(|(name, property)| (name, whole(property)))
                .collect(),
            rest: whole(Value::Object(schema)),
        }
    }
}

/// What a schema says without the words that only people and models read.
fn rules(schema: &Value) -> Value {
    const WORDS: [&str; 5] = ["description", "title", "example", "examples", "$comment"];
    const NAMED: [&str; 3] = ["properties", "$defs", "patternProperties"];
    const AS_THEY_ARE: [&str; 3] = ["enum", "const", "default"];
    let of_names = |schemas: &Map<String, Value>| {
        let schemas = schemas.iter();
        schemas
            .map(|(name, schema)| (name.clone(), rules(schema)))
            .collect()
    };
    match schema {
        Value::Object(members) => {
            let members = members.iter();
            let members = members.filter(|(name, _)| !WORDS.contains(&name.as_str()));
            let rule = |(name, value): (&String, &Value)| {
                let rule = match value {
                    Value::Object(schemas) if NAMED.contains(&name.as_str()) => {
                        Value::Object(of_names(schemas))
                    }
                    value if AS_THEY_ARE.contains(&name.as_str()) => value.clone(),
                    value => rules(value),
                };
                (name.clone(), rule)
            };
            Value::Object(members.map(rule).collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(rules).collect()),
        other => other.clone(),
    }
}

/// Whether an argument that both have goes elsewhere in the request, or in another style.
fn are_written_otherwise(old: &ToolPlan, new: &ToolPlan) -> bool {
    let place = |argument: &Argument| {
        let Argument {
            wire_name,
            location,
            style,
            explode,
            media_type,
            ..
        } = argument.clone();
        (wire_name, location, style, explode, media_type)
    };
    new.arguments.iter().any(|argument| {
        let known = old
            .arguments
            .iter()
            .find(|known| known.name == argument.name);
        known.is_some_and(|known| place(known) != place(argument))
    })
}

/// How the request is written, but for its arguments.
fn request(plan: &ToolPlan) -> Value {
    let body = plan.body.as_ref();
    serde_json::json!([
        plan.method,
        plan.path,
        plan.server,
        body.map(|body| (&body.media_type, body.encoding, &body.whole)),
    ])
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Change, VersionDiff};
    use crate::{Integration, Toolkit, compile};

    fn toolkit(document: &Value, version: &str) -> Toolkit {
        let yaml = "name: Demo\nunique_key: demo\nauth_schemes: [{name: key, auth_mode: API_KEY}]";
        let integration = Integration::parse(yaml.as_bytes()).unwrap();
        let mut whole = json!({
            "openapi": "3.1.0", "info": {"title": "d", "version": "1"},
            "servers": [{"url": "https://api.demo.example"}],
            "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "k"}}},
            "security": [{"key": []}],
        });
        extend(&mut whole, document);
        compile(integration, whole.to_string().as_bytes(), version)
            .unwrap()
            .toolkit
    }

    fn extend(object: &mut Value, more: &Value) {
        let more = more.as_object().unwrap().clone();
        object.as_object_mut().unwrap().extend(more);
    }

    /// A document of one operation.
    fn one(operation: &Value) -> Value {
        let mut whole = json!({"summary": "Look", "responses": {"200": {"description": "ok"}}});
        extend(&mut whole, operation);
        json!({"paths": {"/look": {"post": whole}}})
    }

    fn between(before: &Value, after: &Value) -> VersionDiff {
        VersionDiff::between(&toolkit(before, "1"), &toolkit(after, "2"))
    }

    /// What is different about the one operation.
    fn of_one(before: &Value, after: &Value) -> (Vec<Change>, bool) {
        let diff = between(&one(before), &one(after));
        assert!(diff.added.is_empty() && diff.removed.is_empty(), "{diff:?}");
        let is_breaking = diff.is_breaking();
        let changed = diff.changed.into_iter().next();
        (
            changed.map_or_else(Vec::new, |tool| tool.changes),
            is_breaking,
        )
    }

    fn query(required: bool, schema: &Value) -> Value {
        json!({"parameters": [{"name": "q", "in": "query", "required": required, "schema": schema}]})
    }

    #[test]
    fn the_same_document_is_no_difference() {
        let document = one(&query(true, &json!({"type": "string"})));
        let diff = between(&document, &document);
        assert!(diff.is_empty() && !diff.is_breaking(), "{diff:?}");
        assert_eq!((diff.unchanged, &*diff.from, &*diff.to), (1, "1", "2"));
    }

    #[test]
    fn tools_come_and_go_by_name() {
        let operation = |summary: &str| json!({"get": {"summary": summary, "responses": {}}});
        let before = json!({"paths": {"/a": operation("A"), "/b": operation("B")}});
        let after = json!({"paths": {"/b": operation("B"), "/c": operation("C")}});
        let diff = between(&before, &after);
        assert_eq!(
            (&*diff.added, &*diff.removed),
            (&["DEMO_C".to_owned()][..], &["DEMO_A".to_owned()][..])
        );
        assert_eq!((diff.unchanged, diff.changed.len()), (1, 0));
        assert!(diff.is_breaking());
    }

    #[test]
    fn each_change_of_an_argument_is_told_with_whether_it_breaks_calls() {
        let argument = || "q".to_owned();
        let text = json!({"type": "string"});
        let none = json!({});
        let (optional, needed) = (query(false, &text), query(true, &text));
        let number = query(true, &json!({"type": "integer"}));
        let told = query(true, &json!({"type": "string", "description": "words"}));
        let cases = [
            (
                &none,
                &optional,
                Change::ArgumentAdded {
                    argument: argument(),
                },
                false,
            ),
            (
                &none,
                &needed,
                Change::ArgumentNeeded {
                    argument: argument(),
                },
                true,
            ),
            (
                &optional,
                &needed,
                Change::ArgumentNeeded {
                    argument: argument(),
                },
                true,
            ),
            (
                &needed,
                &optional,
                Change::ArgumentOptional {
                    argument: argument(),
                },
                false,
            ),
            (
                &needed,
                &none,
                Change::ArgumentRemoved {
                    argument: argument(),
                },
                true,
            ),
            (
                &needed,
                &number,
                Change::ArgumentChanged {
                    argument: argument(),
                },
                true,
            ),
            (&needed, &told, Change::Words, false),
        ];
        for (before, after, change, is_breaking) in cases {
            assert_eq!(of_one(before, after), (vec![change], is_breaking));
        }
    }

    #[test]
    fn a_change_behind_a_reference_is_one_of_the_argument_and_of_the_result() {
        let with = |kind: &str| {
            let deep = json!({"$ref": "#/components/schemas/Deep"});
            let ok =
                json!({"description": "ok", "content": {"application/json": {"schema": deep}}});
            let operation = json!({"summary": "Look", "responses": {"200": ok},
                "parameters": [{"name": "q", "in": "query", "schema": deep}]});
            json!({"paths": {"/look": {"post": operation}}, "components": {"schemas": {
                "Deep": {"type": "object", "properties": {"in": {"$ref": "#/components/schemas/Leaf"}}},
                "Leaf": {"type": kind},
            }}})
        };
        let diff = between(&with("string"), &with("integer"));
        let argument = "q".to_owned();
        let expected = [Change::ArgumentChanged { argument }, Change::Result];
        assert_eq!(diff.changed[0].changes, expected);
    }

    #[test]
    fn words_deprecation_access_and_the_way_a_request_is_written_are_told() {
        let list = json!({"type": "array", "items": {"type": "string"}});
        let joined =
            json!({"parameters": [{"name": "q", "in": "query", "explode": false, "schema": list}]});
        let none = json!({});
        let cases = [
            (
                &none,
                &json!({"description": "Looks again."}),
                Change::Words,
            ),
            (
                &none,
                &json!({"deprecated": true}),
                Change::Deprecated { deprecated: true },
            ),
            (
                &json!({"security": []}),
                &none,
                Change::Access { needed: true },
            ),
            (
                &none,
                &json!({"servers": [{"url": "https://other.example"}]}),
                Change::Request,
            ),
            (&query(false, &list), &joined, Change::Request),
        ];
        for (before, after, change) in cases {
            let (changes, _) = of_one(before, after);
            assert!(changes.contains(&change), "{change:?}: {changes:?}");
        }
    }

    #[test]
    fn a_property_that_is_called_description_is_no_description() {
        let body = |kind: &str| {
            let inner = json!({"type": "object", "properties": {"description": {"type": kind}}});
            let schema = json!({"type": "object", "properties": {"inner": inner}});
            json!({"requestBody": {"content": {"application/json": {"schema": schema}}}})
        };
        let (changes, _) = of_one(&body("string"), &body("integer"));
        let argument = "inner".to_owned();
        assert_eq!(changes, [Change::ArgumentChanged { argument }]);
    }

    #[test]
    fn a_diff_goes_over_the_wire() {
        let diff = between(&one(&json!({})), &one(&query(true, &json!({}))));
        let text = serde_json::to_value(&diff).unwrap();
        let change = &text["changed"][0]["changes"][0];
        assert_eq!(*change, json!({"kind": "argument_needed", "argument": "q"}));
        assert_eq!(serde_json::from_value::<VersionDiff>(text).unwrap(), diff);
    }
}
