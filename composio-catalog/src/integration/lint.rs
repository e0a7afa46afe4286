//! What is probably a mistake in an `integration.yaml`, found without its OpenAPI document.

use composio_core::models::AuthScheme;
use serde_json::Value;
use url::Url;

use super::{
    AssertionConfig, Field, Integration, SchemeConfig,
    curated_lint::{PAGES_MEMBERS, STEP_MEMBERS, TOOL_MEMBERS},
    hosts, parse, template,
};
use crate::{CompileError, Diagnostic, compile::curated_plan};

const MEMBERS: &[&str] = &[
    "name",
    "unique_key",
    "description",
    "logo",
    "categories",
    "docs",
    "auth_schemes",
    "get_current_user_endpoint",
    "identity",
    "callback_url",
    "token_response_metadata",
    "proxy",
    "spec",
    "hosts",
    "important",
    "aliases",
    "overlays",
    "tools",
];
const SCHEME_MEMBERS: &[&str] = &[
    "name",
    "auth_mode",
    "authorization_url",
    "token_url",
    "request_url",
    "signature_method",
    "default_scopes",
    "available_scopes",
    "scope_separator",
    "authorization_params",
    "oauth",
    "assertion",
    "fields",
    "proxy",
];
const OAUTH_MEMBERS: &[&str] = &[
    "client_authentication",
    "token_body",
    "pkce",
    "scope_parameter",
    "token_params",
    "token_headers",
    "token_path",
    "token_member",
    "expires_in_milliseconds",
    "lost_grant_codes",
    "token_lifetime",
    "refresh_url",
    "refresh_params",
    "revoke_url",
    "issuer",
    "registration_url",
    "resource",
    "register_at",
];
const ASSERTION_MEMBERS: &[&str] = &[
    "algorithm",
    "key_field",
    "key_id",
    "issuer",
    "subject",
    "audience",
    "lifetime",
    "claims",
    "sent_as",
];
const IDENTITY_MEMBERS: &[&str] = &["method", "body", "id", "label", "valid_if"];
const FIELD_MEMBERS: &[&str] = &[
    "name",
    "display_name",
    "description",
    "type",
    "required",
    "expected_from_customer",
    "default",
    "is_secret",
    "options",
];
const PROXY_MEMBERS: &[&str] = &["base_url", "headers", "query_params", "path_params"];
const SIGNATURES: [&str; 4] = ["HMAC-SHA1", "HMAC-SHA256", "RSA-SHA1", "PLAINTEXT"];
/// Stands in for a placeholder when an address is read before its fields are known.
const FILLING: &str = "placeholder";

impl Integration {
    /// Reads an `integration.yaml` as [`parse`](Self::parse) does and says what is probably a mistake in it: everything
    /// that [`check`](Self::check) finds, members that nothing reads, addresses that cannot be, schemes that lack what
    /// they need, credentials that could leave the app's hosts.
    ///
    /// # Errors
    ///
    /// Those of [`parse`](Self::parse).
    pub fn lint(yaml: &[u8]) -> Result<(Self, Vec<Diagnostic>), CompileError> {
        let integration = Self::parse(yaml)?;
        let mut found = Findings(integration.check());
        if let Ok(text) = std::str::from_utf8(yaml)
            && let Ok(tree) = parse::tree(text)
        {
            found.members(&tree);
        }
        found.app(&integration);
        for (index, scheme) in integration.auth_schemes.iter().enumerate() {
            found.scheme(&integration, index, scheme);
        }
        for (index, tool) in integration.tools.iter().enumerate() {
            if let Err(problem) = curated_plan(&integration, tool) {
                found.add(&format!("tools[{index}]"), problem);
            }
        }
        found.0.extend(integration.check_tools());
        Ok((integration, found.0))
    }
}

struct Findings(Vec<Diagnostic>);

impl Findings {
    fn add(&mut self, place: &str, problem: impl AsRef<str>) {
        self.0.push(Diagnostic::new(place, problem.as_ref()));
    }

