//! An `integration.yaml` for an app that has none: what the OpenAPI document says about credentials.

use composio_core::models::AuthScheme;
use indexmap::IndexMap;

use super::{AssertionConfig, Field, Integration, OauthConfig, Proxy, SchemeConfig};
use crate::{
    CompileError, Diagnostic,
    document::{self, Document, Node},
    text,
};

const MAX_SCHEMES: usize = 32;
const MAX_NAME: usize = 200;
const MAX_DESCRIPTION: usize = 1_024;

impl Integration {
    /// Makes the integration of the app `name` from its OpenAPI document alone: API keys in a header, the query or a
    /// cookie, bearer tokens and Basic, as `securitySchemes` and `security` have them. OAuth 2 and its kin
    /// become a bearer token that the user already has. The diagnostics say what could not be taken over.
    ///
    /// ```
    /// use composio_catalog::Integration;
    ///
    /// let document = br#"{"openapi": "3.0.3", "info": {"title": "Desk", "version": "1"}, "paths": {},
    ///     "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}}"#;
    /// let (integration, diagnostics) = Integration::of_document("desk", document)?;
    /// assert_eq!(integration.auth_schemes[0].auth_mode.as_str(), "API_KEY");
    /// assert!(diagnostics.is_empty());
    /// # Ok::<(), composio_catalog::CompileError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`CompileError`] if the document cannot be read, or if `name` has other characters than letters, digits, `_`
    /// and `-`.
    pub fn of_document(
        name: &str,
        document: &[u8],
    ) -> Result<(Self, Vec<Diagnostic>), CompileError> {
        let root = document::read(document)?;
        let document = Document::new(&root)?;
        let info = |member| {
            let info = root.get("info");
            info.and_then(|info| info.text_of(member))
                .unwrap_or_default()
        };
        let title = text::line(info("title"), MAX_NAME);
        let mut derived = Self {
            name: if title.is_empty() {
                name.to_owned()
            } else {
                title
            },
            unique_key: name.to_owned(),
            description: text::prose(info("description"), MAX_DESCRIPTION).into_owned(),
            ..Self::default()
        };
        derived.validate()?;
        let mut found = Found::default();
        for alternative in alternatives(&document) {
            found.take(&document, &alternative);
        }
        derived.auth_schemes = found.schemes;
        Ok((derived, found.diagnostics))
    }
}

/// The sets of `securitySchemes` that are enough for a request: those of the document's `security` first, then each
/// scheme that stands in none of them.
fn alternatives<'d>(document: &Document<'d>) -> Vec<Vec<&'d str>> {
    let names = |requirement: &'d Node<'d>| -> Vec<&'d str> {
        let entries = requirement.entries().iter();
        entries.map(|(name, _)| name.as_ref()).collect()
    };
    let required = document.root.get("security").map_or(&[][..], Node::items);
    let mut alternatives: Vec<Vec<&str>> = required
        .iter()
        .map(names)
        .filter(|names| !names.is_empty())
        .take(MAX_SCHEMES)
        .collect();
    let components = document.root.get("components");
    let schemes = components
        .and_then(|components| components.get("securitySchemes"))
        .map_or(&[][..], Node::entries);
    for (name, _) in schemes.iter().take(MAX_SCHEMES) {
        if !alternatives
            .iter()
            .flatten()
            .any(|taken| taken == &name.as_ref())
        {
            alternatives.push(vec![name.as_ref()]);
        }
    }
    alternatives
}

#[derive(Default)]
struct Found {
    schemes: Vec<SchemeConfig>,
    diagnostics: Vec<Diagnostic>,
}

impl Found {
    fn take(&mut self, document: &Document<'_>, names: &[&str]) {
        let mut draft = Draft::default();
        for name in names {
            let is_only = names.len() == 1;
            if let Err(problem) = draft.add(document, name, is_only) {
                let place = format!("securitySchemes.{name}");
                self.diagnostics.push(Diagnostic::new(&place, &problem));
                return;
            }
        }
        if draft.is_oauth {
            let place = format!("securitySchemes.{}", names.join(" and "));
            let problem = "OAuth is not derived: users connect with an access token they have";
            self.diagnostics.push(Diagnostic::new(&place, problem));
        }
        if let Some(scheme) = draft.finish(names)
            && !self.schemes.iter().any(|known| same(known, &scheme))
        {
            self.schemes.push(scheme);
        }
    }
}

/// Whether two schemes ask the user for the same thing.
fn same(one: &SchemeConfig, other: &SchemeConfig) -> bool {
    one.auth_mode == other.auth_mode && one.proxy == other.proxy
}

