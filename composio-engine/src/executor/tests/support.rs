//! Toolkits, plans and servers that misbehave on purpose.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};

use composio_catalog::{ToolPlan, Toolkit};
use composio_core::{
    Result,
    models::{AuthScheme, CustomAuth, ProxyRequest, ProxyResponse, ToolResult},
};
use http_body_util::BodyExt as _;
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::audit::Noted;
use crate::executor::{
    Call, Credentials, EgressPolicy, Executor, ExecutorOptions, Limits, Prepared,
    address::Addresses,
    payload::Payload,
    request::{self, Context},
    scope, template,
};
use crate::files::Content;

/// A toolkit at `base` with one API-key scheme whose key goes into `x-api-key`.
pub(super) fn keyed(base: &str) -> Toolkit {
    toolkit(json!({
        "base_url": base,
        "headers": {"x-api-key": "{{api_key}}"},
    }))
}

/// A toolkit whose one scheme, of kind `API_KEY`, has the templates `proxy`.
pub(super) fn toolkit(proxy: Value) -> Toolkit {
    toolkit_of(
        "https://api.example.com",
        json!({"auth_schemes": [{"name": "key", "auth_mode": "API_KEY", "proxy": proxy}]}),
    )
}

/// A toolkit with the integration's sections given, at the document's server `base`.
pub(super) fn toolkit_of(base: &str, integration: Value) -> Toolkit {
    let mut whole = json!({"name": "Acme", "unique_key": "acme"});
    whole
        .as_object_mut()
        .unwrap()
        .extend(integration.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "slug": "acme", "version": "20260101_00", "integration": whole,
        "base_url": base, "tools": {}, "schemas": {},
    }))
    .unwrap()
}

/// A plan; what `more` holds replaces the defaults.
pub(super) fn plan(method: &str, path: &str, more: Value) -> ToolPlan {
    let mut whole = json!({
        "slug": "ACME_DO", "name": "Do", "description": "", "method": method, "path": path,
        "arguments": [], "input": {}, "output": {}, "tags": [], "scopes": [], "no_auth": false,
        "idempotent": matches!(method, "GET" | "HEAD" | "PUT" | "DELETE"), "deprecated": false,
    });
    whole
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    serde_json::from_value(whole).unwrap()
}

/// A plan whose arguments are `arguments`, with the usual style of each place filled in.
pub(super) fn plan_with(method: &str, path: &str, arguments: &[Value]) -> ToolPlan {
    plan(method, path, json!({"arguments": arguments}))
}

/// An argument; what `more` holds replaces the defaults.
pub(super) fn argument(name: &str, location: &str, more: Value) -> Value {
    let form = matches!(location, "query" | "cookie" | "body");
    let mut whole = json!({
        "name": name, "wire_name": name, "location": location,
        "style": if form { "form" } else { "simple" }, "explode": form,
        "allow_reserved": false, "required": location == "path",
    });
    whole
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    whole
}

pub(super) fn object(value: Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

pub(super) fn credentials(scheme: AuthScheme, values: &[(&str, &str)]) -> Arc<Credentials> {
    Arc::new(Credentials {
        scheme,
        scheme_name: "key".to_owned(),
        values: values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).into()))
            .collect(),
    })
}

pub(super) fn key(value: &str) -> Arc<Credentials> {
    credentials(AuthScheme::ApiKey, &[("api_key", value)])
}

pub(super) fn options() -> ExecutorOptions {
    ExecutorOptions {
        egress: EgressPolicy::default().allow_loopback(),
        limits: Limits::default().total(Duration::from_secs(10)),
    }
}

pub(super) fn executor() -> Executor {
    Executor::new(options()).unwrap()
}

pub(super) fn call<'a>(toolkit: &'a Toolkit, plan: &'a ToolPlan, arguments: Value) -> Call<'a> {
    Call {
        toolkit,
        plan,
        arguments: object(arguments),
        credentials: Some(key("tok_secret_12345")),
        custom: None,
        files: HashMap::from([("file_hi".to_owned(), Content::of(b"hi"))]),
        results: None,
    }
}

pub(super) fn with_custom<'a>(
    toolkit: &'a Toolkit,
    plan: &'a ToolPlan,
    credentials: Option<Arc<Credentials>>,
    custom: CustomAuth,
) -> Call<'a> {
    Call {
        toolkit,
        plan,
        arguments: Map::new(),
        credentials,
        custom: Some(custom),
        files: HashMap::new(),
        results: None,
    }
}

/// What rendering needs, with the policy of [`options`].
pub(super) fn context() -> Context {
    Context {
        environment: template::environment(),
        steps: scope::environment(),
        addresses: Addresses::new(),
        egress: options().egress,
    }
}

/// Renders a call with the policy of [`options`].
pub(super) fn prepare(call: Call<'_>) -> Result<Prepared> {
    request::prepare(&context(), call)
}

pub(super) fn url(prepared: &Prepared) -> &str {
    prepared.url.as_str()
}

pub(super) fn header<'a>(prepared: &'a Prepared, name: &str) -> &'a str {
    prepared
        .headers
        .get(name)
        .map_or("", |value| std::str::from_utf8(value.as_bytes()).unwrap())
}

pub(super) fn body(prepared: &Prepared) -> &str {
    match &prepared.body {
        None => "",
        Some(Payload::Whole(bytes)) => std::str::from_utf8(bytes).unwrap(),
        Some(Payload::Parts(_)) => panic!("the body has a file"),
    }
}

