use std::path::PathBuf;

use crate::{figures, harness::Outcome};

/// What the command line asks for.
#[derive(Debug, Default)]
pub(crate) struct Arguments {
    names: Vec<String>,
    /// Whether a missed bar is a failure.
    pub(crate) check: bool,
    /// Whether crates are built from nothing.
    pub(crate) build: bool,
    /// GitHub's OpenAPI document.
    pub(crate) github: Option<PathBuf>,
    /// The folder of a sentence encoder.
    pub(crate) encoder: Option<PathBuf>,
}

impl Arguments {
    pub(crate) fn parse(given: impl Iterator<Item = String>) -> Outcome<Self> {
        let mut arguments = Self::default();
        let mut given = given;
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "--check" => arguments.check = true,
                "--build" => arguments.build = true,
                "--github" => arguments.github = given.next().map(PathBuf::from),
                "--encoder" => arguments.encoder = given.next().map(PathBuf::from),
                name if figures::ALL.iter().any(|figure| figure.name == name) => {
                    arguments.names.push(argument);
                }
                _ => return Err(usage(&argument).into()),
            }
        }
        Ok(arguments)
    }

    /// Whether the figure is asked for; without names, all are.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|own| own == name)
    }
}

fn usage(unknown: &str) -> String {
    let mut text = format!(
        "{unknown} is not known; usage: [NAME]… [--check] [--build] [--github FILE] [--encoder DIR], the names being"
    );
    for figure in figures::ALL {
        text.push_str(&format!("\n  {:<10} {}", figure.name, figure.what));
    }
    text
}
