//! Swagger 2.0 and Google's Discovery format, from the document to the plan.

use serde_json::{Value, json};

use crate::{
    Argument, BodyEncoding, CompileError, Compiled, Location, Style, ToolPlan,
    tests::documents::{assert_valid, try_compiled},
};

fn swagger(members: &Value) -> Value {
    let mut document = json!({
        "swagger": "2.0",
        "info": {"title": "Old", "version": "1"},
        "host": "old.example",
        "basePath": "/api",
        "schemes": ["http", "https"],
        "consumes": ["application/json"],
        "produces": ["application/json"],
    });
    for (name, value) in members.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

fn compiled(document: &Value) -> Compiled {
    let compiled = try_compiled(document).unwrap();
    for plan in compiled.toolkit.tools.values() {
        assert_valid(&compiled.toolkit.input_schema(plan).to_value());
        assert_valid(&compiled.toolkit.output_schema(plan).to_value());
    }
    compiled
}

fn argument<'p>(plan: &'p ToolPlan, name: &str) -> &'p Argument {
    let found = plan.arguments.iter().find(|argument| argument.name == name);
    found.unwrap_or_else(|| panic!("no {name} in {:?}", plan.arguments))
}

#[test]
fn a_swagger_operation_becomes_a_tool() {
    let compiled = compiled(&swagger(&json!({
        "parameters": {"page": {"name": "page", "in": "query", "type": "integer", "default": 1}},
        "definitions": {"Pet": {"type": "object", "required": ["name"], "discriminator": "kind", "properties": {
            "name": {"type": "string"}, "kind": {"type": "string"}, "note": {"type": "string", "x-nullable": true},
            "friend": {"$ref": "#/definitions/Pet"}}}},
        "responses": {"Pets": {"description": "ok", "schema": {"type": "array", "items": {"$ref": "#/definitions/Pet"}}}},
        "paths": {"/pets/{shop}": {
            "parameters": [{"name": "shop", "in": "path", "required": true, "type": "string"}],
            "post": {"summary": "Add a pet", "parameters": [
                {"$ref": "#/parameters/page"},
                {"name": "tags", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "pipes"},
                {"name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}},
                {"name": "each", "in": "query", "type": "array", "items": {"type": "integer"}, "collectionFormat": "multi"},
                {"name": "pet", "in": "body", "required": true, "schema": {"$ref": "#/definitions/Pet"}}],
                "responses": {"200": {"$ref": "#/responses/Pets"}}},
        }},
    })));
    assert!(compiled.report.is_clean(), "{:?}", compiled.report);
    let toolkit = &compiled.toolkit;
    assert_eq!(toolkit.base_url.as_deref(), Some("https://old.example/api"));
    let plan = toolkit.tools.get("APP_ADD_A_PET").unwrap();
    let mut names: Vec<&str> = plan.arguments.iter().map(|own| own.name.as_str()).collect();
    // In which order objects are read is a feature of the parser's, which any crate may turn on.
    names.sort_unstable();
    let expected = [
        "each", "friend", "ids", "kind", "name", "note", "page", "shop", "tags",
    ];
    assert_eq!(names, expected);
    assert_eq!(argument(plan, "tags").style, Style::PipeDelimited);
    let (ids, each) = (argument(plan, "ids"), argument(plan, "each"));
    assert_eq!((ids.style, ids.explode), (Style::Form, false));
    assert_eq!((each.style, each.explode), (Style::Form, true));
    let input = toolkit.input_schema(plan).to_value();
    assert_eq!(input["required"], json!(["shop", "name"]));
    assert_eq!(
        input["properties"]["note"]["type"],
        json!(["string", "null"])
    );
    let output = toolkit.output_schema(plan).to_value();
    assert!(output.to_string().contains("\"Pet\""), "{output}");
}

#[test]
fn swagger_forms_and_files_are_sent_as_such() {
    let field = |name: &str, kind: &str| json!({"name": name, "in": "formData", "type": kind, "required": name == "a"});
    let compiled = compiled(&swagger(&json!({
        "consumes": [],
        "parameters": {"Shared": {"name": "b", "in": "formData", "type": "array", "items": {"type": "string"},
            "collectionFormat": "multi", "description": "Shared."}},
        "paths": {
            "/form": {"post": {"summary": "Form", "parameters": [field("a", "string"), {"$ref": "#/parameters/Shared"}],
                "responses": {}}},
            "/file": {"post": {"summary": "File", "parameters": [field("a", "string"), field("f", "file")], "responses": {}},
                "get": {"summary": "Fetch", "produces": ["image/png"],
                    "responses": {"200": {"description": "ok", "schema": {"type": "file"}}}}},
            "/shared": {"parameters": [{"name": "x", "in": "body", "schema": {"type": "string"}}],
                "put": {"summary": "Put", "consumes": ["text/plain"], "responses": {}},
                "post": {"summary": "Post", "responses": {}}},
        },
    })));
    assert!(compiled.report.is_clean(), "{:?}", compiled.report);
    let tool = |slug: &str| compiled.toolkit.tools.get(slug).unwrap().clone();
    let form = tool("APP_FORM");
    assert_eq!(form.body.as_ref().unwrap().encoding, BodyEncoding::Form);
    assert!(argument(&form, "b").explode && argument(&form, "a").required);
    let file = tool("APP_FILE");
    assert_eq!(
        file.body.as_ref().unwrap().encoding,
        BodyEncoding::Multipart
    );
    let input = compiled.toolkit.input_schema(&file).to_value();
    assert_eq!(input["properties"]["f"]["file_uploadable"], json!(true));
    let fetched = compiled
        .toolkit
        .output_schema(&tool("APP_FETCH"))
        .to_value();
    assert!(
        fetched.to_string().contains("file_downloadable"),
        "{fetched}"
    );
    assert_eq!(
        tool("APP_PUT").body.as_ref().unwrap().encoding,
        BodyEncoding::Text
    );
    assert_eq!(
        tool("APP_POST").body.as_ref().unwrap().media_type,
        "application/json"
    );
    assert!(argument(&form, "a").location == Location::Body);
}

#[test]
fn swagger_credentials_are_derived() {
    let document = swagger(&json!({
        "paths": {"/me": {"get": {"summary": "Me", "responses": {}}}},
        "securityDefinitions": {
            "login": {"type": "basic"},
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "oauth": {"type": "oauth2", "flow": "accessCode", "authorizationUrl": "https://old.example/a",
                "tokenUrl": "https://old.example/t", "scopes": {"read": "Reads."}}},
        "security": [{"oauth": ["read"]}],
    }));
    let (integration, _) =
        crate::Integration::of_document("old", document.to_string().as_bytes()).unwrap();
    let mut modes: Vec<&str> = integration
        .auth_schemes
        .iter()
        .map(|scheme| scheme.auth_mode.as_str())
        .collect();
    modes.sort_unstable();
    assert_eq!(modes, ["API_KEY", "BASIC", "BEARER_TOKEN"]);
    let compiled = compiled(&document);
    let me = compiled.toolkit.tools.get("APP_ME").unwrap();
    assert_eq!(me.scopes, ["read"]);
}

#[test]
fn swagger_that_makes_no_sense_costs_no_more_than_itself() {
    for members in [
        json!({"paths": []}),
        json!({"paths": {"/a": []}}),
        json!({"paths": {"/a": {"get": 1, "parameters": {}}}}),
        json!({"paths": {"/a": {"get": {"parameters": [1, null, {"in": "body"}, {"in": "formData"}], "responses": []}}}}),
        json!({"paths": {"/a": {"get": {"parameters": [{"$ref": "#/parameters/gone"}], "responses": {"200": 1}}}}}),
        json!({"parameters": {"a": {"$ref": "#/parameters/a"}}, "paths": {"/a": {"get": {"parameters": [{"$ref": "#/parameters/a"}]}}}}),
        json!({"definitions": {"a": {"$ref": "#/definitions/a"}}, "paths": {"/a": {"post": {"parameters": [{"in": "body", "name": "b", "schema": {"$ref": "#/definitions/a"}}]}}}}),
        json!({"host": "{evil}", "schemes": ["wss"], "consumes": [1], "produces": {}}),
    ] {
        let compiled = compiled(&swagger(&members));
        assert!(compiled.toolkit.tools.len() <= 1);
    }
}

#[test]
fn a_body_that_many_operations_share_cannot_fill_the_memory() {
    let large: Vec<Value> = (0..2_000).map(|at| json!({"enum": [at]})).collect();
    let methods = json!({"get": {}, "put": {}, "post": {}, "patch": {}, "delete": {}});
    let paths: serde_json::Map<String, Value> = (0..300)
        .map(|at| {
            let mut item = methods.clone();
            item["parameters"] = json!([{"$ref": "#/parameters/large"}]);
            (format!("/{at}"), item)
        })
        .collect();
    let document = swagger(&json!({
        "parameters": {"large": {"name": "large", "in": "body", "schema": {"anyOf": large}}},
        "paths": paths,
    }));
    let refused = try_compiled(&document).unwrap_err();
    assert!(matches!(refused, CompileError::TooLarge(_)), "{refused}");
}

fn discovery(members: &Value) -> Value {
    let mut document = json!({
        "kind": "discovery#restDescription", "discoveryVersion": "v1", "name": "desk", "version": "v1",
        "title": "Desk API", "rootUrl": "https://desk.googleapis.example/", "servicePath": "desk/v1/",
        "parameters": {"alt": {"type": "string", "location": "query"}},
    });
    for (name, value) in members.as_object().unwrap() {
        document[name] = value.clone();
    }
    document
}

/// Tickets and their notes.
fn tickets() -> Compiled {
    compiled(&discovery(&json!({
        "auth": {"oauth2": {"scopes": {"https://s/all": {"description": "All."}, "https://s/read": {"description": "Some."}}}},
        "schemas": {
            "Ticket": {"id": "Ticket", "type": "object", "properties": {
                "id": {"type": "string", "readOnly": true},
                "title": {"type": "string", "annotations": {"required": ["desk.tickets.insert"]}},
                "size": {"type": "integer", "format": "int32", "default": "3", "minimum": "1"},
                "more": {"type": "any"},
                "parent": {"$ref": "Ticket"},
                "byName": {"type": "object", "additionalProperties": {"$ref": "Ticket"}}}}},
        "resources": {"tickets": {"methods": {"insert": {
            "id": "desk.tickets.insert", "httpMethod": "POST", "path": "tickets/{person}", "description": "Opens a ticket.",
            "parameterOrder": ["person"],
            "parameters": {
                "labels": {"type": "string", "repeated": true, "location": "query", "enum": ["a", "b"], "enumDescriptions": ["", ""]},
                "max": {"type": "integer", "location": "query", "default": "10", "maximum": "50", "format": "uint32"},
                "person": {"type": "string", "location": "path", "required": true}},
            "request": {"$ref": "Ticket"}, "response": {"$ref": "Ticket"}, "scopes": ["https://s/all", "https://s/read"]}},
            "resources": {"notes": {"methods": {"get": {
                "id": "desk.tickets.notes.get", "httpMethod": "GET", "path": "v1/{+name}:read",
                "flatPath": "v1/tickets/{ticketsId}/notes/{notesId}:read",
                "parameters": {"name": {"type": "string", "location": "path", "required": true, "pattern": "^tickets/[^/]+$"}}}}}}}},
    })))
}

#[test]
fn a_discovery_method_becomes_a_tool() {
    let compiled = tickets();
    assert!(compiled.report.is_clean(), "{:?}", compiled.report);
    let toolkit = &compiled.toolkit;
    let base = toolkit.base_url.as_deref();
    assert_eq!(base, Some("https://desk.googleapis.example/desk/v1"));
    let insert = toolkit.tools.get("APP_TICKETS_INSERT").unwrap();
    assert_eq!(
        (&*insert.method, &*insert.path),
        ("POST", "/tickets/{person}")
    );
    assert_eq!(insert.scopes, ["https://s/all"]);
    assert!(insert.body.as_ref().unwrap().required);
    let input = toolkit.input_schema(insert).to_value();
    assert_eq!(input["properties"]["max"]["default"], json!(10));
    assert_eq!(input["properties"]["max"]["maximum"], json!(50));
    assert_eq!(input["properties"]["size"]["default"], json!(3));
    assert_eq!(input["properties"]["labels"]["type"], "array");
    assert!(
        input["properties"].get("id").is_none(),
        "read-only: {input}"
    );
    assert!(input["properties"].get("alt").is_none());
    assert!(argument(insert, "labels").explode);
    assert!(insert.tags.iter().any(|tag| tag == "tickets"));
}

#[test]
fn a_path_that_stands_for_several_segments_asks_for_each() {
    let compiled = tickets();
    let toolkit = &compiled.toolkit;
    let get = toolkit.tools.get("APP_TICKETS_NOTES_GET").unwrap();
    assert_eq!(get.path, "/v1/tickets/{ticketsId}/notes/{notesId}:read");
    let names: Vec<&str> = get.arguments.iter().map(|own| own.name.as_str()).collect();
    assert_eq!(names, ["ticketsId", "notesId"]);
}

#[test]
fn two_discovery_methods_at_one_place_are_both_tools() {
    let method = |id: &str| json!({"id": id, "httpMethod": "GET", "path": "all"});
    let compiled = compiled(&discovery(&json!({
        "methods": {"list": method("desk.list"), "scan": method("desk.scan")},
    })));
    assert_eq!(compiled.toolkit.tools.len(), 2);
}

#[test]
fn media_go_up_with_what_describes_them_and_come_down_alone() {
    let upload = |path: &str| json!({"accept": ["*/*"], "protocols": {"simple": {"multipart": true, "path": path}}});
    let compiled = compiled(&discovery(&json!({
        "schemas": {"File": {"id": "File", "type": "object", "properties": {"name": {"type": "string"}}}},
        "methods": {
            "create": {"id": "desk.create", "httpMethod": "POST", "path": "files/{+folder}", "flatPath": "files/{foldersId}/own",
                "request": {"$ref": "File"}, "mediaUpload": upload("/upload/desk/v1/files/{+folder}")},
            "raw": {"id": "desk.raw", "httpMethod": "PUT", "path": "raw", "mediaUpload": upload("/upload/desk/v1/raw")},
            "get": {"id": "desk.get", "path": "file", "supportsMediaDownload": true, "response": {"$ref": "File"}},
        },
    })));
    let toolkit = &compiled.toolkit;
    let tool = |slug: &str| toolkit.tools.get(slug).unwrap();
    assert_eq!(toolkit.tools.len(), 6);
    let up = tool("APP_CREATE_UPLOAD");
    assert_eq!(
        up.path,
        "/upload/desk/v1/files/{foldersId}/own?uploadType=multipart"
    );
    assert_eq!(
        up.server.as_deref(),
        Some("https://desk.googleapis.example")
    );
    let body = up.body.as_ref().unwrap();
    assert_eq!(
        (&*body.media_type, body.encoding),
        ("multipart/related", BodyEncoding::Related)
    );
    let input = toolkit.input_schema(up).to_value();
    let file = &input["properties"]["media_body"];
    assert_eq!(file["file_uploadable"], json!(true), "{input}");
    assert!(input["properties"]["name"].is_object());
    assert!(argument(up, "media_body").required);
    let raw = tool("APP_RAW_UPLOAD").body.as_ref().unwrap();
    assert_eq!(raw.encoding, BodyEncoding::Binary);
    let down = tool("APP_GET_DOWNLOAD");
    assert_eq!(down.path, "/file?alt=media");
    let output = toolkit.output_schema(down).to_value();
    assert!(output.to_string().contains("file_downloadable"), "{output}");
}

#[test]
fn discovery_that_makes_no_sense_costs_no_more_than_itself() {
    let mut deep = json!({});
    for _ in 0..12 {
        deep = json!({"resources": {"r": deep}});
    }
    for members in [
        json!({"resources": [], "schemas": [], "auth": 1}),
        json!({"methods": {"a": 1, "b": {}}}),
        json!({"methods": {"b": {"path": "{+x}", "parameters": {"x": 1}, "request": 1, "response": [], "scopes": [1]}}}),
        json!({"methods": {"b": {"path": "../{", "httpMethod": "BREW"}}}),
        json!({"methods": {"b": {"path": "{+x}", "mediaUpload": {"accept": 1, "protocols": {"simple": {"path": "/{+y}"}}}}}}),
        json!({"methods": {"b": {"path": "x", "mediaUpload": [], "supportsMediaDownload": "yes"}}}),
        json!({"schemas": {"a": {"properties": {"b": 1}, "items": 2, "additionalProperties": true}}}),
        deep,
    ] {
        let compiled = compiled(&discovery(&members));
        assert!(compiled.toolkit.tools.len() <= 2);
    }
}
