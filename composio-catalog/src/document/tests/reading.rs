use serde_json::json;

use crate::CompileError;
use crate::document::{Document, Node, Unresolved, read};

fn as_json(text: &str) -> serde_json::Value {
    serde_json::to_value(read(text.as_bytes()).unwrap()).unwrap()
}

#[test]
fn json_and_yaml_read_alike() {
    let expected = json!({"200": {"a": [1, -2, 1.5, true, null, "no"]}, "z": {}});
    assert_eq!(
        as_json(r#"{"200": {"a": [1, -2, 1.5, true, null, "no"]}, "z": {}}"#),
        expected
    );
    assert_eq!(
        as_json("200:\n  a: [1, -2, 1.5, true, null, no]\nz: {}\n"),
        expected
    );
    assert_eq!(as_json("\u{FEFF}{\"a\": 1}"), json!({"a": 1}));
    assert_eq!(
        as_json("zip: 01234\nmode: 0x10\n"),
        json!({"zip": "01234", "mode": 16})
    );
}

#[test]
fn members_keep_their_order_and_the_last_of_equals_counts() {
    for text in [r#"{"b": 1, "a": 2, "b": 3}"#, "b: 1\na: 2\nb: 3\n"] {
        let node = read(text.as_bytes()).unwrap();
        let entries: Vec<_> = node
            .entries()
            .iter()
            .map(|(name, _)| name.as_ref())
            .collect();
        assert_eq!(entries, ["b", "a"], "{text}");
        assert_eq!(node.get("b"), Some(&Node::Number(3.into())), "{text}");
    }
    let many: String = (0..40)
        .map(|index| format!("\"k{}\":{index},", index % 20))
        .collect();
    let node = format!("{{{}}}", many.trim_end_matches(','));
    let node = read(node.as_bytes()).unwrap();
    assert_eq!(node.entries().len(), 20);
    assert_eq!(node.get("k0"), Some(&Node::Number(20.into())));
}

#[test]
fn broken_texts_say_where() {
    let cases = [
        (r#"{"a": [1, 2"#, "line 1 column 11"),
        (r#"{"a": 1} x"#, "trailing characters"),
        ("a: [1, 2\nb: 3\n", "line"),
        ("a: 1\n  b: 2\n", "line 2"),
        ("a: *nothing\n", "line 1"),
    ];
    for (text, part) in cases {
        match read(text.as_bytes()) {
            Err(CompileError::Syntax(message)) => assert!(message.contains(part), "{message}"),
            other => panic!("{text}: {other:?}"),
        }
    }
    assert!(matches!(
        read(b"{\"a\": \"\xff\"}"),
        Err(CompileError::Syntax(_))
    ));
    assert!(matches!(read(b" \n"), Err(CompileError::NotOpenApi(_))));
}

#[test]
fn deep_nesting_is_refused_in_both_languages() {
    let json = format!("{{\"a\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let flow = format!("a: {}1{}", "[".repeat(300), "]".repeat(300));
    let block: String = (0..300)
        .map(|depth| format!("{}a:\n", " ".repeat(depth)))
        .collect();
    for text in [json, flow, block] {
        let error = read(text.as_bytes()).unwrap_err();
        assert!(
            matches!(error, CompileError::TooLarge(_) | CompileError::Syntax(_)),
            "{error}"
        );
    }
}

#[test]
fn alias_bombs_are_refused_quickly() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let started = std::time::Instant::now();
    assert!(read(bomb.as_bytes()).is_err());
    assert!(started.elapsed().as_secs() < 20);
}

#[test]
fn too_many_values_are_refused() {
    let text = format!("{{\"a\":[{}0]}}", "0,".repeat(500_000));
    assert!(matches!(
        read(text.as_bytes()),
        Err(CompileError::TooLarge(_))
    ));
}

#[test]
fn only_openapi_3_with_a_title_and_a_version_is_accepted() {
    let info = json!({"title": "App", "version": "1"});
    let cases = [
        (
            json!({"swagger": "1.2", "info": info}),
            "Swagger 1.2 is not supported yet",
        ),
        (
            json!({"openapi": "4.0.0", "info": info}),
            "OpenAPI 4.0.0 is not supported yet",
        ),
        (json!({"discoveryVersion": "v1"}), "`info.title` is missing"),
        (json!({"info": info}), "no `openapi` member"),
        (json!({"openapi": "3.0.0"}), "no `info` section"),
        (
            json!({"openapi": "3.0.0", "info": {"version": "1"}}),
            "`info.title` is missing",
        ),
        (
            json!({"openapi": "3.0.0", "info": {"title": "App", "version": " "}}),
            "`info.version` is missing",
        ),
        (json!([1]), "no `openapi` member"),
    ];
    for (document, expected) in cases {
        let text = format!(" {document}");
        let root = read(text.as_bytes()).unwrap();
        let message = Document::new(&root).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
    let yaml = "openapi: 3.1\ninfo: {title: App, version: 1.0}\n";
    assert!(
        Document::new(&read(yaml.as_bytes()).unwrap())
            .unwrap()
            .is_modern
    );
}

#[test]
fn references_are_decoded_and_followed() {
    let text = json!({
        "openapi": "3.0.0",
        "info": {"title": "App", "version": "1"},
        "components": {"schemas": {"a/b c": {"x": 1}, "Loop": {"$ref": "#/components/schemas/Pool"},
            "Pool": {"$ref": "#/components/schemas/Loop"}, "Alias": {"$ref": "#/components/schemas/a~1b%20c"}}},
        "paths": {"/users/{id}": {"get": {"parameters": [{"name": "id"}]}}},
    })
    .to_string();
    let root = read(text.as_bytes()).unwrap();
    let document = Document::new(&root).unwrap();
    for reference in [
        "#/components/schemas/a~1b c",
        "#/components/schemas/a~1b%20c",
        "#/components/schemas/a%2Fb%20c",
        "#/paths/~1users~1%7Bid%7D/get/parameters/0",
    ] {
        assert!(document.resolve(reference).is_ok(), "{reference}");
    }
    for (reference, problem) in [
        ("#/components/schemas/None", Unresolved::Dangling),
        ("#/components/schemas/a~1b c/x/y", Unresolved::Dangling),
        (
            "#/paths/~1users~1%7Bid%7D/get/parameters/7",
            Unresolved::Dangling,
        ),
        ("#anchor", Unresolved::Dangling),
        ("other.yaml#/a", Unresolved::External),
        ("https://example.com/spec.json#/a", Unresolved::External),
        ("file:///etc/passwd", Unresolved::External),
    ] {
        assert_eq!(document.resolve(reference), Err(problem), "{reference}");
    }
    let schema = |name| {
        document
            .resolve(&format!("#/components/schemas/{name}"))
            .unwrap()
    };
    assert!(document.follow(schema("Alias")).unwrap().get("x").is_some());
    assert_eq!(document.follow(schema("Loop")), Err(Unresolved::Cyclic));
}
