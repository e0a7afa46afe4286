//! One of the processes: it does what its standard input says, line by line, and tells how that went.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::Duration;

use composio_engine::Engine;
use composio_tests::api::send;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::CHILD;
use crate::desk::{call, open};

pub(crate) fn run(database: Option<&str>, limit: Option<&str>) -> ExitCode {
    let (Some(database), Some(limit)) = (database, limit) else {
        return ExitCode::FAILURE;
    };
    let limit = Duration::from_secs(limit.parse().unwrap());
    let runtime = Runtime::new().unwrap();
    let engine = runtime.block_on(open(Path::new(database), limit));
    tell("ready");
    for line in std::io::stdin().lines() {
        let line = line.unwrap();
        let told = match line.split_once(' ') {
            Some(("call", count)) => runtime.block_on(calls(&engine, count.parse().unwrap())),
            Some(("refresh", account)) => runtime.block_on(refresh(&engine, account)),
            _ => return ExitCode::FAILURE,
        };
        tell(&told);
    }
    ExitCode::SUCCESS
}

fn tell(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

async fn calls(engine: &Engine, count: usize) -> String {
    let results = join_all((0..count).map(|_| call(engine))).await;
    let failure = results.into_iter().find_map(Result::err);
    failure.unwrap_or_else(|| "good".to_owned())
}

async fn refresh(engine: &Engine, account: &str) -> String {
    let path = format!("/connected_accounts/{account}/refresh");
    let (status, answer): (u16, Value) = send(engine, "POST", &path, &json!({})).await;
    match answer["status"].as_str() {
        Some(state) => state.to_owned(),
        None => format!("{status}: {answer}"),
    }
}

/// Such a process, as its parent sees it. It is killed when this is dropped.
pub(crate) struct Process {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Process {
    pub(crate) fn start(database: &Path, limit: Duration) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg(CHILD)
            .arg(database)
            .arg(limit.as_secs().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut process = Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
        };
        assert_eq!(process.heard(), "ready");
        process
    }

    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
        self.input.flush().unwrap();
    }

    /// The next line; empty if the process is gone.
    pub(crate) fn heard(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
