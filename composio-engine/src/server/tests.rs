use http::{HeaderMap, HeaderValue, Method, Uri, header};

use super::{ServeOptions, guard, metrics::Asked};

fn is_let_in(options: &ServeOptions, host: &str, origin: Option<&str>) -> bool {
    let mut headers = HeaderMap::new();
    headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
    if let Some(origin) = origin {
        headers.insert(header::ORIGIN, HeaderValue::from_str(origin).unwrap());
    }
    guard::check(options, &Uri::from_static("/api/v3/tools"), &headers).is_ok()
}

#[test]
fn only_hosts_of_this_machine_and_allowed_ones_are_served() {
    let options = ServeOptions::new().allow_host("Tools.example.com");
    for host in [
        "localhost",
        "localhost:8080",
        "composio.localhost:1",
        "127.0.0.1:8080",
        "[::1]:8080",
        "TOOLS.example.com:443",
    ] {
        assert!(is_let_in(&options, host, None), "{host}");
    }
    for host in [
        "evil.example",
        "localhost.evil.example",
        "10.0.0.5:8080",
        "localhost@evil.example",
        "evil.example#localhost",
        "tools.example.com.evil.example",
        "127.0.0.1/evil.example",
        "",
    ] {
        assert!(!is_let_in(&options, host, None), "{host}");
    }
    assert!(is_let_in(
        &ServeOptions::new().allow_any_host(),
        "evil.example",
        None
    ));
}

#[test]
fn pages_of_other_origins_may_not_ask() {
    let options = ServeOptions::new().allow_origin("https://app.example.com");
    for origin in ["http://localhost:8080", "https://app.example.com"] {
        assert!(
            is_let_in(&options, "localhost:8080", Some(origin)),
            "{origin}"
        );
    }
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost:3000",
        "file://",
    ] {
        assert!(
            !is_let_in(&options, "localhost:8080", Some(origin)),
            "{origin}"
        );
    }
}

#[test]
fn a_request_without_a_host_or_with_two_is_refused() {
    let options = ServeOptions::new();
    let uri = Uri::from_static("/health");
    assert!(guard::check(&options, &uri, &HeaderMap::new()).is_err());
    let mut two = HeaderMap::new();
    two.append(header::HOST, HeaderValue::from_static("localhost"));
    two.append(header::HOST, HeaderValue::from_static("evil.example"));
    assert!(guard::check(&options, &uri, &two).is_err());
}

#[test]
fn requests_are_counted_under_few_names() {
    for (path, resource) in [
        ("/api/v3/toolkits/github", "toolkits"),
        ("/api/v3.1/tools/execute/GITHUB_STAR", "tools/execute"),
        ("/api/v3/tools", "tools"),
        ("/health", "health"),
        ("/api/v3/../../etc", "other"),
        ("/wp-login.php", "other"),
        ("/", "other"),
    ] {
        assert_eq!(Asked::of(&Method::GET, path).resource, resource, "{path}");
    }
    let odd = Method::from_bytes(b"BREW").unwrap();
    assert_eq!(Asked::of(&odd, "/").method, "other");
}
