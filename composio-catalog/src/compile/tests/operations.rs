use std::collections::HashSet;

use composio_core::models::{self, AuthScheme};
use serde_json::{Value, json};

use crate::{
    Argument, BodyEncoding, CompileError, Location, Style, Toolkit, compile,
    tests::documents::{
        app, assert_valid, compiled, document, input, integration, json_body, one, only,
        try_compiled,
    },
};

fn slugs(paths: &Value) -> Vec<String> {
    compiled(&document(paths))
        .toolkit
        .tools
        .keys()
        .cloned()
        .collect()
}

#[test]
fn slugs_follow_the_summary_then_the_id_then_the_path() {
    let cases = [
        (json!({"summary": "Create an issue"}), "APP_CREATE_AN_ISSUE"),
        (
            json!({"summary": "List the user's (public) repos."}),
            "APP_LIST_THE_USER_S_PUBLIC_REPOS",
        ),
        (
            json!({"summary": "  --  ", "operationId": "repos/listForOrg"}),
            "APP_REPOS_LIST_FOR_ORG",
        ),
        (json!({"summary": "Über Straße 1"}), "APP_BER_STRA_E_1"),
        (
            json!({"summary": "getCardsByIdCard()", "operationId": "x"}),
            "APP_GET_CARDS_BY_ID_CARD",
        ),
        (
            json!({"summary": "Closing down - Get a classroom"}),
            "APP_GET_A_CLASSROOM",
        ),
        (json!({"operationId": "getUserByID"}), "APP_GET_USER_BY_ID"),
        (json!({}), "APP_GET_USERS_BY_ID_REPOS"),
        (
            json!({"summary": 5, "operationId": ["x"]}),
            "APP_GET_USERS_BY_ID_REPOS",
        ),
    ];
    for (operation, slug) in cases {
        assert_eq!(
            slugs(&json!({"/users/{id}/repos": {"get": operation}})),
            [slug],
            "{operation}"
        );
    }
}

#[test]
fn of_equal_slugs_the_shortest_path_keeps_it_wherever_it_stands() {
    let operation = json!({"summary": "List secrets"});
    let long = json!({"/organizations/secrets": {"get": operation}});
    let mut both = long;
    both["/orgs/secrets"] = json!({"get": operation, "post": operation});
    let found = slugs(&both);
    assert_eq!(found[1], "APP_LIST_SECRETS");
    for slug in [&found[0], &found[2]] {
        let hash = slug.strip_prefix("APP_LIST_SECRETS_").unwrap();
        assert!(
            hash.len() == 6 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()),
            "{slug}"
        );
    }
    let mut more = json!({"/a/very/much/longer/path/secrets": {"get": operation}});
    for (path, item) in both.as_object().unwrap() {
        more[path] = item.clone();
    }
    let again = slugs(&more);
    assert!(
        found.iter().all(|slug| again.contains(slug)),
        "{found:?} {again:?}"
    );
}

#[test]
fn endless_summaries_are_cut_and_stay_unique() {
    let paths: Value = (0..3)
        .map(|index| {
            let summary = format!("{} {index}", "word ".repeat(100));
            (format!("/{index}"), json!({"get": {"summary": summary}}))
        })
        .collect();
    let found = slugs(&paths);
    assert_eq!(found.iter().collect::<HashSet<_>>().len(), 3);
    assert!(found.iter().all(|slug| slug.len() < 200), "{found:?}");
}

fn argument<'c>(arguments: &'c [Argument], name: &str) -> &'c Argument {
    arguments
        .iter()
        .find(|own| own.name == name)
        .unwrap_or_else(|| panic!("no {name} in {arguments:?}"))
}

