use http::StatusCode;
use url::Url;

use super::{content_security_policy, done, problem};

#[test]
fn a_page_that_is_done_takes_the_browser_on() {
    let next = Url::parse("https://app.example/back?a=1&b=%22%3E").unwrap();
    let page = done("<Notes>", Some(&next), false).unwrap();
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.html.contains("<h1>&lt;Notes&gt; is connected</h1>"));
    assert!(page.html.contains("http-equiv=\"refresh\""));
    assert!(page.html.contains("app.example"));
    let alone = done("Notes", None, false).unwrap();
    assert!(!alone.html.contains("refresh"), "{}", alone.html);
    let waits = done("Notes", Some(&next), true).unwrap();
    assert!(waits.html.contains("almost connected"));
}

#[test]
fn a_problem_says_what_to_do_and_quotes_nobody() {
    let page = problem(StatusCode::NOT_FOUND, "Gone", "<i>again</i>", None).unwrap();
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.html.contains("&lt;i&gt;again"));
}

#[test]
fn the_style_that_the_policy_lets_in_is_the_style_of_the_page() {
    use base64::{Engine as _, prelude::BASE64_STANDARD};
    use sha2::{Digest as _, Sha256};

    let page = problem(StatusCode::OK, "t", "x", None).unwrap();
    let style = page.html.split("<style>").nth(1).unwrap();
    let style = style.split("</style>").next().unwrap();
    let hash = BASE64_STANDARD.encode(Sha256::digest(style.as_bytes()));
    assert!(content_security_policy().contains(&hash), "{style}");
}
