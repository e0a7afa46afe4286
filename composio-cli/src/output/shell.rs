use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
};

use anstyle::Style;
use serde::Serialize;
use terminal_size::{Width, terminal_size_of};

use super::{Table, clean};
use crate::failure::{Exit, Failure};

/// Where there is no terminal to ask.
const USUAL_WIDTH: u16 = 80;
const NARROWEST: u16 = 40;

/// Standard output, for people or as JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    is_json: bool,
}

impl Output {
    pub(crate) fn new(is_json: bool) -> Self {
        Self { is_json }
    }

    pub(crate) fn is_json(self) -> bool {
        self.is_json
    }

    /// Writes a value as JSON.
    pub(crate) fn json<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Failure::new(Exit::Failed, format!("no JSON form: {error}")))?;
        self.text(&text)
    }

    /// Writes rows under a heading.
    pub(crate) fn table(self, table: Table) -> Result<(), Failure> {
        let text = table.render(width());
        let (heading, rows) = text.split_once('\n').unwrap_or((&text, ""));
        let bold = Style::new().bold();
        self.text(&format!("{bold}{heading}{bold:#}"))?;
        if rows.is_empty() {
            return Ok(());
        }
        self.text(rows)
    }

    /// Writes names and values.
    pub(crate) fn record(self, record: Table) -> Result<(), Failure> {
        self.text(&record.render(width()))
    }

    /// Writes one line for people. With JSON it goes to standard error, so that the output stays JSON.
    pub(crate) fn say(self, line: &str) -> Result<(), Failure> {
        if self.is_json {
            self.note(line);
            return Ok(());
        }
        self.text(&clean(line))
    }

    /// Tells people something that is no part of the output.
    #[expect(clippy::unused_self, reason = "the output decides where notes go")]
    pub(crate) fn note(self, line: &str) {
        writeln!(anstream::stderr(), "{}", clean(line)).ok();
    }

    /// Writes text as it is.
    #[expect(clippy::unused_self, reason = "the output decides where text goes")]
    pub(crate) fn text(self, text: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        writeln!(out, "{text}")?;
        out.flush()?;
        Ok(())
    }
}

fn width() -> u16 {
    let out = io::stdout();
    if !out.is_terminal() {
        return USUAL_WIDTH;
    }
    match terminal_size_of(out) {
        Some((Width(width), _)) if width > 0 => width.max(NARROWEST),
        _ => USUAL_WIDTH,
    }
}

/// Tells what is wrong with the command line, or the help that was asked for.
pub(crate) fn usage(error: &clap::Error) -> ExitCode {
    // Whoever closed the output does not want to read it.
    error.print().ok();
    ExitCode::from(if error.use_stderr() {
        Exit::Usage as u8
    } else {
        0
    })
}
