//! The life of tokens: renewed in time, once, whoever asks and whatever the provider does.

use std::{path::Path, time::Duration};

use axum::body::{Body as AxumBody, to_bytes};
use composio_core::Body;
use composio_engine::{AuditEntry, AuditQuery, Caller, Engine, Operator};
use futures_util::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};
use tower::ServiceExt as _;

use crate::{
    oauth::{DOCUMENT, auth_config, begin, client, come_back, query},
    rotating::{Mood, Provider},
    support::{Reply, builder, execute, get, post, send},
};

const PATIENCE: Duration = Duration::from_secs(60);

/// An engine whose user `ann` has an account.
struct Desk {
    engine: Engine,
    id: String,
}

async fn open(path: Option<&Path>) -> Engine {
    let builder = builder().public_url("https://engine.example");
    let builder = match path {
        Some(path) => builder.database(path),
        None => builder.in_memory(),
    };
    builder.build().await.unwrap()
}

async fn desk(provider: &Provider) -> Desk {
    connected(open(None).await, provider).await
}

async fn connected(engine: Engine, provider: &Provider) -> Desk {
    engine.add_app(provider.yaml(), DOCUMENT).await.unwrap();
    let config = auth_config(&engine, "OAUTH2", &client()).await;
    let (begun, url) = begin(&engine, &config, json!({"user_id": "ann"})).await;
    let landed = come_back(&engine, &format!("code=c&state={}", query(&url)["state"])).await;
    assert_eq!(landed.status, StatusCode::OK);
    let id = begun["id"].as_str().unwrap().to_owned();
    Desk { engine, id }
}

async fn me(engine: &Engine) -> Reply {
    execute(engine, "DESK_GET_ME", "ann", json!({})).await
}

impl Desk {
    async fn me(&self) -> Reply {
        me(&self.engine).await
    }

    async fn account(&self) -> Value {
        let path = format!("/api/v3.1/connected_accounts/{}", self.id);
        get(&self.engine, &path).await.json
    }

    async fn refresh(&self) -> Reply {
        let path = format!("/api/v3.1/connected_accounts/{}/refresh", self.id);
        post(&self.engine, &path, &json!({})).await
    }
}

fn is_good(reply: &Reply) -> bool {
    reply.json["successful"] == json!(true)
}

/// Waits until `done` holds.
async fn until<F: Future<Output = bool>>(what: &str, mut done: impl FnMut() -> F) {
    let wait = async {
        while !done().await {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, wait)
        .await
        .unwrap_or_else(|_| panic!("{what}"));
}

#[tokio::test]
async fn two_hundred_calls_at_expiry_refresh_once_and_none_fails() {
    let provider = Provider::start(Duration::from_secs(3600)).await;
    let desk = desk(&provider).await;
    for round in 1..=3 {
        provider.run_out();
        let calls = (0..200).map(|_| desk.me());
        for reply in join_all(calls).await {
            assert!(is_good(&reply), "{:?}", reply.json);
        }
        assert_eq!(provider.refreshed(), round);
    }
    assert_eq!(provider.stolen(), 0);
}

#[tokio::test]
async fn engines_on_one_database_refresh_once_per_generation() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let provider = Provider::start(Duration::from_secs(2)).await;
    let desk = connected(open(Some(&path)).await, &provider).await;
    let others = [open(Some(&path)).await, open(Some(&path)).await];
    for _ in 0..3 {
        // A token of two seconds is due soon after.
        sleep(Duration::from_secs(2)).await;
        let all = others.iter().chain([&desk.engine]);
        let calls = all.flat_map(|engine| (0..30).map(move |_| me(engine)));
        for reply in join_all(calls).await {
            assert!(is_good(&reply), "{:?}", reply.json);
        }
    }
    assert!(provider.refreshed() >= 3);
    assert_eq!(provider.stolen(), 0);
}

#[tokio::test]
async fn an_old_refresh_token_is_kept_if_no_new_one_comes() {
    let provider = Provider::start(Duration::from_secs(3600)).await;
    let desk = desk(&provider).await;
    provider.set(Mood::KeepsRefreshToken);
    for round in 1..=3 {
        provider.run_out();
        assert!(is_good(&desk.me().await));
        assert_eq!(provider.refreshed(), round);
    }
}

