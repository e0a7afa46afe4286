//! Where a person's browser goes when they are done.

use composio_core::{Error, ErrorKind, Result};
use url::Url;

/// The longest address of the program's own, in bytes.
const LONGEST: usize = 4 * 1024;

/// Reads the address that a program wants its user back at. It may be one of an app on a phone.
///
/// Errors: `InvalidInput` for what is no absolute address, or what a browser would run and not visit.
pub(super) fn return_address(text: &str) -> Result<Url> {
    const NEVER: [&str; 6] = ["javascript", "data", "vbscript", "file", "blob", "about"];
    let url = Url::parse(text).ok().filter(|url| {
        let is_plain = url.username().is_empty() && url.password().is_none();
        text.len() <= LONGEST
            && !text.contains(|c: char| c.is_control() || c.is_whitespace())
            && !NEVER.contains(&url.scheme())
            && is_plain
    });
    url.ok_or_else(|| {
        let message = "callback_url must be an absolute address";
        Error::new(ErrorKind::InvalidInput, message).with_slug("ConnectedAccount_InvalidCallback")
    })
}

/// The program's own address with what came of it behind its query, in the spellings of all clients.
pub(crate) fn landing(address: &Url, is_connected: bool, account: &str, toolkit: &str) -> Url {
    let status = if is_connected { "success" } else { "failed" };
    let outcome = [
        ("status", status),
        ("connected_account_id", account),
        ("connectedAccountId", account),
        ("appName", toolkit),
    ];
    with_query(address, &outcome)
}

/// The page that says who came, with the session to confirm.
pub(super) fn verification(verifier: &Url, session: &str) -> Url {
    with_query(verifier, &[("session_uri", session)])
}

// What the application wrote stays as it wrote it, but for what is ours to say.
fn with_query(url: &Url, own: &[(&str, &str)]) -> Url {
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .into_owned()
        .filter(|(name, _)| !own.iter().any(|(ours, _)| ours == name))
        .collect();
    let mut url = url.clone();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(kept)
        .extend_pairs(own);
    url
}

#[cfg(test)]
mod tests {
    use super::{landing, return_address};

    #[test]
    fn the_applications_query_is_kept_and_cannot_speak_for_us() {
        let url = return_address("https://app.example/cb?tab=2&status=success&a=%26b#top").unwrap();
        assert_eq!(
            landing(&url, false, "ca_1", "notes").as_str(),
            "https://app.example/cb?tab=2&a=%26b&status=failed&connected_account_id=ca_1&connectedAccountId=ca_1&appName=notes#top"
        );
    }

    #[test]
    fn a_browser_is_sent_back_to_what_it_visits_and_does_not_run() {
        for text in [
            "javascript:alert(1)",
            "data:text/html,x",
            "/relative",
            "file:///etc/passwd",
            "https://host/\nlocation:x",
            "https://",
            "https://user:pass@host/",
            &format!("https://host/{}", "x".repeat(5000)),
        ] {
            assert!(return_address(text).is_err(), "{text}");
        }
        for text in ["http://localhost:3000/cb", "myapp://connected?tab=2"] {
            assert!(return_address(text).is_ok(), "{text}");
        }
    }
}
