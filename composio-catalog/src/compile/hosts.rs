//! Where the tools of an app lead, written down so that a later version cannot lead elsewhere unseen.

use std::collections::BTreeSet;

use url::Url;

use crate::{Integration, ToolPlan};

/// Stands for any host: a field of the user's is the whole of it.
const ANY: &str = "*";

/// The hosts of the app: those it names itself, else those that its templates, its document and the operations lead to.
pub(super) fn pinned<'p>(
    integration: &Integration,
    base_url: Option<&str>,
    plans: impl Iterator<Item = &'p ToolPlan>,
) -> Vec<String> {
    if !integration.hosts.is_empty() {
        let named = integration.hosts.iter();
        return named.map(|host| host.to_ascii_lowercase()).collect();
    }
    let schemes = integration.auth_schemes.iter();
    let templates: Vec<&str> = schemes
        .filter_map(|scheme| scheme.proxy.as_ref())
        .chain(&integration.proxy)
        .filter_map(|proxy| proxy.base_url.as_deref())
        .collect();
    let mut hosts: BTreeSet<String> = templates.iter().map(|url| of_template(url)).collect();
    hosts.extend(base_url.and_then(|url| match url.contains("{{") {
        true => Some(of_template(url)),
        false => of_url(url),
    }));
    hosts.extend(
        plans
            .flat_map(ToolPlan::servers)
            .filter_map(|url| of_url(url)),
    );
    hosts.into_iter().collect()
}

fn of_url(url: &str) -> Option<String> {
    Some(Url::parse(url).ok()?.host_str()?.to_owned())
}

/// Whether what a template's fields stand for stays below a domain that it names itself.
pub(super) fn is_bounded(template: &str) -> bool {
    of_template(template) != ANY
}

/// `*.desk.example` of `https://{{shop}}.desk.example/v1`.
fn of_template(template: &str) -> String {
    let Some((_, rest)) = template.split_once("://") else {
        return ANY.to_owned();
    };
    let authority = authority(rest);
    let fixed = authority
        .rsplit_once("}}")
        .map_or(authority, |(_, fixed)| fixed);
    let name = fixed.split(':').next().unwrap_or_default();
    if fixed.len() == authority.len() {
        return name.to_ascii_lowercase();
    }
    match name.split_once('.') {
        Some((_, domain)) if domain.contains('.') => format!("*.{}", domain.to_ascii_lowercase()),
        _ => ANY.to_owned(),
    }
}

/// What stands before the first slash that is none of a placeholder's.
fn authority(rest: &str) -> &str {
    let mut from = 0;
    loop {
        let tail = rest.get(from..).unwrap_or_default();
        let slash = tail.find('/').unwrap_or(tail.len());
        let closed = tail
            .find("{{")
            .filter(|opened| *opened < slash)
            .and_then(|opened| Some(opened + tail.get(opened..)?.find("}}")? + 2));
        match closed {
            Some(closed) => from += closed,
            None => return rest.get(..from + slash).unwrap_or(rest),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of_template;

    #[test]
    fn a_template_leads_to_what_stands_behind_its_last_field() {
        for (template, host) in [
            ("https://api.desk.example/v1", "api.desk.example"),
            ("https://API.desk.example:8443", "api.desk.example"),
            ("https://{{shop}}.desk.example/v1", "*.desk.example"),
            ("https://a-{{shop}}.{{zone}}.desk.example", "*.desk.example"),
            (
                "https://{{shop}}.desk.example/{{tenant}}/v1",
                "*.desk.example",
            ),
            (
                "https://{{ a | default('/x') }}.desk.example/v1",
                "*.desk.example",
            ),
            ("https://desk.example/{{tenant}}/v1", "desk.example"),
            ("https://{{host}}/v1", "*"),
            ("https://{{host}}:8080", "*"),
            ("https://{{shop}}.example", "*"),
            ("https://{{shop}}desk.example", "*"),
            ("{{base_url}}", "*"),
        ] {
            assert_eq!(of_template(template), host, "{template}");
        }
    }
}