#[test]
fn arguments_of_all_places_stand_side_by_side() {
    let mut document = one(&json_body(&json!({
        "type": "object",
        "required": ["title", "state"],
        "properties": {
            "id": {"type": "string", "readOnly": true}, "labels": {"type": "array", "items": {"type": "string"}},
            "state": {"type": "string", "default": "open"}, "title": {"type": "string"},
        },
    })));
    let item = json!({
        "parameters": [
            {"name": "owner", "in": "path", "required": true, "schema": {"type": "string"}, "description": "Who owns it"},
            {"name": "page", "in": "query", "schema": {"type": "integer"}, "description": "shared"},
        ],
        "post": document["paths"]["/thing"]["post"],
    });
    document["paths"] = json!({"/things/{owner}": item});
    document["paths"]["/things/{owner}"]["post"]["parameters"] = json!([
        {"name": "page", "in": "query", "required": true, "schema": {"type": "integer", "default": 1}},
        {"name": "X-Trace", "in": "header", "schema": {"type": "string"}, "deprecated": true, "example": "t"},
        {"name": "session", "in": "cookie", "schema": {"type": "string"}},
        {"$ref": "#/components/parameters/sort"},
    ]);
    document["components"] = json!({"parameters": {"sort": {"name": "sort", "in": "query", "schema": {"enum": ["asc"]}, "required": true}}});
    let compiled = compiled(&document);
    let plan = only(&compiled);
    let names: Vec<_> = plan.arguments.iter().map(|own| own.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "owner", "page", "sort", "X-Trace", "session", "labels", "state", "title"
        ]
    );
    let schema = plan.input.to_value();
    assert_eq!(schema["required"], json!(["owner", "sort", "title"]));
    assert_eq!(
        schema["properties"]["owner"],
        json!({"description": "Who owns it", "type": "string"})
    );
    assert_eq!(
        schema["properties"]["X-Trace"],
        json!({"deprecated": true, "examples": ["t"], "type": "string"})
    );
    assert_eq!(argument(&plan.arguments, "page").default, Some(json!(1)));
    assert_eq!(
        argument(&plan.arguments, "state").default,
        Some(json!("open"))
    );
    assert_eq!(argument(&plan.arguments, "title").location, Location::Body);
    assert_eq!(
        argument(&plan.arguments, "session").location,
        Location::Cookie
    );
    assert!(compiled.report.is_clean(), "{:?}", compiled.report);
}

#[test]
fn of_equal_names_the_body_keeps_it() {
    let mut document = one(&json_body(
        &json!({"type": "object", "properties": {"id": {}, "id__query": {}}}),
    ));
    document["paths"] = json!({"/thing/{id}": document["paths"]["/thing"]});
    document["paths"]["/thing/{id}"]["post"]["parameters"] = json!([
        {"name": "id", "in": "query"}, {"name": "id", "in": "path"}, {"name": "id", "in": "header"}, {"name": "id", "in": "cookie"},
    ]);
    let compiled = compiled(&document);
    let found: Vec<_> = only(&compiled)
        .arguments
        .iter()
        .map(|own| (own.name.as_str(), own.wire_name.as_str(), own.location))
        .collect();
    assert_eq!(
        found,
        [
            ("id__path", "id", Location::Path),
            ("id__query_", "id", Location::Query),
            ("id__header", "id", Location::Header),
            ("id__cookie", "id", Location::Cookie),
            ("id", "id", Location::Body),
            ("id__query", "id__query", Location::Body),
        ]
    );
}

#[test]
fn a_body_that_is_no_plain_object_is_one_argument() {
    let schemas = [
        json!({"type": "array", "items": {"type": "string"}}),
        json!({"type": "string"}),
        json!({"oneOf": [{"type": "object", "properties": {"a": {}}}, {"type": "array", "items": {}}]}),
        json!({"type": "object", "additionalProperties": {"type": "string"}}),
        json!({"type": "object"}),
        json!({}),
        json!({"allOf": [{"type": "object", "properties": {"a": {}}}, {"type": "string"}]}),
        json!({"$ref": "#/components/schemas/None"}),
    ];
    for schema in schemas {
        let compiled = compiled(&one(&json_body(&schema)));
        let plan = only(&compiled);
        let body = plan.body.as_ref().unwrap();
        assert_eq!(body.whole.as_deref(), Some("body"), "{schema}");
        assert!(body.required && plan.arguments[0].required, "{schema}");
        assert_eq!(
            plan.input.to_value()["required"],
            json!(["body"]),
            "{schema}"
        );
    }
    let mut document = one(&json_body(&json!({"type": "array", "items": {}})));
    document["paths"]["/thing"]["post"]["parameters"] = json!([{"name": "body", "in": "query"}]);
    let compiled = compiled(&document);
    let plan = only(&compiled);
    assert_eq!(
        plan.body.as_ref().unwrap().whole.as_deref(),
        Some("request_body")
    );
    assert_eq!(argument(&plan.arguments, "body").location, Location::Query);
}

