//! The engine behind a socket, and what comes to it over a network.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use bytes::Bytes;
use composio_core::{
    Body, Config, ErrorKind, HttpTransport, Secret,
    client::Client,
    models::{FileResult, FileUploadRequest},
};
use composio_engine::{Caller, Engine, NewKey, Operator, ServeOptions};
use futures_util::stream;
use http_body::Frame;
use http_body_util::StreamBody;
use rustls::crypto::ring;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
    time::timeout,
};

use crate::support::{Vendor, engine};

/// An engine that is served, and how to end that.
pub(crate) struct Server {
    pub(crate) engine: Engine,
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(vendor: &Vendor, options: ServeOptions) -> Self {
        let engine = engine(vendor).await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn({
            let engine = engine.clone();
            async move {
                let stopped = async { drop(stopped.await) };
                engine.serve(listener, options, stopped).await;
            }
        });
        Self {
            engine,
            address,
            stop,
            running,
        }
    }

    pub(crate) async fn key(&self, new: NewKey) -> Secret {
        let operator = Operator::new(self.engine.clone());
        operator.create_key(new).await.unwrap().key
    }

    pub(crate) fn transport(&self, key: &Secret) -> HttpTransport {
        let base = format!("http://{}", self.address);
        HttpTransport::new(&Config::new(key.clone()).base_url(base)).unwrap()
    }

    async fn get(&self, path: &str, headers: &str) -> (u16, String) {
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{headers}\r\n");
        self.raw(&request).await
    }

    /// Sends `request` as it stands and reads until the end.
    pub(crate) async fn raw(&self, request: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let _ = timeout(Duration::from_secs(10), read).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let status = answer.get(9..12).and_then(|code| code.parse().ok());
        (status.unwrap_or(0), answer)
    }
}

#[tokio::test]
async fn the_typed_client_works_over_the_network_with_a_key() {
    let vendor = Vendor::start().await;
    let server = Server::start(&vendor, ServeOptions::new()).await;
    let key = server.key(NewKey::new()).await;
    let connect = server.engine.connect("demo").field("api_key", "secret-1");
    connect.await.unwrap();
    let client = Client::new(server.transport(&key));
    let result = client
        .tools()
        .execute("DEMO_GET_CURRENT_USER")
        .await
        .unwrap();
    assert!(result.successful, "{result:?}");
    assert_eq!(vendor.last().headers["x-api-key"], "secret-1");
}

#[tokio::test]
async fn without_a_good_key_nobody_comes_in() {
    let vendor = Vendor::start().await;
    let server = Server::start(&vendor, ServeOptions::new()).await;
    let key = server.key(NewKey::new()).await;
    let key = key.expose();
    for headers in [
        String::new(),
        "x-api-key: \r\n".to_owned(),
        "x-api-key: ak_wrong\r\n".to_owned(),
        "authorization: Basic YTpi\r\n".to_owned(),
        format!("x-api-key: {key}\r\nx-api-key: {key}\r\n"),
        format!("x-api-key: {key}\r\nauthorization: Bearer {key}\r\n"),
    ] {
        for path in ["/api/v3/tools", "/api/v3.1/nowhere", "/metrics"] {
            let (status, answer) = server.get(path, &headers).await;
            assert_eq!(status, 401, "{headers} {answer}");
            assert!(!answer.contains(key), "{answer}");
        }
    }
    for headers in [
        format!("x-api-key: {key}\r\n"),
        format!("authorization: Bearer {key}\r\n"),
        format!("authorization: bearer {key}\r\n"),
    ] {
        assert_eq!(server.get("/api/v3/tools", &headers).await.0, 200);
        assert_eq!(server.get("/metrics", &headers).await.0, 403);
    }
}

