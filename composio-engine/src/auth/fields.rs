use std::collections::BTreeMap;

use composio_core::{
    Error, ErrorKind, Result, Secret,
    models::{AuthConfigDetails, AuthField, Fields},
};
use serde_json::Value;

use super::{oauth2::EXPIRES_IN, scheme::scheme};

/// Fields by name, as text: `true`, `8080`, `ak_live`.
pub(crate) type Values = BTreeMap<String, Secret>;

/// A value longer than this is no credential.
const LONGEST: usize = 64 * 1024;
/// The SDKs send these along; they say where the connection stands and are no credentials.
const STANDING: [&str; 1] = ["status"];

/// Members of a token response that are no secrets.
const PUBLIC: [&str; 2] = ["scope", "token_type"];

/// Who gives fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Giver {
    /// The developer, when the auth config is made: the developer's fields alone.
    Developer,
    /// The program, when an account is connected: the user's fields, and the developer's for this account alone.
    Program,
    /// The user, when an account is connected: the user's fields alone.
    User,
}

/// Checks what was given against what is asked for: names and types. Nothing has to be there yet.
pub(crate) fn accept(details: &AuthConfigDetails, given: Fields, giver: Giver) -> Result<Values> {
    let rules = scheme(&details.mode)?;
    let mut values = Values::new();
    for (name, value) in given.into_map() {
        let asked = find(details, &name).or_else(|| {
            let is_alias = rules.names.contains(&name.as_str());
            is_alias.then(|| rules.names.iter().find_map(|name| find(details, name)))?
        });
        match asked {
            Some((field, owner)) if may_give(giver, owner) => {
                let text = text_of(field, value)?;
                let before = text.and_then(|text| values.insert(field.name.clone(), text));
                if before.is_some() {
                    return Err(given_twice(field));
                }
            }
            Some((field, owner)) => return Err(not_yours(field, owner)),
            None if rules.members.contains(&name.as_str()) && giver != Giver::Developer => {
                let mut field = AuthField::default();
                field.name.clone_from(&name);
                if name == EXPIRES_IN {
                    field.kind = "number".to_owned();
                }
                let text = text_of(&field, value)?;
                values.extend(text.map(|text| (name, text)));
            }
            None if STANDING.contains(&name.as_str()) || value.is_null() => {}
            None => return Err(unknown(details, &name)),
        }
    }
    (rules.check)(&values)?;
    Ok(values)
}

/// The fields that are given as `null`, by the toolkit's own names. Names that it does not know are left out.
pub(crate) fn removed(details: &AuthConfigDetails, given: &Fields) -> Vec<String> {
    let Ok(rules) = scheme(&details.mode) else {
        return Vec::new();
    };
    let own = |name: &str| {
        let field = find(details, name).or_else(|| {
            let is_alias = rules.names.contains(&name);
            is_alias.then(|| rules.names.iter().find_map(|name| find(details, name)))?
        });
        field.map(|(field, _)| field.name.clone())
    };
    let nulls = given.iter().filter(|(_, value)| value.is_null());
    nulls.filter_map(|(name, _)| own(name)).collect()
}

/// Refuses `values` if a required field has neither a value nor a default.
pub(crate) fn require(details: &AuthConfigDetails, values: &Values) -> Result<()> {
    let missing: Vec<String> = asked(details)
        .filter(|(field, _)| field.required && field.default.is_none())
        .filter(|(field, _)| !values.contains_key(&field.name))
        .map(|(field, owner)| match owner {
            Giver::Developer => format!("{} (the developer's, on the auth config)", field.name),
            Giver::Program | Giver::User => field.name.clone(),
        })
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = format!("the scheme {} needs {}", details.name, missing.join(", "));
    Err(Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldMissing"))
}

/// The same for the developer's fields alone.
pub(crate) fn require_developer(details: &AuthConfigDetails, values: &Values) -> Result<()> {
    let mut developer = details.clone();
    developer.fields.connected_account_initiation = Default::default();
    require(&developer, values)
}

/// The values a request is rendered with: defaults, then the developer's, then the account's.
pub(crate) fn complete(details: &AuthConfigDetails, developer: Values, own: Values) -> Values {
    let mut values: Values = asked(details)
        .filter_map(|(field, _)| Some((field.name.clone(), default_text(field)?)))
        .collect();
    values.extend(developer);
    values.extend(own);
    values
}

/// The values as the API shows them, secrets masked.
pub(crate) fn shown(details: Option<&AuthConfigDetails>, values: &Values) -> Fields {
    values
        .iter()
        .map(|(name, value)| {
            let field = details.and_then(|details| find(details, name));
            let is_public = match field {
                Some((field, _)) => field.is_secret == Some(false),
                None => PUBLIC.contains(&name.as_str()),
            };
            let text = if is_public {
                value.expose().to_owned()
            } else {
                value.masked()
            };
            (name.clone(), text)
        })
        .collect()
}

fn asked(details: &AuthConfigDetails) -> impl Iterator<Item = (&AuthField, Giver)> {
    let developer = &details.fields.auth_config_creation;
    let user = &details.fields.connected_account_initiation;
    let of_developer = developer.required.iter().chain(&developer.optional);
    let of_user = user.required.iter().chain(&user.optional);
    of_developer
        .map(|field| (field, Giver::Developer))
        .chain(of_user.map(|field| (field, Giver::User)))
}

fn find<'d>(details: &'d AuthConfigDetails, name: &str) -> Option<(&'d AuthField, Giver)> {
    asked(details).find(|(field, _)| field.name == name)
}