#[test]
fn parts_of_a_body_are_merged() {
    let mut document = one(&json_body(&json!({"allOf": [
        {"$ref": "#/components/schemas/Base"},
        {"type": "object", "required": ["b"], "properties": {"b": {"type": "integer"}, "a": {"type": "null"}}},
        {"required": ["c"]},
    ], "anyOf": [{"required": ["a", "d"], "properties": {"d": {}}}, {"required": ["a", "e"], "properties": {"e": {}}}]})));
    document["components"] = json!({"schemas": {"Base": {"type": "object", "properties": {"a": {"type": "string"}, "c": {}},
        "allOf": [{"$ref": "#/components/schemas/Base"}]}}});
    let schema = input(&document);
    let names: HashSet<&str> = schema["properties"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(names, HashSet::from(["a", "b", "c", "d", "e"]));
    assert_eq!(schema["properties"]["a"], json!({"type": "string"}));
    assert_eq!(schema["required"], json!(["a", "c", "b"]));
    for one_or_null in [
        json!({"anyOf": [{"type": "object", "properties": {"a": {}}}, {"type": "null"}]}),
        json!({"oneOf": [{"type": "object", "properties": {"a": {}}}]}),
        json!({"type": ["object", "null"], "properties": {"a": {}}}),
        json!({"type": "object", "nullable": true, "properties": {"a": {}}}),
    ] {
        assert_eq!(
            input(&one(&json_body(&one_or_null)))["properties"],
            json!({"a": {}})
        );
    }
}

#[test]
fn members_are_not_required_where_the_body_is_not() {
    let mut document = one(&json_body(
        &json!({"type": "object", "required": ["a"], "properties": {"a": {}}}),
    ));
    document["paths"]["/thing"]["post"]["requestBody"]["required"] = json!(false);
    assert_eq!(input(&document).get("required"), None);
}

#[test]
fn styles_have_the_defaults_of_their_places() {
    let parameters = json!([
        {"name": "p", "in": "path"}, {"name": "m", "in": "path", "style": "matrix", "explode": true},
        {"name": "q", "in": "query"}, {"name": "d", "in": "query", "style": "deepObject", "explode": true},
        {"name": "s", "in": "query", "style": "spaceDelimited"}, {"name": "r", "in": "query", "allowReserved": true, "explode": false},
        {"name": "h", "in": "header", "style": "form"}, {"name": "c", "in": "cookie", "style": "deepObject"},
        {"name": "j", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}},
    ]);
    let compiled = compiled(&document(
        &json!({"/x/{p}/{m}": {"get": {"parameters": parameters}}}),
    ));
    let plan = only(&compiled);
    let of = |name| {
        let own = argument(&plan.arguments, name);
        (own.style, own.explode, own.allow_reserved)
    };
    assert_eq!(of("p"), (Style::Simple, false, false));
    assert_eq!(of("m"), (Style::Matrix, true, false));
    assert_eq!(of("q"), (Style::Form, true, false));
    assert_eq!(of("d"), (Style::DeepObject, true, false));
    assert_eq!(of("s"), (Style::SpaceDelimited, false, false));
    assert_eq!(of("r"), (Style::Form, false, true));
    assert_eq!(of("h"), (Style::Simple, false, false));
    assert_eq!(of("c"), (Style::Form, true, false));
    let json = argument(&plan.arguments, "j");
    assert_eq!(json.media_type.as_deref(), Some("application/json"));
    assert_eq!(
        plan.input.to_value()["properties"]["j"],
        json!({"type": "object"})
    );
    assert!(argument(&plan.arguments, "p").required);
}

#[test]
fn what_credentials_and_templates_send_is_no_argument() {
    let app = integration(
        "auth_schemes:\n  - auth_mode: API_KEY\n    proxy:\n      headers: {X-Version: 3}\n      query_params: {key: '{{api_key}}'}\nproxy:\n  path_params: {tenant: t}\n",
    );
    let names = [
        "Authorization",
        "accept",
        "Content-Type",
        "Host",
        "Transfer-Encoding",
        "x-version",
        "X-Secret",
        "kept",
    ];
    let mut parameters: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "in": "header"}))
        .collect();
    for (name, place) in [
        ("key", "query"),
        ("token", "query"),
        ("sid", "cookie"),
        ("tenant", "path"),
        ("sid", "query"),
    ] {
        parameters.push(json!({"name": name, "in": place}));
    }
    let mut document = document(&json!({"/{tenant}/x": {"get": {"parameters": parameters}}}));
    document["components"] = json!({"securitySchemes": {
        "a": {"type": "apiKey", "in": "header", "name": "x-secret"}, "b": {"type": "apiKey", "in": "query", "name": "token"},
        "c": {"type": "apiKey", "in": "cookie", "name": "sid"}, "d": {"type": "http", "scheme": "basic"},
    }});
    let compiled = compile(app, document.to_string().as_bytes(), "1").unwrap();
    let left: Vec<_> = only(&compiled)
        .arguments
        .iter()
        .map(|own| (own.name.as_str(), own.location))
        .collect();
    assert_eq!(left, [("sid", Location::Query), ("kept", Location::Header)]);
    assert!(compiled.report.is_clean(), "{:?}", compiled.report);
}

