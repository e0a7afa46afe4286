#![doc = include_str!("../README.md")]

/// An app that the engine comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShippedApp {
    /// The toolkit's slug, which is also the name of its folder: `github`.
    pub slug: &'static str,
    /// Its `integration.yaml`.
    pub integration: &'static str,
    /// Its OpenAPI document, where we wrote one because the vendor publishes none.
    pub document: Option<&'static str>,
}

macro_rules! shipped {
    ($($slug:literal $(with $document:literal)?),+ $(,)?) => {
        &[$(ShippedApp {
            slug: $slug,
            integration: include_str!(concat!("../", $slug, "/integration.yaml")),
            document: shipped!(@document $slug $($document)?),
        }),+]
    };
    (@document $slug:literal) => { None };
    (@document $slug:literal $document:literal) => {
        Some(include_str!(concat!("../", $slug, "/", $document)))
    };
}

/// Every app that the engine comes with, by slug.
pub const APPS: &[ShippedApp] = shipped![
    "airtable",
    "anthropic",
    "asana",
    "cloudflare",
    "discord",
    "dropbox",
    "github",
    "gitlab",
    "gmail",
    "googlecalendar",
    "googledrive",
    "googlesheets",
    "hubspot" with "openapi.yaml",
    "jira",
    "linear" with "openapi.yaml",
    "notion",
    "openai",
    "posthog",
    "reddit",
    "salesforce",
    "sendgrid",
    "sentry",
    "shopify",
    "slack",
    "spotify",
    "stripe",
    "trello",
    "twilio",
    "twitter",
    "zendesk",
];

/// The shipped app of that slug, in any case.
///
/// ```
/// let github = composio_toolkits::find("GitHub").ok_or("it is shipped")?;
/// assert!(github.integration.contains("https://github.com/login/oauth/authorize"));
/// assert!(composio_toolkits::find("nothing").is_none());
/// # Ok::<(), &'static str>(())
/// ```
#[must_use]
pub fn find(slug: &str) -> Option<&'static ShippedApp> {
    APPS.iter().find(|app| app.slug.eq_ignore_ascii_case(slug))
}
