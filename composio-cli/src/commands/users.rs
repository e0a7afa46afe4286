use crate::{cli::UsersCommand, context::Context, failure::Failure, prompt};

pub(super) async fn run(context: &Context, command: UsersCommand) -> Result<(), Failure> {
    let UsersCommand::Delete { id, yes } = command;
    let operator = context.backend().await?.operator();
    if !yes {
        prompt::confirm(&format!("Delete everything that {id} has here?")).await?;
    }
    let deleted = operator.delete_user(&id).await?;
    if context.out.is_json() {
        return context.out.json(&deleted);
    }
    context.out.say(&format!(
        "{} connections, {} keys, {} files and {} log entries of {id} are deleted",
        deleted.connections, deleted.keys, deleted.files, deleted.logs
    ))
}
