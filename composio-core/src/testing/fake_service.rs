use std::{
    collections::{BTreeMap, HashMap},
    future::Future,
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use tower_service::Service;

use crate::{
    Body, Error, ErrorKind, Result,
    models::{
        ConnectedAccount, ConnectionStatus, ExecuteRequestBody, FileUploadRequest, Page, Tool,
        ToolResult, Toolkit, ToolkitRef,
    },
};

const FILES: &str = "http://files.invalid/";
const LIMIT: usize = 10 * 1024 * 1024;

type Answer = Pin<Box<dyn Future<Output = Result<ToolResult>> + Send>>;
type Run = dyn Fn(Value) -> Answer + Send + Sync;

/// The v3.1 routes that a [`ToolSet`](crate::ToolSet) asks, answered from memory.
///
/// An error that a tool gives becomes the HTTP status of its kind; [`ErrorKind::Unavailable`] breaks the connection.
///
/// ```
/// # tokio_test(async {
/// use composio_core::{Plain, ToolSet, models::{Tool, ToolResult}, testing::FakeService};
/// use serde_json::json;
///
/// let service = FakeService::new().tool(Tool::new("NOTES_LIST"), |_| async { Ok(ToolResult::success(json!([]))) });
/// let toolset: ToolSet<Plain> = ToolSet::new(service.clone());
/// assert!(toolset.execute_action("NOTES_LIST", json!({})).await.unwrap().successful);
/// assert_eq!(service.executions().len(), 1);
/// # });
/// # fn tokio_test(future: impl Future<Output = ()>) {
/// #     tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future);
/// # }
/// ```
#[derive(Clone, Default)]
pub struct FakeService(Arc<State>);

#[derive(Default)]
struct State {
    tools: Mutex<Vec<(Tool, Arc<Run>)>>,
    accounts: Mutex<Vec<ConnectedAccount>>,
    executions: Mutex<Vec<Execution>>,
    files: Mutex<BTreeMap<String, Bytes>>,
    running: AtomicUsize,
    peak: AtomicUsize,
}

/// One execution that a [`FakeService`] was asked for.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Execution {
    /// The tool's slug, or `proxy`.
    pub slug: String,
    /// The end user.
    pub user_id: Option<String>,
    /// The connected account.
    pub connected_account_id: Option<String>,
    /// The arguments, or the proxied request.
    pub arguments: Value,
    /// Whether credentials came with the call.
    pub has_custom_auth: bool,
}

impl FakeService {
    /// A service without tools.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tool that answers by `run`, which is given the arguments. A proxied request goes to the tool `proxy`.
    #[must_use]
    pub fn tool<F, Fut>(self, tool: Tool, run: F) -> Self
    where
        F: Fn(Value) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<ToolResult>> + Send + 'static,
    {
        let run: Arc<Run> = Arc::new(move |arguments| Box::pin(run(arguments)));
        lock(&self.0.tools).push((tool, run));
        self
    }

    /// Adds an active connected account.
    #[must_use]
    pub fn account(self, id: &str, user_id: &str, toolkit: &str) -> Self {
        let mut account = ConnectedAccount::new(id, user_id, ConnectionStatus::Active);
        account.toolkit = ToolkitRef::new(toolkit);
        lock(&self.0.accounts).push(account);
        self
    }

    /// Adds a file that a result may name by the address `http://files.invalid/<key>`.
    #[must_use]
    pub fn file(self, key: &str, bytes: impl Into<Bytes>) -> Self {
        lock(&self.0.files).insert(key.to_owned(), bytes.into());
        self
    }

    /// The files that there are: those of [`FakeService::file`] and those that were uploaded, by key. An upload's key is
    /// `upload_` and its name, with `_` for whatever is not a letter, a digit, `.` or `-`.
    #[must_use]
    pub fn files(&self) -> BTreeMap<String, Bytes> {
        lock(&self.0.files).clone()
    }

    /// What was executed, in the order in which it arrived.
    #[must_use]
    pub fn executions(&self) -> Vec<Execution> {
        lock(&self.0.executions).clone()
    }

    /// How many executions ran at the same time at most.
    #[must_use]
    pub fn peak(&self) -> usize {
        self.0.peak.load(Ordering::SeqCst)
    }

    /// How many executions run now: those whose caller went away do not.
    #[must_use]
    pub fn running(&self) -> usize {
        self.0.running.load(Ordering::SeqCst)
    }

    async fn answer(self, request: Request<Body>) -> Result<Response<Body>> {
        let (parts, body) = request.into_parts();
        if parts.uri.host().is_some() {
            return self.transfer(&parts.method, parts.uri.path(), body).await;
        }
        let query = query(parts.uri.query().unwrap_or_default());
        let path = parts.uri.path().trim_start_matches("/api/v3.1").to_owned();
        let segments: Vec<&str> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        match (parts.method, segments.as_slice()) {
            (Method::GET, ["tools"]) => answer(&page(self.list(&query))),
            (Method::GET, ["tools", slug]) => self
                .find(slug)
                .map_or_else(missing, |(tool, _)| answer(&tool)),
            (Method::GET, ["toolkits", slug]) => self
                .toolkit(slug)
                .map_or_else(missing, |toolkit| answer(&toolkit)),
            (Method::GET, ["connected_accounts"]) => answer(&page(self.accounts(&query))),
            (Method::POST, ["tools", "execute", slug]) => {
                let body = body.bytes(LIMIT).await?;
                self.execute(slug, &body).await
            }
            (Method::POST, ["api", "v3", "files", "upload", "request"]) => {
                let request: FileUploadRequest =
                    serde_json::from_slice(&body.bytes(LIMIT).await?).unwrap_or_default();
                let key = format!("upload_{}", plain(&request.filename));
                let address = format!("{FILES}{key}");
                answer(&json!({"id": key, "key": key, "type": "new", "new_presigned_url": address}))
            }
            _ => missing(),
        }
    }

