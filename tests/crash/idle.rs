use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use composio_tests::parts::Missing;
use composio_tests::suite::CaseError;

use crate::killed::start;

const CONNECTIONS: usize = 10_000;
/// What the engine may hold with all of them open, in kilobytes.
const MEMORY: u64 = 300_000;
/// More than the time that an engine lets a connection idle.
const PATIENCE: Duration = Duration::from_secs(40);

pub(crate) fn idle_connections_leave_room() -> Result<(), CaseError> {
    let folder = tempfile::tempdir().map_err(Missing::from)?;
    let (mut child, address, _) = start(&folder.path().join("composio.db"));
    let mut idle = Vec::with_capacity(CONNECTIONS);
    for number in 0..CONNECTIONS {
        match TcpStream::connect(&address) {
            Ok(stream) => idle.push(stream),
            Err(error) => {
                let _ = child.kill();
                let reason = format!("this machine gives {number} connections: {error}");
                return Err(Missing::absent(&reason).into());
            }
        }
    }
    let asked = Instant::now();
    let answer = health(&address);
    let took = asked.elapsed();
    let held = resident(child.id());
    let closed = idle.last_mut().map(ended);
    let _ = child.kill();
    let _ = child.wait();
    if !answer.starts_with("HTTP/1.1 200") || took > Duration::from_secs(5) {
        return Err(CaseError::failed(&format!("after {took:?}: {answer}")));
    }
    if held > MEMORY {
        return Err(CaseError::failed(&format!("the engine holds {held} kB")));
    }
    if closed != Some(true) {
        return Err(CaseError::failed("an idle connection stays open for ever"));
    }
    Ok(())
}

fn health(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    answer
}

/// Whether the engine closes the connection in its time.
fn ended(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).is_ok()
}

fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next());
    kilobytes.and_then(|text| text.parse().ok()).unwrap_or(0)
}
