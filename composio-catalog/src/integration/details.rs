use std::ptr;

use composio_core::models::{AuthConfigDetails, AuthField, AuthScheme};
use serde_json::Value;

use super::{ClientAuthentication, Field, Integration, SchemeConfig, check, template};

/// A field whose name holds one of these is shown masked, unless it says otherwise.
const SECRET_WORDS: [&str; 8] = [
    "secret",
    "password",
    "token",
    "api_key",
    "apikey",
    "private_key",
    "credential",
    "passphrase",
];

/// The developer's own redirect address.
const REDIRECT: &str = "oauth_redirect_uri";

/// A field that a scheme needs even if `fields` does not list it.
struct Implied {
    name: &'static str,
    label: &'static str,
    from_customer: bool,
    required: bool,
}

const fn developer(name: &'static str, label: &'static str) -> Implied {
    Implied {
        name,
        label,
        from_customer: false,
        required: true,
    }
}

const fn customer(name: &'static str, label: &'static str) -> Implied {
    Implied {
        name,
        label,
        from_customer: true,
        required: true,
    }
}

const OAUTH2: &[Implied] = &[
    developer("client_id", "Client ID"),
    developer("client_secret", "Client Secret"),
];
const OAUTH2_PUBLIC: &[Implied] = &[developer("client_id", "Client ID")];
/// Registered by the engine unless the developer has a client.
const DCR_OAUTH: &[Implied] = &[
    Implied {
        required: false,
        ..developer("client_id", "Client ID")
    },
    Implied {
        required: false,
        ..developer("client_secret", "Client Secret")
    },
];
const OAUTH1: &[Implied] = &[
    developer("consumer_key", "Consumer Key"),
    developer("consumer_secret", "Consumer Secret"),
];
/// The client has a key pair; its provider has the public half.
const OAUTH1_RSA: &[Implied] = &[
    developer("consumer_key", "Consumer Key"),
    developer("private_key", "Private Key"),
];
const API_KEY: &[Implied] = &[customer("generic_api_key", "API Key")];
const BEARER_TOKEN: &[Implied] = &[customer("token", "Token")];
const BASIC: &[Implied] = &[
    customer("username", "Username"),
    Implied {
        required: false,
        ..customer("password", "Password")
    },
];
const BASIC_WITH_JWT: &[Implied] = &[
    customer("username", "Username"),
    customer("password", "Password"),
];
const GOOGLE_SERVICE_ACCOUNT: &[Implied] = &[customer("credentials_json", "Service Account JSON")];
const SERVICE_ACCOUNT: &[Implied] = &[
    customer("application_id", "Application ID"),
    customer("installation_id", "Installation ID"),
    customer("private_key", "Private Key"),
];

impl Integration {
    /// What each scheme asks for, by who answers, in the shape the wire shows (wire reference 1.2).
    ///
    /// A field with `expected_from_customer` is the user's, any other the developer's. Fields that a scheme
    /// cannot do without are added when `fields` lacks them: `client_id` and `client_secret` for OAuth 2,
    /// `generic_api_key` or whatever name the templates use for an API key, and so on.
    #[must_use]
    pub fn auth_config_details(&self) -> Vec<AuthConfigDetails> {
        self.auth_schemes
            .iter()
            .map(|scheme| self.details_of(scheme))
            .collect()
    }

    fn details_of(&self, scheme: &SchemeConfig) -> AuthConfigDetails {
        let name = if scheme.name.is_empty() {
            format!(
                "{}_{}",
                self.slug(),
                scheme.auth_mode.as_str().to_ascii_lowercase()
            )
        } else {
            scheme.name.clone()
        };
        let mut details = AuthConfigDetails::new(scheme.auth_mode.clone(), name);
        details.required_scopes.clone_from(&scheme.default_scopes);
        let has_consent = matches!(scheme.auth_mode, AuthScheme::Oauth2 | AuthScheme::DcrOauth);
        for implied in self.implied(scheme) {
            add(&mut details, &implied);
        }
        for field in &scheme.fields {
            add(&mut details, field);
        }
        let has_scopes = has_consent || scheme.auth_mode == AuthScheme::GoogleServiceAccount;
        if has_scopes && !has_field(scheme, "scopes") {
            add(&mut details, &scopes_field(scheme));
        }
        if has_consent && !has_field(scheme, REDIRECT) {
            add(&mut details, &redirect_field());
        }
        details
    }