    /// What a signed address gives and takes.
    async fn transfer(&self, method: &Method, path: &str, body: Body) -> Result<Response<Body>> {
        let key = path.trim_start_matches('/').to_owned();
        if method == Method::PUT {
            let bytes = body.bytes(LIMIT).await?;
            lock(&self.0.files).insert(key, bytes);
            return Ok(Response::new(Body::empty()));
        }
        let bytes = lock(&self.0.files).get(&key).cloned();
        bytes.map_or_else(missing, |bytes| Ok(Response::new(Body::from(bytes))))
    }

    async fn execute(&self, slug: &str, body: &[u8]) -> Result<Response<Body>> {
        let request: Value = serde_json::from_slice(body).unwrap_or_default();
        let typed: ExecuteRequestBody = serde_json::from_slice(body).unwrap_or_default();
        let arguments = if slug == "proxy" {
            request
        } else {
            typed
                .arguments
                .map(|raw| raw.to_value())
                .unwrap_or_default()
        };
        lock(&self.0.executions).push(Execution {
            slug: slug.to_owned(),
            user_id: typed.user_id,
            connected_account_id: typed.connected_account_id,
            arguments: arguments.clone(),
            has_custom_auth: typed.custom_auth_params.is_some(),
        });
        let Some((_, run)) = self.find(slug) else {
            return missing();
        };
        let _running = Running::begin(&self.0);
        match run(arguments).await {
            Ok(result) if slug == "proxy" => {
                answer(&json!({"status": 200, "data": result.data, "headers": {}}))
            }
            Ok(result) => answer(&result),
            Err(error) if error.kind() == ErrorKind::Unavailable => Err(error),
            Err(error) => refuse(error.kind().http_status(), error.reader_message()),
        }
    }

    fn find(&self, slug: &str) -> Option<(Tool, Arc<Run>)> {
        lock(&self.0.tools)
            .iter()
            .find(|(tool, _)| tool.slug.eq_ignore_ascii_case(slug))
            .cloned()
    }

    fn toolkit(&self, slug: &str) -> Option<Toolkit> {
        let known = lock(&self.0.tools)
            .iter()
            .any(|(tool, _)| tool.toolkit.slug == slug);
        let mut toolkit = Toolkit::default();
        slug.clone_into(&mut toolkit.slug);
        known.then_some(toolkit)
    }

    fn list(&self, query: &HashMap<String, String>) -> Vec<Tool> {
        let has = |key: &str, value: &str| {
            query.get(key).is_none_or(|list| {
                list.split(',')
                    .any(|entry| entry.eq_ignore_ascii_case(value))
            })
        };
        let words = query.get("query").map(|text| text.to_lowercase());
        lock(&self.0.tools)
            .iter()
            .map(|(tool, _)| tool)
            .filter(|tool| has("tool_slugs", &tool.slug) && has("toolkit_slug", &tool.toolkit.slug))
            .filter(|tool| !query.contains_key("important") || tool.is_important())
            .filter(|tool| {
                query
                    .get("tags")
                    .is_none_or(|tags| tags.split(',').any(|tag| tool.has_tag(tag)))
            })
            .filter(|tool| {
                words
                    .as_ref()
                    .is_none_or(|text| tool.description.to_lowercase().contains(text))
            })
            .cloned()
            .collect()
    }

    fn accounts(&self, query: &HashMap<String, String>) -> Vec<ConnectedAccount> {
        let has = |key: &str, value: &str| {
            query
                .get(key)
                .is_none_or(|list| list.split(',').any(|entry| entry == value))
        };
        let accounts = lock(&self.0.accounts);
        let fits = accounts.iter().filter(|account| {
            has("user_ids", &account.user_id) && has("toolkit_slugs", &account.toolkit.slug)
        });
        fits.cloned().collect()
    }
}

struct Running(Arc<State>);

impl Running {
    fn begin(state: &Arc<State>) -> Self {
        let now = state.running.fetch_add(1, Ordering::SeqCst) + 1;
        state.peak.fetch_max(now, Ordering::SeqCst);
        Self(state.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.running.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Service<Request<Body>> for FakeService {
    type Response = Response<Body>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.clone().answer(request))
    }
}

impl std::fmt::Debug for FakeService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FakeService")
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn plain(name: &str) -> String {
    name.replace(
        |c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '-'),
        "_",
    )
}

fn query(text: &str) -> HashMap<String, String> {
    form_urlencoded::parse(text.as_bytes())
        .into_owned()
        .collect()
}

fn page<T>(items: Vec<T>) -> Page<T> {
    Page {
        items,
        ..Page::default()
    }
}

fn answer<T: Serialize>(value: &T) -> Result<Response<Body>> {
    serde_json::to_string(value)
        .map(|text| Response::new(Body::from(text)))
        .map_err(|error| Error::new(ErrorKind::Internal, "no JSON form").with_source(error))
}

fn missing() -> Result<Response<Body>> {
    refuse(StatusCode::NOT_FOUND, "not found")
}

fn refuse(status: StatusCode, message: &str) -> Result<Response<Body>> {
    let body =
        json!({"error": {"message": message, "status": status.as_u16(), "code": status.as_u16()}});
    let mut response = answer(&body)?;
    *response.status_mut() = status;
    Ok(response)
}