#[test]
fn broken_parameters_are_dropped_and_reported() {
    let parameters = json!([
        {"in": "query"}, {"name": "a", "in": "body"}, {"name": "b"}, {"name": "c", "in": "path"},
        {"name": "d e", "in": "header"}, {"name": "d\r\nX: y", "in": "header"}, {"$ref": "#/components/parameters/None"},
        {"$ref": "#/components/parameters/Loop"}, "text", {"name": "ok", "in": "query", "schema": "text"},
    ]);
    let mut document = document(&json!({"/x/{id}": {"get": {"parameters": parameters}}}));
    document["components"] =
        json!({"parameters": {"Loop": {"$ref": "#/components/parameters/Loop"}}});
    let compiled = compiled(&document);
    let names: Vec<_> = only(&compiled)
        .arguments
        .iter()
        .map(|own| own.name.as_str())
        .collect();
    assert_eq!(names, ["id", "ok"]);
    assert_eq!(
        compiled.report.problems.len(),
        10,
        "{:?}",
        compiled.report.problems
    );
    assert!(
        compiled
            .report
            .problems
            .iter()
            .all(|one| one.place == "GET /x/{id}")
    );
}

fn body_of(content: &Value) -> (String, BodyEncoding, Option<String>) {
    let compiled = compiled(&one(&json!({"requestBody": {"content": content}})));
    let body = only(&compiled).body.clone().unwrap();
    (body.media_type, body.encoding, body.whole)
}

#[test]
fn the_best_media_type_is_sent() {
    let cases: [(&[&str], &str, BodyEncoding); 10] = [
        (
            &["text/xml", "application/json; charset=utf-8"],
            "application/json; charset=utf-8",
            BodyEncoding::Json,
        ),
        (
            &["multipart/form-data", "application/vnd.api+json"],
            "application/vnd.api+json",
            BodyEncoding::Json,
        ),
        (
            &["multipart/form-data", "application/x-www-form-urlencoded"],
            "application/x-www-form-urlencoded",
            BodyEncoding::Form,
        ),
        (
            &["application/octet-stream", "multipart/form-data"],
            "multipart/form-data",
            BodyEncoding::Multipart,
        ),
        (
            &["text/plain", "application/octet-stream"],
            "application/octet-stream",
            BodyEncoding::Binary,
        ),
        (&["application/xml"], "application/xml", BodyEncoding::Text),
        (&["image/*"], "image/*", BodyEncoding::Binary),
        (&["*/*"], "application/json", BodyEncoding::Json),
        (
            &["application/x-ndjson"],
            "application/x-ndjson",
            BodyEncoding::Text,
        ),
        (
            &["application/pdf"],
            "application/pdf",
            BodyEncoding::Binary,
        ),
    ];
    for (offered, media_type, encoding) in cases {
        let content: Value = offered
            .iter()
            .map(|name| ((*name).to_owned(), json!({"schema": {"type": "string"}})))
            .collect();
        let (chosen, how, whole) = body_of(&content);
        assert_eq!(
            (chosen.as_str(), how),
            (media_type, encoding),
            "{offered:?}"
        );
        assert_eq!(whole.as_deref(), Some("body"), "{offered:?}");
    }
    let compiled = compiled(&one(&json!({"requestBody": {"content": {"a\r\nb": {}}}})));
    assert!(only(&compiled).body.is_none() && !compiled.report.is_clean());
}

#[test]
fn files_are_objects_that_name_an_upload() {
    let schema = json!({"type": "object", "properties": {
        "photo": {"type": "string", "format": "binary", "description": "A photo"},
        "more": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "title": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}},
    }});
    let compiled = compiled(&one(
        &json!({"requestBody": {"content": {"multipart/form-data": {
            "schema": schema, "encoding": {"title": {"contentType": "text/markdown"}, "tags": {"style": "form", "explode": false}},
        }}}}),
    ));
    let plan = only(&compiled);
    let properties = plan.input.to_value()["properties"].clone();
    let names = json!(["name", "mimetype", "s3key"]);
    assert_eq!(properties["photo"]["required"], names);
    assert_eq!(properties["photo"]["file_uploadable"], true);
    assert_eq!(properties["photo"]["description"], "A photo");
    assert_eq!(properties["more"]["items"]["required"], names);
    assert_eq!(properties["title"], json!({"type": "string"}));
    assert_eq!(
        argument(&plan.arguments, "title").media_type.as_deref(),
        Some("text/markdown")
    );
    assert!(!argument(&plan.arguments, "tags").explode);
    assert_valid(&plan.input.to_value());
}