    fn members(&mut self, tree: &Value) {
        self.unknown("", tree, MEMBERS);
        self.unknown("proxy", &tree["proxy"], PROXY_MEMBERS);
        self.unknown("identity", &tree["identity"], IDENTITY_MEMBERS);
        self.tools(&tree["tools"]);
        let schemes = tree["auth_schemes"].as_array();
        for (index, scheme) in schemes.into_iter().flatten().enumerate() {
            let place = format!("auth_schemes[{index}]");
            self.unknown(&place, scheme, SCHEME_MEMBERS);
            self.unknown(&format!("{place}.oauth"), &scheme["oauth"], OAUTH_MEMBERS);
            let assertion = format!("{place}.assertion");
            self.unknown(&assertion, &scheme["assertion"], ASSERTION_MEMBERS);
            self.unknown(&format!("{place}.proxy"), &scheme["proxy"], PROXY_MEMBERS);
            for (at, field) in scheme["fields"]
                .as_array()
                .into_iter()
                .flatten()
                .enumerate()
            {
                self.unknown(&format!("{place}.fields[{at}]"), field, FIELD_MEMBERS);
            }
        }
    }

    fn tools(&mut self, tree: &Value) {
        for (index, tool) in tree.as_array().into_iter().flatten().enumerate() {
            let place = format!("tools[{index}]");
            self.unknown(&place, tool, TOOL_MEMBERS);
            let steps = tool["steps"].as_array();
            for (at, step) in steps.into_iter().flatten().enumerate() {
                let place = format!("{place}.steps[{at}]");
                self.unknown(&place, step, STEP_MEMBERS);
                self.unknown(&format!("{place}.pages"), &step["pages"], PAGES_MEMBERS);
            }
        }
    }

    fn unknown(&mut self, place: &str, tree: &Value, known: &[&str]) {
        for name in tree.as_object().into_iter().flat_map(serde_json::Map::keys) {
            if known.contains(&name.as_str()) || name.starts_with("x-") {
                continue;
            }
            let place = [place, name].join(if place.is_empty() { "" } else { "." });
            match known.iter().find(|known| is_near(known, name)) {
                Some(near) => self.add(&place, format!("nothing reads this; is `{near}` meant?")),
                None => self.add(&place, "nothing reads this"),
            }
        }
    }

    fn app(&mut self, app: &Integration) {
        if app.unique_key != app.slug() {
            self.add("unique_key", "is written in lower case everywhere else");
        }
        if app.description.trim().is_empty() {
            self.add(
                "description",
                "is missing: people and models choose apps by it",
            );
        }
        for pattern in &app.hosts {
            if let Some(fault) = hosts::fault(pattern) {
                self.add("hosts", format!("{pattern} {fault}"));
            }
        }
        if let Some(spec) = &app.spec {
            let is_file = !spec.contains(':') && !spec.starts_with('/') && !spec.contains("..");
            if !is_file && !spec.starts_with("https://") {
                self.add(
                    "spec",
                    "is neither an https address nor a file beside the integration.yaml",
                );
            }
        }
        if let Some(endpoint) = &app.get_current_user_endpoint
            && !endpoint.starts_with('/')
        {
            self.address("get_current_user_endpoint", endpoint, Some(app));
        }
        if app.identity.is_some() && app.get_current_user_endpoint.is_none() {
            self.add("identity", "needs get_current_user_endpoint");
        }
        if let Some(url) = app.proxy.as_ref().and_then(|proxy| proxy.base_url.as_ref()) {
            self.base_url("proxy.base_url", url, app);
        }
    }

