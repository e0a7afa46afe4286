use std::env;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::parts::Missing;

/// How long a server may take to start.
const START: Duration = Duration::from_secs(90);

/// A running server. It is stopped when this is dropped.
#[derive(Debug)]
pub struct Peer {
    child: Child,
    /// Where on loopback it listens.
    pub port: u16,
}

impl Peer {
    /// Starts it and waits until it takes connections on `port`.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[must_use]
    pub fn start(command: &mut Command, port: u16) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < START, "{command:?} did not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { child, port }
    }

    /// `http://127.0.0.1:` and the port.
    #[must_use]
    pub fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Asks with one header, and gives status and body.
    ///
    /// # Panics
    ///
    /// If it does not answer.
    #[must_use]
    pub fn get(&self, path: &str, header: &str) -> (u16, Value) {
        self.ask("GET", path, header, "")
    }

    /// The same by any method, with a body of JSON.
    ///
    /// # Panics
    ///
    /// If it does not answer.
    #[must_use]
    pub fn ask(&self, method: &str, path: &str, header: &str, body: &str) -> (u16, Value) {
        ask(self.port, method, path, header, body)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Asks a server on loopback with one header and a body of JSON, and gives status and body.
///
/// # Panics
///
/// If it does not answer.
#[must_use]
pub fn ask(port: u16, method: &str, path: &str, header: &str, body: &str) -> (u16, Value) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let request = format!(
        "{method} {path} HTTP/1.0\r\nhost: 127.0.0.1\r\naccept: application/json\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n{header}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer
        .get(9..12)
        .and_then(|code| code.parse().ok())
        .unwrap_or(0);
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// A port that was free a moment ago.
///
/// # Panics
///
/// If there is none.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// Where a program is that a Debian package brings.
///
/// # Errors
///
/// [`Missing`] if it is not installed.
pub fn program(name: &str, packages: &str) -> Result<PathBuf, Missing> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path)
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
        .ok_or_else(|| Missing::absent(&format!("{name} is not installed (Debian: {packages})")))
}