#[test]
fn the_result_is_the_first_success_with_a_body() {
    let cases = [
        (
            json!({"default": {"content": {"application/json": {"schema": {"type": "string"}}}}, "204": {}}),
            json!({"type": "string"}),
        ),
        (
            json!({"201": {"content": {"application/json": {"schema": {"type": "integer"}}}}, "200": {"description": "x"}}),
            json!({"type": "integer"}),
        ),
        (
            json!({"2XX": {"content": {"application/hal+json": {"schema": {"type": "object"}}}}, "404": {"content": {"application/json": {"schema": {"type": "null"}}}}}),
            json!({"type": "object"}),
        ),
        (
            json!({"200": {"content": {"text/html": {}}}}),
            json!({"type": "string"}),
        ),
        (
            json!({"200": {"content": {"application/json": {}}}}),
            json!({}),
        ),
        (
            json!({"200": {"$ref": "#/components/responses/None"}}),
            json!({}),
        ),
        (
            json!({"200": {"$ref": "#/components/responses/Loop"}}),
            json!({}),
        ),
        (json!("text"), json!({})),
    ];
    for (responses, expected) in cases {
        let mut document = one(&json!({"responses": responses}));
        document["components"] =
            json!({"responses": {"Loop": {"$ref": "#/components/responses/Loop"}}});
        let compiled = compiled(&document);
        assert_eq!(
            compiled.toolkit.output_schema(only(&compiled)).to_value(),
            expected,
            "{responses}"
        );
    }
    let compiled = compiled(&one(
        &json!({"responses": {"200": {"content": {"image/png": {}}}}}),
    ));
    let output = only(&compiled).output.to_value();
    assert_eq!(output["properties"]["file"]["file_downloadable"], true);
    assert_valid(&output);
}

#[test]
fn tags_tell_what_a_method_does_and_cannot_be_forged() {
    let forged = json!([
        "readOnlyHint",
        "IMPORTANT",
        "idempotenthint",
        "mcpIgnore",
        "pets",
        "pets",
        5,
        ""
    ]);
    let cases: [(&str, &[&str]); 5] = [
        ("get", &["readOnlyHint", "idempotentHint"]),
        ("put", &["updateHint", "idempotentHint"]),
        ("delete", &["destructiveHint", "idempotentHint"]),
        ("post", &["createHint"]),
        ("patch", &["updateHint"]),
    ];
    for (method, hints) in cases {
        let compiled = compiled(&document(&json!({"/x": {method: {"tags": forged}}})));
        let plan = only(&compiled);
        let mut expected = vec!["pets"];
        expected.extend(hints);
        expected.push("openWorldHint");
        assert_eq!(plan.tags, expected, "{method}");
        assert_eq!(
            plan.idempotent,
            hints.contains(&"idempotentHint"),
            "{method}"
        );
    }
    let marked = integration("important: [app_do_it, APP_NONE]\n");
    let document = one(&json!({"x-idempotent": true, "deprecated": true}));
    let compiled = compile(marked, document.to_string().as_bytes(), "1").unwrap();
    let plan = only(&compiled);
    assert_eq!(
        plan.tags,
        ["important", "createHint", "idempotentHint", "openWorldHint"]
    );
    assert!(plan.idempotent && plan.deprecated && plan.no_auth);
    assert_eq!(
        compiled.report.problems[0].problem,
        "APP_NONE is no tool of the document"
    );
}

#[test]
fn of_a_large_app_the_tools_at_its_centre_are_marked_and_of_a_small_one_none() {
    let path = |number: usize| match number {
        0 => "/orders".to_owned(),
        1 => "/orders/{id}".to_owned(),
        2 => "/obscure/corner/of/it".to_owned(),
        other => format!("/orders/{{id}}/parts/number{other}/of/it"),
    };
    let paths = |count: usize| -> serde_json::Map<String, Value> {
        let operation = |number| {
            let summary = format!("Do a longer thing number {number}");
            json!({"get": {"summary": summary, "deprecated": number == 7, "tags": [format!("g{number}")]}})
        };
        (0..count)
            .map(|number| (path(number), operation(number)))
            .collect()
    };
    let marked = |count: usize| -> Vec<String> {
        let compiled = compiled(&document(&Value::Object(paths(count))));
        let tools = compiled.toolkit.tools.values();
        let marked = tools.filter(|plan| plan.tags.contains(&"important".to_owned()));
        marked.map(|plan| plan.path.clone()).collect()
    };
    assert!(marked(24).is_empty());
    let large = marked(60);
    assert_eq!(large.len(), 24);
    assert!(large.contains(&path(0)) && large.contains(&path(1)));
    assert!(!large.contains(&path(7)), "it is deprecated");
}

