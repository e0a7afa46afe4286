use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use super::{Keys, NewKey, Refusal};
use crate::store::sqlite::SqliteStore;

async fn keys() -> Keys {
    Keys::new(Arc::new(SqliteStore::in_memory().await.unwrap()))
}

#[tokio::test]
async fn a_key_is_recognised_until_it_is_revoked() {
    let keys = keys().await;
    let created = keys
        .create(NewKey::new().project("acme").user("alice").apps(["GitHub"]))
        .await
        .unwrap();
    let known = keys
        .authenticate(created.key.expose())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.id, created.id);
    assert_eq!(known.caller.project_id(), "acme");
    assert!(known.caller.may_act_for("alice") && !known.caller.may_act_for("bob"));
    assert!(known.caller.may_use("github") && !known.caller.may_use("gmail"));
    assert!(known.caller.check_operator().is_err());
    keys.revoke(&created.id).await.unwrap();
    let refusal = keys.authenticate(created.key.expose()).await.unwrap();
    assert_eq!(refusal.unwrap_err(), Refusal::Unknown);
}

#[tokio::test]
async fn other_texts_are_no_keys() {
    let keys = keys().await;
    let created = keys.create(NewKey::new()).await.unwrap();
    let key = created.key.expose();
    for text in [
        "",
        "ak_",
        &key[1..],
        &key.to_uppercase(),
        &format!("{key} "),
    ] {
        let refusal = keys.authenticate(text).await.unwrap();
        assert_eq!(refusal.unwrap_err(), Refusal::Unknown, "{text}");
    }
}

#[tokio::test]
async fn an_expired_key_is_refused() {
    let keys = keys().await;
    let soon = jiff::Timestamp::now() + jiff::SignedDuration::from_millis(40);
    let created = keys.create(NewKey::new().expires_at(soon)).await.unwrap();
    assert!(
        keys.authenticate(created.key.expose())
            .await
            .unwrap()
            .is_ok()
    );
    tokio::time::sleep(Duration::from_millis(60)).await;
    let refusal = keys.authenticate(created.key.expose()).await.unwrap();
    assert_eq!(refusal.unwrap_err(), Refusal::Expired);
}

#[tokio::test]
async fn requests_over_the_limit_are_told_when_to_come_again() {
    let keys = keys().await;
    let new = NewKey::new().requests_per_minute(3);
    let created = keys.create(new).await.unwrap();
    let key = created.key.expose();
    for _ in 0..3 {
        assert!(keys.authenticate(key).await.unwrap().is_ok());
    }
    // Forgetting what is known of the key does not fill its bucket.
    keys.known.invalidate_all();
    let refusal = keys.authenticate(key).await.unwrap().unwrap_err();
    let Refusal::TooMany(seconds) = refusal else {
        panic!("{refusal:?}");
    };
    assert!((1..=21).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_key_that_another_process_revoked_is_refused_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("composio.db");
    let [here, there] = [
        Keys::new(Arc::new(SqliteStore::open(&path).await.unwrap())),
        Keys::new(Arc::new(SqliteStore::open(&path).await.unwrap())),
    ];
    let created = here.create(NewKey::new()).await.unwrap();
    let key = created.key.expose();
    for keys in [&here, &there] {
        assert!(keys.authenticate(key).await.unwrap().is_ok());
    }
    there.revoke(&created.id).await.unwrap();
    let revoked = Instant::now();
    loop {
        let asked = revoked.elapsed();
        if here.authenticate(key).await.unwrap().is_err() {
            return;
        }
        assert!(asked < Duration::from_secs(1), "{asked:?}");
        tokio::task::yield_now().await;
    }
}