fn may_give(giver: Giver, owner: Giver) -> bool {
    giver == Giver::Program || giver == owner
}

// An empty text and a null are as good as nothing, so that a required field cannot be filled with them.
fn text_of(field: &AuthField, value: Value) -> Result<Option<Secret>> {
    let text = match (field.kind.as_str(), value) {
        (_, Value::Null) => return Ok(None),
        (_, Value::String(text)) if text.is_empty() => return Ok(None),
        ("boolean", Value::Bool(value)) => value.to_string(),
        ("boolean", Value::String(text)) if ["true", "false"].contains(&text.as_str()) => text,
        ("number" | "integer", Value::Number(number)) => number.to_string(),
        ("number" | "integer", Value::String(text)) if text.parse::<f64>().is_ok() => text,
        ("boolean" | "number" | "integer", _) => return Err(wrong_type(field)),
        (_, Value::String(text)) => text,
        (_, Value::Array(scopes)) if field.name == "scopes" => joined(field, &scopes)?,
        _ => return Err(wrong_type(field)),
    };
    if text.len() > LONGEST {
        let message = format!("{} is longer than {LONGEST} bytes", field.name);
        return Err(Error::new(ErrorKind::InvalidInput, message));
    }
    if !field.options.is_empty() && !field.options.contains(&text) {
        let message = format!("{} must be one of {}", field.name, field.options.join(", "));
        return Err(Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldInvalid"));
    }
    Ok(Some(Secret::from(text)))
}

// The wire takes scopes as a list too.
fn joined(field: &AuthField, scopes: &[Value]) -> Result<String> {
    let scopes: Option<Vec<&str>> = scopes.iter().map(Value::as_str).collect();
    scopes
        .map(|scopes| scopes.join(" "))
        .ok_or_else(|| wrong_type(field))
}

fn default_text(field: &AuthField) -> Option<Secret> {
    match field.default.as_ref()? {
        Value::Null => None,
        Value::String(text) => Some(Secret::from(text.as_str())),
        other => Some(Secret::from(other.to_string())),
    }
}

fn wrong_type(field: &AuthField) -> Error {
    let kind = match field.kind.as_str() {
        "" => "string",
        kind => kind,
    };
    let message = format!("{} must be a {kind}", field.name);
    Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldInvalid")
}

fn given_twice(field: &AuthField) -> Error {
    let message = format!("{} is given twice, under two of its names", field.name);
    Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldInvalid")
}

fn not_yours(field: &AuthField, owner: Giver) -> Error {
    let message = match owner {
        Giver::Developer => format!(
            "{} is the developer's: it is set on the auth config",
            field.name
        ),
        Giver::Program | Giver::User => {
            format!(
                "{} is the user's: it is given when the account is connected",
                field.name
            )
        }
    };
    Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldNotAllowed")
}

fn unknown(details: &AuthConfigDetails, name: &str) -> Error {
    let names: Vec<&str> = asked(details)
        .map(|(field, _)| field.name.as_str())
        .collect();
    let known = if names.is_empty() {
        "no fields".to_owned()
    } else {
        names.join(", ")
    };
    // The name comes from outside and may be anything, a misplaced secret included.
    let name: String = name
        .chars()
        .filter(|c| c.is_ascii_graphic())
        .take(40)
        .collect();
    let message = format!(
        "the scheme {} has no field {name}: it asks for {known}",
        details.name
    );
    Error::new(ErrorKind::InvalidInput, message).with_slug("Auth_FieldUnknown")
}