#[test]
fn a_large_app_of_few_groups_has_as_many_marked_as_others() {
    let marked = |groups: usize| -> Vec<String> {
        let paths = (0..90).map(|number| {
            let tag = format!("g{}", number % groups);
            let summary = format!("Do it {}", "longer ".repeat(number / groups));
            let operation = json!({"get": {"summary": summary, "tags": [tag]}});
            (format!("/things{number}"), operation)
        });
        let paths: serde_json::Map<String, Value> = paths.collect();
        let compiled = compiled(&document(&Value::Object(paths)));
        let tools = compiled.toolkit.tools.values();
        let marked = tools.filter(|plan| plan.tags.contains(&"important".to_owned()));
        marked.map(|plan| plan.tags[0].clone()).collect()
    };
    for (groups, of_the_first) in [(1, 24), (2, 12), (6, 4), (30, 1)] {
        let marked = marked(groups);
        assert_eq!(marked.len(), 24, "{groups}");
        let count = marked.iter().filter(|tag| *tag == "g0").count();
        assert_eq!(count, of_the_first, "{groups}");
    }
}

#[test]
fn scopes_are_those_of_the_first_alternative_that_has_any() {
    let cases = [
        (json!(null), vec!["all"], false),
        (json!([]), vec![], true),
        (json!([{}]), vec![], true),
        (json!([{}, {"oauth": ["a"]}]), vec!["a"], false),
        (
            json!([{"key": ["ignored"]}, {"oauth": ["a", "b", "a"]}, {"oidc": ["c"]}]),
            vec!["a", "b"],
            false,
        ),
        (json!("broken"), vec!["all"], false),
    ];
    for (security, scopes, no_auth) in cases {
        let mut document = one(&json!({}));
        if !security.is_null() {
            document["paths"]["/thing"]["post"]["security"] = security.clone();
        }
        document["security"] = json!([{"oauth": ["all"]}]);
        document["components"] = json!({"securitySchemes": {
            "oauth": {"type": "oauth2"}, "oidc": {"type": "openIdConnect"}, "key": {"type": "apiKey", "in": "header", "name": "k"},
        }});
        let compiled = compiled(&document);
        let plan = only(&compiled);
        assert_eq!(
            (
                plan.scopes.iter().map(String::as_str).collect::<Vec<_>>(),
                plan.no_auth
            ),
            (scopes, no_auth),
            "{security}"
        );
    }
}

#[test]
fn documents_that_waive_nearly_everything_are_not_believed() {
    let waived = |count: usize| {
        let paths: Value = (0..12)
            .map(|index| {
                let operation = if index < count {
                    json!({"security": []})
                } else {
                    json!({})
                };
                (format!("/{index}"), json!({"get": operation}))
            })
            .collect();
        let mut document = document(&paths);
        document["security"] = json!([{"key": []}]);
        let compiled = compiled(&document);
        let free = compiled
            .toolkit
            .tools
            .values()
            .filter(|plan| plan.no_auth)
            .count();
        (free, compiled.report.problems.len())
    };
    assert_eq!(waived(6), (6, 0));
    assert_eq!(waived(7), (0, 1));
}

#[test]
fn servers_are_made_absolute_where_the_document_says_how() {
    let cases = [
        (
            json!([{"url": "https://{region}.example.com:{port}/v1/", "variables": {"region": {"default": "eu"}, "port": {"default": 443, "enum": ["443"]}}}]),
            Some("https://{{region}}.example.com:443/v1"),
        ),
        (
            json!([{"url": "https://{region}.example.com", "variables": {"region": {"enum": ["us"]}}}]),
            Some("https://us.example.com"),
        ),
        (json!([{"url": "https://{region}.example.com"}]), None),
        (json!([{"url": "/v1"}]), None),
        (json!([{"url": "https://user:secret@example.com"}]), None),
        (json!([{"url": "ftp://example.com"}]), None),
        (json!([{"url": "https://a.com{b"}]), None),
        (json!([]), None),
        (json!(null), None),
    ];
    for (servers, expected) in cases {
        let mut document = one(&json!({}));
        document["servers"] = servers.clone();
        let compiled = compiled(&document);
        assert_eq!(compiled.toolkit.base_url.as_deref(), expected, "{servers}");
        assert_eq!(compiled.report.is_clean(), expected.is_some(), "{servers}");
        assert!(!format!("{:?}", compiled.report).contains("secret"));
    }
}

