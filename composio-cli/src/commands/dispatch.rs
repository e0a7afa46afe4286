use super::{
    actions, add, apps, audit, connections, execute, hints, integrations, keys, login, program,
    serve, users, vault,
};
use crate::{cli::Command, context::Context, failure::Failure};

/// Runs one command.
pub(crate) async fn run(context: &Context, command: Command) -> Result<(), Failure> {
    let done = match command {
        Command::Add(command) => Box::pin(add::run(context, command)).await,
        Command::Execute(command) => execute::run(context, command).await,
        Command::Apps(command) => Box::pin(apps::run(context, command)).await,
        Command::Actions(command) => actions::run(context, command).await,
        Command::Connections(command) => connections::run(context, command).await,
        Command::Integrations(command) => Box::pin(integrations::run(context, command)).await,
        Command::Keys(command) => keys::run(context, command).await,
        Command::Users(command) => users::run(context, command).await,
        Command::Audit(command) => audit::run(context, command).await,
        Command::Vault(command) => Box::pin(vault::run(context, command)).await,
        Command::Login(command) => login::login(context, command).await,
        Command::Serve(command) => Box::pin(serve::run(context, command)).await,
        Command::Logout => login::logout(context),
        Command::Whoami => login::whoami(context).await,
        Command::Completions(command) => program::completions(context, &command),
        Command::Man(command) => program::man(context, &command),
    };
    done.map_err(hints::with_next_step)
}
