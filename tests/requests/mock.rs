//! Prism, a mock server that validates requests against an OpenAPI document, as a process of its own.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use composio_tests::{
    parts::{Missing, NodeEnvironment},
    tree,
};
use serde_json::Value;

use crate::wire::Wire;

/// npm's `@stoplight/prism-cli`.
const PRISM: NodeEnvironment = NodeEnvironment {
    name: "prism-cli-5.14.2",
    manifest: include_str!("package.json"),
    lock: include_str!("package-lock.json"),
};
/// How long one answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Servers, one for each document. They are stopped when this is dropped.
pub(crate) struct Mock {
    child: Child,
    /// `127.0.0.1:4000`, in the order of the documents.
    addresses: Vec<String>,
}

/// What the mock thinks of a request.
#[derive(Debug)]
pub(crate) struct Verdict {
    pub(crate) status: u16,
    pub(crate) why: String,
}

impl Verdict {
    pub(crate) fn is_accepted(&self) -> bool {
        (200..400).contains(&self.status)
    }

    /// 422, 415 or 400: the request was looked at. A server that broke proves nothing.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.status, 400 | 415 | 422)
    }
}

impl Mock {
    pub(crate) fn start(folder: &Path, documents: &[&Value]) -> Result<Self, Missing> {
        let modules = PRISM.install()?;
        let mut command = Command::new("node");
        command
            .arg(tree::root().join("tests/requests/mock.mjs"))
            .env("MODULES", modules);
        for (place, document) in documents.iter().enumerate() {
            let path = folder.join(format!("{place}.json"));
            fs::write(&path, document.to_string())?;
            command.arg(path);
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()?;
        let printed = child.stdout.take().map(BufReader::new);
        let mut mock = Self {
            child,
            addresses: Vec::new(),
        };
        let lines = printed.into_iter().flat_map(BufReader::lines);
        for line in lines.take(documents.len()) {
            let line = line?;
            mock.addresses
                .push(line.trim_start_matches("http://").to_owned());
        }
        if mock.addresses.len() == documents.len() {
            Ok(mock)
        } else {
            Err(Missing::absent("node does not start prism"))
        }
    }

    /// Sends `wire` to the server of the document at `place`.
    pub(crate) fn judge(&self, place: usize, wire: &Wire) -> std::io::Result<Verdict> {
        let address = &self.addresses[place];
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        let mut head = format!("{} {} HTTP/1.1\r\n", wire.method, wire.target);
        head.push_str(&format!("host: {address}\r\nconnection: close\r\n"));
        let of_connection = ["host", "connection", "content-length", "transfer-encoding"];
        for (name, value) in &wire.headers {
            if !of_connection.contains(&name.as_str()) {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
        }
        if !wire.body.is_empty() || wire.header("content-type").is_some() {
            head.push_str(&format!("content-length: {}\r\n", wire.body.len()));
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes())?;
        stream.write_all(&wire.body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        let answer = String::from_utf8_lossy(&answer);
        let status = answer.get(9..12).and_then(|code| code.parse().ok());
        Ok(Verdict {
            status: status.unwrap_or(0),
            why: answer
                .split_once("\r\n\r\n")
                .map_or("", |(_, body)| body)
                .chars()
                .take(600)
                .collect(),
        })
    }
}

impl Drop for Mock {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
