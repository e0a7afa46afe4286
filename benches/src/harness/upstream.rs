use std::{
    env,
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use axum::{Router, http::header, routing::any};
use tokio::{io::AsyncReadExt as _, net::TcpListener, runtime};

use super::Outcome;

/// The argument that makes this program the upstream.
pub(crate) const UPSTREAM: &str = "upstream";

/// How long the upstream's reply is, about.
pub(crate) const REPLY_BYTES: usize = 2048;

const TOKENS: &str =
    r#"{"access_token":"at","refresh_token":"rt","token_type":"Bearer","expires_in":3600}"#;

/// A vendor's API on loopback, in a process of its own, so that its work is not counted as ours.
#[derive(Debug)]
pub(crate) struct Upstream {
    child: Child,
    /// Such as `http://127.0.0.1:4000`.
    pub(crate) base: String,
}

impl Upstream {
    pub(crate) fn start() -> Outcome<Self> {
        let mut child = Command::new(env::current_exe()?)
            .arg(UPSTREAM)
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
    runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("http://{}", listener.local_addr()?);
            let reply: &'static str = String::leak(reply());
            let json = |text: &'static str| ([(header::CONTENT_TYPE, "application/json")], text);
            let router = Router::new()
                .route("/token", any(async move || json(TOKENS)))
                .fallback(any(async move || json(reply)));
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