/// One way to connect while its parts are put together.
#[derive(Default)]
struct Draft {
    mode: Option<AuthScheme>,
    is_oauth: bool,
    proxy: Proxy,
    cookies: Vec<String>,
    fields: Vec<Field>,
}

impl Draft {
    fn add(&mut self, document: &Document<'_>, name: &str, is_only: bool) -> Result<(), String> {
        let schemes = document.root.get("components");
        let scheme = schemes
            .and_then(|components| components.get("securitySchemes"))
            .and_then(|schemes| schemes.get(name))
            .ok_or("`security` names it, and it is not described")?;
        let scheme = document
            .follow(scheme)
            .map_err(|problem| problem.reason().to_owned())?;
        let http = scheme.text_of("scheme").unwrap_or_default();
        match scheme.text_of("type") {
            Some("apiKey") => self.add_key(scheme, name, is_only),
            Some("http") if http.eq_ignore_ascii_case("bearer") => {
                self.set_mode(AuthScheme::BearerToken)
            }
            Some("http") if http.eq_ignore_ascii_case("basic") => self.set_mode(AuthScheme::Basic),
            Some("oauth2" | "openIdConnect") => {
                self.is_oauth = true;
                self.set_mode(AuthScheme::BearerToken)
            }
            _ => {
                Err("this kind of credentials is not derived: write an integration.yaml".to_owned())
            }
        }
    }

    fn add_key(&mut self, scheme: &Node<'_>, name: &str, is_only: bool) -> Result<(), String> {
        let parameter = scheme.text_of("name").unwrap_or_default();
        if parameter.is_empty() || !parameter.chars().all(|c| c.is_ascii_graphic() && c != ':') {
            return Err("the name of its parameter is not usable".to_owned());
        }
        let field = if is_only {
            "api_key".to_owned()
        } else {
            field_name(name)
        };
        let template = format!("{{{{{field}}}}}");
        match scheme.text_of("in") {
            Some("header") => {
                self.proxy.headers.insert(parameter.to_owned(), template);
            }
            Some("query") => {
                self.proxy
                    .query_params
                    .insert(parameter.to_owned(), template);
            }
            Some("cookie") => self.cookies.push(format!("{parameter}={template}")),
            _ => return Err("it stands neither in a header, the query nor a cookie".to_owned()),
        }
        let description = scheme.text_of("description").unwrap_or_default();
        self.fields.push(Field {
            name: field,
            display_name: if is_only {
                "API key".to_owned()
            } else {
                parameter.to_owned()
            },
            description: text::prose(description, MAX_DESCRIPTION).into_owned(),
            kind: "string".to_owned(),
            required: true,
            expected_from_customer: true,
            is_secret: Some(true),
            ..Field::default()
        });
        self.mode.get_or_insert(AuthScheme::ApiKey);
        Ok(())
    }

    fn set_mode(&mut self, mode: AuthScheme) -> Result<(), String> {
        match &self.mode {
            Some(AuthScheme::ApiKey) | None => {
                self.mode = Some(mode);
                Ok(())
            }
            Some(_) => Err("two kinds of Authorization cannot stand in one request".to_owned()),
        }
    }

    fn finish(mut self, names: &[&str]) -> Option<SchemeConfig> {
        if !self.cookies.is_empty() {
            let cookies = self.cookies.join("; ");
            self.proxy.headers.insert("Cookie".to_owned(), cookies);
        }
        Some(SchemeConfig {
            name: text::line(&names.join("_"), MAX_NAME),
            auth_mode: self.mode?,
            authorization_url: None,
            token_url: None,
            request_url: None,
            signature_method: None,
            default_scopes: Vec::new(),
            available_scopes: Vec::new(),
            scope_separator: None,
            authorization_params: IndexMap::new(),
            oauth: OauthConfig::default(),
            assertion: AssertionConfig::default(),
            fields: self.fields,
            proxy: (self.proxy != Proxy::default()).then_some(self.proxy),
        })
    }
}

