//! The examples in which a person decides.

use std::{
    io::Write as _,
    path::Path,
    process::{Output, Stdio},
};

use composio_tests::suite::Outcome;
use libtest_mimic::Failed;

use crate::programs::{Programs, ends_well_with};

/// Runs `approval` with what a person types.
fn typing(lines: &str) -> Result<Output, Failed> {
    let mut command = Programs::built()?.command("approval");
    let folder = tempfile::tempdir()?;
    command
        .current_dir(&folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut program = command.spawn()?;
    // Dropped at the end, so that a question too many meets the end of what is typed.
    let mut keys = program.stdin.take().ok_or("no standard input")?;
    keys.write_all(lines.as_bytes())?;
    drop(keys);
    Ok(program.wait_with_output()?)
}

pub(crate) fn at_the_terminal() -> Outcome {
    let lines = "{\"title\":\"Lamp\",\"body\":\"Changed\"}\nno\nstop\n";
    let output = typing(lines)?;
    ends_well_with(
        &output,
        &[
            "Prompt: Get ticket 1\nAnswer: ",
            "DESK_CREATE_A_TICKET for alice: {",
            "DESK_DELETE_A_TICKET for alice: {\"number\":1}",
            "denied: alice does not want it",
            "Stopped: a person said so",
            "The desk was asked: GET /tickets/1",
            "Changed",
        ],
    )?;
    let said = String::from_utf8_lossy(&output.stdout);
    let asked: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("Run it?"))
        .collect();
    if asked.len() != 3 || said.contains("DELETE /tickets") || said.contains("POST /messages") {
        return Err(format!("asked {} times\n{said}", asked.len()).into());
    }
    Ok(())
}

pub(crate) fn nobody_answers() -> Outcome {
    let output = typing("")?;
    ends_well_with(&output, &["Stopped: nobody answers"])?;
    let said = String::from_utf8_lossy(&output.stdout);
    if said.contains("POST /tickets") {
        return Err(format!("it was sent\n{said}").into());
    }
    Ok(())
}

fn resume(folder: &Path, arguments: &[&str]) -> Result<Output, Failed> {
    let mut command = Programs::built()?.command("approval-resume");
    command.current_dir(folder).arg("run.json").args(arguments);
    Ok(command.output()?)
}

/// Leaves a run in a file of `folder`.
fn waiting(folder: &Path) -> Outcome {
    let output = resume(folder, &[])?;
    ends_well_with(
        &output,
        &["Waits: DESK_DELETE_A_TICKET {\"number\":1} for alice"],
    )?;
    let said = String::from_utf8_lossy(&output.stdout);
    if said.contains("The desk was asked") || !folder.join("run.json").exists() {
        return Err(format!("it did not wait\n{said}").into());
    }
    Ok(())
}

pub(crate) fn elsewhere() -> Outcome {
    let folder = tempfile::tempdir()?;
    waiting(folder.path())?;
    let output = resume(folder.path(), &["approve"])?;
    ends_well_with(
        &output,
        &["Answer: ", "The desk was asked: DELETE /tickets/1"],
    )?;
    // It cannot be approved twice.
    let again = resume(folder.path(), &["approve"])?;
    if again.status.success() || !again.stdout.is_empty() {
        return Err("it was resumed twice".into());
    }
    Ok(())
}

pub(crate) fn denied_elsewhere() -> Outcome {
    let folder = tempfile::tempdir()?;
    waiting(folder.path())?;
    let output = resume(folder.path(), &["deny", "tickets are kept"])?;
    ends_well_with(&output, &["denied: tickets are kept"])?;
    if String::from_utf8_lossy(&output.stdout).contains("The desk was asked") {
        return Err("it was sent".into());
    }
    Ok(())
}
