//! Documents and what they refer to, fetched over TLS from a server whose certificate a test authority signed.

use std::{
    collections::HashMap,
    fs,
    io::{BufRead as _, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, pem::PemObject as _},
};
use serde_json::{Value, json};

use crate::support::World;

/// What is answered to a path.
#[derive(Debug, Clone)]
enum Answer {
    Body(String),
    /// To another address.
    Redirect(String),
    /// More bytes than a document may have.
    Endless,
}

/// An HTTPS server on loopback. It ends with the process: its threads wait for connections.
#[derive(Debug, Clone)]
struct Vendor {
    address: SocketAddr,
    /// The certificate of the authority, in PEM.
    authority: String,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Vendor {
    fn start() -> Self {
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

    fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    fn tell(&self, path: &str, answer: Answer) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.insert(path.to_owned(), answer);
    }

    fn give(&self, path: &str, body: &Value) {
        self.tell(path, Answer::Body(body.to_string()));
    }

    /// The paths that were asked for since the last time.
    fn asked(&self) -> Vec<String> {
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
        let head = |status: &str, more: &str| {
            format!("HTTP/1.1 {status}\r\nconnection: close\r\n{more}\r\n")
        };
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
            Some(Answer::Endless) => {
                out.write_all(head("200 OK", "").as_bytes())?;
                let blanks = vec![b' '; 1024 * 1024];
                for _ in 0..80 {
                    out.write_all(&blanks)?;
                }
            }
        }
        out.conn.send_close_notify();
        out.flush()?;
        // The client closes first, so that nothing that is under way is lost.
        out.sock.read(&mut [0; 64]).map(drop)
    }
}

/// The app `notes` whose one operation takes what `reference` leads to, and another that takes nothing.
fn document(reference: &str) -> Value {
    let ok = json!({"200": {"description": "ok"}});
    json!({"openapi": "3.1.0", "info": {"title": "Notes", "version": "1"}, "servers": [{"url": "https://notes.example"}],
        "paths": {
            "/notes": {"post": {"summary": "Create a note", "responses": ok, "requestBody": {"required": true, "content":
                {"application/json": {"schema": {"$ref": reference}}}}}},
            "/status": {"get": {"summary": "Get status", "responses": ok}}}})
}

fn note() -> Value {
    json!({"Note": {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}}})
}

/// A home whose program trusts the authority.
fn trusting(vendor: &Vendor) -> World {
    let mut world = World::new();
    let path = world.path().join("authority.pem");
    fs::write(&path, &vendor.authority).unwrap();
    world.set("SSL_CERT_FILE", path.to_str().unwrap());
    let yaml = "name: Notes\nunique_key: notes\nauth_schemes: [{auth_mode: NO_AUTH}]\n";
    fs::write(world.path().join("notes.yaml"), yaml).unwrap();
    world
}

/// What the program says when the app is added from `spec`, and whether it was.
fn added(world: &World, spec: &str) -> (bool, String) {
    let line = format!("apps add notes --spec {spec} --integration notes.yaml --yes");
    let output = world.output(&line, "");
    let said = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(said).unwrap())
}

/// The arguments of the operation that refers.
fn arguments(world: &World) -> Value {
    let shown = world.output("actions show NOTES_CREATE_A_NOTE --json", "");
    assert!(shown.status.success(), "{shown:?}");
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    shown["input_parameters"]["properties"].clone()
}

#[test]
fn what_a_document_refers_to_is_fetched_with_it_and_redirects_are_followed() {
    let vendor = Vendor::start();
    let world = trusting(&vendor);
    vendor.give("/api/openapi.json", &document("schemas.json#/Note"));
    vendor.tell(
        "/api/schemas.json",
        Answer::Redirect(vendor.url("/moved/schemas.json")),
    );
    vendor.give("/moved/schemas.json", &note());
    let (is_added, said) = added(&world, &vendor.url("/api/openapi.json"));
    assert!(is_added, "{said}");
    assert!(!said.contains("skipped"), "{said}");
    assert_eq!(arguments(&world)["title"]["type"], "string");
    assert!(vendor.asked().contains(&"/moved/schemas.json".to_owned()));
}

#[test]
fn nothing_is_fetched_for_a_document_that_came_as_a_file() {
    let vendor = Vendor::start();
    let world = trusting(&vendor);
    vendor.give("/schemas.json", &note());
    let document = document(&vendor.url("/schemas.json#/Note")).to_string();
    fs::write(world.path().join("notes.json"), document).unwrap();
    let (is_added, said) = added(&world, "notes.json");
    assert!(is_added && said.contains("problem"), "{said}");
    assert_eq!(arguments(&world)["title"], Value::Null);
    assert_eq!(vendor.asked(), Vec::<String>::new());
}

#[test]
fn a_reference_that_leads_to_a_forbidden_address_or_to_too_much_costs_what_refers_to_it_alone() {
    let vendor = Vendor::start();
    let world = trusting(&vendor);
    let elsewhere = "https://10.255.255.1/schemas.json";
    vendor.tell("/inside.json", Answer::Redirect(elsewhere.to_owned()));
    vendor.tell(
        "/plain.json",
        Answer::Redirect("http://example.invalid/schemas.json".to_owned()),
    );
    vendor.tell("/round.json", Answer::Redirect(vendor.url("/round.json")));
    vendor.tell("/endless.json", Answer::Endless);
    for reference in [
        "/inside.json",
        "/plain.json",
        "/round.json",
        "/endless.json",
        "/none.json",
    ] {
        vendor.give(
            "/openapi.json",
            &document(&vendor.url(&format!("{reference}#/Note"))),
        );
        let (is_added, said) = added(&world, &vendor.url("/openapi.json"));
        assert!(is_added && said.contains("problem"), "{reference}: {said}");
        assert_eq!(arguments(&world)["title"], Value::Null, "{reference}");
        let status = world.output("actions show NOTES_GET_STATUS", "");
        assert!(status.status.success(), "{reference}: {status:?}");
        assert!(
            vendor.asked().iter().any(|path| path == reference),
            "{reference}"
        );
    }
    let (is_added, said) = added(&world, elsewhere);
    assert!(!is_added && said.contains("egress policy"), "{said}");
}

#[test]
fn a_server_that_is_not_trusted_or_not_permitted_gives_no_document() {
    let vendor = Vendor::start();
    let mut world = trusting(&vendor);
    vendor.give("/openapi.json", &document("schemas.json#/Note"));
    world.set("COMPOSIO_ALLOW", "10.1.2.0/24");
    let (is_added, said) = added(&world, &vendor.url("/openapi.json"));
    assert!(!is_added && said.contains("egress policy"), "{said}");
    world.set("COMPOSIO_ALLOW", "loopback");
    let stranger = Vendor::start().authority;
    fs::write(world.path().join("authority.pem"), stranger).unwrap();
    let (is_added, said) = added(&world, &vendor.url("/openapi.json"));
    assert!(!is_added, "{said}");
    assert_eq!(vendor.asked(), Vec::<String>::new());
    let apps = world.output("apps list --json", "");
    assert!(
        !String::from_utf8_lossy(&apps.stdout).contains("notes"),
        "{apps:?}"
    );
}