#[test]
fn own_servers_are_kept_and_every_host_is_listed() {
    let app = integration("proxy: {base_url: 'https://{{base_url}}/v2'}\n");
    let document = document(&json!({
        "/upload": {"post": {"summary": "a", "servers": [{"url": "https://upload.example.com/"}]}},
        "/path": {"servers": [{"url": "/v9"}], "get": {"summary": "b"}},
        "/same": {"get": {"summary": "c", "servers": [{"url": "https://api.example.com/v1"}]}},
    }));
    let compiled = compile(app, document.to_string().as_bytes(), "1").unwrap();
    let servers: Vec<_> = compiled
        .toolkit
        .tools
        .values()
        .map(|plan| plan.server.as_deref())
        .collect();
    let found: HashSet<_> = servers.into_iter().collect();
    assert_eq!(
        found,
        HashSet::from([
            Some("https://upload.example.com"),
            Some("https://api.example.com/v9"),
            None
        ])
    );
    let hosts: HashSet<String> = compiled.toolkit.hosts().into_iter().collect();
    assert_eq!(hosts.len(), 4);
    assert!(
        hosts.contains("https://{{base_url}}/v2") && hosts.contains("https://api.example.com/v1")
    );
}

#[test]
fn one_bad_operation_costs_only_itself() {
    let compiled = compiled(&document(&json!({
        "/good": {"get": {"summary": "Good"}, "post": "text", "parameters": "text", "x-own": {}, "trace": {}},
        "/../up": {"get": {"summary": "Up"}},
        "no-slash": {"get": {}},
        "/null": null,
        "/loop": {"$ref": "#/paths/~1loop"},
        "/other": {"$ref": "other.yaml"},
        "/alias": {"$ref": "#/paths/~1good"},
        "/line\nbreak": {"get": {"summary": "Line"}},
        "x-extension": {"get": {}},
    })));
    let tools: Vec<_> = compiled.toolkit.tools.keys().map(String::as_str).collect();
    assert_eq!(tools.len(), 2, "{tools:?}");
    assert!(tools.contains(&"APP_GOOD"));
    assert_eq!(
        compiled.report.skipped.len(),
        9,
        "{:?}",
        compiled.report.skipped
    );
    assert_eq!((compiled.report.operations, compiled.report.tools), (5, 2));
}

#[test]
fn documents_without_operations_give_an_empty_toolkit_and_a_line() {
    for rest in [
        json!({}),
        json!({"paths": {}}),
        json!({"webhooks": {"a": {"post": {}}}}),
        json!({"paths": []}),
    ] {
        let mut document = document(&json!({}));
        document.as_object_mut().unwrap().remove("paths");
        for (name, value) in rest.as_object().unwrap() {
            document[name] = value.clone();
        }
        let compiled = compiled(&document);
        assert!(compiled.toolkit.tools.is_empty());
        assert_eq!(
            compiled.report.problems[0].problem,
            "the document describes no operation"
        );
    }
}

#[test]
fn small_documents_cannot_make_large_toolkits() {
    let large: Value = (0..1_500)
        .map(|index| (format!("member_with_a_name_{index}"), json!({})))
        .collect();
    let operation = json!({"requestBody": {"$ref": "#/components/requestBodies/Large"}});
    let paths: Value = (0..600)
        .map(|index| (format!("/{index}"), json!({"post": operation})))
        .collect();
    let mut document = document(&paths);
    document["components"] = json!({"requestBodies": {"Large": {"content": {"application/json": {
        "schema": {"type": "object", "properties": large},
    }}}}});
    assert!(matches!(
        try_compiled(&document),
        Err(CompileError::TooLarge(_))
    ));
}

#[test]
fn an_operation_with_a_huge_schema_is_skipped() {
    let enumeration: Vec<String> = (0..60_000)
        .map(|index| format!("a value with the number {index}"))
        .collect();
    let compiled = compiled(&one(&json_body(
        &json!({"type": "object", "properties": {"x": {"enum": enumeration}}}),
    )));
    assert!(compiled.toolkit.tools.is_empty());
    assert!(compiled.report.skipped[0].problem.contains("1 MiB"));
}

#[test]
fn hidden_characters_and_markup_do_not_reach_the_model() {
    let compiled = compiled(&one(&json!({
        "summary": "Do\u{202E} it\u{200B}",
        "description": "<p>Does <b>it</b></p>\u{E0049}\u{E0067} [now](https://evil.example)\u{0}",
        "tags": ["a\u{200B}b"],
        "parameters": [{"name": "q", "in": "query", "description": "x\u{2066}y", "schema": {"title": "t\u{E0001}", "type": "string"}}],
    })));
    let plan = only(&compiled);
    assert_eq!(
        (plan.name.as_str(), plan.description.as_str()),
        ("Do it", "Does it\nnow")
    );
    assert_eq!(plan.tags[0], "ab");
    assert_eq!(
        plan.input.to_value()["properties"]["q"],
        json!({"description": "xy", "title": "t", "type": "string"})
    );
}