#[tokio::test]
async fn a_fault_that_passes_leaves_the_account_active_and_passes() {
    let provider = Provider::start(Duration::from_secs(2)).await;
    let desk = desk(&provider).await;
    for mood in [
        Mood::Broken,
        Mood::WebPage,
        Mood::HangsUp,
        Mood::UnknownClient,
    ] {
        sleep(Duration::from_secs(2)).await;
        provider.set(mood);
        let reply = desk.me().await;
        assert_eq!(
            reply.json["successful"], false,
            "{mood:?}: {:?}",
            reply.json
        );
        let error = reply.json["error"].as_str().unwrap();
        assert!(error.contains("cannot be renewed now"), "{mood:?}: {error}");
        assert_eq!(desk.account().await["status"], "ACTIVE", "{mood:?}");
        provider.set(Mood::Good);
        assert!(is_good(&desk.me().await), "{mood:?}");
    }
    assert_eq!(provider.stolen(), 0);
}

#[tokio::test]
async fn a_refresh_token_that_is_not_accepted_expires_the_account_with_a_reason() {
    let provider = Provider::start(Duration::from_secs(3600)).await;
    let desk = desk(&provider).await;
    provider.set(Mood::NoGrant);
    provider.run_out();
    let reply = desk.me().await;
    assert!(!is_good(&reply), "{:?}", reply.json);
    let account = desk.account().await;
    assert_eq!(account["status"], "EXPIRED");
    let reason = account["status_reason"].as_str().unwrap();
    assert!(
        reason.contains("no longer accepts the refresh token"),
        "{reason}"
    );
    let error = reply.json["error"]["message"].as_str().unwrap();
    assert!(
        error.contains("EXPIRED") && error.contains("connect it again"),
        "{error}"
    );
    let asked = provider.refreshes_asked();
    assert!(!is_good(&desk.me().await));
    assert_eq!(
        provider.refreshes_asked(),
        asked,
        "an expired account is not refreshed"
    );
}

#[tokio::test]
async fn without_a_refresh_token_the_account_expires_when_its_token_has() {
    let provider = Provider::start(Duration::from_secs(2)).await;
    provider.set(Mood::NoRefreshToken);
    let desk = desk(&provider).await;
    assert!(is_good(&desk.me().await));
    sleep(Duration::from_secs(2)).await;
    assert!(!is_good(&desk.me().await));
    let account = desk.account().await;
    assert_eq!(account["status"], "EXPIRED");
    let reason = account["status_reason"].as_str().unwrap();
    assert!(reason.contains("has run out"), "{reason}");
}

#[tokio::test]
async fn tokens_from_elsewhere_live_as_long_as_is_said_and_newer_ones_begin_anew() {
    let provider = Provider::start(Duration::from_secs(3600)).await;
    let desk = desk(&provider).await;
    let config = desk.account().await["auth_config"]["id"].clone();
    let state = |token: &str, life: Value| {
        json!({"state": {"authScheme": "OAUTH2",
            "val": {"status": "ACTIVE", "access_token": token, "expires_in": life}}})
    };
    let give = async |life: Value| {
        let mut connection = state("at-1", life);
        connection["user_id"] = json!("ben");
        let body = json!({"auth_config": {"id": config}, "connection": connection});
        post(&desk.engine, "/api/v3.1/connected_accounts", &body).await
    };
    let bens = async || execute(&desk.engine, "DESK_GET_ME", "ben", json!({})).await;
    let refused = give(json!("soon")).await;
    assert_eq!(
        refused.status,
        StatusCode::BAD_REQUEST,
        "{:?}",
        refused.json
    );
    let made = give(json!(2)).await;
    assert_eq!(made.status, StatusCode::CREATED, "{:?}", made.json);
    assert!(is_good(&bens().await));
    sleep(Duration::from_secs(2)).await;
    assert!(!is_good(&bens().await));
    let path = made.json["id"].as_str().unwrap();
    let path = format!("/api/v3.1/connected_accounts/{path}");
    assert_eq!(get(&desk.engine, &path).await.json["status"], "EXPIRED");
    // The life of the token before says nothing of this one.
    assert_eq!(desk.refresh().await.json["status"], "ACTIVE");
    let newer = json!({"connection": state("at-2", Value::Null)}).to_string();
    let renewed = send(&desk.engine, "PATCH", &path, newer).await;
    assert_eq!(renewed.status, StatusCode::OK, "{:?}", renewed.json);
    let reply = bens().await;
    assert!(is_good(&reply), "{:?}", reply.json);
}

#[tokio::test]
async fn a_service_that_refuses_every_token_costs_one_refresh() {
    let provider = Provider::start(Duration::from_secs(3600)).await;
    let desk = desk(&provider).await;
    provider.refuse_all();
    for _ in 0..5 {
        let reply = desk.me().await;
        assert_eq!(reply.json["successful"], false, "{:?}", reply.json);
    }
    assert_eq!(provider.refreshed(), 1);
    assert_eq!(desk.account().await["status"], "ACTIVE");
}