#[tokio::test]
async fn a_revoked_key_is_refused_at_once_and_an_exhausted_one_told_to_wait() {
    let vendor = Vendor::start().await;
    let server = Server::start(&vendor, ServeOptions::new()).await;
    let operator = Operator::new(server.engine.clone());
    let created = operator.create_key(NewKey::new()).await.unwrap();
    let client = Client::new(server.transport(&created.key));
    client.toolkits().get("demo").await.unwrap();
    operator.revoke_key(&created.id).await.unwrap();
    let error = client.toolkits().get("demo").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);

    let key = server.key(NewKey::new().user("alice")).await;
    let header = format!("x-api-key: {}\r\n", key.expose());
    assert_eq!(server.get("/api/v3/tools", &header).await.0, 200);
    operator.delete_user("alice").await.unwrap();
    assert_eq!(server.get("/api/v3/tools", &header).await.0, 401);

    let key = server.key(NewKey::new().requests_per_minute(1)).await;
    let header = format!("x-api-key: {}\r\n", key.expose());
    assert_eq!(server.get("/api/v3/tools", &header).await.0, 200);
    let (status, answer) = server.get("/api/v3/tools", &header).await;
    assert_eq!(status, 429);
    assert!(answer.contains("retry-after: "), "{answer}");
}

#[tokio::test]
async fn a_key_is_held_to_its_user_project_and_apps() {
    let vendor = Vendor::start().await;
    let server = Server::start(&vendor, ServeOptions::new()).await;
    for (project, user) in [("default", "alice"), ("default", "bob"), ("other", "alice")] {
        let connect = server.engine.connect("demo").project(project).entity(user);
        connect
            .field("api_key", format!("{project}-{user}"))
            .await
            .unwrap();
    }
    let run = async |key: NewKey, user: Option<&str>| {
        let client = Client::new(server.transport(&server.key(key).await));
        let mut call = client.tools().execute("DEMO_GET_CURRENT_USER");
        if let Some(user) = user {
            call = call.user_id(user);
        }
        call.await.map_err(|error| error.kind())
    };
    let alice = || NewKey::new().user("alice");
    assert!(run(alice(), None).await.unwrap().successful);
    assert_eq!(vendor.last().headers["x-api-key"], "default-alice");
    assert_eq!(run(alice(), Some("bob")).await, Err(ErrorKind::Forbidden));
    let other = NewKey::new().project("other");
    assert!(run(other.clone(), Some("alice")).await.unwrap().successful);
    assert_eq!(vendor.last().headers["x-api-key"], "other-alice");
    assert_eq!(run(other, Some("bob")).await, Err(ErrorKind::NotFound));
    let apps = NewKey::new().apps(["github"]);
    assert_eq!(run(apps, Some("alice")).await, Err(ErrorKind::Forbidden));
}

#[tokio::test]
async fn probes_answer_without_a_key_and_metrics_an_operator() {
    let vendor = Vendor::start().await;
    let server = Server::start(&vendor, ServeOptions::new()).await;
    assert_eq!(server.get("/health", "").await.0, 200);
    assert_eq!(server.get("/ready", "").await.0, 200);
    let key = server.key(NewKey::new().operator()).await;
    let header = format!("authorization: Bearer {}\r\n", key.expose());
    let (status, text) = server.get("/metrics", &header).await;
    assert_eq!(status, 200);
    let counted =
        "composio_http_requests_total{method=\"GET\",resource=\"health\",status=\"200\"} 1";
    assert!(text.contains(counted), "{text}");
    assert!(text.contains("composio_connections "), "{text}");
}

#[tokio::test]
async fn a_page_on_the_web_cannot_reach_an_engine_on_loopback() {
    let vendor = Vendor::start().await;
    let server = Server::start(&vendor, ServeOptions::new()).await;
    let rebound = "GET /health HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n";
    assert_eq!(server.raw(rebound).await.0, 403);
    let foreign = "origin: https://evil.example\r\n";
    let (status, answer) = server.get("/api/v3/tools", foreign).await;
    assert_eq!(status, 403);
    assert!(
        !answer.to_lowercase().contains("access-control-allow"),
        "{answer}"
    );
}

