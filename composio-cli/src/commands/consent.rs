//! A person's consent on a page: the browser is opened or the link shown, and the connection waited for.

use std::time::Duration;

use composio_core::{
    ErrorKind,
    models::{AuthScheme, ConnectedAccount},
};

use crate::{
    context::Context,
    failure::{Exit, Failure},
    output::Progress,
    prompt,
};

/// Whether users connect by this scheme on a page of the app's.
pub(super) fn is_needed(scheme: &AuthScheme) -> bool {
    matches!(
        scheme,
        AuthScheme::Oauth2 | AuthScheme::Oauth1 | AuthScheme::DcrOauth
    )
}

/// How a consent is waited for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    pub(super) opens_browser: bool,
    pub(super) timeout: Duration,
}

impl Wait {
    /// Waits until the user has consented at `url` and the connection `id` can be used.
    pub(super) async fn for_consent(
        self,
        context: &Context,
        id: &str,
        url: &str,
    ) -> Result<ConnectedAccount, Failure> {
        if !is_web_address(url) {
            let message = format!("the service wants a page opened that is none of the web: {url}");
            return Err(Failure::new(Exit::Failed, message));
        }
        let wanted = self.opens_browser && prompt::is_interactive() && !context.out.is_json();
        if wanted && context.environment.has_display && open::that_detached(url).is_ok() {
            context
                .out
                .note("Consent in the browser. If it did not open, open this link:");
        } else {
            context.out.note("Open this link and consent:");
        }
        context.out.note(url);
        let progress = Progress::start("waiting for the consent");
        let accounts = context.backend().await?.client().connected_accounts();
        let connected = accounts.wait_until_active(id).timeout(self.timeout).await;
        drop(progress);
        connected.map_err(|error| {
            let is_late = error.kind() == ErrorKind::Timeout;
            let failure = Failure::from(error);
            if is_late {
                return failure.hint(format!(
                    "`composio connections get {id}` shows where it stands, `composio connections refresh {id}` gives a new link"
                ));
            }
            failure
        })
    }
}

/// Whether it is safe to hand to whatever opens links here.
fn is_web_address(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme);
    let is_web = scheme.is_some_and(|scheme| {
        scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
    });
    is_web && url.chars().all(|letter| letter.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::is_web_address;

    #[test]
    fn only_addresses_of_the_web_are_opened() {
        for url in ["https://vendor.example/a?b=c", "HTTP://127.0.0.1:80/"] {
            assert!(is_web_address(url), "{url}");
        }
        for url in [
            "file:///etc/passwd",
            "javascript:alert(1)",
            "-oProxyCommand=x",
            "https://a b",
            "https://a\n",
            "",
        ] {
            assert!(!is_web_address(url), "{url}");
        }
    }
}