/// A name that a template can use.
fn field_name(name: &str) -> String {
    let safe = |letter: char| {
        if letter.is_ascii_alphanumeric() {
            letter.to_ascii_lowercase()
        } else {
            '_'
        }
    };
    let name: String = name.chars().take(60).map(safe).collect();
    if name.starts_with(|letter: char| letter.is_ascii_alphabetic()) {
        name
    } else {
        format!("key_{name}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{CompileError, Diagnostic, Integration, compile};

    fn document(security: &Value, schemes: &Value) -> Vec<u8> {
        let document = json!({
            "openapi": "3.0.3",
            "info": {"title": "Desk", "version": "1", "description": "A <b>desk</b>."},
            "servers": [{"url": "https://desk.example"}],
            "paths": {"/me": {"get": {"summary": "Who am I", "responses": {}}}},
            "security": security,
            "components": {"securitySchemes": schemes},
        });
        document.to_string().into_bytes()
    }

    fn derived(security: &Value, schemes: &Value) -> (Integration, Vec<Diagnostic>) {
        Integration::of_document("desk", &document(security, schemes)).unwrap()
    }

    fn modes(integration: &Integration) -> Vec<&str> {
        let schemes = integration.auth_schemes.iter();
        schemes.map(|scheme| scheme.auth_mode.as_str()).collect()
    }

    #[test]
    fn a_key_goes_where_the_document_says() {
        let places = json!({
            "head": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "query": {"type": "apiKey", "in": "query", "name": "key"},
            "jar": {"type": "apiKey", "in": "cookie", "name": "sid"},
        });
        let (integration, diagnostics) = derived(&json!([]), &places);
        assert_eq!(diagnostics, []);
        let proxies: Vec<Value> = integration
            .auth_schemes
            .iter()
            .map(|scheme| serde_json::to_value(&scheme.proxy).unwrap())
            .collect();
        // In which order objects are read is a feature of the parser's, which any crate may turn on.
        for (place, expected) in [
            ("headers", json!({"X-Key": "{{api_key}}"})),
            ("headers", json!({"Cookie": "sid={{api_key}}"})),
            ("query_params", json!({"key": "{{api_key}}"})),
        ] {
            let found = proxies.iter().any(|proxy| proxy[place] == expected);
            assert!(found, "{expected}: {proxies:?}");
        }
        assert_eq!(integration.description, "A desk.");
    }

    #[test]
    fn what_the_document_asks_for_comes_first_and_once() {
        let schemes = json!({
            "basic": {"type": "http", "scheme": "Basic"},
            "token": {"type": "http", "scheme": "bearer"},
            "other": {"type": "http", "scheme": "bearer"},
        });
        let (integration, _) = derived(&json!([{"token": []}]), &schemes);
        assert_eq!(modes(&integration), ["BEARER_TOKEN", "BASIC"]);
    }

    #[test]
    fn keys_that_go_together_are_fields_of_one_scheme() {
        let schemes = json!({
            "App-Id": {"type": "apiKey", "in": "header", "name": "X-App"},
            "9": {"type": "apiKey", "in": "header", "name": "X-Key"},
        });
        let (integration, _) = derived(&json!([{"App-Id": [], "9": []}]), &schemes);
        assert_eq!(modes(&integration), ["API_KEY"]);
        let details = integration.auth_config_details();
        let asked = &details[0].fields.connected_account_initiation.required;
        let mut names: Vec<&str> = asked.iter().map(|field| field.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, ["app_id", "key_9"]);
    }

    #[test]
    fn what_cannot_be_derived_is_told() {
        let schemes = json!({
            "login": {"type": "oauth2", "flows": {}},
            "tls": {"type": "mutualTLS"},
            "split": {"type": "apiKey", "in": "header", "name": "X-Key\r\nX-Evil"},
        });
        let (integration, diagnostics) = derived(&json!([{"gone": []}]), &schemes);
        assert_eq!(modes(&integration), ["BEARER_TOKEN"]);
        let mut places: Vec<&str> = diagnostics.iter().map(|one| one.place.as_str()).collect();
        places.sort_unstable();
        let expected =
            ["gone", "login", "split", "tls"].map(|name| format!("securitySchemes.{name}"));
        assert_eq!(places, expected);
    }

    #[test]
    fn it_compiles_and_survives_being_written_out() {
        let schemes = json!({"key": {"type": "apiKey", "in": "header", "name": "X-Key"}});
        let document = document(&json!([{"key": []}]), &schemes);
        let (integration, _) = Integration::of_document("desk", &document).unwrap();
        let written = serde_json::to_vec(&integration).unwrap();
        assert_eq!(Integration::parse(&written).unwrap(), integration);
        let compiled = compile(integration, &document, "20260101_00").unwrap();
        assert!(compiled.report.is_clean(), "{:?}", compiled.report);
        assert!(compiled.toolkit.tools.contains_key("DESK_WHO_AM_I"));
    }

    #[test]
    fn a_document_without_credentials_gives_an_app_without() {
        let (integration, diagnostics) = derived(&json!([]), &json!({}));
        assert!(integration.needs_no_auth());
        assert_eq!(diagnostics, []);
    }

    #[test]
    fn a_bad_name_is_refused() {
        let document = document(&json!([]), &json!({}));
        let refused = Integration::of_document("../desk", &document).unwrap_err();
        assert!(matches!(refused, CompileError::Integration(_)));
    }
}
