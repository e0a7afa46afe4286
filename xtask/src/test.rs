//! All tests, counted on the last line.

use crate::headers;
use crate::members;
use crate::shell::{self, Step};
use crate::tally::Tally;

/// The tests package's feature that adds langchain-rust to the shared suites.
pub(crate) const LANGCHAIN: &[&str] = &["--features", "composio-tests/langchain"];

pub(crate) fn run(arguments: &[String]) -> Step {
    let asked = Asked::parse(arguments);
    if asked.may_install()
        && let Err(failure) = headers::install()
    {
        eprintln!("{failure}");
    }
    let mut tally = Tally::default();
    if asked.packages.is_empty() && !headers::are_there() {
        tally.skip(
            "composio-langchain",
            "OpenSSL's headers are not installed (libssl-dev, pkg-config)",
        );
    }
    let status = shell::run_seeing(&mut shell::cargo(asked.command()), |line| {
        println!("{line}");
        tally.see(line);
    })?;
    if !status.success() {
        tally.broke();
    }
    for reason in tally.reasons() {
        println!("skipped {reason}");
    }
    println!("{tally}");
    if tally.is_good() {
        Ok(())
    } else {
        Err(String::new().into())
    }
}

/// What the command line asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Asked {
    packages: Vec<String>,
    install: Option<bool>,
    rest: Vec<String>,
}

impl Asked {
    fn parse(arguments: &[String]) -> Self {
        let mut asked = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "-p" | "--package" => asked.packages.extend(arguments.next().cloned()),
                "--install" => asked.install = Some(true),
                "--no-install" => asked.install = Some(false),
                "--" => {
                    asked.rest.push(argument.clone());
                    asked.rest.extend(arguments.by_ref().cloned());
                }
                _ => asked.rest.push(argument.clone()),
            }
        }
        asked
    }

    fn may_install(&self) -> bool {
        self.install.unwrap_or_else(shell::is_ci)
    }

    fn command(&self) -> Vec<String> {
        let mut command = vec!["test".to_owned(), "--no-fail-fast".to_owned()];
        if self.packages.is_empty() {
            command.extend(members::buildable());
            if headers::are_there() {
                command.extend(LANGCHAIN.iter().map(ToString::to_string));
            }
        }
        for name in &self.packages {
            command.extend(["--package".to_owned(), name.clone()]);
        }
        command.extend(self.rest.iter().cloned());
        command
    }
}

#[cfg(test)]
mod tests {
    use super::Asked;

    fn asked(line: &str) -> Asked {
        Asked::parse(&line.split(' ').map(ToOwned::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn packages_and_filters_reach_cargo() {
        let command = asked("-p composio-core --no-install redirect -- --nocapture").command();
        let expected = "test --no-fail-fast --package composio-core redirect -- --nocapture";
        assert_eq!(command.join(" "), expected);
    }

    #[test]
    fn installing_is_refused_or_asked_for_by_name() {
        assert!(!asked("--no-install").may_install());
        assert!(asked("--install").may_install());
    }

    #[test]
    fn options_of_the_test_program_are_not_ours() {
        assert_eq!(asked("-- --install").install, None);
    }
}
