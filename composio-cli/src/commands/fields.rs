//! What an auth scheme asks for: from `--param`, else from the user.

use composio_core::{
    Secret,
    models::{AuthConfigDetails, AuthField, AuthFields, AuthScheme, Fields, Toolkit},
};

use crate::{
    cli::Parameter,
    failure::{Exit, Failure},
    prompt,
};

/// Fields with their values.
pub(super) type Given = Vec<(String, Secret)>;

/// The scheme that is named, else the first that knows the given fields.
pub(super) fn scheme<'t>(
    toolkit: &'t Toolkit,
    mode: Option<&str>,
    params: &[Parameter],
) -> Result<&'t AuthConfigDetails, Failure> {
    let all = toolkit.auth_config_details.as_deref().unwrap_or_default();
    let wanted = mode.map(|mode| AuthScheme::from(mode.to_uppercase().as_str()));
    let named = |details: &&AuthConfigDetails| match &wanted {
        Some(wanted) => details.mode == *wanted,
        None => details.mode != AuthScheme::NoAuth,
    };
    let candidates: Vec<&AuthConfigDetails> = all.iter().filter(named).collect();
    let knows = |details: &&&AuthConfigDetails| {
        params
            .iter()
            .all(|param| details.field(&param.name).is_some())
    };
    if let Some(details) = candidates.iter().find(knows) {
        return Ok(details);
    }
    let show = format!(
        "`composio apps show {}` shows what it asks for",
        toolkit.slug
    );
    if let Some(details) = candidates.first() {
        let unknown = params
            .iter()
            .find(|param| details.field(&param.name).is_none());
        let name = unknown.map_or("", |param| param.name.as_str());
        let message = format!("{} asks for no field {name}", toolkit.slug);
        return Err(Failure::usage(message).hint(show));
    }
    let message = match mode {
        Some(mode) => format!("{} has no scheme {mode}", toolkit.slug),
        None => format!("{} needs no connection", toolkit.slug),
    };
    Err(Failure::usage(message).hint(show))
}

/// The developer's fields of a scheme, as an auth config takes them.
pub(super) async fn of_developer(
    details: &AuthConfigDetails,
    params: Vec<Parameter>,
) -> Result<Fields, Failure> {
    let given = complete(&details.fields.auth_config_creation, params).await?;
    let given = given
        .iter()
        .map(|(name, value)| (name.as_str(), value.expose()));
    Ok(given.collect())
}

/// The given fields, and the answers to questions for the required ones among `asked` that are not given. On a terminal
/// optional secrets are asked for too: nobody would guess that the password of a Basic scheme is one.
pub(super) async fn complete(asked: &AuthFields, params: Vec<Parameter>) -> Result<Given, Failure> {
    let mut given: Given = params
        .into_iter()
        .map(|param| (param.name, param.value))
        .collect();
    for field in &asked.required {
        if given.iter().any(|(name, _)| *name == field.name) || field.default.is_some() {
            continue;
        }
        let answer = ask(field).await.map_err(|failure| {
            if failure.exit() == Some(Exit::Interrupted) {
                return failure;
            }
            failure.hint(format!(
                "{0} is missing: give it on standard input, or with --param {0}=VALUE",
                field.name
            ))
        })?;
        given.push((field.name.clone(), answer));
    }
    if prompt::is_interactive() {
        for field in asked.optional.iter().filter(|field| is_secret(field)) {
            if given.iter().all(|(name, _)| *name != field.name) {
                let label = format!("{} (optional)", label(field));
                let answer = prompt::secret(&label).await?;
                given.extend((!answer.expose().is_empty()).then(|| (field.name.clone(), answer)));
            }
        }
    }
    Ok(given)
}

fn is_secret(field: &AuthField) -> bool {
    field.is_secret == Some(true)
}

fn label(field: &AuthField) -> &str {
    if field.display_name.is_empty() {
        &field.name
    } else {
        &field.display_name
    }
}

async fn ask(field: &AuthField) -> Result<Secret, Failure> {
    let label = label(field);
    if field.is_secret == Some(false) {
        return Ok(Secret::from(prompt::text(label).await?));
    }
    prompt::secret(label).await
}
