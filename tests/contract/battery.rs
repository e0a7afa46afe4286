//! Requests that ask every route: as our typed client writes them, and raw, good and bad.

use composio_core::{Body, client::Client};
use http::Request;
use tower::ServiceExt as _;

use crate::{
    exchange::{Exchange, Recorder},
    raw::Raw,
    typed,
    world::World,
};

/// Everything that is asked, with its answers.
pub async fn exchanges() -> Vec<Exchange> {
    let world = World::start().await;
    let recorder = Recorder::new(world.engine.clone());
    probe(&recorder).await;
    let account = typed::ask(&Client::new(recorder.ours())).await;
    for prefix in ["/api/v3", "/api/v3.1"] {
        let raw = Raw {
            recorder: recorder.clone(),
            prefix,
        };
        raw.catalogue().await;
        raw.auth_configs().await;
        raw.accounts(&account).await;
        raw.executions(&account).await;
        raw.logs_and_project().await;
        raw.files().await;
        raw.links_of_files().await;
        raw.consent().await;
        raw.operator(&world.base).await;
        raw.refusals(&account).await;
    }
    recorder.exchanges()
}

/// What only a served engine has.
async fn probe(recorder: &Recorder) {
    for path in ["/health", "/ready", "/metrics"] {
        let request = Request::get(path).body(Body::empty()).unwrap();
        recorder.served().oneshot(request).await.unwrap();
    }
}