    fn implied(&self, scheme: &SchemeConfig) -> Vec<Field> {
        let is_public = scheme.oauth.client_authentication() == ClientAuthentication::None;
        let needed = match scheme.auth_mode {
            AuthScheme::Oauth2 if is_public => OAUTH2_PUBLIC,
            AuthScheme::Oauth2 | AuthScheme::S2sOauth2 => OAUTH2,
            AuthScheme::DcrOauth => DCR_OAUTH,
            AuthScheme::Oauth1 if signs_by_rsa(scheme) => OAUTH1_RSA,
            AuthScheme::Oauth1 => OAUTH1,
            AuthScheme::ApiKey if scheme.fields.iter().any(holds_key) => &[],
            AuthScheme::ApiKey => API_KEY,
            AuthScheme::BearerToken if has_field(scheme, "bearer_token") => &[],
            AuthScheme::BearerToken => BEARER_TOKEN,
            AuthScheme::Basic => BASIC,
            AuthScheme::BasicWithJwt => BASIC_WITH_JWT,
            AuthScheme::GoogleServiceAccount => GOOGLE_SERVICE_ACCOUNT,
            AuthScheme::ServiceAccount => SERVICE_ACCOUNT,
            _ => &[],
        };
        let aliases: &[&str] = match scheme.auth_mode {
            AuthScheme::ApiKey => &["api_key", "bearer_token", "token"],
            AuthScheme::BearerToken => &["bearer_token"],
            _ => &[],
        };
        needed
            .iter()
            .map(|implied| Field {
                name: self.spelling(scheme, implied.name, aliases).to_owned(),
                display_name: implied.label.to_owned(),
                required: implied.required,
                expected_from_customer: implied.from_customer,
                ..Field::default()
            })
            .filter(|field| !has_field(scheme, &field.name))
            .filter(|field| self.is_needed(scheme, &field.name))
            .collect()
    }

    /// Whether `name` is needed at all: what a service account signs with and for is the scheme's to say.
    fn is_needed(&self, scheme: &SchemeConfig, name: &str) -> bool {
        if scheme.auth_mode != AuthScheme::ServiceAccount {
            return true;
        }
        let assertion = &scheme.assertion;
        match name {
            "application_id" => assertion.issuer.is_none() || self.mentions(name, Some(scheme)),
            "installation_id" => scheme.token_url.is_none() || self.mentions(name, Some(scheme)),
            "private_key" => assertion.key_field.as_deref().is_none_or(|own| own == name),
            _ => true,
        }
    }

    /// Of the names one credential can have, the one that the templates use: the scheme's own first.
    fn spelling<'n>(&self, scheme: &SchemeConfig, name: &'n str, aliases: &[&'n str]) -> &'n str {
        let candidates = || std::iter::once(name).chain(aliases.iter().copied());
        candidates()
            .find(|name| self.mentions(name, Some(scheme)))
            .or_else(|| candidates().find(|name| self.mentions(name, None)))
            .unwrap_or(name)
    }

    /// Whether a template of `owner`, or one of every scheme if there is none, starts with `name`.
    fn mentions(&self, name: &str, owner: Option<&SchemeConfig>) -> bool {
        check::templates(self, &mut |_, text, scheme| {
            let is_of_owner = match (scheme, owner) {
                (Some(scheme), Some(owner)) => ptr::eq(scheme, owner),
                (None, None) => true,
                _ => false,
            };
            let names = template::placeholders(text).unwrap_or_default();
            if is_of_owner && names.contains(&name) {
                Err(())
            } else {
                Ok(())
            }
        })
        .is_err()
    }
}

fn signs_by_rsa(scheme: &SchemeConfig) -> bool {
    let method = scheme.signature_method.as_deref();
    method.is_some_and(|method| method.eq_ignore_ascii_case("RSA-SHA1"))
}

/// Whether the field is a key by its name, so that no other is implied.
fn holds_key(field: &Field) -> bool {
    field.expected_from_customer && is_secret(field)
}

fn has_field(scheme: &SchemeConfig, name: &str) -> bool {
    scheme.fields.iter().any(|field| field.name == name)
}

fn is_secret(field: &Field) -> bool {
    field
        .is_secret
        .unwrap_or_else(|| sounds_secret(&field.name))
}

/// Whether a field of this name is shown masked unless it says otherwise.
pub(crate) fn sounds_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

fn scopes_field(scheme: &SchemeConfig) -> Field {
    let separator = scheme.scope_separator.as_deref().unwrap_or(" ");
    Field {
        name: "scopes".to_owned(),
        display_name: "Scopes".to_owned(),
        description: "The scopes to ask the user for.".to_owned(),
        default: Some(Value::String(scheme.default_scopes.join(separator))),
        ..Field::default()
    }
}

fn redirect_field() -> Field {
    Field {
        name: REDIRECT.to_owned(),
        display_name: "Redirect URI".to_owned(),
        description: "Where the provider sends the user back to, as it is registered there. An address of your own has \
            to forward to the engine's callback with its query."
            .to_owned(),
        ..Field::default()
    }
}

fn add(details: &mut AuthConfigDetails, field: &Field) {
    let mut shown = AuthField::default();
    shown.name.clone_from(&field.name);
    shown.display_name = if field.display_name.is_empty() {
        field.name.clone()
    } else {
        field.display_name.clone()
    };
    shown.kind = if field.kind.is_empty() {
        "string".to_owned()
    } else {
        field.kind.clone()
    };
    shown.description.clone_from(&field.description);
    shown.required = field.required;
    shown.default.clone_from(&field.default);
    shown.is_secret = Some(is_secret(field));
    shown.options.clone_from(&field.options);
    let group = if field.expected_from_customer {
        &mut details.fields.connected_account_initiation
    } else {
        &mut details.fields.auth_config_creation
    };
    if field.required && field.default.is_none() {
        group.required.push(shown);
    } else {
        group.optional.push(shown);
    }
}
