//! A description with every place, style, kind of value and media type.

use serde_json::{Map, Value, json};

/// The description, an operation for each combination.
pub(crate) fn document() -> Value {
    let mut paths = Paths::default();
    in_paths(&mut paths);
    in_queries(&mut paths);
    in_headers_and_cookies(&mut paths);
    json_bodies(&mut paths);
    forms(&mut paths);
    multiparts(&mut paths);
    plain_bodies(&mut paths);
    together(&mut paths);
    json!({
        "openapi": "3.0.3", "info": {"title": "Matrix", "version": "1"},
        "servers": [{"url": "https://matrix.example"}], "paths": paths.0,
    })
}

#[derive(Default)]
struct Paths(Map<String, Value>);

impl Paths {
    /// Adds an operation; `behind` is what follows its number in the path.
    fn add(&mut self, method: &str, behind: &str, what: &str, members: Value) {
        let number = self.0.len();
        let mut operation = json!({
            "summary": format!("{what} {number}"),
            "responses": {"200": {"description": "ok"}},
        });
        for (name, value) in members.as_object().unwrap() {
            operation[name] = value.clone();
        }
        self.0
            .insert(format!("/at{number}{behind}"), json!({ method: operation }));
    }

    fn body(&mut self, media_type: &str, what: &str, content: Value) {
        for method in ["post", "put"] {
            let body = json!({"required": true, "content": { media_type: content }});
            self.add(method, "", what, json!({ "requestBody": body }));
        }
    }
}

fn integer() -> Value {
    json!({"type": "integer"})
}

/// Texts hold a digit, so that a copy without digits is a broken one.
fn word() -> Value {
    json!({"type": "string", "pattern": "^n[0-9]$"})
}

/// Text with what is reserved somewhere.
fn odd() -> Value {
    json!({"type": "string", "pattern": "^n[0-9] ü&=[+]%/[?]#$"})
}

fn numbers() -> Value {
    json!({"type": "array", "items": {"type": "integer"}, "minItems": 2})
}

fn pair() -> Value {
    json!({"type": "object", "required": ["left", "right"],
        "properties": {"left": {"type": "integer"}, "right": {"type": "boolean"}}})
}

