//! The apps we ship, each with its vendor's own description.

use std::{collections::BTreeSet, fs, path::Path};

use composio_catalog::{Integration, compile};
use composio_engine::shipped_apps;
use composio_tests::suite::Outcome;
use libtest_mimic::Failed;
use url::Url;

/// Our app, and its description below `api` of the directory.
pub(crate) const IN_DIRECTORY: &[(&str, &str)] = &[
    ("asana", "asana.com.json"),
    ("github", "github.com/api.github.com.json"),
    ("gitlab", "gitlab.com.json"),
    ("jira", "atlassian.com/jira.json"),
    ("notion", "notion.com.json"),
    ("openai", "openai.com.json"),
    ("sendgrid", "sendgrid.com.json"),
    ("slack", "slack.com.json"),
    ("spotify", "spotify.com.json"),
    ("stripe", "stripe.com.json"),
    ("trello", "trello.com.json"),
    ("twilio", "twilio.com/api.json"),
    ("twitter", "twitter.com/current.json"),
];
/// Our app, and its Discovery document.
pub(crate) const OF_GOOGLE: &[(&str, &str)] = &[
    ("gmail", "gmail.v1.json"),
    ("googlecalendar", "calendar.v3.json"),
    ("googledrive", "drive.v3.json"),
    ("googlesheets", "sheets.v4.json"),
];

/// Every operation is a tool, and each leads to a host that the app names.
pub(crate) fn become_tools(apps: &[(&str, &str)], folder: &Path) -> Outcome {
    for (slug, document) in apps {
        let mut shipped = shipped_apps().iter();
        let shipped = shipped
            .find(|app| app.slug == *slug)
            .ok_or("no such app is shipped")?;
        let integration = Integration::parse(shipped.integration.as_bytes())?;
        let document = fs::read(folder.join(document))?;
        let compiled = compile(integration, &document, "20260101_00")?;
        let (toolkit, report) = (&compiled.toolkit, &compiled.report);
        println!(
            "{slug}: {} of {} operations",
            report.tools, report.operations
        );
        if report.tools == 0 || !report.skipped.is_empty() {
            return Err(Failed::from(format!("{slug}: {:?}", report.skipped)));
        }
        let templates = toolkit.integration.auth_schemes.iter();
        let templates = templates
            .filter_map(|scheme| scheme.proxy.as_ref())
            .chain(&toolkit.integration.proxy);
        let own: Vec<&str> = templates
            .filter_map(|proxy| proxy.base_url.as_deref())
            .collect();
        let base = toolkit.base_url.as_deref().filter(|_| own.is_empty());
        let servers: BTreeSet<String> = toolkit
            .tools
            .values()
            .filter_map(|plan| plan.server.clone())
            .chain(base.map(str::to_owned))
            .collect();
        if own.is_empty() && base.is_none() {
            return Err(Failed::from(format!(
                "{slug} leads nowhere: {:?}",
                report.problems
            )));
        }
        for server in servers {
            let url = Url::parse(&server)?;
            let host = url.host_str().unwrap_or_default();
            if url.scheme() != "https" || !toolkit.integration.permits_host(host) {
                return Err(Failed::from(format!("{slug} leads to {server}")));
            }
        }
    }
    Ok(())
}
