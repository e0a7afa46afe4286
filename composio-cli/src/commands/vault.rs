//! The master key's file, made and changed. Everything here is about this machine's engine.

use std::{
    fs,
    path::{Path, PathBuf},
};

use composio_engine::FileKey;
use serde_json::json;

use crate::{
    backend::{self, MasterKey, Place},
    cli::VaultCommand,
    context::Context,
    failure::{Exit, Failure},
    output::Progress,
};

pub(super) async fn run(context: &Context, command: VaultCommand) -> Result<(), Failure> {
    if let Place::Remote(login) = Place::find(context)? {
        let message = format!("the master key of {} is on its own machine", login.base_url);
        return Err(Failure::usage(message).hint("--local is this machine's engine"));
    }
    match command {
        VaultCommand::Init => init(context),
        VaultCommand::Rotate { resume } => rotate(context, resume).await,
    }
}

fn init(context: &Context) -> Result<(), Failure> {
    let home = &context.home;
    let file = match &context.options.key_file {
        Some(file) => file.clone(),
        None => home.master_key(),
    };
    if context.environment.has_master_key {
        return Err(held_by_environment("there is no file to make"));
    }
    if file.exists() {
        let message = format!("there is a master key already: {}", file.display());
        return Err(Failure::new(Exit::Conflict, message)
            .hint("`composio vault rotate` puts a new one in its place"));
    }
    home.create()?;
    let own = home.own_key();
    let is_taken_over = own.exists();
    if is_taken_over {
        fs::rename(&own, &file).map_err(|error| {
            let (own, file) = (own.display(), file.display());
            let message = format!("{own} cannot become {file}: {error}");
            Failure::new(Exit::Failed, message)
        })?;
    } else if home.database().exists() {
        let message = format!(
            "{} was sealed with another key, which is not here",
            home.database().display()
        );
        return Err(Failure::new(Exit::Conflict, message)
            .hint("put that key's file back, or set COMPOSIO_MASTER_KEY to it"));
    } else {
        FileKey::open_or_create(&file)?;
    }
    tell(context, &file, is_taken_over)
}

fn tell(context: &Context, file: &Path, is_taken_over: bool) -> Result<(), Failure> {
    if context.out.is_json() {
        let told = json!({"key_file": file, "taken_over": is_taken_over});
        context.out.json(&told)?;
    } else {
        let origin = match is_taken_over {
            true => "the one that the engine had made for itself",
            false => "a new one",
        };
        let file = file.display();
        context
            .out
            .say(&format!("the master key is in {file}: {origin}"))?;
    }
    context.out.note(
        "keep a copy of it, and not beside a copy of the database: without it every credential is lost",
    );
    Ok(())
}

async fn rotate(context: &Context, resume: bool) -> Result<(), Failure> {
    let file = match backend::master_key(context) {
        MasterKey::File(file) => file,
        MasterKey::OwnFile => context.home.own_key(),
        MasterKey::Environment => {
            return Err(held_by_environment("nothing can be put in its place"));
        }
    };
    if !context.home.database().exists() && !file.exists() {
        let message = "there is no engine and no master key here";
        return Err(Failure::new(Exit::NotFound, message).hint("`composio vault init` makes one"));
    }
    let engine = backend::engine(context)?.build().await?;
    let sealed = seal(context, &file, &engine, resume).await;
    engine.close().await;
    sealed
}

async fn seal(
    context: &Context,
    file: &PathBuf,
    engine: &composio_engine::Engine,
    resume: bool,
) -> Result<(), Failure> {
    if !resume {
        FileKey::rotate(file)?;
    }
    let progress = Progress::start("sealing under the new master key");
    let shown = progress.clone();
    let done = engine.reseal_with(move |seen, of| shown.at(seen, of)).await;
    drop(progress);
    let done = done.map_err(|error| {
        Failure::from(error).hint("nothing is lost; `composio vault rotate --resume` goes on")
    })?;
    if context.out.is_json() {
        return context
            .out
            .json(&json!({"key_file": file, "resealed": done}));
    }
    context.out.say(&format!(
        "{done} records are sealed under the new master key"
    ))?;
    context.out.note(&format!(
        "former keys stay in {} below it, for backups of the database; keep a copy of the new one",
        file.display()
    ));
    Ok(())
}

fn held_by_environment(why: &str) -> Failure {
    let message = format!("COMPOSIO_MASTER_KEY holds the master key: {why}");
    Failure::new(Exit::Conflict, message)
        .hint("put it into a file of mode 0600, name that with --key-file, and unset the variable")
}
