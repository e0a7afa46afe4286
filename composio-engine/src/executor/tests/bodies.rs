use composio_core::{ErrorKind, models::CustomAuth};
use serde_json::{Value, json};

use super::support::{argument, body, call, header, keyed, plan, prepare, sent, with_custom};
use crate::executor::Prepared;

fn render(
    encoding: &str,
    media_type: &str,
    more: Value,
    arguments: Value,
) -> composio_core::Result<Prepared> {
    let toolkit = keyed("https://x.com");
    let mut plan_body = json!({"media_type": media_type, "encoding": encoding, "required": false});
    plan_body
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let plan = plan(
        "POST",
        "/do",
        json!({
            "body": plan_body,
            "arguments": [
                argument("title", "body", json!({})),
                argument("tags", "body", json!({"wire_name": "labels"})),
                argument("data", "body", json!({})),
                argument("deep", "body", json!({"style": "deepObject"})),
            ],
        }),
    );
    prepare(call(&toolkit, &plan, arguments))
}

#[test]
fn json_members_keep_nulls_and_wire_names() {
    let prepared = render(
        "json",
        "application/json",
        json!({}),
        json!({"tags": ["a"], "title": null}),
    )
    .unwrap();
    let sent: Value = serde_json::from_str(body(&prepared)).unwrap();
    assert_eq!(sent, json!({"labels": ["a"], "title": null}));
    assert_eq!(header(&prepared, "content-type"), "application/json");
}

#[test]
fn a_body_is_sent_only_if_something_is_given_or_it_is_required() {
    assert!(
        render("json", "application/json", json!({}), json!({}))
            .unwrap()
            .body
            .is_none()
    );
    let prepared = render(
        "json",
        "application/json",
        json!({"required": true}),
        json!({}),
    )
    .unwrap();
    assert_eq!(body(&prepared), "{}");
}

#[test]
fn what_describes_a_file_goes_before_it() {
    let prepared = render(
        "related",
        "multipart/related",
        json!({}),
        json!({"title": "A \"photo\"", "tags": ["a"]}),
    )
    .unwrap();
    let kind = header(&prepared, "content-type");
    let boundary = kind
        .strip_prefix("multipart/related; boundary=")
        .unwrap()
        .to_owned();
    let expected = format!(
        "--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n\
         {{\"labels\":[\"a\"],\"title\":\"A \\\"photo\\\"\"}}\r\n--{boundary}--\r\n"
    );
    let other = expected.replace(
        "\"labels\":[\"a\"],\"title\":\"A \\\"photo\\\"\"",
        "\"title\":\"A \\\"photo\\\"\",\"labels\":[\"a\"]",
    );
    let sent = body(&prepared);
    // In which order members are kept is a feature of the parser's.
    assert!(sent == expected || sent == other, "{sent}");
}