    fn scheme(&mut self, app: &Integration, index: usize, scheme: &SchemeConfig) {
        let place = format!("auth_schemes[{index}]");
        self.needed(&place, scheme);
        let life = scheme.assertion.lifetime;
        if life.is_some_and(|life| life == 0 || life > AssertionConfig::LONGEST_LIFETIME) {
            let problem = format!("is 1 to {} seconds", AssertionConfig::LONGEST_LIFETIME);
            self.add(&format!("{place}.assertion.lifetime"), problem);
        }
        for (name, url) in addresses(scheme) {
            let place = format!("{place}.{name}");
            self.address(&place, url, None);
            self.receiver(&place, url, scheme);
        }
        if let Some(url) = scheme
            .proxy
            .as_ref()
            .and_then(|proxy| proxy.base_url.as_ref())
        {
            self.base_url(&format!("{place}.proxy.base_url"), url, app);
        }
        for scope in &scheme.default_scopes {
            if !scheme.available_scopes.is_empty() && !scheme.available_scopes.contains(scope) {
                let problem = format!("{scope} is none of available_scopes");
                self.add(&format!("{place}.default_scopes"), problem);
            }
        }
        let earlier = app.auth_schemes.iter().take(index);
        if !scheme.name.is_empty() && earlier.clone().any(|other| other.name == scheme.name) {
            self.add(&format!("{place}.name"), "another scheme has this name");
        }
        if scheme.name.is_empty() && earlier.clone().any(|own| own.auth_mode == scheme.auth_mode) {
            self.add(
                &format!("{place}.name"),
                "two schemes of one mode need names to be told apart",
            );
        }
        for (at, field) in scheme.fields.iter().enumerate() {
            let doubled = scheme
                .fields
                .iter()
                .take(at)
                .any(|own| own.name == field.name);
            self.field(&format!("{place}.fields[{at}]"), field, doubled);
        }
    }

    /// What the scheme cannot do without.
    fn needed(&mut self, place: &str, scheme: &SchemeConfig) {
        let is_discovered = scheme.oauth.issuer.is_some() || scheme.oauth.resource.is_some();
        let needs: &[(&str, bool)] = &match scheme.auth_mode {
            AuthScheme::Oauth2 => [
                (
                    "authorization_url",
                    scheme.authorization_url.is_some() || is_discovered,
                ),
                ("token_url", scheme.token_url.is_some() || is_discovered),
                ("", true),
            ],
            AuthScheme::Oauth1 => [
                ("request_url", scheme.request_url.is_some()),
                ("authorization_url", scheme.authorization_url.is_some()),
                ("token_url", scheme.token_url.is_some()),
            ],
            AuthScheme::S2sOauth2 => [
                ("token_url", scheme.token_url.is_some() || is_discovered),
                ("", true),
                ("", true),
            ],
            AuthScheme::BasicWithJwt => [
                ("token_url", scheme.token_url.is_some()),
                ("", true),
                ("", true),
            ],
            _ => [("", true); 3],
        };
        for (name, is_there) in needs {
            if !is_there {
                let problem = format!("{} cannot do without it", scheme.auth_mode.as_str());
                self.add(&format!("{place}.{name}"), problem);
            }
        }
        if let Some(method) = &scheme.signature_method
            && !SIGNATURES.contains(&method.as_str())
        {
            let problem = format!("{method} is none of {}", SIGNATURES.join(", "));
            self.add(&format!("{place}.signature_method"), problem);
        }
    }

    fn field(&mut self, place: &str, field: &Field, doubled: bool) {
        if doubled {
            self.add(place, format!("{} is there twice", field.name));
        }
        if !["", "string", "boolean", "number", "integer"].contains(&field.kind.as_str()) {
            let problem = format!("{} is none of string, boolean and number", field.kind);
            self.add(&format!("{place}.type"), problem);
        }
        if field.is_secret == Some(true) && field.default.is_some() {
            self.add(
                &format!("{place}.default"),
                "a secret that everybody can read is none",
            );
        }
    }

    /// The base URL has to be an address of the app, whatever the fields are.
    fn base_url(&mut self, place: &str, url: &str, app: &Integration) {
        // The user's whole address: the engine checks it when it is known.
        if !url.trim_start().starts_with("{{") {
            self.address(place, url, Some(app));
        }
    }

    /// An address is https, and one of the app's hosts where credentials go there with each call.
    fn address(&mut self, place: &str, text: &str, app: Option<&Integration>) {
        let Some(url) = filled(text).and_then(|text| Url::parse(&text).ok()) else {
            return self.add(place, format!("{text} is no absolute address"));
        };
        let host = url.host_str().unwrap_or_default();
        let is_local = host == "localhost" || host == "127.0.0.1" || host == "[::1]";
        if url.scheme() != "https" && !(url.scheme() == "http" && is_local) {
            self.add(
                place,
                "credentials go there readable by anyone: it has to be https",
            );
        }
        if let Some(app) = app
            && !host.contains(FILLING)
            && !app.permits_host(host)
        {
            self.add(place, format!("{host} is none of the app's hosts"));
        }
    }

