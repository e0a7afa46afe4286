use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use composio_core::{Config, HttpTransport, Secret, client::Client};
use rustls::crypto::ring;
use serde_json::Value;
use tempfile::TempDir;

use crate::{figures::demo, harness::Outcome};

/// The `composio` program.
#[derive(Debug)]
pub(in crate::figures) struct Program(PathBuf);

impl Program {
    /// The one that was built with this program.
    pub(in crate::figures) fn beside() -> Option<Self> {
        let program = env::current_exe().ok()?.with_file_name("composio");
        program.is_file().then_some(Self(program))
    }

    /// A home with the demo app at `base`, an account of `alice`, and a key.
    pub(in crate::figures) fn home(&self, base: &str) -> Outcome<Home> {
        let mut home = self.empty_home()?;
        home.add("demo", &demo::integration(base), demo::DOCUMENT.as_bytes())?;
        let connect = ["add", "demo", "--entity-id", "alice"];
        home.run(&connect, &format!("{}\n", demo::KEY))?;
        let created = home.run(&["keys", "create"], "")?;
        home.key = created
            .get("key")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
            .into();
        Ok(home)
    }

    pub(in crate::figures) fn empty_home(&self) -> Outcome<Home> {
        Ok(Home {
            program: self.0.clone(),
            folder: tempfile::tempdir()?,
            key: Secret::from(""),
        })
    }
}

/// A folder with an engine in it. It is deleted when this is dropped.
#[derive(Debug)]
pub(in crate::figures) struct Home {
    program: PathBuf,
    folder: TempDir,
    key: Secret,
}

impl Home {
    pub(in crate::figures) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(in crate::figures) fn add(
        &self,
        name: &str,
        integration: &str,
        document: &[u8],
    ) -> Outcome {
        let (yaml, spec) = (
            self.path().join("integration.yaml"),
            self.path().join("spec"),
        );
        fs::write(&yaml, integration)?;
        fs::write(&spec, document)?;
        let [yaml, spec] = [&yaml, &spec].map(|path| path.to_string_lossy());
        self.run(
            &["apps", "add", name, "--spec", &spec, "--integration", &yaml],
            "",
        )?;
        Ok(())
    }

    fn run(&self, arguments: &[&str], input: &str) -> Outcome<Value> {
        let mut child = self.command(arguments).stdin(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input.as_bytes())?;
        }
        let output = child.wait_with_output()?;
        if !output.status.success() {
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            return Err(format!("composio {arguments:?}: {printed}").into());
        }
        Ok(serde_json::from_slice(&output.stdout)?)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(["--json", "--local", "--allow", "loopback", "--home"])
            .arg(self.path())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        command
    }

    /// Starts the server and waits until it says where it is.
    pub(in crate::figures) fn serve(&self) -> Outcome<Server> {
        if !self.path().join("master.key").exists() {
            self.run(&["vault", "init"], "")?;
        }
        let mut child = self
            .command(&["serve", "--listen", "127.0.0.1:0"])
            .spawn()?;
        let told = child.stdout.take().ok_or("the server has no output")?;
        let mut text = String::new();
        let mut told = BufReader::new(told);
        while serde_json::from_str::<Value>(&text).is_err() {
            if told.read_line(&mut text)? == 0 {
                return Err("the server ended before it served".into());
            }
        }
        let told: Value = serde_json::from_str(&text)?;
        let base = told
            .get("url")
            .and_then(Value::as_str)
            .ok_or("the server has no address")?
            .to_owned();
        Ok(Server {
            child,
            base,
            key: self.key.clone(),
        })
    }
}

/// A running `composio serve`. It is ended when this is dropped.
#[derive(Debug)]
pub(in crate::figures) struct Server {
    child: Child,
    /// Such as `http://127.0.0.1:4000`.
    pub(in crate::figures) base: String,
    pub(in crate::figures) key: Secret,
}

impl Server {
    pub(in crate::figures) fn client(&self) -> Outcome<Client> {
        let _ = ring::default_provider().install_default();
        let config = Config::new(self.key.clone()).base_url(&self.base);
        Ok(Client::new(HttpTransport::new(&config)?))
    }

    /// A line of its `/proc/…/status`, in megabytes.
    pub(in crate::figures) fn memory(&self, line: &str) -> Outcome<f64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let found = text.lines().find_map(|own| own.strip_prefix(line));
        let kilobytes = found.and_then(|line| line.split_whitespace().next());
        Ok(kilobytes.ok_or("no such line")?.parse::<f64>()? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
