use std::{fs, path::Path};

use clap::CommandFactory as _;
use clap_complete::generate;

use crate::{
    cli::{Cli, Completions, Man},
    context::Context,
    failure::{Exit, Failure},
};

pub(super) fn completions(context: &Context, asked: &Completions) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(asked.shell, &mut Cli::command(), "composio", &mut script);
    context
        .out
        .text(String::from_utf8_lossy(&script).trim_end())
}

pub(super) fn man(context: &Context, asked: &Man) -> Result<(), Failure> {
    let unwritable = |error| {
        let message = format!("{}: {error}", asked.folder.display());
        Failure::new(Exit::Failed, message)
    };
    fs::create_dir_all(&asked.folder).map_err(unwritable)?;
    clap_mangen::generate_to(Cli::command(), &asked.folder).map_err(unwritable)?;
    let written = fs::read_dir(&asked.folder).map_err(unwritable)?;
    let is_page = |path: &Path| path.extension().is_some_and(|ending| ending == "1");
    let pages = written
        .flatten()
        .filter(|entry| is_page(&entry.path()))
        .count();
    context
        .out
        .say(&format!("{pages} pages in {}", asked.folder.display()))
}