#[test]
fn the_wire_sees_the_envelope_and_the_facts() {
    let mut document = one(
        &json!({"responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}}),
    );
    document["components"] = json!({"schemas": {"A": {"type": "object"}}});
    let compiled = compiled(&document);
    let toolkit = &compiled.toolkit;
    let tool: models::Tool = toolkit.tool_model(only(&compiled));
    assert_eq!(
        (tool.slug.as_str(), tool.version.as_str()),
        ("APP_DO_IT", "20260101_00")
    );
    assert_eq!(tool.available_versions, ["20260101_00"]);
    let output = tool.output_parameters.to_value();
    assert_valid(&output);
    assert_eq!(output["properties"]["data"], json!({"$ref": "#/$defs/A"}));
    assert_eq!(output["required"], json!(["data", "successful"]));
    assert_eq!(output["$defs"], json!({"A": {"type": "object"}}));
    let wire = toolkit.toolkit_model();
    assert_eq!((wire.slug.as_str(), wire.meta.tools_count), ("app", 1));
    assert_eq!(wire.auth_schemes, [AuthScheme::ApiKey]);
    assert_eq!(wire.auth_config_details.unwrap().len(), 1);
}

#[test]
fn a_toolkit_survives_storage() {
    let mut document = one(&json_body(
        &json!({"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}}),
    ));
    document["components"] = json!({"schemas": {"A": {"type": "object", "default": {"b": 1.0}}}});
    let toolkit = compiled(&document).toolkit;
    let text = toolkit.to_stored().unwrap();
    let stored = Toolkit::from_stored(text.clone()).unwrap();
    assert_eq!(stored.to_stored().unwrap(), text);
    let plan = stored.tools.get_index(0).unwrap();
    assert_eq!(
        stored.input_schema(plan).as_str(),
        toolkit
            .input_schema(toolkit.tools.get_index(0).unwrap())
            .as_str()
    );
}

#[test]
fn yaml_and_json_compile_alike() {
    let yaml = "openapi: 3.0.3\ninfo: {title: App, version: 1.0}\nservers: [{url: https://api.example.com/v1/}]\npaths:\n  /thing:\n    get:\n      summary: Get it\n      responses:\n        200:\n          content:\n            application/json:\n              schema: {type: string, enum: [no, 'off', 1]}\n";
    let from_yaml = compile(app(), yaml.as_bytes(), "1").unwrap();
    let json = document(
        &json!({"/thing": {"get": {"summary": "Get it", "responses": {"200": {"content": {"application/json": {
        "schema": {"type": "string", "enum": ["no", "off", 1]}}}}}}}}),
    );
    let from_json = compile(app(), json.to_string().as_bytes(), "1").unwrap();
    assert_eq!(
        serde_json::to_value(&from_yaml.toolkit).unwrap(),
        serde_json::to_value(&from_json.toolkit).unwrap()
    );
}

#[test]
fn a_document_cannot_lead_out_of_the_hosts_that_the_app_names() {
    let compiled = |hosts: &str| {
        let yaml = format!("name: Demo\nunique_key: demo\nhosts: {hosts}");
        let integration = crate::Integration::parse(yaml.as_bytes()).unwrap();
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "d", "version": "1"},
            "servers": [{"url": "https://api.demo.example/v1"}],
            "paths": {
                "/me": {"get": {"summary": "Who am I", "responses": {}}},
                "/up": {
                    "servers": [{"url": "https://uploads.demo.example"}],
                    "post": {"summary": "Upload", "responses": {}}
                }
            }
        });
        compile(integration, document.to_string().as_bytes(), "20260101_00").unwrap()
    };
    let open = compiled("[]").toolkit;
    assert_eq!(open.hosts, ["api.demo.example", "uploads.demo.example"]);
    let server = |toolkit: &Toolkit| toolkit.tools.get("DEMO_UPLOAD").unwrap().server.clone();
    assert_eq!(
        server(&open).as_deref(),
        Some("https://uploads.demo.example")
    );

    let narrow = compiled("[api.demo.example]");
    assert_eq!(narrow.toolkit.hosts, ["api.demo.example"]);
    assert_eq!(server(&narrow.toolkit), None);
    assert!(
        narrow.report.problems[0]
            .problem
            .contains("uploads.demo.example")
    );

    let elsewhere = compiled("['*.other.example']");
    assert_eq!(elsewhere.toolkit.base_url, None);
    assert!(
        elsewhere.report.problems[0]
            .problem
            .contains("api.demo.example")
    );
}
