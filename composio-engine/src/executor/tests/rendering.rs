use composio_core::ErrorKind;
use serde_json::{Value, json};

use super::support::{argument, body, call, header, keyed, plan, plan_with, prepare, url};

fn query(more: Value, value: Value) -> String {
    let toolkit = keyed("https://x.com");
    let plan = plan_with("GET", "/do", &[argument("q", "query", more)]);
    let prepared = prepare(call(&toolkit, &plan, json!({"q": value}))).unwrap();
    prepared.url.query().unwrap_or("").to_owned()
}

#[test]
fn query_styles_are_written_as_openapi_says() {
    let list = json!(["blue", "black", "br own"]);
    let map = json!({"G": "a&b", "R": 100});
    for (more, value, expected) in [
        (
            json!({}),
            json!("a b&c=d/é+"),
            "q=a%20b%26c%3Dd%2F%C3%A9%2B",
        ),
        (json!({}), json!(7), "q=7"),
        (json!({}), json!(true), "q=true"),
        (json!({}), json!(1.5), "q=1.5"),
        (json!({}), list.clone(), "q=blue&q=black&q=br%20own"),
        (
            json!({"explode": false}),
            list.clone(),
            "q=blue,black,br%20own",
        ),
        (json!({}), map.clone(), "G=a%26b&R=100"),
        (
            json!({}),
            json!({"a": [1, "x y"], "b": {"c": 1}, "d": [], "e": [[1]]}),
            "a=1&a=x%20y&b=%7B%22c%22%3A1%7D&e=%5B%5B1%5D%5D",
        ),
        (json!({"explode": false}), map.clone(), "q=G,a%26b,R,100"),
        (
            json!({"style": "spaceDelimited", "explode": false}),
            list.clone(),
            "q=blue%20black%20br%20own",
        ),
        (
            json!({"style": "pipeDelimited", "explode": false}),
            list.clone(),
            "q=blue%7Cblack%7Cbr%20own",
        ),
        (
            json!({"style": "spaceDelimited"}),
            list,
            "q=blue&q=black&q=br%20own",
        ),
        (
            json!({"style": "deepObject"}),
            map,
            "q%5BG%5D=a%26b&q%5BR%5D=100",
        ),
        (
            json!({"style": "deepObject"}),
            json!({"a": {"b": [1, 2]}}),
            "q%5Ba%5D%5Bb%5D%5B0%5D=1&q%5Ba%5D%5Bb%5D%5B1%5D=2",
        ),
        (json!({"style": "deepObject"}), json!(["x"]), "q%5B0%5D=x"),
        (
            json!({"allow_reserved": true}),
            json!("a/b?c:d,e&f#g=h+i"),
            "q=a/b?c:d,e%26f%23g%3Dh%2Bi",
        ),
        (
            json!({"wire_name": "filter[x]"}),
            json!("v"),
            "filter%5Bx%5D=v",
        ),
        (json!({}), json!([{"a": 1}]), "q=%7B%22a%22%3A1%7D"),
        (
            json!({"media_type": "application/json"}),
            json!({"a": [1]}),
            "q=%7B%22a%22%3A%5B1%5D%7D",
        ),
        (
            json!({"media_type": "application/json"}),
            json!("x"),
            "q=%22x%22",
        ),
        (json!({}), json!([]), ""),
        (json!({}), json!(""), ""),
        (json!({}), Value::Null, ""),
        (json!({"required": true}), json!(""), "q="),
    ] {
        assert_eq!(
            query(more.clone(), value.clone()),
            expected,
            "{more} {value}"
        );
    }
}

fn path(more: Value, value: Value) -> Result<String, ErrorKind> {
    let toolkit = keyed("https://x.com/v1");
    let plan = plan_with("GET", "/a/{id}/b", &[argument("id", "path", more)]);
    prepare(call(&toolkit, &plan, json!({"id": value})))
        .map(|prepared| {
            prepared
                .url
                .path()
                .strip_prefix("/v1/a/")
                .unwrap()
                .strip_suffix("/b")
                .unwrap()
                .to_owned()
        })
        .map_err(|error| error.kind())
}

