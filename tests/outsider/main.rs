//! An outsider's crate: outside the workspace, on the packaged crates, with a rig agent that calls a tool.

mod packaged;
mod world;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output},
};

use composio_tests::suite::{Outcome, Suite};
use libtest_mimic::Failed;
use world::World;

const MAIN: &str = include_str!("app/main.rs");
const INTEGRATION: &str = include_str!("app/integration.yaml");
const MOST_LINES: usize = 20;

fn main() -> ExitCode {
    Suite::new()
        .case("outsiders_main_has_at_most_twenty_lines", || {
            let lines = lines_of_main();
            if lines <= MOST_LINES {
                Ok(())
            } else {
                Err(format!("{lines} lines").into())
            }
        })
        .case(
            "outsiders_agent_calls_a_tool_on_the_packaged_crates",
            agent_calls_a_tool,
        )
        .run()
}

/// From `fn main` to its closing brace, both counted, empty lines too.
fn lines_of_main() -> usize {
    MAIN.lines()
        .skip_while(|line| !line.contains("fn main()"))
        .take_while(|line| *line != "}")
        .count()
        + 1
}

fn agent_calls_a_tool() -> Outcome {
    let folder = packaged::scratch_crate(MAIN)?;
    let program = packaged::build(&folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let world = runtime.block_on(World::start())?;
    let place = tempfile::tempdir()?;
    let output = run(&program, place.path(), &world)?;
    said_the_note(&output)?;
    world.saw_one_call_with_the_key()?;
    nothing_keeps_the_key(place.path(), &output)
}

/// Runs the outsider's program in an empty folder that holds its two documents.
fn run(program: &PathBuf, place: &Path, world: &World) -> Result<Output, Failed> {
    fs::write(place.join("integration.yaml"), INTEGRATION)?;
    fs::write(place.join("openapi.json"), world.document())?;
    let mut command = Command::new(program);
    command
        .current_dir(place)
        .env("NOTES_KEY", world::KEY)
        .env("OPENAI_BASE_URL", world.model_url())
        .env("OPENAI_API_KEY", "stand-in");
    Ok(command.output()?)
}

fn said_the_note(output: &Output) -> Outcome {
    let said = String::from_utf8_lossy(&output.stdout);
    if output.status.success() && said.trim() == format!("The note says: {}", world::NOTE) {
        return Ok(());
    }
    Err(format!(
        "{}\n{said}{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    )
    .into())
}

/// Neither what was printed nor a byte of the database holds the key.
fn nothing_keeps_the_key(place: &Path, output: &Output) -> Outcome {
    let mut kept = vec![output.stdout.clone(), output.stderr.clone()];
    for entry in fs::read_dir(place)? {
        kept.push(fs::read(entry?.path())?);
    }
    let key = world::KEY.as_bytes();
    let is_kept = kept
        .iter()
        .any(|bytes| bytes.windows(key.len()).any(|window| window == key));
    if is_kept || kept.len() < 5 {
        Err("the key was kept, or there is no database".into())
    } else {
        Ok(())
    }
}
