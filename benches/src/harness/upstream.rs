use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use axum::{
    Router,
    http::{StatusCode, Uri, header},
    routing::any,
    serve::ListenerExt as _,
};
use rustix::thread::Pid;
use rustls::crypto::ring;
use tokio::{io::AsyncReadExt as _, net::TcpListener, runtime};

use super::Outcome;

/// The argument that makes this program the upstream.
pub(crate) const UPSTREAM: &str = "upstream";

/// The argument that makes this program the server that only passes on; the vendor's base address follows.
pub(crate) const PASSER: &str = "passer";

/// How long the upstream's reply is, about.
pub(crate) const REPLY_BYTES: usize = 2048;

const TOKENS: &str =
    r#"{"access_token":"at","refresh_token":"rt","token_type":"Bearer","expires_in":3600}"#;

/// A server on loopback, in a process of its own, so that its work is not counted as ours: a vendor's API, or what
/// passes requests on to one.
#[derive(Debug)]
pub(crate) struct Upstream {
    child: Child,
    /// Such as `http://127.0.0.1:4000`.
    pub(crate) base: String,
}

impl Upstream {
    pub(crate) fn start() -> Outcome<Self> {
        Self::run(&[UPSTREAM])
    }

    /// A server that does nothing but pass each request on to this one, and the reply back.
    pub(crate) fn passed_on(&self) -> Outcome<Self> {
        Self::run(&[PASSER, &self.base])
    }

    /// Its process.
    pub(super) fn pid(&self) -> Outcome<Pid> {
        let id = i32::try_from(self.child.id())?;
        Ok(Pid::from_raw(id).ok_or("the upstream has no process")?)
    }

    fn run(arguments: &[&str]) -> Outcome<Self> {
        let mut child = Command::new(env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let told = child.stdout.take().ok_or("the upstream has no output")?;
        let mut base = String::new();
        BufReader::new(told).read_line(&mut base)?;
        Ok(Self {
            child,
            base: base.trim().to_owned(),
        })
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        // Its input ends, and so does it.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Serves the same reply to every request until the input ends, and tokens at `/token`.
pub(crate) fn serve() -> Outcome {
    let reply: &'static str = String::leak(reply());
    let json = |text: &'static str| ([(header::CONTENT_TYPE, "application/json")], text);
    let router = Router::new()
        .route("/token", any(async move || json(TOKENS)))
        .fallback(any(async move || json(reply)));
    run(router)
}

/// Passes every request on to the vendor at `base` until the input ends.
pub(crate) fn pass(base: &str) -> Outcome {
    let _ = ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let base = base.to_owned();
    let router = Router::new().fallback(any(async move |uri: Uri| {
        let sent = client.get(format!("{base}{uri}")).send().await;
        let reply = match sent {
            Ok(reply) => reply.bytes().await,
            Err(error) => Err(error),
        };
        match reply {
            Ok(reply) => Ok(([(header::CONTENT_TYPE, "application/json")], reply)),
            Err(_) => Err(StatusCode::BAD_GATEWAY),
        }
    }));
    run(router)
}

fn run(router: Router) -> Outcome {
    runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("http://{}", listener.local_addr()?);
            let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
            let mut ignored = Vec::new();
            let mut input = tokio::io::stdin();
            tokio::select! {
                served = async { axum::serve(listener, router).await } => served?,
                ended = input.read_to_end(&mut ignored) => drop(ended?),
            }
            Ok(())
        })
}

/// A list of issues as a vendor would send it.
fn reply() -> String {
    let mut items = Vec::new();
    let mut length = 0;
    while length < REPLY_BYTES {
        let number = items.len();
        let item = serde_json::json!({
            "id": 81_000_000 + number,
            "number": number,
            "title": "The parser takes a comma for the end",
            "state": "open",
            "labels": ["bug", "parser"],
            "user": {"login": "octocat", "id": 583_231, "site_admin": false},
            "created_at": "2026-01-02T03:04:05Z",
            "score": 1.5,
        })
        .to_string();
        length += item.len() + 1;
        items.push(item);
    }
    format!("[{}]", items.join(","))
}