    /// The client's secret goes to this address, so that a user must not be able to name its host alone.
    fn receiver(&mut self, place: &str, url: &str, scheme: &SchemeConfig) {
        let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = authority.split('/').next().unwrap_or_default();
        let Ok(names) = template::placeholders(authority) else {
            return;
        };
        let is_all =
            authority.trim_start().starts_with("{{") && authority.trim_end().ends_with("}}");
        let of_user = names.iter().find(|name| {
            let mut fields = scheme.fields.iter();
            fields.any(|field| field.name == **name && field.expected_from_customer)
        });
        if let Some(name) = of_user
            && is_all
        {
            let problem =
                format!("a user could have the client's secret sent anywhere by `{name}`");
            self.add(place, problem);
        }
    }
}

fn addresses(scheme: &SchemeConfig) -> impl Iterator<Item = (String, &str)> {
    let own = [
        ("authorization_url", &scheme.authorization_url),
        ("token_url", &scheme.token_url),
        ("request_url", &scheme.request_url),
    ];
    let own = own
        .into_iter()
        .filter_map(|(name, url)| Some((name.to_owned(), url.as_deref()?)));
    let further = scheme.oauth.urls();
    own.chain(further.map(|(name, url)| (format!("oauth.{name}"), url)))
}

/// The address with something harmless for each placeholder.
fn filled(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text.trim();
    while let Some((before, behind)) = rest.split_once("{{") {
        out.push_str(before);
        out.push_str(FILLING);
        rest = behind.split_once("}}")?.1;
    }
    out.push_str(rest);
    Some(out)
}

/// Whether two names differ by a letter or two, or in nothing but case and separators.
fn is_near(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '-', ' '], "");
    let (one, other) = (plain(one), plain(other));
    one == other || (one.len() > 4 && distance(&one, &other) <= 2)
}

