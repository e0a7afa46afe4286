//! A request and its answer, taken down on the way.

use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use composio_core::{Body, Error};
use composio_engine::{Caller, Engine};
use futures_util::future::BoxFuture;
use http::{Method, Request, Response, StatusCode};
use serde_json::Value;
use tower::{Service, ServiceExt as _};

const LIMIT: usize = 64 * 1024 * 1024;

/// What was asked and what was answered.
#[derive(Debug, Clone)]
pub struct Exchange {
    pub method: Method,
    pub path: String,
    /// The names and values of the query.
    pub query: Vec<(String, String)>,
    /// `None` if there was none; a text if it was not JSON.
    pub sent: Option<Value>,
    pub status: StatusCode,
    pub content_type: Option<String>,
    /// `None` if there was none; a text if it was not JSON.
    pub answered: Option<Value>,
    /// Whether our typed client wrote the request. Others are meant to be wrong at times.
    pub is_ours: bool,
    /// Whether it asks for what no document names.
    pub is_stray: bool,
}

/// An engine whose exchanges are taken down.
#[derive(Debug, Clone)]
pub struct Recorder {
    engine: Engine,
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    is_ours: bool,
    is_stray: bool,
    is_served: bool,
}

impl Recorder {
    pub fn new(engine: Engine) -> Self {
        Self {
            engine,
            exchanges: Arc::default(),
            is_ours: false,
            is_stray: false,
            is_served: false,
        }
    }

    /// The same for requests that come to a server, from an operator.
    pub fn served(&self) -> Self {
        Self {
            is_served: true,
            ..self.clone()
        }
    }

    /// The same for requests of our typed client.
    pub fn ours(&self) -> Self {
        Self {
            is_ours: true,
            ..self.clone()
        }
    }

    /// The same for requests that no document names.
    pub fn stray(&self) -> Self {
        Self {
            is_stray: true,
            ..self.clone()
        }
    }

    pub fn exchanges(&self) -> Vec<Exchange> {
        self.exchanges.lock().unwrap().clone()
    }
}

impl Service<Request<Body>> for Recorder {
    type Response = Response<Body>;
    type Error = Error;
    type Future = BoxFuture<'static, Result<Self::Response, Error>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let mut recorder = self.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let sent = body.bytes(LIMIT).await?;
            let method = parts.method.clone();
            let uri = parts.uri.clone();
            let request = Request::from_parts(parts, Body::from(sent.clone()));
            let response = match recorder.is_served {
                true => served(&recorder.engine, request).await,
                false => recorder.engine.call(request).await?,
            };
            let (parts, body) = response.into_parts();
            let answered = body.bytes(LIMIT).await?;
            let content_type = parts.headers.get("content-type");
            recorder.exchanges.lock().unwrap().push(Exchange {
                method,
                path: uri.path().to_owned(),
                query: pairs(uri.query().unwrap_or_default()),
                sent: value(&sent),
                status: parts.status,
                content_type: content_type.map(|kind| kind.to_str().unwrap().to_owned()),
                answered: value(&answered),
                is_ours: recorder.is_ours,
                is_stray: recorder.is_stray,
            });
            Ok(Response::from_parts(parts, Body::from(answered)))
        })
    }
}

async fn served(engine: &Engine, request: Request<Body>) -> Response<Body> {
    let mut request = request.map(axum::body::Body::new);
    request.extensions_mut().insert(Caller::default());
    let answer = engine.routes().oneshot(request).await;
    answer.unwrap_or_else(|never| match never {}).map(Body::new)
}

fn value(bytes: &[u8]) -> Option<Value> {
    let text = || Value::from(String::from_utf8_lossy(bytes).into_owned());
    (!bytes.is_empty()).then(|| serde_json::from_slice(bytes).unwrap_or_else(|_| text()))
}

fn pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}