#[test]
fn path_styles_are_written_as_openapi_says() {
    let list = json!(["a", "b c"]);
    let map = json!({"k": "v", "n": 1});
    for (more, value, expected) in [
        (json!({}), json!("a b"), "a%20b"),
        (json!({}), json!(5), "5"),
        (
            json!({}),
            json!("a/b?c#d\\e%2f;f"),
            "a%2Fb%3Fc%23d%5Ce%252f%3Bf",
        ),
        (json!({}), json!("..."), "..."),
        (json!({}), json!("é"), "%C3%A9"),
        (json!({}), list.clone(), "a,b%20c"),
        (json!({"explode": true}), list.clone(), "a,b%20c"),
        (json!({}), map.clone(), "k,v,n,1"),
        (json!({"explode": true}), map.clone(), "k=v,n=1"),
        (json!({"style": "label"}), json!("a"), ".a"),
        (json!({"style": "label"}), list.clone(), ".a,b%20c"),
        (
            json!({"style": "label", "explode": true}),
            list.clone(),
            ".a.b%20c",
        ),
        (
            json!({"style": "label", "explode": true}),
            map.clone(),
            ".k=v.n=1",
        ),
        (json!({"style": "matrix"}), json!("a"), ";id=a"),
        (json!({"style": "matrix"}), list.clone(), ";id=a,b%20c"),
        (
            json!({"style": "matrix", "explode": true}),
            list,
            ";id=a;id=b%20c",
        ),
        (json!({"style": "matrix"}), map.clone(), ";id=k,v,n,1"),
        (json!({"style": "matrix", "explode": true}), map, ";k=v;n=1"),
        (
            json!({"allow_reserved": true}),
            json!("src/a b.rs?x#y%2e"),
            "src/a%20b.rs%3Fx%23y%252e",
        ),
    ] {
        assert_eq!(
            path(more.clone(), value.clone()).as_deref(),
            Ok(expected),
            "{more} {value}"
        );
    }
}

#[test]
fn a_path_argument_cannot_leave_its_place() {
    for value in [
        json!(""),
        json!("."),
        json!(".."),
        json!([]),
        json!({}),
        json!([""]),
        json!([".."]),
        Value::Null,
    ] {
        assert_eq!(
            path(json!({}), value.clone()),
            Err(ErrorKind::InvalidInput),
            "{value}"
        );
    }
    for value in ["a/../b", "../x", "/x", "x/", "a//b", "./x", ""] {
        let result = path(json!({"allow_reserved": true}), json!(value));
        assert_eq!(result, Err(ErrorKind::InvalidInput), "{value}");
    }
    // The label style makes dots of its own.
    for value in [json!("."), json!(["", ""])] {
        let result = path(json!({"style": "label", "explode": true}), value.clone());
        assert_eq!(result, Err(ErrorKind::InvalidInput), "{value}");
    }
}

#[test]
fn a_path_that_would_climb_is_refused() {
    let toolkit = keyed("https://x.com/v1");
    let arguments = [
        argument("a", "path", json!({})),
        argument("b", "path", json!({})),
    ];
    for path in [
        "/x/{a}{b}/y",
        "/x/{a}.{b}/y",
        "/../x",
        "/x/%2e%2e/y",
        "/a\\..\\b",
    ] {
        let plan = plan_with("GET", path, &arguments);
        let result = prepare(call(&toolkit, &plan, json!({"a": "x", "b": "y"})));
        assert_eq!(result.is_ok(), path.contains('{'), "{path}");
    }
    // Two harmless values must not make a dot segment together.
    let plan = plan_with("GET", "/x/.{a}/y", &arguments[..1]);
    assert!(prepare(call(&toolkit, &plan, json!({"a": "."}))).is_err());
}

#[test]
fn headers_and_cookies_are_written_and_cannot_split() {
    let toolkit = keyed("https://x.com");
    let plan = plan_with(
        "GET",
        "/do",
        &[
            argument("X-List", "header", json!({})),
            argument("X-Map", "header", json!({"explode": true})),
            argument("X-Flat", "header", json!({})),
            argument("session", "cookie", json!({})),
            argument("tags", "cookie", json!({"explode": false})),
        ],
    );
    let arguments = json!({
        "X-List": ["a", 1], "X-Map": {"k": "v"}, "X-Flat": {"k": "v"}, "session": "a;b c", "tags": ["x", "y"],
    });
    let prepared = prepare(call(&toolkit, &plan, arguments)).unwrap();
    assert_eq!(header(&prepared, "x-list"), "a,1");
    assert_eq!(header(&prepared, "x-map"), "k=v");
    assert_eq!(header(&prepared, "x-flat"), "k,v");
    assert_eq!(header(&prepared, "cookie"), "session=a%3Bb%20c; tags=x,y");
    for bad in ["a\r\nX-Evil: 1", "a\nb", "a\0b", "a\x7f"] {
        let error = prepare(call(&toolkit, &plan, json!({"X-Flat": bad}))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("X-Flat"), "{error}");
    }
}