#[tokio::test]
async fn bad_requests_are_answered_and_the_server_lives_on() {
    let vendor = Vendor::start().await;
    let server = Server::start(&vendor, ServeOptions::new()).await;
    let key = server.key(NewKey::new()).await;
    let head = |length: usize| {
        format!(
            "POST /api/v3/tools/execute/DEMO_GET_CURRENT_USER HTTP/1.1\r\nhost: localhost\r\nx-api-key: {}\r\n\
             connection: close\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n",
            key.expose()
        )
    };
    let deep = format!(
        "{{\"arguments\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let flood = format!("x-api-key: {}\r\n{}", key.expose(), "a: b\r\n".repeat(200));
    let long = format!("x-long: {}\r\n", "a".repeat(300_000));
    assert_eq!(server.raw(&(head(deep.len()) + &deep)).await.0, 400);
    assert_eq!(server.raw(&head(1 << 40)).await.0, 413);
    assert_eq!(server.raw(&(head(3) + "\0\0\0")).await.0, 400);
    assert_eq!(server.get("/api/v3/tools", &flood).await.0, 431);
    assert_eq!(server.get("/api/v3/tools", &long).await.0, 431);
    assert_eq!(server.raw("\x16\x03\x01\x02\0\x01\r\n\r\n").await.0, 400);
    assert_eq!(server.get("/health", "").await.0, 200);
}

/// On the runtime that serves, and on threads of the server's own.
const THREADS: [usize; 2] = [0, 2];

#[tokio::test]
async fn peers_that_dawdle_are_dropped_and_others_served_meanwhile() {
    for threads in THREADS {
        dawdle(ServeOptions::new().threads(threads)).await;
    }
}

async fn dawdle(options: ServeOptions) {
    let vendor = Vendor::start().await;
    let options = options.header_timeout(Duration::from_millis(300));
    let server = Server::start(&vendor, options).await;
    let mut dawdlers = Vec::new();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream
            .write_all(b"GET /health HTTP/1.1\r\nhost: lo")
            .await
            .unwrap();
        dawdlers.push(stream);
    }
    assert_eq!(server.get("/health", "").await.0, 200);
    for mut stream in dawdlers {
        let mut rest = Vec::new();
        let read = timeout(Duration::from_secs(5), stream.read_to_end(&mut rest));
        let _ = read.await.expect("the connection was not closed");
    }
}

#[tokio::test]
async fn a_connection_too_many_is_told_so_and_room_comes_back() {
    for threads in THREADS {
        crowd(ServeOptions::new().threads(threads)).await;
    }
}

async fn crowd(options: ServeOptions) {
    let vendor = Vendor::start().await;
    let server = Server::start(&vendor, options.max_connections(2)).await;
    let first = TcpStream::connect(server.address).await.unwrap();
    let second = TcpStream::connect(server.address).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let mut third = TcpStream::connect(server.address).await.unwrap();
    let mut answer = String::new();
    third.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    drop((first, second));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(server.get("/health", "").await.0, 200);
}

#[tokio::test]
async fn a_shutdown_finishes_what_is_under_way() {
    for threads in THREADS {
        shut_down(ServeOptions::new().threads(threads)).await;
    }
}

