//! An HTTPS server for documents, and a program that trusts it.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead as _, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Barrier, Mutex, PoisonError},
    thread,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, pem::PemObject as _},
};
use serde_json::Value;

use crate::support::World;

/// What is answered to a path.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    Body(String),
    /// To another address.
    Redirect(String),
    /// More bytes than a document may have.
    Endless,
    /// Half of a body, though all of it is announced.
    Cut(String),
    /// What says that it is packed.
    Packed,
    /// The first half of a body, and the other when the test lets it come. Its length is told or not.
    Halves(String, bool, Arc<Barrier>),
}

/// An HTTPS server on loopback. It ends with the process: its threads wait for connections.
#[derive(Debug, Clone)]
pub(crate) struct Vendor {
    address: SocketAddr,
    /// The certificate of the authority, in PEM.
    pub(crate) authority: String,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Vendor {
    pub(crate) fn start() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let own = KeyPair::generate().unwrap();
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let params = CertificateParams::new(names).unwrap();
        let certificate = params.signed_by(&own, &issuer).unwrap();
        let key = PrivateKeyDer::from_pem_slice(own.serialize_pem().as_bytes()).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let vendor = Self {
            address: listener.local_addr().unwrap(),
            authority,
            answers: Arc::default(),
            asked: Arc::default(),
        };
        let (served, config) = (vendor.clone(), Arc::new(config));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (served, config) = (served.clone(), Arc::clone(&config));
                // A client that does not trust the server breaks off.
                thread::spawn(move || drop(served.answer(stream, config)));
            }
        });
        vendor
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    pub(crate) fn tell(&self, path: &str, answer: Answer) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(path.to_owned(), answer);
    }

    pub(crate) fn give(&self, path: &str, body: &Value) {
        self.tell(path, Answer::Body(body.to_string()));
    }

    /// The paths that were asked for since the last time.
    pub(crate) fn asked(&self) -> Vec<String> {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *asked)
    }

    fn answer(&self, stream: TcpStream, config: Arc<ServerConfig>) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let connection = ServerConnection::new(config).map_err(std::io::Error::other)?;
        let mut stream = BufReader::new(StreamOwned::new(connection, stream));
        let mut line = String::new();
        stream.read_line(&mut line)?;
        let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
        while line.trim() != "" {
            line.clear();
            stream.read_line(&mut line)?;
        }
        let answer = {
            let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.get(&path).cloned()
        };
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(path);
        drop(asked);
        let mut out = stream.into_inner();
        write(&mut out, answer)?;
        out.conn.send_close_notify();
        out.flush()?;
        // The client closes first, so that nothing that is under way is lost.
        out.sock.read(&mut [0; 64]).map(drop)
    }
}

/// Writes an answer; 404 if there is none.
fn write(out: &mut impl Write, answer: Option<Answer>) -> std::io::Result<()> {
    let head =
        |status: &str, more: &str| format!("HTTP/1.1 {status}\r\nconnection: close\r\n{more}\r\n");
    match answer {
        None => out.write_all(head("404 Not Found", "content-length: 0\r\n").as_bytes())?,
        Some(Answer::Redirect(to)) => {
            let more = format!("location: {to}\r\ncontent-length: 0\r\n");
            out.write_all(head("302 Found", &more).as_bytes())?;
        }
        Some(Answer::Body(body)) => {
            let more = format!("content-length: {}\r\n", body.len());
            out.write_all(head("200 OK", &more).as_bytes())?;
            out.write_all(body.as_bytes())?;
        }
        Some(Answer::Halves(body, is_told, gate)) => {
            let length = format!("content-length: {}\r\n", body.len());
            let more = if is_told { &*length } else { "" };
            out.write_all(head("200 OK", more).as_bytes())?;
            let (first, rest) = body.split_at(body.len() / 2);
            out.write_all(first.as_bytes())?;
            out.flush()?;
            gate.wait();
            out.write_all(rest.as_bytes())?;
        }
        Some(Answer::Cut(body)) => {
            let more = format!("content-length: {}\r\n", body.len());
            out.write_all(head("200 OK", &more).as_bytes())?;
            out.write_all(body.split_at(body.len() / 2).0.as_bytes())?;
        }
        Some(Answer::Packed) => {
            let more = "content-encoding: gzip\r\ncontent-length: 4\r\n";
            out.write_all(head("200 OK", more).as_bytes())?;
            out.write_all(b"\x1f\x8b\x08\x00")?;
        }
        Some(Answer::Endless) => {
            out.write_all(head("200 OK", "").as_bytes())?;
            let blanks = vec![b' '; 1024 * 1024];
            for _ in 0..80 {
                out.write_all(&blanks)?;
            }
        }
    }
    Ok(())
}

/// A home whose program trusts the authority.
pub(crate) fn trusting(vendor: &Vendor) -> World {
    let mut world = World::new();
    let path = world.path().join("authority.pem");
    fs::write(&path, &vendor.authority).unwrap();
    world.set("SSL_CERT_FILE", path.to_str().unwrap());
    let yaml = "name: Notes\nunique_key: notes\nauth_schemes: [{auth_mode: NO_AUTH}]\n";
    fs::write(world.path().join("notes.yaml"), yaml).unwrap();
    world
}
