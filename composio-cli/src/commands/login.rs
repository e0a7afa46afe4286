use composio_core::{HOSTED_BASE_URL, Secret};
use serde_json::json;

use crate::{
    backend::{Backend, Place},
    cli,
    context::Context,
    failure::{Exit, Failure},
    home,
    output::{Progress, Table},
    prompt,
};

/// Keeps a key for a server, after the server has taken it.
pub(super) async fn login(context: &Context, asked: cli::Login) -> Result<(), Failure> {
    let base_url = asked
        .base_url
        .or_else(|| context.environment.base_url.clone())
        .unwrap_or_else(|| HOSTED_BASE_URL.to_owned());
    let api_key = prompt::secret(&format!("API key for {base_url}"))
        .await
        .map_err(|failure| failure.hint("give the key on standard input"))?;
    let api_key = Secret::from(api_key.expose().trim());
    if api_key.expose().is_empty() {
        return Err(Failure::new(Exit::NotAuthorised, "the key is empty")
            .hint("`composio keys create` on the server's machine makes one"));
    }
    let login = home::Login { base_url, api_key };
    let progress = Progress::start(format!("asking {}", login.base_url));
    let tried = Backend::remote(&login)?.client().session_info().await;
    drop(progress);
    tried.map_err(|error| match Failure::from(error) {
        refused if refused.exit() == Some(Exit::NotAuthorised) => {
            refused.hint("the server does not take this key: nothing was kept")
        }
        other => other.hint("nothing was kept; name another server with --base-url URL"),
    })?;
    let path = context.home.log_in(&login)?;
    if context.out.is_json() {
        return context.out.json(&json!({"base_url": login.base_url}));
    }
    context.out.say(&format!(
        "the key for {} is kept in {}",
        login.base_url,
        path.display()
    ))
}

pub(super) fn logout(context: &Context) -> Result<(), Failure> {
    let was_there = context.home.log_out()?;
    if context.out.is_json() {
        return context.out.json(&json!({"success": true}));
    }
    context.out.say(if was_there {
        "the key is forgotten; at the server it still works until it is revoked"
    } else {
        "no key was kept"
    })
}

/// What the commands act on, and whether it can be reached.
pub(super) async fn whoami(context: &Context) -> Result<(), Failure> {
    let place = Place::find(context)?;
    let session = context.backend().await?.client().session_info().await?;
    if context.out.is_json() {
        return context.out.json(&match &place {
            Place::Local => json!({"home": context.home.path(), "session": session}),
            Place::Remote(login) => json!({
                "base_url": login.base_url,
                "api_key": login.api_key.masked(),
                "session": session,
            }),
        });
    }
    let mut record = Table::record();
    match &place {
        Place::Local => {
            record.line("Engine", "in this process");
            record.line("Home", &context.home.path().display().to_string());
        }
        Place::Remote(login) => {
            record.line("Server", &login.base_url);
            record.line("Key", &login.api_key.masked());
        }
    }
    let project = session.project.map(|project| project.id);
    record.line("Project", &project.unwrap_or_default());
    if let Some(user) = session.org_member.filter(|member| member.role == "USER") {
        record.line("Only for", &user.id);
    }
    context.out.record(record)
}