#[tokio::test]
async fn tokens_are_renewed_before_anybody_asks() {
    let provider = Provider::start(Duration::from_secs(4)).await;
    let _desk = desk(&provider).await;
    until("nobody renews the tokens", async || {
        provider.refreshed() > 0
    })
    .await;
    assert_eq!(provider.stolen(), 0);
}

#[tokio::test]
async fn an_explicit_refresh_keeps_the_account_active() {
    let provider = Provider::start(Duration::from_secs(3600)).await;
    let desk = desk(&provider).await;
    let reply = desk.refresh().await;
    assert_eq!(
        (reply.status, &reply.json["status"]),
        (StatusCode::OK, &json!("ACTIVE"))
    );
    assert_eq!(provider.refreshed(), 1);
    provider.set(Mood::NoGrant);
    let reply = desk.refresh().await;
    assert_eq!(reply.json["status"], "EXPIRED", "{:?}", reply.json);
}

#[tokio::test]
async fn what_happens_to_the_account_during_a_refresh_loses_no_token() {
    let provider = Provider::start(Duration::from_secs(3600)).await;
    let desk = desk(&provider).await;
    let path = format!("/api/v3.1/connected_accounts/{}", desk.id);
    // Another name for it: the tokens are the same, under another generation.
    provider.set(Mood::Slow);
    let asked = provider.refreshes_asked();
    let alias = async {
        until("no refresh begins", async || {
            provider.refreshes_asked() > asked
        })
        .await;
        send(
            &desk.engine,
            "PATCH",
            &path,
            json!({"alias": "work"}).to_string(),
        )
        .await
    };
    let (refreshed, renamed) = tokio::join!(desk.refresh(), alias);
    assert_eq!(renamed.status, StatusCode::OK, "{:?}", renamed.json);
    assert_eq!(refreshed.json["status"], "ACTIVE", "{:?}", refreshed.json);
    provider.run_out();
    assert!(is_good(&desk.me().await));
    assert_eq!(desk.account().await["alias"], "work");
    // Disabled: the tokens are kept for the day it is enabled.
    let asked = provider.refreshes_asked();
    let disable = async {
        until("no refresh begins", async || {
            provider.refreshes_asked() > asked
        })
        .await;
        let body = json!({"enabled": false}).to_string();
        send(&desk.engine, "PATCH", &format!("{path}/status"), body).await
    };
    let (refreshed, _) = tokio::join!(desk.refresh(), disable);
    assert_eq!(refreshed.json["status"], "INACTIVE", "{:?}", refreshed.json);
    let body = json!({"enabled": true}).to_string();
    send(&desk.engine, "PATCH", &format!("{path}/status"), body).await;
    provider.run_out();
    assert!(is_good(&desk.me().await));
    assert_eq!(provider.stolen(), 0);
    // Deleted: it stays so.
    let asked = provider.refreshes_asked();
    let delete = async {
        until("no refresh begins", async || {
            provider.refreshes_asked() > asked
        })
        .await;
        send(&desk.engine, "DELETE", &path, Body::empty()).await
    };
    let (refreshed, _) = tokio::join!(desk.refresh(), delete);
    assert_eq!(refreshed.status, StatusCode::NOT_FOUND);
    assert_eq!(get(&desk.engine, &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn callers_who_leave_do_not_take_the_tokens_along() {
    let provider = Provider::start(Duration::from_secs(3600)).await;
    let desk = desk(&provider).await;
    provider.set(Mood::Slow);
    for round in 1..=10_u64 {
        provider.run_out();
        // At many moments of a refresh.
        let leave = Duration::from_millis(round * 13);
        let calls = (0..20).map(|_| timeout(leave, desk.me()));
        join_all(calls).await;
        assert!(is_good(&desk.me().await), "round {round}");
    }
    assert_eq!(provider.stolen(), 0);
    assert_eq!(desk.account().await["status"], "ACTIVE");
}

#[tokio::test]
async fn closing_waits_for_tokens_that_are_on_their_way() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let provider = Provider::start(Duration::from_secs(3600)).await;
    let desk = connected(open(Some(&path)).await, &provider).await;
    provider.set(Mood::Slow);
    let engine = desk.engine.clone();
    let refresh = async {
        let _ = desk.refresh().await;
    };
    let close = async {
        until("no refresh begins", async || provider.refreshes_asked() > 0).await;
        engine.close().await;
    };
    tokio::join!(refresh, close);
    provider.run_out();
    let again = open(Some(&path)).await;
    assert!(is_good(&me(&again).await));
    assert_eq!(provider.stolen(), 0);
}

#[tokio::test]
async fn a_revoked_account_is_forgotten_at_the_provider_and_here() {
    let provider = Provider::start(Duration::from_secs(3600)).await;
    let desk = desk(&provider).await;
    let path = format!("/api/v3.1/connected_accounts/{}/revoke", desk.id);
    let reply = post(&desk.engine, &path, &json!({})).await;
    assert_eq!(reply.status, StatusCode::OK, "{:?}", reply.json);
    assert_eq!(
        reply.json["revoked_tokens"],
        json!(["refresh_token", "access_token"])
    );
    assert_eq!(reply.json["connected_account"]["status"], "REVOKED");
    assert_eq!(provider.revoked(), ["rt-1", "at-1"]);
    let account = desk.account().await;
    assert_eq!(account["status"], "REVOKED");
    assert!(account["state"]["val"].get("access_token").is_none());
    assert!(!is_good(&desk.me().await));
    let again = post(&desk.engine, &path, &json!({})).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{:?}", again.json);
}

#[tokio::test]
async fn what_cannot_be_revoked_now_stays_and_what_is_deleted_with_revocation_is_revoked() {
    let provider = Provider::start(Duration::from_secs(3600)).await;
    let desk = desk(&provider).await;
    let path = format!("/api/v3.1/connected_accounts/{}", desk.id);
    provider.set(Mood::Broken);
    let refused = post(&desk.engine, &format!("{path}/revoke"), &json!({})).await;
    assert!(refused.status.is_server_error(), "{:?}", refused.json);
    let deleted = format!("{path}?revoke_on_delete=true");
    let refused = send(&desk.engine, "DELETE", &deleted, Body::empty()).await;
    assert!(refused.status.is_server_error(), "{:?}", refused.json);
    assert_eq!(desk.account().await["status"], "ACTIVE");
    provider.set(Mood::Good);
    assert!(is_good(&desk.me().await));
    let done = send(&desk.engine, "DELETE", &deleted, Body::empty()).await;
    assert_eq!(done.status, StatusCode::OK, "{:?}", done.json);
    assert_eq!(provider.revoked(), ["rt-1", "at-1"]);
    assert_eq!(get(&desk.engine, &path).await.status, StatusCode::NOT_FOUND);
}

/// What an operator reads of the engine's counters.
async fn metrics(engine: &Engine) -> String {
    let mut request = http::Request::get("/metrics")
        .header("host", "localhost")
        .body(AxumBody::empty())
        .unwrap();
    request.extensions_mut().insert(Caller::default());
    let answer = engine.routes().oneshot(request).await.unwrap();
    let text = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(text.to_vec()).unwrap()
}

#[tokio::test]
async fn each_consent_refresh_and_revocation_is_noted_and_refreshes_are_counted() {
    let provider = Provider::start(Duration::from_secs(3600)).await;
    let desk = desk(&provider).await;
    assert!(is_good(&desk.me().await));
    provider.run_out();
    assert!(is_good(&desk.me().await));
    provider.set(Mood::Broken);
    assert!(!desk.refresh().await.status.is_success());
    provider.set(Mood::Good);
    let path = format!("/api/v3.1/connected_accounts/{}/revoke", desk.id);
    let revoked = post(&desk.engine, &path, &json!({})).await;
    assert_eq!(revoked.status, StatusCode::OK, "{:?}", revoked.json);
    let operator = Operator::new(desk.engine.clone());
    let mut entries = operator.audit(&AuditQuery::new()).await.unwrap();
    entries.reverse();
    let done: Vec<(&str, &str)> = entries
        .iter()
        .map(|entry| (&*entry.action, &*entry.by))
        .collect();
    assert_eq!(
        done,
        [
            ("connect", "engine"),
            ("call", "program"),
            // Refused, renewed, and sent once more.
            ("call", "program"),
            ("refresh", "engine"),
            ("call", "program"),
            ("refresh", "engine"),
            ("revoke", "program"),
            ("revoke", "program"),
        ]
    );
    let is_whole = |entry: &AuditEntry| {
        entry.host.as_deref() == Some("127.0.0.1")
            && entry.connected_account_id.as_deref() == Some(&*desk.id)
            && entry.user_id.as_deref() == Some("ann")
    };
    assert!(entries.iter().all(is_whole), "{entries:?}");
    let text = metrics(&desk.engine).await;
    for outcome in ["renewed", "postponed"] {
        let counted = format!("composio_token_refreshes_total{{outcome=\"{outcome}\"}} 1");
        assert!(text.contains(&counted), "{text}");
    }
}
