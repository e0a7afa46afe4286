use composio_core::{ErrorKind, models::CustomAuth};
use serde_json::json;

use super::support::{
    Act, Server, argument, call, executor, keyed, ok, options, plan, plan_with, reply, run,
    toolkit_of, with_custom,
};
use crate::executor::{Executor, Limits};

fn redirect(status: u16, location: &str) -> Act {
    Act::Reply(reply(status, &[&format!("Location: {location}")], ""))
}

#[tokio::test]
async fn a_get_follows_a_redirect_on_its_origin_with_its_credentials() {
    for status in [301, 302, 303, 307, 308] {
        let server = Server::start(move |count, _| {
            if count == 1 {
                redirect(status, "/there?x=1")
            } else {
                Act::Reply(ok())
            }
        })
        .await;
        assert!(run(&executor(), &server, "GET").await.unwrap().successful);
        let seen = server.seen();
        assert_eq!(seen.len(), 2);
        assert_eq!(seen[1].target(), "/there?x=1");
        assert!(seen[1].has_header("x-api-key"));
    }
}

#[tokio::test]
async fn credentials_stay_behind_when_the_origin_changes() {
    let other = Server::start(|_, _| Act::Reply(ok())).await;
    let elsewhere = format!("{}/there?key=tok_secret_12345&x=1", other.base());
    let server = Server::start(move |_, _| redirect(302, &elsewhere)).await;
    let toolkit = toolkit_of(
        &server.base(),
        json!({"auth_schemes": [{"name": "key", "auth_mode": "API_KEY", "proxy": {
            "headers": {"Authorization": "Bearer {{api_key}}", "X-Tenant": "t"}, "query_params": {"key": "{{api_key}}"},
        }}]}),
    );
    let plan = plan_with(
        "GET",
        "/do",
        &[
            argument("session", "cookie", json!({})),
            argument("X-Own", "header", json!({})),
        ],
    );
    let mut call = call(&toolkit, &plan, json!({"session": "s", "X-Own": "o"}));
    call.custom = Some(CustomAuth::new().header("X-Custom", "custom_secret"));
    assert!(executor().execute(call).await.unwrap().successful);
    let first = &server.seen()[0];
    for name in ["authorization", "x-tenant", "cookie", "x-own", "x-custom"] {
        assert!(first.has_header(name), "{name}");
    }
    let seen = &other.seen()[0];
    assert_eq!(seen.target(), "/there?x=1");
    for name in ["authorization", "x-tenant", "cookie", "x-own", "x-custom"] {
        assert!(!seen.has_header(name), "{name}");
    }
    assert!(seen.has_header("accept"));
}

#[tokio::test]
async fn credentials_do_not_come_back_on_the_way_home() {
    let home = Server::start(|_, _| Act::Reply(ok())).await;
    let back = format!("{}/back", home.base());
    let away = Server::start(move |_, _| redirect(302, &back)).await;
    let there = format!("{}/away", away.base());
    // A third origin, so that the last hop goes to one that has never had them.
    let server = Server::start(move |_, _| redirect(302, &there)).await;
    assert!(run(&executor(), &server, "GET").await.unwrap().successful);
    assert!(!away.seen()[0].has_header("x-api-key"));
    assert!(!home.seen()[0].has_header("x-api-key"));
}

#[tokio::test]
async fn a_redirect_with_the_credentials_in_its_path_is_refused() {
    let other = Server::start(|_, _| Act::Reply(ok())).await;
    let elsewhere = format!("{}/tok_secret_12345/x", other.base());
    let server = Server::start(move |_, _| redirect(302, &elsewhere)).await;
    let error = run(&executor(), &server, "GET").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(!format!("{error:?}").contains("tok_secret"));
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_to_a_private_address_is_refused() {
    let mut options = options();
    options.egress =
        crate::executor::EgressPolicy::default().allow("127.0.0.1/32".parse().unwrap());
    let executor = Executor::new(options).unwrap();
    for target in [
        "http://127.0.0.2:1/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:1/",
        "http://0x7f000002/",
        "http://2130706434/",
        "http://[::ffff:10.0.0.1]/",
        "//192.168.0.1/x",
        "http://0/",
    ] {
        let server = Server::start(move |_, _| redirect(302, target)).await;
        let error = run(&executor, &server, "GET").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Forbidden, "{target}: {error}");
        assert_eq!(server.seen().len(), 1);
    }
}

