//! Uses what was written, as a program would.

use composio_core::{Plain, Result, ToolSet, typed::TypedAction as _};

use crate::composio::{Action, App, Tag, github};

/// Opens an issue and closes it.
pub async fn open_and_close(toolset: &ToolSet<Plain>) -> Result<Option<String>> {
    let issue = github::CreateAnIssue {
        body: Some("It smells of toner.".to_owned()),
        ..github::CreateAnIssue::new("octocat", "hello-world", "The printer is on fire")
    };
    let made = issue.execute(toolset).entity_id("mira").await?;
    let closed = github::UpdateAnIssue {
        state: Some(github::UpdateAnIssueState::Closed),
        ..github::UpdateAnIssue::new("octocat", "hello-world", made.number.unwrap_or_default())
    };
    closed.execute(toolset).await?;
    let tools = toolset.get_tools().actions([Action::GITHUB_CREATE_AN_ISSUE]);
    let tools = tools.apps([App::GITHUB]).tags([Tag::READ_ONLY_HINT]);
    tools.await?;
    Ok(made.html_url.clone())
}
