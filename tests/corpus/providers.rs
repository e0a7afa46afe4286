//! Our apps beside a list that others keep: where users consent and where tokens come from.

use std::{collections::BTreeSet, fs, path::Path};

use composio_catalog::{Integration, SchemeConfig};
use composio_engine::shipped_apps;
use composio_tests::suite::Outcome;
use libtest_mimic::Failed;
use serde_json::Value;

/// Our app and scheme, and what the other list calls it.
const SAME: &[(&str, &str, &str)] = &[
    ("airtable", "airtable_oauth2", "airtable"),
    ("asana", "asana_oauth2", "asana"),
    ("discord", "discord_oauth2", "discord"),
    ("dropbox", "dropbox_oauth2", "dropbox"),
    ("github", "github_oauth2", "github"),
    ("gitlab", "gitlab_oauth2", "gitlab"),
    ("gmail", "gmail_oauth2", "google"),
    ("googlecalendar", "googlecalendar_oauth2", "google"),
    ("googledrive", "googledrive_oauth2", "google"),
    ("googlesheets", "googlesheets_oauth2", "google"),
    ("hubspot", "hubspot_oauth2", "hubspot"),
    ("jira", "jira_oauth2", "jira"),
    ("linear", "linear_oauth2", "linear"),
    ("notion", "notion_oauth2", "notion"),
    ("reddit", "reddit_oauth2", "reddit"),
    ("salesforce", "salesforce_oauth2", "salesforce"),
    ("shopify", "shopify_oauth2", "shopify"),
    ("slack", "slack_oauth2", "slack"),
    ("slack", "slack_user_oauth2", "slack"),
    ("spotify", "spotify_oauth2", "spotify"),
    ("spotify", "spotify_client_credentials", "spotify-oauth2-cc"),
    ("stripe", "stripe_oauth2", "stripe"),
    ("trello", "trello_oauth1", "trello"),
    ("twitter", "twitter_oauth1", "twitter"),
    ("twitter", "twitter_oauth2", "twitter-v2"),
    ("zendesk", "zendesk_oauth2", "zendesk"),
];

/// Schemes that the other list has not, and why.
const OURS_ALONE: &[(&str, &str)] = &[(
    "sentry_oauth2",
    "the other list has Sentry's integration installs, not its OAuth applications",
)];

/// Where we differ, and why.
const DIFFERENT: &[(&str, &str, &str)] = &[
    (
        "discord_oauth2",
        "authorization_url",
        "Discord documents the address without /api; both answer",
    ),
    (
        "gitlab_oauth2",
        "authorization_url",
        "the host is a field: GitLab is often one's own",
    ),
    (
        "gitlab_oauth2",
        "token_url",
        "the host is a field: GitLab is often one's own",
    ),
    (
        "salesforce_oauth2",
        "authorization_url",
        "ours takes login and test, theirs any host that a user names",
    ),
    (
        "salesforce_oauth2",
        "token_url",
        "ours takes login and test, theirs any host that a user names",
    ),
    (
        "twitter_oauth1",
        "authorization_url",
        "X documents api.x.com in place of api.twitter.com",
    ),
    (
        "twitter_oauth1",
        "request_url",
        "X documents api.x.com in place of api.twitter.com",
    ),
    (
        "twitter_oauth1",
        "token_url",
        "X documents api.x.com in place of api.twitter.com",
    ),
    (
        "twitter_oauth2",
        "token_url",
        "X documents api.x.com in place of api.twitter.com",
    ),
];

pub(crate) fn our_apps_reach_what_others_reach(folder: &Path) -> Outcome {
    let theirs: Value =
        serde_saphyr::from_str(&fs::read_to_string(folder.join("providers.yaml"))?)?;
    let mut found = BTreeSet::new();
    for app in shipped_apps() {
        let integration = Integration::parse(app.integration.as_bytes())?;
        for scheme in integration
            .auth_schemes
            .iter()
            .filter(|own| own.token_url.is_some())
        {
            compare(app.slug, scheme, &theirs, &mut found)?;
        }
    }
    let known: BTreeSet<(String, String)> = DIFFERENT
        .iter()
        .map(|(scheme, member, _)| ((*scheme).to_owned(), (*member).to_owned()))
        .collect();
    for (scheme, member, why) in DIFFERENT {
        println!("{scheme} {member}: {why}");
    }
    if found == known {
        return Ok(());
    }
    let difference: Vec<_> = found.symmetric_difference(&known).collect();
    Err(Failed::from(format!("not as listed: {difference:?}")))
}

fn compare(
    app: &str,
    scheme: &SchemeConfig,
    theirs: &Value,
    found: &mut BTreeSet<(String, String)>,
) -> Outcome {
    let same = SAME
        .iter()
        .find(|(own, name, _)| *own == app && *name == scheme.name);
    let Some((.., name)) = same else {
        let is_known = OURS_ALONE.iter().any(|(own, _)| *own == scheme.name)
            || scheme.auth_mode.as_str() == "GOOGLE_SERVICE_ACCOUNT";
        return if is_known {
            Ok(())
        } else {
            Err(Failed::from(format!(
                "{} is compared with nothing",
                scheme.name
            )))
        };
    };
    let theirs = &theirs[*name];
    if theirs.is_null() {
        return Err(Failed::from(format!("the other list has no {name}")));
    }
    for (member, ours) in [
        ("authorization_url", &scheme.authorization_url),
        ("token_url", &scheme.token_url),
        ("request_url", &scheme.request_url),
    ] {
        let ours = ours.as_deref().map(|url| plain(url, "{{", "}}"));
        let other = theirs[member].as_str().map(|url| plain(url, "${", "}"));
        if ours != other {
            found.insert((scheme.name.clone(), member.to_owned()));
        }
    }
    Ok(())
}

/// The address with `*` for each field.
fn plain(url: &str, opening: &str, closing: &str) -> String {
    let mut out = String::new();
    let mut rest = url;
    while let Some((before, behind)) = rest.split_once(opening) {
        out.push_str(before);
        out.push('*');
        rest = behind.split_once(closing).map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    out.trim_end_matches('/').to_owned()
}
