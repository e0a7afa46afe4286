//! The examples' programs.

use std::{
    env,
    path::PathBuf,
    process::{Command, Output},
    sync::Mutex,
};

use composio_tests::{suite::Outcome, tree};
use libtest_mimic::Failed;

const OFFLINE: &[&str] = &[
    "quickstart",
    "direct-execution",
    "connect-users",
    "own-credentials",
    "custom-tools",
    "processors",
    "replay-test",
    "openai-streaming",
    "responses",
    "openai-loop",
    "approval",
    "approval-resume",
    "rig-agent-example",
    "rig-retrieval",
    "typed",
];

/// What decides how an example behaves, or what the network may be reached by.
const SETTINGS: &[&str] = &[
    "COMPOSIO_API_KEY",
    "COMPOSIO_BASE_URL",
    "COMPOSIO_MASTER_KEY",
    "GITHUB_TOKEN",
    "OPENAI_API_KEY",
    "OPENAI_BASE_URL",
    "OPENAI_MODEL",
    "RUST_LOG",
];

/// Where the built programs are.
#[derive(Clone)]
pub(crate) struct Programs(PathBuf);

static BUILT: Mutex<Option<Programs>> = Mutex::new(None);

impl Programs {
    /// Builds every example, once.
    pub(crate) fn built() -> Result<Self, Failed> {
        let mut built = BUILT.lock().map_err(|_| "an earlier build failed")?;
        if let Some(programs) = &*built {
            return Ok(programs.clone());
        }
        // This test is <target>/<profile>/deps/examples-<hash>.
        let here = env::current_exe()?;
        let target = here.ancestors().nth(3).ok_or("no target folder")?;
        let mut build = Command::new(env!("CARGO"));
        build
            .current_dir(tree::root())
            .args(["build", "--quiet", "--locked", "--target-dir"])
            .arg(target);
        for example in OFFLINE {
            build.args(["--package", example]);
        }
        if cfg!(feature = "langchain") {
            build.args(["--package", "langchain-executor"]);
        }
        let output = build.output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        let programs = Self(target.join("debug"));
        *built = Some(programs.clone());
        Ok(programs)
    }

    /// `program`, to be run with nothing of ours in its environment.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.0.join(program));
        for setting in SETTINGS {
            command.env_remove(setting);
        }
        command
    }

    /// Runs `program` with nothing of ours in its environment but `environment`, in an empty folder, which it leaves
    /// empty.
    pub(crate) fn run(
        &self,
        program: &str,
        environment: &[(&str, &str)],
    ) -> Result<Output, Failed> {
        let folder = tempfile::tempdir()?;
        let mut command = self.command(program);
        command
            .current_dir(&folder)
            .envs(environment.iter().copied());
        let output = command.output()?;
        if folder.path().read_dir()?.next().is_some() {
            return Err(format!("{program} left files behind").into());
        }
        Ok(output)
    }
}

/// Fails unless the program ended well, said `parts` in this order, and nothing of a key.
pub(crate) fn ends_well_with(output: &Output, parts: &[&str]) -> Outcome {
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    let fail = |why: String| Err(Failed::from(format!("{why}\n{said}{errors}")));
    if !output.status.success() {
        return fail(output.status.to_string());
    }
    let mut rest = &*said;
    for part in parts {
        let Some((_, after)) = rest.split_once(part) else {
            return fail(format!("missing: {part}"));
        };
        rest = after;
    }
    // What the demo's keys begin with; the names of its tools are in capitals.
    if said.contains("desk_") || errors.contains("desk_") {
        return fail("a key was printed".to_owned());
    }
    Ok(())
}