async fn shut_down(options: ServeOptions) {
    let vendor = Vendor::start().await;
    let server = Server::start(&vendor, options).await;
    let key = server.key(NewKey::new()).await;
    server
        .engine
        .connect("demo")
        .field("api_key", "k")
        .await
        .unwrap();
    vendor.hold(Duration::from_millis(300));
    let client = Client::new(server.transport(&key));
    let call = tokio::spawn(async move { client.tools().execute("DEMO_GET_CURRENT_USER").await });
    tokio::time::sleep(Duration::from_millis(100)).await;
    server.stop.send(()).unwrap();
    let result = call.await.unwrap().unwrap();
    assert!(result.successful, "{result:?}");
    timeout(Duration::from_secs(5), server.running)
        .await
        .unwrap()
        .unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn a_program_nests_the_routes_and_says_who_asks() {
    let vendor = Vendor::start().await;
    let engine = engine(&vendor).await;
    let key = Operator::new(engine.clone())
        .create_key(NewKey::new().operator())
        .await
        .unwrap();
    let trusted = axum::Router::new()
        .nest("/trusted", engine.routes())
        .layer(axum::Extension(Caller::project("acme").user("alice")));
    let app = axum::Router::new()
        .nest("/composio", engine.routes())
        .merge(trusted);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move { axum::serve(listener, app).await });
    let _ = ring::default_provider().install_default();
    let get = async |path: &str, key: &str| {
        let request = reqwest::Client::builder()
            .no_proxy()
            .build()
            .unwrap()
            .get(format!("{base}{path}"));
        let answer = request.header("x-api-key", key).send().await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.bytes().await.unwrap();
        (status, serde_json::from_slice::<Value>(&bytes).unwrap())
    };
    assert_eq!(get("/composio/api/v3/tools", "").await.0, 401);
    let (status, apps) = get("/composio/api/v3/engine/apps", key.key.expose()).await;
    assert_eq!((status, &apps["items"][0]["slug"]), (200, &json!("demo")));
    assert_eq!(get("/trusted/api/v3/tools", "").await.0, 200);
    assert_eq!(get("/trusted/api/v3/engine/apps", "").await.0, 403);
    serving.abort();
}

#[tokio::test]
async fn files_travel_by_signed_addresses_past_the_key() {
    let vendor = Vendor::start().await;
    let server = Server::start(&vendor, ServeOptions::new()).await;
    let key = server.key(NewKey::new()).await;
    let client = Client::new(server.transport(&key));
    let bytes: Vec<u8> = (0..=255).cycle().take(500_000).collect();
    let request = FileUploadRequest::of("a.bin", &bytes);
    let pieces: Vec<_> = bytes
        .chunks(1_000)
        .map(|piece| Ok::<_, Infallible>(Frame::data(Bytes::copy_from_slice(piece))))
        .collect();
    let body = Body::new(StreamBody::new(stream::iter(pieces)));
    let file = client.files().upload(&request, body).await.unwrap();
    let known = client.files().request_upload(&request).await.unwrap();
    assert_eq!(known.key, file.s3key);
    let mut result = FileResult::default();
    result.s3url = known.existing_url.unwrap();
    assert!(
        result
            .s3url
            .starts_with(&format!("http://{}/files/", server.address))
    );
    let fetched = client.files().download(&result).await.unwrap();
    assert!(fetched.bytes(usize::MAX).await.unwrap() == bytes);
    let path = result.s3url.split_once("/files/").unwrap().1;
    let unsigned = format!("/files/{}", path.split('?').next().unwrap());
    assert_eq!(server.get(&unsigned, "").await.0, 403);
    let list = server.get("/api/v3/files/list", "").await;
    assert_eq!(list.0, 401);
}

#[tokio::test]
async fn a_cut_upload_is_not_kept_and_can_be_sent_again() {
    let vendor = Vendor::start().await;
    let server = Server::start(&vendor, ServeOptions::new()).await;
    let key = server.key(NewKey::new()).await;
    let client = Client::new(server.transport(&key));
    let bytes = vec![7; 100_000];
    let request = FileUploadRequest::of("a.bin", &bytes);
    let upload = client.files().request_upload(&request).await.unwrap();
    let address = upload.new_presigned_url.unwrap();
    let path = address
        .strip_prefix(&format!("http://{}", server.address))
        .unwrap();
    let head = format!("PUT {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n");
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&bytes[..50_000]).await.unwrap();
    drop(stream);
    let listed = client.files().list().await.unwrap();
    assert_eq!(listed.total_items, 0);
    let file = client.files().upload(&request, bytes).await.unwrap();
    assert_eq!(file.name, "a.bin");
    assert_eq!(client.files().list().await.unwrap().total_items, 1);
}