#[tokio::test]
async fn a_redirect_to_a_name_of_a_private_address_is_refused() {
    let mut options = options();
    // Loopback by number is allowed for the first hop alone; the name may resolve to either family.
    options.egress =
        crate::executor::EgressPolicy::default().allow("127.0.0.7/32".parse().unwrap());
    let executor = Executor::new(options).unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.7:0").await.unwrap();
    let server = Server::start_on(listener, |_, _| redirect(302, "http://localhost:1/"));
    let error = run(&executor, &server, "GET").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden, "{error}");
    assert!(error.message().contains("localhost"), "{error}");
}

#[tokio::test]
async fn a_post_is_never_sent_again_by_a_redirect() {
    for status in [301, 302, 307, 308] {
        for method in ["POST", "PATCH"] {
            let server = Server::start(move |count, _| {
                if count == 1 {
                    redirect(status, "/there")
                } else {
                    Act::Reply(ok())
                }
            })
            .await;
            let result = run(&executor(), &server, method).await.unwrap();
            assert!(!result.successful);
            let error = result.error.unwrap();
            assert!(
                error.starts_with(&format!("HTTP {status}: redirected to 127.0.0.1")),
                "{error}"
            );
            assert!(
                error.contains(&format!("a {method} is not sent again")),
                "{error}"
            );
            assert_eq!(server.seen().len(), 1);
        }
    }
}

#[tokio::test]
async fn after_a_303_a_post_goes_on_as_a_get_without_body() {
    let server = Server::start(|count, _| {
        if count == 1 {
            redirect(303, "/result")
        } else {
            Act::Reply(ok())
        }
    })
    .await;
    let toolkit = keyed(&server.base());
    let body = json!({"media_type": "application/json", "encoding": "json", "required": true});
    let plan = plan("POST", "/do", json!({"body": body}));
    assert!(
        executor()
            .execute(call(&toolkit, &plan, json!({})))
            .await
            .unwrap()
            .successful
    );
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen[1].head.starts_with("GET /result "));
    assert!(seen[1].body.is_empty() && !seen[1].has_header("content-type"));
}

#[tokio::test]
async fn an_idempotent_method_is_sent_again_on_its_origin_alone() {
    let other = Server::start(|_, _| Act::Reply(ok())).await;
    for method in ["PUT", "DELETE"] {
        let server = Server::start(|count, _| {
            if count == 1 {
                redirect(307, "/there")
            } else {
                Act::Reply(ok())
            }
        })
        .await;
        assert!(run(&executor(), &server, method).await.unwrap().successful);
        assert!(
            server.seen()[1]
                .head
                .starts_with(&format!("{method} /there "))
        );
        let elsewhere = other.base();
        let server = Server::start(move |_, _| redirect(307, &elsewhere)).await;
        assert!(!run(&executor(), &server, method).await.unwrap().successful);
    }
    assert!(other.seen().is_empty());
}

#[tokio::test]
async fn redirects_are_counted() {
    let server = Server::start(|_, _| redirect(302, "/again")).await;
    let result = run(&executor(), &server, "GET").await.unwrap();
    assert_eq!(
        result.error.as_deref(),
        Some("HTTP 302: too many redirects")
    );
    assert_eq!(server.seen().len(), 6);
    let mut options = options();
    options.limits = Limits::default().redirects(0);
    let result = run(&Executor::new(options).unwrap(), &server, "GET")
        .await
        .unwrap();
    assert!(!result.successful);
    assert_eq!(server.seen().len(), 7);
}

#[tokio::test]
async fn a_redirect_to_no_web_address_is_a_failure() {
    for target in [
        "file:///etc/passwd",
        "ftp://x.com/",
        "javascript:alert(1)",
        "http://",
        "http://user:pw@127.0.0.1/",
        "data:text/html,x",
    ] {
        let server = Server::start(move |_, _| redirect(302, target)).await;
        let result = run(&executor(), &server, "GET").await.unwrap();
        assert!(
            result
                .error
                .unwrap()
                .starts_with("HTTP 302: the redirect leads"),
            "{target}"
        );
    }
    let server = Server::start(|_, _| Act::Reply(reply(302, &[], "see there"))).await;
    let result = run(&executor(), &server, "GET").await.unwrap();
    assert_eq!(result.error.as_deref(), Some("HTTP 302: see there"));
}

#[tokio::test]
async fn credentials_of_the_call_go_along_on_the_origin() {
    let server = Server::start(|count, _| {
        if count == 1 {
            redirect(302, "/b")
        } else {
            Act::Reply(ok())
        }
    })
    .await;
    let toolkit = keyed(&server.base());
    let plan = plan("GET", "/do", json!({}));
    let custom = CustomAuth::new().header("X-Custom", "custom_secret");
    executor()
        .execute(with_custom(&toolkit, &plan, None, custom))
        .await
        .unwrap();
    assert!(server.seen()[1].has_header("x-custom"));
}