#[test]
fn headers_that_frame_the_message_are_not_arguments() {
    let toolkit = keyed("https://x.com");
    for name in [
        "Host",
        "content-length",
        "Transfer-Encoding",
        "Connection",
        "Upgrade",
        "TE",
        "Proxy-Authorization",
        "bad name",
        "",
    ] {
        let plan = plan_with(
            "GET",
            "/do",
            &[argument("h", "header", json!({"wire_name": name}))],
        );
        assert!(
            prepare(call(&toolkit, &plan, json!({"h": "x"}))).is_err(),
            "{name}"
        );
    }
}

#[test]
fn unknown_and_missing_arguments_are_named() {
    let toolkit = keyed("https://x.com");
    let plan = plan_with(
        "POST",
        "/{id}",
        &[
            argument("id", "path", json!({})),
            argument("q", "query", json!({"required": true})),
            argument("optional", "query", json!({})),
        ],
    );
    let error = prepare(call(&toolkit, &plan, json!({"optional": 1}))).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.message(), "ACME_DO needs id, q");
    let error = prepare(call(&toolkit, &plan, json!({"id": 1, "q": 2, "typo": 3}))).unwrap_err();
    assert_eq!(error.message(), "ACME_DO has no argument named typo");
}

#[test]
fn a_default_is_sent_when_nothing_is_given() {
    let toolkit = keyed("https://x.com");
    let plan = plan_with(
        "GET",
        "/do",
        &[argument(
            "v",
            "query",
            json!({"default": "2024", "required": true}),
        )],
    );
    assert_eq!(
        url(&prepare(call(&toolkit, &plan, json!({}))).unwrap()),
        "https://x.com/do?v=2024"
    );
    assert_eq!(
        url(&prepare(call(&toolkit, &plan, json!({"v": 1}))).unwrap()),
        "https://x.com/do?v=1"
    );
}

#[test]
fn a_path_with_a_query_of_its_own_keeps_it() {
    let toolkit = keyed("https://x.com/");
    let plan = plan_with(
        "GET",
        "/do?action=list#x",
        &[argument("q", "query", json!({}))],
    );
    let prepared = prepare(call(&toolkit, &plan, json!({"q": 1}))).unwrap();
    assert_eq!(url(&prepared), "https://x.com/do?action=list&q=1");
}

#[test]
fn a_placeholder_that_nothing_fills_is_an_error() {
    let toolkit = keyed("https://x.com");
    let plan = plan("GET", "/a/{id}", json!({}));
    let error = prepare(call(&toolkit, &plan, json!({}))).unwrap_err();
    assert!(error.message().contains("{id}"), "{error}");
}

#[test]
fn methods_that_carry_no_call_are_refused() {
    let toolkit = keyed("https://x.com");
    for method in ["TRACE", "CONNECT", "get", "", "GET\r\n"] {
        let plan = plan(method, "/do", json!({}));
        assert!(
            prepare(call(&toolkit, &plan, json!({}))).is_err(),
            "{method}"
        );
    }
}

#[test]
fn only_what_is_idempotent_by_plan_and_method_is_repeatable() {
    let toolkit = keyed("https://x.com");
    for (method, marked, expected) in [
        ("GET", true, true),
        ("GET", false, false),
        ("PUT", true, true),
        ("DELETE", true, true),
        ("POST", true, false),
        ("PATCH", true, false),
        ("POST", false, false),
    ] {
        let plan = plan(method, "/do", json!({"idempotent": marked}));
        let prepared = prepare(call(&toolkit, &plan, json!({}))).unwrap();
        assert_eq!(prepared.repeatable, expected, "{method} {marked}");
    }
}

#[test]
fn a_query_carries_its_body_and_other_methods_are_refused() {
    let toolkit = keyed("https://x.com");
    let mut plan = plan(
        "QUERY",
        "/notes",
        json!({"arguments": [argument("words", "body", json!({}))],
            "body": {"media_type": "application/json", "encoding": "json", "required": true}}),
    );
    let prepared = prepare(call(&toolkit, &plan, json!({"words": "a"}))).unwrap();
    assert_eq!(prepared.method.as_str(), "QUERY");
    assert_eq!(body(&prepared), r#"{"words":"a"}"#);
    for method in ["CONNECT", "TRACE", "LINK", "query", "GET\r\nX: y", ""] {
        plan.method = method.to_owned();
        let error = prepare(call(&toolkit, &plan, json!({"words": "a"}))).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{method:?}");
    }
}