/// Levenshtein's distance.
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (at, letter) in one.chars().enumerate() {
        let mut diagonal = at;
        let mut left = at + 1;
        for (cell, beside) in row.iter_mut().skip(1).zip(other.chars()) {
            let kept = diagonal + usize::from(letter != beside);
            diagonal = *cell;
            *cell = kept.min(left + 1).min(diagonal + 1);
            left = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = at + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Integration, is_near};

    fn found(yaml: &str) -> Vec<String> {
        let head = "name: Desk\nunique_key: desk\ndescription: A desk.\n";
        let (_, found) = Integration::lint(format!("{head}{yaml}").as_bytes()).unwrap();
        found
            .into_iter()
            .map(|one| format!("{}: {}", one.place, one.problem))
            .collect()
    }

    #[track_caller]
    fn finds(yaml: &str, place: &str, word: &str) {
        let found = found(yaml);
        let is_found = found
            .iter()
            .any(|line| line.starts_with(place) && line.contains(word));
        assert!(is_found, "{yaml}: {found:?}");
    }

    const OAUTH2: &str =
        "auth_schemes:\n  - auth_mode: OAUTH2\n    authorization_url: https://desk.example/a\n";

    #[test]
    fn a_sound_integration_has_no_findings() {
        let yaml = format!(
            "{OAUTH2}    token_url: https://{{{{shop}}}}.desk.example/t\n    fields: [{{name: shop, \
             expected_from_customer: true}}]\nhosts: ['*.desk.example']\nproxy: {{base_url: 'https://api.desk.example'}}"
        );
        assert_eq!(found(&yaml), Vec::<String>::new());
    }

    #[test]
    fn members_that_nothing_reads_are_named_with_what_is_meant() {
        finds("auth_scheme: []", "auth_scheme:", "`auth_schemes`");
        finds("colour: red", "colour:", "nothing reads this");
        let yaml = "auth_schemes:\n  - {auth_mode: OAUTH2, authorisation_url: 'https://a.example'}";
        finds(
            yaml,
            "auth_schemes[0].authorisation_url",
            "`authorization_url`",
        );
        let yaml = "auth_schemes:\n  - {auth_mode: OAUTH2, oauth: {PKCE: no}}";
        finds(yaml, "auth_schemes[0].oauth.PKCE", "`pkce`");
        assert!(found("x-note: {}\nproxy: {base_url: 'https://a.example'}").is_empty());
    }

    #[test]
    fn a_scheme_that_lacks_what_it_needs_is_named() {
        finds(OAUTH2, "auth_schemes[0].token_url", "cannot do without");
        finds(
            "auth_schemes: [{auth_mode: OAUTH1}]",
            "auth_schemes[0].request_url",
            "OAUTH1",
        );
        finds(
            "auth_schemes: [{auth_mode: S2S_OAUTH2}]",
            "auth_schemes[0].token_url",
            "S2S_OAUTH2",
        );
        let yaml = "auth_schemes: [{auth_mode: OAUTH2, oauth: {issuer: 'https://desk.example'}}]";
        assert!(found(yaml).is_empty(), "{:?}", found(yaml));
        let yaml = "auth_schemes: [{auth_mode: API_KEY, signature_method: MD5}]";
        finds(yaml, "auth_schemes[0].signature_method", "HMAC-SHA1");
    }

    #[test]
    fn addresses_that_cannot_be_are_named() {
        for (url, word) in [
            ("http://desk.example/t", "https"),
            ("desk.example/t", "no absolute address"),
            ("ftp://desk.example/t", "https"),
        ] {
            finds(
                &format!("{OAUTH2}    token_url: {url}"),
                "auth_schemes[0].token_url",
                word,
            );
        }
        finds("hosts: ['https://desk.example']", "hosts", "no scheme");
        finds("hosts: ['*.example']", "hosts", "top-level");
        finds("spec: http://desk.example/spec", "spec", "https");
        finds("spec: ../../etc/passwd", "spec", "beside");
    }

    #[test]
    fn credentials_that_could_leave_the_app_are_named() {
        let hosts = "hosts: [api.desk.example]\n";
        finds(
            &format!("{hosts}proxy: {{base_url: 'https://api.other.example'}}"),
            "proxy.base_url",
            "none of the app's hosts",
        );
        finds(
            &format!("{hosts}get_current_user_endpoint: https://me.other.example/"),
            "get_current_user_endpoint",
            "none of",
        );
        for place in [
            "token_url: https://{{host}}/t",
            "token_url: 'https://{{host}}:{{port}}/t'",
        ] {
            let yaml = format!(
                "{OAUTH2}    {place}\n    fields: [{{name: host, expected_from_customer: true}}, {{name: port}}]"
            );
            finds(&yaml, "auth_schemes[0].token_url", "client's secret");
        }
        let yaml = format!(
            "{OAUTH2}    token_url: 'https://{{{{host}}}}/t'\n    fields: [{{name: host}}]"
        );
        assert!(
            found(&yaml).is_empty(),
            "the developer names it: {:?}",
            found(&yaml)
        );
    }

    #[test]
    fn what_is_there_twice_is_named() {
        finds(
            "auth_schemes: [{name: a, auth_mode: BASIC}, {name: a, auth_mode: API_KEY}]",
            "auth_schemes[1].name",
            "another",
        );
        finds(
            "auth_schemes: [{auth_mode: BASIC}, {auth_mode: BASIC}]",
            "auth_schemes[1].name",
            "told apart",
        );
        finds(
            "auth_schemes: [{auth_mode: BASIC, fields: [{name: a}, {name: a}]}]",
            "auth_schemes[0].fields[1]",
            "twice",
        );
        finds(
            "auth_schemes: [{auth_mode: OAUTH2, default_scopes: [a], available_scopes: [b]}]",
            "auth_schemes[0].default_scopes",
            "a is none",
        );
        finds(
            "auth_schemes: [{auth_mode: BASIC, fields: [{name: a, type: text}]}]",
            "auth_schemes[0].fields[0].type",
            "text",
        );
        finds(
            "auth_schemes: [{auth_mode: BASIC, fields: [{name: a, is_secret: true, default: x}]}]",
            "auth_schemes[0].fields[0].default",
            "secret",
        );
    }

    #[test]
    fn near_names_are_near() {
        assert!(
            is_near("token_url", "tokenUrl") && is_near("authorization_url", "authorisation_url")
        );
        assert!(!is_near("docs", "logo") && !is_near("token_url", "request_url"));
    }
}
