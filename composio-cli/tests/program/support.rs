//! A home folder, a help desk on this machine, and the program.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Output, Stdio},
    sync::OnceLock,
};

use demo::App;
use serde_json::Value;
use snapbox::{Assert, Data, Redactions, assert::DEFAULT_ACTION_ENV};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_composio");

/// The help desk runs as long as the tests do.
pub(crate) fn desk() -> &'static App {
    static DESK: OnceLock<(App, Runtime)> = OnceLock::new();
    let (desk, _) = DESK.get_or_init(|| {
        let runtime = Runtime::new().unwrap();
        let desk = runtime.block_on(App::start()).unwrap();
        (desk, runtime)
    });
    desk
}

/// A user of the program with a folder of their own, and a transcript of what they did.
pub(crate) struct World {
    folder: TempDir,
    /// The key that the desk gave to its user `mira`.
    pub(crate) key: String,
    transcript: String,
    variables: Vec<(String, String)>,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let key = desk().sign_up("mira").expose().to_owned();
        fs::write(folder.path().join("desk.yaml"), desk().openapi()).unwrap();
        fs::write(folder.path().join("integration.yaml"), desk().integration()).unwrap();
        Self {
            folder,
            key,
            transcript: String::new(),
            variables: Vec::new(),
        }
    }

    /// One with the desk added.
    pub(crate) fn with_desk() -> Self {
        let world = Self::new();
        let add = "apps add desk --spec desk.yaml --integration integration.yaml";
        let added = world.output(add, "");
        assert!(added.status.success(), "{added:?}");
        world
    }

    /// One with mira connected to the desk.
    pub(crate) fn connected() -> Self {
        let world = Self::with_desk();
        let connected = world.output("add desk -e mira", &format!("{}\n", world.key));
        assert!(connected.status.success(), "{connected:?}");
        world
    }

    /// The same commands on a server of this home; it ends with what is returned.
    pub(crate) fn serve(&mut self) -> Server {
        let created = self.output("keys create --operator --json", "");
        let created: Value = serde_json::from_slice(&created.stdout).unwrap();
        let server = Server::start(self);
        self.set("COMPOSIO_API_KEY", created["key"].as_str().unwrap());
        self.set("COMPOSIO_BASE_URL", &server.url);
        server
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.path().join("home")
    }

    /// Sets a variable for the commands from now on.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// The program with the user's environment and nothing of the developer's.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(PROGRAM);
        command
            .current_dir(self.path())
            .env_clear()
            .envs(self.environment());
        command
    }

    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let home = self.home().display().to_string();
        let mut variables = vec![
            ("HOME".to_owned(), self.path().display().to_string()),
            ("COMPOSIO_HOME".to_owned(), home),
            ("COMPOSIO_ALLOW".to_owned(), "loopback".to_owned()),
        ];
        variables.extend(self.variables.iter().cloned());
        variables
    }

    /// Runs a line of arguments; `'…'` holds one together.
    pub(crate) fn output(&self, line: &str, input: &str) -> Output {
        let mut child = self
            .command()
            .args(words(line))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that does not read its input may have ended.
        child.stdin.take().unwrap().write_all(input.as_bytes()).ok();
        child.wait_with_output().unwrap()
    }

    /// Runs a line and writes it down with everything that came of it.
    pub(crate) fn run(&mut self, line: &str) {
        self.run_with(line, "");
    }

    pub(crate) fn run_with(&mut self, line: &str, input: &str) {
        let output = self.output(line, input);
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stdout.contains(&self.key), "{line} shows the key");
        assert!(!stderr.contains(&self.key), "{line} shows the key");
        self.transcript
            .push_str(&format!("$ composio {line}\n{stdout}"));
        for line in stderr.lines() {
            self.transcript.push_str(&format!("2> {line}\n"));
        }
        let code = output.status.code().unwrap();
        self.transcript.push_str(&format!("=> {code}\n\n"));
    }

    /// Compares the transcript with `snapshots/<name>.txt`; SNAPSHOTS=overwrite writes it.
    pub(crate) fn check(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/program/snapshots")
            .join(format!("{name}.txt"));
        Assert::new()
            .action_env(DEFAULT_ACTION_ENV)
            .normalize_paths(false)
            .redact_with(redactions(self.path()))
            .eq(self.transcript.clone(), Data::read_from(&path, None));
    }
}

/// What is another at every run.
pub(crate) fn redactions(folder: &Path) -> Redactions {
    let mut redactions = Redactions::new();
    let pattern = |text: &str| regex::Regex::new(text).unwrap();
    redactions
        .insert("[FOLDER]", folder.display().to_string())
        .unwrap();
    for (name, text) in [
        ("[CONNECTION]", "ca_[0-9A-Za-z_-]+"),
        ("[INTEGRATION]", "ac_[0-9A-Za-z_-]+"),
        ("[LOG]", "log_[0-9A-Za-z-]{8,}"),
        ("[KEY_ID]", "key_[0-9A-Za-z_-]{8,}"),
        ("[API_KEY]", "ak_[0-9A-Za-z]{4,}…?|ak_[0-9A-Za-z][.]{3}"),
        ("[REQUEST]", "req_[0-9A-Za-z_-]+"),
        ("[ADDRESS]", "127[.]0[.]0[.]1:[0-9]+"),
        ("[TIME]", "20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"),
        ("[VERSION]", "20[0-9]{6}_[0-9]{2}"),
        ("[PAGES]", "[0-9]+ pages"),
        ("[CODE]", "[0-9a-f]{64}"),
        ("[USER]", "u_[0-9a-f]{24}"),
    ] {
        redactions.insert(name, pattern(text)).unwrap();
    }
    redactions
}

fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in line.split('\'').enumerate() {
        if index % 2 == 1 {
            words.push(part.to_owned());
        } else {
            words.extend(part.split_whitespace().map(ToOwned::to_owned));
        }
    }
    words
}

/// `composio serve` on a free port, with a master key that was made for it.
pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    pub(crate) fn start(world: &World) -> Self {
        if !world.home().join("master.key").exists() {
            let made = world.output("vault init", "");
            assert!(made.status.success(), "{made:?}");
        }
        let mut process = world
            .command()
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let out = process.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("serving on ").unwrap().to_owned();
        Self { process, url }
    }

    /// Asks it to end, and waits until it has.
    pub(crate) fn end(mut self) -> ExitStatus {
        let id = self.process.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(asked.success());
        self.process.wait().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