#[test]
fn a_form_that_is_described_as_a_text_is_sent_as_given() {
    let prepared = render(
        "form",
        "application/x-www-form-urlencoded",
        json!({"whole": "data"}),
        json!({"data": "text=a%20b&more=1"}),
    )
    .unwrap();
    assert_eq!(body(&prepared), "text=a%20b&more=1");
    let refused = render(
        "form",
        "application/x-www-form-urlencoded",
        json!({"whole": "data"}),
        json!({"data": [1]}),
    );
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_whole_body_is_the_argument_itself() {
    let prepared = render(
        "json",
        "application/vnd.x+json",
        json!({"whole": "data"}),
        json!({"data": [1, 2]}),
    )
    .unwrap();
    assert_eq!(body(&prepared), "[1,2]");
    assert_eq!(header(&prepared, "content-type"), "application/vnd.x+json");
    let prepared = render(
        "text",
        "application/xml",
        json!({"whole": "data"}),
        json!({"data": "<a/>"}),
    )
    .unwrap();
    assert_eq!(body(&prepared), "<a/>");
}

#[test]
fn forms_are_encoded() {
    let prepared = render(
        "form",
        "application/x-www-form-urlencoded",
        json!({}),
        json!({"title": "a b&c=é", "tags": ["x", "y"], "deep": {"k": {"n": 1}}, "data": null}),
    )
    .unwrap();
    assert_eq!(
        body(&prepared),
        "title=a%20b%26c%3D%C3%A9&labels=x&labels=y&deep%5Bk%5D%5Bn%5D=1"
    );
}

#[tokio::test]
async fn multipart_parts_are_texts_json_and_files() {
    let prepared = render(
        "multipart",
        "multipart/form-data",
        json!({}),
        json!({
            "title": "hello", "deep": {"k": 1},
            "data": {"s3key": "file_hi", "name": "a\"\r\nb.txt", "mimetype": "text/plain"},
        }),
    )
    .unwrap();
    let media_type = header(&prepared, "content-type");
    let boundary = media_type
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let expected = [
        "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nhello\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"data\"; filename=\"a%22%0D%0Ab.txt\"\r\n",
        "Content-Type: text/plain\r\n\r\nhi\r\n",
        "--B\r\nContent-Disposition: form-data; name=\"deep\"\r\nContent-Type: application/json\r\n\r\n{\"k\":1}\r\n",
        "--B--\r\n",
    ]
    .concat();
    assert_eq!(
        sent(&prepared).await,
        expected.replace("--B", &format!("--{boundary}"))
    );
    let length = header(&prepared, "content-length").parse();
    assert_eq!(length, Ok(sent(&prepared).await.len()));
}

#[test]
fn a_member_with_a_media_type_of_its_own_is_written_in_it() {
    let toolkit = keyed("https://x.com");
    let render = |encoding: &str| {
        let plan_body =
            json!({"media_type": "multipart/form-data", "encoding": encoding, "required": true});
        let plan = plan(
            "POST",
            "/do",
            json!({"body": plan_body, "arguments": [
                argument("list", "body", json!({"media_type": "application/json"})),
                argument("text", "body", json!({"media_type": "text/markdown"})),
            ]}),
        );
        let prepared = prepare(call(
            &toolkit,
            &plan,
            json!({"list": [1, "a"], "text": "# x"}),
        ))
        .unwrap();
        body(&prepared).to_owned()
    };
    let multipart = render("multipart");
    assert!(
        multipart.contains("name=\"list\"\r\nContent-Type: application/json\r\n\r\n[1,\"a\"]\r\n")
    );
    assert!(multipart.contains("name=\"text\"\r\nContent-Type: text/markdown\r\n\r\n# x\r\n"));
    assert_eq!(render("form"), "list=%5B1%2C%22a%22%5D&text=%23%20x");
}

#[test]
fn a_file_cannot_smuggle_headers_or_be_other_than_an_upload() {
    for data in [
        json!({"s3key": "file_hi", "mimetype": "text/plain\r\nX-Evil: 1"}),
        json!({"s3key": "file_other"}),
        json!({"s3key": "../../etc/passwd"}),
        json!({"s3key": 7}),
    ] {
        let error = render(
            "multipart",
            "multipart/form-data",
            json!({}),
            json!({"data": data}),
        )
        .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    let error = render(
        "binary",
        "image/png",
        json!({"whole": "data"}),
        json!({"data": "%%"}),
    )
    .unwrap_err();
    assert!(error.message().contains("data"), "{error}");
}

#[tokio::test]
async fn bytes_come_from_files() {
    let whole = json!({"whole": "data"});
    let given = json!({"data": {"s3key": "file_hi", "mimetype": "image/gif"}});
    let prepared = render("binary", "image/png", whole.clone(), given.clone()).unwrap();
    assert_eq!(sent(&prepared).await, "hi");
    assert_eq!(header(&prepared, "content-type"), "image/png");
    assert_eq!(header(&prepared, "content-length"), "2");
    let prepared = render("binary", "*/*", whole, given).unwrap();
    assert_eq!(header(&prepared, "content-type"), "image/gif");
}

#[test]
fn members_given_with_the_call_are_merged_and_win() {
    let toolkit = keyed("https://x.com");
    let body_plan =
        json!({"media_type": "application/json", "encoding": "json", "required": false});
    let plan_post = plan(
        "POST",
        "/do",
        json!({"body": body_plan, "arguments": [
            argument("title", "body", json!({})), argument("token", "body", json!({"required": true})),
        ]}),
    );
    let mut call = with_custom(
        &toolkit,
        &plan_post,
        None,
        CustomAuth::new().body("title", "mine").body("token", "t0k"),
    );
    call.arguments = json!({"title": "theirs"}).as_object().unwrap().clone();
    let prepared = prepare(call).unwrap();
    assert_eq!(body(&prepared), r#"{"title":"mine","token":"t0k"}"#);
    let plan_get = plan("GET", "/do", json!({}));
    let error = prepare(with_custom(
        &toolkit,
        &plan_get,
        None,
        CustomAuth::new().body("a", 1),
    ))
    .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn the_bodys_media_type_beats_a_templates() {
    let toolkit = super::support::toolkit(json!({
        "headers": {"Content-Type": "application/json", "x-api-key": "{{api_key}}"},
    }));
    let body_plan =
        json!({"media_type": "multipart/form-data", "encoding": "multipart", "required": true});
    let plan = plan("POST", "/do", json!({"body": body_plan}));
    let prepared = prepare(call(&toolkit, &plan, json!({}))).unwrap();
    assert!(header(&prepared, "content-type").starts_with("multipart/form-data; boundary="));
}