/// The body as it is sent, its files read.
pub(super) async fn sent(prepared: &Prepared) -> String {
    let body = prepared.body.as_ref().unwrap();
    let sent = body.body().collect().await.unwrap().to_bytes();
    assert_eq!(sent.len() as u64, body.length());
    String::from_utf8(sent.to_vec()).unwrap()
}

impl Executor {
    /// Runs one tool, as the engine does.
    pub(super) async fn execute(&self, call: Call<'_>) -> Result<ToolResult> {
        let request = self.prepare(call)?;
        Ok(self
            .send(request, Noted::nothing_used())
            .await?
            .into_tool_result())
    }

    /// Sends one request for somebody, as the engine does.
    pub(super) async fn proxy(
        &self,
        toolkit: &Toolkit,
        credentials: Option<Arc<Credentials>>,
        request: ProxyRequest,
    ) -> Result<ProxyResponse> {
        let request = self.prepare_proxied(toolkit, credentials.as_deref(), &request)?;
        self.send(request, Noted::nothing_used())
            .await?
            .into_proxy_response()
    }
}

/// Calls `method path` without arguments on `server`, as the toolkit of [`keyed`].
pub(super) async fn run(executor: &Executor, server: &Server, method: &str) -> Result<ToolResult> {
    let toolkit = keyed(&server.base());
    let plan = plan(method, "/do", json!({}));
    executor.execute(call(&toolkit, &plan, json!({}))).await
}

/// One request as the server saw it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) connection: usize,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
}

impl Seen {
    pub(super) fn target(&self) -> &str {
        self.head.split(' ').nth(1).unwrap()
    }

    pub(super) fn has_header(&self, name: &str) -> bool {
        let name = format!("{}:", name.to_ascii_lowercase());
        self.head
            .lines()
            .any(|line| line.to_ascii_lowercase().starts_with(&name))
    }
}

/// What the server does with a request.
pub(super) enum Act {
    Reply(Vec<u8>),
    ReplyAndClose(Vec<u8>),
    /// Ends the connection without a word.
    Close,
    /// Aborts the connection (TCP RST).
    Reset,
    Hang,
}

/// An HTTP/1.1 server that does with its n-th request (from 1) whatever the handler says.
pub(super) struct Server {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    pub(super) async fn start(
        handler: impl Fn(usize, &Seen) -> Act + Send + Sync + 'static,
    ) -> Self {
        Self::start_on(TcpListener::bind("127.0.0.1:0").await.unwrap(), handler)
    }

    pub(super) fn start_on(
        listener: TcpListener,
        handler: impl Fn(usize, &Seen) -> Act + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (record, handler) = (seen.clone(), Arc::new(handler));
        let task = tokio::spawn(async move {
            let mut connection = 0;
            while let Ok((stream, _)) = listener.accept().await {
                connection += 1;
                let (record, handler) = (record.clone(), handler.clone());
                tokio::spawn(async move { serve(stream, connection, &record, &*handler).await });
            }
        });
        Self {
            address,
            seen,
            task,
        }
    }

    /// A server that answers every request with `reply`.
    pub(super) async fn always(reply: &str) -> Self {
        let reply = reply.as_bytes().to_vec();
        Self::start(move |_, _| Act::Reply(reply.clone())).await
    }

    pub(super) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    connection: usize,
    record: &Mutex<Vec<Seen>>,
    handler: &(impl Fn(usize, &Seen) -> Act + Sync),
) {
    while let Some((head, body)) = request(&mut stream).await {
        let seen = Seen {
            connection,
            head,
            body,
        };
        let count = {
            let mut record = record.lock().unwrap();
            record.push(seen.clone());
            record.len()
        };
        match handler(count, &seen) {
            Act::Reply(bytes) => drop(stream.write_all(&bytes).await),
            Act::ReplyAndClose(bytes) => {
                drop(stream.write_all(&bytes).await);
                return;
            }
            Act::Close => return,
            Act::Reset => return reset(stream),
            Act::Hang => std::future::pending().await,
        }
    }
}

#[allow(
    deprecated,
    reason = "a linger of zero never blocks, which is what the deprecation warns of"
)]
fn reset(stream: TcpStream) {
    stream.set_linger(Some(Duration::ZERO)).unwrap();
}

async fn request(stream: &mut TcpStream) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(length) => bytes.extend_from_slice(&chunk[..length]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length: usize = head
        .lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0);
    let mut body = bytes.split_off(end + 4);
    while body.len() < length {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => body.extend_from_slice(&chunk[..read]),
        }
    }
    Some((head, body))
}

/// An HTTP/1.1 answer; `headers` are whole lines without their ends.
pub(super) fn reply(status: u16, headers: &[&str], body: &str) -> Vec<u8> {
    reply_bytes(status, headers, body.as_bytes())
}

pub(super) fn reply_bytes(status: u16, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut out = format!(
        "HTTP/1.1 {status} Whatever\r\ncontent-length: {}\r\n",
        body.len()
    );
    for line in headers {
        out.push_str(line);
        out.push_str("\r\n");
    }
    out.push_str("\r\n");
    [out.as_bytes(), body].concat()
}

pub(super) const JSON: &str = "content-type: application/json";

/// `{"ok":true}`.
pub(super) fn ok() -> Vec<u8> {
    reply(200, &[JSON], r#"{"ok":true}"#)
}