fn kinds() -> [(&'static str, Value); 5] {
    [
        ("integer", integer()),
        ("flag", json!({"type": "boolean"})),
        ("word", word()),
        ("numbers", numbers()),
        ("pair", pair()),
    ]
}

fn parameter(name: &str, place: &str, style: &str, explode: bool, schema: &Value) -> Value {
    json!({"name": name, "in": place, "required": true, "style": style, "explode": explode, "schema": schema})
}

fn in_paths(paths: &mut Paths) {
    for style in ["simple", "label", "matrix"] {
        for explode in [false, true] {
            for (kind, schema) in kinds() {
                let own = parameter("key", "path", style, explode, &schema);
                let what = format!("{kind} {style} {explode} in the path");
                paths.add("get", "/{key}/end", &what, json!({"parameters": [own]}));
            }
        }
    }
    let own = parameter("key", "path", "simple", false, &odd());
    paths.add(
        "get",
        "/{key}",
        "odd text in the path",
        json!({"parameters": [own]}),
    );
}

fn in_queries(paths: &mut Paths) {
    for explode in [false, true] {
        for (kind, schema) in kinds() {
            let own = parameter("key", "query", "form", explode, &schema);
            let what = format!("{kind} form {explode} in the query");
            paths.add("get", "", &what, json!({"parameters": [own]}));
        }
        for style in ["spaceDelimited", "pipeDelimited"] {
            let own = parameter("key", "query", style, explode, &numbers());
            let what = format!("numbers {style} {explode} in the query");
            paths.add("get", "", &what, json!({"parameters": [own]}));
        }
    }
    let deeper = json!({"type": "object", "required": ["left", "more"], "properties": {
        "left": integer(), "more": {"type": "object", "required": ["inner"], "properties": {"inner": integer()}}}});
    for (kind, schema) in [("pair", pair()), ("nested", deeper)] {
        let own = parameter("key", "query", "deepObject", true, &schema);
        paths.add(
            "get",
            "",
            &format!("{kind} deep in the query"),
            json!({"parameters": [own]}),
        );
    }
    let mut open = parameter("key", "query", "form", true, &odd());
    paths.add(
        "get",
        "",
        "odd text in the query",
        json!({"parameters": [open.clone()]}),
    );
    open["schema"] = json!({"type": "string", "pattern": "^https://example.com/[a-z]$"});
    open["allowReserved"] = json!(true);
    paths.add(
        "get",
        "",
        "reserved text in the query",
        json!({"parameters": [open]}),
    );
    let content = json!({"name": "key", "in": "query", "required": true,
        "content": {"application/json": {"schema": pair()}}});
    paths.add(
        "get",
        "",
        "JSON in the query",
        json!({"parameters": [content]}),
    );
    for method in ["delete", "post", "head"] {
        let own = [
            parameter("one", "query", "form", true, &integer()),
            parameter("two", "query", "form", false, &numbers()),
        ];
        paths.add(
            method,
            "",
            &format!("query of a {method}"),
            json!({"parameters": own}),
        );
    }
}

fn in_headers_and_cookies(paths: &mut Paths) {
    for explode in [false, true] {
        for (kind, schema) in kinds() {
            let own = parameter("X-Key", "header", "simple", explode, &schema);
            let what = format!("{kind} simple {explode} in a header");
            paths.add("get", "", &what, json!({"parameters": [own]}));
        }
    }
    let content = json!({"name": "X-Key", "in": "header", "required": true,
        "content": {"application/json": {"schema": pair()}}});
    paths.add(
        "get",
        "",
        "JSON in a header",
        json!({"parameters": [content]}),
    );
    for (kind, schema) in kinds() {
        let own = parameter("key", "cookie", "form", false, &schema);
        paths.add(
            "get",
            "",
            &format!("{kind} in a cookie"),
            json!({"parameters": [own]}),
        );
    }
    let own = [
        parameter("one", "cookie", "form", true, &odd()),
        parameter("two", "cookie", "form", true, &integer()),
    ];
    paths.add("get", "", "two cookies", json!({"parameters": own}));
}

fn json_bodies(paths: &mut Paths) {
    let object = json!({"type": "object", "required": ["a", "b", "c", "d", "e"], "properties": {
        "a": integer(), "b": odd(), "c": numbers(), "d": pair(), "e": {"type": "boolean"},
        "f": {"type": "string", "nullable": true}, "g": {"type": "integer", "readOnly": true}}});
    for media_type in [
        "application/json",
        "application/vnd.matrix+json",
        "application/json; charset=utf-8",
    ] {
        paths.body(media_type, "object as JSON", json!({"schema": object}));
    }
    for (kind, schema) in kinds() {
        if kind != "pair" {
            paths.body(
                "application/json",
                &format!("{kind} as JSON"),
                json!({"schema": schema}),
            );
        }
    }
    let parts = json!({"allOf": [pair(), {"type": "object", "required": ["more"], "properties": {"more": integer()}}]});
    paths.body(
        "application/json",
        "parts as JSON",
        json!({"schema": parts}),
    );
    let choice = json!({"oneOf": [pair(), {"type": "object", "required": ["name"], "properties": {"name": word()}}]});
    paths.body(
        "application/json",
        "choice as JSON",
        json!({"schema": choice}),
    );
    let rows = json!({"type": "array", "minItems": 1, "items": pair()});
    paths.body("application/json", "rows as JSON", json!({"schema": rows}));
    let free = json!({"type": "object", "required": ["a"], "properties": {"a": integer()},
        "additionalProperties": {"type": "integer"}});
    paths.body(
        "application/json",
        "free object as JSON",
        json!({"schema": free}),
    );
    let patch = json!({"type": "array", "minItems": 1, "items": {"type": "object", "required": ["op", "path"],
        "properties": {"op": {"type": "string", "enum": ["add"]}, "path": word()}}});
    paths.body(
        "application/json-patch+json",
        "patch as JSON",
        json!({"schema": patch}),
    );
}

fn object_of(members: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = members.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> = members
        .iter()
        .map(|(name, schema)| ((*name).to_owned(), schema.clone()))
        .collect();
    json!({"type": "object", "required": names, "properties": properties})
}

/// Values without members, by what they are called.
fn scalars() -> [(&'static str, Value); 4] {
    [
        ("integer", integer()),
        ("flag", json!({"type": "boolean"})),
        ("word", word()),
        ("odd", odd()),
    ]
}

fn forms(paths: &mut Paths) {
    let form = "application/x-www-form-urlencoded";
    for (kind, schema) in scalars() {
        let schema = object_of(&[("key", schema), ("more", integer())]);
        paths.body(
            form,
            &format!("{kind} in a form"),
            json!({ "schema": schema }),
        );
    }
    for (style, explode, schema) in [
        ("form", true, numbers()),
        ("form", false, numbers()),
        ("spaceDelimited", false, numbers()),
        ("pipeDelimited", false, numbers()),
        ("deepObject", true, pair()),
        ("form", false, pair()),
    ] {
        let schema = object_of(&[("key", schema), ("more", integer())]);
        let encoding = json!({"key": {"style": style, "explode": explode}});
        let what = format!("{style} {explode} in a form");
        paths.body(form, &what, json!({"schema": schema, "encoding": encoding}));
    }
    let schema = object_of(&[("key", pair()), ("more", integer())]);
    let encoding = json!({"key": {"contentType": "application/json"}});
    paths.body(
        form,
        "JSON in a form",
        json!({"schema": schema, "encoding": encoding}),
    );
}

fn multiparts(paths: &mut Paths) {
    let multipart = "multipart/form-data";
    let kinds = scalars().into_iter();
    for (kind, schema) in kinds.chain([("numbers", numbers()), ("pair", pair())]) {
        let schema = object_of(&[("key", schema), ("more", integer())]);
        paths.body(
            multipart,
            &format!("{kind} in parts"),
            json!({ "schema": schema }),
        );
    }
    let encoding = json!({"key": {"contentType": "application/json"}});
    let schema = object_of(&[("key", numbers()), ("more", integer())]);
    paths.body(
        multipart,
        "JSON in parts",
        json!({"schema": schema, "encoding": encoding}),
    );
    let file = json!({"type": "string", "format": "binary"});
    let schema = object_of(&[("key", file.clone()), ("more", integer())]);
    paths.body(multipart, "file in parts", json!({"schema": schema}));
    let encoding = json!({"key": {"contentType": "image/png"}});
    paths.body(
        multipart,
        "picture in parts",
        json!({"schema": schema, "encoding": encoding}),
    );
    let files = json!({"type": "array", "minItems": 2, "items": file});
    let schema = object_of(&[("key", files), ("more", integer())]);
    paths.body(multipart, "files in parts", json!({"schema": schema}));
}

fn plain_bodies(paths: &mut Paths) {
    for media_type in ["text/plain", "text/csv", "application/yaml"] {
        paths.body(
            media_type,
            &format!("{media_type} body"),
            json!({"schema": odd()}),
        );
    }
    for media_type in ["application/xml", "text/xml", "application/soap+xml"] {
        paths.body(
            media_type,
            &format!("{media_type} body"),
            json!({"schema": pair()}),
        );
    }
    for media_type in ["application/octet-stream", "image/png", "application/pdf"] {
        let schema = json!({"type": "string", "format": "binary"});
        paths.body(
            media_type,
            &format!("{media_type} body"),
            json!({"schema": schema}),
        );
    }
}

/// Everything at once.
fn together(paths: &mut Paths) {
    let places = [
        ("simple", false, integer()),
        ("simple", true, word()),
        ("label", false, integer()),
        ("label", true, numbers()),
        ("matrix", false, word()),
        ("matrix", true, numbers()),
    ];
    for (style, explode, key) in places {
        for (kind, schema) in kinds() {
            let own = [
                parameter("key", "path", style, explode, &key),
                parameter("one", "query", "form", explode, &schema),
                parameter("X-Two", "header", "simple", explode, &integer()),
            ];
            let body = json!({"required": true, "content": {"application/json": {
                "schema": object_of(&[("three", integer()), ("four", pair())])}}});
            let what = format!("{kind} {style} {explode} and more");
            let members = json!({"parameters": own, "requestBody": body});
            paths.add("post", "/{key}", &what, members);
        }
    }
}
